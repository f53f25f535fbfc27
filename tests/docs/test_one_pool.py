"""Has the same thing the same number on every page, in every file and by every default?"""

import csv
import inspect
import math
import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from make_numbers import COMMANDS
from make_questions import OUTCOMES
from numbered_pages import AS_ASKED, FITTED, HEADLINE, answered, rows

import lockin_sim as ls
from lockin_sim.app.answers import ReadyAnswers
from lockin_sim.app.server import build_shared_context
from lockin_sim.app.session import LIMITS
from lockin_sim.app.workers import RoundRobinQueue
from lockin_sim.common.conventions import RUNS, SEED
from lockin_sim.settings.ensemble import BUNDLED_NAME
from lockin_sim.settings.policies import QUESTIONS, scenarios

ROOT = Path(__file__).parents[2]
TOOLS = ("numbers", "questions", "answers", "validation", "present")
STUDIES = (
    *("chain", "compare", "contrast", "country", "exit_plan", "hindcast", "lead", "lock_in", "validate"),
)

#: What the tables of a page round away, as a part of the number: three digits of the app's answers.
STORED = 2.0**-9


class Printed(NamedTuple):
    """A number as it is committed somewhere, in per cent or points.

    half  half of a unit of its last digit
    """

    where: str
    value: float
    half: float


def written(where, text, factor=1.0):
    """A number that is written as digits."""
    digits = len(text.partition(".")[2])
    return Printed(where, factor * float(text), factor * 0.5 * 10.0**-digits)


def of_digits(where, text, many=3):
    """A number of so many significant digits, whose trailing zeros are not written."""
    value = float(text)
    size = 10.0 ** (math.floor(math.log10(abs(value))) - many + 1) if value else 0.01
    return Printed(where, value, 0.5 * size)


@cache
def stored():
    """The effects among the answers of the app; a fixture of another world or draws has none."""
    ready = ReadyAnswers.read(build_shared_context(RoundRobinQueue(LIMITS.waiting), posterior=BUNDLED_NAME))
    assert ready is not None, "python tools/make_answers.py has not run for this world"
    return ready.studies["effects"]


def in_app(scenario, outcome, year):
    """The level of the baseline, or the effect of a policy, in the answers of the app."""
    if outcome not in stored()["outcome"].values:
        return []
    at = stored().sel(scenario=scenario, outcome=outcome, year=year)
    mean = at["level"].sel(statistic="mean") if scenario == "baseline" else at["effect"]
    return [Printed("answers.zip", 100 * float(mean), 100 * abs(float(mean)) * STORED)]


def in_numbers(scenario, outcome, year):
    """The same in the table behind README and findings."""
    key = (scenario, outcome, str(year), FITTED)
    return [written("numbers.csv", r.value) for r in rows() if (r.about, r.outcome, r.year, r.draws) == key]


def in_questions(scenario, outcome, year):
    """The same in the answers to the questions: without a policy wherever that is the outcome."""
    mine = [r for r in answered() if OUTCOMES.get(r.scenario, HEADLINE) == outcome and r.year == str(year)]
    if scenario == "baseline":
        return [of_digits(f"questions.csv, {r.scenario}", r.level) for r in mine]
    asked = [r for r in mine if (r.scenario, r.when) == (scenario, AS_ASKED)]
    return [of_digits("questions.csv", r.change) for r in asked]


def in_report(scenario, outcome, year):
    """The same in the first sentence of the sample report, in per cent without decimals."""
    text = (ROOT / "docs" / "sample_report.html").read_text(encoding="utf-8")
    plain = " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())
    said = re.search(r"mobile networks in Africa is (\d+) % in 2025 and (\d+) %", plain.replace(" ", " "))
    if (scenario, outcome) != ("baseline", HEADLINE) or year not in (2025, 2050):
        return []
    return [written("sample_report.html", said[1 if year == 2025 else 2])]


#: Scenario, outcome and year of facts that stand on several pages.
FACTS = [
    *(("baseline", outcome, year) for year in (2025, 2035, 2050) for outcome in
      (HEADLINE, *dict.fromkeys(OUTCOMES.values()))),
    *((policy, HEADLINE, 2050) for policy in scenarios() if policy != "baseline"),
    *((policy, OUTCOMES.get(policy, HEADLINE), year) for policy in QUESTIONS for year in (2035, 2050)),
]  # fmt: skip


def found(fact):
    """Where a fact is committed."""
    return [*in_app(*fact), *in_numbers(*fact), *in_questions(*fact), *in_report(*fact)]


def test_the_facts_stand_on_several_pages():
    several = [fact for fact in dict.fromkeys(FACTS) if len(found(fact)) > 1]
    assert len(several) >= 40
    assert {("baseline", HEADLINE, 2050), ("baseline", OUTCOMES["germany_lifts"], 2050)} <= {*several}


@pytest.mark.parametrize("fact", dict.fromkeys(FACTS), ids=lambda fact: " ".join(map(str, fact)))
def test_a_fact_has_one_number_wherever_it_is_committed(fact):
    first, *others = found(fact) or [None]
    apart = [p for p in others if abs(p.value - first.value) > p.half + first.half + 1e-9]
    assert not apart, (first, apart)


def test_what_economies_have_at_present_is_the_same_on_the_page_and_in_the_app():
    with (ROOT / "results" / "present.csv").open(encoding="utf-8", newline="") as file:
        table = [row for row in csv.DictReader(file) if row["simulated_2025"]]
    assert len(table) > 50
    apart = []
    for row in table:
        shown = written(row["iso3"], row["simulated_2025"])
        outcome = f"dependence[{row['iso3']},CHN,mobile_network]"
        if outcome in stored()["outcome"].values:
            [app] = in_app("baseline", outcome, 2025)
            apart += [(shown, app)] * (abs(shown.value - app.value) > shown.half + app.half + 1e-9)
    assert apart == []


@pytest.mark.parametrize("study", STUDIES)
def test_studies_take_the_pool_by_default(study):
    arguments = inspect.signature(getattr(ls, study)).parameters
    assert arguments["runs"].default == RUNS.pool
    assert "seed" not in arguments or arguments["seed"].default == SEED


def test_commands_and_the_app_take_it_too():
    import typer

    from lockin_sim.cli import app

    known = typer.main.get_command(app).commands
    defaults = {
        name: {o.name: o.default for o in known[name].params}
        for name in ("compare", "country", "lead", "lock-in", "exit", "validate", "app")
    }
    assert {int(options["runs"]) for options in defaults.values()} == {RUNS.pool}
    assert {int(options["seed"]) for options in defaults.values()} == {SEED}
    assert stored().attrs["runs"] == LIMITS.runs == LIMITS.chain_runs == RUNS.pool
    assert stored().attrs["seed"] == SEED


def test_no_page_is_made_from_runs_of_its_own():
    asked = re.compile("--(runs|seed|history|declared)")
    own = {name for name, command in COMMANDS.items() if asked.search(command)}
    # each structure has half as many runs; the coin is pooled over more of them, since chance decides it
    assert own == {"structures", "lock_in"}
    for tool in TOOLS:
        text = (ROOT / "tools" / f"make_{tool}.py").read_text(encoding="utf-8")
        code = text.split('"""', 2)[2]
        assert not re.findall(r"(?:runs|seed|RUNS|SEED)\)?\s*=\s*\d", code), tool


def test_two_studies_of_the_same_runs_agree():
    """What answers questions, and what compares policies for findings, the report and the app."""
    outcome, few = "dependence[DEU,CHN,mobile_network]", {"runs": 3, "workers": 1, "progress": False}
    asked = ls.contrast(
        {"without": ls.Arm(), "it": ls.Arm("germany_lifts")}, outcomes=outcome, years=2040, **few
    )
    compared = ls.compare(
        "germany_lifts", outcomes=[outcome], posterior="bundled", maps=False, years=(2010, 2040), **few
    )
    mine = asked.squeeze().sel(arm="it")
    other = compared.sel(scenario="germany_lifts", outcome=outcome, year=2040)
    for ends in ("effect", "effect_low", "effect_high", "effect_q05", "effect_q95"):
        np.testing.assert_allclose(float(mine[ends]), float(other[ends]), atol=1e-12)
