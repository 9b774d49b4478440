# Waypost. `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .tools
READY := $(VENV)/.ready
ESBUILD := 0.28.2
MINIFY := --bundle --format=iife --minify --target=es2018 --legal-comments=none --log-level=warning
QUICK := tests/unit tests/template tests/integration
SUITES := $(QUICK) tests/faults tests/e2e tests/clients tests/docs tests/rie tests/browser
# One more than there are processors: half of its time a test waits for a browser or a queue.
WORKERS := $(shell nproc 2>/dev/null | awk '{print ($$1 < 4 ? $$1 + 1 : 4)}')
# Tests start hundreds of processes: what one compiled the others read, whatever the shell says, and
# nothing of it lies beside the sources.
COMPILED := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/$(VENV)/bytecode
PYTEST := $(COMPILED) $(BIN)/python -m pytest -n $(or $(WORKERS),2)
BEGAN := $(shell date +%s)
TOOK = @echo "make $@ took $$(($$(date +%s) - $(BEGAN))) s"

.PHONY: help dev quick test soak browser bench figures peers compatibility check tools chromium script build clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

dev: $(READY) ## Run Waypost on this machine: no Docker, no AWS account; Ctrl-C stops it
	@$(COMPILED) exec $(BIN)/waypost dev

quick: $(READY) check ## The loop of every edit: lint, types, and what needs no emulator
	WAYPOST_EFFORT=quick $(PYTEST) -m "not slow" $(QUICK)
	$(TOOK)

test: $(READY) check tools chromium ## Run every suite that this machine can run; what it cannot is named at the end
	$(PYTEST) $(wildcard $(SUITES))
	$(TOOK)

soak: $(READY) check tools chromium ## For nights: `make test` with every seed and every point of a crash
	WAYPOST_EFFORT=soak $(PYTEST) $(wildcard $(SUITES))
	$(TOOK)

browser: $(READY) chromium ## The browser script in a real Chromium, alone
	$(PYTEST) tests/browser

check: $(READY) ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy layers/shared/waypost functions tests

bench: $(READY) ## Speed and cost as ratios and counts, all in one run
	$(BIN)/python -m tests.benchmarks

figures: $(READY) ## `make bench`, and its figures into the documents of tests/benchmarks
	$(BIN)/python -m tests.benchmarks tests/benchmarks

peers: $(READY) ## Umami beside `make dev`, built once under .tools: events a second of both in one run
	@test "$$(id -u)" != 0 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { apt-get -qq update; \
		DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends postgresql; \
		} >/dev/null 2>&1 || true
	@$(BIN)/python -m tests.benchmarks.peers

compatibility: tools ## The vendors' own clients against Waypost, and what they proved into their README
	WRITE_COMPATIBILITY=1 $(BIN)/python -m pytest tests/clients

build: tools ## `sam build` for this machine's processor, into .aws-sam/build
	$(BIN)/python -m tests.rie.build

tools: $(READY) ## What lives apart: sam, what Lambda's runtime brings, the vendors' clients
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(TOOLS)/sam
	@$(BIN)/uv pip install --quiet --python $(TOOLS)/sam aws-sam-cli==1.170.0
	@if found=$$($(BIN)/python tests/rie/python313.py); then \
		$(BIN)/uv pip install --quiet --python "$$found" --target $(TOOLS)/runtime \
			awslambdaric==4.2.2 boto3==1.43.106; fi
	@$(BIN)/python -m tests.clients.environments
	@$(BIN)/python -m tests.docs.environment
	@test "$$($(TOOLS)/esbuild/node_modules/.bin/esbuild --version 2>/dev/null)" = $(ESBUILD) || ! command -v npm >/dev/null || \
		npm install --silent --no-audit --no-fund --prefix $(TOOLS)/esbuild esbuild@$(ESBUILD)

chromium: ## Debian's Chromium and its headless shell for the browser suite, where root can install them
	@command -v chromium-headless-shell >/dev/null || ! command -v apt-get >/dev/null || \
		test "$$(id -u)" != 0 || { apt-get -qq update; for package in chromium chromium-headless-shell; do \
		DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$package; \
		done; } >/dev/null 2>&1 || true

script: tools ## Minify the browser script again after a change of its source
	$(TOOLS)/esbuild/node_modules/.bin/esbuild $(addprefix functions/script/source/,plantrack.js na.js) \
		$(MINIFY) --outdir=functions/script --entry-names=[name].min

clean: ## Remove everything that make created, the local state included
	rm -rf $(VENV) $(TOOLS) .aws-sam .waypost .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): pyproject.toml layers/shared/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Waypost needs Python 3.11 or later; set PYTHON=/path/to/python3")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv==0.13.8
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[dev]' \
		--requirement layers/shared/requirements.txt
	@touch $@
