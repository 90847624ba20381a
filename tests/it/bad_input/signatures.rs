//! The arguments of the public functions, read from the sources.

use std::{collections::BTreeSet, fs, path::Path};

/// Every argument of the functions of the scopes, of what they return to be awaited, and of what is stored, as
/// `Type::function(argument)`.
pub(super) fn arguments() -> BTreeSet<String> {
    let code = sources();
    let mut types: BTreeSet<&str> =
        ["Memory", "UserMemory", "UserTransaction", "Session", "NewNode", "NewRelationship", "Filter", "SqliteFile"].into();
    let awaited: BTreeSet<&str> = code
        .lines()
        .filter(|line| line.starts_with("impl"))
        .filter_map(|line| Some(name(line.split_once(" IntoFuture for ")?.1)))
        .collect();
    assert!(awaited.len() >= 10, "{awaited:?}");
    types.extend(awaited);
    let named = |(of, signature): (&str, &str)| {
        let function = format!("{of}::{}", name(signature));
        argument_names(signature).into_iter().map(move |argument| format!("{function}({argument})")).collect::<Vec<_>>()
    };
    signatures(&code, &types).into_iter().flat_map(named).collect()
}

/// Every function of these types, as `Type::function`.
pub(crate) fn functions(types: &[&str]) -> BTreeSet<String> {
    let code = sources();
    let types = types.iter().copied().collect();
    signatures(&code, &types).into_iter().map(|(of, signature)| format!("{of}::{}", name(signature))).collect()
}

fn sources() -> String {
    let mut code = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut code);
    code
}

/// The public functions of these types: the type, and what stands from the function's name on.
fn signatures<'a>(code: &'a str, types: &BTreeSet<&str>) -> Vec<(&'a str, &'a str)> {
    let mut signatures = Vec::new();
    for block in code.split("\nimpl").skip(1) {
        let Some((header, body)) = block.split_once("{\n") else { continue };
        let header = if header.starts_with('<') { header.split_once("> ").expect("what is generic").1 } else { header.trim_start() };
        if header.contains(" for ") || !types.contains(name(header)) {
            continue;
        }
        let body = body.split_once("\n}").expect("its end").0;
        for function in body.split("\n    pub ").skip(1) {
            let function = function.strip_prefix("async ").unwrap_or(function);
            signatures.extend(function.strip_prefix("fn ").map(|signature| (name(header), signature)));
        }
    }
    signatures
}

fn read(path: &Path, code: &mut String) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            read(&entry.unwrap().path(), code);
        }
    } else {
        code.push('\n');
        code.push_str(&fs::read_to_string(path).unwrap());
    }
}

fn name(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(text)
}

/// The names between the parentheses, `self` left out.
fn argument_names(signature: &str) -> Vec<String> {
    // The first parenthesis may stand in the bound of a type parameter, but none does.
    let list = &signature.split_once('(').expect("a list of arguments").1.replace("->", "");
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (place, c) in list.char_indices() {
        match c {
            '(' | '<' | '[' => depth += 1,
            ')' if depth == 0 => {
                names.push(&list[start..place]);
                break;
            }
            ')' | '>' | ']' => depth -= 1,
            ',' if depth == 0 => {
                names.push(&list[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    names.into_iter().filter_map(|argument| Some(argument.split_once(": ")?.0.trim().trim_start_matches("mut ").to_owned())).collect()
}

#[test]
fn arguments_are_read() {
    assert_eq!(argument_names("a(&self, x: impl Fn(&A, B) -> C, y: &[(D, E)]) -> F {"), ["x", "y"]);
    assert_eq!(argument_names("b<'a, C: D>(\n        mut self,\n        mut z: C,\n    ) {"), ["z"]);
    let arguments = arguments();
    for known in
        ["UserMemory::relationships_among(limit)", "UserTransaction::store(node)", "Import::cancel_on(signal)", "NewNode::data(data)"]
    {
        assert!(arguments.contains(known), "{known}: {arguments:#?}");
    }
}
