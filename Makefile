# Three commands matter: `make lab` opens the book, `make test` checks it and
# `make bench` races it, `make bench-grading` its grader.
# PYTHON names the Python that makes .venv, PORT where JupyterLab listens.

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 \
	python3.11 python; do $$p -c '$(NEW_ENOUGH)' 2>/dev/null && \
	echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install \
	--constraint constraints.txt --requirement requirements.txt
TEST := $(BIN)/ruff check . && $(BIN)/ruff format --check . && \
	$(BIN)/pytest --numprocesses auto tests/checks && \
	$(BIN)/pytest --numprocesses auto --dist loadfile tests/grading && \
	$(BIN)/pytest --ignore tests/checks --ignore tests/grading && \
	NNLIB_PROGRESS=off $(BIN)/pytest --nbval --nbval-current-env lessons solutions
NOTEBOOKS := $(BIN)/python tests/notebooks.py

lab: .venv/reader ; @$(BIN)/nnlib lab $(if $(PORT),--port $(PORT))

test: .venv/tester ; @$(TEST)

bench: .venv/racer ; @$(BIN)/python tests/bench/bench.py

bench-grading: .venv/tester ; @$(BIN)/python tests/bench/grading.py

exercises: .venv/tester ; @$(NOTEBOOKS) exercises

format: .venv/tester ; @$(BIN)/ruff format . && $(BIN)/ruff check --fix . && $(NOTEBOOKS) format

.venv/reader: requirements.txt constraints.txt pyproject.toml
	@$(call check_python)
	@echo "Installing the book's packages into .venv: about 600 MB, a minute or two."
	@$(call install,$(PIP))

.venv/tester: .venv/reader
	@echo "Installing what the tests need as well."
	@$(call install,$(PIP) --editable ".[test]")

.venv/racer: .venv/reader
	@echo "Installing PyTorch and JAX to race against: up to 6 GB, some minutes."
	@$(call install,$(PIP) --editable ".[bench]")

define check_python
test -n "$(PYTHON)" && $(PYTHON) -c '$(NEW_ENOUGH)' || { \
	echo "Python 3.11 or newer is needed. Install it from python.org, or name yours: make lab PYTHON=python3.12" >&2; exit 1; }; \
$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	echo "This Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
$(PYTHON) -m venv .venv
endef

define install
$(1) >.venv/install.log 2>&1 && touch $@ || { \
	if grep -qE "NewConnectionError|NameResolutionError|Network is unreachable|ReadTimeout|ConnectTimeout" .venv/install.log; \
	then echo "The packages could not be downloaded: is there a network? When there is, run the same command again." >&2; \
	else echo "Installing failed; the reason is at the end of .venv/install.log" >&2; fi; exit 1; }
endef

.PHONY: lab test bench bench-grading exercises format
