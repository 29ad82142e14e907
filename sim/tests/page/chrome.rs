//! A real headless Chromium, spoken to over its debugging pipe: two FIFOs on its descriptors 3 and
//! 4, one JSON object each way, ended by a zero byte (Chrome DevTools Protocol).

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long one answer may take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Debian calls it chromium.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    commands: File,
    answers: Receiver<Value>,
    session: Option<String>,
    number: u64,
    /// What the page asked for, said to its console, and threw.
    pub(crate) heard: Vec<Value>,
    _folder: tempfile::TempDir,
}

impl Browser {
    /// A browser that has opened a file, or nothing where none is installed, which is said loudly,
    /// and is a failure if `BELLWETHER_REQUIRE_REAL=1`.
    pub(crate) fn open(page: &Path, size: (u32, u32)) -> Option<Self> {
        let installed = |name: &&str| Command::new(name).arg("--version").output().is_ok();
        let Some(program) = PROGRAMS.into_iter().find(installed) else {
            let required = std::env::var("BELLWETHER_REQUIRE_REAL").is_ok_and(|v| v == "1");
            assert!(!required, "chromium is not installed");
            eprintln!("\n*** SKIPPED, this test saw nothing: chromium is not installed ***");
            return None;
        };
        let mut browser = Self::start(program, size);
        let targets = browser.call("Target.getTargets", json!({}));
        let all = targets["targetInfos"].as_array().unwrap();
        let target = all.iter().find(|own| own["type"] == "page").unwrap();
        let target = target["targetId"].as_str().unwrap().to_owned();
        let arguments = json!({ "targetId": target, "flatten": true });
        let attached = browser.call("Target.attachToTarget", arguments);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Runtime", "Log", "Network", "Page"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        let (width, height) = size;
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        browser.call("Emulation.setDeviceMetricsOverride", metrics);
        let url = format!("file://{}", page.display());
        browser.call("Page.navigate", json!({ "url": url }));
        browser.until("document.readyState == 'complete' && !!document.querySelector('.lane')");
        Some(browser)
    }

    fn start(program: &str, (width, height): (u32, u32)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let made = Command::new("mkfifo")
            .args([path("in"), path("out")])
            .status()
            .unwrap();
        assert!(made.success());
        let child = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<"$IN" 4>"$OUT""#, "sh", program])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args(["--no-first-run", "--disable-background-networking"])
            .args([
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-pipe",
            ])
            .args([
                "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP * ~NOTFOUND",
            ])
            .arg(format!("--user-data-dir={}", path("profile").display()))
            .arg(format!("--window-size={width},{height}"))
            .arg("about:blank")
            .env("IN", path("in"))
            .env("OUT", path("out"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let commands = File::create(path("in")).unwrap();
        let mut reader = BufReader::new(File::open(path("out")).unwrap());
        let (send, answers) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            while reader.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
                bytes.pop();
                let Ok(answer) = serde_json::from_slice(&bytes) else {
                    return;
                };
                bytes.clear();
                if send.send(answer).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            commands,
            answers,
            session: None,
            number: 0,
            heard: Vec::new(),
            _folder: folder,
        }
    }

    fn call(&mut self, method: &str, arguments: Value) -> Value {
        self.number += 1;
        let mut command = json!({ "id": self.number, "method": method, "params": arguments });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.commands
            .write_all(command.to_string().as_bytes())
            .unwrap();
        self.commands.write_all(&[0]).unwrap();
        loop {
            let answer = self.answers.recv_timeout(PATIENCE).unwrap();
            if answer["id"] != self.number {
                self.heard.push(answer);
                continue;
            }
            assert!(answer["error"].is_null(), "{method}: {answer}");
            return answer["result"].clone();
        }
    }

    /// The value of an expression, once what was asked for has been drawn.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let drawn = "await new Promise((done) => requestAnimationFrame(() => \
                     requestAnimationFrame(done)))";
        let arguments = json!({
            "expression": format!("(async () => {{ {drawn}; return ({expression}); }})()"),
            "returnByValue": true,
            "awaitPromise": true,
        });
        let result = self.call("Runtime.evaluate", arguments);
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {result}"
        );
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub(crate) fn until(&mut self, expression: &str) {
        let begin = Instant::now();
        while self.eval(expression) != true {
            assert!(begin.elapsed() < PATIENCE, "never true: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Moves the real mouse, or presses or releases its left button: `mouseMoved`, `mousePressed`,
    /// `mouseReleased`.
    pub(crate) fn mouse(&mut self, what: &str, (x, y): (f64, f64)) {
        let pressed = i32::from(what != "mouseMoved");
        let arguments = json!({
            "type": what, "x": x, "y": y, "button": "left", "buttons": pressed,
            "clickCount": pressed,
        });
        self.call("Input.dispatchMouseEvent", arguments);
    }

    /// Presses and releases a key: `ArrowRight`.
    pub(crate) fn key(&mut self, key: &str) {
        for what in ["keyDown", "keyUp"] {
            self.call(
                "Input.dispatchKeyEvent",
                json!({ "type": what, "key": key }),
            );
        }
    }

    /// Types into what has the focus: `{"text": ...}`.
    pub(crate) fn insert(&mut self, what: Value) {
        self.call("Input.insertText", what);
    }

    /// The middle of an element, which is brought into sight.
    pub(crate) fn middle(&mut self, selector: &str) -> (f64, f64) {
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); \
             e.scrollIntoView({{ block: 'nearest' }}); const r = e.getBoundingClientRect(); \
             return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    /// Clicks on an element with the real mouse.
    pub(crate) fn click(&mut self, selector: &str) {
        let at = self.middle(selector);
        for what in ["mouseMoved", "mousePressed", "mouseReleased"] {
            self.mouse(what, at);
        }
    }

    /// All that was heard of one kind: `Network.requestWillBeSent`.
    pub(crate) fn heard_of(&self, method: &str) -> Vec<&Value> {
        let all = self.heard.iter().filter(|own| own["method"] == method);
        all.map(|own| &own["params"]).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
