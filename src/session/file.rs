//! The files of sessions, as they lie in their folder.

use std::{env, fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{local::connect, rows::one};
use crate::{Error, error::ErrorKind, model::validate_user_id};

/// The folder of the files, unless they are given one by one.
const FOLDER_SETTING: &str = "PGMEMORY_SESSION_DIR";
const EXTENSION: &str = "sqlite";

/// The file of a session, looked at without opening a session: whose it is, and what it has for PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whose memory it has.
    pub user_id: String,
    /// How many entries PostgreSQL has yet to get.
    pub journaled: i64,
    /// How many entries PostgreSQL refused for good.
    pub dead_letters: i64,
}

impl SessionFile {
    /// Where a user's file is, there or not, unless a session is given another: in the folder that `PGMEMORY_SESSION_DIR` names,
    /// else in `pgmemory/sessions` of the folder for data of programs. Its name says nothing of the user, whose id may hold what no
    /// file name can.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) when no user can have this id; [`Configuration`](ErrorKind::Configuration) when there
    /// is no such folder, and no setting names one.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), pgmemory::Error> {
    /// println!("{}", pgmemory::SessionFile::path_of("alice")?.display());
    /// # Ok(())
    /// # }
    /// ```
    pub fn path_of(user_id: &str) -> Result<PathBuf, Error> {
        validate_user_id(user_id)?;
        let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, user_id.as_bytes()).to_string();
        Ok(folder()?.join(name).with_extension(EXTENSION))
    }

    /// The files in that folder, of all users, by name.
    ///
    /// # Errors
    ///
    /// [`Configuration`](ErrorKind::Configuration) as those of [`path_of`](Self::path_of); [`SessionFile`](ErrorKind::SessionFile) when
    /// the folder cannot be read. One that is not there has no files.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), pgmemory::Error> {
    /// use pgmemory::SessionFile;
    ///
    /// for path in SessionFile::paths()? {
    ///     if let Some(file) = SessionFile::read(path).await? {
    ///         println!("{}: {} entries wait for PostgreSQL", file.user_id, file.journaled);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn paths() -> Result<Vec<PathBuf>, Error> {
        let folder = folder()?;
        let list = || fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>();
        let mut paths = match list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                let message = format!("the folder of sessions {} cannot be read: {error}", folder.display());
                return Err(Error::new(ErrorKind::SessionFile, message).because(error));
            }
            Ok(paths) => paths,
        };
        paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
        paths.sort();
        Ok(paths)
    }

    /// Looks into a file, also while sessions use it. `None`: it is not there, or nobody's yet.
    ///
    /// # Errors
    ///
    /// [`SessionFile`](ErrorKind::SessionFile) when it cannot be read, or is no session's.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), pgmemory::Error> {
    /// let file = pgmemory::SessionFile::read("alice.sqlite").await?;
    /// assert!(file.is_none_or(|file| file.journaled == 0), "PostgreSQL has not got everything yet");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read(path: impl Into<PathBuf>) -> Result<Option<Self>, Error> {
        let path = path.into();
        let read = move || if path.exists() { look_into(path) } else { Ok(None) };
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, format!("reading the session's file ended early: {error}")).because(error))
        })
    }
}

fn look_into(path: PathBuf) -> Result<Option<SessionFile>, Error> {
    let connection = connect(&path)?;
    // Without the schema it is empty, or none of ours.
    if connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    let Some(user_id) = one(&connection, "session::get", [], |row| row.get(0))? else {
        return Ok(None);
    };
    let journaled = one(&connection, "journal::count", [], |row| row.get(0))?.unwrap_or_default();
    let dead_letters = one(&connection, "dead_letters::count", [], |row| row.get(0))?.unwrap_or_default();
    Ok(Some(SessionFile { path, user_id, journaled, dead_letters }))
}

fn folder() -> Result<PathBuf, Error> {
    if let Some(folder) = env::var_os(FOLDER_SETTING).filter(|value| !value.is_empty()) {
        return Ok(folder.into());
    }
    let named = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let data = named.or_else(|| Some(env::home_dir()?.join(".local/share"))).ok_or_else(|| {
        let message = format!("there is no folder for the data of programs: set {FOLDER_SETTING}, or give the session a file");
        Error::new(ErrorKind::Configuration, message)
    })?;
    Ok(data.join("pgmemory").join("sessions"))
}
