//! `demo`: what the store does, shown on the example data.

use pgmemory::{Direction, Hit, ImportReport, Node, Page, Relationship, UserStats};
use serde::Serialize;

use crate::{Outcome, admin, database::Database, import, nodes, output::Output, relationships, search};

const DATA: &str = include_str!("../../../examples/demo.jsonl");
const USER: &str = "demo";
const QUERIES: [&str; 3] = ["acme renewal", "checkout outage", "chekout outage"];

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
    memory.migrate().await?;
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

    let server = database.open().await?.server.as_ref();
    output.show(&demo, |demo| {
        let place = match server {
            Some(server) => format!("A private PostgreSQL, data in {}", server.data_dir().display()),
            None => "The PostgreSQL that the configuration names".to_owned(),
        };
        let program = std::env::args().next().unwrap_or_else(|| "pgmemory".to_owned());
        let searches = demo.searches.iter().map(|(query, hits)| (format!("Search: {query}"), search::describe(hits)));
        let sections = [
            ("Imported: accounts, tickets and conversations of one agent, from three tools".to_owned(), import::describe(&demo.import)),
            ("Merged: one account, which came from three tools in parts".to_owned(), nodes::describe(&demo.entity)),
        ]
        .into_iter()
        .chain(searches)
        .chain([
            ("Related: an incident, across systems".to_owned(), relationships::describe(incident.node_id, &demo.relationships, &ends)),
            ("Statistics".to_owned(), admin::describe(&demo.stats)),
            ("Next".to_owned(), next_steps(&program)),
        ]);
        let sections: Vec<_> = sections.map(|(title, text)| format!("── {title}\n\n{}\n", text.trim_end())).collect();
        format!("{place}\n\n{}", sections.join("\n"))
    })?;
    Ok(())
}

fn next_steps(program: &str) -> String {
    [
        r#"search --user demo "who approved the renewal""#,
        "relationships --user demo jira/PLAT-101",
        r#"store --user alice '{"context_type": "conversation_fact", "content": {"text": "Prefers mornings"}}'"#,
        r"psql -- -c '\d memory.nodes'",
        "--help",
    ]
    .map(|arguments| format!("{program} {arguments}"))
    .join("\n")
}
