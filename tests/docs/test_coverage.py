"""Does every rule, lever and table that the page of coverage names exist, and is every lever on it?"""

import importlib
import re
from pathlib import Path

import pytest

import lockin_sim as ls
from lockin_sim.model.measures import VARIABLES
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.world.schema import DATA

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| claim")
]
NAMED = sorted({name for _, *cells in ROWS for cell in cells for name in re.findall(r"`([^`]+)`", cell)})
LINKS = sorted(set(re.findall(r"\]\(([^)]+)\)", PAGE)))


def there(name):
    """Whether the package has what a name on the page stands for."""
    kind, colon, what = name.partition(":")
    if colon:
        return (
            what in {"lever": LEVERS, "parameter": collect_declarations(), "scenario": ls.scenarios()}[kind]
        )
    if name.startswith("rules."):
        module, function = name.removeprefix("rules.").split(".")
        return callable(getattr(importlib.import_module(f"lockin_sim.rules.{module}"), function, None))
    if name.startswith("ls."):
        return name.removeprefix("ls.") in ls.__all__
    if name.startswith("lockin "):
        from lockin_sim.cli import app

        commands = [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]
        return name.removeprefix("lockin ") in commands
    return (DATA / name).exists() or name in VARIABLES


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_exists(name):
    assert there(name)


def test_every_claim_is_held_or_said_not_to_be():
    assert len(ROWS) > 50
    for claim, held, _ in ROWS:
        assert "`" in held or held.startswith("not modelled"), claim


def test_every_lever_is_on_the_page():
    assert {f"lever:{name}" for name in LEVERS} <= set(NAMED)
