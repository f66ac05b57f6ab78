# Each command does all of its own set-up, on a fresh machine too: a virtual environment in .venv
# and, as root on Debian, the compiler from the system's packages.

PYTHON ?= python3
BIN := .venv/bin
LOG := .venv/setup.log
SOURCES := pyproject.toml $(shell find rocqshim share -type f ! -path '*/__pycache__/*')
TOOLS := hatchling pytest hypothesis ruff mypy pyright selenium viztracer jsonschema
# dune: for examples/dune.
PACKAGES := coq ocaml-dune
# What single tests call, and Debian's packages of it. /usr/bin/python3: for other users, who may
# perhaps not run the one that makes .venv.
TEST_PROGRAMS := /usr/bin/python3 shellcheck time zsh fish groff bwrap opam chromium chromedriver tmux fakeroot
TEST_PACKAGES := python3 shellcheck time zsh fish bash-completion groff-base bubblewrap opam chromium chromium-driver tmux fakeroot
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# $(call quietly,COMMAND): its output is shown only if it fails.
quietly = { $(1); } >> $(LOG) 2>&1 || { cat $(LOG); exit 1; }
HAS_COMPILER := { command -v coqc || command -v rocq; } > /dev/null
INSTALL := DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: .venv/package compiler ## build a project within limits, then watch a file run out of memory
	@$(HAS_COMPILER) || exit 1; examples/demo $(BIN)

.PHONY: test
test: .venv/package compiler test-programs ## all tests that this machine can run; names those that it cannot
	@$(BIN)/pytest || { echo "once more, what failed:"; $(BIN)/pytest --last-failed --lfnf=none; }

.PHONY: test-unit
test-unit: .venv/package ## the quick ones: plain functions, and the include under make
	@$(BIN)/pytest tests/unit tests/make

# To break a machine for doctor takes five minutes, which CI does not have: by itself.
BROKEN := tests/systemd/test_doctor_broken.py

# Two machines at a time, as each is one busy processor; what one says is shown when it has ended.
TWO := $(MAKE) --no-print-directory -k -j2 --output-sync=target

.PHONY: test-vm
test-vm: ## the truth about limits, in virtual machines; and build tools of other Debians, in trees
	@echo "two machines at a time; what one says is shown when it has ended"
	@failed=; for two in 'vm-bookworm vm-forky' 'tree-trixie tree-forky'; do \
	  $(TWO) $$two || failed=1; \
	done; test -z "$$failed"

vm-%:
	@$(PYTHON) tests/vm/run.py $* --ignore=$(BROKEN)

tree-%:
	@$(PYTHON) tests/vm/tree.py $*

.PHONY: test-vm-broken
test-vm-broken: ## each problem that doctor names, made for real in a virtual machine
	@$(PYTHON) tests/vm/run.py forky $(BROKEN)

.PHONY: test-real
test-real: .venv/package compiler ## developments of others: every .vo as in a bare build; an hour
	@$(BIN)/python tests/real/run.py && $(BIN)/python tests/real/run.py --suite forky

.PHONY: bench
bench: .venv/package compiler ## the figures of docs/figures.md, measured here
	@$(BIN)/python bench/run.py

.PHONY: bench-short
bench-short: .venv/package compiler ## each of them with few rounds, to see that it runs: 30 seconds
	@$(BIN)/python bench/run.py --short

.PHONY: lint
lint: .venv/package ## ruff, mypy, pyright
	@failed=; for tool in 'ruff check' 'ruff format --check' mypy 'pyright --pythonpath $(BIN)/python' \
	  'rocqshim mk --check'; do \
	  echo "$$tool"; $(BIN)/$$tool || failed=1; \
	done; test -z "$$failed"

.PHONY: share
share: .venv/package ## write the manual pages and the completion of shells anew
	@$(BIN)/python -m rocqshim.reference share

.PHONY: clean
clean: ## remove .venv and what tools left; not the images of virtual machines
	rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up ---------------------------------------------------------------------------------

.venv/tools: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "Python 3.10 or later is needed: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "setting up .venv"
	@rm -rf .venv && mkdir .venv
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; \
	  then $(call quietly,apt-get update; $(INSTALL) python3-venv); \
	  else echo "Python's venv module is missing: install python3-venv" >&2; exit 1; fi; }
	@$(call quietly,$(PYTHON) -m venv .venv && $(BIN)/pip install $(TOOLS))
	@touch $@

# Not editable: the script rocq-exec finds the package from where both are installed.
.venv/package: .venv/tools $(SOURCES)
	@$(call quietly,$(BIN)/pip install --no-build-isolation .)
	@$(call quietly,$(BIN)/pip install --no-build-isolation --no-deps --force-reinstall .)
	@touch $@

.PHONY: compiler
compiler: .venv/tools
	@if $(HAS_COMPILER); then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "installing $(PACKAGES)"; \
	  $(call quietly,$(INSTALL) $(PACKAGES) || { apt-get update && $(INSTALL) $(PACKAGES); }); \
	else echo "There is no coqc and no rocq: apt-get install $(PACKAGES), or opam install rocq-core"; fi

.PHONY: test-programs
test-programs: .venv/tools
	@missing=; for program in $(TEST_PROGRAMS); do \
	  command -v $$program > /dev/null || missing="$$missing $$program"; \
	done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "installing $(TEST_PACKAGES)"; \
	  $(call quietly,$(INSTALL) $(TEST_PACKAGES) || { apt-get update && $(INSTALL) $(TEST_PACKAGES); }); \
	else echo "Some tests will not run without$$missing: apt-get install $(TEST_PACKAGES)"; fi
