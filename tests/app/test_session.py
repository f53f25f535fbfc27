"""What one visitor asks for, and what arrives: numbers of ``compare``, bounds, turns, and who is gone."""

import dataclasses

import numpy as np
import pytest
from computing import compute, until

import lockin_sim as ls
from lockin_sim.app import panes, request_panes, workers
from lockin_sim.app.session import BLOCK, MOST_POLICIES, MOST_USES, Session, _split_runs
from lockin_sim.common.findings import Verdict
from lockin_sim.comparisons.measured_places import HEADLINES
from lockin_sim.engine import schedule
from lockin_sim.pages.evidence import Evidence
from lockin_sim.pages.report import Comparison

#: Last year of the runs of the desk.
LAST = 2030

POLICY = ls.load_scenario("eu_coordinated")
OTHER = ls.load_scenario("open_ran")


def test_results_are_those_of_compare_block_by_block(desk):
    limits = desk.limits._replace(runs=2 * BLOCK)
    session = Session(dataclasses.replace(desk, limits=limits, posterior="bundled"))
    session.compare([POLICY])
    until(session, lambda: session.compared.runs == BLOCK)
    first = session.studies()["effects"]
    until(session, lambda: session.compared.ended)
    found = session.studies()["effects"]
    how = {"runs": 2 * BLOCK, "years": (2010, LAST), "posterior": "bundled"}
    expected = ls.compare([POLICY], workers=1, maps=False, chunk=BLOCK, **how)
    for name in expected.data_vars:
        np.testing.assert_allclose(found[name].values, expected[name].values, rtol=0, atol=1e-11)
    assert found.attrs == expected.attrs
    assert first.attrs == expected.attrs | {"runs": BLOCK}
    width = [float((ds["effect_high"] - ds["effect_low"]).sel(year=LAST).sum()) for ds in (first, found)]
    assert width[1] < width[0]  # the interval tightens
    assert compute(session.desk) == 0


@pytest.mark.parametrize(
    ("most", "sizes"), [(3, [3]), (8, [4, 4]), (32, [4, 4, 8, 16]), (50, [4, 4, 8, 16, 16, 2])]
)
def test_blocks_grow_with_what_has_arrived(most, sizes):
    pieces = list(_split_runs(most))
    assert [len(piece) for piece in pieces] == sizes
    assert [run for piece in pieces for run in piece] == list(range(most))


@pytest.mark.parametrize("place", ["KEN", "income:low"])
def test_the_headline_is_read_of_any_place(session, place):
    session.compare([POLICY])
    until(session, lambda: session.compared.ended)
    name = f"dependence[{place},CHN,mobile_network]"
    found = session.studies(name)["effects"]
    assert found["outcome"].values.tolist().count(name) == 1
    expected = ls.compare(
        [POLICY], outcomes=[name], runs=BLOCK, years=(2010, LAST), workers=1, maps=False, chunk=BLOCK
    )
    for variable in ("level", "effect", "effect_q05"):
        close = {"rtol": 0, "atol": 1e-6}  # economies are kept in single precision
        np.testing.assert_allclose(
            found[variable].sel(outcome=name), expected[variable].sel(outcome=name), **close
        )
    assert Evidence(session.studies(name)).headlines == list(HEADLINES)


def test_a_changed_policy_keeps_what_is_known_of_the_others_and_of_the_past(session, monkeypatch):
    session.compare([POLICY])
    until(session, lambda: session.compared.ended)
    session.compare([POLICY, OTHER])
    assert session.desk.turns.waiting(session.number) == 2
    year, simulated = schedule.simulate_year, []
    monkeypatch.setattr(schedule, "simulate_year", lambda *args: simulated.append(args[1]) or year(*args))
    until(session, lambda: session.compared.ended)
    assert simulated == 2 * list(range(session.desk.world.present + 1, LAST + 1))
    assert len(workers._PASTS) <= workers.REMEMBERED
    session.compare([OTHER])
    assert session.compared.ended  # nothing is left to compute


def first_of(session):
    """The unit that would be computed next, and what it is for."""
    _, unit = session.desk.turns.take()
    return unit


def test_what_was_clicked_last_goes_before_all_that_the_page_waits_for(desk):
    session = Session(dataclasses.replace(desk, limits=desk.limits._replace(runs=3 * BLOCK)))
    session.compare([POLICY])
    until(session, lambda: session.compared.runs == BLOCK)
    assert session.desk.turns.waiting(session.number) >= 2
    session.compare([OTHER])  # as a moved slider does
    unit = first_of(session)
    assert (unit.work.case.label, unit.work.runs.start) == (OTHER.name, 0)
    session.follow_chain(ls.load_scenario("baseline"))
    arms = {case.label for case in session.plan.cases}
    assert {unit.work.case.label for unit in session.desk.turns.drop(session.number)} <= arms
    session.explain(POLICY, country="KEN", domain="mobile_network", year=2012)
    assert first_of(session).key.startswith("story")
    session.compare([OTHER])
    assert first_of(session).work.case.label in ("baseline", OTHER.name)
    assert (session.linked.begun, session.linked.runs, session.linked.most) == (0, 0, BLOCK)


def test_who_is_gone_has_nothing_computed_any_more(session):
    session.compare([POLICY])
    session.explain(POLICY, country="KEN", domain="mobile_network", year=2012)
    session.close()
    assert session.desk.turns.waiting(session.number) == 0
    session.inbox.put(("runs late", {}))
    assert session.collect() == set()
    assert session.desk.turns.waiting(session.number) == 0


@pytest.mark.parametrize("policies", [[], [POLICY] * (MOST_POLICIES + 1)])
def test_more_or_fewer_policies_than_a_page_has_are_refused(session, policies):
    with pytest.raises(ls.InputError, match="policies"):
        session.compare(policies)
    assert session.desk.turns.waiting(session.number) == 0


def test_what_cannot_be_compared_is_refused_and_changes_nothing(session):
    session.compare([POLICY])
    before = session.compared
    nobody = ls.Scenario.none().with_lever("export_finance", "ATLANTIS", from_=2020, envelope=1.0)
    with pytest.raises(ls.InputError, match="ATLANTIS"):
        session.compare([nobody])
    with pytest.raises(ls.InputError, match="only levers in scenarios"):
        session.compare([POLICY.model_copy(update={"parameters": {"switching_cost": 1.0}})])
    with pytest.raises(ls.InputError, match=f"at most {MOST_USES} uses"):
        session.compare([POLICY.model_copy(update={"levers": POLICY.levers * (MOST_USES + 1)})])
    assert session.compared is before


def test_one_who_asks_for_much_delays_nobody(desk):
    greedy, modest = Session(desk), Session(desk)
    greedy.compare([POLICY, OTHER])
    greedy.follow_chain(ls.load_scenario("baseline"))
    modest.explain(POLICY, country="KEN", domain="mobile_network", year=2012)
    asked = desk.turns.waiting(greedy.number)
    assert 2 < asked <= desk.limits.waiting
    order = [desk.turns.take()[0] for _ in range(3)]
    assert order == [greedy.number, modest.number, greedy.number]


def test_the_queue_of_one_visitor_is_bounded(desk):
    visitor = Session(desk)
    for year in range(2011, 2011 + 3 * desk.limits.waiting):  # each takes the place of the one before
        visitor.explain(POLICY, country="KEN", domain="mobile_network", year=2011 + year % 10)
    assert desk.turns.waiting(visitor.number) == 1
    desk.turns.most = 1
    with pytest.raises(ls.InputError, match="queue: found 1 units"):
        visitor.compare([POLICY])


def test_a_failure_is_said_and_ends_what_it_ends(session):
    session.explain(POLICY, country="KEN", domain="mobile_network", year=1999)
    assert until(session, lambda: session.said != "") == {"said"}
    assert "year" in session.said
    session.compare([POLICY])
    _, unit = session.desk.turns.take()
    unit.inbox.put((unit.key, MemoryError("no room")))
    assert "said" in session.collect()
    assert session.said == "This could not be computed: MemoryError: no room"
    assert session.compared is None


def test_a_story_is_that_of_explain(session):
    session.explain(POLICY, country="KEN", domain="mobile_network", year=2012, run=3)
    until(session, lambda: "story" in session.found)
    expected = ls.explain(
        POLICY,
        country="KEN",
        domain="mobile_network",
        year=2012,
        run=3,
        history="conditioned",
        runs=BLOCK,  # all runs of the page, since they are few
    )
    assert session.found["story"] == (expected.sentence, expected._repr_html_())


def test_the_answer_the_table_and_the_report_say_the_same(session):
    with pytest.raises(ls.InputError, match="found no run yet"):
        session.report()
    session.compare([POLICY, OTHER])
    until(session, lambda: session.compared.runs == BLOCK)
    evidence = Evidence(session.studies())
    shown = panes.render_answers(evidence, evidence.headline, LAST)
    found = evidence.finding(POLICY.name, evidence.headline, LAST)
    assert found.verdict is Verdict.FEW
    assert f"({found.change} on average; at least 64 are needed)" in shown
    behind = panes.render_reasons(evidence, evidence.headline, LAST)
    assert POLICY.assumption[1:] in behind
    assert "How sure" in behind
    rows = panes.build_comparison_rows(evidence, evidence.headline, LAST)
    assert len(rows) >= 8
    assert all(len(cells) == 2 for _, _, cells in rows)
    assert rows[0][2][0] == found
    session.report()
    (unit,) = [u for u in session.desk.turns.drop(session.number) if u.key.startswith("report")]
    studies = unit.work.keywords["studies"]
    assert set(studies) == {"effects", "public_cost", "by_group"}
    assert "EU coordinated stance" in Comparison(studies).page()


@pytest.mark.slow
def test_the_chain_is_that_of_the_study(session):
    session.follow_chain(ls.load_scenario("baseline"))
    until(session, lambda: session.linked.ended)
    expected = ls.chain(["default"], runs=BLOCK, workers=1)
    found = session.chain()
    for name in expected.data_vars:
        np.testing.assert_allclose(found[name].values, expected[name].values, rtol=0, atol=1e-12)
    assert found.attrs == expected.attrs
    steps = dict(request_panes.estimate_chain_steps(found, 2035))
    assert steps["The lead, given in 2010"].clear
    assert len(steps) == 5
