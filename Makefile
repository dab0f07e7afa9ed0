# One vocabulary for people and CI: demo, check, test, test-clients, bench, docs.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# Set in many images; every process that a test starts would then compile what it imports again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-clients check bench docs install format

install: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --editable . --group dev
	$(BIN)/python -m compileall -q darkfactory
	@touch $@

demo: $(STAMP)
	$(BIN)/df demo

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m scripts.docs --check

test: $(STAMP)
	$(BIN)/python -m compileall -q darkfactory
	$(BIN)/pytest -n auto -m "not clients"

test-clients: $(STAMP)
	$(BIN)/python -m scripts.clients install
	$(BIN)/python -m scripts.conformance install
	-$(BIN)/python -m scripts.conformance latest
	$(BIN)/python -m scripts.browser install
	DARKFACTORY_REQUIRE_CLIENTS=1 $(BIN)/pytest -n auto --maxprocesses 4 --dist=loadgroup -m clients

bench: $(STAMP)
	$(BIN)/python -m scripts.bench --write

docs: $(STAMP)
	$(BIN)/python -m scripts.docs

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
