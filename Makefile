PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Wheels only: what a source archive asks for to be built has no hash.
INSTALL := -m pip install --quiet --disable-pip-version-check
LOCKED := $(INSTALL) --require-hashes --only-binary :all: --requirement
# One version for every Python and system; UPGRADE=1 takes the newest instead of what is locked.
LOCK := $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --generate-hashes \
	--no-annotate --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)
PYTEST := $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder
# Slow tests mostly wait, so more run side by side than there are cores.
SIDE_BY_SIDE := --numprocesses 4

.PHONY: help venv lock wheel run test test-all test-long check format docs bench fuzz kafka soak \
	evaluate keep-evaluation clean

help: ## Show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 12

venv: $(BIN)/.installed ## Create .venv with the package and the test extras

$(BIN)/.installed: pyproject.toml requirements/dev.txt detection_stream/__init__.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(LOCKED) requirements/dev.txt
	$(BIN)/python $(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

lock: venv ## Lock what pyproject.toml asks for
	$(LOCK) pyproject.toml --extra dev --group build --output-file requirements/dev.txt
	$(LOCK) pyproject.toml --constraint requirements/dev.txt --output-file requirements/run.txt
	$(LOCK) --group build --constraint requirements/dev.txt --output-file requirements/build.txt

wheel: venv ## Build the wheel and try it in an environment of its own
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/python -m tests.wheel dist/*.whl

run: venv ## Generate a small organisation's mail, run it, show the detections
	$(BIN)/detection-stream demo

test: venv ## Run the tests, but for those that take minutes each
	$(PYTEST) -m 'not long' $(SIDE_BY_SIDE)

test-all: test test-long ## Run all tests

test-long: venv ## Run the tests that `make test` leaves out
	$(PYTEST) -m long $(SIDE_BY_SIDE)

check: venv ## Run linters, type and layer checks and the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -m 'not slow and not long' --numprocesses auto

format: venv ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: venv ## Make the documents that come from the code anew
	$(BIN)/python -m tests.docs

bench: venv ## List the benchmarks
	$(BIN)/python -m tests.bench

MINUTES ?= 10
SEED ?= 1

fuzz: venv ## Feed mutated mail, JSON, archives and SMTP for MINUTES=n (SEED=n); keep what fails
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --seed $(SEED)

kafka: venv ## Start a local Kafka broker (needs Java and Maven)
	$(BIN)/python -m tests.integration.local_broker

soak: venv ## Kill workers under load, then recount everything
	$(BIN)/python -m tests.soak --messages 40000 --kills 20

FIXED := .cache/evaluation
EVALUATE := $(BIN)/detection-stream evaluate $(FIXED)/out --labels $(FIXED)/mail/labels.jsonl
KEPT := tests/evaluation/kept.json

$(FIXED)/out: venv
	rm -rf $(FIXED)
	$(BIN)/detection-stream demo --messages 6000 --seed 5 --data $(FIXED)/data --out $@ \
		--write $(FIXED)/mail > /dev/null

evaluate: $(FIXED)/out ## Measure a fixed organisation's verdicts; fail if they became worse beyond noise
	$(EVALUATE) --compare $(KEPT) --fail-on-fall

keep-evaluation: $(FIXED)/out ## Keep the figures that `make evaluate` compares with
	$(EVALUATE) --json > $(KEPT)

clean: ## Remove everything the commands above created
	rm -rf $(VENV) build dist *.egg-info out detection-stream-data fuzz-findings .mypy_cache .ruff_cache .pytest_cache .hypothesis
