.DEFAULT_GOAL := help
DATA ?= ../shared/data/locomo
COMMITS ?= ../shared/data/commits
LARGE ?= 100000
NODES ?= 2000000
FUZZ_SECONDS ?= 60
ROUNDS ?= 200
OLD ?= benches/compare.json
NEW ?= target/bench/compare.json
UPDATES ?= 5000
.PHONY: demo test test-matrix bench-compare bench-diff bench-growth bench-pure bench-smoke bench-soak bench-recall bench-search bench-session check deny fuzz soak gen help

demo: postgresql ## Watch the store work on example data, on a private PostgreSQL
	cargo run --quiet --features cli -- demo

test: check ## Check the code, then run every test against a real PostgreSQL
	cargo test --workspace --all-features
	cargo package --workspace --allow-dirty --no-verify --quiet --exclude pgmemory-generate

test-matrix: postgresql libclang ## Run the tests on PostgreSQL 14 to 18, on partitioned tables, behind PgBouncer, with pgvector
	@scripts/test-matrix

bench-recall: postgresql ## Measure how much of what answers the questions in DATA is found
	cargo bench --quiet --bench recall -- $(abspath $(DATA))

bench-search: postgresql ## Measure what a search costs; LARGE nodes of one user, COMMITS with real text
	LARGE=$(LARGE) COMMITS=$(abspath $(COMMITS)) cargo bench --quiet --bench search

bench-compare: postgresql ## Measure this crate beside its peers and the server's own limit
	@scripts/bench-compare

bench-diff: ## Tell what moved from the kept result of bench-compare, or from OLD, to the last one, or NEW
	cargo bench --quiet --bench compare -- $(abspath $(OLD)) $(abspath $(NEW))

bench-soak: postgresql ## Watch the memory of a process with 100 callers, ten minutes long
	cargo bench --quiet --bench compare -- soak

bench-growth: postgresql ## Measure what a user's calls take in a database of NODES nodes, and in a twentieth of it
	NODES=$(NODES) cargo bench --quiet --bench compare -- growth

bench-pure: ## Measure what needs no server: reading and writing lines, settings and cursors
	cargo bench --quiet --bench pure

bench-smoke: postgresql libclang ## Run every benchmark once on next to nothing
	@scripts/bench-smoke

bench-session: postgresql ## Measure what sessions cost, and what they do while PostgreSQL is away
	cargo bench --quiet --features session --bench session

check: postgresql libclang ## Check formatting, lints and docs
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --quiet

deny: ## Check the dependencies: licences, duplicates, known vulnerabilities
	@scripts/deny

fuzz: postgresql libclang ## Give the parsers and the search what nobody thought of, FUZZ_SECONDS each
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz

soak: postgresql ## Kill, cut, stall and fill up what sessions need, ROUNDS times, and count what they remembered
	PGMEMORY_SOAK_ROUNDS=$(ROUNDS) PGMEMORY_SOAK_UPDATES=$(UPDATES) \
		cargo test --all-features --test it -- session:: --include-ignored --nocapture

gen: postgresql ## Compile the SQL again, whatever the fingerprint says
	rm -f codegen/fingerprint
	cargo build

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: postgresql libclang
# The server's programs, and what one of the tests' crates is compiled with: installed where they are not.
postgresql:
	@sh scripts/install-missing postgresql

libclang:
	@sh scripts/install-missing libclang
