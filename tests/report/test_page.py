"""Is the page sound, complete, and true to the datasets?"""

import re

import pytest
from matplotlib.text import Text
from reader import HEADLINE, LAST, first_cells, near, plain, read, set_numbers

import lockin_sim as ls
from lockin_sim.common.formats import opening
from lockin_sim.common.prose import render_bundled_answer
from lockin_sim.comparisons.by_group import select_effects_by_region
from lockin_sim.comparisons.effects_reader import EffectsReader
from lockin_sim.comparisons.measured_places import HEADLINES, outcomes
from lockin_sim.pages.annex import SECTIONS
from lockin_sim.pages.comparison_page import answer, command, short
from lockin_sim.pages.record_parts import fit, misfit, missed
from lockin_sim.pages.record_parts import parameters as table_of_parameters
from lockin_sim.pages.report import Evidence
from lockin_sim.pages.tables import cost_table, pays_table
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.policies import scenarios
from lockin_sim.world.case import load_bundled_case
from lockin_sim.world.names import TITLES, format_label

POLICIES = ("eu_coordinated", "no_dsr")


def title(policy):
    return ls.load_scenario(policy).title


# --- sound ---


@pytest.fixture(params=["report", "annex"])
def either(request):
    """Text and elements of the report, and of its annex."""
    text = request.getfixturevalue({"report": "whole_page", "annex": "whole_annex"}[request.param])
    return text, read(text)


#: Files that stand beside each other.
BESIDE = {"report.html", "annex.html"}


def test_it_is_one_document_that_needs_nothing_from_elsewhere(either):
    text, tree = either
    assert text.lstrip().startswith("<!DOCTYPE html>")
    assert tree.one("html").attributes["lang"] == "en"
    assert "width=device-width" in str([m.attributes for m in tree.all("meta")])
    assert tree.all("iframe", "object", "embed") == []
    assert all("src" not in script.attributes for script in tree.all("script"))
    links = [e.attributes[a] for e in tree.all() for a in ("src", "href", "srcset") if a in e.attributes]
    assert {link[:60] for link in links if not link.startswith(("#", "data:"))} < BESIDE
    assert re.findall(r"@import|url\(", tree.one("style").text) == []
    assert len(text.encode()) < 1_200_000


def test_links_lead_to_ids_that_are_there_once(either, annexed):
    _, tree = either
    ids = [e.attributes["id"] for e in tree.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    targets = {a.attributes["href"].removeprefix("#") for a in tree.all("a")} - BESIDE
    labels = {
        e.attributes["aria-labelledby"] for e in tree.all("section") if "aria-label" not in e.attributes
    }
    assert targets | labels <= set(ids)
    assert set(SECTIONS) <= {e.attributes.get("id") for e in annexed.all("section")}


def test_it_opens_with_the_question_of_the_case_and_a_level_beside_todays(tree, studies):
    assert tree.one("h1").text == load_bundled_case().question
    table = tree.by_id("standing").one("table")
    assert [th.text for th in table.one("thead").all("th")][1:] == ["2025", str(LAST)]
    level = studies["effects"]["level"].sel(scenario="baseline")
    rows = table.one("tbody").all("tr")
    assert [row.one("th").text for row in rows] == [opening(outcomes()[name].label) for name in HEADLINES]
    for row, outcome in zip(rows, HEADLINES, strict=True):
        for cell, year in zip(row.all("td"), (2025, LAST), strict=True):
            said = re.fullmatch(r"([\d.]+) % ([\d.]+) to ([\d.]+)", plain(cell.text)).groups()
            for number, statistic in zip(said, ("mean", "q05", "q95"), strict=True):
                assert near(number, 100 * float(level.sel(outcome=outcome, year=year, statistic=statistic)))


def test_every_figure_has_a_finding_its_uncertainty_and_a_text_in_its_place(tree, annexed):
    figures = [*tree.all("figure"), *annexed.all("figure")]
    assert len(tree.all("figure")) == 1
    assert len(figures) >= 9
    for figure in figures:
        finding, note = figure.one("figcaption").all("p")
        assert re.search(r"\d", finding.text)
        assert re.search(r"interval|runs|range", note.text), note.text
        image = figure.one("img")
        assert finding.text.split(" ", 2)[2] in " ".join(image.attributes["alt"].split())
        assert int(image.attributes["width"]) > 100
    images = [image.attributes["src"] for image in [*tree.all("img"), *annexed.all("img")]]
    assert len(set(images)) == len(images) == len(figures)  # none is repeated


# --- complete and true ---


def test_numbers_of_the_answer_are_those_of_the_dataset(studies):
    level = studies["effects"]["level"].sel(scenario="baseline", statistic="mean", outcome=HEADLINE)
    stands = plain(answer(Evidence(studies))[0])
    label = re.escape(outcomes()[HEADLINE].label)
    levels = re.match(rf"{label} is ([\d.]+) % in 2025 and ([\d.]+) % \(.*\) in {LAST}", stands)
    for said, year in zip(levels.groups(), (2025, LAST), strict=True):
        assert near(said, 100 * float(level.sel(year=year)))


def test_what_loans_win_stands_beside_runs_of_the_bundled_world_and_draws_alone(studies):
    about = studies["effects"].attrs
    for posterior, parameters, there in (("bundled", "{}", True), ("mine", "{}", False),
                                         ("bundled", '{"switching_cost": 0.0}', False)):  # fmt: skip
        about |= {"posterior": posterior, "parameters": parameters}
        about |= {"parameters_drawn": 45, "effective_draws": 53.1}
        assert (render_bundled_answer() in answer(Evidence(studies))) == there


def test_the_table_shows_effects_and_intervals_of_the_dataset(annexed, studies):
    shown = [("effects", place, outcome) for place, outcome in enumerate(HEADLINES)]
    world = ("dependence_CHN", "dependence_USA", "dependence_EU", "cn2035_share")
    shown += [("vendors", place, outcome) for place, outcome in enumerate(world)]
    for policy in POLICIES:
        for section, column, outcome in shown:
            number, interval = first_cells(annexed, section)[title(policy)][column]
            at = studies["effects"].sel(scenario=policy, outcome=outcome, year=LAST)
            mean, low, high = (100 * float(at[n]) for n in ("effect", "effect_q05", "effect_q95"))
            assert all(map(near, (number, *interval.split(" to ")), (mean, low, high)))
            agree = float(at["effect_above" if mean > 0 else "effect_below"])
            clear = EffectsReader(studies["effects"]).finding(policy, outcome, LAST).clear
            assert number.endswith("*") is clear
            assert not clear or (agree >= 0.9 and abs(mean) >= 0.05)


def test_the_heat_map_has_the_effects_of_every_region(studies, every_figure):
    texts = [plain(text).replace("\n", " ") for text in shown(every_figure["regions"])]
    found = select_effects_by_region(studies["by_group"]).isel(measure=0).sel(year=LAST, scenario=POLICIES[0])
    assert len(set(texts) & {str(label) for label in found["group_label"].values}) >= 4
    numbers = [text.strip("()") for text in texts if re.fullmatch(r"\(?[-+]?[\d.]+\)?", text)]
    for mean in 100 * found["effect"].values:
        assert any(near(number, mean) for number in numbers), mean


def test_sums_paid_are_those_of_the_dataset(annexed, tree, studies):
    heads = [th.text for th in annexed.by_id("cost").all("table")[0].one("thead").all("th")][1:]
    cost = studies["public_cost"].sel(year=LAST, payer="governments", item="total")
    for policy in POLICIES:
        cell = first_cells(annexed, "cost")[title(policy)][heads.index("Governments together, bn USD")]
        assert near(cell[0], float(cost["effect"].sel(scenario=policy)))
    assert list(first_cells(tree, "pays")) == [title("eu_coordinated")]  # the other nobody can choose
    mine = first_cells(tree, "pays")[title("eu_coordinated")][1]
    assert near(mine[0], float(cost["effect"].sel(scenario="eu_coordinated")))


def test_the_known_misfit_stands_in_the_answer(tree, annexed):
    misses, of = missed()
    assert 0 < misses < of
    assert plain(misfit()).removeprefix("the ") in plain(tree.by_id("answer").text)
    assert f"{of - misses} of {of} patterns" in fit()
    assert fit() in annexed.by_id("record").text


def test_the_answer_says_what_runs_differ_by_and_the_command_repeats_a_drawn_structure(studies):
    effects = studies["effects"]
    assert "run-to-run variation only" in answer(Evidence(studies))[-1]
    effects.attrs |= {"posterior": "bundled", "parameters_drawn": 45, "effective_draws": 53.1}
    said = answer(Evidence(studies))[-1]
    assert "45 uncertain parameters" in said
    assert "we did not try other models here" in said
    assert short(Evidence(studies))[-1] == said
    effects.attrs |= {"structure": "drawn", "structures": 22}
    said = answer(Evidence(studies))[-1]
    assert "half of the draws have the declared structure of the model, half one of 21 others" in said
    effects.attrs["parameters"] = '{"switching_cost": {"2031": 0.0, "2040": 2.1234567890123}}'
    typed = command(Evidence(studies))
    assert "--structure drawn" in typed
    assert "--parameter switching_cost=2031:0,2040:2.1234567890123 " in typed


def test_other_assumptions_of_the_policy_that_moves_most_can_be_compared(studies):
    at = {"scenario": "eu_coordinated", "outcome": HEADLINE, "year": LAST}
    set_numbers(studies["effects"], -0.2, -0.21, -0.19, **at)
    assert "To assume something else, compare 'eu_coordinated, if " in short(Evidence(studies))[0]


def test_who_loses_is_named(studies):
    for measure, group, mean in (("sales_CHN", "world", -0.03), ("surplus", "income:low", -0.025)):
        at = {"scenario": "eu_coordinated", "measure": measure, "group": group, "year": LAST}
        set_numbers(studies["by_group"], mean, mean - 0.001, mean + 0.001, **at)
    table = pays_table(Evidence(studies))
    loses = plain(
        dict(zip(table.heads, ["", *dict(table.rows)["EU coordinated stance"]], strict=True))[
            "who loses"
        ].text
    )
    assert "Chinese vendors (-3.0 points of the world's sales)" in loses
    assert f"low-income economies ({2.5 / ls.Parameters().price_weight:.2f} %" in loses


def test_columns_of_states_hold_all_that_governments_pay(studies):
    """Whoever pays something worth naming has a column, so that the row adds up."""
    cost = studies["public_cost"]
    set_numbers(cost, 3.0, 3.0, 3.0, item="total", year=LAST, payer="KOR", scenario="no_dsr")
    table = cost_table(Evidence(studies), cost)
    states = ("China", "USA", "EU", "Korea")
    assert [head for head in table.heads if head.startswith(states)] == [f"{s}, bn USD" for s in states]
    assert table.heads[1] == "The EU with its buyers, bn USD"
    column = table.heads.index("Korea, bn USD") - 1
    assert dict(table.rows)[title("no_dsr")][column].text == "+3.0*"


# --- names ---


#: What identifiers look like: words joined by underscores, codes of groups and targets, the family's code.
IDENTIFIER = re.compile(r"\b\w*[a-z0-9]_\w+|\b\w+:[a-z]\w*|\bcn2035\b|\bISO_IEC\b")


def shown(figure):
    """Every visible text of a figure."""
    found = figure.findobj(Text)  # type: ignore[attr-defined]
    return [text.get_text() for text in found if text.get_visible() and text.get_text()]


def test_the_page_shows_identifiers_only_where_it_says_how_to_make_it_again(either):
    tree = read(either[0])
    tree.by_id("reproduce").children.clear()
    words = " ".join(_texts(tree, skip=("style", "script", "pre", "code")))
    assert "EU coordinated stance" in words
    found = set(IDENTIFIER.findall(words)) - {"lockin_sim"}
    assert found == set()


def test_everything_shown_has_a_title():
    world = ls.load_world()
    stories = [ls.load_scenario(name) for name in scenarios()]
    words = [" ".join((story.question, story.source, story.assumption)) for story in stories]
    assert [text for text in words if IDENTIFIER.search(text)] == []
    titles = [story.title for story in stories]
    titles += [lever.title for lever in LEVERS.values()]
    titles += [each.title for lever in LEVERS.values() for each in lever.settings.values()]
    titles += [outcome.label for outcome in outcomes(world).values()]
    axes = {
        "country": world.countries, "group": world.group_names, "domain": world.domains,
        "sponsor": world.sponsors, "body": world.body_names, "standard": world.standards,
    }  # fmt: skip
    assert set(axes) <= set(TITLES)
    titles += [format_label(axis, label) for axis, labels in axes.items() for label in labels]
    assert all(titles)
    assert [title for title in titles if IDENTIFIER.search(title)] == []
    of_scenarios = titles[: len(scenarios())]
    assert len(set(of_scenarios)) == len(of_scenarios)


def _texts(element, skip):
    """Texts of an element and those inside it, but of some tags."""
    found = []
    for child in element.children:
        if isinstance(child, str):
            found.append(child)
        elif child.tag not in skip:
            found += _texts(child, skip) + [v for k, v in child.attributes.items() if k in ("alt", "title")]
    return found


def test_numbers_of_parameters_have_a_true_minus_sign():
    cells = [cell for _, cells in table_of_parameters({}).rows for cell in cells[:2]]
    shown = [getattr(cell, "text", cell) for cell in cells]
    assert "\N{MINUS SIGN}5.5" in shown
    assert not any("-" in text for text in shown)
