# make help says what there is.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BENCH := .venv-bench/bin
BENCH_READY := .venv-bench/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test soak bench flame lint format types check picture clean

help: ## What there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Everything goes into .venv; nothing outside this folder is changed.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nxsl needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY) ## The whole job on 24 simulated switches; reports in ./demo-report/
	$(BIN)/nxsl demo --output demo-report

test: $(READY) ## All tests, the notebooks among them
	$(BIN)/pytest --numprocesses auto

soak: $(READY) ## Kills, signals, a thousand switches: an hour; figures for docs/reliability.md
	$(BIN)/python -m tests.soak.kills
	$(BIN)/python -m tests.soak.signals 200
	$(BIN)/python -m tests.soak.thousand --seeds 3

# An environment of its own: what nxsl is measured against is no part of it.
$(BENCH_READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-bench
	$(BENCH)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	@touch $(BENCH_READY)

bench: $(BENCH_READY) ## nxsl against what else one would use: an hour; QUICK=--quick: three
	$(BENCH)/python -m benchmarks $(QUICK)

flame: $(BENCH_READY) ## Where a verify of 1,000 switches spends its time: docs/performance-flame.svg
	$(BENCH)/python -m benchmarks.flame

lint: $(READY) ## Rules (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## Strict types (mypy)
	$(BIN)/mypy

check: lint types test ## All that CI checks

format: $(READY) ## Mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

picture: $(READY) ## Draw the README's picture anew
	$(BIN)/nxsl demo --output demo-report --picture docs/status.svg

clean: ## Remove what the others made
	rm -rf .venv .venv-bench demo-report lab-inventory .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
