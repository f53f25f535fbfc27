"""Is the page sound, complete, and true to the datasets?"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from reader import Element, read

import lockin_sim as ls
from lockin_sim.report import Evidence, page, write_report
from lockin_sim.report.answer import answer
from lockin_sim.report.assumptions import parameters
from lockin_sim.report.doubt import in_futures
from lockin_sim.report.goals import at_a_glance, choices, goals
from lockin_sim.report.page import command, title
from lockin_sim.report.record import fit, misfit, missed, recorded
from lockin_sim.report.sections import ORDER
from lockin_sim.report.tables import effects_table, scenarios_table
from lockin_sim.studies.futures import OUTCOMES
from lockin_sim.studies.registry import HEADLINES

HEADLINE = "cn2035_sensitive_excluding_CHN"
LAST = 2036


def plain(text: str) -> str:
    """With ordinary spaces and minus signs."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").replace("−", "-")


@pytest.fixture(scope="module")
def tree(whole_page: str) -> Element:
    return read(whole_page)


def first_cells(tree: Element, section: str) -> dict[str, list[list[str]]]:
    """Cells of a section's first table by row head; each in parts: number, interval."""
    table = tree.by_id(section).all("table")[0]
    return {
        row.one("th").text: [re.split(r"\s(?=[-+]?\d[\d.]* to )", plain(td.text)) for td in row.all("td")]
        for row in table.one("tbody").all("tr")
    }


# --- sound ---


def test_it_is_one_document_that_needs_nothing_from_elsewhere(whole_page: str, tree: Element):
    assert whole_page.lstrip().startswith("<!DOCTYPE html>")
    assert tree.one("html").attributes["lang"] == "en"
    assert "width=device-width" in str([m.attributes for m in tree.all("meta")])
    assert tree.all("iframe", "object", "embed") == []
    assert all("src" not in script.attributes for script in tree.all("script"))
    links = [e.attributes[a] for e in tree.all() for a in ("src", "href", "srcset") if a in e.attributes]
    assert [link[:60] for link in links if not link.startswith(("#", "data:"))] == []
    assert re.findall(r"@import|url\(", tree.one("style").text) == []
    assert len(whole_page.encode()) < 1_500_000


def test_links_lead_to_ids_that_are_there_once(tree: Element):
    ids = [e.attributes["id"] for e in tree.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    targets = [a.attributes["href"] for a in tree.all("a")]
    assert {target.removeprefix("#") for target in targets} <= set(ids)
    assert {key for key, _ in ORDER} <= set(ids)
    labelled = [e.attributes["aria-labelledby"] for e in tree.all("section")]
    assert set(labelled) <= set(ids)


def test_headings_do_not_skip_a_level(tree: Element):
    levels = [int(e.tag[1]) for e in tree.all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert max(np.diff(levels)) <= 1


def test_every_figure_has_a_finding_its_uncertainty_and_a_text_in_its_place(tree: Element):
    figures = tree.all("figure")
    assert len(figures) >= 11
    for figure in figures:
        finding, note = figure.one("figcaption").all("p")
        assert len(finding.text) > 20
        assert re.search(r"\d", finding.text)
        assert re.search(r"interval|runs|range", note.text), note.text
        image = figure.one("img")
        assert finding.text.split(" ", 2)[2] in " ".join(image.attributes["alt"].split())
        assert int(image.attributes["width"]) > 100
    assert len(tree.all("img")) == len(figures)


def test_every_table_has_a_caption_and_as_many_cells_as_heads(tree: Element):
    for table in tree.all("table"):
        assert table.one("caption").text
        heads = [th.text for th in table.one("thead").all("th")]
        for row in table.one("tbody").all("tr"):
            cells = row.all("td")
            assert len(cells) + 1 == len(heads)
            assert [td.attributes["data-label"] for td in cells] == heads[1:]


def test_the_same_studies_give_the_same_page(whole_page: str, studies: dict[str, xr.Dataset]):
    assert page(studies) == whole_page


# --- complete and true ---


def test_the_answer_stands_first_and_has_three_sentences_with_numbers(tree: Element):
    section = tree.one("main").all("section")[0]
    assert section.attributes["id"] == "answer"
    sentences = section.all("p")[0].all("span")
    assert len(sentences) == 3
    assert all(re.search(r"\d", s.text) for s in sentences)
    assert section.all("p")[0].text == " ".join(s.text for s in sentences)


def test_numbers_of_the_answer_are_those_of_the_dataset(studies: dict[str, xr.Dataset]):
    effects = studies["effects"]
    stands = plain(answer(Evidence(studies))[0])
    outcomes = {"Chinese vendors hold": "dependence_CHN", "US vendors": "dependence_USA",
                "EU vendors": "dependence_EU", ", is": HEADLINE}  # fmt: skip
    for words, outcome in outcomes.items():
        said = re.search(rf"{words} ([\d.]+) %", stands)[1]
        at = {"scenario": "baseline", "outcome": outcome, "year": LAST, "statistic": "mean"}
        half = 0.51 * 10.0 ** -len(said.partition(".")[2])
        assert float(said) == pytest.approx(100 * float(effects["level"].sel(at)), abs=half)
        assert len(said.replace(".", "").lstrip("0")) == 2


def test_the_table_shows_effects_and_intervals_of_the_dataset(tree: Element, studies: dict[str, xr.Dataset]):
    effects = studies["effects"].sel(year=LAST)
    cells = first_cells(tree, "effects")
    outcomes = {0: HEADLINE, 1: "dependence_CHN", 2: "dependence_USA", 3: "dependence_EU"}
    for policy in ("eu_coordinated", "no_dsr"):
        for column, outcome in outcomes.items():
            number, interval = cells[ls.load_scenario(policy).title][column]
            at = effects.sel(scenario=policy, outcome=outcome)
            mean, low, high = (100 * float(at[n]) for n in ("effect", "effect_low", "effect_high"))
            digits = len(number.strip("*").partition(".")[2])
            assert float(number.strip("*")) == pytest.approx(mean, abs=0.51 * 10.0**-digits)
            assert [float(x) for x in interval.split(" to ")] == pytest.approx(
                [low, high], abs=0.51 * 10.0**-digits
            )
            assert number.endswith("*") is (low > 0 or high < 0)


def test_the_vendors_of_all_sponsors_adopters_and_costs_stand_side_by_side(tree: Element):
    heads = " ".join(th.text for th in tree.by_id("effects").all("table")[0].one("thead").all("th"))
    for word in ("Chinese", "US", "EU"):
        assert f"{word} vendors in all use" in heads
    assert "Change of price felt by buyers, %" in heads
    assert all(f"Paid by {payer}" in heads for payer in ("China", "USA", "EU"))
    offered = [option.text for option in tree.by_id("map-form").all("option")]
    assert [f"Dependence on {word} vendors" in offered for word in ("Chinese", "US", "EU")] == [True] * 3


def test_sums_paid_are_those_of_the_dataset(tree: Element, studies: dict[str, xr.Dataset]):
    cost = studies["public_cost"].sel(year=LAST, payer="governments", item="total")
    for policy in ("eu_coordinated", "no_dsr"):
        number = first_cells(tree, "cost")[ls.load_scenario(policy).title][4][0].strip("*")
        digits = len(number.partition(".")[2])
        assert float(number) == pytest.approx(
            float(cost["effect"].sel(scenario=policy)), abs=0.51 * 10.0**-digits
        )


def test_what_levers_do_together_is_that_of_the_dataset(tree: Element, studies: dict[str, xr.Dataset]):
    together = studies["synergy_both"].sel(outcome=HEADLINE, year=LAST)
    cells = first_cells(tree, "packages")["Both"]
    for cell, name in zip(cells, ("package", "sum_of_singles", "interaction"), strict=True):
        number = cell[0].strip("*")
        digits = len(number.partition(".")[2])
        assert float(number) == pytest.approx(100 * float(together[name]), abs=0.51 * 10.0**-digits)


def test_a_study_of_other_policies_leaves_dashes(studies: dict[str, xr.Dataset]):
    cost = studies["public_cost"].drop_sel(scenario="no_dsr")
    table = effects_table(Evidence({"effects": studies["effects"], "public_cost": cost}))
    bills = {name: cells[-1].text for name, cells in table.rows}
    assert bills["No Digital Silk Road"] == "–"
    assert bills["EU coordinated stance"] != "–"


def test_assumptions_limits_and_the_way_to_reproduce_are_there(tree: Element, studies: dict[str, xr.Dataset]):
    text = tree.by_id("assumptions").text
    words = ("measured", "estimated", "assumed", "cost of switching vendors", "envelopes")
    assert all(word in text for word in words)
    limits = tree.by_id("limits").text
    assert all(name in limits for name in ("GSMA", "Oxford Economics", "Strand Consult"))
    assert "<!--" not in limits
    made = tree.by_id("reproduce").text
    command = "lockin compare eu_coordinated no_dsr --runs 3 --seed 1 --years 2010-2036"
    assert f"{command} --chain --channels --window --otherwise --packages --futures 4" in made
    assert all(str(h) in made for h in studies["effects"]["scenario_hash"].values)


# --- the brief ---


def set_group(studies: dict[str, xr.Dataset], measure: str, group: str, policy: str, mean: float) -> None:
    at = {"scenario": policy, "measure": measure, "group": group, "year": LAST}
    for name, value in (("effect", mean), ("effect_low", mean - 0.001), ("effect_high", mean + 0.001)):
        studies["by_group"][name].loc[at] = value


def test_a_goal_names_the_policy_that_serves_it_most(studies: dict[str, xr.Dataset]):
    set_group(studies, "dependence_sensitive_CHN", "EU", "eu_coordinated", -0.12)
    set_group(studies, "sales_CHN", "world", "eu_coordinated", -0.03)
    set_group(studies, "surplus", "income:low", "eu_coordinated", -0.025)
    evidence = Evidence(studies)
    goal = next(goal for goal in goals(evidence) if "EU" in goal.title)
    (choice,) = choices(evidence, goal)
    assert (choice.kind, choice.title) == ("Best single policy", "EU coordinated stance")
    assert plain(choice.effect).startswith("-12 percentage points (95 % interval -12 to -12)")
    assert "Chinese vendors (-3.0 points of the world's sales)" in plain(choice.loses)
    weight = ls.Parameters().price_weight
    assert f"low-income economies ({2.5 / weight:.2f} %" in plain(choice.loses)
    scenario = ls.load_scenario("eu_coordinated")
    (other,) = scenario.otherwise
    assert plain(choice.decides).startswith(f"{scenario.decides}; -12 percentage points as assumed here, ")
    assert choice.decides.endswith(other.when)
    for name in ("effect", "effect_low", "effect_high"):
        cell = {
            "scenario": f"eu_coordinated, {other.when}",
            "measure": "dependence_sensitive_CHN",
            "group": "EU",
            "year": LAST,
        }
        studies["otherwise_by_group"][name].loc[cell] = -0.035
    again = choices(Evidence(studies), goal)[0].decides
    assert plain(again).removeprefix(scenario.decides) == (
        f"; -12 percentage points as assumed here, -3.5 {other.when}"
    )
    one = studies["otherwise_by_group"]
    further = one.isel(scenario=[1]).assign_coords(scenario=["further"]).copy(deep=True)
    further["scenario_otherwise"][:] = "if more"
    further["effect"][:] = -0.034  # moves it further from -0.12 than -0.035 does
    studies["otherwise_by_group"] = xr.concat([one, further], "scenario", data_vars="minimal")
    assert "if more" in choices(Evidence(studies), goal)[0].decides
    studies["otherwise_by_group"]["effect"][-1] = -0.036
    assert other.when in choices(Evidence(studies), goal)[0].decides
    del studies["otherwise_by_group"]
    assert choices(Evidence(studies), goal)[0].decides == scenario.decides


def test_one_row_a_goal_says_what_to_take_and_what_it_costs(studies: dict[str, xr.Dataset]):
    set_group(studies, "dependence_sensitive_CHN", "EU", "eu_coordinated", -0.12)
    evidence = Evidence(studies)
    made = [(goal, choices(evidence, goal)) for goal in goals(evidence)]
    table = at_a_glance(evidence, made)
    assert [name for name, _ in table.rows] == [goal.title for goal, _ in made]
    assert all(len(cells) == len(table.heads) - 1 for _, cells in table.rows)
    (cells,) = (cells for name, cells in table.rows if "EU" in name)
    assert cells[0].text == "EU coordinated stance"
    assert plain(cells[1].text) == f"-12 percentage points by {LAST}"
    assert cells[2].text == made[1][1][0].cost
    assert cells[3].text == made[1][1][0].futures
    set_group(studies, "dependence_sensitive_CHN", "EU", "eu_coordinated", 0.12)
    evidence = Evidence(studies)
    none = at_a_glance(evidence, [(goal, choices(evidence, goal)) for goal in goals(evidence)])
    (cells,) = (cells for name, cells in none.rows if "EU" in name)
    assert [cell.text for cell in cells] == ["none of those compared", "–", "–", "–"]


def test_a_yardstick_is_no_choice_and_a_goal_that_nothing_serves_says_so(studies: dict[str, xr.Dataset]):
    set_group(studies, "dependence_sensitive_CHN", "EU", "no_dsr", -0.5)
    set_group(studies, "dependence_sensitive_CHN", "EU", "eu_coordinated", 0.1)
    evidence = Evidence(studies)
    goal = next(goal for goal in goals(evidence) if "EU" in goal.title)
    assert choices(evidence, goal) == []
    assert f"No policy compared changes {goal.what} this way" in read(page(studies, {})).by_id("goals").text


def test_the_known_misfit_stands_in_the_answer(tree: Element):
    misses, of = missed()
    assert 0 < misses < of
    assert plain(misfit()) in plain(tree.by_id("answer").text)
    said = fit()
    assert said in tree.by_id("record").text
    assert f"{of - misses} of {of} patterns" in said
    assert all(0 <= row.reported <= 100 and 0 <= row.simulated <= 100 for row in recorded())
    off = sum(abs(row.off) for row in recorded()) / len(recorded())
    assert f"off by {off:.0f} points on average over {len(recorded())} reported shares" in said


# --- other futures ---


def test_without_futures_the_first_paragraph_says_that_they_were_not_examined(studies: dict[str, xr.Dataset]):
    del studies["futures"]
    assert "was not examined" in answer(Evidence(studies))[2]


def test_effects_that_flip_are_told_beside_other_futures(studies: dict[str, xr.Dataset]):
    flips = studies["futures"]["flips"]
    flips[:] = False
    assert "goes either way for" not in in_futures(Evidence(studies))
    at = {"scenario": "no_dsr", "outcome": HEADLINE}
    flips.loc[at] = True
    for name, share in (("share_raises", 0.3), ("share_lowers", 0.6)):
        studies["futures"][name].loc[at] = share
    said = plain(in_futures(Evidence(studies)))
    assert (
        "goes either way for one of two policies: “No Digital Silk Road” clearly raises it in 30 % and "
        "clearly lowers it in 60 %" in said
    )
    assert "no policy's effect" not in said


def test_effects_that_flip_nowhere_are_told_in_one_sentence(studies: dict[str, xr.Dataset]):
    studies["futures"]["flips"][:] = False
    said = plain(in_futures(Evidence(studies)))
    assert said.count("no policy's effect on") == 1
    assert "goes either way: clearly up in at least one future in twenty" in said


def test_futures_judge_what_the_page_is_about():
    assert set(HEADLINES) < set(OUTCOMES)


# --- any data ---


def set_effect(studies: dict[str, xr.Dataset], policy: str, *values: float) -> None:
    at = {"scenario": policy, "outcome": HEADLINE, "year": LAST}
    for name, value in zip(("effect", "effect_low", "effect_high"), values, strict=True):
        studies["effects"][name].loc[at] = value


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            (0.02, 0.01, 0.03),
            (-0.01, -0.02, 0.01),
            "only “EU coordinated stance” changes that by more than chance could: it raises it by 2.0",
        ),
        (
            (0.02, 0.01, 0.03),
            (-0.05, -0.06, -0.04),
            "“No Digital Silk Road” changes that most: it lowers it by 5.0",
        ),
        (
            (0.02, -0.01, 0.05),
            (-0.01, -0.02, 0.01),
            r"None of two policies .*of “EU coordinated stance”, is \+2 ",
        ),
        ((np.nan,) * 3, (np.nan,) * 3, "has no defined effect on it"),
    ],
)
def test_the_first_sentence_fits_any_effects(studies: dict[str, xr.Dataset], first, second, said: str):
    set_effect(studies, "eu_coordinated", *first)
    set_effect(studies, "no_dsr", *second)
    assert re.search(said, plain(answer(Evidence(studies))[1]))


def test_what_is_undefined_is_a_dash_and_what_was_not_examined_is_said(studies: dict[str, xr.Dataset]):
    set_effect(studies, "no_dsr", np.nan, np.nan, np.nan)
    tree = read(page({"effects": studies["effects"]}))
    assert first_cells(tree, "effects")["No Digital Silk Road"][0] == ["–"]
    assert "– not defined" in tree.by_id("effects").text
    for key, how in {
        "window": "--window",
        "futures": "--futures",
        "channels": "--channels",
        "chain": "--chain",
        "cost": "compare",
        "packages": "--packages",
    }.items():
        assert [e for e in tree.all() if e.attributes.get("id") == key] == []
        assert how in tree.by_id("reading").text
    assert "Not examined" in tree.by_id("reading").text


def test_a_baseline_alone_and_a_single_policy(studies: dict[str, xr.Dataset]):
    alone = read(page({"effects": studies["effects"].isel(scenario=[0])}))
    assert "No policy was compared" in alone.by_id("answer").text
    assert "nothing to compare" in alone.by_id("reading").text
    single = Evidence({"effects": studies["effects"].isel(scenario=[0, 1])})
    assert title(single) == str(studies["effects"]["scenario_question"].values[1])


def test_a_toy_world_without_standards_or_sponsors():
    none = ls.Scenario.none()
    effects = ls.compare(
        none, baseline=none, world=ls.toy_world(n_countries=20, n_vendors=2), years=(0, 6),
        runs=2, parameters=ls.Parameters.neutral(), workers=1, maps=False,
    )  # fmt: skip
    tree = read(page({"effects": effects}))
    assert "neither of these sponsors" in tree.by_id("reading").text
    assert "no standards bodies" in tree.by_id("reading").text


def test_hostile_names_stay_text(studies: dict[str, xr.Dataset]):
    name, script = '<b>&"it\'s" /..', "<script>alert(1)</script> & 1 < 2"
    for key, ds in studies.items():
        if "scenario" not in ds.coords:
            continue
        names = [name if str(s) == "no_dsr" else str(s) for s in ds["scenario"].values]
        text = {
            c: ("scenario", [script] * len(names))
            for c in ("scenario_question", "scenario_source")
            if c in ds
        }
        studies[key] = ds.assign_coords(scenario=names, scenario_title=("scenario", names)).assign_coords(
            text
        )
    html = page(studies)
    tree = read(html)
    assert script not in html
    assert [s.attributes.get("type") for s in tree.all("script")] == ["application/json"] * 2 + [None]
    assert script in tree.by_id("assumptions").text
    assert name in tree.by_id("effects").all("table")[0].text
    assert "<b>&" not in html


# --- files ---


def test_what_is_not_a_comparison_is_refused(studies: dict[str, xr.Dataset], tmp_path):
    with pytest.raises(ls.InputError, match=r"found .*by_group.*; allowed: some with effects among them"):
        page({"by_group": studies["by_group"]})
    with pytest.raises(ls.InputError, match=r"allowed: a dataset of lockin_sim\.compare"):
        page({"effects": xr.Dataset({"x": 1})})
    with pytest.raises(ls.InputError, match=r"a file that ends in \.html"):
        write_report(studies, tmp_path)


def test_a_file_that_cannot_be_written_leaves_nothing(studies: dict[str, xr.Dataset], tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ls.InputError, match="report: found"):
        write_report({"effects": studies["effects"].isel(scenario=[0])}, tmp_path / "file" / "page.html")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


# --- how to make it again ---


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
    row = dict(scenarios_table(evidence).rows)["Untied loans"]
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
