//! Nodes and relationships in the languages of Graphviz and Mermaid.

use std::{collections::HashMap, fmt::Write};

use console::truncate_str;
use pgmemory::{Node, Relationship};

use crate::output::one_line;

/// How wide a line of a label is at most.
const LINE: usize = 48;

/// A graph for Graphviz; each node is named by its id.
pub(super) fn dot(nodes: &[Node], relationships: &[Relationship]) -> String {
    let mut text = "digraph memory {\n    rankdir=LR;\n    node [shape=box, style=rounded];\n".to_owned();
    for node in nodes {
        let label = label(node).map(|line| dot_text(&line)).join("\\n");
        let _ = writeln!(text, "    \"{}\" [label=\"{label}\"];", node.node_id);
    }
    for edge in relationships {
        let label = dot_text(&edge_label(edge));
        let _ = writeln!(text, "    \"{}\" -> \"{}\" [label=\"{label}\"];", edge.from_node_id, edge.to_node_id);
    }
    text + "}\n"
}

/// A flow chart for Mermaid.
pub(super) fn mermaid(nodes: &[Node], relationships: &[Relationship]) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let numbers: HashMap<_, _> = nodes.iter().enumerate().map(|(number, node)| (node.node_id, number)).collect();
    for (number, node) in nodes.iter().enumerate() {
        let label = label(node).map(|line| mermaid_text(&line)).join("<br>");
        let _ = writeln!(text, "    n{number}[\"{label}\"]");
    }
    for edge in relationships {
        let (from, to) = (numbers[&edge.from_node_id], numbers[&edge.to_node_id]);
        let _ = writeln!(text, "    n{from} -->|\"{}\"| n{to}", mermaid_text(&edge_label(edge)));
    }
    text
}

/// What a node is about; and the key of an entity, or what kind of memory another one is.
fn label(node: &Node) -> [String; 2] {
    let second = match (&node.entity_system, &node.entity_id) {
        (Some(system), Some(id)) => format!("{system}/{id}"),
        _ => node.context_type.to_string(),
    };
    [node.summary().as_ref(), &second].map(|line| truncate_str(&one_line(line), LINE, "…").into_owned())
}

fn edge_label(edge: &Relationship) -> String {
    if edge.strength < 1.0 { format!("{} {:.2}", edge.relationship_type, edge.strength) } else { edge.relationship_type.to_string() }
}

/// Within quotes a backslash begins an escape, and Graphviz reads entities in every label.
fn dot_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}

/// Mermaid reads quotes, entities, Markdown, icons, directives and HTML in labels: whatever may belong to one of
/// them is written by its number. So are two of the letters that stand for entities while it works.
fn mermaid_text(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for char in text.chars() {
        let is_plain = char.is_ascii_alphanumeric() || matches!(char, ' ' | ',' | '/') || !char.is_ascii() && !matches!(char, 'ﬂ' | '¶');
        if is_plain {
            written.push(char);
        } else {
            let _ = write!(written, "#{};", u32::from(char));
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use pgmemory::{Node, Relationship};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn graph(summary: &str) -> (Vec<Node>, Vec<Relationship>) {
        let id = "0199f2d0-c8a4-7b3e-9d1f-2a3b4c5d6e7f";
        let time = "2026-01-05T02:10:00Z";
        let node = json!({
            "node_id": id, "context_type": "tool_output", "content": {}, "summary": summary, "tags": [], "created_at": time,
            "last_accessed": time, "access_count": 0, "metadata": {},
        });
        let edge = json!({
            "id": id, "from_node_id": id, "to_node_id": id, "relationship_type": "led_to", "strength": 0.5, "created_at": time, "metadata": {},
        });
        (vec![serde_json::from_value(node).unwrap()], vec![serde_json::from_value(edge).unwrap()])
    }

    /// The strings of a text in Graphviz's language, as it reads labels.
    fn read_dot(text: &str) -> Vec<String> {
        let (mut strings, mut chars) = (Vec::new(), text.chars());
        while let Some(char) = chars.next() {
            if char != '"' {
                assert!(char.is_ascii_alphanumeric() || " \n{}[]=;,->".contains(char), "{char} outside of quotes");
                continue;
            }
            let mut string = String::new();
            loop {
                match chars.next().expect("a closing quote") {
                    '"' => break,
                    '\\' => match chars.next().expect("an escaped character") {
                        'n' => string.push('\n'),
                        escaped @ ('"' | '\\') => string.push(escaped),
                        other => panic!("\\{other} means something else"),
                    },
                    '&' => {
                        let entity: String = chars.by_ref().take_while(|char| *char != ';').collect();
                        assert_eq!(entity, "amp");
                        string.push('&');
                    }
                    char => string.push(char),
                }
            }
            strings.push(string);
        }
        strings
    }

    /// The same for Mermaid's.
    fn read_mermaid(text: &str) -> Vec<String> {
        let strings = text.split('"').skip(1).step_by(2);
        strings
            .map(|string| {
                let lines = string.split("<br>").map(|line| {
                    let mut pieces = line.split('#');
                    let mut read = pieces.next().expect("one piece").to_owned();
                    for piece in pieces {
                        let (number, rest) = piece.split_once(';').expect("the end of an entity");
                        read.push(char::from_u32(number.parse().expect("a number")).expect("a character"));
                        read += rest;
                    }
                    assert!(!line.replace(['#', ';'], "").contains(|char: char| char.is_ascii_punctuation() && !",/".contains(char)));
                    read
                });
                lines.collect::<Vec<_>>().join("\n")
            })
            .collect()
    }

    proptest! {
        #[test]
        fn every_label_survives(summary in r#"(\PC|[\\"&#;<>`%{}\[\]|\n\t]|&amp;|#35;|end|<br>|\\n|subgraph|ﬂ°°|¶ß){0,30}"#) {
            let (nodes, edges) = graph(&summary);
            let label = label(&nodes[0]).join("\n");
            let id = nodes[0].node_id.to_string();
            let drawn = read_dot(&dot(&nodes, &edges));
            prop_assert_eq!(&drawn, &[id.clone(), label.clone(), id.clone(), id, "led_to 0.50".to_owned()]);
            prop_assert_eq!(read_mermaid(&mermaid(&nodes, &edges)), [label, "led_to 0.50".to_owned()]);
        }
    }

    #[test]
    fn long_labels_are_cut() {
        let (nodes, _) = graph(&"記憶 ".repeat(100));
        assert!(console::measure_text_width(&label(&nodes[0])[0]) <= LINE);
    }
}
