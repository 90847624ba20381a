//! Figures of several rounds: their medians and ratios as a table, a plot and a file that another run is compared with.

use std::{collections::BTreeMap, error::Error, fmt::Write, fs, path::Path};

use serde::{Deserialize, Serialize};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The ceiling, and the system that is replaced: what the others are compared with.
pub(crate) const CEILING: &str = "pgbench";
pub(crate) const SPECIFIED: &str = "specified";
const OURS: &str = "pgmemory";
/// Changes below this are noise, however still the rounds were.
const NOISE: f64 = 0.1;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) workload: String,
    pub(crate) callers: usize,
    pub(crate) durable: bool,
    pub(crate) system: &'static str,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) system: String,
    pub(crate) workload: String,
    pub(crate) callers: usize,
    pub(crate) durable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p95_ms: Option<f64>,
    /// What is counted otherwise, as the workload says; less is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio_to_pgbench: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio_to_specified: Option<f64>,
    /// The widest that a round was from the median, as a share of it.
    pub(crate) spread: f64,
}

impl Figure {
    /// What is compared: calls a second, milliseconds or an amount.
    fn value(&self) -> f64 {
        self.per_s.or(self.p50_ms).or(self.amount).unwrap_or_default()
    }
}

/// The figures of all rounds.
#[derive(Default)]
pub(crate) struct Report {
    rates: BTreeMap<Cell, Vec<f64>>,
    times: BTreeMap<Cell, Vec<(f64, f64)>>,
    amounts: BTreeMap<Cell, Vec<f64>>,
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    // Between the two in the middle of an even number.
    let middle = values.len().saturating_sub(1) / 2..=values.len() / 2;
    let middle = values.get(middle).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "1 or 2")]
    let count = middle.len().max(1) as f64;
    middle.iter().sum::<f64>() / count
}

fn spread(values: &[f64]) -> f64 {
    let middle = median(values);
    values.iter().map(|value| (value / middle - 1.0).abs()).fold(0.0, f64::max)
}

impl Report {
    pub(crate) fn rate(&mut self, system: &'static str, workload: &str, callers: usize, durable: bool, per_s: f64) {
        self.rates.entry(Cell { workload: workload.to_owned(), callers, durable, system }).or_default().push(per_s);
    }

    pub(crate) fn times(&mut self, system: &'static str, workload: &str, p50: f64, p95: f64) {
        self.times.entry(Cell { workload: workload.to_owned(), callers: 1, durable: true, system }).or_default().push((p50, p95));
    }

    pub(crate) fn amount(&mut self, workload: &str, amount: f64) {
        self.amounts.entry(Cell { workload: workload.to_owned(), callers: 1, durable: true, system: OURS }).or_default().push(amount);
    }

    pub(crate) fn figures(&self) -> Vec<Figure> {
        let figure = |cell: &Cell, spread: f64| Figure {
            system: cell.system.to_owned(),
            workload: cell.workload.clone(),
            callers: cell.callers,
            durable: cell.durable,
            per_s: None,
            p50_ms: None,
            p95_ms: None,
            amount: None,
            ratio_to_pgbench: None,
            ratio_to_specified: None,
            spread,
        };
        let rates = self.rates.iter().map(|(cell, rounds)| Figure { per_s: Some(median(rounds)), ..figure(cell, spread(rounds)) });
        let times = self.times.iter().map(|(cell, rounds)| {
            let (p50, p95): (Vec<f64>, Vec<f64>) = rounds.iter().copied().unzip();
            Figure { p50_ms: Some(median(&p50)), p95_ms: Some(median(&p95)), ..figure(cell, spread(&p50)) }
        });
        let amounts = self.amounts.iter().map(|(cell, rounds)| Figure { amount: Some(median(rounds)), ..figure(cell, spread(rounds)) });
        let mut figures: Vec<Figure> = rates.chain(times).chain(amounts).collect();
        let key = |system: &str, figure: &Figure| (system.to_owned(), figure.workload.clone(), figure.callers, figure.durable);
        let others: BTreeMap<_, _> = figures.iter().map(|figure| (key(&figure.system, figure), (figure.per_s, figure.p50_ms))).collect();
        for figure in &mut figures {
            // More calls, or less time, than the other one: above 1 is better.
            let ratio = |other: &str| {
                let (per_s, p50) = others.get(&key(other, figure))?;
                figure.per_s.zip(*per_s).map(|(own, other)| own / other).or_else(|| figure.p50_ms.zip(*p50).map(|(own, other)| other / own))
            };
            (figure.ratio_to_pgbench, figure.ratio_to_specified) = (ratio(CEILING), ratio(SPECIFIED));
        }
        figures
    }
}

/// The figures as a table, one line a workload, callers and durability.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut systems: Vec<&str> = figures.iter().map(|figure| figure.system.as_str()).collect();
    systems.sort_by_key(|system| (*system != OURS, *system));
    systems.dedup();
    let mut lines: BTreeMap<(bool, &str, usize), BTreeMap<&str, &Figure>> = BTreeMap::new();
    for figure in figures {
        lines.entry((!figure.durable, &figure.workload, figure.callers)).or_default().insert(&figure.system, figure);
    }
    let mut text = format!(
        "| workload | callers | {} | of pgbench | × specified |\n|---|---|{}---|---|\n",
        systems.join(" | "),
        "---|".repeat(systems.len())
    );
    for ((relaxed, workload, callers), line) in lines {
        let cell = |system: &&str| {
            line.get(system).map_or(String::new(), |figure| match (figure.per_s, figure.p50_ms, figure.p95_ms) {
                (Some(per_s), ..) => format!("{per_s:.0}/s"),
                (_, Some(p50), Some(p95)) => format!("{p50:.1} / {p95:.1} ms"),
                _ => figure.amount.map_or(String::new(), |amount| format!("{amount:.0}")),
            })
        };
        let cells: Vec<String> = systems.iter().map(cell).collect();
        let ratio = |ratio: fn(&Figure) -> Option<f64>| {
            line.get(OURS).and_then(|figure| ratio(figure)).map_or(String::new(), |ratio| format!("{ratio:.2}"))
        };
        let relaxed = if relaxed { ", relaxed" } else { "" };
        let _ = writeln!(
            text,
            "| {workload}{relaxed} | {callers} | {} | {} | {} |",
            cells.join(" | "),
            ratio(|figure| figure.ratio_to_pgbench),
            ratio(|figure| figure.ratio_to_specified)
        );
    }
    text
}

/// Bars of what some workloads reach with 20 callers, each a share of the best.
pub(crate) fn plot(figures: &[Figure]) -> String {
    const WIDTH: f64 = 520.0;
    let shown = |figure: &&Figure| figure.callers == 20 && figure.durable && figure.per_s.is_some();
    let mut workloads: BTreeMap<&str, Vec<&Figure>> = BTreeMap::new();
    for figure in figures.iter().filter(shown) {
        workloads.entry(&figure.workload).or_default().push(figure);
    }
    let (mut bars, mut y) = (String::new(), 0);
    for (workload, mut figures) in workloads {
        figures.sort_by(|one, other| other.value().total_cmp(&one.value()));
        let most = figures[0].value();
        y += 26;
        let _ = writeln!(bars, "<text x=\"0\" y=\"{y}\" font-weight=\"bold\">{workload}</text>");
        for figure in figures {
            y += 18;
            let width = (figure.value() / most * WIDTH).max(1.0);
            let color = if figure.system == OURS { "#2f6f4f" } else { "#9aa5b1" };
            let (top, middle) = (y - 11, y);
            let _ = writeln!(
                bars,
                "<text x=\"0\" y=\"{middle}\">{}</text><rect x=\"190\" y=\"{top}\" width=\"{width:.0}\" height=\"13\" fill=\"{color}\"/>\
                 <text x=\"{:.0}\" y=\"{middle}\">{:.0}/s</text>",
                figure.system,
                196.0 + width,
                figure.value()
            );
        }
    }
    let height = y + 20;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{bars}</svg>\n"
    )
}

pub(crate) fn read(path: &Path) -> Outcome<Vec<Figure>> {
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

/// How much faster the machine was the second time, by what this project does not change: pgbench.
pub(crate) fn machine(before: &[Figure], after: &[Figure]) -> f64 {
    let pgbench = |now: &&Figure| now.system == CEILING;
    let rates: Vec<f64> = after.iter().filter(pgbench).filter_map(|now| Some(now.per_s? / same(before, now)?.per_s?)).collect();
    if rates.is_empty() { 1.0 } else { median(&rates) }
}

/// Which figures of this project's moved by more than both runs' rounds differ among themselves, for the worse first; the
/// [machine's](machine) own speed is taken off.
pub(crate) fn moved(before: &[Figure], after: &[Figure], machine: f64) -> Vec<(String, f64)> {
    let mut moved = Vec::new();
    for now in after.iter().filter(|figure| figure.system.starts_with(OURS)) {
        let Some(then) = same(before, now) else { continue };
        let better = if now.per_s.is_some() { now.value() / then.value() } else { then.value() / now.value() };
        let better = if now.amount.is_some() { better } else { better / machine };
        if (better - 1.0).abs() > NOISE.max(then.spread).max(now.spread) {
            let relaxed = if now.durable { "" } else { ", relaxed" };
            moved.push((format!("{}, {}{relaxed}, {} callers", now.system, now.workload, now.callers), better));
        }
    }
    moved.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    moved
}

fn same<'a>(figures: &'a [Figure], figure: &Figure) -> Option<&'a Figure> {
    figures.iter().find(|other| {
        (&other.system, &other.workload, other.callers, other.durable) == (&figure.system, &figure.workload, figure.callers, figure.durable)
    })
}
