"""Does the page say how it is made again?"""

from __future__ import annotations

from pathlib import Path

import pytest

import lockin_sim as ls
from lockin_sim.report import Evidence
from lockin_sim.report.assumptions import parameters
from lockin_sim.report.page import command
from lockin_sim.report.tables import scenarios_table
from lockin_sim.titles import OF_THOUGHT

SCENARIO = """name = "{name}"
question = "Why?"
source = "test"
[[levers]]
lever = "export_finance"
target = ["EU", "JPN"]
from = 2012
to = 2013
envelope = 9.0
tied = false
"""
TINY = {"runs": 2, "seed": 1, "years": (2010, 2013), "workers": 1, "maps": False}


def test_the_command_names_files_as_they_were_given(tmp_path: Path):
    file = tmp_path / "my policy.toml"
    file.write_text(SCENARIO.format(name="untied_loans"), encoding="utf-8")
    evidence = Evidence({"effects": ls.compare([str(file), "no_dsr"], **TINY)})
    assert command(evidence).startswith(f"lockin compare '{file}' no_dsr --runs 2")
    assert "--parameter" not in command(evidence)
    row = dict(scenarios_table(evidence).rows)[f"Untied loans ({OF_THOUGHT})"]
    loans = (
        "State loans abroad, European Union and Japan, 2012 to 2013: "
        "money for loans 9\N{NO-BREAK SPACE}bn USD per year, only for own vendors: no"
    )
    assert row[1].text == loans


def test_the_command_and_the_assumptions_name_parameters_of_all_scenarios():
    evidence = Evidence({"effects": ls.compare("no_dsr", parameters={"switching_cost": 3.5}, **TINY)})
    assert command(evidence).startswith(
        "lockin compare no_dsr --runs 2 --seed 1 --parameter switching_cost=3.5"
    )
    table = parameters(evidence.parameters)
    assert dict(table.rows)["cost of switching vendors"][0].text == "3.5"
    assert "but for cost of switching vendors." in table.note
    assert "All values are the defaults." in parameters({}).note


@pytest.mark.parametrize("name", ["digital_oda", "my/own"])
def test_the_command_says_where_a_scenario_came_from_no_file(name: str):
    made = ls.load_scenario("digital_oda").with_lever("state_support", "ericsson", from_=2012, share=0.2)
    effects = ls.compare(made.model_copy(update={"name": name}), **TINY)
    line, comment = command(Evidence({"effects": effects})).splitlines()
    file = f"FILE_OF_{name.replace('/', '_')}.toml"
    assert line.startswith(f"lockin compare {file} --runs 2")
    assert comment.startswith(f"# {file}: a scenario that came from no file")


def test_the_command_of_a_baseline_alone_names_it():
    alone = Evidence({"effects": ls.compare("baseline", **TINY)})
    assert command(alone).startswith("lockin compare baseline --runs 2")
