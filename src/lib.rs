#![doc = include_str!("../README.md")]

mod adopt;
mod batch;
mod changes;
mod coalesce;
mod config;
mod contract;
mod error;
mod explain;
mod export;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod import;
mod load;
mod maintenance;
mod memory;
mod migrations;
mod model;
mod monitoring;
mod nodes;
mod pool;
mod reindex;
mod relationships;
mod search;
mod semantic;
#[cfg(feature = "session")]
mod session;
mod source;
mod stats;
mod verify;

pub use adopt::{Adopt, AdoptedRow, Adoption, CorrectedCounters, DroppedRelationship, MergedEntity, Repair};
pub use changes::{Change, Changes, Operation};
pub use config::{Coalescing, Config};
pub use error::{Error, ErrorKind};
pub use explain::{CheckPlans, Explain, Explanation, Parameter, PlanCheck, PlanMode};
pub use export::ExportReport;
#[cfg(feature = "session")]
pub use import::SqliteFile;
pub use import::{EmbeddingReport, Import, ImportReport, Rejected, Repaired};
pub use load::Graph;
pub use maintenance::{Cleanup, CleanupReport, Deletion, Sweep, SweepReport};
pub use memory::{Memory, UserMemory, UserTransaction};
pub use model::{
    ActiveUser, ContextType, ContextTypeCount, Cursor, Direction, Health, NewNode, NewRelationship, Node, Outcome, Page, Period,
    PeriodCount, Related, Relationship, RelationshipType, Stored, Totals, UserCounts, UserStats,
};
pub use monitoring::{Check, Connection, IndexSize, SlowStatement, TableSize};
pub use nodes::{Comparison, List, Update};
pub use pool::PoolMetrics;
pub use reindex::{Reindex, ReindexReport};
pub use relationships::{Neighbor, Neighbors, Path, Relationships, Step};
pub use search::{Completion, CompletionKind, Filter, Hit, Parts, Recall, Recollection, Search, Weights};
pub use semantic::{Coverage, Nearest, SemanticModel, Similar, Unembedded};
#[cfg(feature = "session")]
pub use session::{DeadLetter, Durability, OpenSession, Remembered, Session, SessionFile, SessionStatus, Thread};
pub use stats::Activity;
pub use verify::{Affected, Finding, Severity, Verification};
