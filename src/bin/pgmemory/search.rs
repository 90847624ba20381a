//! `search`, `similar`, `recall` and `complete`.

use clap::{Args, ValueEnum};
use pgmemory::{Completion, Hit};

use crate::{
    Outcome, User,
    arguments::{FilterArguments, NodeRef, limit},
    backend::Scope,
    database::Database,
    nodes,
    output::{Output, table},
};

/// Find nodes by what they say, best first: those with any of the words, rare words before frequent ones.
///
/// "Words in quotes" must stand together, -word must not be there. Misspelt words and beginnings of words are found,
/// too. A query that begins with a hyphen stands after --.
#[derive(Args)]
#[command(after_help = r#"Example: pgmemory search --user demo "acme renewal" --limit 5
Example: pgmemory search --user demo '"payment gateway" -retry' --snippets"#)]
pub(crate) struct Search {
    #[command(flatten)]
    scope: Scope,
    /// What to look for
    query: String,
    #[command(flatten)]
    filter: FilterArguments,
    /// Show where the words stand
    #[arg(long)]
    snippets: bool,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 10, value_parser = limit())]
    limit: usize,
}

impl Search {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.backend(&self.scope).await?;
        let search = memory.search(self.query).filter(self.filter.into()).limit(self.limit);
        let hits = if self.snippets { search.snippets().await? } else { search.await? };
        output.show(&hits, |hits| describe(hits))?;
        if hits.is_empty() {
            output.note(nodes::nothing(&memory, "nothing found").await?);
        }
        Ok(())
    }
}

/// Find nodes that say what one node says, best first.
#[derive(Args)]
#[command(after_help = "Example: pgmemory similar --user demo salesforce/001234 --limit 5")]
pub(crate) struct Similar {
    #[command(flatten)]
    user: User,
    /// The node's id, or SYSTEM/ID of an entity
    node: NodeRef,
    #[command(flatten)]
    filter: FilterArguments,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 10, value_parser = limit())]
    limit: usize,
}

impl Similar {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let hits = user.similar(self.node.id(&user).await?).filter(self.filter.into()).limit(self.limit).await?;
        output.show(&hits, |hits| describe(hits))?;
        if hits.is_empty() {
            output.note("nothing is like it");
        }
        Ok(())
    }
}

/// How a recollection is shown.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table of nodes
    Table,
    /// Text to put before a question to a language model
    Markdown,
}

/// Find what the memory holds on a question, also by what stands near the words, and how it hangs together.
#[derive(Args)]
#[command(after_help = r#"Example: pgmemory recall --user demo "why did the checkout fail?" --format markdown
Example: pgmemory recall --user demo "acme" --tokens 500"#)]
pub(crate) struct Recall {
    #[command(flatten)]
    user: User,
    /// The question
    question: String,
    #[command(flatten)]
    filter: FilterArguments,
    /// How many nodes, 1 to 1,000
    #[arg(long, default_value_t = 10, value_parser = limit())]
    limit: usize,
    /// How many tokens their text may have, about: a quarter of its bytes
    #[arg(long)]
    tokens: Option<usize>,
    /// Count an access of each node
    #[arg(long)]
    touch: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

impl Recall {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let mut recall = user.recall(self.question).filter(self.filter.into()).limit(self.limit);
        recall = self.tokens.into_iter().fold(recall, pgmemory::Recall::tokens);
        recall = if self.touch { recall.touch() } else { recall };
        let known = recall.await?;
        output.show(&known, |known| match self.format {
            Format::Table => describe(&known.hits),
            Format::Markdown => known.to_string().trim_end().to_owned(),
        })?;
        if known.hits.is_empty() {
            output.note(nodes::nothing(&user, "nothing is known of that").await?);
        }
        Ok(())
    }
}

/// Complete the name of an entity or a tag.
#[derive(Args)]
#[command(after_help = "Example: pgmemory complete --user demo acm")]
pub(crate) struct Complete {
    #[command(flatten)]
    user: User,
    /// How it begins
    prefix: String,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 10, value_parser = limit())]
    limit: usize,
}

impl Complete {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let completions = user.complete(&self.prefix, self.limit).await?;
        let row = |completion: &Completion| vec![completion.value.clone(), completion.kind.to_string(), completion.nodes.to_string()];
        output.show(&completions, |completions| table(&["completion", "kind", "nodes"], completions.iter().map(row)))?;
        if completions.is_empty() {
            output.note(nodes::nothing(&user, "nothing begins so").await?);
        }
        Ok(())
    }
}

pub(crate) fn describe(hits: &[Hit]) -> String {
    let row = |hit: &Hit| {
        let node = &hit.node;
        let says = hit.snippet.clone().unwrap_or_else(|| node.summary().into_owned());
        vec![format!("{:.2}", hit.score), node.context_type.to_string(), nodes::key(node), says]
    };
    table(&["score", "type", "node", "summary"], hits.iter().map(row))
}
