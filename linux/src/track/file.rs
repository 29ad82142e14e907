//! Tracked files, by inotify.
//!
//! Every folder on a file's path is watched, so that a file is found again that is replaced,
//! removed and made again, or whose folder is; a file behind a symbolic link is watched where it
//! is, too. As keepalived does, a file is read when its writer closes it: a half-written number
//! is never seen.
//!
//! Where there is no inotify to be had, files are read each [`POLL`].

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::future::pending;
use std::io::{self, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bellwether_core::model::{InitFile, TrackFile};
use bellwether_core::track::{FileContent, Sighting};
use bellwether_core::unit::Name;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use tokio::io::unix::AsyncFd;
use tokio::time::sleep;

use crate::sys;

/// How often files are read where there is no inotify.
const POLL: Duration = Duration::from_secs(1);

/// All files that are followed.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// `None` until the first file is followed, and where there is none to be had.
    inotify: Option<AsyncFd<OwnedFd>>,
    files: BTreeMap<Name, File>,
    /// The folders that are watched: the files that something of this name in it concerns.
    folders: BTreeMap<i32, BTreeMap<OsString, BTreeSet<Name>>>,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    content: FileContent,
}

/// What is to be told of a folder: that something in it was closed after writing, came, went, or
/// is permitted otherwise; and that it went itself.
const FOLDER: WatchFlags = WatchFlags::CLOSE_WRITE
    .union(WatchFlags::CREATE)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

impl Files {
    /// Follows a file from now on, and gives what it holds.
    pub(super) fn follow(&mut self, file: &TrackFile) -> Vec<Sighting> {
        let path = PathBuf::from(&file.path);
        if let Some(init) = file.init
            && let Err(error) = initialise(&path, init)
        {
            tracing::warn!(file = %path.display(), %error, "can't write the tracked file");
        }
        if self.inotify.is_none() {
            self.inotify = open()
                .inspect_err(|error| {
                    tracing::warn!(%error, "no inotify; tracked files are read each {POLL:?}");
                })
                .ok();
        }
        // Watched first and read after that: nothing falls between the two.
        watch(&self.inotify, &mut self.folders, &file.name, &path);
        let content = read(&path);
        let known = File { path, content };
        self.files.insert(file.name.clone(), known);
        vec![sighting(&file.name, content)]
    }

    /// Stops following a file.
    pub(super) fn unfollow(&mut self, name: &Name) {
        self.files.remove(name);
        self.watch_anew();
    }

    /// Waits until files hold something else, and gives what. Cancel safe.
    pub(super) async fn changed(&mut self) -> Vec<Sighting> {
        if self.files.is_empty() {
            return pending().await;
        }
        loop {
            let touched = match &self.inotify {
                None => {
                    sleep(POLL).await;
                    self.files.keys().cloned().collect()
                }
                Some(inotify) => match inotify.readable().await {
                    Ok(mut guard) => {
                        let (touched, moved) = take_events(inotify.get_ref(), &self.folders);
                        guard.clear_ready();
                        if moved {
                            self.watch_anew();
                        }
                        touched
                    }
                    Err(error) => {
                        tracing::warn!(%error, "inotify has failed");
                        self.inotify = None;
                        continue;
                    }
                },
            };
            let seen = self.read(&touched);
            if !seen.is_empty() {
                return seen;
            }
        }
    }

    /// Reads files, and gives what is new.
    fn read(&mut self, names: &BTreeSet<Name>) -> Vec<Sighting> {
        let mut seen = Vec::new();
        for name in names {
            let Some(file) = self.files.get_mut(name) else {
                continue;
            };
            let content = read(&file.path);
            if core::mem::replace(&mut file.content, content) != content {
                seen.push(sighting(name, content));
            }
        }
        seen
    }

    /// Watches whatever folders there are now.
    fn watch_anew(&mut self) {
        if let Some(inotify) = &self.inotify {
            for watch in core::mem::take(&mut self.folders).into_keys() {
                // One that has gone took its watch with it.
                let _ = inotify::remove_watch(inotify.get_ref(), watch);
            }
        }
        for (name, file) in &self.files {
            watch(&self.inotify, &mut self.folders, name, &file.path);
        }
    }
}

fn sighting(name: &Name, content: FileContent) -> Sighting {
    Sighting::File {
        file: name.clone(),
        content,
    }
}

fn open() -> io::Result<AsyncFd<OwnedFd>> {
    let fd = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    sys::register(fd)
}

/// Takes all that has happened: the files that it concerns, and whether a folder has come, gone or
/// moved.
fn take_events(
    inotify: &OwnedFd,
    folders: &BTreeMap<i32, BTreeMap<OsString, BTreeSet<Name>>>,
) -> (BTreeSet<Name>, bool) {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = Reader::new(inotify.as_fd(), &mut buffer);
    let mut touched = BTreeSet::new();
    let mut moved = false;
    let everything = || {
        folders
            .values()
            .flat_map(BTreeMap::values)
            .flatten()
            .cloned()
    };
    while let Ok(event) = reader.next() {
        let entry = event
            .file_name()
            .map(|name| OsStr::from_bytes(name.to_bytes()));
        let Some(entry) = entry else {
            // The folder itself has gone, or more happened than the queue holds.
            let noise = ReadFlags::ATTRIB | ReadFlags::CLOSE_WRITE;
            if !event.events().intersects(noise) {
                touched.extend(everything());
                moved = true;
            }
            continue;
        };
        let concerned = folders.get(&event.wd()).and_then(|own| own.get(entry));
        let Some(concerned) = concerned else {
            continue;
        };
        touched.extend(concerned.iter().cloned());
        // A link may lead elsewhere now, and a folder may have come or gone.
        let written = ReadFlags::CLOSE_WRITE | ReadFlags::ATTRIB;
        moved |= !event.events().difference(written).is_empty();
    }
    (touched, moved)
}

/// Watches every folder on the way to a file, by its name and by where that leads.
fn watch(
    inotify: &Option<AsyncFd<OwnedFd>>,
    folders: &mut BTreeMap<i32, BTreeMap<OsString, BTreeSet<Name>>>,
    name: &Name,
    path: &Path,
) {
    let Some(inotify) = inotify else {
        return;
    };
    let resolved = fs::canonicalize(path).ok().filter(|real| real != path);
    for path in [Some(path), resolved.as_deref()].into_iter().flatten() {
        for place in path.ancestors() {
            let (Some(folder), Some(entry)) = (place.parent(), place.file_name()) else {
                continue;
            };
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            match inotify::add_watch(inotify.get_ref(), folder, FOLDER) {
                Ok(watch) => {
                    let entries = folders.entry(watch).or_default();
                    let concerned = entries.entry(entry.to_owned()).or_default();
                    concerned.insert(name.clone());
                }
                Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => {}
                Err(error) => {
                    tracing::warn!(folder = %folder.display(), %error, "can't watch the folder");
                }
            }
        }
    }
}

/// What a file holds now.
fn read(path: &Path) -> FileContent {
    // A pipe would make the open wait.
    let flags = libc::O_NONBLOCK | libc::O_CLOEXEC;
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return FileContent::Missing,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return FileContent::Missing,
        Err(_) => return FileContent::Unreadable,
    };
    if !file.metadata().is_ok_and(|about| about.is_file()) {
        return FileContent::Unreadable;
    }
    let mut text = Vec::new();
    let most = u64::try_from(FileContent::LONGEST).unwrap_or(u64::MAX);
    match file.take(most).read_to_end(&mut text) {
        Ok(_) => FileContent::parse(&text),
        Err(_) => FileContent::Unreadable,
    }
}

/// Writes the first number, where there is no file, or over whatever there is.
fn initialise(path: &Path, init: InitFile) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // Not through a link that somebody else has laid.
    options.write(true).mode(0o644);
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC);
    if init.overwrite {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    match options.open(path) {
        Ok(mut file) => writeln!(file, "{}", init.value),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !init.overwrite => Ok(()),
        Err(error) => Err(error),
    }
}
