//! Tables for people, JSON for programs.

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::builder::styling::{Style, Styles};
use console::{Alignment, Term, measure_text_width, pad_str, truncate_str};
use indicatif::{ProgressBar, ProgressFinish};
use serde::Serialize;

use crate::secrets::without_passwords;

/// What a last column keeps at least, before its cells get lines of their own.
const NARROWEST: usize = 24;
const BOLD: Style = Style::new().bold();

#[derive(Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Prints the value as one JSON document, or what `text` makes of it; colours on a terminal only.
    pub(crate) fn show<T: Serialize + ?Sized>(self, value: &T, text: impl FnOnce(&T) -> String) -> io::Result<()> {
        let mut stdout = anstream::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut stdout, value)?;
            writeln!(stdout)?;
        } else {
            let text = text(value);
            if !text.trim_end().is_empty() {
                writeln!(stdout, "{}", text.trim_end())?;
            }
        }
        stdout.flush()
    }

    /// Says something to a person that is no part of the result.
    pub(crate) fn note(self, text: impl std::fmt::Display) {
        if !self.json {
            anstream::eprintln!("{text}");
        }
    }
}

/// Shows on stderr that the program works on something, until it is dropped; on a terminal only.
pub(crate) fn busy(message: &'static str) -> ProgressBar {
    let progress = ProgressBar::new_spinner().with_message(message).with_finish(ProgressFinish::AndClear);
    progress.enable_steady_tick(Duration::from_millis(100));
    progress
}

/// Says on stderr why the program failed.
pub(crate) fn print_error(message: &str) {
    let red = Styles::styled();
    let red = red.get_error();
    let message: String = without_passwords(message).lines().map(printable).collect::<Vec<_>>().join("\n");
    anstream::eprintln!("{red}error:{red:#} {message}");
}

/// A table as wide as the terminal: the last column is cut to what room there is, the others never. Where there
/// is too little room, each row takes several lines. Numbers stand to the right.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    if rows.is_empty() {
        return String::new();
    }
    let header: Vec<String> = header.iter().map(|title| title.to_uppercase()).collect();
    laid_out(&header, &rows, width())
}

/// Names and values, one pair below the other; a value may have several lines.
pub(crate) fn fields<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = rows.iter().flat_map(|(name, value)| {
        let names = std::iter::once(*name).chain(std::iter::repeat(""));
        names.zip(value.lines()).map(|(name, line)| format!("{BOLD}{name:width$}{BOLD:#}  {}\n", printable(line)))
    });
    lines.collect()
}

/// How wide a line may be: as `COLUMNS` says, else as the terminal is; where there is none, as wide as it wants.
fn width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    columns.or_else(|| Term::stdout().size_checked().map(|(_, columns)| columns.into()))
}

fn laid_out(header: &[String], rows: &[Vec<String>], width: Option<usize>) -> String {
    let column = |place: usize| rows.iter().map(move |row| row[place].as_str());
    let widths: Vec<usize> = header
        .iter()
        .enumerate()
        .map(|(place, title)| column(place).chain([title.as_str()]).map(measure_text_width).max().unwrap_or(0))
        .collect();
    let (last_width, first_widths) = widths.split_last().expect("a table has columns");
    let before_last: usize = first_widths.iter().map(|width| width + 2).sum();
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(before_last));
    if room < NARROWEST.min(*last_width) {
        return rows.iter().map(|row| stacked(row, width.unwrap_or(usize::MAX))).collect();
    }
    let alignments: Vec<Alignment> = (0..header.len())
        .map(|place| if column(place).all(|cell| cell.parse::<f64>().is_ok()) { Alignment::Right } else { Alignment::Left })
        .collect();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).zip(&alignments);
        let padded = cells.map(|((cell, width), alignment)| pad_str(cell, *width, *alignment, None).into_owned());
        let mut line = padded.collect::<Vec<_>>().join("  ");
        line.truncate(line.trim_end().len());
        let whole = width.unwrap_or(usize::MAX);
        truncate_str(&line, whole, "…").into_owned()
    };
    let mut text = format!("{BOLD}{}{BOLD:#}\n", line(header));
    text.extend(rows.iter().map(|row| line(row) + "\n"));
    text
}

/// A row on several lines: as many cells on each as fit, the last one on a line of its own, cut where the line ends.
fn stacked(row: &[String], width: usize) -> String {
    let (last, cells) = row.split_last().expect("a table has columns");
    let mut lines: Vec<String> = Vec::new();
    for cell in cells {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 2 + measure_text_width(cell) <= width => {
                line.push_str("  ");
                line.push_str(cell);
            }
            Some(_) => lines.push(format!("  {cell}")),
            None => lines.push(cell.clone()),
        }
    }
    lines.push(format!("  {}", truncate_str(last, width.saturating_sub(2), "…")));
    lines.join("\n") + "\n"
}

/// A text in one line, with nothing in it that a terminal would obey.
pub(crate) fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Memories may come from anywhere: what they hold must not move the cursor or change colours.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }).collect()
}

/// `1 node`, `2 nodes`.
pub(crate) fn count(number: impl Into<i128>, thing: &str) -> String {
    let number = number.into();
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// A time as people read it, where they are.
pub(crate) fn minute(time: chrono::DateTime<chrono::Utc>) -> String {
    time.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0199f2d0-c8a4-7b3e-9d1f-2a3b4c5d6e7f";

    fn text(rows: &[[&str; 4]], width: Option<usize>) -> String {
        let owned = |cells: &[&str; 4]| cells.map(str::to_owned).to_vec();
        let header = owned(&["NODE", "SCORE", "TYPE", "SUMMARY"]);
        console::strip_ansi_codes(&laid_out(&header, &rows.iter().map(owned).collect::<Vec<_>>(), width)).into_owned()
    }

    #[test]
    fn without_a_terminal_nothing_is_cut() {
        let long = "word ".repeat(200);
        let table = text(&[[ID, "0.50", "tool_output", long.trim()], ["crm/1", "12.50", "tool_output", "x"]], None);
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[1].ends_with(long.trim()));
        assert_eq!(lines[2], format!("{:36}  12.50  tool_output  x", "crm/1"));
        assert!(lines[1].contains("   0.50  "), "numbers stand to the right");
    }

    #[test]
    fn every_line_fits_and_every_id_is_whole() {
        let rows = [
            [ID, "0.50", "conversation_fact", "ein Satz mit vielen Wörtern, der länger ist"],
            ["crm/1", "1.00", "x", "記憶".repeat(40).leak()],
        ];
        for width in 36..200 {
            let table = text(&rows, Some(width));
            assert!(table.lines().all(|line| measure_text_width(line) <= width), "{width}:\n{table}");
            assert!(table.contains(ID) && table.contains("crm/1"), "{width}:\n{table}");
            assert!(table.contains("ein Satz mit"), "{width}:\n{table}");
        }
        assert!(text(&rows, Some(20)).contains(ID), "longer than the line, and still whole");
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_as_nothing() {
        assert_eq!(one_line("a\u{1b}[31m\r\n\tb\u{9b}c\0"), "a\u{fffd}[31m b\u{fffd}c\u{fffd}");
        assert!(!fields([("content", "x\u{1b}]0;title\u{7}".to_owned())]).contains("\u{1b}]"));
    }
}
