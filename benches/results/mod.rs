//! Where the benchmarks leave their figures: in `target/bench`, or in the folder that `RESULTS` names.

use std::{env, fs, io, path::PathBuf};

pub(crate) fn write(name: &str, text: &str) -> io::Result<PathBuf> {
    let folder = env::var_os("RESULTS").map_or(concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench").into(), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    fs::write(&path, text)?;
    Ok(path)
}
