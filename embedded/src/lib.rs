#![doc = include_str!("../README.md")]
//!
//! # How it works, and why so
//!
//! *A process that is killed cannot clean up*, so nothing here depends on a user's last words: the kernel does the
//! bookkeeping.
//!
//! - **The users are the writers of a fifo.** A small shell script, the supervisor, runs the server and reads the
//!   fifo `users`. Every process that uses the server holds it open for writing, and the kernel closes it when the
//!   process ends, in whatever way. The end of its input tells the supervisor that the last user has gone: it stops
//!   the server.
//! - **An acknowledgement closes the gap between leaving and coming.** Who attaches opens the fifo, writes a unique
//!   name and waits for the supervisor to create the file `ack.NAME`. So the supervisor was reading while the
//!   newcomer had its end open, and does not meet the end of its input before the newcomer leaves.
//! - **The lock belongs to the living.** The file `lock` is locked by who starts a server, and inherited as standard
//!   output by the supervisor, by `initdb`, by `postgres` and all its processes. Whoever gets the lock knows, without
//!   believing any process id, that nothing of an earlier server lives. Of many starters one gets it; the others
//!   attach to what it starts.
//! - **Only the supervisor changes anything**, `initdb` included. A starter that is killed half-way leaves a
//!   supervisor whose input ends, or nothing.
//! - **Trust authentication is safe here**, because the socket lies in a directory that only the server's account
//!   (and root) can enter, and the server listens on no network address.
//!
//! The directory holds the cluster (`pg`, or `scratch` of a fast server), `server.log`, the socket (in `run`; where its
//! path is too long for an address, in a private directory in `/tmp`), `users`, `lock`, and `server`, which tells those
//! who attach about the server.
//!
//! If the supervisor itself is killed, the server outlives its users, until the next start in its directory ends it.

#[cfg(not(unix))]
compile_error!("pgmemory-embedded needs Unix: fifos, Unix sockets and a POSIX shell");

mod account;
mod binaries;
mod error;
mod home;
mod server;
mod settings;
mod users;

use std::env;
use std::path::PathBuf;
use std::time::Duration;

pub use binaries::find_binaries;
pub use error::Error;
pub use server::Server;
pub use settings::Settings;

/// Between two looks at something that another process will do.
const PAUSE: Duration = Duration::from_millis(3);

/// Where a user's data belong: `$PGMEMORY_DATA_DIR`; else `/var/lib/pgmemory` for root; else
/// `$XDG_DATA_HOME/pgmemory` or `~/.local/share/pgmemory`.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(dir) = variable("PGMEMORY_DATA_DIR") {
        return dir;
    }
    if nix::unistd::geteuid().is_root() {
        return "/var/lib/pgmemory".into();
    }
    variable("XDG_DATA_HOME")
        .filter(|dir| dir.is_absolute())
        .unwrap_or_else(|| env::home_dir().unwrap_or_else(env::temp_dir).join(".local/share"))
        .join("pgmemory")
}
