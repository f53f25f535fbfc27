"""Each built-in scenario acts where and in the direction that it says."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.simulation import simulate

# --- what the engines are given ---


@pytest.fixture(scope="module")
def world():
    return ls.load_world()


@pytest.fixture(scope="module")
def given(world):
    """Conditions of every built-in scenario."""
    return {name: ls.load_scenario(name).conditions(world, (2010, 2050)) for name in ls.scenarios()}


CHANGED = {
    "baseline": set(),
    "no_dsr": {"envelope"},
    "no_state_finance": {"envelope"},
    "eu_coordinated": {"restriction_order", "phase_out_years"},
    "digital_oda": {"envelope"},
    "open_ran": {"openness"},
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_scenario_changes_only_what_it_names(given, name):
    fields = vars(given["baseline"])
    changed = {f for f in fields if not np.array_equal(fields[f], getattr(given[name], f))}
    assert changed == CHANGED[name]


def test_every_scenario_states_question_and_source():
    for name in ls.scenarios():
        scenario = ls.load_scenario(name)
        assert scenario.name == name
        assert scenario.question.endswith("?")
        assert len(scenario.source) > 40


def envelope(world, conditions, sponsor, year):
    return conditions.envelope[year - 2010, world.sponsors.index(sponsor)]


def test_no_dsr_keeps_the_chinese_level_of_2014(world, given):
    assert (
        envelope(world, given["baseline"], "CHN", 2014) == envelope(world, given["no_dsr"], "CHN", 2014) == 4
    )
    assert envelope(world, given["baseline"], "CHN", 2015) > 4
    assert {envelope(world, given["no_dsr"], "CHN", y) for y in range(2010, 2051)} == {4}
    assert envelope(world, given["no_dsr"], "EU", 2030) == envelope(world, given["baseline"], "EU", 2030)


def test_no_state_finance_empties_every_envelope(given):
    assert (given["no_state_finance"].envelope[1:] == 0).all()


def test_digital_oda_raises_the_european_envelope_from_2021(world, given):
    change = given["digital_oda"].envelope - given["baseline"].envelope
    eu = world.sponsors.index("EU")
    assert (change[:11] == 0).all()
    assert (change[11:, eu] > 0).all()
    assert (np.delete(change, eu, axis=1) == 0).all()


def test_open_ran_opens_mobile_networks_from_2021(world, given):
    change = given["open_ran"].openness - given["baseline"].openness
    mobile = world.domains.index("mobile_network")
    assert (change[:11] == 0).all()
    assert (change[11:, mobile] > 0.5).all()
    assert (np.delete(change, mobile, axis=1) == 0).all()


# --- what happens ---

YEARS, RUNS, SEED = (2010, 2030), 3, 2


def run(world, scenario, record=()):
    return simulate(scenario, world=world, runs=RUNS, seed=SEED, years=YEARS, record=record)


@pytest.fixture(scope="module")
def baseline(world):
    return run(world, "baseline", ["restricted", "group_vendor_share"])


def test_nobody_lends(world):
    ds = run(world, "no_state_finance", ["debt"])
    assert (ds.lending.sel(year=slice(2011, None)) == 0).all()
    assert (ds.debt == 0).all()


def test_europe_lends_more(world, baseline):
    ds = run(world, "digital_oda")
    later = slice(2021, None)
    more = (
        ds.lending.sel(sponsor="EU", year=later).mean()
        - baseline.lending.sel(sponsor="EU", year=later).mean()
    )
    assert more > 0
    assert (ds.lending.sel(sponsor="EU", year=2020) == baseline.lending.sel(sponsor="EU", year=2020)).all()


def test_europe_restricts_and_replaces(world, baseline):
    ds = run(world, "eu_coordinated", ["restricted", "group_vendor_share"])
    members = np.array(world.countries)[world.groups["EU"][:, 0]]
    assert len(members) == 27
    assert ds.restricted.sel(country=members, sponsor="CHN", year=slice(2021, None)).all()
    assert not baseline.restricted.sel(country=members, sponsor="CHN", year=2021).all()
    chinese = ["huawei", "zte"]
    shares = [
        d.group_vendor_share.sel(group="EU", domain="mobile_network", vendor=chinese)
        .sum("vendor")
        .mean("run")
        for d in (ds, baseline)
    ]
    assert shares[0].sel(year=2030) < shares[1].sel(year=2030)
    assert shares[0].sel(year=2030) < 0.5 * shares[0].sel(year=2020)


def test_open_interfaces_lower_lock_in_of_mobile_networks(world, baseline):
    ds = run(world, "open_ran")
    before, after = (
        d.lock_in.sel(domain="mobile_network", year=slice(2022, None)).mean() for d in (baseline, ds)
    )
    assert after < before
