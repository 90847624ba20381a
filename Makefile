.DEFAULT_GOAL := help
.PHONY: demo test check gen help

demo: postgresql ## Watch the store work on example data, on a private PostgreSQL
	cargo run --quiet --features cli -- demo

test: check ## Check the code, then run every test against a real PostgreSQL
	cargo test --workspace --all-features
	cargo package --workspace --allow-dirty --no-verify --quiet --exclude pgmemory-generate

check: postgresql libclang ## Check formatting, lints and docs
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --quiet

gen: postgresql ## Compile the SQL again, whatever the fingerprint says
	rm -f codegen/fingerprint
	cargo build

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: postgresql libclang
postgresql: ## (the server's programs, installed where there are none)
	@sh scripts/install-missing postgresql

libclang: ## (what one of the tests' crates is compiled with)
	@sh scripts/install-missing libclang
