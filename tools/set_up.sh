#!/bin/sh
# Makes and renews the environment in .venv; the Makefile calls it.
#
#   sh tools/set_up.sh run [PYTHON]      what the package needs to run, from requirements.txt, and the compiled
#                                        engine, from requirements-fast.txt, where there is one for the Python
#   sh tools/set_up.sh develop [PYTHON]  that, and what checks it, from requirements-dev.txt
#   sh tools/set_up.sh pins [PYTHON]     these files anew from pyproject.toml; needs the network
#
# Nothing happens where all is up to date.  PYTHON names one interpreter; else the first that fits is taken.
set -eu
cd -- "$(dirname -- "$0")/.."

# --- Which Python -----------------------------------------------------------------------------------
# Sets `python` to a Python >= 3.12 that really runs.  A name on PATH proves nothing: a version manager's
# shim may exist and refuse to run, so every candidate in every directory of PATH is started.

fits() {  # fits FILE: start it; keep the outcome for the message
    if ! version=$("$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null); then
        outcome="does not run"
    elif ! "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
        outcome="is Python $version"
    elif ! "$1" -c "import $modules" 2>/dev/null; then
        outcome="is Python $version without the module venv"
    else
        return 0
    fi
    tried="$tried
  $1 $outcome"
    return 1
}

search() {  # search DIRECTORY NAME
    [ -x "$1/$2" ] && [ ! -d "$1/$2" ] || return 1
    ! [ "$1" -ef .venv/bin ] || return 1
    fits "$1/$2" && python=$1/$2
}

search_everywhere() {
    for name in python3.14 python3.13 python3.12 python3 python; do
        set -f; IFS=:
        for directory in $PATH; do
            unset IFS; set +f
            search "${directory:-.}" "$name" && return 0
        done
        unset IFS; set +f
    done
    for directory in "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/*/bin; do
        search "$directory" python3 && return 0
    done
    return 1
}

find_python() {  # one that can make a complete environment, else one with a pip of its own, else any
    for modules in "venv, ensurepip" "venv, pip" venv; do
        tried=
        if [ -z "$1" ]; then
            search_everywhere && return 0
        elif fits "$1"; then
            python=$1
            return 0
        fi
    done
    echo "lockin_sim needs Python 3.12 or newer, and none was found.  Tried:${tried:-
  nothing: there is no python3.14, python3.13, python3.12, python3 or python on PATH}
Install one (on Debian or Ubuntu: python3.13 and python3.13-venv), or name one:
  make install PYTHON=/path/to/python3.13" >&2
    return 1
}

# --- The environment --------------------------------------------------------------------------------

installed() {  # installed FILE: is all that a file of pins names in .venv?
    # shellcheck disable=SC2046  # one word for each name
    there $(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' "$1")
}

there() {  # there NAME ...: are all of them in .venv?
    .venv/bin/python -c 'import sys, importlib.metadata as m; [m.version(name) for name in sys.argv[1:]]' "$@" 2>/dev/null
}

pip() {
    case $installer in
        inner) .venv/bin/python -m pip "$@" ;;
        own) "$(.venv/bin/python -c 'import sys; print(sys._base_executable)')" -m pip --python .venv/bin/python "$@" ;;
        *) command "$installer" --python .venv/bin/python "$@" ;;
    esac
}

find_installer() {  # find_installer: sets `installer` to a pip that can install into .venv
    for installer in inner own pip3 pip; do
        pip --version >/dev/null 2>&1 && return 0
    done
    echo ".venv has no pip (its Python has no module ensurepip), and no pip >= 22.3 was found that could do without.
Install one of the two (on Debian or Ubuntu: python3-venv, or python3-pip) and try again." >&2
    return 1
}

install_pins() {  # install_pins OPTION ...: exactly what is pinned, by its hashes
    pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: "$@" || {
        echo "The pinned requirements could not be installed (the reason is above).  The first set-up needs the
network.  Try again when that is fixed: an incomplete .venv is rebuilt." >&2
        return 1
    }
}

build() {
    find_python "$1"
    echo "Building .venv with $python (Python $version)"
    rm -rf .venv
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv .venv
    else
        "$python" -m venv --without-pip .venv
    fi
    find_installer
    echo "Installing the packages of requirements.txt (about a minute)"
    install_pins -r requirements.txt
    echo "$key" >.venv/pins-installed
}

set_up() {  # set_up run|develop [PYTHON]
    # A virtual environment cannot be moved, so the key of a finished one holds its place as well as the pins.
    key=$(cksum <requirements.txt; pwd -P)
    if [ "$(cat .venv/pins-installed 2>/dev/null)" != "$key" ] || ! installed requirements.txt; then
        build "$2"
    fi
    further=$(cat requirements-fast.txt requirements-dev.txt | cksum)
    if [ "$1" = develop ] &&
        { [ "$(cat .venv/further-pins-installed 2>/dev/null)" != "$further" ] || ! installed requirements-dev.txt; }
    then
        find_installer
        echo "Installing what tests, documentation and the compiled engine need (one to two minutes)"
        install_pins -r requirements.txt -r requirements-fast.txt -r requirements-dev.txt
        echo "$further" >.venv/further-pins-installed
    fi
    package=$(cksum <pyproject.toml)
    if [ "$(cat .venv/package-installed 2>/dev/null)" != "$package" ] || ! there lockin-sim; then
        find_installer
        pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
        echo "$package" >.venv/package-installed
        echo "The set-up is complete."
    fi
    [ "$1" = develop ] || compiled_engine
}

compiled_engine() {  # installed where a wheel fits this Python, and compiled once
    if ! there numba && [ "$(cat .venv/without-compiler 2>/dev/null)" != "$(cksum <requirements-fast.txt)" ]; then
        find_installer
        echo "Installing the compiler of the fast engine (numba)"
        install_pins -r requirements.txt -r requirements-fast.txt 2>/dev/null ||
            cksum <requirements-fast.txt >.venv/without-compiler
    fi
    .venv/bin/python -m lockin_sim.compiled.beforehand
}

# --- Pins -------------------------------------------------------------------------------------------

#: Extras that checking the package takes, beside those of its users.
EXTRAS="analysis app cluster dev docs fast mesa-page workbench"

renew_pins() {  # renew_pins [PYTHON]
    find_python "$1"
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    "$python" -m venv "$scratch/venv"
    "$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools
    unset PIP_FIND_LINKS
    compile --output-file requirements.txt pyproject.toml
    for extra in $EXTRAS; do
        set -- "$@" --extra "$extra"
    done
    shift
    compile "$@" --constraint requirements.txt --output-file "$scratch/all.txt" pyproject.toml
    only_further requirements.txt "$scratch/all.txt" >"$scratch/further.txt"
    awk '/^[A-Za-z0-9]/ { fast = /^(numba|llvmlite)==/ } fast' "$scratch/further.txt" >requirements-fast.txt
    only_further requirements-fast.txt "$scratch/further.txt" >requirements-dev.txt
}

compile() {
    "$scratch/venv/bin/pip-compile" --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
        --all-build-deps --no-header --no-annotate --no-emit-options --no-emit-index-url \
        --no-emit-trusted-host --no-emit-find-links "$@"
}

only_further() {  # only_further FIRST ALL: requirements of the second file that the first has not
    awk '/^[A-Za-z0-9]/ { split($1, name, "=="); keep = NR != FNR && !(name[1] in known)
                          if (NR == FNR) known[name[1]] }
         keep' "$1" "$2"
}

case ${1:-} in
    run | develop) set_up "$1" "${2:-}" ;;
    pins) renew_pins "${2:-}" ;;
    *)
        echo "set_up.sh: found ${1:-nothing}; allowed: run, develop or pins, and then perhaps a Python" >&2
        exit 2
        ;;
esac
