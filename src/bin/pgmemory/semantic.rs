//! `semantic`, `embed`: search by meaning.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use clap::{
    Args, Subcommand,
    builder::{NonEmptyStringValueParser, RangedU64ValueParser},
};
use pgmemory::{Coverage, Memory, SemanticModel};
use serde::Serialize;

use crate::{
    Outcome,
    database::Database,
    import::Plain,
    output::{Output, busy, count, fields},
};

/// Enable search by meaning, for servers with pgvector, and show how much of the memory it covers.
#[derive(Args)]
#[command(after_help = "Example: pgmemory semantic status")]
pub(crate) struct Semantic {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Enable(Enable),
    Status(Status),
    Disable(Disable),
}

/// Enable it with the embeddings of one model; nothing happens where that is so already.
#[derive(Args)]
#[command(after_help = "Example: pgmemory semantic enable --model text-embedding-3-small --dimension 1536")]
struct Enable {
    /// What computes the embeddings
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    model: String,
    /// How many numbers an embedding has, 1 to 2,000
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=2_000))]
    dimension: usize,
}

/// Show the model, and how many nodes have an embedding.
#[derive(Args)]
#[command(after_help = "Example: pgmemory semantic status --user demo")]
struct Status {
    /// The user; all users together when absent
    #[arg(short, long, env = "PGMEMORY_USER", value_parser = NonEmptyStringValueParser::new())]
    user: Option<String>,
}

/// Disable it and delete all embeddings, for ever.
#[derive(Args)]
#[command(after_help = "Example: pgmemory semantic disable --yes")]
struct Disable {
    /// Do it; without this only what there is is shown
    #[arg(long)]
    yes: bool,
}

/// What is enabled; nothing but nulls where it is not.
#[derive(Serialize)]
struct State {
    model: Option<String>,
    dimension: Option<usize>,
    nodes: Option<i64>,
    embedded: Option<i64>,
}

impl Semantic {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        match self.action {
            Action::Enable(enable) => {
                let progress = busy("enabling semantic search");
                memory.enable_semantic(&enable.model, enable.dimension).await?;
                progress.finish_and_clear();
                show(&memory, None, output).await
            }
            Action::Status(status) => show(&memory, status.user.as_deref(), output).await,
            Action::Disable(disable) => {
                if !disable.yes && memory.semantic_model().await?.is_some() {
                    let embedded = u64::try_from(memory.embedding_coverage().await?.embedded)?;
                    let message = format!("there are {}: add --yes to delete them for ever", count(embedded, "embedding"));
                    return Err(message.into());
                }
                memory.disable_semantic().await?;
                show(&memory, None, output).await
            }
        }
    }
}

async fn show(memory: &Memory, user: Option<&str>, output: Output) -> Outcome {
    let model = memory.semantic_model().await?;
    let coverage = match (&model, user) {
        (None, _) => None,
        (Some(_), None) => Some(memory.embedding_coverage().await?),
        (Some(_), Some(user)) => Some(memory.user(user)?.embedding_coverage().await?),
    };
    let (model, dimension) = model.map(|SemanticModel { model, dimension, .. }| (model, dimension)).unzip();
    let (nodes, embedded) = coverage.map(|Coverage { nodes, embedded, .. }| (nodes, embedded)).unzip();
    output.show(&State { model, dimension, nodes, embedded }, |state| match state {
        State { model: Some(model), dimension: Some(dimension), nodes: Some(nodes), embedded: Some(embedded) } => fields([
            ("model", model.clone()),
            ("dimension", dimension.to_string()),
            ("embedded", format!("{embedded} of {}", count(*nodes, "node"))),
        ]),
        _ => "semantic search is not enabled: see `pgmemory semantic enable --help`".to_owned(),
    })?;
    Ok(())
}

/// Import the embeddings of nodes from JSON Lines, plain or gzip: all of the file or nothing.
///
/// A line has user_id, then node_id or entity_system and entity_id, and embedding, an array of numbers.
#[derive(Args)]
#[command(after_help = "Example: pgmemory embed examples/embeddings.jsonl")]
pub(crate) struct Embed {
    /// The file, or - for stdin
    file: PathBuf,
}

impl Embed {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let lines: Box<dyn Read + Send> = if self.file.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(&self.file).map_err(|error| format!("{}: {error}", self.file.display()))?)
        };
        let memory = database.memory().await?;
        let progress = busy("storing embeddings");
        let report = memory.import_embeddings(Plain::new(lines)).await?;
        progress.finish_and_clear();
        output.show(&report, |report| format!("{} stored", count(report.embedded, "embedding")))?;
        Ok(())
    }
}
