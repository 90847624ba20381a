//! The examples run.

use std::process::Command;

use crate::support::Database;

#[tokio::test(flavor = "multi_thread")]
async fn quickstart() {
    let database = Database::empty().await;
    for expected in ["inserted, then merged", "merged, then merged"] {
        let output = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--all-features", "--example", "quickstart"])
            .env("DATABASE_URL", &database.url)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.starts_with(expected) && text.contains("Checkout was down") && text.contains("relates_to"), "{text}");
    }
}
