--! lift_timeout
--- Lets the statements of this transaction take as long as they need: for imports, which may have to wait for
--- another, and whatever else may be large.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT set_config('statement_timeout', '0', true) AS timeout;

--! lock
--- Waits until no other import runs in this database, and keeps others out until the transaction ends. An
--- import holds every user that it has met; two of them that meet users in different orders would deadlock.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT true AS locked
FROM pg_advisory_xact_lock(hashtextextended('pgmemory import', 0));
