# One line each, nothing hidden. `make venv` is all the set-up there is; every other target calls it.
PYTHON ?= python3
PY := .venv/bin/python

.PHONY: venv demo test check golden golden-record bench faults docs wheel test-compiled test-installed clean

venv: .venv/.done
.venv/.done: pyproject.toml
	$(PYTHON) tools/make_venv.py
	@touch $@

demo: venv
	@$(PY) -m tools.demo $(if $(DB),--db $(DB)) $(if $(PG),--pg '$(PG)') $(if $(SERVER),--server '$(SERVER)') $(if $(KAFKA),--kafka '$(KAFKA)')

test: venv
	$(PY) -m pytest -n 2 --dist loadscope --no-loadscope-reorder --ignore=tests/installed

check: venv
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	.venv/bin/codespell cdc connectors transforms schemas docs README.md

golden: venv
	$(PY) -m tests.golden.live

golden-record: venv
	$(PY) -m tests.golden.record

bench: venv
	$(PY) -m tests.benchmarks.e2e $(if $(DB),--db $(DB))

wheel: venv
	$(PY) -m tools.compiled wheel

test-compiled: venv
	$(PY) -m tools.compiled test tests/unit

test-installed: venv
	$(PY) -m pytest tests/installed -n 2 --dist loadfile --durations=5

faults: venv
	$(PY) -m tests.faults $(if $(DB),--db $(DB))

docs: venv
	$(PY) -m tools.reference
