//! `search`.

use clap::Args;
use pgmemory::{ContextType, Filter, Hit};

use crate::{
    Outcome, User,
    arguments::{limit, variant},
    database::Database,
    nodes,
    output::{Output, table},
};

/// Find nodes by words: those that contain any of them, best first, misspelt names included.
#[derive(Args)]
#[command(after_help = r#"Example: pgmemory search --user demo "acme renewal" --limit 5"#)]
pub(crate) struct Search {
    #[command(flatten)]
    user: User,
    /// What to look for
    query: String,
    /// Only this context type; several: any of them
    #[arg(long = "type", value_name = "TYPE", value_parser = variant::<ContextType>())]
    context_types: Vec<ContextType>,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 10, value_parser = limit())]
    limit: usize,
}

impl Search {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let filter = self.context_types.into_iter().fold(Filter::new(), Filter::context_type);
        let hits = user.search(self.query).filter(filter).limit(self.limit).await?;
        output.show(&hits, |hits| describe(hits))?;
        if hits.is_empty() {
            output.note(nodes::nothing(&user, "nothing found").await?);
        }
        Ok(())
    }
}

pub(crate) fn describe(hits: &[Hit]) -> String {
    let row = |hit: &Hit| {
        let node = &hit.node;
        vec![format!("{:.2}", hit.score), node.context_type.to_string(), nodes::key(node), node.summary().into_owned()]
    };
    table(&["score", "type", "node", "summary"], hits.iter().map(row))
}
