"""Scenarios that share a past run it once, and no bit of any of them changes."""

from dataclasses import replace

import pytest

import lockin_sim as ls
from lockin_sim.parameters import Parameters
from lockin_sim.runs.jobs import Case, of_cases, run_cases, sharing
from lockin_sim.simulation import Past, simulate_together

YEARS = (2010, 2027)
RECORD = ("group_vendor_share", "country_renewed")


def scenarios():
    """A baseline, its twin, policies from 2026 on, one in the past, and one that changes the first year."""
    base = ls.load_scenario("baseline")
    first = base.with_lever("state_support", "sponsor:CHN", from_=2010, scale=0.0)
    named = [base, *map(ls.load_scenario, ("open_ran", "no_dsr", "eu_champions"))]
    return [*named, base.model_copy(update={"name": "twin"}), first.model_copy(update={"name": "first"})]


@pytest.mark.parametrize(
    ("engine", "history", "regulation_rate"), [("core", "conditioned", 0.1), ("fast", "prior", 0.0)]
)
def test_each_is_what_it_is_alone(engine, history, regulation_rate):
    given = Parameters(regulation_rate=regulation_rate)
    several, how = scenarios(), {"seed": 4, "engine": engine, "history": history}
    records = [RECORD if place in (0, 2, 5) else RECORD[:1] for place in range(len(several))]
    together = simulate_together(
        several, world=ls.load_world(), parameters=given, runs=[3, 5], years=YEARS, records=records, **how
    )
    found = dict(together)
    assert sorted(found) == list(range(len(several)))
    for position, scenario in enumerate(several):
        mine = how | {"record": records[position]}
        alone = ls.simulate(scenario, parameters=given, runs=[3, 5], years=YEARS, **mine)
        assert found[position].identical(alone), scenario.name


def test_runs_go_on_from_a_past_as_often_as_is_asked():
    base, policy, first = (scenarios()[place] for place in (0, 1, 5))
    how = {"seed": 4, "engine": "fast", "history": "conditioned", "record": RECORD, "years": YEARS}
    past = Past(base, 2025, world=ls.load_world(), parameters=Parameters(), runs=[3, 5], **how)
    assert not past.shared_by(first)
    for scenario in (policy, base, policy):
        assert past.shared_by(scenario)
        assert past.dataset(scenario).identical(ls.simulate(scenario, runs=[3, 5], **how)), scenario.name


def last(ds, world):
    """Whose vendors there are in the last year."""
    return {"share": ds["vendor_share"].isel(year=-1).values}


def test_cases_that_part_late_go_together_and_few_enough_are_left_to_share():
    several, world = scenarios(), ls.load_world()
    given = Parameters()
    cases = [Case(s.name, s, last, given) for s in several]
    other = several[0].model_copy(update={"name": "other", "parameters": {"turnover": 0.0}})
    cases.append(Case("other", other, last, given))
    assert sharing(cases, world, YEARS, 1) == [(place,) for place in range(len(cases))]
    assert sorted(map(sorted, sharing(cases, world, YEARS, 8))) == [[0, 1, 2, 3, 4, 5], [6]]
    assert {0, 1, 3, 4} in map(set, sharing(cases, world, YEARS, 4))  # not those that change the past
    more = [replace(cases[0], record=("country_renewed",)), cases[1], replace(cases[3], record=RECORD)]
    assert sharing(more, world, YEARS, 8) == [(0, 1), (2,)]  # which would take sums over groups
    how = {"world": world, "runs": 9, "seed": 1, "years": (2010, 2012), "workers": 1}
    one, all_at_once = run_cases(cases, chunk=1, **how), run_cases(cases, **how)
    assert list(one) == [case.label for case in cases]
    for label, arrays in one.items():
        assert arrays["share"].tobytes() == all_at_once[label]["share"].tobytes()


def test_arrays_of_a_unit_know_their_case():
    assert of_cases({"3:effects:a": 1, "12:b": 2}) == {3: {"effects:a": 1}, 12: {"b": 2}}
