//! Ctrl-C and `kill`: the first signal asks the command to stop, the second one ends the program at once.

use std::{fmt, io};

use tokio::{
    select,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Tells when a signal has come.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<Option<Interrupted>>);

/// What a command that was stopped ends with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted {
    /// 128 and the signal's number, as shells have it.
    pub(crate) exit_code: u8,
    /// What has become of the work.
    pub(crate) message: &'static str,
}

const BY_CTRL_C: Interrupted = Interrupted { exit_code: 130, message: "interrupted" };
pub(crate) const BY_KILL: Interrupted = Interrupted { exit_code: 143, message: "interrupted" };

impl Interrupt {
    /// Takes the signals from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let (sender, receiver) = watch::channel(None);
        tokio::spawn(async move {
            loop {
                let interrupted = select! {
                    _ = interrupt.recv() => BY_CTRL_C,
                    _ = terminate.recv() => BY_KILL,
                };
                if sender.send_replace(Some(interrupted)).is_some() {
                    std::process::exit(interrupted.exit_code.into());
                }
            }
        });
        Ok(Self(receiver))
    }

    /// Waits for the first signal.
    pub(crate) async fn arrived(mut self) -> Interrupted {
        let arrived = self.0.wait_for(Option::is_some).await;
        arrived.ok().and_then(|interrupted| *interrupted).unwrap_or(BY_CTRL_C)
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for Interrupted {}
