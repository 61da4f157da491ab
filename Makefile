# make run    install and open the dashboard with the sample patients
# make test   install and run everything that CI runs; its parts are make checks, docs, tests
# make docs   build the docs, with a reference from docstrings, in build/docs
# make install  only make the environment, in .venv

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKED := --require-hashes --disable-pip-version-check --quiet

.PHONY: run test install tests checks docs

run: install
	$(BIN)/posture demo

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(LOCKED) -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install $(LOCKED) -r requirements-dev.lock
	@touch $@

test: $(VENV)/.installed-dev
	tools/browser.sh
	tools/servers.sh
	@$(MAKE) --no-print-directory --jobs=2 checks docs tests

# In one process a core: they share out the tests, and each starts what servers its own need.
tests:
	$(BIN)/pytest --numprocesses=logical --dist=worksteal

checks:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell

# From nothing each time: what is left of a module that has moved would be a dead link.
docs: $(VENV)/.installed-dev
	rm -rf build/docs docs/reference/modules
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/docs
