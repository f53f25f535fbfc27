"""Is the page sound, complete, and true to the datasets?"""

import re

import numpy as np
import pytest
from reader import HEADLINE, LAST, first_cells, near, plain

import lockin_sim as ls
from lockin_sim.report import Evidence, page
from lockin_sim.report.page import SECTIONS, answer
from lockin_sim.report.tables import cost_table, effects_table

POLICIES = ("eu_coordinated", "no_dsr")


def title(policy):
    return ls.load_scenario(policy).title


# --- sound ---


def test_it_is_one_document_that_needs_nothing_from_elsewhere(whole_page, tree):
    assert whole_page.lstrip().startswith("<!DOCTYPE html>")
    assert tree.one("html").attributes["lang"] == "en"
    assert "width=device-width" in str([m.attributes for m in tree.all("meta")])
    assert tree.all("iframe", "object", "embed") == []
    assert all("src" not in script.attributes for script in tree.all("script"))
    links = [e.attributes[a] for e in tree.all() for a in ("src", "href", "srcset") if a in e.attributes]
    assert [link[:60] for link in links if not link.startswith(("#", "data:"))] == []
    assert re.findall(r"@import|url\(", tree.one("style").text) == []
    assert len(whole_page.encode()) < 1_500_000


def test_links_lead_to_ids_that_are_there_once(tree):
    ids = [e.attributes["id"] for e in tree.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    targets = {a.attributes["href"].removeprefix("#") for a in tree.all("a")}
    labels = {e.attributes["aria-labelledby"] for e in tree.all("section")}
    assert targets | labels | set(SECTIONS) <= set(ids)


def test_headings_do_not_skip_a_level(tree):
    levels = [int(e.tag[1]) for e in tree.all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == levels[0] == 1
    assert max(np.diff(levels)) <= 1


def test_every_figure_has_a_finding_its_uncertainty_and_a_text_in_its_place(tree):
    figures = tree.all("figure")
    assert len(figures) >= 11
    for figure in figures:
        finding, note = figure.one("figcaption").all("p")
        assert re.search(r"\d", finding.text)
        assert re.search(r"interval|runs|range", note.text), note.text
        image = figure.one("img")
        assert finding.text.split(" ", 2)[2] in " ".join(image.attributes["alt"].split())
        assert int(image.attributes["width"]) > 100
    assert len(tree.all("img")) == len(figures)


def test_every_table_has_a_caption_and_as_many_cells_as_heads(tree):
    for table in tree.all("table"):
        assert table.one("caption").text
        heads = [th.text for th in table.one("thead").all("th")]
        for row in table.one("tbody").all("tr"):
            assert [td.attributes["data-label"] for td in row.all("td")] == heads[1:]


def test_the_same_studies_give_the_same_page(whole_page, studies):
    assert page(studies) == whole_page


# --- complete and true ---


def test_the_answer_stands_first_and_has_three_sentences_with_numbers(tree):
    section = tree.one("main").all("section")[0]
    assert section.attributes["id"] == "answer"
    sentences = section.all("p")[0].all("span")
    assert [bool(re.search(r"\d", s.text)) for s in sentences] == [True] * 3
    assert section.all("p")[0].text == " ".join(s.text for s in sentences)


def test_numbers_of_the_answer_are_those_of_the_dataset(studies):
    effects = studies["effects"].sel(scenario="baseline", year=LAST, statistic="mean")
    stands = plain(answer(Evidence(studies))[0])
    outcomes = {"Chinese vendors hold": "dependence_CHN", "US vendors": "dependence_USA",
                "EU vendors": "dependence_EU", ", is": HEADLINE}  # fmt: skip
    for words, outcome in outcomes.items():
        said = re.search(rf"{words} ([\d.]+) %", stands)[1]
        assert near(said, 100 * float(effects["level"].sel(outcome=outcome)))
        assert len(said.replace(".", "").lstrip("0")) == 2


def test_the_table_shows_effects_and_intervals_of_the_dataset(tree, studies):
    cells = first_cells(tree, "effects")
    for policy in POLICIES:
        for column, outcome in enumerate((HEADLINE, "dependence_CHN", "dependence_USA", "dependence_EU")):
            number, interval = cells[title(policy)][column]
            at = studies["effects"].sel(scenario=policy, outcome=outcome, year=LAST)
            mean, low, high = (100 * float(at[n]) for n in ("effect", "effect_low", "effect_high"))
            assert all(map(near, (number, *interval.split(" to ")), (mean, low, high)))
            assert number.endswith("*") is (low > 0 or high < 0)


def test_regions_have_both_means_of_the_dataset(tree, studies):
    found = studies["by_group"].sel(year=LAST, group="Africa", scenario="no_dsr")
    table = tree.by_id("regions").all("table")[-1]
    assert str(LAST) in table.one("caption").text
    head = [th.text for th in table.one("thead").all("th")].index("Africa") - 1
    row = next(r for r in table.one("tbody").all("tr") if r.one("th").text == title("no_dsr"))
    text = plain(row.all("td")[head].text)
    said = [re.search(r"^([-+][\d.]+)", text)[1], re.search(r"by size ([-+][\d.]+)", text)[1]]
    for number, measure in zip(said, ("dependence_economies_CHN", "dependence_sensitive_CHN"), strict=True):
        assert near(number, 100 * float(found["effect"].sel(measure=measure)))


def test_the_vendors_of_all_sponsors_adopters_and_costs_stand_side_by_side(tree):
    heads = " ".join(th.text for th in tree.by_id("effects").all("table")[0].one("thead").all("th"))
    for word in ("Chinese", "US", "EU"):
        assert f"{word} vendors in all use" in heads
    assert "Change of price felt by buyers, %" in heads
    assert all(f"Paid by {payer}" in heads for payer in ("China", "USA", "EU"))
    offered = [option.text for option in tree.by_id("map-form").all("option")]
    assert all(f"Dependence on {word} vendors" in offered for word in ("Chinese", "US", "EU"))


def test_sums_paid_are_those_of_the_dataset(tree, studies):
    heads = [th.text for th in tree.by_id("cost").all("table")[0].one("thead").all("th")][1:]
    cost = studies["public_cost"].sel(year=LAST, payer="governments", item="total")
    for policy in POLICIES:
        cell = first_cells(tree, "cost")[title(policy)][heads.index("Governments together, bn USD")]
        assert near(cell[0], float(cost["effect"].sel(scenario=policy)))


def test_columns_of_states_hold_all_that_governments_pay(studies):
    """Whoever pays something worth naming has a column, so that the row adds up."""
    cost = studies["public_cost"]
    for name in ("effect", "effect_low", "effect_high"):
        cost[name].loc[{"item": "total", "year": LAST, "payer": "KOR", "scenario": "no_dsr"}] = 3.0
    table = cost_table(Evidence(studies), cost)
    states = ("China", "USA", "EU", "Korea")
    assert [head for head in table.heads if head.startswith(states)] == [f"{s}, bn USD" for s in states]
    assert dict(table.rows)[title("no_dsr")][states.index("Korea")].text == "+3.0*"


def test_what_levers_do_together_is_that_of_the_dataset(tree, studies):
    together = studies["synergy_both"].sel(outcome=HEADLINE, year=LAST)
    cells = first_cells(tree, "packages")["Both"]
    for cell, name in zip(cells, ("package", "sum_of_singles", "interaction"), strict=True):
        assert near(cell[0], 100 * float(together[name]))


def test_a_study_of_other_policies_leaves_dashes(studies):
    cost = studies["public_cost"].drop_sel(scenario="no_dsr")
    table = effects_table(Evidence({"effects": studies["effects"], "public_cost": cost}))
    bills = {name: cells[-1].text for name, cells in table.rows}
    assert [bills[title(policy)] == "–" for policy in POLICIES] == [False, True]


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("assumptions", ("measured", "estimated", "assumed", "cost of switching vendors", "envelopes")),
        ("limits", ("GSMA", "Oxford Economics", "Strand Consult")),
        (
            "reproduce",
            (
                "lockin compare eu_coordinated no_dsr --runs 3 --seed 1 --years 2010-2036 "
                "--chain --channels --window --otherwise --packages --futures 4",
                *(ls.load_scenario(policy).hash for policy in POLICIES),
            ),
        ),
    ],
)
def test_assumptions_limits_and_the_way_to_reproduce_are_there(tree, section, words):
    text = tree.by_id(section).text
    assert [word for word in words if word not in text] == []
    assert "<!--" not in text
