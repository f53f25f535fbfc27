"""What is shown belongs to what is set; what is set can be taken back; and charts say what they draw."""

import asyncio
import csv
import dataclasses

import numpy as np
import pytest
from computing import until

import lockin_sim as ls
from lockin_sim.app.controls import Field, UseControls, recorded
from lockin_sim.app.page import Page
from lockin_sim.app.parts import FADED
from lockin_sim.app.session import FIRST_RUNS

pytest.importorskip("panel")

LOANS = ls.load_scenario("digital_oda")


@pytest.fixture
def page(desk):
    """A page whose runs end with the first ones."""
    page = Page(dataclasses.replace(desk, limits=desk.limits._replace(runs=FIRST_RUNS)), [LOANS])
    page.begin()
    yield page
    page.close()


def arrive(page):
    """Let runs arrive, and be drawn."""
    until(page.session, lambda: page.session.compared.ended)
    page._drawn = 0.0
    page._due = True
    asyncio.run(page.look())


def envelope(page):
    """The control of the money for loans."""
    return next(c for c in page.builder.controls[0].settings if c.field.name == "envelope").input


def faded(page):
    """Whether the answer and every picture of the runs have faded."""
    looks = {part.styles == FADED for part in (page.answer, *(p.panel for p in page.panes if p.follows))}
    assert len(looks) == 1
    return looks.pop()


def test_an_answer_fades_when_a_slider_moves_and_until_it_is_computed_again(page):
    arrive(page)
    assert not faded(page)
    assert "4 of 4 runs" in page.state.object
    old, before = page.answer.object, page.session.compared
    envelope(page)._taken(9.0, ended=False)
    assert faded(page)
    assert page.session.compared is before  # while it is moved nothing is asked for
    envelope(page)._taken(5.0, ended=False)  # and back
    arrive(page)
    assert not faded(page)
    envelope(page)._taken(9.0)
    assert "Recomputing: 0 of 4 runs" in page.state.object
    assert page.answer.object == old
    arrive(page)
    assert not faded(page)
    assert "EU digital loans (changed)" in page.answer.object
    envelope(page).number.value = 5000.0  # refused: the answer is not about what is set
    assert faded(page)


def test_a_lever_is_undone_and_reset(page):
    for value in (9.0, 11.0):
        envelope(page).number.value = value
    buttons = page.builder.controls[0].buttons
    assert (buttons["Undo"].disabled, buttons["Reset"].disabled) == (False, False)
    buttons["Undo"].clicks += 1
    assert envelope(page).value == 9.0
    page.builder.controls[0].buttons["Reset"].clicks += 1
    assert page.builder.scenarios() == [LOANS]
    assert page.builder.title.value == "EU digital loans"
    page.builder.controls[0].buttons["Undo"].clicks += 1
    assert envelope(page).value == 9.0
    assert page.builder.title.value == "EU digital loans (changed)"


def test_the_recorded_value_is_what_the_lever_would_have_to_be_set_to(real_world):
    use = {"lever": "export_finance", "target": "CHN", "from": 2026}
    ours = np.flatnonzero(np.isin(real_world.lenders.sponsor, real_world.sponsors.index("CHN")))
    facts = real_world.conditions.at(2026 - 2010)
    money = Field("envelope", "", "", "number", None, 0.0, 500.0)
    assert recorded(use, money, real_world) == pytest.approx([facts.envelope[ours].sum()] * 2)
    tenor = facts.tenor[ours]
    years = recorded(use, Field("tenor", "", "", "number", None, 1.0, 50.0), real_world)
    assert years == pytest.approx((tenor.min(), tenor.max()))
    assert recorded(use | {"target": []}, money, real_world) == ()
    controls = UseControls(use | {"envelope": 5.0}, real_world, lambda done: None, {})
    marks = {each.field.name: each.input._marked for each in controls.settings if each.field.kind == "number"}
    assert marks["envelope"] == pytest.approx([facts.envelope[ours].sum()] * 2)
    assert [each.field.shown(0.011) for each in controls.settings if each.field.name == "rate"] == [
        "1.1\N{NO-BREAK SPACE}% per year"
    ]


def test_a_chart_says_what_it_draws_and_is_saved_as_a_table(page):
    arrive(page)
    overview, evidence = page.overview, page.evidence
    overview.goal.value = -0.5
    chart = overview._chart
    assert (chart.goal.visible, chart.goal.location) == (True, -0.5)
    policy, (outcome, year) = evidence.policies[0], overview.chosen()
    at = evidence.effects.sel(scenario=policy, outcome=outcome)
    rows = list(csv.DictReader(chart.framed._csv()))
    assert [int(row["year"]) for row in rows] == evidence.calendar.tolist()
    np.testing.assert_allclose([float(row["mean"]) for row in rows], 100 * at["effect"].values)
    said = next(line for line in chart.readout.source.data["line0"][year - 2010 :])
    assert said.startswith("EU digital loans: ")
    assert said in chart.framed.words.object
    overview.measure.value = "lock_in"  # a goal is about one measure
    assert overview.goal.value is None
    assert not chart.goal.visible


def test_a_story_of_other_settings_fades(page):
    story = page.panes[4]
    story.ask()
    until(page.session, lambda: "story" in page.session.found)
    story.take({"story"}, page.session)
    assert "of 24 runs" in story._story.object
    assert story._story.styles != FADED
    story.run.value = 3
    assert story._story.styles == FADED
    story.run.value = 0
    assert story._story.styles != FADED
    envelope(page).number.value = 9.0  # the policy that it is about is no longer there
    assert story._story.styles == FADED
