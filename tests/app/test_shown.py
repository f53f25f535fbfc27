"""What is shown belongs to what is set; what is set can be taken back; and charts say what they draw."""

import asyncio
import csv
import dataclasses
import re

import numpy as np
import pytest
from computing import until

import lockin_sim as ls
from lockin_sim.app.page import Page
from lockin_sim.app.parts import FADED
from lockin_sim.app.session import FIRST_RUNS, Session

pn = pytest.importorskip("panel")

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
    looks = {part.styles == FADED for part in (page.answer, *(p.drawn for p in page.panes if p.drawn))}
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


def test_a_chart_says_what_it_draws_and_is_saved_as_a_table(page):
    arrive(page)
    overview, evidence = page.overview, page.evidence
    overview.goal.value = -0.5
    chart = overview._chart
    assert "Your goal" in chart._picture.object
    policy, (outcome, year) = evidence.policies[0], overview.chosen()
    at = evidence.effects.sel(scenario=policy, outcome=outcome)
    rows = list(csv.DictReader(chart.framed._write_csv()))
    assert [int(row["year"]) for row in rows] == evidence.calendar.tolist()
    np.testing.assert_allclose([float(row["mean"]) for row in rows], 100 * at["effect"].values)
    said = re.search(rf">{year}: (EU digital loans: [^<]+)<", chart._picture.object)
    assert said[1] in chart.framed.words.object
    overview.measure.value = "switching_pull"  # a goal is about one measure
    assert overview.goal.value is None
    assert "Your goal" not in chart._picture.object


def about(page):
    """The pane of stories, with one of run 0 that has arrived."""
    story = page.panes[4]
    story.ask()
    until(page.session, lambda: "story" in page.session.found)
    story.take({"story"}, page.session)
    assert "runs that differ by chance alone" in story._state.object
    assert story.answer.visible
    return story


def test_a_story_is_shown_beside_what_it_is_about_alone(page):
    story = about(page)
    story.run.value = 3
    assert not story.answer.visible
    story.run.value = 0
    assert story.answer.visible
    envelope(page)._taken(9.0, ended=False)  # a slider that is not let go yet
    assert not story.answer.visible
    envelope(page)._taken(5.0)
    assert story.answer.visible
    envelope(page).number.value = 5000.0  # refused: the policy that it is about is not what is set
    assert not story.answer.visible
    story.ask()
    assert "envelope: found 5000.0" in page.said.object
    assert not story.answer.visible
    envelope(page).number.value = 5.0
    assert story.answer.visible
    page.builder.start.value = "open_ran"
    assert not story.answer.visible


def test_a_report_is_of_the_policies_that_are_set(page):
    arrive(page)
    page.report.clicks += 1
    assert (page.report.disabled, page._made.visible) == (True, False)
    until(page.session, lambda: "report" in page.session.found)
    asyncio.run(look_at(page, "report"))
    assert (page.report.disabled, page._made.visible) == (False, True)
    assert page._made.label == "Download the report (4 runs)"
    envelope(page)._taken(9.0, ended=False)
    assert page._made.disabled
    envelope(page)._taken(5.0)
    arrive(page)
    assert not page._made.disabled
    envelope(page).number.value = 5000.0  # refused
    page.report.clicks += 1
    assert "envelope: found 5000.0" in page.said.object
    assert not page.session.awaits("report")
    page.builder.start.value = "open_ran"
    assert not page._made.visible
    assert page._made.callback().read() == ""


def test_a_report_that_is_being_written_when_the_policy_changes_never_arrives(page):
    arrive(page)
    page.report.clicks += 1
    _, unit = page.session.desk.turns.take()
    page.builder.start.value = "open_ran"
    assert (page.report.disabled, page.report.label) == (False, "Prepare the report")
    unit.inbox.put((unit.key, "<html>"))
    asyncio.run(look_at(page, "report"))
    assert not page._made.visible
    assert "report" not in page.session.found


async def look_at(page, kind):
    """Let the page take in what has arrived, of which until() has taken some."""
    collect = page.session.collect
    page.session.collect = lambda: collect() | ({kind} if kind in page.session.found else set())
    try:
        await page.look()
    finally:
        page.session.collect = collect


def test_a_report_has_the_chain_under_what_is_compared_alone(desk):
    session = Session(dataclasses.replace(desk, limits=desk.limits._replace(runs=1, chain_runs=1)))
    session.compare([LOANS])
    session.follow_chain(LOANS)
    until(session, lambda: session.compared.runs and session.linked.runs)
    assert "chain" in asked(session)
    session.compare([ls.load_scenario("open_ran")])
    until(session, lambda: session.compared.runs)
    assert "chain" not in asked(session)


def asked(session):
    """The studies of the report that is asked for."""
    session.report()
    (unit,) = [u for u in session.desk.turns.drop(session.number) if u.key.startswith("report")]
    session._cancel_request("report")
    return unit.work.keywords["studies"]


def test_what_has_faded_is_not_saved(page):
    arrive(page)
    saves = [each for pane in page.panes[:4] for each in pane.panel.select(pn.widgets.FileDownload)]
    assert len(saves) >= 2
    assert not any(save.disabled for save in saves)
    envelope(page).number.value = 5000.0
    assert all(save.disabled for save in saves)
    envelope(page).number.value = 5.0
    arrive(page)
    assert not any(save.disabled for save in saves)
    page.builder.title.value = " "
    assert (page.builder.text.value, page.builder.save.disabled) == ("", True)
    page.builder.title.value = "Mine"
    assert 'title = "Mine"' in page.builder.text.value
    assert not page.builder.save.disabled


def test_a_year_is_drawn_once_it_stands_still(page):
    arrive(page)
    for year in (2024, 2023, 2022):
        page.overview.year.value = year
        asyncio.run(page.look())
        assert faded(page)
    asyncio.run(page.look())
    assert not faded(page)
    assert "In 2022" in page.answer.object
    chain = page.panes[-1]
    assert chain._year == 2022
    chain.ask()
    assert chain.answer.visible
    assert page.session.linked is not None
