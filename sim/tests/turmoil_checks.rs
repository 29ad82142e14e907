//! The checkers' dialogues over turmoil's sockets: the code that speaks to real servers on Linux,
//! in a world where time is exact and a network can be cut.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use bellwether_core::lvs::{ProbeResult, ProbeSpec, ServerKey};
use bellwether_core::model::lvs::{
    Check, DnsCheck, DnsType, HttpCheck, HttpProtocol, Protocol, Service, Url, UrlBody,
};
use bellwether_runtime::check::{Tls, probe};
use bellwether_sim::turmoil::Sockets;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;
use turmoil::net::{TcpListener, UdpSocket};
use turmoil::{Builder, Sim};

const SERVER: &str = "server";
const PORT: u16 = 80;
/// `md5sum` of `hello world` and a line feed.
const HELLO: u128 = 0x6f59_02ac_2370_24bd_d0c1_76cb_9306_3dc4;

/// How each check ended, and how long it took.
type Endings = Rc<RefCell<Vec<(String, Duration)>>>;

#[test]
fn a_connection_and_a_page_are_well() {
    let endings = told(|_| {}, &[Check::Tcp, page("/", Some(HELLO))]);
    assert_eq!(words(&endings), ["ok", "ok"]);
}

#[test]
fn what_is_wrong_with_a_page_is_said() {
    let checks = [
        page("/", Some(HELLO ^ 1)),
        page("/missing", None),
        page("/cut", None),
    ];
    let expected = [
        "the body has another digest",
        "HTTP status 404",
        "closed before the answer was complete",
    ];
    assert_eq!(words(&told(|_| {}, &checks)), expected);
}

#[test]
fn a_name_server_is_asked() {
    let dns = Check::Dns(DnsCheck {
        kind: DnsType::Soa,
        name: ".".into(),
    });
    assert_eq!(words(&told(|_| {}, &[dns])), ["ok"]);
}

#[test]
fn where_nothing_arrives_a_check_takes_its_timeout_and_no_longer() {
    let cut = |sim: &mut Sim<'_>| sim.hold("checker", SERVER);
    let endings = told(cut, &[Check::Tcp, page("/", None)]);
    for (ending, took) in endings {
        assert_eq!(ending, "timed out");
        assert!((Duration::from_secs(1)..Duration::from_millis(1100)).contains(&took));
    }
}

#[test]
fn a_page_that_trickles_ends_at_the_deadline() {
    let endings = told(|_| {}, &[page("/slow", None)]);
    let (ending, took) = &endings[0];
    assert_eq!(ending, "timed out");
    assert!((Duration::from_secs(3)..Duration::from_millis(3100)).contains(took));
}

fn words(endings: &[(String, Duration)]) -> Vec<&str> {
    endings.iter().map(|(ending, _)| &**ending).collect()
}

/// Makes these checks, one after the other, in a world to which `first` happens.
fn told(first: impl FnOnce(&mut Sim<'_>), checks: &[Check]) -> Vec<(String, Duration)> {
    let mut sim = Builder::new()
        .simulation_duration(Duration::from_secs(60))
        .rng_seed(7)
        .build();
    sim.host(SERVER, || async {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
        tokio::spawn(name_server());
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(answer(stream));
        }
    });
    let address = sim.lookup(SERVER);
    let endings = Endings::default();
    let (checks, told) = (checks.to_vec(), Rc::clone(&endings));
    sim.client("checker", async move {
        let tls = Tls::new(None)?;
        for check in checks {
            let begin = Instant::now();
            let result = probe(&Sockets, &tls, &spec(address, check), Some(0), 1).await;
            let ending = match result {
                ProbeResult::Success => "ok".to_owned(),
                ProbeResult::Failed(failure) => failure.to_string(),
                ProbeResult::Exited(exit) => format!("{exit:?}"),
            };
            told.borrow_mut().push((ending, begin.elapsed()));
        }
        Ok(())
    });
    first(&mut sim);
    let ended = sim.run();
    assert!(ended.is_ok(), "{ended:?}");
    endings.take()
}

async fn answer(mut stream: turmoil::net::TcpStream) {
    let mut request = vec![0; 1024];
    let Ok(length) = stream.read(&mut request).await else {
        return;
    };
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let text = match path {
        "/" => "HTTP/1.0 200 OK\r\n\r\nhello world\n",
        "/cut" => "HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhello",
        "/slow" => "HTTP/1.0 200 OK\r\n\r\n",
        _ => "HTTP/1.0 404 Not Found\r\n\r\n",
    };
    // Whoever checks may have gone.
    let mut told = stream.write_all(text.as_bytes()).await;
    while path == "/slow" && told.is_ok() {
        tokio::time::sleep(Duration::from_millis(500)).await;
        told = stream.write_all(b".").await;
    }
}

/// Says that there is no error, whatever it is asked.
async fn name_server() -> std::io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    let mut bytes = [0; 512];
    loop {
        let (length, from) = socket.recv_from(&mut bytes).await?;
        bytes[2] |= 0x80;
        socket.send_to(&bytes[..length], from).await?;
    }
}

fn page(path: &str, digest: Option<u128>) -> Check {
    Check::Http(Box::new(HttpCheck {
        tls: false,
        sni: false,
        sni_name: None,
        tls_compliant: false,
        protocol: HttpProtocol::V1_0,
        virtualhost: None,
        fast_recovery: false,
        urls: vec![Url {
            path: path.to_owned(),
            virtualhost: None,
            status: Vec::new(),
            body: digest.map(|digest| UrlBody::Digest(digest.to_be_bytes())),
            tls_compliant: None,
        }],
    }))
}

fn spec(address: IpAddr, check: Check) -> ProbeSpec {
    ProbeSpec {
        server: ServerKey {
            service: Service::Address {
                address: Ipv4Addr::new(192, 0, 2, 1).into(),
                port: PORT,
                protocol: Protocol::Tcp,
            },
            address,
            port: PORT,
        },
        target: SocketAddr::new(address, PORT),
        source: None,
        timeout: Duration::from_secs(1),
        deadline: Duration::from_secs(3),
        virtualhost: None,
        check,
    }
}
