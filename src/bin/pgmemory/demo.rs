//! `demo`: what the store does, shown on the example data.

use pgmemory::{Direction, Hit, ImportReport, Node, Page, Relationship, UserStats};
use serde::Serialize;

use crate::{Outcome, admin, database::Database, import, nodes, output::Output, relationships, search};

const DATA: &str = include_str!("../../../examples/demo.jsonl");
const USER: &str = "demo";
const QUERIES: [&str; 3] = ["acme renewal", "checkout outage", "chekout outgae"];

#[derive(Serialize)]
struct Demo {
    import: ImportReport,
    entity: Node,
    searches: Vec<(&'static str, Vec<Hit>)>,
    relationships: Page<Relationship>,
    stats: UserStats,
}

pub(crate) async fn run(database: &Database, output: Output) -> Outcome {
    let memory = database.memory().await?;
    let user = memory.user(USER)?;
    let report = memory.import(DATA.as_bytes()).await?;
    let entity = user.get_entity("salesforce", "001234").await?.ok_or("the example account is missing")?;
    let mut searches = Vec::new();
    for query in QUERIES {
        searches.push((query, user.search(query).limit(3).await?));
    }
    let incident = user.get_entity("servicenow", "INC0012345").await?.ok_or("the example incident is missing")?;
    let page = user.relationships(incident.node_id).direction(Direction::Both).limit(10).await?;
    let ends = relationships::ends(&user, &page).await?;
    let demo = Demo { import: report, entity, searches, relationships: page, stats: user.stats().await? };

    output.show(&demo, |demo| {
        let heading = |title: &str| format!("\n── {title}\n\n");
        let program = std::env::args().next().unwrap_or_else(|| "pgmemory".to_owned());
        let mut text = String::new();
        text += &match &database.server {
            Some(server) => format!("A private PostgreSQL, data in {}\n", server.data_dir().display()),
            None => "The PostgreSQL that the configuration names\n".to_owned(),
        };
        text += &heading("Imported: accounts, tickets and conversations of one agent, from three tools");
        text += &import::describe(&demo.import);
        text += &heading("Merged: one account, which came from three tools in parts");
        text += &nodes::describe(&demo.entity);
        for (query, hits) in &demo.searches {
            text += &heading(&format!("Search: {query}"));
            text += &search::describe(hits);
        }
        text += &heading("Related: an incident, across systems");
        text += &relationships::describe(incident.node_id, &demo.relationships, &ends);
        text += &heading("Statistics");
        text += &admin::describe(&demo.stats);
        text += &heading("Next");
        text += &format!(
            "{program} search --user {USER} \"who approved the renewal\"\n\
             {program} relationships --user {USER} jira/PLAT-101\n\
             {program} store --user alice '{{\"context_type\": \"conversation_fact\", \"content\": {{\"text\": \"Prefers mornings\"}}}}'\n\
             {program} psql -- -c 'SELECT * FROM memory.user_metadata'\n\
             {program} --help\n"
        );
        text
    })?;
    Ok(())
}
