//! A plan for people: the source of the query with what was read beside the lines that ask for it, then the whole tree.

use std::collections::HashMap;

use console::{measure_text_width, pad_str};
use pgmemory::{Explanation, PlanMode};
use serde_json::Value;

use crate::output::{count, fields, one_line};

/// How much of a value is shown.
const VALUE: usize = 100;

pub(super) fn explanation(explanation: &Explanation) -> String {
    let Explanation { query, file, line, source, mode, parameters, plan, .. } = explanation;
    let planned = if *mode == PlanMode::Generic { "any parameters" } else { "these parameters" };
    let values = parameters.iter().map(|parameter| (parameter.name.as_str(), shortened(parameter.value.as_deref())));
    let numbers = [
        (
            "promised",
            format!("{}{}", explanation.access_path, explanation.bounds.as_ref().map(|bounds| format!("; {bounds}")).unwrap_or_default()),
        ),
        ("found", found(explanation)),
    ];
    let broken = explanation.differences.iter().map(|difference| ("broken", difference.clone()));
    let lines = Lines::new(source, &plan["Plan"]);
    format!(
        "{query} ({file}:{line}), planned for {planned}\n\n{}\n{}\n{}\n{}\nplanned in {} ms, run in {} ms\n",
        fields(numbers.into_iter().chain(broken)),
        fields(values),
        beside(source, *line, &lines),
        tree(&plan["Plan"], 0),
        number(&plan["Planning Time"]),
        number(&plan["Execution Time"]),
    )
}

fn shortened(value: Option<&str>) -> String {
    let value = value.map_or_else(|| "NULL".to_owned(), one_line);
    if value.chars().count() > VALUE { value.chars().take(VALUE).chain(['…']).collect() } else { value }
}

fn found(explanation: &Explanation) -> String {
    let indexes = if explanation.indexes.is_empty() { "no index".to_owned() } else { explanation.indexes.join(", ") };
    let rows = |rows: u64| count(i128::from(rows), "row");
    format!("{indexes}; reads {}, sorts {}", rows(explanation.rows_read), rows(explanation.rows_sorted))
}

/// The source with the numbers of its lines in the file, and what was read to the right of them.
fn beside(source: &str, first: usize, lines: &Lines) -> String {
    let code: Vec<&str> = source.trim_end().lines().collect();
    let width = code.iter().enumerate().filter(|(place, _)| lines.0.contains_key(place)).map(|(_, text)| measure_text_width(text)).max();
    let one = |(place, text): (usize, &&str)| {
        let notes = lines.0.get(&place).map(|notes| notes.join("; "));
        let text = match notes {
            Some(notes) => format!("{}  ◄ {notes}", pad_str(text, width.unwrap_or(0), console::Alignment::Left, None)),
            None => (*text).to_owned(),
        };
        format!("{:>5}  {text}\n", first + place)
    };
    code.iter().enumerate().map(one).collect()
}

/// By line of the source, from 0, what the plan does there.
struct Lines(HashMap<usize, Vec<String>>);

impl Lines {
    fn new(source: &str, plan: &Value) -> Self {
        let mut places = Places { lines: source.lines().collect(), used: HashMap::new() };
        let mut notes = Self(HashMap::new());
        notes.add(plan, "", &mut places);
        notes
    }

    fn add(&mut self, node: &Value, part: &str, places: &mut Places<'_>) {
        let part = node["Subplan Name"].as_str().and_then(|name| name.strip_prefix("CTE ")).unwrap_or(part);
        if let Some(place) = node["Relation Name"].as_str().and_then(|table| places.find(table, part)) {
            self.0.entry(place).or_default().push(format!("{}: {}", kind(node), numbers(node)));
        }
        for child in node["Plans"].as_array().into_iter().flatten() {
            self.add(child, part, places);
        }
    }
}

/// Where a query names its tables.
struct Places<'a> {
    lines: Vec<&'a str>,
    /// How often each line was found.
    used: HashMap<usize, usize>,
}

impl Places<'_> {
    /// Where a table is named in a common table expression, or outside of all; where it is there several times, the
    /// next of them.
    fn find(&mut self, table: &str, part: &str) -> Option<usize> {
        let table = table.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        let starts: Vec<(usize, &str)> =
            self.lines.iter().enumerate().filter_map(|(place, line)| Some((place, part_begun(line)?))).collect();
        let part_of = |place: usize| {
            let (start, name) = starts.iter().rev().find(|(start, _)| *start <= place)?;
            let is_open = !self.lines[*start..place].iter().any(|line| line.starts_with(')'));
            is_open.then_some(*name)
        };
        let name = format!("memory.{table}");
        let names = |line: &str| {
            line.match_indices(&name).any(|(at, _)| !line[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        let code =
            self.lines.iter().enumerate().filter(|(_, line)| !line.trim_start().starts_with("--") && names(line)).map(|(place, _)| place);
        let (inside, outside): (Vec<usize>, Vec<usize>) = code.partition(|place| part_of(*place).unwrap_or_default() == part);
        // What was not kept apart stands in another part.
        let candidates = if inside.is_empty() { outside } else { inside };
        let place = candidates.into_iter().min_by_key(|place| self.used.get(place).copied().unwrap_or(0))?;
        *self.used.entry(place).or_default() += 1;
        Some(place)
    }
}

/// The name of the common table expression that begins on a line.
fn part_begun(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once(" AS ")?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_name && rest.trim_start_matches("NOT ").trim_start_matches("MATERIALIZED ") == "(").then_some(name)
}

fn tree(node: &Value, depth: usize) -> String {
    let label = match node["Subplan Name"].as_str() {
        Some(name) => format!("[{name}] {}", kind(node)),
        None => kind(node),
    };
    let mut text = format!("{}{label}: {}\n", "  ".repeat(depth), numbers(node));
    // What was not run did not run anything either.
    if node["Actual Loops"].as_f64() > Some(0.0) {
        text.extend(node["Plans"].as_array().into_iter().flatten().map(|child| tree(child, depth + 1)));
    }
    text
}

/// As `Index Scan using nodes_pkey on nodes`.
fn kind(node: &Value) -> String {
    let text = |key: &str| node[key].as_str().unwrap_or_default();
    let mut kind = match text("Node Type") {
        "ModifyTable" => text("Operation").to_owned(),
        kind => kind.to_owned(),
    };
    for (word, key) in [("using", "Index Name"), ("on", "Relation Name"), ("on", "CTE Name"), ("on", "Function Name")] {
        if let Some(name) = node[key].as_str() {
            kind = format!("{kind} {word} {name}");
        }
    }
    kind
}

/// Rows, how many were expected where that is far off, thrown away, time and pages.
fn numbers(node: &Value) -> String {
    let value = |key: &str| node[key].as_f64().unwrap_or_default();
    let loops = value("Actual Loops");
    if loops == 0.0 {
        return "never run".to_owned();
    }
    let (rows, expected) = (value("Actual Rows"), value("Plan Rows"));
    let found = whole(rows * loops);
    let mut parts = vec![format!("{found} row{}", if found == "1" { "" } else { "s" })];
    if expected.max(1.0) / rows.max(1.0) >= 10.0 || rows.max(1.0) / expected.max(1.0) >= 10.0 {
        parts.push(format!("{} expected", whole(expected * loops)));
    }
    let removed: f64 = ["Rows Removed by Filter", "Rows Removed by Index Recheck", "Rows Removed by Join Filter"].map(value).iter().sum();
    if removed > 0.0 {
        parts.push(format!("{} thrown away", whole(removed * loops)));
    }
    if loops > 1.0 {
        parts.push(format!("{} times", whole(loops)));
    }
    parts.push(format!("{:.2} ms", value("Actual Total Time") * loops));
    let pages = value("Shared Hit Blocks") + value("Shared Read Blocks");
    if pages > 0.0 {
        let read = value("Shared Read Blocks");
        let read = if read > 0.0 { format!(", {} read", whole(read)) } else { String::new() };
        parts.push(format!("{} pages{read}", whole(pages)));
    }
    parts.join(", ")
}

fn whole(number: f64) -> String {
    format!("{number:.0}")
}

fn number(value: &Value) -> String {
    value.as_f64().map_or_else(|| "?".to_owned(), |number| format!("{number:.2}"))
}
