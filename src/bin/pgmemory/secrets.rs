//! What every user of the machine could read: the arguments of a process, and messages that repeat them.

use std::{
    env::{self, VarError},
    ffi::{OsStr, OsString},
    io::{self, Write},
    os::unix::process::CommandExt,
    process::{self, Command},
};

/// Stands for `--database-url`.
pub(crate) const URL_VARIABLE: &str = "PGMEMORY_DATABASE_URL";
const URL_ARGUMENT: &str = "--database-url";
const HIDDEN: &str = "***";

/// The database that the argument or else the variable names. An argument is in the list of processes, for everybody
/// to see: the program starts itself anew with the variable in its place, before it does anything else.
pub(crate) fn database_url(argument: Option<&str>) -> Result<Option<String>, String> {
    match argument {
        Some(url) if !url.is_empty() => {
            let problem = start_anew(url).unwrap_or_else(|error| error);
            Err(format!("{URL_ARGUMENT} cannot be kept out of the list of processes ({problem}); set {URL_VARIABLE} instead"))
        }
        Some(empty) => Ok(Some(empty.to_owned())),
        None => match env::var(URL_VARIABLE) {
            Ok(url) => Ok(Some(url).filter(|url| !url.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(format!("{URL_VARIABLE} is not UTF-8")),
        },
    }
}

/// Returns only if that fails.
fn start_anew(url: &str) -> io::Result<io::Error> {
    let arguments: Vec<OsString> = env::args_os().collect();
    let mut program = Command::new(env::current_exe()?);
    if let Some(name) = arguments.first() {
        program.arg0(name);
    }
    Ok(program.args(without_url(&arguments)).env(URL_VARIABLE, url).exec())
}

/// The arguments that follow the program's name, less the one that has the URL, which stands before any `--`.
fn without_url(arguments: &[OsString]) -> Vec<&OsStr> {
    let mut rest = Vec::new();
    let mut arguments = arguments.iter().map(OsString::as_os_str).skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            rest.push(argument);
            rest.extend(arguments);
            break;
        } else if argument == URL_ARGUMENT {
            arguments.next();
        } else if !argument.as_encoded_bytes().starts_with(b"--database-url=") {
            rest.push(argument);
        }
    }
    rest
}

/// Ends the program because of its arguments, as clap would; but a URL that stands where none belongs is not repeated whole.
pub(crate) fn exit(error: &clap::Error) -> ! {
    let text = without_passwords(&error.render().ansi().to_string());
    // Nobody may be there to read it.
    let _ = if error.use_stderr() { write!(anstream::stderr(), "{text}") } else { write!(anstream::stdout(), "{text}") };
    process::exit(error.exit_code())
}

/// The text with [`HIDDEN`] for what stands between the user and the host of a URL, and for what follows `password=`.
pub(crate) fn without_passwords(text: &str) -> String {
    text.split_inclusive('\n').map(without_password).collect()
}

fn without_password(line: &str) -> String {
    const SCHEME: &str = "://";
    const KEY: &str = "password=";
    let mut line = line.to_owned();
    if let (Some(scheme), Some(host)) = (line.find(SCHEME), line.rfind('@'))
        && let Some(password) = line.get(scheme + SCHEME.len()..host).and_then(|user| user.find(':'))
    {
        line.replace_range(scheme + SCHEME.len() + password + 1..host, HIDDEN);
    }
    if let Some(key) = line.find(KEY) {
        let end = line.trim_end_matches('\n').len();
        line.replace_range(key + KEY.len()..end, HIDDEN);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_password_is_left() {
        for (text, clean) in [
            ("unrecognized 'postgresql://u:se:c@re t@h/d'\n\nUsage: x\n", "unrecognized 'postgresql://u:***@h/d'\n\nUsage: x\n"),
            ("postgresql://u@h/d?sslpassword=secret&x\ny", "postgresql://u@h/d?sslpassword=***\ny"),
            ("host=h password='s e' user=u", "host=h password=***"),
            ("see https://host/path", "see https://host/path"),
            ("@://", "@://"),
        ] {
            assert_eq!(without_passwords(text), clean);
        }
    }

    #[test]
    fn only_the_argument_with_the_url_is_left_out() {
        let rest = |line: &str| {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            without_url(&arguments).join(OsStr::new(" ")).into_string().unwrap()
        };
        assert_eq!(rest("pgmemory --database-url URL --json psql -- --database-url x"), "--json psql -- --database-url x");
        assert_eq!(rest("pgmemory search --user a --database-url=URL word"), "search --user a word");
        assert_eq!(rest("pgmemory psql --"), "psql --");
    }
}
