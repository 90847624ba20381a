//! Not tests: what the tests run as another process.

use std::io::{sink, stdin};
use std::time::{Duration, Instant};

use pgmemory_embedded::{Server, find_binaries};

use crate::support::{answer, directory_from_environment, settings};

#[test]
#[ignore = "run by other tests, as another process"]
fn user() {
    let Some((kind, dir)) = directory_from_environment() else { return };
    let server = Server::start(&settings(&kind, &dir)).unwrap();
    println!("\npostmaster {}", server.pid());
    std::io::copy(&mut stdin(), &mut sink()).unwrap();
}

#[test]
#[ignore = "run by other tests, as another process"]
fn come_and_go() {
    let Some((kind, dir)) = directory_from_environment() else { return };
    let began = Instant::now();
    let mut rounds = 0;
    while began.elapsed() < Duration::from_secs(4) {
        let server = Server::start(&settings(&kind, &dir)).unwrap();
        assert_eq!(answer(&server, "1"), "1");
        rounds += 1;
    }
    println!("\n{rounds} rounds");
}

#[test]
#[ignore = "run by other tests, as another process"]
fn search_binaries() {
    match find_binaries() {
        Ok(dir) => println!("\nfound {}", dir.display()),
        Err(error) => println!("\nerror {error}"),
    }
}
