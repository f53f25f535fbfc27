"""Answers computed beforehand: the same runs as the page's own, shown at once, never of anything else."""

import asyncio
import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from computing import compute, until

import lockin_sim as ls
from lockin_sim.app import answers, economy
from lockin_sim.app.answers import ReadyAnswers
from lockin_sim.app.server import build_shared_context
from lockin_sim.app.session import FIRST_RUNS, OPENING, Session, list_question_scenarios
from lockin_sim.app.workers import Brief, RoundRobinQueue
from lockin_sim.common.conventions import RUNS
from lockin_sim.common.versions import stamp
from lockin_sim.pages import country_brief as brief
from lockin_sim.pages.plots.kit.style import FAINT

pytest.importorskip("panel")

from lockin_sim.app.page import UNFIT, Page, render_ready_page

NAMES = ("baseline", OPENING)

#: Largest part of a number that is rounded away.
ROUNDED = 2.0 ** -(answers.BITS + 1)


@pytest.fixture(scope="module")
def found():
    """Holds what was computed, once."""
    return {}


@pytest.fixture
def informed(desk, found, monkeypatch):
    """A desk that has answers of one policy, of as many runs as arrive first."""
    monkeypatch.setattr(
        answers, "load_built_in_scenarios", lambda: {name: ls.load_scenario(name) for name in NAMES}
    )
    if not found:
        found["answers"] = answers.compute_answers(desk, FIRST_RUNS, workers=1)
    return dataclasses.replace(desk, answers=found["answers"])


def test_a_page_answers_before_anything_is_computed_and_of_any_economy(informed):
    page = Page(informed)
    page.begin()
    assert f"{FIRST_RUNS} runs computed beforehand" in page.state.object
    assert "mobile networks in Africa" in page.answer.object
    assert page.overview.controls is not None
    page.overview.where.value = "KEN"
    assert "mobile networks in Kenya" in page.answer.object
    assert re.search(r"Without it: \d+\s% \(nine in ten", page.answer.object)
    page.overview.where.value = "POL"  # where nothing is on record no mean is shown
    alone = r"Without it: [\d.]+ to [\d.]+ % in nine in ten \w+; in 2025: [\d.]+ to [\d.]+ %[.]"
    assert re.search(alone, page.answer.object)
    assert page.session.compared.runs == 0
    shown = page.answer.object, page.overview._chart._picture.object
    assert render_ready_page(informed, {"where": [b"POL"]}) == shown  # which comes with the page
    for other in ({"tab": [b"map"]}, {"where": [b"nowhere"]}, {"policy": [b"open_ran"]}):
        assert render_ready_page(informed, other) == ("", "")
    page.close()


def test_the_map_colours_what_changes_on_average_by_more_than_chance(informed):
    page = Page(informed)
    page.begin()
    (pane,) = (pane for pane in page.panes if pane.title == "Map")
    study = page.evidence.studies["places"].isel(domain=0, year=-1).sel(scenario=OPENING, sponsor="CHN")
    pane.show(page.evidence, page.overview.chosen()[0], int(study["year"]))
    known = study["country"].values[(study["effect_low"] > 0) | (study["effect_high"] < 0)]
    colors = dict(zip(pane._map.countries, pane._map.source.data["color"], strict=True))
    assert {code for code, color in colors.items() if color != FAINT} == {*known} & {*colors} != set()
    page.close()


def test_of_an_economy_what_is_known_is_said_at_once_and_runs_say_the_rest(informed, monkeypatch):
    monkeypatch.setattr(economy, "DRAWS", (2, 3))
    page = Page(
        dataclasses.replace(informed, brief=Brief(brief.render_known_facts, brief.render_simulated_results))
    )
    page.begin()
    here = page.overview._here
    here.take(set(), page.session)
    assert "Choose a country" in here._known.object
    assert not here.button.visible
    page.overview.where.value = "KEN"
    here.take(set(), page.session)
    assert "recorded (3 of 3 operators" in here._known.object
    here.button.clicks += 1
    assert "Simulating 2 futures of Kenya" in here._state.object
    for runs, state in ((2, "2 of 3 futures."), (3, "3 futures.")):
        until(page.session, lambda: not page.session.awaits("economy"))
        assert page.session.found["economy"][:2] == ("KEN", runs)
        here.take({"economy"}, page.session)
        assert state in here._state.object
        assert "If a coin gave all of them to Huawei or Ericsson" in here._runs.object
    page.overview.where.value = "DEU"
    assert here._runs.object == ""
    page.close()


def test_runs_of_the_page_replace_them_once_there_are_as_many_and_say_the_same(informed):
    page = Page(informed)
    page.begin()
    until(page.session, lambda: page.session.compared.runs == FIRST_RUNS)
    page._drawn = 0.0
    page._due = True
    before = page.evidence.effects
    asyncio.run(page.look())
    assert f"{FIRST_RUNS} of {informed.limits.runs} runs" in page.state.object
    now = page.evidence.effects
    assert "beforehand" not in page.state.object
    for name in ("level", "effect", "effect_q05", "effect_q95", "effect_above"):
        same = before[name].sel(outcome=now["outcome"].values)
        np.testing.assert_allclose(same, now[name], rtol=1e-5, atol=1e-7, err_msg=name)
    page.close()


def test_no_other_policy_is_answered_by_them(informed):
    known = ls.load_scenario("eu_coordinated")
    changed = known.model_copy(update={"levers": known.levers[:-1]})
    baseline = ls.load_scenario("baseline")
    assert informed.answers.of([baseline, known]) is not None
    assert informed.answers.of([baseline, changed]) is None
    assert informed.answers.of([known, baseline]) is None  # effects are differences from the baseline
    session = Session(informed)
    session.compare([ls.load_scenario("open_ran")])
    assert (session.beforehand, session.runs) == (0, 0)
    compute(informed, 1)
    session.close()


def test_they_come_back_from_a_file_with_three_digits(informed, tmp_path):
    file = tmp_path / "answers.zip"
    answers.write_answers(informed.answers, file)
    first = file.read_bytes()
    back = answers._read_answers(file)
    assert set(back) == set(informed.answers.studies)
    for name, study in back.items():
        for variable, values in study.data_vars.items():
            whole = informed.answers.studies[name][variable]
            np.testing.assert_allclose(values, whole, rtol=ROUNDED, atol=1e-30, err_msg=f"{name} {variable}")
    answers.write_answers(informed.answers, file)
    assert file.read_bytes() == first
    file.write_bytes(first[: len(first) // 2])
    with pytest.raises(ls.InputError, match="make_answers"):
        answers._read_answers(file)


def test_those_of_other_draws_are_not_shown_and_the_page_says_so(desk):
    assert ReadyAnswers.read(desk) is None  # its runs draw nothing, and end early
    page = Page(desk)
    page.begin()
    assert UNFIT.strip() in page.state.object
    assert "appears with the first runs" in page.answer.object
    page.close()


@pytest.mark.parametrize("changed", [{"version": "0.1.0"}, {"rules": "0123456789ab"}, {"answers_of": "x"}])
def test_those_of_another_version_other_rules_or_another_world_are_not_shown(
    informed, changed, tmp_path, monkeypatch
):
    monkeypatch.setattr(answers, "files", lambda _: tmp_path)
    answers.write_answers(informed.answers, tmp_path / answers.FILE)
    assert ReadyAnswers.read(informed).runs == FIRST_RUNS
    about = informed.answers.studies[answers.EFFECTS].attrs
    studies = dict(informed.answers.studies)
    studies[answers.EFFECTS] = studies[answers.EFFECTS].assign_attrs(about | changed)
    answers.write_answers(ReadyAnswers(studies), tmp_path / answers.FILE)
    assert ReadyAnswers.read(informed) is None
    if "answers_of" not in changed:  # as new ones would be stamped
        with pytest.raises(ls.InputError, match="all scenarios again"):
            answers.update_answers(informed.answers)


def test_they_are_stamped_with_what_computed_them(informed):
    for study in informed.answers.studies.values():
        assert study.attrs.items() >= (stamp() | {"seed": informed.seed, "runs": FIRST_RUNS}).items()


def test_those_in_the_package_are_of_the_rules_of_today(bundled):
    """Else run tools/make_answers.py."""
    _, found = bundled
    for name, study in found.studies.items():
        assert {key: study.attrs.get(key) for key in stamp()} == stamp(), name


@pytest.mark.slow
def test_those_in_the_package_are_what_the_rules_say_today(bundled, monkeypatch):
    """Whatever their stamp says; else run tools/make_answers.py."""
    desk, stored = bundled
    monkeypatch.setattr(
        answers, "load_built_in_scenarios", lambda: {name: ls.load_scenario(name) for name in NAMES}
    )
    today = answers.compute_answers(desk, workers=1)
    assert {*today.studies} == {*stored.studies}
    for name, study in stored.studies.items():
        for variable, values in study.sel(scenario=[*NAMES]).data_vars.items():
            now = today.studies[name][variable]
            if now.dtype.kind == "f":
                np.testing.assert_allclose(
                    values, now, rtol=2 * ROUNDED, atol=1e-9, err_msg=f"{name} {variable}"
                )
            else:
                np.testing.assert_array_equal(values, now, err_msg=f"{name} {variable}")


@pytest.fixture(scope="module")
def bundled():
    """A desk as the app opens it, and what comes with the package."""
    desk = build_shared_context(RoundRobinQueue(1), posterior="bundled")
    return desk, ReadyAnswers(
        answers._read_answers(Path(answers.__file__).parents[1] / "data" / answers.FILE)
    )


def test_they_say_what_the_page_of_questions_does_of_the_usa_and_single_economies(bundled):
    desk, found = bundled
    names = [f"dependence[{code},CHN,mobile_network]" for code in desk.world.countries]
    there = found.studies[answers.EFFECTS].sel(scenario="us_leaves_bodies", outcome=names, year=2050)
    same = sum(abs(there["effect_q05"]).values + abs(there["effect_q95"]).values < 0.005)
    page = (Path(ls.__file__).parents[1] / "docs" / "questions.md").read_text(encoding="utf-8")
    assert f"In {same} of {len(names)} economies Chinese vendors' part" in " ".join(page.split())


def test_those_in_the_package_are_of_its_world_its_draws_and_its_questions(bundled):
    """Else run tools/make_answers.py."""
    desk, found = bundled
    assert found is not None
    assert found.runs == RUNS.pool
    assert found.studies[answers.EFFECTS].attrs[answers.STAMP] == answers.compute_answers_stamp(desk)
    baseline = ls.load_scenario("baseline")
    for policy in list_question_scenarios(desk.world).values():
        assert found.of([baseline, policy]) is not None, policy.name
    assert (Path(answers.__file__).parents[1] / "data" / answers.FILE).stat().st_size <= 3_000_000
