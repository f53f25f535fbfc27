"""Is everything conserved that must be: capacity, money, shares, the mix of standards?"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from properties.worlds import ADOPTERS_ALONE, EVERYTHING, cases

import lockin_sim as ls
from lockin_sim.common.conventions import NEVER

CLOSE = 1e-9


def check_accounts(ds, world):
    installed = np.nan_to_num(ds.installed.values)
    assert installed.min() >= 0.0
    assert installed.sum(axis=-1).max() <= 1.0 + CLOSE
    for name in ("vendor_share", "sales_share", "group_vendor_share", "group_sales_share"):
        shares = ds[name].values
        present = ~np.isnan(shares).all(axis=-1)
        np.testing.assert_allclose(np.nansum(shares, axis=-1)[present], 1.0, atol=CLOSE, err_msg=name)
        assert np.nanmin(shares, initial=0.0) >= -CLOSE, name
    status = ds.status.values[~np.isnan(ds.status.values).all(axis=-1)]  # none outside a body's mandate
    np.testing.assert_allclose(status.sum(axis=-1), 1.0, atol=CLOSE)
    assert status.min(initial=0.0) >= -CLOSE
    standards = ds.standard_share.values
    there = np.nansum(ds.vendor_share.values, axis=-1)
    np.testing.assert_allclose(standards.sum(axis=-1), there, atol=CLOSE, err_msg="standard_share")
    assert (ds.owned_standard_share.values <= standards + CLOSE).all()
    assert (standards <= ds.reach.values + CLOSE).all()
    assert ds.reach.values.max() <= 1.0 + CLOSE
    # what is lent is owed until it is repaid
    owed = (ds.lent - ds.repaid).fillna(0.0).cumsum("year")
    np.testing.assert_allclose(ds.debt.values, owed.values, atol=1e-7)
    assert ds.debt.values.min() >= -1e-7
    np.testing.assert_allclose(ds.total_debt.values, ds.debt.sum("country").values, atol=1e-7)
    # gifts are part of loans, what goes early is part of what is renewed, the world is the first group
    gifts, loans = ds.grant_equivalent.fillna(0), ds.lending.fillna(0)
    assert ((gifts >= 0) & (gifts <= loans + CLOSE)).all()
    early, renewed = ds.early_replacement.sum("domain"), ds.country_renewed.sum("country")
    assert ((early >= 0) & (early <= renewed + 1e-7)).all()
    assert float(ds.subsidies.min()) >= 0
    for name in ("surplus", "price_paid"):
        world_group = ds[f"group_{name}"].isel(group=0).values
        np.testing.assert_allclose(world_group, ds[name].values, atol=1e-9, err_msg=name)
    check_contracts(ds, world)
    votes = ds.vote_share.values
    assert ((votes >= -CLOSE) & (votes <= 1 + CLOSE) | np.isnan(votes)).all()
    for name in ("coverage", "retention", "restricting"):
        values = ds[name].values
        assert ((values >= -CLOSE) & (values <= 1 + CLOSE) | np.isnan(values)).all(), name
    buyer = np.array(world.buyer)
    operators, keep = buyer == "operator", np.isin(buyer, ("operator", "users"))
    changed = (np.diff(installed, axis=1) != 0).any(axis=-1)[..., operators]
    won = ds.winner.values[:, 1:][..., operators] >= 0  # in the years that a swap takes
    lately = np.stack([won[:, max(0, step + 1 - longest_swap(world)) : step + 1].any(axis=1)
                       for step in range(won.shape[1])], axis=1)  # fmt: skip
    assert not (changed & ~lately).any(), "a base changed by nobody"
    lost = np.diff(installed.sum(axis=-1), axis=1)[..., keep]
    assert lost.min(initial=0.0) >= -CLOSE, "capacity was lost"


def longest_swap(world):
    """Years in which the slowest swap replaces the equipment of the vendor before."""
    return int(np.ceil(np.max(world.swap_years, initial=1.0)))


def check_contracts(ds, world):
    """What is signed is what winners replace and build: nothing without one, nothing twice."""
    buyer = np.array(world.buyer)
    operators, users = buyer == "operator", buyer == "users"
    signed = ds.contracts.values[:, 1:]  # nothing flows in the first year
    won = (ds.winner.values[:, 1:] >= 0).any(axis=2)
    alone = np.isnan(world.expansion_share) & (ds.attrs["parameter_expansion_share"] == 1)  # nothing to sign
    some = operators & ~alone
    np.testing.assert_array_equal(signed[..., some] > 0, won[..., some], "contracts")
    size = np.swapaxes(world.conditions.of("market_size", ds.year.values[1:]), 1, 2)
    follows = np.where(np.isnan(world.expansion_share), ds.attrs["parameter_expansion_share"], 0.0)
    yearly = size * (1 - follows * operators)
    added = np.diff(np.nan_to_num(ds.installed.values).sum(axis=-1), axis=1)  # (run, year, country, domain)
    # contracts last a lifetime, or from one year on to the generation that follows
    moving = world.by_generation
    longest = np.where(moving, np.maximum(world.lifetime, NEVER), world.lifetime)
    least, most = (
        (added * yearly * years)[..., operators | users].sum(axis=(2, 3))
        for years in (np.where(moving, np.minimum(world.lifetime, 1.0), world.lifetime), longest)
    )
    renewed = ds.country_renewed.values[:, 1:].sum(axis=-1)
    bought = signed[..., operators | users].sum(axis=-1)
    early = ds.early_replacement.values[:, 1:].sum(axis=-1)
    # a renewal without any offer that may be taken is signed by nobody
    assert (bought >= least - 1e-7).all(), "what was built was not signed"
    assert (bought <= renewed + most + 1e-7).all(), "signed twice"
    assert (early <= renewed + 1e-7).all()
    if not operators.any():
        np.testing.assert_allclose(bought, renewed + most, rtol=1e-7, atol=1e-7, err_msg="users")


@given(case=cases())
@example(case=ADOPTERS_ALONE)
@settings(max_examples=40)
def test_accounts_balance_in_random_worlds_at_any_setting(case):
    check_accounts(case.simulated(3), case.world)


@pytest.mark.parametrize("scenario", ["baseline", "no_state_finance", "eu_package"])
def test_accounts_balance_in_the_real_world(scenario, real_world):
    ds = ls.simulate(scenario, runs=1, seed=4, years=(2010, 2029), record=EVERYTHING, history="prior")
    check_accounts(ds, real_world)
    assert float(ds.debt.max()) > 0 or scenario == "no_state_finance"


def test_all_debts_are_repaid_once_nobody_lends(real_world):
    last, longest = 2014, int(np.ceil(real_world.conditions.tenor.max()))
    stop = ls.load_scenario("baseline").with_lever(
        "export_finance", list(real_world.sponsors), from_=last + 1, envelope=0.0
    )
    years = (2010, last + longest + 2)
    ds = ls.simulate(stop, runs=1, seed=4, years=years, record=("debt", "lent"))
    assert float(ds.lent.sel(year=slice(last + 1, None)).max()) == 0.0
    assert (ds.total_debt.sel(year=last).sum("sponsor") > 1.0).all()
    np.testing.assert_allclose(ds.debt.sel(year=years[1]).values, 0.0, atol=1e-9)
    after = ds.total_debt.sel(year=slice(last, None))
    assert (after.diff("year") <= 1e-9).all()


def test_sponsors_lend_what_they_have_over_the_years(real_world):
    """Forecasts of take-up may be wrong in a year, but not for long."""
    ds = ls.simulate(runs=6, seed=4, years=(2010, 2040))
    of_sponsor = real_world.lenders.sponsor[:, None] == np.arange(len(real_world.sponsors))
    envelope = real_world.conditions.spanning(2010, 2040).envelope @ of_sponsor
    mean = ds.lending.mean("run").values
    assert (mean[1:].sum(axis=0) <= 1.05 * envelope[1:].sum(axis=0)).all()


def test_a_ban_removes_the_banned_offers_and_leaves_all_other_choices_alone(real_world):
    """In the first year of a ban everyone stands where they stood; later, only sensitive domains obey it."""
    start, group = 2025, next(iter(real_world.groups))
    ban = ls.load_scenario("baseline").with_lever(
        "restriction", group, from_=start, on="CHN", mode="coordinated"
    )
    with_ban, without = (
        ls.simulate(s, runs=4, seed=4, years=(2010, start + 3), record=("winner", "installed", "restricted"))
        for s in (ban, "baseline")
    )
    for name in ("winner", "installed"):
        one, other = (ds[name].sel(year=slice(start - 1)).values for ds in (with_ban, without))
        np.testing.assert_array_equal(one, other)
    chinese, sensitive = vendors_of(real_world, "CHN"), real_world.sensitive
    bound = real_world.groups[group].any(axis=0) & ~real_world.home[:, real_world.sponsors.index("CHN")]
    before, after = without.winner.sel(year=start).values, with_ban.winner.sel(year=start).values
    in_force = with_ban.restricted.sel(year=start, sponsor="CHN").values
    assert in_force[:, bound].all()
    theirs = (before >= 0) & chinese[before] & sensitive
    assert (theirs & in_force[..., None]).any()
    np.testing.assert_array_equal(before[~theirs], after[~theirs])
    for year in range(start, start + 4):
        winner = with_ban.winner.sel(year=year).values
        restricted = with_ban.restricted.sel(year=year, sponsor="CHN").values
        assert not (restricted[..., None] & sensitive & chinese[winner] & (winner >= 0)).any()
    others = (np.array(real_world.buyer) == "users") & ~sensitive
    held, unbanned = (ds.installed.sel(year=start).values[:, :, others] for ds in (with_ban, without))
    np.testing.assert_array_equal(held, unbanned)
    assert np.nanmax(held[..., chinese[:-1]]) > 0


def vendors_of(world, sponsor):
    """Flags by vendor, and one more for the index -1 of nobody."""
    flags = np.zeros(len(world.vendors) + 1, dtype=bool)
    flags[world.slot_vendor[world.slot_sponsor == world.sponsors.index(sponsor)]] = True
    flags[-1] = False
    return flags
