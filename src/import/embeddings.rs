//! Reading embeddings from JSON Lines.

use std::io::BufRead;

use codegen::queries::{import, semantic};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    BATCHES_AHEAD,
    lines::{Line, read_batches},
};
use crate::{
    Error, Memory, SemanticModel, UserTransaction,
    error::ErrorKind,
    model::from_text,
    nodes::{self, Reference},
    semantic::validate_embedding,
};

/// What an import of embeddings did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EmbeddingReport {
    /// How many embeddings were stored.
    pub embedded: u64,
}

/// The embedding of a node that is told by its id or the key of its entity.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmbeddingLine {
    user_id: String,
    node_id: Option<Uuid>,
    entity_system: Option<String>,
    entity_id: Option<String>,
    embedding: Vec<f32>,
}

impl EmbeddingLine {
    fn node(&self) -> Result<Reference<'_>, Error> {
        match (self.node_id, self.entity_system.as_deref(), self.entity_id.as_deref()) {
            (Some(node_id), None, None) => Ok(Reference::Id(node_id)),
            (None, Some(system), Some(id)) => Ok(Reference::Entity { system, id }),
            _ => Err(Error::invalid("node_id", "either it is needed, or entity_system and entity_id")),
        }
    }
}

fn parse(line: &[u8]) -> Result<EmbeddingLine, Error> {
    let line: EmbeddingLine = from_text("line", line)?;
    line.node()?;
    validate_embedding(&line.embedding)?;
    Ok(line)
}

impl Memory {
    /// Imports the embeddings of nodes that are there, of any number of users, from JSON Lines, one object a line:
    /// `user_id`, then `node_id` or `entity_system` and `entity_id`, and `embedding`, an array of numbers. Everything
    /// is kept, or nothing. Imports into one database run one after the other.
    ///
    /// # Errors
    ///
    /// As [`UserMemory::embed`](crate::UserMemory::embed), with the number of the line.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), Box<dyn std::error::Error>> {
    /// let file = std::io::BufReader::new(std::fs::File::open("embeddings.jsonl")?);
    /// println!("{} embeddings", memory.import_embeddings(file).await?.embedded);
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn import_embeddings<R: BufRead + Send + 'static>(&self, lines: R) -> Result<EmbeddingReport, Error> {
        let model = self.semantic_model().await?;
        let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
        // Nobody waits for its end, since the next line may never come.
        std::thread::spawn(move || read_batches(lines, parse, &sender));

        let mut client = self.client().await?;
        let call = self.connections.watch(&client);
        let write = async {
            let transaction = client.transaction().await?;
            import::lift_timeout().bind(&transaction).one().await?;
            import::lock().bind(&transaction).one().await?;
            let mut report = EmbeddingReport::default();
            while let Some(batch) = batches.recv().await {
                for (user_id, lines) in by_user(batch?, model.as_ref())? {
                    let user = self.user(&user_id).map_err(|error| error.at_line(lines[0].0))?;
                    if model.is_none() {
                        semantic::refuse().bind(&transaction).one().await?;
                    }
                    report.embedded += write_lines(&user.within(&transaction), lines).await?;
                }
            }
            transaction.commit().await?;
            Ok(report)
        };
        let report = write.await;
        call.answered();
        report
    }
}

type Numbered = (u64, EmbeddingLine);

/// The lines of each user, those of whoever comes first before the others.
fn by_user(batch: Vec<Line<EmbeddingLine>>, model: Option<&SemanticModel>) -> Result<Vec<(String, Vec<Numbered>)>, Error> {
    let mut users: Vec<(String, Vec<Numbered>)> = Vec::new();
    for Line { number, item, .. } in batch {
        let line = item.map_err(|error| error.at_line(number))?;
        if let Some(SemanticModel { model, dimension }) = model.filter(|model| model.dimension != line.embedding.len()) {
            let problem = format!("has {} numbers, an embedding of {model} has {dimension}", line.embedding.len());
            return Err(Error::invalid("embedding", problem).at_line(number));
        }
        match users.iter_mut().find(|(user_id, _)| *user_id == line.user_id) {
            Some((_, lines)) => lines.push((number, line)),
            None => users.push((line.user_id.clone(), vec![(number, line)])),
        }
    }
    Ok(users)
}

async fn write_lines(user: &UserTransaction<'_, deadpool_postgres::Transaction<'_>>, lines: Vec<Numbered>) -> Result<u64, Error> {
    let references = lines.iter().map(|(_, line)| line.node()).collect::<Result<Vec<_>, _>>()?;
    let found = nodes::find_many(user.client()?, user.user_id, &references).await?;
    let embeddings = lines.into_iter().zip(found).map(|((number, line), found)| {
        let missing = || Error::new(ErrorKind::NotFound, "node_id: the user has no such node").at_line(number);
        Ok((found.ok_or_else(missing)?, line.embedding))
    });
    let embeddings = embeddings.collect::<Result<Vec<_>, Error>>()?;
    Ok(user.embed(&embeddings).await? as u64)
}
