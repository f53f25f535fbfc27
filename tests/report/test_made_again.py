"""Does the page say how it is made again, and does `lockin report` make it?"""

import re
from pathlib import Path

import odd_results
import pytest

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.report import Evidence
from lockin_sim.report.page import command
from lockin_sim.report.record import parameters
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
ROOT = Path(__file__).parents[2]
TINY = {"runs": 2, "seed": 1, "years": (2010, 2013), "workers": 1, "maps": False}


def test_the_command_names_files_as_they_were_given(tmp_path):
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
def test_the_command_says_where_a_scenario_came_from_no_file(name):
    made = ls.load_scenario("digital_oda").with_lever("state_support", "ericsson", from_=2012, share=0.2)
    effects = ls.compare(made.model_copy(update={"name": name}), **TINY)
    line, comment = command(Evidence({"effects": effects})).splitlines()
    file = f"FILE_OF_{name.replace('/', '_')}.toml"
    assert line.startswith(f"lockin compare {file} --runs 2")
    assert comment.startswith(f"# {file}: a scenario that came from no file")


def test_the_command_of_a_baseline_alone_names_it():
    alone = Evidence({"effects": ls.compare("baseline", **TINY)})
    assert command(alone).startswith("lockin compare baseline --runs 2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("compared") / "results"
    options = ["--runs", "2", "--workers", "1", "--years", "2010-2036", "--out", str(out)]
    assert main(["compare", "no_dsr", *options]) == 0
    return out


def test_the_report_of_the_main_job_can_be_made_again_from_its_folder(folder, tmp_path, capsys):
    again = tmp_path / "deep" / "again.html"
    assert main(["report", str(folder), "--out", str(again)]) == 0
    assert str(again) in capsys.readouterr().out.replace("\n", "")
    assert again.read_bytes() == (folder / "report.html").read_bytes()
    assert '"report.html"' in (folder / "manifest.json").read_text(encoding="utf-8")


def test_the_level_in_the_readme_and_images_can_be_made_from_it(folder, tmp_path):
    def shape(words):
        return re.sub(r"\b\d+\b", "#", " ".join(words.split()))

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (old,) = re.findall(r"<!-- generated: level -->\n(.*?)\n<!-- end -->", readme, re.DOTALL)
    assert shape(old) == shape(odd_results.level(folder))
    odd_results.copy_figures(folder, tmp_path)
    figures = {*odd_results.IMAGES, odd_results.EFFECTS}
    assert all((tmp_path / f"{name}.png").exists() for name in figures)
    assert figures <= {path.stem for path in (ROOT / "docs" / "images").iterdir()}


@pytest.mark.parametrize("content", [None, {}, {"zarr.json": "{}"}, {"manifest.json": "{}"}])
def test_a_folder_that_is_no_comparison_is_refused_with_one_message(content, tmp_path, capsys):
    place = tmp_path / "store"
    if content is not None:
        place.mkdir()
        for name, text in content.items():
            (place / name).write_text(text, encoding="utf-8")
    assert main(["report", str(place)]) == 2
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1
    assert str(place) in said
    assert "a folder made by `lockin compare`" in said
    assert not (place / "report.html").exists()
