# ClipSync's commands. `make help` explains them. Only make and Python 3.11 to 3.13 are assumed.
.POSIX:

PYTHON ?= python3
UV_VERSION = 0.13.9

VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.clipsync-installed
LIVE = $(BIN)/python -m tools.live

help:
	@echo 'ClipSync keeps AutoClip'"'"'s database true to what its pipeline wrote on disk.'
	@echo
	@echo 'Try it'
	@echo '  make demo     install what is missing, make demo data, start Airflow, run both Dags, print'
	@echo '                the report and the alert mail, end everything. Succeeds only if the report'
	@echo '                says that disk and database agree'
	@echo '  make serve    keep Airflow running on the demo data until Ctrl-C; prints address and login'
	@echo '                (PORT=8080 and HOST=0.0.0.0 may be given)'
	@echo
	@echo 'Use it on your own data'
	@echo '  make run DATA_DIR=/srv/autoclip/data DATABASE_URL=sqlite:////srv/autoclip/data/autoclip.db'
	@echo '                start Airflow on an AutoClip of your own until Ctrl-C (PORT, HOST as above);'
	@echo '                all Dags are paused until you switch them on. PostgreSQL:'
	@echo '                DATABASE_URL=postgresql+psycopg://user:password@host/autoclip'
	@echo '  $(BIN)/clipsync --help   the command line, which needs no Airflow'
	@echo
	@echo 'In production (docs/production.md)'
	@echo '  make up       start everything in Docker; the first time, make .env with fresh secrets'
	@echo '  make down     end it; data, logs and secrets stay'
	@echo '  make cluster-check   the same services as processes of this machine, without Docker:'
	@echo '                syncs some hundred projects on two workers, kills one of them, and counts'
	@echo '  make upgrade-check   what an earlier release left behind, read and written by this one'
	@echo
	@echo 'Work on it'
	@echo '  make setup    install everything into $(VENV) (PYTHON=python3.12 to choose another Python)'
	@echo '  make test     lint, type check and all tests; TEST_ARGS="tests/reconcile -k merge" for some'
	@echo '  make test-deep  the stateful model for as long as you like (EXAMPLES=1500, 60 steps each)'
	@echo '  make mutants  damage a synced database in a hundred ways and build faults into the planner;'
	@echo '                prints who notices what, planner and second opinion. Fails if one is missed'
	@echo '  make test-fast  the tests that need no Airflow, PostgreSQL, browser or index, with fewer'
	@echo '                examples of the property tests'
	@echo '  make bench    what a run costs, beside the least that the same work can cost (some minutes;'
	@echo '                BENCH_ARGS="--projects 1000 --repeat 1" for one minute)'
	@echo '  make lint     ruff, mypy and vulture'
	@echo '  make docs     write the help texts and the table of settings into docs/'
	@echo '  make screenshots   press the page'"'"'s buttons in a real Airflow, and keep pictures of it in'
	@echo '                artefacts/screenshots (needs Chromium)'
	@echo '  make format   let ruff format the code'
	@echo '  make lock     compile requirements.in into requirements.txt'
	@echo '  make clean    remove demo data, Airflow'"'"'s files and caches ($(VENV) stays)'

setup: $(STAMP)

# A second call finds the stamp newer than everything it depends on, and does nothing.
$(STAMP): requirements.txt pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	  echo 'ClipSync needs Python 3.11, 3.12 or 3.13, and "$(PYTHON)" is not: '"`$(PYTHON) --version 2>&1`"'.' >&2; \
	  echo 'Install one, or name it: make setup PYTHON=python3.12' >&2; exit 1; }
	@test -x $(BIN)/python || { echo '==> Making $(VENV) with '"`$(PYTHON) --version`"; \
	  $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo 'Making $(VENV) failed. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }; }
	@echo '==> Installing uv $(UV_VERSION)'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	@echo '==> Installing the pinned requirements (some minutes the first time)'
	@VIRTUAL_ENV="$$PWD/$(VENV)" $(BIN)/uv pip install --compile-bytecode -r requirements.txt
	@echo '==> Installing ClipSync itself'
	@VIRTUAL_ENV="$$PWD/$(VENV)" $(BIN)/uv pip install --quiet --no-deps -e .
	@$(BIN)/python -m compileall -q include plugins dags
	@touch $(STAMP)
	@echo '==> Ready: $(BIN)/clipsync --help'

demo: $(STAMP)
	@$(LIVE) demo

serve: $(STAMP)
	@HOST='$(HOST)' PORT='$(PORT)' $(LIVE) serve

# By environment, not by arguments: those are for every user of the machine to read.
run: $(STAMP)
	@HOST='$(HOST)' PORT='$(PORT)' DATA_DIR='$(DATA_DIR)' DATABASE_URL='$(DATABASE_URL)' $(LIVE) run

up:
	@PYTHONPATH=include $(PYTHON) -m clipsync.env_file
	@docker compose up --detach --build --wait --remove-orphans

down:
	@docker compose --profile '*' down

cluster-check: $(STAMP)
	@$(BIN)/python -m tools.cluster

upgrade-check: $(STAMP)
	@$(BIN)/python -m pytest tests/deploy/test_upgrade.py

test: lint
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(TEST_ARGS)

# Two processes, whatever the machine has, as for `make test`: the tests measure no time.
test-fast: $(STAMP)
	@$(BIN)/python -m pytest -n 2 --dist worksteal --hypothesis-profile=fast \
	  -m 'not airflow and not postgres and not browser and not install' $(TEST_ARGS)

# Examples of the stateful model on each database; each has 60 steps, and other ones each time.
EXAMPLES = 1500

test-deep: $(STAMP)
	@CLIPSYNC_MODEL_EXAMPLES='$(EXAMPLES)' $(BIN)/python -m pytest -n 2 tests/model $(TEST_ARGS)

mutants: $(STAMP)
	@$(BIN)/python -m tests.quality.mutants

BENCH_ARGS = --projects 10000 --repeat 3 --json build/bench.json

bench: $(STAMP)
	@mkdir -p build
	@$(BIN)/python -m tests.benchmarks.cost $(BENCH_ARGS)

lint: $(STAMP)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/vulture

docs: $(STAMP)
	@$(BIN)/python -m tools.docs

format: $(STAMP)
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

screenshots: $(STAMP)
	@$(BIN)/python -m tests.web.screenshots

lock: $(STAMP)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate -c requirements.txt deploy/requirements.in -o deploy/requirements.txt

clean:
	rm -rf .demo .airflow .cluster build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

.PHONY: help setup demo serve run up down cluster-check upgrade-check test test-fast test-deep \
	mutants bench lint docs screenshots format lock clean
