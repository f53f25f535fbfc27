"""Scenarios that share a past run it once, and no bit of any of them changes."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common.replaced import find_replaced_code
from lockin_sim.engine import schedule
from lockin_sim.model.measures import LAST, Alone, Reading
from lockin_sim.model.measures.recorder import find_defects
from lockin_sim.model.measures.registry import CHECKED
from lockin_sim.record import conditioned
from lockin_sim.runs.jobs import RunCase, run_cases, sharing
from lockin_sim.runs.simulation import Past, simulate_together
from lockin_sim.settings.parameters import Parameters

YEARS = (2010, 2027)
RECORD = ("group_vendor_share", "country_renewed")


def scenarios():
    """A baseline, its twin, policies from 2026 on, one in the past, and one that changes the first year."""
    base = ls.load_scenario("baseline")
    first = base.with_lever("state_support", "sponsor:CHN", from_=2010, scale=0.0)
    named = [base, *map(ls.load_scenario, ("open_ran", "no_dsr", "eu_champions"))]
    return [*named, base.model_copy(update={"name": "twin"}), first.model_copy(update={"name": "first"})]


def without_source(ds):
    """The dataset without names of the code that made it, of which a test has replaced some."""
    return ds.assign_attrs(source="", rules="")


@pytest.mark.parametrize(
    ("engine", "history", "regulation_rate"), [("core", "conditioned", 0.1), ("fast", "prior", 0.0)]
)
def test_each_is_what_it_is_alone(engine, history, regulation_rate, monkeypatch):
    given = Parameters(regulation_rate=regulation_rate)
    several, how = scenarios(), {"seed": 4, "engine": engine, "history": history}
    records = [RECORD if place in (0, 2, 5) else RECORD[:1] for place in range(len(several))]
    how |= {"runs": [3, 5], "years": YEARS}
    together = simulate_together(
        several, world=ls.load_world(), parameters=[given] * len(several), records=records, **how
    )
    alone = [
        ls.simulate(scenario, parameters=given, record=record, **how)
        for scenario, record in zip(several, records, strict=True)
    ]  # and with it, unless it is known, the history of all
    of_years, computed = ls.Scenario.conditions, Counter()
    monkeypatch.setattr(
        ls.Scenario, "conditions", lambda self, *args: computed.update([self.name]) or of_years(self, *args)
    )
    monkeypatch.setattr(conditioned, "find_replaced_code", dict)  # so that the history is known, as ever
    find_replaced_code()  # looks, so that nothing is forgotten on the way
    found = dict(together)
    # to compare it with all others, here and where the record is met, to simulate it, and to label it
    assert max(computed.values()) <= 4
    assert sorted(found) == list(range(len(several)))
    for position, scenario in enumerate(several):
        assert without_source(found[position]).identical(without_source(alone[position])), scenario.name


@pytest.mark.parametrize("years", [LAST, slice(2, 3), slice(-10, None), slice(None, None, 5)])
@pytest.mark.parametrize("engine", ["core", "fast"])
def test_of_a_reading_its_years_are_what_they_are_and_no_others_are_there(years, engine):
    how = {"runs": [3, 5], "years": YEARS, "seed": 4, "engine": engine, "history": "prior"}
    alone = ls.simulate(record="country_sponsor_share", **how).country_sponsor_share
    part = Reading("country_sponsor_share", years)
    whole = alone.isel(year=years)
    whole = whole.squeeze("year") if whole.sizes["year"] == 1 else whole
    read = ls.simulate(record=[part, "sponsor_share"], **how)
    assert "country_sponsor_share" not in read
    np.testing.assert_array_equal(part.of(read), whole)
    assert part.of(read).dims == whole.dims
    base, policy = scenarios()[:2]
    world, same = ls.load_world(), [Parameters()] * 2
    one, other = (
        dict(simulate_together([base, policy], world=world, parameters=same, records=records, **how))
        for records in (((part,), ()), ((part,), ("country_sponsor_share",)))
    )
    for each in (one, other):  # another case reads all years
        np.testing.assert_array_equal(part.of(each[0]), whole)
        assert not {"country_sponsor_share", "sponsor_share"} & {*each[0].data_vars}
    assert not {str(part), "sponsor_share"} & {*one[1].data_vars}
    assert part.of(other[1]).dims == whole.dims  # taken from what is recorded whole


@pytest.mark.parametrize(
    ("name", "years", "at", "dims"),
    [
        ("country_sponsor_share", slice(None), {"sponsor": "CHN", "domain": "cloud"}, "run year country"),
        ("country_sponsor_share", LAST, {"sponsor": "CHN"}, "run country domain"),
        (
            "country_sponsor_share", slice(None, None, 5),
            {"sponsor": ("EU", "CHN", "USA"), "domain": ("cloud", "satellite_navigation")},
            "run year country domain sponsor",
        ),
        ("group_vendor_share", slice(None), {"vendor": "huawei", "domain": "cloud"}, "run year group"),
        ("group_vendor_share", slice(None), {"domain": "cloud"}, "run year group vendor"),
        (
            "group_vendor_share", LAST, {"vendor": ("amazon", "huawei"), "domain": "cloud"},
            "run group vendor",
        ),
        ("group_vendor_share", LAST, {"domain": ("cloud", "mobile_network")}, "run group domain vendor"),
        ("group_sales", slice(None), {"group": "Africa", "domain": ("cloud",)}, "run year domain vendor"),
    ],
)  # fmt: skip
def test_of_a_reading_its_labels_are_there_alone(name, years, at, dims):
    how = {"runs": [3, 5], "years": YEARS, "seed": 4}
    part = Reading(name, years, tuple(at.items()))
    found, whole = (part.of(ls.simulate(record=[each], **how)) for each in (part, name))
    assert found.dims == whole.dims == tuple(dims.split())
    np.testing.assert_allclose(found, whole, rtol=0, atol=1e-15)
    assert not np.isnan(found).all()


def test_vendors_are_read_by_slot_where_nobody_reads_the_whole_variable():
    how, part = {"runs": [3, 5], "years": YEARS, "seed": 4}, Reading("group_sales", LAST, slots=True)
    by_slot, whole = (part.of(ls.simulate(record=record, **how)) for record in ([part], [part, part.name]))
    assert by_slot.dims == ("run", "group", "domain", "slot")
    assert whole.dims == ("run", "group", "domain", "vendor")
    slots = ls.load_world().slot_vendor
    for d, vendors in enumerate(slots):
        mine = whole[:, :, d, vendors[vendors >= 0]]
        np.testing.assert_array_equal(by_slot[:, :, d, np.flatnonzero(vendors >= 0)], mine)
        assert np.isfinite(mine).sum() == np.isfinite(whole[:, :, d]).sum()


@pytest.mark.parametrize(
    ("name", "at", "said"),
    [
        ("debt", {"domain": "cloud"}, "axis: found 'domain'"),
        ("group_vendor_share", {"vendor": "huawey", "domain": "cloud"}, "vendor: found 'huawey'"),
        ("group_vendor_share", {"vendor": "huawei"}, "domain: found None; allowed: one"),
        ("debt", {"sponsor": ("CHN", "CHA")}, "sponsor: found 'CHA'"),
    ],
)
def test_what_a_variable_cannot_be_read_at_is_refused(name, at, said):
    with pytest.raises(ls.InputError, match=said):
        ls.simulate(record=[Reading(name, at=tuple(at.items()))], runs=1)


def test_of_agents_all_is_recorded_and_a_reading_taken_from_it():
    part = Reading("debt", LAST, (("sponsor", "CHN"),))
    found = ls.simulate(record=[part], runs=1, years=(2010, 2012), engine="mesa")
    assert part.of(found).equals(found.debt.isel(year=-1, drop=True).sel(sponsor="CHN", drop=True))


def test_what_is_read_alone_has_beside_it_what_runs_are_checked_by():
    how = {"runs": 2, "years": (2010, 2012)}
    ds = ls.simulate(record=Alone(("group_reach",)), **how)
    assert {*ds.data_vars} == {"group_reach", "market_size", *CHECKED}
    assert find_defects(ds) == ["", ""]
    whole = ls.simulate(record="group_reach", **how)
    assert all(ds[name].equals(whole[name]) for name in ds.data_vars)


@pytest.mark.parametrize("engine", ["core", "fast"])
def test_parameters_that_change_later_share_the_years_before(engine, monkeypatch):
    base, policy = (scenarios()[place] for place in (0, 1))
    given = [{}, {"switching_cost": {2020: 0.0}}, {"switching_cost": {2020: 0.0, 2024: 3.0}}, {}]
    values = [Parameters(**each) for each in given]
    several, simulated = [base, base, policy, policy], []
    year = schedule.simulate_year
    how = {"seed": 4, "engine": engine, "history": "prior", "runs": [3, 5], "years": YEARS}
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "simulate_year", lambda *args: simulated.append(args[1]) or year(*args))
        found = dict(
            simulate_together(
                several, world=ls.load_world(), parameters=values, records=[RECORD] * len(several), **how
            )
        )
    # the policy begins in 2026; until 2023 both changes are one
    assert [simulated.count(year) for year in (2019, 2020, 2024, 2026)] == [1, 2, 3, 4]
    for place, scenario in enumerate(several):
        alone = ls.simulate(scenario, parameters=given[place], record=RECORD, **how)
        assert without_source(found[place]).identical(without_source(alone))
    assert not found[1].equals(found[0])
    assert not found[2].equals(found[1])


def test_what_a_run_decides_for_all_years_is_not_shared():
    span, plain = (2010, 2020), Parameters()
    assert plain.same_until(Parameters(), span) == 11
    assert plain.same_until(Parameters(switching_cost={2015: 9.0}), span) == 5
    assert plain.same_until(Parameters(switching_cost={2030: 9.0}), span) == 11
    assert plain.same_until(Parameters(switching_cost=9.0), span) == 0
    assert plain.same_until(Parameters(regulation_rate={2015: 0.1}), span) == 0
    assert plain.same_until(Parameters(affinity_drift={2015: 0.1}), span) == 0


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
    cases = [RunCase(s.name, s, last, given) for s in several]
    other = several[0].model_copy(update={"name": "other", "parameters": {"turnover": 0.0}})
    cases.append(RunCase("other", other, last, given))
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
