//! `completions`, `man`: made from the arguments themselves, without any database.

use std::{
    fs::create_dir_all,
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::{Man as Page, generate_to};

use crate::Outcome;

/// Print the script that completes commands and options in a shell.
#[derive(Args)]
#[command(after_help = "Example: pgmemory completions zsh > _pgmemory")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut program: Command) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "pgmemory", &mut script);
        io::stdout().write_all(&script)?;
        Ok(())
    }
}

/// Print the manual page, or write one for each command.
#[derive(Args)]
#[command(after_help = "Example: pgmemory man --output ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The folder for the pages of all commands, made where it is missing
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, program: Command) -> Outcome {
        match self.output {
            Some(folder) => {
                let written = create_dir_all(&folder).and_then(|()| generate_to(program, &folder));
                written.map_err(|error| format!("{}: {error}", folder.display()))?;
            }
            None => Page::new(program).render(&mut io::stdout())?,
        }
        Ok(())
    }
}
