//! The peers: a Python process each, asked a line at a time.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::Outcome;

pub(crate) struct Peer {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    pub(crate) fn start(python: &OsStr, system: &str, url: &str) -> Outcome<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut process = Command::new(python)
            .arg(root.join("benches/compare/peers.py"))
            .args([system, url])
            .arg(root.join("tests/it/adopt/python_schema.sql"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = process.stdin.take().ok_or("no input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut peer = Self { process, questions, answers };
        peer.answer(system)?;
        Ok(peer)
    }

    pub(crate) fn ask(&mut self, question: &Value) -> Outcome<Value> {
        writeln!(self.questions, "{question}")?;
        self.answer(question["workload"].as_str().unwrap_or_default())
    }

    fn answer(&mut self, to: &str) -> Outcome<Value> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err(format!("a peer ended without an answer to {to}").into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It is idle, and has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
