# Peyvand: `make demo` shows it at work, `make test` proves it. Everything else is for those who build it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
HUB    := $(BIN)/hub

.PHONY: demo run assets test servers check unit flow crew bench screenshots docs lock clean help
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: $(VENV)/.runtime ## one building-permit case across four national systems, told in the terminal
	@$(HUB) demo

run: $(VENV)/.runtime assets ## a living example site: hub, simulators and console with traffic, until Ctrl-C
	@$(HUB) example

assets: ## what the console's pages load, copied from npm packages (the pages work without, but plainer)
	@if command -v npm >/dev/null 2>&1; then $(MAKE) --no-print-directory console/assets/.built; \
	else echo "npm is not installed: the console's pages will be plain, without font and charts (Debian: apt install npm)"; fi

console/assets/.built: console/package-lock.json console/package.json console/copy_assets.mjs
	@echo "copying what the pages load …"
	@cd console && npm ci --silent && npm run --silent build && touch assets/.built \
	|| echo "npm could not bring them: the console's pages will be plain, without font and charts; try \`make assets\` again"

test: servers check unit flow ## linters, types, import contracts, all tests

servers: ## what the tests start for themselves: RabbitMQ, PostgreSQL, Chromium
	@sh tests/install_servers.sh

check: $(VENV)/.development ## linters, types and import contracts only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

unit: $(VENV)/.development assets ## all tests of one process
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not flow"

flow: $(VENV)/.development ## the whole hub in processes of its own, killed and started again
	$(BIN)/python -m pytest -q -n 2 -m flow

crew: $(VENV)/.development ## 20,000 inquiries while every process, the broker and the database are killed in turn
	HUB_FLOW_INQUIRIES=20000 $(BIN)/python -m pytest -q -m flow tests/flow/test_many_processes.py

bench: $(VENV)/.development ## measurements, side by side with floors and peers
	$(BIN)/python -m benchmarks

screenshots: $(VENV)/.development assets ## a picture of every page, language, width and theme, in console/screenshots
	$(BIN)/python -m tests.console.screenshots

docs: $(VENV)/.runtime ## the generated reference pages under docs/reference
	$(HUB) docs

lock: ## hashed requirements from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --no-header --no-annotate -q pyproject.toml --python-version 3.11 -o requirements/runtime.txt
	uv pip compile --universal --generate-hashes --no-header --no-annotate -q pyproject.toml --extra dev --python-version 3.11 -o requirements/development.txt

clean: ## remove what make made
	rm -rf $(VENV) var console/assets console/node_modules console/screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Peyvand needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (Debian: apt install python3-venv)"; exit 1; }

$(VENV)/.runtime: $(VENV)/bin/python requirements/runtime.txt pyproject.toml
	@echo "setting up $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements/development.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	@touch $@
