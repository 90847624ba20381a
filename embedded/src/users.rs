//! The users of a server: every process that holds its fifo open for writing.
//!
//! The kernel keeps the count, and keeps it right whatever happens to a process.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{OpenOptionsExt, lchown};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use nix::unistd::{geteuid, mkfifo};

use crate::home::Home;
use crate::{Error, PAUSE};

/// One membership; it ends when the value is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct Membership {
    _fifo: File,
}

impl From<File> for Membership {
    fn from(fifo: File) -> Self {
        Self { _fifo: fifo }
    }
}

/// Becomes a user of the server that lives here, if one does and stays.
///
/// The supervisor acknowledges a user's name by a file of that name. So it was reading *after* we had opened our end,
/// and it will read on until we close it: it cannot have been on its way out.
pub(crate) fn join(home: &Home, deadline: Instant) -> Result<Option<Membership>, Error> {
    let Some(mut fifo) = open_writer(home)? else {
        return Ok(None);
    };
    let name = unique_name();
    match fifo.write_all(format!("{name}\n").as_bytes()) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(None),
        Err(error) => return Err(Error::io("write to", &home.file("users"))(error)),
    }
    let acknowledgement = home.file(&format!("ack.{name}"));
    while !acknowledgement.exists() {
        if Instant::now() > deadline || open_writer(home)?.is_none() {
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
    let _ = std::fs::remove_file(acknowledgement);
    Ok(Some(fifo.into()))
}

/// Is a supervisor there that waits for users?
pub(crate) fn is_served(home: &Home) -> bool {
    matches!(open_writer(home), Ok(Some(_)))
}

/// Ends a membership. Was it the last one?
pub(crate) fn leave(home: &Home, membership: Membership) -> bool {
    let Ok(fifo) = options().read(true).open(home.file("users")) else {
        return true;
    };
    drop(membership);
    !has_writer(&fifo)
}

/// Is somebody a user, now that we are none?
pub(crate) fn exist(home: &Home) -> bool {
    open_writer(home).ok().flatten().is_some_and(|fifo| !leave(home, fifo.into()))
}

/// Both ends of the fifo, for a new supervisor and for us. Only the holder of the lock may call this.
pub(crate) fn open(home: &Home) -> Result<(File, Membership), Error> {
    let path = home.file("users");
    match mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR) {
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(error) => return Err(Error::io("make", &path)(error.into())),
    }
    if geteuid().is_root() {
        lchown(&path, Some(home.account.uid), Some(home.account.gid)).map_err(Error::io("give away", &path))?;
    }
    // A fifo opens when its other end is open; the first of the three does not wait for that.
    let open = |options: &mut OpenOptions| options.open(&path).map_err(Error::io("open", &path));
    let _first = open(options().read(true))?;
    let writer = open(options().write(true))?;
    let reader = open(OpenOptions::new().read(true).custom_flags(OFlag::O_NOFOLLOW.bits()))?;
    Ok((reader, writer.into()))
}

/// `None` when nobody reads.
fn open_writer(home: &Home) -> Result<Option<File>, Error> {
    let path = home.file("users");
    match options().write(true).open(&path) {
        Ok(fifo) => Ok(Some(fifo)),
        Err(error) if error.raw_os_error() == Some(Errno::ENXIO as i32) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("open", &path)(error)),
    }
}

/// Does anybody hold the other end? (Only `poll` tells without taking a byte that is meant for the supervisor.)
fn has_writer(reader: &File) -> bool {
    let mut fds = [PollFd::new(reader.as_fd(), PollFlags::empty())];
    poll(&mut fds, PollTimeout::ZERO).is_ok() && !fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP))
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW).bits());
    options
}

/// Unique across processes, their containers included.
fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{}.{count}.{nanos}", process::id())
}
