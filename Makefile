# Everything goes through .venv; `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Make .venv and install everything into it

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group test --group check --group bench
	touch $(STAMP)

demo: setup  ## Train, deploy, predict and batch-transform a churn model on a server of its own
	@examples/demo.sh

test: setup  ## Run the tests (under 8 minutes on 2 cores)
	$(BIN)/python -m pytest -m 'not slow'

test-all: setup  ## Run every test, the slow ones too
	$(BIN)/python -m pytest

check: setup  ## Lint, types, imports, spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/codespell

serve: setup  ## Start a server in the foreground
	$(BIN)/fieldstone up

bench: setup  ## Run the benchmarks against their peers
	$(BIN)/python benchmarks/run.py

.PHONY: help setup demo test test-all check serve bench
