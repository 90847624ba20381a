//! Logins with roles of ours, for one test.

use std::{
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt, stream::poll_fn};
use pgmemory::{Config, Memory};
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage};

use crate::support::Database;

/// A login of the cluster, which other tests share: its name has to be nobody else's.
pub(super) struct Login<'a> {
    database: &'a Database,
    name: String,
}

impl<'a> Login<'a> {
    /// A member of a role.
    pub(super) async fn new(database: &'a Database, name: &str, member_of: &str) -> Self {
        let create = format!("CREATE ROLE {name} LOGIN IN ROLE {member_of}");
        database.client().await.batch_execute(&create).await.unwrap();
        Self { database, name: name.to_owned() }
    }

    /// The same, of a role that sees one user.
    pub(super) async fn of_user(database: &'a Database, name: &str, member_of: &str, user_id: &str) -> Self {
        let login = Self::new(database, name, member_of).await;
        let insert = "INSERT INTO memory.tenant_logins (login, user_id) VALUES ($1::text, $2)";
        database.client().await.execute(insert, &[&name, &user_id]).await.unwrap();
        login
    }

    /// Never by way of a pooler, which would log in as somebody else.
    pub(super) fn url(&self) -> String {
        self.database.direct_url().replacen("postgres@", &format!("{}@", self.name), 1)
    }

    pub(super) async fn memory(&self) -> Memory {
        Memory::connect(Config::from_url(&self.url()).unwrap().pool_size(1)).await.unwrap()
    }

    pub(super) async fn shell(&self) -> Shell {
        Shell::connect(&self.url()).await
    }

    pub(super) async fn remove(self) {
        let drop = format!("DROP OWNED BY {0}; DROP ROLE {0}", self.name);
        self.database.client().await.batch_execute(&drop).await.unwrap();
    }
}

/// A connection that tells all that the server says: rows, notices and errors.
pub(super) struct Shell {
    pub(super) client: Client,
    notices: Arc<Mutex<String>>,
}

impl Shell {
    async fn connect(url: &str) -> Self {
        let (client, mut connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        let notices = Arc::new(Mutex::new(String::new()));
        let heard = notices.clone();
        tokio::spawn(async move {
            let mut messages = poll_fn(move |context| connection.poll_message(context));
            while let Some(Ok(message)) = messages.next().await {
                if let AsyncMessage::Notice(notice) = message {
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    writeln!(heard, "NOTICE {}", notice.message()).unwrap();
                }
            }
        });
        Self { client, notices }
    }

    /// Everything that comes of these statements. A transaction that they left open is rolled back, settings are what they
    /// were, and what is temporary goes.
    pub(super) async fn says(&self, sql: &str) -> String {
        let mut said = String::new();
        let outcome = if let Some(copy) = sql.strip_prefix("COPY OUT ") { self.copy_out(copy).await } else { self.rows(sql).await };
        match outcome {
            Ok(rows) => said += &rows,
            Err(error) => {
                let refusal = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}"));
                let parts = [Some(refusal.message()), refusal.detail(), refusal.hint(), refusal.where_()];
                let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
                writeln!(said, "ERROR {} {parts}", refusal.code().code()).unwrap();
            }
        }
        self.client.batch_execute("ROLLBACK").await.unwrap();
        self.client.batch_execute("DISCARD ALL").await.unwrap();
        said + &std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn rows(&self, sql: &str) -> Result<String, tokio_postgres::Error> {
        let mut text = String::new();
        for message in self.client.simple_query(sql).await? {
            match message {
                SimpleQueryMessage::Row(row) => {
                    let fields: Vec<&str> = (0..row.len()).map(|place| row.get(place).unwrap_or("NULL")).collect();
                    writeln!(text, "{}", fields.join(" | ")).unwrap();
                }
                SimpleQueryMessage::CommandComplete(rows) => writeln!(text, "{rows} rows").unwrap(),
                _ => {}
            }
        }
        Ok(text)
    }

    async fn copy_out(&self, sql: &str) -> Result<String, tokio_postgres::Error> {
        let mut lines = std::pin::pin!(self.client.copy_out(sql).await?);
        let mut text = String::new();
        while let Some(line) = lines.next().await {
            text += &String::from_utf8_lossy(&line?);
        }
        Ok(text)
    }
}
