# `make` lists what there is. Every target sets up .venv by itself when it has to.
SHELL := /bin/bash
BIN := .venv/bin
PYTHON ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
# Processes that run tests; above 1 each of them loads the models of its own.
WORKERS ?= 0

.PHONY: help setup run test bench compare lint lock clean

help:
	@echo "make run      set up, run two example campaigns, print their tables and where the reports are"
	@echo "make test     set up, run all tests (WORKERS=2 for two processes, PYTEST_ARGS='-k ledger')"
	@echo "make bench    speed: one table, also as JSON (BENCH_ARGS='--quick')"
	@echo "make compare  the example campaigns against their controls"
	@echo "make lint     ruff, mypy, import-linter"
	@echo "make lock     renew requirements.lock (UPGRADE='rich numpy', or UPGRADE=all)"
	@echo "make clean    remove .venv and caches; .heuresis, where results are, stays"

setup:
	@PYTHON='$(PYTHON)' bash scripts/setup.sh

run: setup
	@HEURESIS_HOME='$(CURDIR)/.heuresis' bash scripts/run_examples.sh

test: setup
	@bash scripts/postgres.sh
	@WORKERS=$(WORKERS) bash scripts/tests.sh $(PYTEST_ARGS)

bench: setup
	$(BIN)/python -m heuresis.evals.bench --json .heuresis/bench.json $(BENCH_ARGS)

compare: setup
	$(BIN)/heuresis campaign compare examples/soluble_analogues.small.yaml
	$(BIN)/heuresis campaign compare examples/stiff_oxides.small.yaml

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lock:
	@python3 scripts/lock.py $(UPGRADE)

clean:
	rm -rf .venv build dist src/heuresis.egg-info .coverage* .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
