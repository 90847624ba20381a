//! The memory of AI agents in PostgreSQL, on the command line.

#![allow(clippy::doc_markdown, reason = "the docs of arguments are printed as help, where backticks would show")]

mod admin;
mod adopt;
mod database;
mod demo;
mod import;
mod nodes;
mod output;
mod relationships;
mod search;

use std::{io::ErrorKind, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use database::Database;
use output::Output;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The memory of AI agents in PostgreSQL.
///
/// Without a database URL it uses a private server of its own, which it starts and stops as needed and
/// whose data stay in PGMEMORY_DATA_DIR.
#[derive(Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// The database, for example postgresql://agent@localhost/memory; else what DATABASE_URL or
    /// POSTGRES_HOST and the like say
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Print one JSON document on stdout
    #[arg(long, global = true)]
    json: bool,
    /// Say on stderr what is going on; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Import the example data and show what the store does with it
    Demo,
    /// Bring the database to the schema of this version
    Migrate,
    Adopt(adopt::Adopt),
    Import(import::Import),
    Export(import::Export),
    Store(nodes::Store),
    Get(nodes::Get),
    List(nodes::List),
    Delete(nodes::Delete),
    Search(search::Search),
    Relate(relationships::Relate),
    Relationships(relationships::Relationships),
    Neighbors(relationships::Neighbors),
    Path(relationships::Path),
    Stats(admin::Stats),
    /// Check that the database answers and has the schema of this version
    Health,
    Psql(admin::Psql),
}

/// Whose memory a command works on.
#[derive(Args)]
struct User {
    /// The user whose memory it is
    #[arg(short, long, value_name = "USER", env = "PGMEMORY_USER")]
    user: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = ["warn", "pgmemory=debug", "debug"][usize::from(cli.verbose.min(2))];
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into()))
        .with_writer(std::io::stderr)
        .init();
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output has read enough: `pgmemory list | head`.
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Of the output, that is; a broken connection to the server is a failure.
fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    match error.downcast_ref::<std::io::Error>() {
        Some(error) => error.kind() == ErrorKind::BrokenPipe,
        None => !error.is::<tokio_postgres::Error>() && error.source().is_some_and(is_broken_pipe),
    }
}

/// The message and its causes; an error of the store tells its own.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source().filter(|_| !error.is::<pgmemory::Error>());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

async fn run(cli: Cli) -> Outcome {
    let database = Database::open(cli.database_url).await?;
    let output = Output { json: cli.json };
    match cli.command {
        Command::Demo => demo::run(&database, output).await,
        Command::Migrate => admin::migrate(&database, output).await,
        Command::Adopt(adopt) => adopt.run(&database, output).await,
        Command::Import(import) => import.run(&database, output).await,
        Command::Export(export) => export.run(&database, output).await,
        Command::Store(store) => store.run(&database, output).await,
        Command::Get(get) => get.run(&database, output).await,
        Command::List(list) => list.run(&database, output).await,
        Command::Delete(delete) => delete.run(&database, output).await,
        Command::Search(search) => search.run(&database, output).await,
        Command::Relate(relate) => relate.run(&database, output).await,
        Command::Relationships(relationships) => relationships.run(&database, output).await,
        Command::Neighbors(neighbors) => neighbors.run(&database, output).await,
        Command::Path(path) => path.run(&database, output).await,
        Command::Stats(stats) => stats.run(&database, output).await,
        Command::Health => admin::health(&database, output).await,
        Command::Psql(psql) => psql.run(&database),
    }
}
