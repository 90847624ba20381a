//! One process and its server.

use std::os::unix::fs::MetadataExt;
use std::{fs, path::Path};

use pgmemory_embedded::{Server, Settings};

use crate::support::{answer, assert_stopped, client, directory, is_gone, processes_in};

#[test]
fn a_fast_server_answers_and_leaves_nothing() {
    let dir = directory();
    let server = Server::start(&Settings::fast(dir.path())).unwrap();
    assert_eq!(answer(&server, "SELECT 6 * 7"), "42");
    assert_eq!(answer(&server, "SELECT current_setting('fsync')"), "off");
    assert_eq!(answer(&server, "SELECT current_setting('server_encoding')"), "UTF8");
    assert!(server.bin_dir().join("postgres").is_file());
    assert!(processes_in(dir.path()).is_empty() || processes_in(dir.path()).contains(&server.pid()));
    drop(server);
    assert!(is_gone(dir.path()));
}

#[test]
fn a_durable_server_keeps_its_data() {
    let dir = directory();
    let settings = Settings::durable(dir.path());
    let server = Server::start(&settings).unwrap();
    assert_eq!(answer(&server, "SELECT current_setting('fsync')"), "on");
    client(&server).batch_execute("CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    let first = server.pid();
    drop(server);
    assert_stopped(dir.path());

    let server = Server::start(&settings).unwrap();
    assert_ne!(server.pid(), first);
    assert_eq!(answer(&server, "SELECT answer FROM kept"), "42");
}

#[test]
fn a_missing_directory_is_made_and_private() {
    let parent = directory();
    let server = Server::start(&Settings::durable(parent.path().join("a/b"))).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(server.data_dir()), 0o700);
    assert_eq!(mode(server.socket_dir()), 0o700);
}

#[test]
fn options_reach_the_server_and_privacy_cannot_be_opted_out() {
    let dir = directory();
    let settings = Settings::fast(dir.path()).option("max_connections", "17").option("listen_addresses", "*");
    let server = Server::start(&settings).unwrap();
    assert_eq!(answer(&server, "SELECT current_setting('max_connections')"), "17");
    assert_eq!(answer(&server, "SELECT current_setting('listen_addresses')"), "");
}

#[test]
fn paths_that_do_not_fit_into_an_address_get_a_private_socket_directory() {
    for name in ["n".repeat(200), "com,ma".into(), "quo\"te".into()] {
        let parent = directory();
        let settings = Settings::fast(parent.path().join(name));
        let server = Server::start(&settings).unwrap();
        let socket_dir = server.socket_dir().to_path_buf();
        assert!(!socket_dir.starts_with(parent.path()));
        assert_eq!(fs::metadata(&socket_dir).unwrap().mode() & 0o777, 0o700);

        let attached = Server::start(&settings).unwrap();
        assert_eq!(attached.socket_dir(), socket_dir);
        assert_eq!(answer(&attached, "1"), "1");
        drop((server, attached));
        assert!(!socket_dir.exists());
    }
}

#[test]
fn odd_names_of_directories_and_databases_are_encoded() {
    let parent = directory();
    let server = Server::start(&Settings::fast(parent.path().join("it's 100% $HOME é"))).unwrap();
    assert!(server.socket_dir().starts_with(parent.path().canonicalize().unwrap()));
    client(&server).batch_execute("CREATE DATABASE \"a/b?c=d&é\"").unwrap();
    let mut client = postgres::Client::connect(&server.url("a/b?c=d&é"), postgres::NoTls).unwrap();
    let name: String = client.query_one("SELECT current_database()::text", &[]).unwrap().get(0);
    assert_eq!(name, "a/b?c=d&é");
}

#[test]
fn a_huge_log_is_cut_when_the_server_starts() {
    let dir = directory();
    drop(Server::start(&Settings::durable(dir.path())).unwrap());
    let log = dir.path().join("server.log");
    fs::OpenOptions::new().append(true).open(&log).unwrap().set_len(9 << 20).unwrap();
    let _server = Server::start(&Settings::durable(dir.path())).unwrap();
    assert!(fs::metadata(log).unwrap().len() < 1 << 20);
}
