"""Does the same question have the same answer from Python and in the terminal, where nothing is said?"""

import importlib
import inspect
from pathlib import Path

import odd_model
import pytest

import lockin_sim as ls
from lockin_sim.conventions import RUNS, SEED

FUNCTIONS, COMMANDS = odd_model.of_python(), odd_model.of_terminal()
PACKAGE = Path(ls.__file__).parent


def test_functions_and_commands_are_found():
    assert {"simulate", "compare", "evaluate", "sweep", "claims", "chain", "audit"} <= {*FUNCTIONS, *COMMANDS}
    assert {"run", "compare", "claims", "chain", "ledger", "audit", "coalitions"} <= COMMANDS.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_seed_and_a_declared_number_of_runs(name):
    assert FUNCTIONS[name]["seed"] == SEED
    assert FUNCTIONS[name]["runs"] in RUNS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_the_defaults_of_its_function(name):
    function = odd_model.OTHER_NAMES.get(name, name)
    if function in ("audit", "claims"):  # public as a command alone
        module = {"claims": "lock_in"}.get(function, function)
        study = getattr(importlib.import_module(f"lockin_sim.studies.{module}"), function)
        expected = {"runs": inspect.signature(study).parameters["runs"].default, "seed": SEED}
    elif function == "app":  # a page, and no function
        expected = {"runs": RUNS.visitors, "seed": SEED}
    else:
        expected = FUNCTIONS[function]
    assert COMMANDS[name] == expected


def test_no_two_kinds_of_study_have_the_same_number():
    """So that the table tells them apart."""
    assert len(set(RUNS)) == len(RUNS) == len(odd_model.KINDS)


def test_numbers_of_runs_and_seeds_are_declared_once():
    again = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("runs:", "seed:")) and line.rstrip(",").split()[-1].isdecimal()
    ]
    assert again == []
