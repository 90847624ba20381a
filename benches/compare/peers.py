#!/usr/bin/env python3
"""The peers of `make bench-compare`, one process for each: reads a workload a line as JSON, answers with its figures as JSON.

usage: peers.py specified|langgraph|agno URL SCHEMA
"""

import asyncio
import json
import statistics
import sys
import time
import uuid

import asyncpg

POOL_SIZE = 20


class Specified:
    """The algorithms of the specification: read, merge in the client, write."""

    async def open(self, url, schema):
        self.pool = await asyncpg.create_pool(url, min_size=2, max_size=POOL_SIZE, command_timeout=60)
        async with self.pool.acquire() as connection:
            await connection.execute(open(schema).read())

    async def fill(self, user, nodes):
        """Nodes of one user, each related to the next."""
        ids = [uuid.uuid4() for _ in nodes]
        rows = [
            (node_id, user, json.dumps(node["content"]), "domain_entity", node["summary"], node["tags"],
             node["content"]["entity_id"], "Account", "crm")
            for node_id, node in zip(ids, nodes)
        ]
        async with self.pool.acquire() as connection:
            # It makes a bulk load quadratic.
            await connection.execute("ALTER TABLE memory.nodes DISABLE TRIGGER update_user_metadata_on_node")
            await connection.copy_records_to_table(
                "nodes", schema_name="memory", records=rows, timeout=600,
                columns=("node_id", "user_id", "content", "context_type", "summary", "tags", "entity_id", "entity_type", "entity_system"),
            )
            await connection.execute("ALTER TABLE memory.nodes ENABLE TRIGGER update_user_metadata_on_node")
            pairs = [(user, one, other, "relates_to", 0.5) for one, other in zip(ids, ids[1:] + ids[:1])]
            await connection.copy_records_to_table(
                "relationships", schema_name="memory", records=pairs, timeout=600,
                columns=("user_id", "from_node_id", "to_node_id", "relationship_type", "strength"),
            )
            await connection.execute("ANALYZE memory.nodes")
            await connection.execute("ANALYZE memory.relationships")
        self.ids = getattr(self, "ids", {})
        self.ids[user] = ids

    async def store(self, user, node):
        content = node["content"]
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow(
                "SELECT node_id, content FROM memory.nodes WHERE user_id = $1 AND entity_id = $2 AND entity_system = $3",
                user, content["entity_id"], content["entity_system"],
            )
            if row:
                merged = json.loads(row["content"])
                merged.setdefault("entity_data", {}).update(content.get("entity_data", {}))
                merged["update_count"] = merged.get("update_count", 0) + 1
                await connection.execute(
                    "UPDATE memory.nodes SET content = $1, tags = $2, last_accessed = NOW() WHERE node_id = $3",
                    json.dumps(merged), node["tags"], row["node_id"],
                )
                return
            await connection.fetchval(
                "INSERT INTO memory.nodes (user_id, content, context_type, summary, tags, entity_id, entity_type, entity_system) "
                "VALUES ($1, $2, 'domain_entity', $3, $4, $5, $6, $7) RETURNING node_id",
                user, json.dumps(content), node["summary"], node["tags"],
                content["entity_id"], content["entity_type"], content["entity_system"],
            )

    async def get(self, user, number):
        async with self.pool.acquire() as connection:
            await connection.fetchrow("SELECT * FROM memory.nodes WHERE node_id = $1", self.ids[user][number])

    async def get_entity(self, user, number):
        async with self.pool.acquire() as connection:
            await connection.fetchrow(
                "SELECT * FROM memory.nodes WHERE user_id = $1 AND entity_id = $2 AND entity_system = 'crm'", user, f"F{number}"
            )

    async def relate(self, user, one, other):
        ids = self.ids[user]
        async with self.pool.acquire() as connection:
            await connection.execute(
                "INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type, strength) "
                "VALUES ($1, $2, $3, 'relates_to', 0.5) ON CONFLICT (user_id, from_node_id, to_node_id, relationship_type) "
                "DO UPDATE SET strength = EXCLUDED.strength",
                user, ids[one], ids[other],
            )

    async def search(self, user, text):
        async with self.pool.acquire() as connection:
            await connection.fetch(
                "SELECT * FROM memory.nodes WHERE user_id = $1 AND (summary ILIKE $2 OR content::text ILIKE $2) "
                "ORDER BY CASE WHEN summary ILIKE $2 THEN 0 ELSE 1 END, created_at DESC LIMIT 50",
                user, f"%{text}%",
            )

    async def load(self, user):
        async with self.pool.acquire() as connection:
            nodes = await connection.fetch("SELECT * FROM memory.nodes WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1000", user)
            for node in nodes:
                for column in ("from_node_id", "to_node_id"):
                    await connection.fetch(
                        f"SELECT * FROM memory.relationships WHERE user_id = $1 AND {column} = $2", user, node["node_id"]
                    )

    async def lost(self, user, stored):
        """How many of so many stores are not in what was merged."""
        async with self.pool.acquire() as connection:
            kept = await connection.fetchval(
                "SELECT count(*) + coalesce(sum((content->>'update_count')::int), 0) FROM memory.nodes WHERE user_id = $1", user
            )
        return stored - kept


class LangGraph:
    """Its AsyncPostgresStore, which gathers concurrent calls, replaces instead of merging, and indexes no text."""

    async def open(self, url, _):
        from langgraph.store.postgres.aio import AsyncPostgresStore

        self.context = AsyncPostgresStore.from_conn_string(url, pool_config={"min_size": 2, "max_size": POOL_SIZE})
        self.lang = await self.context.__aenter__()
        await self.lang.setup()

    async def fill(self, user, nodes):
        for start in range(0, len(nodes), 500):
            chunk = enumerate(nodes[start:start + 500], start)
            await asyncio.gather(*(self.lang.aput((user,), f"F{number}", node["content"], index=False) for number, node in chunk))

    async def store(self, user, node):
        await self.lang.aput((user,), node["content"]["entity_id"], node["content"], index=False)

    async def get_entity(self, user, number):
        await self.lang.aget((user,), f"F{number}")

    async def lost(self, *_):
        return None


class Agno:
    """Its AsyncPostgresDb, which replaces instead of merging and searches by ILIKE; a memory is one text."""

    async def open(self, url, _):
        from agno.db.postgres import AsyncPostgresDb
        from agno.db.schemas import UserMemory
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"), pool_size=POOL_SIZE, max_overflow=0)
        self.db, self.memory = AsyncPostgresDb(db_engine=engine), UserMemory
        # Its table is made by the first use, which many callers must not share.
        await self.db.upsert_user_memory(UserMemory(memory="first", memory_id="first", user_id="nobody"))

    async def fill(self, user, nodes):
        for start in range(0, len(nodes), 500):
            await asyncio.gather(*(self.store(user, node) for node in nodes[start:start + 500]))

    async def store(self, user, node):
        content = node["content"]
        memory = self.memory(
            memory=f"{node['summary']} {json.dumps(content)}", memory_id=f"{user} {content['entity_id']}", user_id=user, topics=node["tags"],
        )
        await self.db.upsert_user_memory(memory)

    async def get_entity(self, user, number):
        await self.db.get_user_memory(f"{user} F{number}", user_id=user)

    async def search(self, user, text):
        await self.db.get_user_memories(user_id=user, search_content=text, limit=50)

    async def lost(self, *_):
        return None


async def rate(call, callers, seconds, first):
    """How many calls a second so many callers make; numbers from `first` on."""
    numbers = iter(range(first, 10**12))
    until = time.perf_counter() + seconds
    start, errors, last = time.perf_counter(), 0, first

    async def caller():
        nonlocal errors, last
        while time.perf_counter() < until:
            last = number = next(numbers)
            try:
                await call(number)
            except asyncpg.UniqueViolationError:
                errors += 1

    await asyncio.gather(*(caller() for _ in range(callers)))
    calls = last - first + 1
    return {"per_s": calls / (time.perf_counter() - start), "calls": calls, "errors": errors}


async def times(call, count):
    taken = []
    for number in range(count):
        start = time.perf_counter()
        await call(number)
        taken.append((time.perf_counter() - start) * 1e3)
    return {"p50_ms": statistics.median(taken), "p95_ms": sorted(taken)[int(len(taken) * 0.95)]}


async def answer(store, wanted):
    workload, user = wanted["workload"], wanted.get("user")
    if workload == "items":
        store.nodes = wanted["nodes"]
        return {}
    nodes = store.nodes
    if workload == "fill":
        numbers = range(wanted["size"])
        await store.fill(user, [
            {**node, "content": {**node["content"], "entity_id": f"F{number}"}}
            for number, node in ((number, nodes[number % len(nodes)]) for number in numbers)
        ])
        return {}
    if workload == "lost":
        return {"lost": await store.lost(user, wanted["stored"])}
    if workload == "search":
        texts = wanted["texts"]
        return await times(lambda number: store.search(user, texts[number]), len(texts))
    if workload == "load":
        return await times(lambda _: store.load(user), wanted["count"])
    users, distinct = wanted.get("users", 1), wanted.get("distinct", 10**12)

    def put(number):
        node = nodes[number % len(nodes)]
        content = {**node["content"], "entity_id": f"{wanted['prefix']}{number % distinct}"}
        return store.store(f"{wanted['user']}{number % distinct % users}", {**node, "content": content})

    size = wanted.get("size", 1)
    calls = {
        "store": put,
        "get": lambda number: store.get(user, number * 7919 % size),
        "get_entity": lambda number: store.get_entity(user, number * 7919 % size),
        "relate": lambda number: store.relate(user, number * 7919 % size, (number * 104729 + 1) % size),
    }
    return await rate(calls[workload], wanted["callers"], wanted["seconds"], wanted.get("first", 0))


async def main():
    system, url, schema = sys.argv[1:]
    store = {"specified": Specified, "langgraph": LangGraph, "agno": Agno}[system]()
    await store.open(url, schema)
    print("{}", flush=True)
    lines = asyncio.StreamReader(limit=2**30)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        print(json.dumps(await answer(store, json.loads(line))), flush=True)


asyncio.run(main())
