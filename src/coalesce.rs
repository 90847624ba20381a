//! Writes of many callers become few statements: `queries/coalesced.sql`.
//!
//! A call puts what it writes into a queue and waits. Whoever writes takes all that waits there, writes it with one statement
//! and one commit, and answers the callers; meanwhile the next ones gather. Nothing is held back to gather more, so a call that
//! comes alone is written at once, by its caller.

mod queue;
mod statements;

use std::{
    collections::HashMap,
    mem,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
    task::yield_now,
    time::{sleep, timeout},
};

use crate::{Coalescing, Config, Error, UserMemory, error::ErrorKind};
use queue::{Batch, Call, Caller, Item, Queues};
pub(crate) use statements::Coalesced;

/// How many statements are under way at once.
const MOST_WRITERS: usize = 2;
/// After how long a statement counts no more: it waits for somebody else who writes for its user, and nobody else is to wait for that.
const LONG: Duration = Duration::from_millis(100);
/// How many calls wait at once; more wait to be let in, as long as for a connection.
const MOST_WAITING: usize = 1_000;

/// Gathers what is written; all clones are the same.
#[derive(Clone)]
pub(crate) struct Coalescer(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    room: Arc<Semaphore>,
    coalescing: Coalescing,
    patience: Duration,
}

#[derive(Default)]
struct State {
    queues: Queues,
    writers: usize,
}

impl Coalescer {
    pub(crate) fn new(config: &Config) -> Self {
        let (state, room) = (Mutex::default(), Arc::new(Semaphore::new(MOST_WAITING)));
        Self(Arc::new(Inner { state, room, coalescing: config.coalescing, patience: config.wait_timeout }))
    }

    pub(crate) fn is_off(&self) -> bool {
        self.0.coalescing == Coalescing::Off
    }

    /// Writes it together with what others write; returns after the commit. What a caller no longer waits for is written all the
    /// same if others wait for the same statement.
    pub(crate) async fn write<T: Coalesced>(&self, memory: &UserMemory, value: T) -> Result<T::Answer, Error> {
        let room = timeout(self.0.patience, Arc::clone(&self.0.room).acquire_owned()).await;
        let Ok(Ok(room)) = room else {
            return Err(Error::new(ErrorKind::PoolExhausted, format!("{MOST_WAITING} writes wait already")));
        };
        let user_id = memory.shared_user_id();
        let mut turn = {
            let mut state = self.state();
            if state.writers == 0 && state.queues.is_empty() && state.queues.occupy(&user_id) {
                state.writers = 1;
                Some(Turn { coalescer: self.clone(), is_writer: true, users: vec![user_id], is_task: false })
            } else {
                None
            }
        };
        let call = Call { memory: memory.clone(), value };
        if let Some(turn) = &mut turn {
            // Nobody is there to share with, and a task would only take time.
            let written = turn.wait(Box::pin(T::write(&[call]))).await;
            turn.end();
            return written.map(|mut answers| answers.pop().flatten().expect("what is of one user is written"));
        }
        let (reply, answer) = oneshot::channel();
        let is_busy = {
            let mut state = self.state();
            T::queue(&mut state.queues).push_back(Item { call, caller: Caller { reply, _room: room } });
            state.queues.is_busy(memory.user_id())
        };
        // Who is writing for the user goes on with this when that is done.
        if !is_busy {
            self.start_writer(&Handle::current());
        }
        answer.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Unavailable, "the task that wrote for several calls was ended")))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has what waits written, unless there are enough who do.
    fn start_writer(&self, runtime: &Handle) {
        {
            let mut state = self.state();
            if state.writers == MOST_WRITERS || state.queues.is_empty() {
                return;
            }
            state.writers += 1;
        }
        // A runtime that is ending drops the task at once, which takes the lock.
        let turn = Turn { coalescer: self.clone(), is_writer: true, users: Vec::new(), is_task: true };
        runtime.spawn(turn.write_all());
    }
}

/// What who writes holds: a place among the writers, and the users that nobody else may write for meanwhile.
struct Turn {
    coalescer: Coalescer,
    is_writer: bool,
    users: Vec<Arc<str>>,
    /// Whether a task of its own has it, not a caller.
    is_task: bool,
}

impl Turn {
    /// Writes until nothing waits that it may write.
    async fn write_all(mut self) {
        loop {
            // Who is about to call gets the chance to.
            yield_now().await;
            let Some(batch) = self.next() else { return };
            match batch {
                Batch::Nodes(items) => self.write_across(items).await,
                Batch::Relationships(items) => self.write_across(items).await,
            }
            if !self.is_writer {
                self.end();
                return;
            }
        }
    }

    /// Waits for a statement, and gives its place to another writer if that takes long.
    async fn wait<R>(&mut self, written: impl Future<Output = R>) -> R {
        let mut written = pin!(written);
        tokio::select! {
            biased;
            result = &mut written => return result,
            () = sleep(LONG) => {}
        }
        self.leave_place();
        self.coalescer.start_writer(&Handle::current());
        written.await
    }

    /// Gives back the users of the last batch, and takes the next one; its place as well, if there is none.
    fn next(&mut self) -> Option<Batch> {
        let coalescer = self.coalescer.clone();
        let mut state = coalescer.state();
        state.queues.release(&mem::take(&mut self.users));
        let keeps_apart = coalescer.0.coalescing == Coalescing::OneUser;
        let taken = state.queues.take(keeps_apart);
        if taken.is_none() {
            state.writers -= 1;
            self.is_writer = false;
        }
        let (batch, users) = taken?;
        self.users = users;
        Some(batch)
    }

    async fn write_across<T: Coalesced>(&mut self, items: Vec<Item<T>>) {
        // Somebody else writes for their users, or they are new: they wait by themselves.
        let mut left: HashMap<Arc<str>, Vec<Item<T>>> = HashMap::new();
        for item in self.wait(write(items)).await {
            left.entry(item.call.memory.shared_user_id()).or_default().push(item);
        }
        self.users.retain(|user_id| !left.contains_key(user_id));
        for (user_id, items) in left {
            let mut turn = Turn { coalescer: self.coalescer.clone(), is_writer: false, users: vec![user_id], is_task: true };
            tokio::spawn(async move {
                write(items).await;
                turn.end();
            });
        }
    }

    /// Gives back all that it holds; for its users more may be waiting.
    fn end(&mut self) {
        self.give_back();
        self.coalescer.start_writer(&Handle::current());
    }

    fn give_back(&mut self) {
        self.coalescer.state().queues.release(&mem::take(&mut self.users));
        self.leave_place();
    }

    fn leave_place(&mut self) {
        self.coalescer.state().writers -= usize::from(mem::take(&mut self.is_writer));
    }
}

impl Drop for Turn {
    /// A caller who leaves lets others go on. A task ends early only with its runtime, and then so do those who would wait for it.
    fn drop(&mut self) {
        if !self.is_writer && self.users.is_empty() {
            return;
        }
        self.give_back();
        match Handle::try_current() {
            Ok(runtime) if !self.is_task => self.coalescer.start_writer(&runtime),
            _ => self.coalescer.state().queues.clear(),
        }
    }
}

/// Writes items and answers those who wait for them; where one cannot be written, the others are. Returns those that have to be
/// written for their user alone.
async fn write<T: Coalesced>(items: Vec<Item<T>>) -> Vec<Item<T>> {
    let (calls, mut callers): (Vec<_>, Vec<_>) = items.into_iter().map(|Item { call, caller }| (call, caller)).unzip();
    let everybody_left = join_all(callers.iter_mut().map(|caller| caller.reply.closed()));
    let written = tokio::select! {
        written = T::write(&calls) => written,
        // The server cancels what nobody waits for.
        _ = everybody_left => return Vec::new(),
    };
    let items = calls.into_iter().zip(callers).map(|(call, caller)| Item { call, caller });
    match written {
        Ok(answers) => {
            let mut left = Vec::new();
            for (item, answer) in items.zip(answers) {
                match answer {
                    Some(answer) => item.caller.answer(Ok(answer)),
                    None => left.push(item),
                }
            }
            left
        }
        Err(error) if items.len() > 1 && is_about_one(&error) => {
            let mut items: Vec<_> = items.collect();
            let others = items.split_off(items.len() / 2);
            let mut left = Box::pin(write(items)).await;
            left.extend(Box::pin(write(others)).await);
            left
        }
        Err(error) => {
            for item in items {
                item.caller.answer(Err(error.duplicate()));
            }
            Vec::new()
        }
    }
}

/// Whether an error is that of one item, not of all.
fn is_about_one(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Conflict | ErrorKind::NotFound | ErrorKind::Internal)
}
