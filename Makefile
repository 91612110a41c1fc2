.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Harken needs Python 3.11 or newer; try: make run PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP) ## start Harken with a small demo community
	@$(BIN)/harken demo --data data
	@$(BIN)/harken serve --data data

test: $(STAMP) ## the tests, on both databases
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow"

test-slow: $(STAMP) ## the rest: commands, browsers, real clients, real servers, hostile input at length
	$(BIN)/python -m pytest -n auto --dist loadgroup -m slow

lint: $(STAMP) ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test ## before every commit; CI runs test-slow too

bench: $(STAMP) ## measure the budgets of the design
	$(BIN)/harken bench

eval: $(STAMP) ## how good the best-first orders of search and desks are, on judged posts (needs ../shared/data)
	$(BIN)/python bench/evaluate.py
	$(BIN)/python bench/evaluate_desk.py

lock: ## pin the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements/dev.txt

.PHONY: help run test test-slow lint check bench eval lock contract docs words

docs: $(STAMP) ## write docs/settings.md from the settings
	@$(BIN)/python -m harken.settings > docs/settings.md

words: $(STAMP) ## take new texts into the catalogues of translations, and out what is gone
	@$(BIN)/python tools/words.py

contract: $(STAMP) ## how much of Mastodon's documented API is answered, and as documented
	@$(BIN)/python -m pytest -q -s tests/contract -k "not postgresql"
