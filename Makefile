# `make` alone lists what there is. Everything is installed in .venv; nothing else on the machine is touched.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo run test check bench torture reset lock

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export BENCHBOOK_HOME ?= home
PORT ?= 8501

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/installed  ## install, take in the sample data and its labels, draw last week's sample, look for alerts, serve the app
	$(BIN)/benchbook ingest sample_data
	$(BIN)/benchbook labels import sample_data
	$(BIN)/benchbook sample weekly
	$(BIN)/benchbook watch || [ $$? -eq 6 ]  # 6: an alert asks for action
	$(BIN)/benchbook serve --port $(PORT) --next-free-port

run: $(VENV)/installed  ## serve the app on what the home holds
	$(BIN)/benchbook serve --port $(PORT)

test: $(VENV)/installed-dev  ## run the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile -q

check: $(VENV)/installed-dev  ## everything that CI runs: format, lint, types, import arrows, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test

bench: $(VENV)/installed-dev  ## measure speed against named baselines (docs/performance.md)
	$(BIN)/python -m benchmarks

torture: $(VENV)/installed-dev  ## attack the whole product for MINUTES=60 with SEED=..., and write docs/torture.md
	$(BIN)/python -m tests.torture --minutes $(or $(MINUTES),60) $(if $(SEED),--seed $(SEED)) --report docs/torture.md

reset:  ## forget everything that was ingested
	rm -rf -- "$(BENCHBOOK_HOME)"

lock:  ## resolve the dependencies anew (needs uv)
	@for name in "" "-dev"; do \
	  { echo "# Made by \`make lock\`; hashes, no addresses."; \
	    uv pip compile pyproject.toml $${name:+--group dev} --universal --python-version 3.11 --quiet \
	      --generate-hashes --no-emit-index-url --no-header --no-annotate; } > requirements$$name.lock; \
	done
