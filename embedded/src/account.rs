//! Whom the server runs as: PostgreSQL refuses to run as root.

use std::fmt::Display;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::unistd::{Gid, Uid, User, geteuid};

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) name: String,
}

impl Account {
    /// Whoever owns a directory.
    pub(crate) fn of(uid: u32, gid: u32) -> Self {
        match User::from_uid(Uid::from_raw(uid)) {
            Ok(Some(user)) => user.into(),
            _ => Self { uid, gid, name: uid.to_string() },
        }
    }

    /// Who owns a new directory: oneself, or for root an account without its powers.
    pub(crate) fn for_new_directory() -> Self {
        if !geteuid().is_root() {
            return Self::current();
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map_or(Self { uid: 65534, gid: 65534, name: "nobody".into() }, Self::from)
    }

    pub(crate) fn current() -> Self {
        Self::of(geteuid().as_raw(), nix::unistd::getegid().as_raw())
    }

    /// A command that runs as this account, which is that of the caller unless the caller is root.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        if geteuid().is_root() {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self { uid: user.uid.as_raw(), gid: Gid::as_raw(user.gid), name: user.name }
    }
}

impl Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}
