# On a fresh machine two commands are enough: `make run` and `make test`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install run test lint typecheck format pins clean

BIN := .venv/bin
# Further arguments for the command, or pytest: make compare ARGS="open_ran --runs 500"
ARGS ?=
# A certain Python instead of the first fitting one: make install PYTHON=/opt/python3.13/bin/python3
PYTHON ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: ## Build .venv from the pinned, hashed requirements (does nothing when it is up to date)
	@sh tools/set_up.sh develop "$(PYTHON)"

.PHONY: installed-to-run
installed-to-run:
	@sh tools/set_up.sh run "$(PYTHON)"

# Finished runs are saved until all are done: after Ctrl-C the same command continues from them
KEPT = build/$@-$(firstword $(shell printf '%s' '$(ARGS)' | cksum))
define saved
	@trap : INT; \
	if $(BIN)/lockin $(1) --store $(KEPT) $$(test -d $(KEPT) && echo --resume) $(ARGS); \
	then rm -rf $(KEPT); $(2); else status=$$?; test $$status -ne 130 || echo "The runs that are done are saved: the same make command continues from them."; exit $$status; fi
endef

run: installed-to-run ## The main question: what loans win, what lock-in keeps, whether standards follow
	$(call saved,lead --out results/lead,echo "Next: make compare for policies; .venv/bin/lockin lock-in KEN for a country; make app for both")

.PHONY: compare
compare: installed-to-run ## Compare the built-in policy scenarios, into results/compare
	$(call saved,compare --out results/compare,:)

.PHONY: app
app: install ## Build policies in a browser, and watch what they change
	$(BIN)/lockin app --open $(ARGS)

# Two processes of tests are as many as there are processors: linear algebra takes no further threads
test test-simulator shuffled slow: export OPENBLAS_NUM_THREADS = 1
test: lint ## Style, types, layers and all tests but the slow ones
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal --durations=10 $(ARGS)

.PHONY: test-simulator
test-simulator: install ## Tests of the simulator alone: rules by hand, units, tables, engines that agree (two minutes)
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal tests/by_hand tests/unit tests/data tests/equivalence $(ARGS)

.PHONY: shuffled alone slow
slow: install ## The slow tests, the documentation site among them (half an hour)
	$(BIN)/python -m pytest -m slow -n 2 --dist worksteal $(ARGS)

# Another order: make shuffled SEED=17.  Without it each week has its own, which pytest prints
shuffled: install ## All tests but the slow ones in a random order
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal --order $(or $(SEED),$(shell date +%G%V)) $(ARGS)

# A file without a quick test is no failure (5).  Some of them: make alone ARGS=tests/data
alone: install ## Each test file in a process of its own, but for slow tests (half an hour)
	@failed=; for file in $$(find $(or $(ARGS),tests) -name 'test_*.py' | sort); do \
		$(BIN)/python -m pytest -q -m "not slow" "$$file" || test $$? -eq 5 || failed="$$failed $$file"; \
	done; test -z "$$failed" || { echo "Failed alone:$$failed"; exit 1; }

lint: install ## Style, types and layers alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

typecheck: install ## Types alone
	$(BIN)/mypy

format: install ## Rewrite the code in the house style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

pins: ## Renew the three requirements files from pyproject.toml (needs the network)
	@sh tools/set_up.sh pins "$(PYTHON)"

.PHONY: verify
# A fresh draw for the known answers: make verify SEED=17.  Without it the numbers are those of the page.
SEED ?=
verify: install ## Known answers, experiments, documents; then mistakes planted one by one, and docs/theory.md
ifeq ($(SEED),)
	VERIFICATION_OUT=results/verification/measured.json $(BIN)/python -m pytest tests/theory tests/experiments tests/docs -n 2 $(ARGS)
	$(BIN)/python tools/mutation_check.py
	$(BIN)/python tools/make_theory.py
else
	SEED=$(SEED) VERIFICATION_OUT=results/verification/seed_$(SEED).json $(BIN)/python -m pytest tests/theory -n 2 $(ARGS)
endif

.PHONY: bench
# Beside another commit, or one thing alone: make bench ARGS="--before COMMIT --rounds 2 --only sweep"
bench: install ## What people wait for, beside an earlier commit, into results/benchmarks (half an hour)
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: cost
# Beside another commit than the one before: make cost BEFORE=2d115f7a
cost: install ## What a run costs, by the core and compiled, beside the commit before (three minutes)
	$(BIN)/python -m benchmarks --only "runs together" --before $(or $(BEFORE),HEAD~1) --rounds 7 $(ARGS)

.PHONY: results experiments documents
# Leave experiments alone whose numbers this very code has made already: make results RESUME=1
RESUME ?=
results: install ## Every committed table and figure from nothing: experiments, documents, notebooks (half an hour)
	$(if $(strip $(ARGS)),$(error make results takes no ARGS; its parts do, as in: make experiments ARGS="03 --reduced"))
	$(MAKE) experiments ARGS="$(if $(RESUME),--resume)"
	$(MAKE) documents
	$(MAKE) notebooks

experiments: install ## The experiments alone, into results/NN_slug: make experiments ARGS="03 04"
	$(BIN)/python -m experiments $(ARGS)

documents: install ## All numbers and figures of README, ODD and docs
	$(BIN)/python tools/make_validation.py
	$(BIN)/python tools/make_numbers.py
	$(BIN)/python tools/make_questions.py
	$(BIN)/python tools/make_odd.py --measure
	$(BIN)/python tools/make_present.py
	$(BIN)/python tools/make_answers.py
	$(BIN)/python tools/make_gallery.py
	$(BIN)/python tools/make_theory.py

.PHONY: numbers
numbers: install ## What heads pages alone: results/numbers.csv, README, findings, questions, the sample report
	$(BIN)/python tools/make_numbers.py
	$(BIN)/python tools/make_questions.py

.PHONY: docs
docs: install ## The documentation site and a page of each economy, into build/site (ten minutes the first time)
	@echo "Building the page of each economy, unless those of this state are there"
	$(call saved,country --all --out build/countries/countries,:)
	@echo "Building the documentation (one to two minutes); a warning is an error"
	@$(BIN)/python -m sphinx -b html -c docs -q -W --keep-going . build/site
	@echo "Open build/site/index.html"

.PHONY: notebooks
notebooks: install ## Run the notebooks again and save their outputs (two minutes)
	$(BIN)/python tools/make_notebooks.py $(ARGS)

clean: ## Remove caches and build products; .venv and results stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .venv -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
