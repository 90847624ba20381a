//! Settings, good and bad, and the connections that they lead to.

use pgmemory::{Config, ErrorKind, Memory};
use rcgen::KeyPair;

use super::{SECRET, assert_error_silent, assert_silent, encoded, guarded_server, guarded_url, quoted};

/// The secret in every place that it is put, and in some that it gets to by mistake. Nobody listens on the port.
pub(super) fn texts() -> Vec<String> {
    let (encoded, quoted) = (encoded(SECRET), quoted(SECRET));
    let mut texts = vec![
        format!("postgresql://u:{encoded}@127.0.0.1:1/d"),
        format!("postgresql://u:{SECRET}@127.0.0.1:1/d"),
        format!("postgresql://u:{SECRET}"),
        format!("postgres://u:{encoded}@127.0.0.1:port/d"),
        format!("postgresql://u:{encoded}@127.0.0.1:1/d?sslmode=full"),
        format!("postgresql://u:{encoded}@127.0.0.1:1/d?sslmode=verify-full"),
        format!("postgresql://u:{encoded}@127.0.0.1:1/d?schema=public"),
        format!("postgresql://u:{encoded}@/d"),
        format!("mysql://u:{encoded}@127.0.0.1:1/d"),
        SECRET.to_owned(),
        encoded.clone(),
        format!("host=127.0.0.1 port=1 user=u password={quoted}"),
        format!("host=127.0.0.1 port=1 user=u password={SECRET}"),
        format!("host=127.0.0.1 port=1 user=u pasword={quoted}"),
        format!("host=127.0.0.1 port=1 user=u password='{SECRET}"),
        format!("host=postgresql://u:{encoded}@h/d user=u"),
        format!("host=127.0.0.1 port=1 user=postgresql://u:{encoded}@h/d"),
        format!("host=127.0.0.1 port=1 user=u options='-c app.key={}'", SECRET.replace('\\', r"\\").replace('\'', r"\'")),
        format!("host=127.0.0.1 port={quoted}"),
        format!("host=127.0.0.1 connect_timeout={quoted}"),
        format!("host=127.0.0.1 hostaddr={quoted}"),
        format!("host=127.0.0.1 tcp_user_timeout={quoted}"),
    ];
    for key in ["password", "PASSWORD", "sslpassword", "passfile", "options"] {
        for value in [encoded.as_str(), SECRET, "zq7a&zq7b=zq7c", "zq7a&zq7b"] {
            texts.push(format!("postgresql://u@127.0.0.1:1/d?{key}={value}"));
        }
    }
    for key in ["sslmode", "target_session_attrs", "keepalives", "port", "connect_timeout", "tcp_user_timeout", "channel_binding"] {
        texts.push(format!("postgresql://u@127.0.0.1:1/d?{key}={encoded}"));
    }
    // One at a time, since the first may hide what the next does.
    for character in "@:/?#&=% '\\\n\t\u{e9}".chars() {
        texts.push(format!("postgresql://u:zq7a{character}zq7b@127.0.0.1:1/d"));
        texts.push(format!("postgresql://u:zq7a{character}zq7b{character}zq7c@127.0.0.1:1/d?sslmode=disable"));
        texts.push(format!("postgresql://u@127.0.0.1:1/d?password=zq7a{character}zq7b=zq7c"));
        texts.push(format!("host=127.0.0.1 port=1 user=u password=zq7a{character}zq7b=zq7c"));
    }
    texts
}

#[tokio::test]
async fn no_setting_is_repeated_whether_it_is_good_or_bad() {
    let (mut good, mut bad) = (0, 0);
    for text in texts() {
        match Config::from_url(&text) {
            Ok(config) => {
                good += 1;
                let config = config.pool_min_size(0);
                assert_silent(&text, &format!("{config:?} {config:#?}"));
                // The driver's own account leaves out the password, but not the options.
                if config.postgres().get_options().is_none() {
                    assert_silent(&text, &format!("{:?}", config.postgres()));
                }
                assert_error_silent(&text, &Memory::connect(config).await.unwrap_err());
            }
            Err(error) => {
                bad += 1;
                assert_error_silent(&text, &error);
            }
        }
    }
    assert!(good > 30 && bad > 30, "{good} good, {bad} bad");
}

/// A key that lost its line breaks, or stands where the name of its file belongs.
#[tokio::test]
async fn a_key_is_not_repeated_where_its_file_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap().serialize_pem();
    let lines: Vec<&str> = key.lines().collect();
    let marked = lines[1].replace(&lines[1][4..8], "enE3");
    for (name, text) in [
        ("one-line.pem", lines.join(" ").replace(lines[1], &marked)),
        ("no-dashes.pem", format!("-----BEGIN PRIVATE KEY {marked}\n")),
        ("no-end.pem", format!("{}\n{marked}\n-----END {marked}\n", lines[0])),
        ("no-base64.pem", format!("{}\n!{marked}\n{}\n", lines[0], lines[lines.len() - 1])),
        ("other.pem", format!("-----BEGIN zq7-----\n{marked}\n-----END zq7-----\n")),
        ("no-key.pem", key.replace(lines[1], &marked)),
        ("empty.pem", String::new()),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &text).unwrap();
        for parameters in [format!("sslkey={0}&sslcert={0}", path.display()), format!("sslrootcert={}", path.display())] {
            let config = Config::from_url(&format!("postgresql://u@127.0.0.1:1/d?sslmode=require&{parameters}")).unwrap();
            let error = Memory::connect(config).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{name}: {error}");
            assert!(error.to_string().contains(name), "{error}");
            assert_error_silent(name, &error);
        }
        if !text.is_empty() {
            let url = format!("postgresql://u@127.0.0.1:1/d?sslmode=require&sslcert=c.pem&sslkey={}", encoded(&text));
            let error = Config::from_url(&url).unwrap_err();
            assert!(error.to_string().contains("must be the path"), "{name}: {error}");
            assert_error_silent(name, &error);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_accepts_or_refuses_the_secret_makes_nobody_tell_it() {
    let server = guarded_server().await;
    let config = Config::from_url(&guarded_url(&server, SECRET)).unwrap();
    assert_silent("config", &format!("{config:?}"));
    let memory = Memory::connect(config.pool_size(1)).await.unwrap();
    memory.migrate().await.unwrap();
    let alice = memory.user("alice").unwrap();
    assert_silent("memory", &format!("{memory:?} {alice:?} {:#?} {:?}", memory, memory.pool_metrics()));
    assert_silent("answers", &format!("{:?} {:?}", memory.health().await.unwrap(), memory.connections().await.unwrap()));

    for (what, url) in [
        ("wrong password", guarded_url(&server, &SECRET.replace("zq7a", "zq7wrong"))),
        ("no such role", guarded_url(&server, SECRET).replace("//postgres:", "//nobody:")),
        ("no such database", guarded_url(&server, SECRET).replace("/postgres?", "/nowhere?")),
        ("no encryption", guarded_url(&server, SECRET).replace("//postgres:", "//agent:").replace("require", "disable")),
        ("unknown option", guarded_url(&server, SECRET).replace("app%2Ekey%3D", "zq7key%3D")),
        ("bad option", guarded_url(&server, SECRET).replace("app%2Ekey%3D", "work%5Fmem%3D")),
        ("option of several words", guarded_url(&server, SECRET).replace("zq7options", "a%20zq7options")),
        (
            "unknown certificate",
            format!(
                "{}&sslrootcert={}",
                guarded_url(&server, SECRET),
                server.file("other.crt", &crate::tls::server::Authority::new().pem).display()
            ),
        ),
    ] {
        let error = Memory::connect(Config::from_url(&url).unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{what}: {error:?}");
        assert!(error.to_string().contains("127.0.0.1"), "{what}: {error}");
        assert_error_silent(what, &error);
    }
}
