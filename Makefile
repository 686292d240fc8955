# The few verbs a newcomer needs. Each does all the set-up it needs and skips what has not changed.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROCESSES ?= auto
CACHE := .cache
ASSETS := platform/cilis/web/assets
BUILD := platform/cilis/web/static/build
PLUGINS := plugins/payment_vnpay plugins/payment_stripe plugins/payment_manual plugins/video_jitsi plugins/notify_email
PAPER_FONTS := platform/cilis/infra/papers/fonts
SOURCES := pyproject.toml $(PLUGINS:=/pyproject.toml)

.PHONY: demo test check ratios load lock clean setup help

help: ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: setup ## The marketplace with two demo organizations, on this machine (UP="--fresh" begins anew, SEARCH=elasticsearch)
	@$(if $(filter elasticsearch,$(SEARCH)),$(BIN)/python -m tests.support.elasticsearch )$(BIN)/cilis up $(UP)

test: setup ## All tests (TESTS=folder: those of it; PROCESSES=0: one after the other)
	@$(BIN)/python -m pytest -q -n $(PROCESSES) $(TESTS)

check: setup ## Style, types and the walls between rooms; runs no tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

ratios: setup ## What each part costs against a baseline in the same run (SIZE=large: a million experts too)
	@$(BIN)/python -m loadtests.ratios $(SIZE)

load: setup ## People at work on real servers, every answer checked (SIZE=small, medium or large)
	@$(BIN)/python -m loadtests $(SIZE)

lock: $(CACHE)/uv ## Make both lock files anew
	@for kind in "" "-dev"; do \
	  group=""; [ -n "$$kind" ] && group="--group dev"; \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --all-extras \
	    --no-emit-package cilis --no-emit-index-url --no-emit-find-links --no-header $$group \
	    -o requirements$$kind.lock $(SOURCES) || exit 1; \
	done

clean: ## Forget what was built; data of the demo stays
	rm -rf $(VENV) $(CACHE) $(BUILD) $(PAPER_FONTS) $(ASSETS)/node_modules .mypy_cache .ruff_cache .pytest_cache

setup: $(CACHE)/installed $(CACHE)/assets $(CACHE)/texts

$(CACHE)/uv:
	@mkdir -p $(CACHE)
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv
	@touch $@

$(CACHE)/installed: $(CACHE)/uv requirements-dev.lock $(SOURCES)
	@echo "installing packages …"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . $(PLUGINS:%=-e %)
	@touch $@

$(CACHE)/node_modules: $(CACHE)/installed $(ASSETS)/package-lock.json
	@echo "installing the portal's packages …"
	@cd $(ASSETS) && PATH="$$(../../../../$(BIN)/python ../../../../platform/cilis/web/node_path.py):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

$(CACHE)/assets: $(CACHE)/node_modules $(shell find $(ASSETS) -path $(ASSETS)/node_modules -prune -o -type f -print 2>/dev/null) $(shell find platform/cilis -name '*.html' 2>/dev/null)
	@echo "building the portal's assets …"
	@cd $(ASSETS) && PATH="$$(../../../../$(BIN)/python ../../../../platform/cilis/web/node_path.py):$$PATH" node build.mjs
	@touch $@

$(CACHE)/texts: $(CACHE)/installed $(shell find platform plugins -name 'messages.po' 2>/dev/null)
	@$(BIN)/python -m cilis.texts
	@touch $@
