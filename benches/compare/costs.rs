//! What writes cost the server: bytes of its log a row, updates that leave the indexes alone, and how large a node is.

use pgmemory::{Coalescing, Error, Memory, NewNode};

use crate::{Bench, ENDLESS, OURS, Outcome, client, node_ids, ours};

/// How many rows each kind of write has.
const ROWS: usize = 500;

impl Bench {
    pub(crate) async fn costs(&mut self) -> Outcome {
        let stores = self.stores(&self.each.clone(), 1, ENDLESS);
        let nodes: Vec<NewNode> = (0..ROWS as u64).map(|number| stores.node(number)).collect();
        let (single, batch) = nodes.split_at(ROWS / 2);
        let user = format!("costs{}", stores.prefix);
        let one_by_one = async |memory: &Memory| {
            for node in single {
                memory.user(&user)?.store(node).await?;
            }
            Ok(())
        };
        self.cost("store new", single.len(), one_by_one).await?;
        self.cost("store merging", single.len(), one_by_one).await?;
        self.cost("store_many of 250", batch.len(), async |memory| memory.user(&user)?.store_many(batch).await.map(drop)).await?;
        let ids = node_ids(&self.server, "filled20", 20_000).await?;
        let touched: Vec<_> = ids.into_iter().skip(self.count % 40).step_by(40).collect();
        self.cost("touch", touched.len(), async |memory| {
            for node_id in &touched {
                memory.user("filled20")?.touch(&[*node_id]).await?;
            }
            Ok(())
        })
        .await?;

        let sizes = "SELECT pg_table_size('memory.nodes') / count(*)::float8, pg_indexes_size('memory.nodes') / count(*)::float8
            FROM memory.nodes";
        let sizes = client(&self.server, OURS).await?.query_one(sizes, &[]).await?;
        self.report.amount("a node's row, bytes", sizes.get(0));
        self.report.amount("a node's index entries, bytes", sizes.get(1));
        Ok(())
    }

    async fn cost(&mut self, workload: &str, rows: usize, write: impl AsyncFnOnce(&Memory) -> Result<(), Error>) -> Outcome {
        const LOG: &str = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8";
        const UPDATES: &str =
            "SELECT n_tup_upd::float8, n_tup_hot_upd::float8 FROM pg_stat_user_tables WHERE relid = 'memory.nodes'::regclass";
        let server = client(&self.server, OURS).await?;
        let (log, updates) = (server.query_one(LOG, &[]).await?, server.query_one(UPDATES, &[]).await?);
        // The counts of a connection are complete when it has ended.
        let memory = ours::connect(&self.server.url(OURS), Coalescing::Off).await?;
        write(&memory).await?;
        memory.close().await;
        let after = server.query_one(LOG, &[]).await?;
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        self.report.amount(&format!("log of {workload}, bytes a row"), (after.get::<_, f64>(0) - log.get::<_, f64>(0)) / rows as f64);
        let after = server.query_one(UPDATES, &[]).await?;
        let [all, hot] = [0, 1].map(|column| after.get::<_, f64>(column) - updates.get::<_, f64>(column));
        if all > 0.0 {
            self.report.amount(&format!("updates of {workload} that write all indexes, %"), 100.0 * (1.0 - hot / all));
        }
        Ok(())
    }
}
