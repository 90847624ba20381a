//! The examples run.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::Database;

fn example(name: &str, database: &Database) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--all-features", "--example", name, "--"]).env("DATABASE_URL", &database.url);
    command
}

/// What it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn quickstart() {
    let database = Database::empty().await;
    for expected in ["inserted, then merged", "merged, then merged"] {
        let text = run(&mut example("quickstart", &database));
        assert!(text.starts_with(expected) && text.contains("Checkout was down") && text.contains("relates_to"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_loader() {
    let database = Database::empty().await;
    for _ in 0..2 {
        let text = run(example("batch_loader", &database).arg("2500"));
        assert!(text.starts_with("2500 nodes, 2497 relationships") && text.contains("rows a second"), "{text}");
    }
    let stats = database.user("loader").stats().await.unwrap();
    assert_eq!((stats.total_nodes, stats.total_relationships), (2500, 2497));
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_session() {
    let database = Database::empty().await;
    let text = run(&mut example("agent_session", &database));
    assert!(text.contains("turn 6: journaled"), "{text}");
    assert!(
        text.contains("0 entries wait, 12 of 12 turns and 12 of 12 tickets are in PostgreSQL\nthe account was stored 12 times"),
        "{text}"
    );
}

/// The service under test, ended with this value.
struct Service {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    address: String,
}

impl Service {
    fn start(database: &Database) -> Self {
        let mut process = example("service", database).env("LISTEN", "127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next().expect("it says where it listens").unwrap();
        Self { process, lines, address: line.strip_prefix("listening on ").unwrap().to_owned() }
    }

    /// Status and body of the answer.
    fn call(&self, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn service() {
    let database = Database::empty().await;
    let mut service = Service::start(&database);
    let (alice, bob, none) = ("token-of-alice", "token-of-bob", Value::Null);
    let account =
        json!({"context_type": "domain_entity", "content": {"entity_system": "crm", "entity_id": "1", "entity_name": "Acme Corp"}});
    let (status, stored) = service.call(alice, "POST", "/memories", &account);
    assert_eq!((status, &stored["outcome"]), (201, &json!("inserted")));
    assert_eq!(service.call(alice, "POST", "/memories", &account).0, 200);
    let path = format!("/memories/{}", stored["node_id"].as_str().unwrap());
    assert_eq!(service.call(alice, "GET", &path, &none).1["entity_name"], "Acme Corp");
    assert_eq!(service.call(alice, "GET", "/search?text=acme", &none).1[0]["node"]["entity_id"], "1");

    // Bob has none of it, a stranger no access, and a mistake a status of its own.
    assert_eq!(service.call(bob, "GET", "/search?text=acme", &none), (200, json!([])));
    assert_eq!(service.call(bob, "GET", &path, &none).0, 404);
    assert_eq!(service.call(bob, "DELETE", &path, &none).0, 404);
    assert_eq!(service.call("token-of-mallory", "GET", &path, &none).0, 401);
    let (status, answer) = service.call(alice, "POST", "/memories", &json!({"context_type": "tool_output", "content": []}));
    assert!(status == 422 && answer["error"].as_str().unwrap().contains("content"), "{answer}");
    assert_eq!(service.call(alice, "GET", "/search?text=acme&limit=0", &none).0, 422);
    assert_eq!(service.call(alice, "DELETE", &path, &none).0, 204);

    let interrupted = Command::new("kill").args(["-INT", &service.process.id().to_string()]).status().unwrap();
    assert!(interrupted.success() && service.process.wait().unwrap().success());
    assert_eq!(service.lines.next().unwrap().unwrap(), "stopped");
}
