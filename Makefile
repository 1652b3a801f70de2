# Two commands for a newcomer: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8080
ORGANISATION ?= unicoz
export PIP_DISABLE_PIP_VERSION_CHECK = 1
BIN := .venv/bin

.PHONY: help run setup setup-dev test test-postgres faults lint types imports quality quality-drafts bench browser pictures lock clean

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup  ## start the server on http://127.0.0.1:8080
	@PROTOCOLWIJZER_PORT=$(PORT) PROTOCOLWIJZER_ORGANISATION=$(ORGANISATION) $(BIN)/protocolwijzer serve

setup: .venv/.installed  ## make .venv with the locked dependencies

setup-dev: .venv/.installed-dev

test: setup-dev  ## everything that needs nothing outside this folder
	@$(BIN)/python -m pytest -q -n 2

test-postgres: setup-dev  ## the tests of cases on PostgreSQL too (needs Debian's postgresql)
	@$(BIN)/python -m pytest -q -n 2 --run-postgres -m "postgres and not faults"

faults: setup-dev  ## servers that are killed, databases that go away (needs Debian's postgresql)
	@$(BIN)/python -m pytest -q tests/faults --run-faults --run-postgres

lint: setup-dev  ## style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup-dev  ## mypy, strict
	@$(BIN)/mypy

imports: setup-dev  ## adapters -> bot -> knowledge, never back
	@$(BIN)/lint-imports

quality: setup-dev  ## how good the answers are: leave one author out
	@$(BIN)/python -m tests.quality

quality-drafts: setup-dev  ## how right the checks of drafts are: leave one author out
	@$(BIN)/python -m tests.quality_drafts

bench: setup-dev  ## how fast the answers are
	@$(BIN)/python -m pytest -q -s tests/bench --run-postgres -o addopts="-p no:cacheprovider"

browser: setup-dev  ## the web page in headless Chromium (needs Debian's chromium)
	@$(BIN)/python -m pytest -q tests/browser --run-browser

pictures: setup-dev  ## write the pictures of this README anew
	@$(BIN)/python -m pytest -q tests/browser/test_screenshots.py tests/browser/test_teams_playground.py --run-browser --pictures

lock: .venv/.made  ## resolve the dependencies anew (needs uv)
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock
	uv pip compile -q pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links -o requirements-dev.lock

clean:  ## remove .venv and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build *.egg-info

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Protocolwijzer needs Python 3.11 or newer: install it, or run make PYTHON=/path/to/python3.11")'
	@echo "Making .venv (once)…"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: .venv/.made requirements.lock pyproject.toml
	@echo "Installing the locked dependencies (once)…"
	@$(BIN)/pip install -q --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	@echo "Installing what the tests need (once)…"
	@$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	@touch $@
