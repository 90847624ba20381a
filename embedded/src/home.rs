//! The server's directory: who owns it, what lies in it, and the lock that says whether anything lives there.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use crate::Error;
use crate::account::Account;
use crate::settings::Kind;

const LOG_LIMIT: u64 = 8 << 20;
const LOG_TAIL: usize = 20;

/// `sockaddr_un` takes 104 bytes on some systems, the name of PostgreSQL's socket and a NUL included.
const LONGEST_SOCKET_DIR: usize = 103 - "/.s.PGSQL.5432".len();

#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) path: PathBuf,
    pub(crate) account: Account,
}

/// What the supervisor wrote down about the server that it runs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) postgres: u32,
    pub(crate) reader: u32,
    pub(crate) kind: String,
    pub(crate) bin_dir: PathBuf,
    pub(crate) socket_dir: PathBuf,
}

impl Home {
    /// Makes the directory if need be, and makes sure that it is private and that the server can use it.
    pub(crate) fn prepare(dir: &Path) -> Result<Self, Error> {
        let path = std::path::absolute(dir).map_err(Error::io("resolve", dir))?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        }
        let created = match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(Error::io("create", &path)(error)),
        };
        let path = path.canonicalize().map_err(Error::io("resolve", &path))?;
        let home = Self { account: Self::owner(&path)?, path };
        if created && let Err(error) = home.check_entry() {
            let _ = fs::remove_dir(&home.path);
            return Err(error);
        }
        Ok(home)
    }

    /// The account that owns the directory; an empty one is given to the account that fits, and made private.
    fn owner(path: &Path) -> Result<Account, Error> {
        let caller = Account::current();
        let stat = || fs::metadata(path).map_err(Error::io("read", path));
        let is_foreign = |uid: u32| uid != caller.uid && !geteuid().is_root();
        let not_owned = |uid: u32, user: &Account| Error::NotOwned {
            path: path.to_path_buf(),
            owner: Account::of(uid, 0).name,
            user: user.name.clone(),
        };

        let found = stat()?;
        if is_foreign(found.uid()) {
            return Err(not_owned(found.uid(), &caller));
        }
        let is_ours = path.join("lock").exists();
        let is_empty = path.read_dir().map_err(Error::io("list", path))?.next().is_none();
        if !is_ours && !is_empty && !path.join("lock").exists() {
            return Err(Error::NotEmpty { path: path.to_path_buf() });
        }
        if found.mode() & 0o077 != 0 {
            fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(Error::io("make private", path))?;
        }
        // Root's new directory goes to an account without root's powers; another process may just have done so.
        if is_empty && found.uid() == 0 {
            let account = Account::for_new_directory();
            lchown(path, Some(account.uid), Some(account.gid)).map_err(Error::io("give away", path))?;
        }
        let found = stat()?;
        if found.uid() == 0 {
            return Err(not_owned(0, &Account::for_new_directory()));
        }
        Ok(Account::of(found.uid(), found.gid()))
    }

    /// Makes sure that the server's account can enter. (For root's, the directories above may be closed, as /root is.)
    fn check_entry(&self) -> Result<(), Error> {
        if geteuid().is_root() { self.run(&mut self.account.command("true")) } else { Ok(()) }
    }

    /// Runs a command in the directory, which a server on its way out may have removed by now.
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), Error> {
        command.current_dir(&self.path).status().map(drop).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => Error::NotReachable { path: self.path.clone(), user: self.account.to_string() },
            _ => Error::io("run a program in", &self.path)(error),
        })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn cluster(&self, kind: Kind) -> PathBuf {
        self.file(kind.cluster())
    }

    /// The lock, if nothing lives here. It passes to the supervisor as its standard output, and so to every process
    /// of the server: it is free again when the last of them has gone, however it went.
    pub(crate) fn try_lock(&self) -> Result<Option<File>, Error> {
        let path = self.file("lock");
        let lock = self.open_or_create(OpenOptions::new().write(true), "lock")?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
        // A fast server may have removed the file between our opening and our locking it.
        let mine = lock.metadata().map_err(Error::io("read", &path))?;
        let named = fs::symlink_metadata(&path).map_err(Error::io("read", &path))?;
        Ok(((mine.dev(), mine.ino()) == (named.dev(), named.ino())).then_some(lock))
    }

    /// Has everything that lived here gone? Creates nothing.
    pub(crate) fn is_quiet(&self) -> bool {
        match OpenOptions::new().write(true).custom_flags(OFlag::O_NOFOLLOW.bits()).open(self.file("lock")) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    pub(crate) fn record(&self) -> Option<Record> {
        let text = fs::read_to_string(self.file("server")).ok()?;
        let mut lines = text.lines();
        Some(Record {
            postgres: lines.next()?.parse().ok()?,
            reader: lines.next()?.parse().ok()?,
            kind: lines.next()?.into(),
            bin_dir: lines.next()?.into(),
            socket_dir: lines.next()?.into(),
        })
    }

    /// The socket's directory, unless its path does not fit into an address or a URL.
    pub(crate) fn socket_dir(&self) -> Option<PathBuf> {
        let dir = self.file("run");
        let fits = dir.as_os_str().len() <= LONGEST_SOCKET_DIR && dir.to_str().is_some_and(|path| !path.contains([',', '"', '\\', '\n']));
        fits.then_some(dir)
    }

    pub(crate) fn log(&self) -> Result<Log, Error> {
        let path = self.file("server.log");
        let file = self.open_or_create(OpenOptions::new().read(true).append(true), "server.log")?;
        let mut start = file.metadata().map_err(Error::io("read", &path))?.len();
        if start > LOG_LIMIT {
            file.set_len(0).map_err(Error::io("truncate", &path))?;
            start = 0;
        }
        Ok(Log { file, start })
    }

    /// The last lines of the log, if there is one.
    pub(crate) fn log_tail(&self) -> String {
        File::open(self.file("server.log")).map(|file| Log { file, start: 0 }.tail()).unwrap_or_default()
    }

    fn open_or_create(&self, options: &mut OpenOptions, name: &str) -> Result<File, Error> {
        let path = self.file(name);
        // Root must not follow a link that the server's account could have laid.
        let file = options.create(true).mode(0o600).custom_flags(OFlag::O_NOFOLLOW.bits()).open(&path).map_err(Error::io("open", &path))?;
        if geteuid().is_root() {
            fchown(&file, Some(self.account.uid), Some(self.account.gid)).map_err(Error::io("give away", &path))?;
        }
        Ok(file)
    }
}

/// The server's log, and where its present start began.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) file: File,
    start: u64,
}

impl Log {
    pub(crate) fn tail(mut self) -> String {
        let mut bytes = Vec::new();
        let _ = self.file.seek(SeekFrom::Start(self.start)).and_then(|_| self.file.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL)..].join("\n")
    }
}

/// A path as part of a URL.
pub(crate) fn percent_encoded(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut url, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
        url
    })
}

pub(crate) fn percent_encoded_path(path: &Path) -> String {
    percent_encoded(path.as_os_str().as_bytes())
}
