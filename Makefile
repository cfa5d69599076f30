# Two commands do everything: `make demo` and `make test`.
.PHONY: demo test tools bench

CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
SANCHA = $(CARGO_TARGET_DIR)/release/sancha

demo: ## build the release binary, investigate samples/, say where the report is
	cargo build --release --locked --package sancha-cli
	./samples/demo.sh "$(SANCHA)" out/demo

test: tools ## run every test
	cargo test --workspace --locked

tools: ## install the Debian packages that tests need, if they are missing
	./tests/install-tools.sh

bench: ## the rows of docs/benchmarks.md
	cargo build --release --locked --package sancha-cli --package sancha-benches
	./benches/run.sh "$(CARGO_TARGET_DIR)/release"
