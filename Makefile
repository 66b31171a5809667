# The front door. `make help` says what there is; every target sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest

# Compiled modules are kept: each process that a test starts reads them again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-quick lint format bench screenshots assets lock interop-venv browser verifiers wheel clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.ready ## Make the virtual environment

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Start the tool and a practice LMS with sample content; prints the address to open
	$(BIN)/lti-tool demo $(ARGS)

test: setup interop-venv browser verifiers ## Run every test (SQLite; PostgreSQL too when TEST_DATABASE_URL names a server)
	$(PYTEST) $(ARGS)

test-quick: setup ## Run the tests that need no browser, no Node and no second LMS
	$(PYTEST) --ignore tests/browser --ignore tests/interop --ignore tests/integration/test_badge_verifier.py -m "not npm" $(ARGS)

lint: setup ## Style, types, import laws
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

format: setup ## Put the code into one style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## Run a benchmark: make bench NAME=launch
	$(BIN)/python benchmarks/$(or $(NAME),launch).py

screenshots: setup browser ## Walk the whole story in Chromium and write pictures to var/screenshots
	$(BIN)/python tools/screenshots.py

assets: ## Compile the theme and fetch the scripts (maintainers; needs Node)
	bash assets/build.sh

lock: setup ## Pin all dependencies again, with hashes (maintainers; needs uv)
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --all-extras pyproject.toml -o requirements.lock
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --all-extras --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 requirements-interop.in -o requirements-interop.lock

interop-venv: .venv-interop/.ready ## Make the environment of the second LMS (Open edX's LTI platform)

.venv-interop/.ready: requirements-interop.lock
	bash tests/interop/build_venv.sh
	@touch $@

browser: setup ## Make sure that Chromium is there (CHROMIUM names one)
	@bash tools/need_chromium.sh

verifiers: tests/verifiers/node_modules/.ready ## Fetch the independent badge verifier (npm)

tests/verifiers/node_modules/.ready: tests/verifiers/package-lock.json | setup
	cd tests/verifiers && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

wheel: setup ## Build the wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean: ## Remove what was built
	rm -rf $(VENV) .venv-interop dist var tests/verifiers/node_modules .pytest_cache .mypy_cache .ruff_cache
