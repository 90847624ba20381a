//! What needs no server: `make bench-pure`. Lines of a file, the places in a list, settings.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pgmemory::{Config, Cursor, NewNode};

fn lines(criterion: &mut Criterion) {
    let notes = "what was said about the order of the new machines and who is to be asked before it is sent";
    let mut node = NewNode::entity("crm", "7").name("Acme").summary("A maker of anvils").tags(["customer", "metal"]);
    node.content["entity_data"] = serde_json::json!({"industry": "metal", "revenue": 1_200_000, "notes": notes});
    let line = serde_json::to_string(&node).expect("JSON");
    criterion.bench_function("node, written as a line", |bencher| bencher.iter(|| serde_json::to_string(black_box(&node))));
    criterion.bench_function("node, read from a line", |bencher| bencher.iter(|| serde_json::from_str::<NewNode>(black_box(&line))));
}

fn cursors(criterion: &mut Criterion) {
    let text = "000654e83181cd00264054ab27ed57f4b851fa9c2f967dd5";
    let cursor: Cursor = text.parse().expect("a cursor");
    criterion.bench_function("cursor, written", |bencher| bencher.iter(|| black_box(&cursor).to_string()));
    criterion.bench_function("cursor, read", |bencher| bencher.iter(|| black_box(text).parse::<Cursor>()));
}

fn settings(criterion: &mut Criterion) {
    let url = "postgresql://agent:p%40ss@one:5432,two:5433/memory?sslmode=prefer&connect_timeout=3&target_session_attrs=read-write";
    criterion.bench_function("settings, read from a URL", |bencher| bencher.iter(|| Config::from_url(black_box(url))));
}

criterion_group!(pure, lines, cursors, settings);
criterion_main!(pure);
