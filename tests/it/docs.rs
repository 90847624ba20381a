//! What the documents name is there.

use std::{fs, path::Path};

/// The text of `tests/it/NAME.rs` and of the folder of that name, or of a file NAME.rs in any folder; and in `src/`, where
/// unit tests are.
fn module(name: &str) -> String {
    let mut text = String::new();
    let mut folders = ["tests/it", "src"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        let is_named = folder.file_name().is_some_and(|folder| folder == name);
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_named || path.file_stem().is_some_and(|stem| stem == name) {
                text += &fs::read_to_string(path).unwrap_or_default();
            }
        }
    }
    text
}

/// Those of the specification's table, as `module::name`.
fn named_tests(document: &str) -> Vec<(&str, &str)> {
    let quoted = document.split('`').skip(1).step_by(2);
    let is_name =
        |text: &str| !text.is_empty() && text.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_');
    quoted.filter_map(|text| text.split_once("::")).filter(|(module, test)| is_name(module) && is_name(test) && *test != "name").collect()
}

#[test]
fn the_tests_that_fulfil_the_specification_exist() {
    let named = named_tests(include_str!("../../docs/SPECIFICATION.md"));
    assert!(named.len() > 80, "{}", named.len());
    let missing: Vec<_> = named.iter().filter(|(name, test)| !module(name).contains(&format!("fn {test}("))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
