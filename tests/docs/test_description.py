"""Does the model description say what the code says?"""

import inspect
import re
from collections import Counter
from pathlib import Path

import make_odd
import odd_model
import pytest

import lockin_sim as ls
from lockin_sim import rules
from lockin_sim.common.conventions import RUNS, SEED, STAGES
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import collect_declarations

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "lockin_sim" / "ODD.md").read_text(encoding="utf-8")
SECTION = re.compile(r"<!-- generated: (\S+) -->\n(.*?)<!-- end -->", re.DOTALL)
BY_HAND = SECTION.sub("", TEXT)
LETTERS = "PTFVRUCNAD"
LABEL = rf"[{LETTERS}]\d+"


def section(name, text=TEXT):
    return dict(SECTION.findall(text))[name]


def test_no_document_is_stale():
    stale = [str(path.relative_to(ROOT)) for path in make_odd.stale()]
    assert stale == [], "run: python tools/make_odd.py"


def test_the_description_holds_every_generated_section():
    elsewhere = {"levers", "defaults", "chain", "estimates", "answer", "courted", "facts", "groups", "europe"}
    elsewhere |= {"headline", "level", "questions", "record", "says"}
    expected = {*make_odd.SECTIONS, *make_odd.MEASURED} - elsewhere
    assert {name for name, _ in SECTION.findall(TEXT)} == expected


def test_every_parameter_and_stage_is_described():
    assert [name for name in collect_declarations() if f"`{name}`" not in section("parameters")] == []
    assert re.findall(r"^\d+\. \*\*(\w+)\*\* ", TEXT, re.MULTILINE) == list(STAGES)


def test_every_setting_of_every_lever_is_described():
    text = section("levers", (ROOT / "docs" / "write-a-scenario.md").read_text(encoding="utf-8"))
    assert [name for name in LEVERS if f"`{name}`" not in text] == []
    assert [s for lever in LEVERS.values() for s in lever.settings if f"`{s}`" not in text] == []


def test_equation_numbers_are_unique_and_every_public_rule_is_there():
    numbers = odd_model.numbers()
    assert [label for label, times in Counter(numbers).items() if times > 1] == []
    public = [
        name
        for module in rules.__all__
        for name, f in inspect.getmembers(getattr(rules, module), inspect.isfunction)
        if f.__module__ == f"lockin_sim.rules.{module}" and not name.startswith("_")
    ]
    text = section("equations")
    assert [name for name in public if f"`{name}`: " not in text] == []
    assert {module.__name__ for module in odd_model.MODULES} == {
        f"lockin_sim.rules.{m}" for m in rules.__all__
    }


def test_text_by_hand_refers_to_equations_and_rules_that_exist():
    assert set(re.findall(rf"\b{LABEL}\b", BY_HAND)) <= set(odd_model.numbers())
    chapters = re.split(r"^## ", BY_HAND, flags=re.MULTILINE)
    text = "".join(c for c in chapters if c.startswith(("3. Process", "11. Choices")))
    names = set(re.findall(r"\(`(\w+)`\)", text)) - {*ls.load_world().standards}
    assert len(names) >= 3
    assert [name for name in names if f"`{name}`: " not in section("equations")] == []


def test_defaults_said_by_hand_are_those_of_the_code():
    for name, value in re.findall(r"`(\w+)` (\d+\.\d+) \(first", BY_HAND):
        assert collect_declarations()[name].default == float(value)


@pytest.mark.slow
def test_measured_tables_hold():
    """Shares in whole points, re-measured: within a point, for another machine may round otherwise."""
    for name in ("fit", "misses", "paths", "left_over"):
        made = make_odd.MEASURED[name]()
        old, new = section(name), made
        words = [re.sub(r"\b\d+\b", "#", text).split() for text in (old, new)]
        assert words[0] == words[1]  # a number of other length may end a line elsewhere
        pairs = zip(re.findall(r"\b\d+\b", old), re.findall(r"\b\d+\b", new), strict=True)
        off = [(a, b) for a, b in pairs if abs(int(a) - int(b)) > 1]
        assert off == [], "run: python tools/make_odd.py --measure"


# --- defaults ---


FUNCTIONS, COMMANDS = odd_model.of_python(), odd_model.of_terminal()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_seed_and_a_declared_number_of_runs(name):
    assert FUNCTIONS[name]["seed"] == SEED
    assert FUNCTIONS[name]["runs"] in RUNS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_the_defaults_of_its_function(name):
    function = odd_model.OTHER_NAMES.get(name, name)
    page = {"runs": RUNS.pool, "seed": SEED}  # of the app, which is no function
    assert COMMANDS[name] == (page if function == "app" else FUNCTIONS[function])
