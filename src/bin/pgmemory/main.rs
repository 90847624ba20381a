//! The memory of AI agents in PostgreSQL, on the command line.

#![allow(clippy::doc_markdown, reason = "the docs of arguments are printed as help, where backticks would show")]

mod admin;
mod adopt;
mod arguments;
mod backend;
mod database;
mod demo;
mod explain;
mod export;
mod graph;
mod import;
mod interrupt;
mod maintenance;
mod manual;
mod monitoring;
mod nodes;
mod output;
mod reindex;
mod relationships;
mod search;
mod secrets;
mod semantic;
mod session;
mod stats;
mod sync;
mod verify;
mod watch;

use std::{
    io::{ErrorKind, stderr},
    process::ExitCode,
};

use clap::{
    Args, CommandFactory, Parser, Subcommand,
    builder::{NonEmptyStringValueParser, StyledStr},
    error::{ContextKind, ContextValue},
};
use tracing_subscriber::EnvFilter;

use database::Database;
use interrupt::{Interrupt, Interrupted};
use output::Output;

/// Where the help lists what every command takes.
const GLOBAL: &str = "Options of every command";

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The memory of AI agents in PostgreSQL.
///
/// Without a database URL it uses a private server of its own, which it starts and stops as needed and
/// whose data stay in PGMEMORY_DATA_DIR.
#[derive(Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// The database, for example postgresql://agent@localhost/memory; else what PGMEMORY_DATABASE_URL,
    /// DATABASE_URL or POSTGRES_HOST and the like say
    #[arg(long, global = true, value_name = "URL", help_heading = GLOBAL)]
    database_url: Option<String>,
    /// Print one JSON document on stdout
    #[arg(long, global = true, help_heading = GLOBAL)]
    json: bool,
    /// Say on stderr what is going on; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = GLOBAL)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Import the example data and show what the store does with it
    #[command(after_help = "Example: pgmemory demo")]
    Demo,
    /// Bring the database to the schema of this version
    #[command(after_help = "Example: pgmemory migrate")]
    Migrate,
    Adopt(adopt::Adopt),
    Import(import::Import),
    Export(export::Export),
    Store(nodes::Store),
    Get(nodes::Get),
    List(nodes::List),
    Update(nodes::Update),
    Touch(nodes::Touch),
    Delete(nodes::Delete),
    Search(search::Search),
    Recall(search::Recall),
    Similar(search::Similar),
    Complete(search::Complete),
    Semantic(semantic::Semantic),
    Embed(semantic::Embed),
    Relate(relationships::Relate),
    Unrelate(relationships::Unrelate),
    Relationships(relationships::Relationships),
    Neighbors(relationships::Neighbors),
    Path(relationships::Path),
    Graph(graph::Graph),
    Stats(admin::Stats),
    Activity(stats::Activity),
    Users(stats::Users),
    Watch(watch::Watch),
    Session(session::Session),
    Sync(sync::Sync),
    Cleanup(maintenance::Cleanup),
    Sweep(maintenance::Sweep),
    DeleteUser(maintenance::DeleteUser),
    RefreshStats(maintenance::RefreshStats),
    Reindex(reindex::Reindex),
    Sizes(monitoring::Sizes),
    Connections(monitoring::Connections),
    SlowStatements(monitoring::SlowStatements),
    Check(monitoring::Check),
    Verify(verify::Verify),
    Explain(explain::Explain),
    /// Check that the database answers, has the schema of this version, and a search column that is up to date
    #[command(after_help = "Example: pgmemory health")]
    Health,
    Psql(admin::Psql),
    Completions(manual::Completions),
    Man(manual::Man),
}

/// Whose memory a command works on.
#[derive(Args)]
struct User {
    /// The user whose memory it is
    #[arg(short, long, value_name = "USER", env = "PGMEMORY_USER", value_parser = NonEmptyStringValueParser::new())]
    user: String,
}

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| secrets::exit(&with_hint(error)));
    let url = match secrets::database_url(cli.database_url.as_deref()) {
        Ok(url) => url,
        Err(error) => {
            output::print_error(&error);
            return ExitCode::FAILURE;
        }
    };
    execute(cli, url)
}

#[tokio::main]
async fn execute(cli: Cli, url: Option<String>) -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(log_filter(cli.verbose))
        .with_ansi(anstream::AutoStream::choice(&stderr()) != anstream::ColorChoice::Never)
        .with_writer(stderr)
        .init();
    let database = Database::new(url);
    let outcome = run(cli.command, &database, Output { json: cli.json }).await;
    database.close().await;
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output has read enough: `pgmemory list | head`.
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            output::print_error(&with_causes(error.as_ref()));
            error.downcast_ref::<Interrupted>().map_or(ExitCode::FAILURE, |interrupted| interrupted.exit_code.into())
        }
    }
}

/// What `RUST_LOG` says, else `-v`. The driver logs the parameters of every statement, which are the memories: only for
/// who asks for the driver's log by its name.
fn log_filter(verbose: u8) -> EnvFilter {
    const PARAMETERS: &str = "tokio_postgres::query=off";
    // Whoever types commands is often the owner, and on the private server always a superuser: no warning says so.
    let level = ["warn", "pgmemory=debug", "debug"][usize::from(verbose.min(2))].to_owned() + ",pgmemory::pool::role=error";
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into());
    if std::env::var(EnvFilter::DEFAULT_ENV).is_ok_and(|filter| filter.contains("tokio_postgres")) {
        return filter;
    }
    filter.add_directive(PARAMETERS.parse().expect("a directive"))
}

/// A missing `--user` can be said in the environment, too.
fn with_hint(mut error: clap::Error) -> clap::Error {
    let is_missing = error.kind() == clap::error::ErrorKind::MissingRequiredArgument;
    let names_user = error.get(ContextKind::InvalidArg).is_some_and(|argument| argument.to_string().contains("--user"));
    if is_missing && names_user {
        let tip = StyledStr::from("name the user with --user, or set PGMEMORY_USER");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    error
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

async fn run(command: Command, database: &Database, output: Output) -> Outcome {
    // Ctrl-C in psql is for psql.
    if let Command::Psql(psql) = command {
        return psql.run(database).await;
    }
    let interrupt = Interrupt::listen()?;
    // An import has to know whether it could still be stopped.
    if let Command::Import(import) = command {
        return import.run(database, output, interrupt).await;
    }
    tokio::select! {
        biased;
        outcome = run_interruptible(command, database, output) => outcome,
        interrupted = interrupt.arrived() => Err(interrupted.into()),
    }
}

async fn run_interruptible(command: Command, database: &Database, output: Output) -> Outcome {
    match command {
        Command::Demo => demo::run(database, output).await,
        Command::Migrate => admin::migrate(database, output).await,
        Command::Adopt(adopt) => adopt.run(database, output).await,
        Command::Export(export) => export.run(database, output).await,
        Command::Store(store) => store.run(database, output).await,
        Command::Get(get) => get.run(database, output).await,
        Command::List(list) => list.run(database, output).await,
        Command::Update(update) => update.run(database, output).await,
        Command::Touch(touch) => touch.run(database, output).await,
        Command::Delete(delete) => delete.run(database, output).await,
        Command::Search(search) => search.run(database, output).await,
        Command::Recall(recall) => recall.run(database, output).await,
        Command::Similar(similar) => similar.run(database, output).await,
        Command::Complete(complete) => complete.run(database, output).await,
        Command::Semantic(semantic) => semantic.run(database, output).await,
        Command::Embed(embed) => embed.run(database, output).await,
        Command::Relate(relate) => relate.run(database, output).await,
        Command::Unrelate(unrelate) => unrelate.run(database, output).await,
        Command::Relationships(relationships) => relationships.run(database, output).await,
        Command::Neighbors(neighbors) => neighbors.run(database, output).await,
        Command::Path(path) => path.run(database, output).await,
        Command::Graph(graph) => graph.run(database, output).await,
        Command::Stats(stats) => stats.run(database, output).await,
        Command::Activity(activity) => activity.run(database, output).await,
        Command::Users(users) => users.run(database, output).await,
        Command::Watch(watch) => watch.run(database, output).await,
        Command::Session(session) => session.run(database, output).await,
        Command::Sync(sync) => sync.run(database, output).await,
        Command::Cleanup(cleanup) => cleanup.run(database, output).await,
        Command::Sweep(sweep) => sweep.run(database, output).await,
        Command::DeleteUser(delete_user) => delete_user.run(database, output).await,
        Command::RefreshStats(refresh) => refresh.run(database, output).await,
        Command::Reindex(reindex) => reindex.run(database, output).await,
        Command::Sizes(sizes) => sizes.run(database, output).await,
        Command::Connections(connections) => connections.run(database, output).await,
        Command::SlowStatements(statements) => statements.run(database, output).await,
        Command::Check(check) => check.run(database, output).await,
        Command::Verify(verify) => verify.run(database, output).await,
        Command::Explain(explain) => explain.run(database, output).await,
        Command::Health => admin::health(database, output).await,
        Command::Completions(completions) => completions.run(Cli::command()),
        Command::Man(man) => man.run(Cli::command()),
        Command::Import(_) | Command::Psql(_) => unreachable!("they take their signals themselves"),
    }
}
