# Needs Python 3.11 or newer and make, and nothing else: everything is installed into .venv, once.
# Downloads (packages by uv or pip, Elasticsearch's jars by the development node) are cached for the user, outside this folder.

VENV := .venv
BIN := $(VENV)/bin
# The demo's MLflow.
MLFLOW := $(VENV)/mlflow
# The first of these that runs and is new enough; `make PYTHON=/path/to/python demo` takes another one.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && { command -v $$name; break; }; done)
# What `make unit` leaves out; tests are marked by what their fixtures bring (tests/conftest.py).
QUICK := not node and not browser and not java and not go and not slow and not soak
# Files are given to whoever is free, in the order of tests/conftest.py: those that take long first.
SHARED := --dist loadfile --no-loadscope-reorder
# Whether uv installs: it is quicker. It reads no pip.conf, so that with an index named there, pip does it.
USE_UV := uv --version >/dev/null 2>&1 && ! $(BIN)/python -m pip config list | grep -q index-url
# What is handed on: make demo ARGS="--keep", make pytest ARGS="tests/query -x".
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start hundreds of Pythons: without compiled files each one compiles again all that it imports, a second of work.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test unit soak coverage pytest lint format generate docs bench proof pictures stack-test release clean
help:
	@echo "make demo      see it all work: a real model, a real Elasticsearch, six answers and a page"
	@echo "make test      everything that continuous integration runs: lint, what is generated, every test"
	@echo "make unit      the tests that need no node, browser, Java or Go and are quick: for each save"
	@echo "make soak      the tests that take minutes; writes docs/soak.md"
	@echo "make coverage  which lines and branches of src/ no test reaches; writes docs/coverage.md"
	@echo "make pytest    the tests alone; ARGS=\"tests/query -x\" for some of them"
	@echo "make lint      ruff, mypy, and lint-imports (the layers in pyproject.toml)"
	@echo "make generate  write again what is generated from the contract and the other assets"
	@echo "make docs      the documentation site, into site/; a broken link ends it"
	@echo "make bench     how fast the logger and the shipper are, against others"
	@echo "make proof     the long run: nothing is lost and nothing is there twice"
	@echo "make pictures  the pictures of README and docs, from runs of the node (needs Chromium)"
	@echo "make stack-test  the compose stack for real: one event, every vector, dashboards, rules (needs Docker)"
	@echo "make release   build what is handed to a package index, once nothing speaks against it"
	@echo "make clean     remove .venv and what the demo wrote"

demo: $(VENV)/demo.stamp
	@$(MAKE) --no-print-directory $(VENV)/mlflow.stamp || \
		echo "MLflow cannot be installed here: the demo has a small registry of its own in its place." >&2
	$(BIN)/model-logs demo $$(test ! -e $(VENV)/mlflow.stamp || echo --mlflow $(MLFLOW)/bin/python) $(ARGS)

test: lint $(VENV)/dev.stamp
	$(BIN)/python -m model_logs.generate --check
	bash tests/tools.sh
	$(BIN)/python -m pytest $(SHARED) --numprocesses 4 $(ARGS)

unit: $(VENV)/dev.stamp
	$(BIN)/python -m pytest $(SHARED) --numprocesses 3 --quiet -m "$(QUICK)" $(ARGS)

soak: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m soak -o junit_family=xunit2 --junitxml=soak.xml $(ARGS) || soak=failed; \
		$(BIN)/python -m tests.support.soak soak.xml $(if $(ARGS),--some) && test -z "$$soak"

coverage: $(VENV)/dev.stamp
	$(BIN)/python -m pytest $(SHARED) --numprocesses 4 --cov --cov-report=json:coverage.json $(ARGS) || failed=yes; \
		$(BIN)/python -m tests.support.unreached coverage.json $(ARGS) && test -z "$$failed"

pytest: $(VENV)/dev.stamp
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(VENV)/dev.stamp
	$(BIN)/python -m model_logs.generate

bench: $(VENV)/bench.stamp
	$(BIN)/python -m benchmarks $(ARGS)

proof: $(VENV)/bench.stamp
	$(BIN)/python -m benchmarks.proof $(ARGS)

pictures: $(VENV)/dev.stamp
	bash tests/tools.sh
	$(BIN)/python -m tests.docs.photograph

# The theme's own advertisement of its next version is not for this terminal.
docs: $(VENV)/dev.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "site/index.html"

stack-test: $(VENV)/dev.stamp
	$(BIN)/python -m tests.stack $(ARGS)

release: $(VENV)/dev.stamp
	$(BIN)/python tools/release.py

clean:
	rm -rf $(VENV) demo-output site stack-report soak.xml .coverage coverage.json

# In an environment of its own: MLflow asks for older versions of libraries that are here too. Of the versions that our store
# is tested with (docs/registries.md): with another one MLflow's server refuses to start.
$(VENV)/mlflow.stamp: pyproject.toml | $(BIN)/python
	@echo "Installing model-logs[mlflow] into $(MLFLOW)"
	@$(BIN)/python -m venv $(MLFLOW)
	@{ $(USE_UV) && uv pip install --python $(MLFLOW)/bin/python --quiet --editable '.[mlflow]' 'mlflow<3.18'; } || \
		$(MLFLOW)/bin/python -m pip install --quiet --editable '.[mlflow]' 'mlflow<3.18'
	@touch $@

$(VENV)/%.stamp: pyproject.toml | $(BIN)/python
	@echo "Installing model-logs[$*] into $(VENV)"
	@{ $(USE_UV) && uv pip install --python $(BIN)/python --quiet --editable '.[$*]'; } || \
		$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found: install one, or say where it is: make PYTHON=/path/to/python demo" >&2; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11: install a newer one, or say where it is: make PYTHON=/path/to/python3.11 demo" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) lacks the venv module: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
