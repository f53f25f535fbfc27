"""Does a report answer about the user's own policy, and does it say what its arms are?"""

import json

import pytest
from reader import HEADLINE, LAST, plain, read

import lockin_sim as ls
from lockin_sim.common.findings import FEWEST
from lockin_sim.common.prose import render_bundled_answer
from lockin_sim.comparisons.measured_places import outcomes
from lockin_sim.pages.comparison_page import answer, chart, title
from lockin_sim.pages.record_parts import misfit
from lockin_sim.pages.report import Comparison, Evidence
from lockin_sim.pages.subject import is_own, most_moved, subjects
from lockin_sim.settings.scenario import Scenario
from lockin_sim.settings.titles import DEFINITION
from lockin_sim.world.case import load_bundled_case

CAP = {"lever": "diversification", "target": "EU", "from": 2026, "share_cap": 0.4}
ASKS = "Who gains if no vendor may have more than two fifths of a European network?"


@pytest.fixture(scope="module")
def capped():
    """A comparison of a policy of one's own with the baseline: few runs, counted as if they were enough."""
    mine = Scenario(name="my_cap", title="Two fifths", question=ASKS, source="assumed", levers=[CAP])
    found = Comparison.run(
        [mine], years=(2010, LAST), runs=3, seed=1, workers=1, posterior="bundled"
    ).datasets
    for ds in found.values():
        for name in {"pairs_used", "effect_draws"} & set(ds):
            ds[name][:] = FEWEST
    return found


def test_it_opens_with_the_users_question_and_the_policys_title(capped):
    page = Comparison(capped).page()
    head = read(page)
    assert head.one("h1").text == ASKS
    assert "“Two fifths”, compared with the baseline" in plain(page.partition("</header>")[0])
    assert load_bundled_case().question not in page
    assert render_bundled_answer() not in answer(Evidence(capped))


def test_it_first_says_what_the_policy_moves_most_and_where_with_the_range(capped):
    evidence = Evidence(capped)
    first, *others = map(plain, answer(evidence))
    assert first.startswith("“Two fifths” ")
    most = most_moved(evidence, "my_cap")[0].finding
    assert most.what in first
    assert any(plain(ends) in first for ends in (most.ends, most.signed_ends, most.flipped.ends))
    study = capped["by_group"].sel(year=LAST, scenario="my_cap")
    measures = [m for m in study["measure"].values if m.startswith("dependence_") and "_economies_" not in m]
    sure = (study["effect_low"] > 0) | (study["effect_high"] < 0)
    effects = (100 * abs(study["effect"].where(sure))).sel(measure=measures)
    assert abs(most.size) >= float(effects.max()) - 1e-9
    assert "EU" in most.what  # where the cap acts
    assert any(outcomes()[HEADLINE].label in sentence for sentence in others)


def test_its_chart_has_that_policy_alone_wherever_it_acts(capped):
    drawn = chart(Evidence(capped))
    assert "Two fifths" in drawn.title
    assert len(drawn.bars) >= 5
    assert len({bar.title for bar in drawn.bars}) == len(drawn.bars)


def test_own_policies_are_those_that_are_not_built_in_or_were_changed(capped, studies):
    assert is_own(Evidence(capped), "my_cap")
    evidence = Evidence(studies)
    assert subjects(evidence) == []
    assert title(evidence) == load_bundled_case().question
    hashes = studies["effects"]["scenario_hash"]
    hashes[hashes["scenario"].values.tolist().index("no_dsr")] = "0" * 12
    assert subjects(Evidence(studies)) == ["no_dsr"]


def test_a_copy_with_another_name_does_not_keep_the_question():
    longer = ls.load_scenario("open_ran").with_lever(
        "diversification", "EU", from_=2026, share_cap=0.5, name="both", title="Open RAN and a cap"
    )
    assert longer.question == "What does “Open RAN and a cap” change?"
    same = ls.load_scenario("open_ran").with_lever("diversification", "EU", from_=2026, share_cap=0.5)
    assert same.question == ls.load_scenario("open_ran").question


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (None, f"all loans from 2015 to {LAST}, those still to come too"),
        (2020, "the loans of 2015 to 2020 alone"),
    ],
)
def test_what_a_past_without_loans_takes_away_is_what_its_levers_say(studies, to, said):
    effects = studies["effects"]
    names = effects["scenario"].values.tolist()
    lever = {"lever": "export_finance", "target": "CHN", "from": 2015, "envelope": 0.0}
    definitions = effects[DEFINITION].values.astype(object)
    levers = [lever if to is None else lever | {"to": to}]
    definitions[names.index("no_dsr")] = json.dumps({"parameters": {}, "levers": levers})
    studies["effects"] = effects.assign_coords({DEFINITION: ("scenario", definitions.astype(str))})
    text = plain(" ".join(answer(Evidence(studies))))
    assert said in text
    assert "gains is left" not in text


def test_what_the_bundled_record_says_is_not_said_of_another_world(studies):
    assert misfit()[1:] in answer(Evidence(studies))[-1]
    studies["effects"].attrs["world"] = "mine"
    assert misfit()[1:] not in answer(Evidence(studies))[-1]


def test_the_head_of_levels_names_the_baseline_that_they_are_of(tree):
    head = tree.by_id("standing").one("table").one("thead").all("th")[0].text
    assert head == "The baseline"
