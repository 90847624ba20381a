//! How much of what answers a question is found: `make bench-recall DATA=DIR`.
//!
//! `DIR/memories.jsonl` is an import file, `DIR/questions.jsonl` has a line for each question: `user_id`, `question`,
//! `category`, and the `evidence` that answers it, `entity_id`s of its `entity_system`.

#[path = "results/mod.rs"]
mod results;

use std::{
    collections::{BTreeMap, HashSet},
    error::Error,
    fmt::Write as _,
    fs::{self, File},
    io::{BufReader, Cursor},
    path::{Path, PathBuf},
};

use pgmemory::{Config, ContextType, Filter, Hit, Memory};
use pgmemory_embedded::{Server, Settings};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Among how many of the first results the evidence is looked for.
const DEPTHS: [usize; 3] = [5, 10, 25];

#[derive(Deserialize)]
struct Question {
    user_id: String,
    #[serde(rename = "question")]
    text: String,
    category: String,
    entity_system: String,
    evidence: Vec<String>,
}

/// The sum of the shares that were found at each depth, and of how many questions.
#[derive(Default)]
struct Recalls {
    found: [f64; DEPTHS.len()],
    questions: f64,
}

impl Question {
    /// The share of the evidence among the first results.
    fn recall(&self, hits: &[Hit], depth: usize) -> f64 {
        let first: HashSet<_> = hits.iter().take(depth).filter_map(|hit| hit.node.entity_id.as_deref()).collect();
        let found = self.evidence.iter().filter(|id| first.contains(id.as_str())).count();
        count(found) / count(self.evidence.len())
    }

    fn filter(&self) -> Filter {
        Filter::new().context_type(ContextType::ConversationFact).entity_system(&self.entity_system)
    }
}

impl Recalls {
    fn add(&mut self, question: &Question, hits: &[Hit]) {
        for (found, depth) in self.found.iter_mut().zip(DEPTHS) {
            *found += question.recall(hits, depth);
        }
        self.questions += 1.0;
    }

    fn percent(&self) -> [f64; DEPTHS.len()] {
        self.found.map(|found| (1_000.0 * found / self.questions).round() / 10.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn count(number: usize) -> f64 {
    number as f64
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).filter(|argument| !argument.starts_with("--"));
    let folder = PathBuf::from(folder.ok_or("name the folder with memories.jsonl and questions.jsonl: make bench-recall DATA=DIR")?);
    let questions: Vec<Question> = fs::read_to_string(folder.join("questions.jsonl"))
        .map_err(|error| format!("{}: {error}", folder.join("questions.jsonl").display()))?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;

    let data = tempfile::tempdir()?;
    let settings = Settings::fast(data.path().join("data"));
    let server = tokio::task::spawn_blocking(move || Server::start(&settings)).await??;
    let memory = Memory::connect(Config::from_url(&server.url("postgres"))?).await?;
    memory.migrate().await?;
    memory.import(BufReader::new(File::open(folder.join("memories.jsonl"))?)).await?;

    let embeddings = embed(&memory, &folder, &questions).await?;
    let mut results: BTreeMap<&str, BTreeMap<&str, Recalls>> = BTreeMap::new();
    for (number, question) in questions.iter().enumerate().filter(|(_, question)| !question.evidence.is_empty()) {
        let user = memory.user(&question.user_id)?;
        let most = DEPTHS[DEPTHS.len() - 1];
        let search = || user.search(&question.text).filter(question.filter()).limit(most);
        let recall = || user.recall(&question.text).filter(question.filter()).limit(most);
        let mut found = vec![("search", search().await?), ("recall", recall().await?.hits)];
        if let Some(embeddings) = &embeddings {
            found.push(("semantic search", search().embedding(embeddings[number].clone()).await?));
            found.push(("semantic", recall().embedding(embeddings[number].clone()).await?.hits));
        }
        for (operation, hits) in found {
            let is_answerable = question.category != "adversarial";
            let groups = ["all", &question.category].into_iter().chain(is_answerable.then_some("non-adversarial"));
            for group in groups.chain([question.user_id.as_str()]) {
                results.entry(operation).or_default().entry(group).or_default().add(question, &hits);
            }
        }
    }
    for (operation, groups) in &results {
        println!("{operation:<24} questions   R@5  R@10  R@25");
        for (group, recalls) in groups {
            let [five, ten, more] = recalls.percent();
            println!("  {group:<22} {:>9} {five:>5.1} {ten:>5.1} {more:>5.1}", recalls.questions);
        }
    }
    results::write("recall.json", &serde_json::to_string_pretty(&as_json(&results))?)?;
    Ok(())
}

/// Stores the embeddings of `DIR/turns.f32`, rows of the entities in `DIR/turns.ids`, and returns those of the questions in
/// `DIR/questions.f32`. None where the folder has none, or the server cannot store them.
async fn embed(memory: &Memory, folder: &Path, questions: &[Question]) -> Result<Option<Vec<Vec<f32>>>, Box<dyn Error>> {
    let Ok(ids) = fs::read_to_string(folder.join("turns.ids")) else { return Ok(None) };
    let ids: Vec<(&str, &str)> = ids.lines().filter_map(|line| line.split_once('\t')).collect();
    let turns = rows(&folder.join("turns.f32"), ids.len())?;
    if let Err(error) = memory.enable_semantic("that of the folder", turns[0].len()).await {
        println!("without embeddings: {error}");
        return Ok(None);
    }
    let system = &questions[0].entity_system;
    let mut lines = String::new();
    for ((user, id), embedding) in ids.iter().zip(turns) {
        writeln!(lines, "{}", json!({"user_id": user, "entity_system": system, "entity_id": id, "embedding": embedding}))?;
    }
    memory.import_embeddings(Cursor::new(lines)).await?;
    Ok(Some(rows(&folder.join("questions.f32"), questions.len())?))
}

/// The rows of a file of little-endian numbers.
fn rows(file: &Path, count: usize) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let bytes = fs::read(file)?;
    let numbers: Vec<f32> = bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect();
    Ok(numbers.chunks(numbers.len() / count).map(<[f32]>::to_vec).collect())
}

/// Operation, group, depth, percent.
fn as_json(results: &BTreeMap<&str, BTreeMap<&str, Recalls>>) -> Value {
    let depths = |recalls: &Recalls| -> Value {
        DEPTHS.iter().zip(recalls.percent()).map(|(depth, percent)| (depth.to_string(), json!(percent))).collect::<Map<_, _>>().into()
    };
    let groups = |groups: &BTreeMap<&str, Recalls>| -> Value {
        groups.iter().map(|(group, recalls)| ((*group).to_owned(), depths(recalls))).collect::<Map<_, _>>().into()
    };
    results.iter().map(|(operation, all)| ((*operation).to_owned(), groups(all))).collect::<Map<_, _>>().into()
}
