//! Tables for people, JSON for programs.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

#[derive(Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Prints the value as one JSON document, or what `text` makes of it.
    pub(crate) fn show<T: Serialize + ?Sized>(self, value: &T, text: impl FnOnce(&T) -> String) -> io::Result<()> {
        let text = if self.json { serde_json::to_string_pretty(value)? } else { text(value) };
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}", text.trim_end())?;
        stdout.flush()
    }
}

/// A table that fits the terminal.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if !header.is_empty() {
        table.set_header(header.iter().map(|title| title.to_uppercase()));
    }
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The beginning of a text, in one line.
pub(crate) fn one_line(text: &str, max_chars: usize) -> String {
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(max_chars) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// `1 node`, `2 nodes`.
pub(crate) fn count(number: impl Into<i128>, thing: &str) -> String {
    let number = number.into();
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

pub(crate) fn minute(time: chrono::DateTime<chrono::Utc>) -> String {
    time.format("%Y-%m-%d %H:%M").to_string()
}

/// The time that lies so far in the past; the beginning of time if it lies further.
pub(crate) fn ago(duration: humantime::Duration) -> chrono::DateTime<chrono::Utc> {
    let duration = chrono::TimeDelta::from_std(duration.into()).unwrap_or(chrono::TimeDelta::MAX);
    chrono::Utc::now().checked_sub_signed(duration).unwrap_or(chrono::DateTime::<chrono::Utc>::MIN_UTC)
}
