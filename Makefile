# Two commands do everything, set-up included: `make demo` and `make test`.
PY ?= python3
PYTHON := $(shell $(PY) -c 'import sys; print(sys.executable)')
UV ?= .tools/bin/uv
export UV_PYTHON_DOWNLOADS = never
export UV_LINK_MODE = copy
# Dozens of tests start the service as a process of its own: it is compiled once, not each time.
export PYTHONDONTWRITEBYTECODE =

# Many tests wait for a process, a browser or a clock: two for each core keep it busy.
WORKERS ?= $(shell $(PY) -c 'import os; print(2 * os.cpu_count())')
# These mostly wait as well, but for what becomes of real processes in time: too many at once and the machine is late.
ALONE ?= 3
# The longest ones begin first, so that at the end nobody waits for one of them.
LONGEST = tests/torture/test_kill.py tests/browser/test_main_job.py tests/demo
# Looked for only where the mark stands: to collect all the others once more takes ten seconds.
ALONE_TESTS = $(or $(ARGS),$(LONGEST) $(shell grep -rl --include='test_*.py' 'mark\.alone' tests))
SHARE ?= 0.1
ROUNDS ?= 200
SEED ?= 1

.PHONY: setup demo test fuzz lint lock bench evaluate mutate torture clean
.DEFAULT_GOAL := demo

setup: .venv/.ok

.tools/bin/uv: tools.txt
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r tools.txt
	@touch $@

.venv/.ok: requirements.lock pyproject.toml .tools/bin/uv
	$(UV) venv --quiet --clear --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# Python compiles what it imports, once; where nothing is compiled yet, each process that runs tests would compile it all.
.venv/.compiled: .venv/.ok
	.venv/bin/python -m pytest --collect-only -qq >/dev/null || true  # what is wrong is said by the tests themselves
	@touch $@

demo: setup
	.venv/bin/rejoin demo

test: setup .venv/.compiled
	.venv/bin/ruff check .
	.venv/bin/ruff format --check --quiet .
	.venv/bin/python -m pytest -n $(WORKERS) --dist worksteal -m "not alone and not long" $(ARGS)
	.venv/bin/python -m pytest -n $(ALONE) --dist load --maxschedchunk=1 -m "alone and not long" $(ALONE_TESTS) || [ $$? = 5 ]

# The same inventions as the tests make, twenty times as many: at the door, and along the API's own document.
fuzz: setup
	.venv/bin/python -m pytest tests/hostile/test_door.py tests/api/test_schemathesis.py tests/api/test_anything.py \
	    --hypothesis-profile thorough --timeout 3600

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check --quiet .

bench: setup
	.venv/bin/python -m benchmarks

# Verdicts beside the truth of a simulation; the seed is fixed, so the same engine gives the same figures.
evaluate: setup
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	    .venv/bin/rejoin simulate --appointments 8000 --seed 20260302 --out "$$folder" && \
	    .venv/bin/rejoin replay --roster "$$folder/roster.csv" --events "$$folder/events.jsonl" \
	        > "$$folder/results.jsonl" && \
	    .venv/bin/rejoin evaluate --truth "$$folder/truth.jsonl" --results "$$folder/results.jsonl" \
	        --format json --picture docs/evaluation.svg > docs/evaluation.json && \
	    .venv/bin/rejoin evaluate --truth "$$folder/truth.jsonl" --results "$$folder/results.jsonl"

.tools/mutants/.ok: tests/mutants/requirements.txt .tools/bin/uv
	$(UV) venv --quiet --clear --python $(PYTHON) .tools/mutants
	$(UV) pip sync --quiet --python .tools/mutants/bin/python --require-hashes tests/mutants/requirements.txt
	@touch $@

# Small faults are put into a copy of the core, one at a time; the tests should fail on each. See docs/mutation.md.
mutate: setup .tools/mutants/.ok
	nice -n 19 .tools/mutants/bin/python -m tests.mutants --share $(SHARE) --seed $(SEED) $(ARGS)

# Kills, power cuts, a locked database, a slow disk: ROUNDS blows, and every promise looked after. See docs/torture.md.
torture: setup
	nice .venv/bin/python -m pytest -m long
	nice .venv/bin/python -m pytest -m "not long" --hypothesis-profile many --timeout 900 \
	    $(shell grep -rl --include='test_*.py' hypothesis tests)
	nice .venv/bin/python -m tests.torture --rounds $(ROUNDS) $(ARGS)

lock: .tools/bin/uv
	$(UV) pip compile --quiet --generate-hashes --universal --no-emit-index-url --group dev --python-version 3.11 \
	    --custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml
	echo 'cosmic-ray==8.7.0' | $(UV) pip compile --quiet --generate-hashes --universal --no-emit-index-url \
	    --python-version 3.11 --custom-compile-command 'make lock' --output-file tests/mutants/requirements.txt -

clean:
	rm -rf .venv .tools
