//! Guards against what cornucopia gets wrong. It drops a condition behind a comment, changes the white
//! space in a string, never infers that a column can be NULL, and says nothing. Each guard is a function
//! from the tree's texts to a list of problems: it finds none in the tree, and finds one in a broken copy.

mod build;
mod nullability;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use pg_query::protobuf::{ScanToken, Token};

/// The texts of `queries/` and of what was generated from them, by path.
#[derive(Clone)]
struct Tree(BTreeMap<String, String>);

impl Tree {
    const QUERIES: &str = "queries/";
    const MODULES: &str = "codegen/src/queries/";
    const MODULE_LIST: &str = "codegen/src/queries.rs";

    fn read(root: &Path) -> Self {
        let names = [Self::QUERIES, Self::MODULES].into_iter().flat_map(|folder| {
            // Those of SQLite, in a folder of their own, are none that cornucopia sees.
            let entries = fs::read_dir(root.join(folder)).expect(folder).map(|entry| entry.expect("an entry"));
            entries.filter(|entry| entry.path().is_file()).map(move |entry| format!("{folder}{}", entry.file_name().display()))
        });
        let names = names.chain([Self::MODULE_LIST.to_owned()]);
        Self(names.map(|name| (name.clone(), fs::read_to_string(root.join(&name)).expect(&name))).collect())
    }

    fn checkout() -> Self {
        Self::read(Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    /// A copy with one place of one file changed.
    fn broken(&self, file: &str, from: &str, to: &str) -> Self {
        let mut copy = self.clone();
        let text = copy.0.get_mut(file).expect(file);
        assert!(text.contains(from), "{file} has no longer {from:?}");
        *text = text.replacen(from, to, 1);
        copy
    }

    fn renamed(&self, from: &str, to: &str) -> Self {
        let mut copy = self.clone();
        let text = copy.0.remove(from).expect(from);
        copy.0.insert(to.to_owned(), text);
        copy
    }

    /// The files in a folder: name and text.
    fn files(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(move |(path, text)| Some((path.strip_prefix(folder)?, text.as_str())))
    }

    fn modules(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files(folder).map(|(name, text)| (name.split('.').next().unwrap_or(name), text))
    }

    /// Every query as `module::query`.
    fn queries(&self) -> BTreeMap<String, Query> {
        let queries =
            self.modules(Self::QUERIES).flat_map(|(module, text)| parse_queries(text).into_iter().map(move |query| (module, query)));
        queries.map(|(module, query)| (format!("{module}::{}", query.name), query)).collect()
    }

    /// The statement of every generated function, as `module::function`.
    fn statements(&self) -> BTreeMap<String, String> {
        let statements =
            self.modules(Self::MODULES).flat_map(|(module, code)| parse_statements(code).map(move |statement| (module, statement)));
        statements.map(|(module, (name, sql))| (format!("{module}::{name}"), sql)).collect()
    }
}

/// A query as its author wrote it.
struct Query {
    name: String,
    /// The `---` lines below the header.
    comment: Vec<String>,
    /// The output columns with a `?`.
    nullable: BTreeSet<String>,
    sql: String,
}

fn parse_queries(text: &str) -> Vec<Query> {
    let lines: Vec<_> = text.lines().collect();
    let headers: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("--!").map(str::trim)).collect();
    // `--: Row (columns)` and, within a header, `: Row (columns)` name a row that other queries may use.
    let rows = headers.iter().filter_map(|header| header.split_once(':')).map(|(_, row)| row);
    let named_rows: BTreeMap<_, _> = rows
        .chain(lines.iter().filter_map(|line| line.strip_prefix("--:")))
        .filter_map(|row| row.split_once('('))
        .map(|(name, columns)| (name.trim(), nullable_columns(columns)))
        .filter(|(name, _)| !name.is_empty())
        .collect();

    let bodies = lines.split(|line| line.starts_with("--!")).skip(1);
    let query = |(header, body): (&&str, &[&str])| {
        let row = header.split_once(':').map_or("", |(_, row)| row.trim());
        let nullable = match row.split_once('(') {
            Some((_, columns)) => nullable_columns(columns),
            None => named_rows.get(row).cloned().unwrap_or_default(),
        };
        Query {
            name: header.split([' ', '(', ':']).next().unwrap_or_default().to_owned(),
            comment: body.iter().map_while(|line| line.strip_prefix("---")).map(|line| line.trim().to_owned()).collect(),
            nullable,
            sql: body.join("\n"),
        }
    };
    headers.iter().zip(bodies).map(query).collect()
}

/// `a` and `b` of `a?, b?[?], c[?], d)`.
fn nullable_columns(list: &str) -> BTreeSet<String> {
    let marked = list.split(',').filter_map(|column| column.split_once('?')).map(|(name, _)| name.trim());
    marked.filter(|name| !name.contains('[')).map(str::to_owned).collect()
}

/// The functions of a generated module, each with its statement.
fn parse_statements(code: &str) -> impl Iterator<Item = (&str, String)> {
    code.split("\npub fn ").skip(1).map(|function| {
        let (name, body) = function.split_once("()").expect("a function without parameters");
        let (_, literal) = body.split_once("Stmt(").and_then(|(_, call)| call.split_once('"')).expect("a statement");
        (name, unescape(literal))
    })
}

/// The string that the inside of a Rust literal stands for, up to its closing quote.
fn unescape(literal: &str) -> String {
    let mut characters = literal.chars();
    let mut text = String::new();
    loop {
        match characters.next().expect("a closing quote") {
            '"' => return text,
            '\\' => match characters.next().expect("an escaped character") {
                itself @ ('"' | '\\') => text.push(itself),
                other => panic!("an escape that these tests do not know: {other}"),
            },
            character => text.push(character),
        }
    }
}

/// What PostgreSQL's scanner sees: no comments, every string as it stands, `:name` as `$1` by first use; and the names.
fn tokens(sql: &str) -> (Vec<String>, Vec<&str>) {
    let scanned = pg_query::scan_tokens(sql).unwrap_or_else(|error| panic!("{error} in {sql}"));
    let text = |token: &ScanToken| &sql[usize::try_from(token.start).expect("a position")..usize::try_from(token.end).expect("a position")];
    let mut parameters = Vec::new();
    let mut tokens = Vec::new();
    let mut rest = scanned.iter().filter(|token| !matches!(token.token(), Token::SqlComment | Token::CComment)).peekable();
    while let Some(token) = rest.next() {
        let is_name = |next: &&ScanToken| {
            token.token() == Token::Ascii58
                && next.start == token.end
                && text(next).starts_with(|first: char| first.is_alphabetic() || first == '_')
        };
        let Some(name) = rest.next_if(is_name).map(text) else {
            tokens.push(text(token).to_owned());
            continue;
        };
        if !parameters.contains(&name) {
            parameters.push(name);
        }
        tokens.push(format!("${}", parameters.iter().position(|known| *known == name).expect("it was added") + 1));
    }
    tokens.pop_if(|last| last == ";");
    (tokens, parameters)
}

/// A dash in a name makes cornucopia panic, and the build does not look into folders.
fn bad_file_names(tree: &Tree) -> Vec<String> {
    let good = |name: &str| {
        name.strip_suffix(".sql").is_some_and(|stem| {
            stem.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
                && stem.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
        })
    };
    let names = tree.files(Tree::QUERIES).map(|(name, _)| name);
    names.filter(|name| !good(name)).map(|name| format!("{name} is not named [a-z_][a-z0-9_]*.sql")).collect()
}

fn undocumented(tree: &Tree) -> Vec<String> {
    const LABELS: [&str; 2] = ["Access path:", "Invariant:"];
    let missing = |query: &Query| {
        let says = |label: &&str| query.comment.iter().any(|line| line.strip_prefix(*label).is_some_and(|rest| !rest.is_empty()));
        let purpose = query.comment.first().is_some_and(|line| !line.is_empty() && !LABELS.iter().any(|label| line.starts_with(label)));
        LABELS.into_iter().filter(|label| !says(label)).chain((!purpose).then_some("purpose")).collect::<Vec<_>>()
    };
    tree.queries().iter().flat_map(|(name, query)| missing(query).into_iter().map(move |part| format!("{name} has no {part}"))).collect()
}

/// On its one line, a comment would swallow what follows.
fn left_comments(tree: &Tree) -> Vec<String> {
    tree.statements().into_iter().filter(|(_, sql)| sql.contains("--")).map(|(name, _)| format!("{name} has a comment left in")).collect()
}

/// Compares token by token, which is stricter than a comparison of parse-tree fingerprints: those pass over
/// constants and the numbers of parameters.
fn changed_statements(tree: &Tree) -> Vec<String> {
    let queries = tree.queries();
    let pairs = tree
        .statements()
        .into_iter()
        .filter_map(|(name, sql)| queries.get(&name).map(|query| (name, tokens(&query.sql).0, tokens(&sql).0)));
    pairs.filter(|(_, written, generated)| written != generated).map(|(name, ..)| format!("{name} is not what was written")).collect()
}

fn missing_counterparts(tree: &Tree) -> Vec<String> {
    let difference = |(written, generated): (BTreeSet<String>, BTreeSet<String>)| {
        let unfinished = written.difference(&generated).map(|name| format!("{name} was not generated"));
        unfinished.chain(generated.difference(&written).map(|name| format!("{name} is stale"))).collect::<Vec<_>>()
    };
    let modules = |folder: &'static str| tree.modules(folder).map(|(module, _)| module.to_owned()).collect();
    let files: BTreeSet<_> = modules(Tree::QUERIES);
    let listed = tree.0[Tree::MODULE_LIST].lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    [
        (files.clone(), modules(Tree::MODULES)),
        (files, listed.map(str::to_owned).collect()),
        (tree.queries().into_keys().collect(), tree.statements().into_keys().collect()),
    ]
    .into_iter()
    .flat_map(difference)
    .collect()
}

const NONE: [&str; 0] = [];

#[test]
fn file_names_are_good_modules() {
    let tree = Tree::checkout();
    assert_eq!(bad_file_names(&tree), NONE);
    for name in ["no-des.sql", "Nodes.sql", "1nodes.sql", "nodes", ".sql", "nodes.SQL"] {
        assert_eq!(bad_file_names(&tree.renamed("queries/nodes.sql", &format!("queries/{name}"))).len(), 1, "{name}");
    }
}

#[test]
fn queries_are_documented() {
    let tree = Tree::checkout();
    assert!(tree.queries().len() > 15, "the queries were found");
    assert_eq!(undocumented(&tree), NONE);
    for (line, part) in [
        ("--- How much a user has, by the counters that every write keeps. No row for a user without memories.\n---\n", "purpose"),
        ("--- Access path: user_metadata_pkey.\n", "Access path:"),
        ("--- Invariant: never another user's row.\n", "Invariant:"),
    ] {
        assert_eq!(undocumented(&tree.broken("queries/stats.sql", line, "")), [format!("stats::get has no {part}")]);
    }
}

#[test]
fn statements_have_no_comment_left() {
    let tree = Tree::checkout();
    assert_eq!(left_comments(&tree), NONE);
    let broken = tree.broken("codegen/src/queries/nodes.rs", "AND node_id = $2 AND", "-- by id AND node_id = $2 AND");
    assert_eq!(left_comments(&broken), ["nodes::get has a comment left in"]);
}

#[test]
fn statements_are_what_was_written() {
    let tree = Tree::checkout();
    assert_eq!(changed_statements(&tree), NONE);
    let nodes = "codegen/src/queries/nodes.rs";
    for (file, query, from, to) in [
        (nodes, "nodes::get", "WHERE user_id = $1 AND node_id = $2 AND", "WHERE node_id = $2 AND"),
        (nodes, "nodes::get", "user_id = $1 AND node_id = $2 AND", "user_id = $2 AND node_id = $1 AND"),
        (nodes, "nodes::upsert_many", "'update_count', 0", "'update_count', 1"),
        ("codegen/src/queries/search.rs", "search::rank", "|| ' ' ||", "|| '  ' ||"),
        (
            "queries/nodes.sql",
            "nodes::get",
            "WHERE user_id = :user_id AND node_id = :node_id AND",
            "WHERE node_id = :user_id AND user_id = :node_id AND",
        ),
        ("queries/search.sql", "search::rank", "MaxFragments=2, MaxWords", "MaxFragments=2,\nMaxWords"),
    ] {
        assert_eq!(changed_statements(&tree.broken(file, from, to)), [format!("{query} is not what was written")], "{from} → {to}");
    }
}

#[test]
fn queries_and_functions_are_the_same() {
    let tree = Tree::checkout();
    assert_eq!(missing_counterparts(&tree), NONE);
    for (broken, problem) in [
        (tree.broken("queries/stats.sql", "--! get\n", "--! fetch\n"), "stats::fetch was not generated"),
        (tree.broken("codegen/src/queries/stats.rs", "\npub fn get()", "\npub fn fetch()"), "stats::fetch is stale"),
        (tree.broken("codegen/src/queries.rs", "pub mod stats;\n", ""), "stats was not generated"),
        (tree.renamed("queries/stats.sql", "queries/statistics.sql"), "statistics was not generated"),
        (tree.renamed("codegen/src/queries/stats.rs", "codegen/src/queries/statistics.rs"), "statistics is stale"),
    ] {
        assert!(missing_counterparts(&broken).iter().any(|found| found == problem), "{problem}");
    }
}
