# Each target sets up .venv when it is missing or when pyproject.toml has changed.
PYTHON ?= python3
BIN := .venv/bin
USER_STAMP := .venv/.installed
DEV_STAMP := .venv/.installed-dev

.PHONY: run test lint bounds bench clean

run: $(USER_STAMP)
	@if [ -t 0 ] && [ -t 1 ] && [ -t 2 ]; then $(BIN)/gramsolve tui nqueens; \
	else $(BIN)/gramsolve solve nqueens; fi

test: lint
	$(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	$(BIN)/mypy tests
	$(BIN)/lint-imports

# The kernels' tests once more with every index checked, which numba leaves out otherwise; a minute or two.
bounds: $(DEV_STAMP)
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$$(mktemp -d) $(BIN)/pytest tests/plugins -k "valid or check or search or digging"

bench: $(DEV_STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	for script in validators training_speed inference_steps queens_exact coloring_exact sudoku_solver tui_frames tui_keys tui_start; do $(BIN)/python benchmarks/$$script.py || exit 1; done

$(USER_STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up .venv (once; torch is large)"
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV_STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(USER_STAMP)

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
