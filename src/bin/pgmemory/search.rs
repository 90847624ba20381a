//! `search`.

use clap::Args;
use pgmemory::{ContextType, Hit};

use crate::{
    Outcome, User,
    database::Database,
    output::{Output, one_line, table},
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
    #[arg(long = "type", value_name = "TYPE")]
    context_types: Vec<ContextType>,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 10)]
    limit: usize,
}

impl Search {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let search = user.search(self.query).limit(self.limit);
        let hits = self.context_types.into_iter().fold(search, pgmemory::Search::context_type).await?;
        output.show(&hits, |hits| describe(hits))?;
        Ok(())
    }
}

pub(crate) fn describe(hits: &[Hit]) -> String {
    if hits.is_empty() {
        return "nothing found".to_owned();
    }
    let rows = hits.iter().map(|hit| {
        let node = &hit.node;
        let key = match (&node.entity_system, &node.entity_id) {
            (Some(system), Some(id)) => format!("{system}/{id}"),
            _ => node.node_id.to_string(),
        };
        vec![format!("{:.2}", hit.score), node.context_type.to_string(), key, one_line(&node.summary(), 120)]
    });
    table(&["score", "type", "node", "summary"], rows)
}
