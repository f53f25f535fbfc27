"""What is left of a lead, and lost after a shock: exactly in toys, by signs in the bundled world."""

import dataclasses

import numpy as np
import pytest
from studies.toys import NONE

import lockin_sim as ls
from lockin_sim.simulation import simulate
from lockin_sim.studies.lock_in import ALL
from lockin_sim.studies.variants import advantage_ends, entering_late, markets_abroad, with_lead

LIFETIME, YEARS = 8.0, (0, 12)
HOW = {"runs": 4, "seed": 3, "years": YEARS, "baseline": NONE, "workers": 1, "shock": 4}


def toy(buyer, countries=400):
    """Equal markets of two vendors; the first one's sponsor is at home nowhere, and it is cheaper."""
    world = ls.toy_world(countries, 2, buyer=buyer, lifetime=LIFETIME)
    cost = np.array([[0.8, 1.0]])
    return dataclasses.replace(world, slot_sponsor=np.array([[0, 1]]), initial_cost=cost)


def responded(buyer, **parameters):
    values = ls.Parameters.neutral(**parameters)
    found = ls.response("NONE", world=toy(buyer), parameters=values, mechanisms=["full"], **HOW)
    return found.sel(mechanism="full", group="world", domain=ALL)


@pytest.mark.parametrize("buyer", ["operator", "users"])
def test_without_lock_in_a_lead_leaves_as_contracts_end(buyer):
    """Who buys anew meets the same luck in both worlds: only contracts not yet renewed tell them apart.

    The lead is a given part of half the market; of it 1 - 1/lifetime stays each year.
    """
    found = responded(buyer)
    share = 0.6 * 0.5
    np.testing.assert_allclose(found.lead[0], share, atol=0.02)
    expected = share * (1 - 1 / LIFETIME) ** np.arange(YEARS[1] + 1)
    np.testing.assert_allclose(found.lead, expected, atol=1e-9 if buyer == "users" else 0.02)
    np.testing.assert_allclose(found.lead_left, found.lead / found.lead[0], rtol=1e-9)
    assert (found.loss == 0).all()  # nobody looks at prices


@pytest.mark.parametrize("buyer", ["operator", "users"])
def test_switching_costs_hold_a_lead_and_delay_a_loss(buyer):
    free = responded(buyer, price_weight=4.0)
    locked = responded(buyer, price_weight=4.0, switching_cost=3.0)
    assert (locked.lead_left[3:] > free.lead_left[3:] + 0.05).all()
    for found in (free, locked):
        assert (found.loss[:4] == 0).all()
        assert (found.loss[6:] > 0.01).all()
        assert (found.loss_part[6:] <= 1).all()
    assert (locked.loss_part[5:9] < free.loss_part[5:9]).all()
    np.testing.assert_allclose(free.stay[1:], 0.0, atol=1e-12)
    assert (locked.stay[1:] > 0.05).all()


def test_the_lead_goes_to_the_sponsors_vendors_abroad(real_world):
    led = with_lead(real_world, "CHN", 0.6, "Africa").facts["lead"]
    markets = led.sum(axis=-1)
    abroad = markets_abroad(real_world, "CHN", "Africa")
    mobile = real_world.domains.index("mobile_network")
    np.testing.assert_allclose(markets[mobile][abroad[mobile]], 0.6)
    assert (markets[~abroad] == 0).all()
    china = real_world.slot_sponsor == real_world.sponsors.index("CHN")
    assert (led.sum(axis=1)[~china] == 0).all()
    huawei, zte = (
        led[mobile][:, real_world.slot_vendor[mobile] == real_world.vendors.index(v)].max()
        for v in ("huawei", "zte")
    )
    base = real_world.facts["base_share"][mobile]
    slots = [real_world.slot_vendor[mobile] == real_world.vendors.index(v) for v in ("huawei", "zte")]
    assert huawei / zte == pytest.approx(
        float(base[slots[0]].sum() / base[slots[1]].sum())
    )  # as their bases stand


def test_what_is_given_is_in_the_first_year_and_nothing_is_built_by_it(real_world):
    how = {"runs": 4, "seed": 2, "years": (2010, 2011), "record": ["installed"]}
    plain = simulate("baseline", world=real_world, **how).installed.sel(year=2010)
    led = simulate("baseline", world=with_lead(real_world, "CHN", 1.0), **how).installed.sel(year=2010)
    for domain in ("mobile_network", "smart_city", "smartphone", "submarine_cable"):
        one, other = (ds.sel(domain=domain).sum("vendor") for ds in (plain, led))
        np.testing.assert_allclose(one, other, atol=1e-12)
    mobile = led.sel(domain="mobile_network", country=["KEN", "DEU", "CHN"])
    chinese = mobile.sel(vendor=["huawei", "zte"]).sum("vendor")
    np.testing.assert_allclose(
        chinese.sel(country=["KEN", "DEU"]), mobile.sum("vendor").sel(country=["KEN", "DEU"])
    )
    np.testing.assert_array_equal(
        mobile.sel(country="CHN"), plain.sel(domain="mobile_network", country="CHN")
    )


def test_who_enters_late_has_nothing_abroad_until_then(real_world):
    late = entering_late(real_world, "CHN", 4)
    how = {"runs": 3, "seed": 2, "years": (2010, 2017), "record": ["installed"]}
    plain, now = (simulate("baseline", world=w, **how).installed for w in (real_world, late))
    at = {"domain": "mobile_network", "vendor": ["huawei", "zte"]}
    abroad = [c for c in real_world.countries if c not in ("CHN", "HKG", "MAC")]
    held = now.sel(at | {"country": abroad})
    assert (held.sel(year=slice(2010, 2013)) == 0).all()
    assert held.sel(year=2017).sum() > 0
    first = {"domain": "mobile_network", "year": 2010}
    np.testing.assert_allclose(now.sel(first).sum("vendor"), plain.sel(first).sum("vendor"))
    np.testing.assert_array_equal(now.sel(at | {"country": "CHN", "year": 2010}),
                                  plain.sel(at | {"country": "CHN", "year": 2010}))  # fmt: skip


def test_an_advantage_that_ends_makes_its_vendors_cost_what_others_do(real_world):
    ended = advantage_ends(real_world, ls.load_scenario("baseline"), "CHN", 2018)
    now = ended.conditions(real_world, (2010, 2020))
    mine = real_world.slot_sponsor == real_world.sponsors.index("CHN")
    cost = real_world.initial_cost * now.cost_factor
    np.testing.assert_allclose(np.maximum(cost[8:, mine], 1.0), cost[8:, mine])
    assert (real_world.initial_cost[mine] < 1).any()
    assert (now.state_support[8:, mine] == 0).all()
    plain = real_world.conditions.spanning(2010, 2020)
    for name in ("cost_factor", "state_support"):
        np.testing.assert_array_equal(getattr(now, name)[:8], getattr(plain, name)[:8])
        np.testing.assert_array_equal(getattr(now, name)[:, ~mine], getattr(plain, name)[:, ~mine])


@pytest.fixture(scope="module")
def movers(real_world):
    how = {"runs": 4, "seed": 4, "years": (2010, 2020), "workers": 1, "until": 2015, "delay": 5}
    return ls.first_movers(world=real_world, domains=["mobile_network"], **how).sel(
        group="abroad", domain="mobile_network"
    )


def test_three_ways_of_being_first(movers):
    assert list(movers.mover.values) == ["first_lots", "window", "late_entry"]
    assert list(movers.mover_year.values) == [2010, 2014, 2014]
    effect = movers.effect.sel(mechanism="full")
    assert effect.sel(mover="first_lots", year=2010) > 0.2
    assert effect.sel(mover="window", year=2014) > 0.02
    assert effect.sel(mover="window", year=2010) == 0
    assert effect.sel(mover="late_entry", year=2014) < -0.1
    for name, year in zip(movers.mover.values, movers.mover_year.values, strict=True):
        np.testing.assert_allclose(movers.left.sel(mover=name, year=year, mechanism="full"), 1.0)


def test_lock_in_keeps_who_was_first(movers):
    left = movers.left.sel(year=2020)
    for name in ("first_lots", "late_entry"):
        assert left.sel(mover=name, mechanism="full") > left.sel(mover=name, mechanism="no_lock_in")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sponsor": "CHM"}, "Did you mean 'CHN'"),
        ({"share": 1.5}, "share: found 1.5"),
        ({"shock": 2010}, "shock: found 2010"),
        ({"groups": ["Afrika"]}, "Did you mean 'Africa'"),
        ({"domains": ["data_governance"]}, "domains: found 'data_governance'"),
        ({"mechanisms": []}, "mechanisms: found"),
    ],
)
def test_what_cannot_be_asked_is_refused(change, message):
    with pytest.raises(ls.InputError, match=message):
        ls.response(**({"sponsor": "CHN"} | change))
