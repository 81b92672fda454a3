# The everyday commands. `make` alone lists them.
CARGO ?= cargo

.DEFAULT_GOAL := help
.PHONY: help build run test check check-portable bench fuzz

help: ## Lists the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Builds the one binary, optimised: target/release/roundhouse
	$(CARGO) build --release -p roundhouse

run: ## Starts a server on http://127.0.0.1:8000 and pushes a demo repository to it
	scripts/setup run
	$(CARGO) build -p roundhouse
	scripts/run

test: ## Installs what the tests need, then runs every test
	scripts/setup test
	scripts/test-images
	scripts/test

check: ## Format, lints, documentation, dependency audit
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --quiet
	scripts/audit

check-portable: ## Compiles for macOS and Windows, without a link; needs Rust's standard library for them
	scripts/check-portable

bench: ## Measures, and prints a table with the ratios
	scripts/setup run
	scripts/bench

fuzz: ## Fuzzes the compiler of configurations, SECONDS=600 for each target
	fuzz/run $(or $(SECONDS),600)
