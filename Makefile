# On a fresh machine two commands are enough: `make run` and `make test`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install run test lint typecheck format pins clean

BIN := .venv/bin
# Further arguments for `lockin compare` or pytest: make run ARGS="open_ran --runs 500"
ARGS ?=
# A certain Python instead of the first fitting one: make install PYTHON=/opt/python3.13/bin/python3
PYTHON ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

install: ## Build .venv from the pinned, hashed requirements (does nothing when it is up to date)
	@sh -c "$$set_up" set-up "$(PYTHON)"

run: install ## The main job: compare the built-in policy scenarios, into results/compare
	$(BIN)/lockin compare --out results/compare $(ARGS)

test: lint ## Style, types, layers and all tests but the slow ones
	$(BIN)/python -m pytest -m "not slow" -n 2 --durations=10 $(ARGS)

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

pins: ## Renew requirements.txt from pyproject.toml (needs the network)
	@sh -c "$$renew_pins" renew-pins "$(PYTHON)"

.PHONY: verify
# A fresh draw for the known answers: make verify SEED=17.  Without it the numbers are those of the page.
SEED ?=
verify: install ## Known answers, slow ones too; then mistakes planted one by one, and docs/theory.md
ifeq ($(SEED),)
	VERIFICATION_OUT=results/verification/measured.json $(BIN)/python -m pytest tests/theory -n 2 $(ARGS)
	$(BIN)/python tools/mutation_check.py
	$(BIN)/python tools/make_theory.py
else
	SEED=$(SEED) VERIFICATION_OUT=results/verification/seed_$(SEED).json $(BIN)/python -m pytest tests/theory -n 2 $(ARGS)
endif

.PHONY: bench
# A rough pass in a minute or two: make bench QUICK=1
QUICK ?=
bench: install ## How fast it is against what it could be, into results/benchmarks (about ten minutes)
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

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

documents: install ## Claims, and all numbers and figures of README, ODD and docs
	$(BIN)/lockin claims --runs 32 --seed 1 --out results/claims/claims.csv
	$(BIN)/lockin compare --runs 64 --seed 1 --out results/compare
	$(BIN)/python tools/make_odd.py --measure --results results/compare
	$(BIN)/python tools/make_gallery.py
	$(BIN)/python tools/make_theory.py

.PHONY: docs
docs: install ## The documentation site, into build/site; a warning is an error
	$(BIN)/python -m sphinx -b html -c docs -q -W --keep-going . build/site
	@echo "Open build/site/index.html"

.PHONY: notebooks
notebooks: install ## Run the notebooks anew and keep their outputs (two minutes)
	$(BIN)/python tools/make_notebooks.py $(ARGS)

clean: ## Remove caches and build products; .venv and results stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .venv -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# --- Shell scripts ----------------------------------------------------------------------------------

# Sets `python` to a Python >= 3.12 that really runs.  A name on PATH proves nothing: a version manager's
# shim may exist and refuse to run, so every candidate in every directory of PATH is started.
define find_python
set -eu
fits() {  # fits FILE: start it; keep the outcome for the message
    if ! version=$$("$$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null); then
        outcome="does not run"
    elif ! "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
        outcome="is Python $$version"
    elif ! "$$1" -c "import $$modules" 2>/dev/null; then
        outcome="is Python $$version without the module venv"
    else
        return 0
    fi
    tried="$$tried
  $$1 $$outcome"
    return 1
}
search() {  # search DIRECTORY NAME
    [ -x "$$1/$$2" ] && [ ! -d "$$1/$$2" ] || return 1
    ! [ "$$1" -ef .venv/bin ] || return 1
    fits "$$1/$$2" && python=$$1/$$2
}
search_everywhere() {
    for name in python3.14 python3.13 python3.12 python3 python; do
        set -f; IFS=:
        for directory in $$PATH; do
            unset IFS; set +f
            search "$${directory:-.}" "$$name" && return 0
        done
        unset IFS; set +f
    done
    for directory in "$${PYENV_ROOT:-$${HOME:-}/.pyenv}"/versions/*/bin; do
        search "$$directory" python3 && return 0
    done
    return 1
}
find_python() {  # one that can make a complete environment, else one with a pip of its own, else any
    for modules in "venv, ensurepip" "venv, pip" venv; do
        tried=
        if [ -z "$$1" ]; then
            search_everywhere && return 0
        elif fits "$$1"; then
            python=$$1
            return 0
        fi
    done
    echo "lockin_sim needs Python 3.12 or newer, and none was found.  Tried:$${tried:-
  nothing: there is no python3.14, python3.13, python3.12, python3 or python on PATH}
Install one (on Debian or Ubuntu: python3.13 and python3.13-venv), or name one:
  make install PYTHON=/path/to/python3.13" >&2
    return 1
}
endef

define set_up_body
# A virtual environment cannot be moved, so the key of a finished one holds its place as well as the pins.
key=$$(cksum <requirements.txt; pwd -P)
package=$$(cksum <pyproject.toml)
installed() {  # installed NAME ...: are all of them in .venv?
    .venv/bin/python -c 'import sys, importlib.metadata as m; [m.version(name) for name in sys.argv[1:]]' "$$@" 2>/dev/null
}
pip() {
    case $$installer in
        inner) .venv/bin/python -m pip "$$@" ;;
        own) "$$python" -m pip --python .venv/bin/python "$$@" ;;
        *) command "$$installer" --python .venv/bin/python "$$@" ;;
    esac
}
build() {
    find_python "$$1"
    echo "Building .venv with $$python (Python $$version)"
    rm -rf .venv
    if "$$python" -c 'import ensurepip' 2>/dev/null; then
        "$$python" -m venv .venv
        installer=inner
    else
        "$$python" -m venv --without-pip .venv
        for installer in own pip3 pip none; do
            [ "$$installer" != none ] || break
            pip --version >/dev/null 2>&1 && break
        done
    fi
    if [ "$$installer" = none ]; then
        echo "$$python has no module ensurepip, and no pip >= 22.3 was found that could do without it.
Install one of the two (on Debian or Ubuntu: python$${version%.*}-venv, or python3-pip) and try again." >&2
        return 1
    fi
    pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: -r requirements.txt || {
        echo "The pinned requirements could not be installed (the reason stands above).  The first set-up needs
the network.  Try again when that is mended: a half-made .venv is built anew." >&2
        return 1
    }
    echo "$$key" >.venv/pins-installed
}
pinned=$$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' requirements.txt)
if [ "$$(cat .venv/pins-installed 2>/dev/null)" != "$$key" ] || ! installed $$pinned; then
    build "$$1"
fi
if [ "$$(cat .venv/package-installed 2>/dev/null)" != "$$package" ] || ! installed lockin-sim; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
    echo "$$package" >.venv/package-installed
    echo "The set-up is complete."
fi
endef

define renew_pins_body
find_python "$$1"
scratch=$$(mktemp -d)
trap 'rm -rf "$$scratch"' EXIT
"$$python" -m venv "$$scratch/venv"
"$$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools
unset PIP_FIND_LINKS
"$$scratch/venv/bin/pip-compile" --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --extra dev --extra docs --extra cluster --extra analysis \
    --all-build-deps --no-header --no-emit-options --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
    --output-file requirements.txt pyproject.toml
endef

define set_up
$(find_python)
$(set_up_body)
endef
define renew_pins
$(find_python)
$(renew_pins_body)
endef
export set_up renew_pins
