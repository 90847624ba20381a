//! The journal of an open session in memory: its numbers, and its latest entries, to be sent while the file is being written.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use uuid::Uuid;

use super::entry::Journaled;

/// How many entries are held at most; what does not fit is read from the file.
const CAPACITY: usize = 1_000;

/// The journal of this opening of the file, which numbers its entries. A number is given once, whatever becomes of the entry: one
/// whose write to the file failed may have been sent.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) id: Uuid,
    last_seq: AtomicI64,
    /// The last entry that is known to be in PostgreSQL, or to have been refused.
    last_sent: AtomicI64,
    entries: Mutex<VecDeque<Journaled>>,
    /// Whether other sessions on this file, open or ended, had entries when the latest of this one came.
    has_others: AtomicBool,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            id: Uuid::new_v4(),
            last_seq: AtomicI64::default(),
            last_sent: AtomicI64::default(),
            entries: Mutex::default(),
            has_others: AtomicBool::default(),
        }
    }
}

impl Journal {
    pub(super) fn next(&self) -> i64 {
        self.last_seq.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn last_sent(&self) -> i64 {
        self.last_sent.load(Ordering::Relaxed)
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Journaled>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds an entry, in the order of the numbers.
    pub(super) fn push(&self, entry: Journaled) {
        let mut entries = self.entries();
        if entries.len() < CAPACITY {
            entries.push_back(entry);
        }
    }

    pub(super) fn note_others(&self, has_others: bool) {
        self.has_others.store(has_others, Ordering::Relaxed);
    }

    pub(super) fn note_sent(&self, seq: i64) {
        self.last_sent.fetch_max(seq, Ordering::Relaxed);
    }

    /// Takes the entries that follow the last one sent; none where one between them is missing, or there are others, and the
    /// file has to be read.
    pub(super) fn take(&self) -> Vec<Journaled> {
        let mut entries = self.entries();
        if self.has_others.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let last_sent = self.last_sent();
        while entries.front().is_some_and(|entry| entry.seq <= last_sent) {
            entries.pop_front();
        }
        let mut next = last_sent;
        let follow = entries.iter().take_while(|entry| {
            next += 1;
            entry.seq == next
        });
        let count = follow.count();
        entries.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, Journaled};

    #[test]
    fn only_what_follows_without_a_gap_is_taken() {
        let journal = Journal::default();
        let push = |seq| journal.push(Journaled { position: seq, journal_id: journal.id, seq, nodes: Vec::new(), entry: None });
        let take = || journal.take().iter().map(|entry| entry.seq).collect::<Vec<_>>();
        assert_eq!((journal.next(), journal.next()), (1, 2));
        push(2);
        assert!(take().is_empty(), "1 is missing");
        journal.note_sent(5);
        [6, 7, 9].into_iter().for_each(push);
        assert_eq!(take(), [6, 7]);
        journal.note_sent(7);
        assert!(take().is_empty(), "8 is missing");
        journal.note_sent(8);
        assert_eq!(take(), [9]);
    }
}
