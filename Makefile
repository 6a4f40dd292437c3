# Two commands are enough: `make maps` and `make test`. Each sets up what it needs the first time.
PYTHON ?= python3
VENV   ?= .venv
CONFIG ?= config/denmark.toml
CANDIDATES ?= config/candidates-example.csv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup maps sites data check test long fuzz lint audit format bench lock clean

help: ## Tell what can be asked for
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## Virtual environment with the locked packages

# The marker is newer than the lock only when the whole set-up went well, so a broken one is done again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Klyngekort needs Python 3.11 or newer; '$(PYTHON)' is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "Could not make a virtual environment. On Debian/Ubuntu: apt-get install python3-venv"; exit 2; }
	@echo "Setting up (only the first time) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

maps: $(READY) ## All maps, figures and tables of the bundled data (CONFIG=… for another study)
	@$(BIN)/klyngekort maps --config $(CONFIG)

sites: $(READY) ## Candidate sites for satellite functions (CANDIDATES=… for your own list)
	@$(BIN)/klyngekort sites $(CANDIDATES) --config $(CONFIG)

data: $(READY) ## Fetch official and open data for config/denmark-open.toml (FETCH="--from-folder …" offline)
	@$(BIN)/klyngekort fetch $(FETCH)

serve: $(READY) ## The results in a browser on this machine; a change of the settings makes them anew
	@$(BIN)/klyngekort serve --config $(CONFIG)

check: $(READY) ## Check settings, tables and boundaries without making maps
	@$(BIN)/klyngekort check --config $(CONFIG)

test: $(READY) ## The tests; long and fuzz are the rest
	@CHROMIUM_INSTALL=$${CHROMIUM_INSTALL:-1} $(BIN)/python -m tests.browser_setup
	@POSTGIS_INSTALL=$${POSTGIS_INSTALL:-1} $(BIN)/python -m tests.postgis_setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST)

long: $(READY) ## Whole runs stopped at every step, on full disks, and made again
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m long $(PYTEST)

fuzz: $(READY) ## Damaged files for every reader, guided by coverage (FUZZ_RUNS=… for more)
	@$(BIN)/python -m pytest -n 0 -m fuzz $(PYTEST)

lint: $(READY) audit ## Ruff with its security rules, mypy, known weaknesses of the packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

audit: $(READY) ## Look the locked packages up among known weaknesses
	@$(BIN)/python tests/audit.py

format: $(READY) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.ready-bench ## Measure time and memory beside other tools; writes docs/benchmarks.md
	@$(BIN)/klyngekort bench $(BENCH)

$(VENV)/.ready-bench: requirements-bench.lock $(READY)
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-bench.lock
	@touch $@

lock: $(READY) ## Renew requirements.lock (maintainers)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --extra shared --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra bench --constraint requirements.lock --universal \
	  --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url \
	  --output-file requirements-bench.lock

clean: ## Remove the environment, caches and results
	rm -rf $(VENV) out .cache
