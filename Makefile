# Everything a developer or a first visitor types. Needs python3 (3.11 or newer, with venv), git and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run setup test torture lint types contract browser env lock bench clean

VENV := .venv
BIN := $(VENV)/bin
HOME_OF_TRIAL := .fonds
BUILT_FROM := pyproject.toml $(shell find frontend -path frontend/node_modules -prune -o -type f -print) \
	$(shell find service/web/translations -name '*.po' 2>/dev/null)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# a temporary folder of its own: runs beside each other would tidy up each other's
CLONE := $(shell echo $(CURDIR) | cksum | cut -d ' ' -f 1)
BASETEMP = $${TMPDIR:-/tmp}/fonds-tests-$(CLONE)-$@
# rm, because what a test of very deep folders leaves behind is too deep for pytest's own removal.
PYTEST = rm -rf $(BASETEMP) && $(BIN)/python -m pytest --basetemp=$(BASETEMP)

# Files of tests beside each other, a database each: as many as there are processors, but four are enough.
# In the order that tests/conftest.py gives them: the longest first, so that no processor waits at the end for another.
SIDE_BY_SIDE = -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

KILLED_MIGRATION = tests/service/cli/test_migrate.py::test_a_run_that_is_killed_loses_and_doubles_nothing

# The tests start hundreds of processes: each would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

run: setup ## Start an archive with samples on http://127.0.0.1:8080 (Ctrl-C ends it)
	@FONDS_HOME="$${FONDS_HOME:-$(CURDIR)/$(HOME_OF_TRIAL)}"; export FONDS_HOME; exec $(BIN)/fonds serve --sample

setup: $(VENV)/.built ## Install into .venv; leaves .venv/bin/fonds
	@:

test: $(VENV)/.dev ## Unit and integration tests on the embedded parts
	$(PYTEST) -q $(SIDE_BY_SIDE) -m "not browser" --ignore=tests/torture

torture: $(VENV)/.dev ## kill -9 of server, worker, database, store and migration, fifty times each
	export FONDS_TORTURE_CYCLES=$${FONDS_TORTURE_CYCLES:-50}; \
	$(PYTEST) -q -rfEP -n logical --maxprocesses 2 --dist load --maxschedchunk 1 tests/torture $(KILLED_MIGRATION)

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

contract: $(VENV)/.dev ## The ports' suites on real servers, named by FONDS_TEST_…_URL
	export FONDS_TEST_SERVERS=1; $(PYTEST) -q $(SIDE_BY_SIDE) --dist loadgroup tests/contract

browser: $(VENV)/.dev ## The pages in a real Chromium
	export FONDS_TEST_BROWSER=1; $(PYTEST) -q $(SIDE_BY_SIDE) --maxprocesses 2 -m browser tests/e2e

env: ## Write .env with fresh secrets for docker compose; never overwrites
	@python3 deploy/make_env.py .env

bench: setup ## Measure the figures of docs/figures.md
	$(BIN)/python -m benchmarks

lock: $(VENV)/.dev ## Resolve the dependencies anew into the lock files
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove what setup made; the trial archive in .fonds stays
	rm -rf $(VENV) frontend/node_modules service/web/static/dist

# Each stamp is younger than what it was made from, so nothing is done twice and nothing is forgotten.
$(VENV)/.made:
	@sh deploy/make_venv.sh $(VENV)
	@touch $@

$(VENV)/.locked: requirements.lock | $(VENV)/.made
	@echo "fonds: installing what requirements.lock names"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.built: $(VENV)/.locked $(BUILT_FROM)
	@echo "fonds: building the front end and installing fonds itself"
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.built
	@echo "fonds: installing what requirements-dev.lock names, for tests"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
