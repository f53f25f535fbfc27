"""What policies cost whom: by hand in toy worlds, by the rules in the real one."""

import numpy as np
import pytest
from studies.toys import HOW, NONE, SUBSIDY, YEARS, nobody_buys, one_vendor

import lockin_sim as ls
from lockin_sim.rules.finance import grant_element


def test_a_subsidy_by_hand():
    """Ten contracts of 1 USD bn a year at a cost of 1, a quarter of it paid from year 4 on."""
    cost = ls.public_cost(SUBSIDY, world=one_vendor(), outcomes=["retention"], **HOW)
    paid = cost.sel(scenario="subsidy", item="state_support", payer="other_states")
    expected = np.maximum(0, np.arange(YEARS[1] + 1) - 3) * 2.5
    expected[0] = np.nan
    np.testing.assert_allclose(paid.effect, expected)
    np.testing.assert_allclose(paid.effect_low, expected)
    everything = cost.sel(scenario="subsidy", year=YEARS[1])
    for payer in ("other_states", "governments"):
        assert everything.effect.sel(item="total", payer=payer).item() == pytest.approx(22.5)
    assert (everything.effect.sel(payer="adopters") == 0).all()
    assert (cost.pairs_used.isel(year=0) == 0).all()


def test_nothing_moved_has_no_price_per_point():
    cost = ls.public_cost(SUBSIDY, world=one_vendor(), outcomes=["retention"], **HOW)
    for name in ("cost_per_point", "cost_per_point_low", "cost_per_point_high"):
        assert np.isnan(cost[name]).all()
    assert cost.cost_per_point_pairs_used.isel(year=-1).max() == HOW["runs"]


@pytest.mark.parametrize("engine", ["core", "mesa"])
def test_early_replacement_by_hand(engine):
    """One operator of two, each worth 1 USD bn a year for ten years, must replace all ahead of any tender."""
    ban = NONE.with_lever("restriction", "C0", from_=3, on="NONE", mode="coordinated", forced_replacement=2.0)
    ds = ls.simulate(
        ban, world=nobody_buys(), parameters=ls.Parameters.neutral(), runs=2, years=YEARS, engine=engine,
        record=["early_replacement"],
    )  # fmt: skip
    total = ds.early_replacement.sum(("year", "domain"))
    np.testing.assert_allclose(total, 10.0)
    assert (ds.early_replacement.sel(year=slice(1, 3)) == 0).all()


def test_adopters_bear_early_replacement():
    ban = NONE.model_copy(update={"name": "ban"}).with_lever(
        "restriction", "C0", from_=3, on="NONE", mode="coordinated", forced_replacement=2.0
    )
    how = HOW | {"parameters": ls.Parameters.neutral()}
    cost = ls.public_cost(ban, world=nobody_buys(), outcomes=["lock_in"], **how).isel(year=-1)
    assert cost.effect.sel(scenario="ban", payer="adopters", item="total").item() == pytest.approx(10.0)
    assert cost.effect.sel(scenario="ban", payer="governments", item="total") == 0


def test_loans_cost_their_grant_equivalent(real_world):
    how = {"runs": 2, "seed": 3, "years": (2010, 2016)}
    cost = ls.public_cost([], workers=1, **how).sel(scenario="baseline", item="loans")
    lent = ls.simulate(record=["lent"], **how).lent
    given, lenders = real_world.conditions.spanning(2010, 2016), real_world.lenders
    alone = [h for h in range(len(real_world.sponsors)) if (lenders.sponsor == h).sum() == 1]
    of = [int(np.flatnonzero(lenders.sponsor == h)[0]) for h in alone]
    rate = np.minimum(real_world.borrowing_rate[:, None], lenders.highest_discount_rate[of])
    by_hand = sum(
        np.maximum(
            0,
            grant_element(
                given.loan_rate[y, of], given.tenor[y, of], given.grace[y, of], rate,
                lenders.payments_per_year[of],
            ),
        )
        / 100 * lent.isel(year=y, sponsor=alone).values
        for y in range(1, 7)
    ).sum(axis=1).mean(axis=0)  # fmt: skip
    assert (by_hand > 0).any()
    level = cost.level.isel(year=-1)
    np.testing.assert_allclose(level.sel(payer=[real_world.sponsors[h] for h in alone]), by_hand)
    assert level.sel(payer="CHN") > 0  # several lenders: their loans are not apart in what is recorded
    np.testing.assert_allclose(
        level.sel(payer="governments"), level.sel(payer=list(real_world.sponsors)).sum()
    )


def test_the_support_on_record_is_a_cost_of_its_sponsor():
    """In the baseline China bears a tenth of its vendors' costs; without it nobody pays anything."""
    cost = ls.public_cost("no_state_support", runs=2, seed=3, years=(2010, 2013), workers=1)
    support = cost.sel(item="state_support", year=2013)
    assert support.level.sel(scenario="baseline", payer="CHN") > 0
    assert support.level.sel(scenario="baseline", payer="EU") == 0
    assert support.level.sel(scenario="no_state_support", payer="governments") == 0
    assert support.effect.sel(scenario="no_state_support", payer="CHN") < 0


def test_cost_per_point_is_the_ratio_of_means():
    cost = ls.public_cost("no_dsr", runs=8, seed=3, years=(2010, 2026), workers=1)
    found = cost.sel(scenario="no_dsr", payer="CHN", outcome="cn2035_sensitive_excluding_CHN", year=2026)
    effects = ls.compare("no_dsr", runs=8, seed=3, years=(2010, 2026), workers=1, maps=False)
    moved = effects.effect.sel(scenario="no_dsr", outcome="cn2035_sensitive_excluding_CHN", year=2026)
    spent = cost.effect.sel(scenario="no_dsr", payer="CHN", item="total", year=2026)
    assert found.cost_per_point_low < found.cost_per_point < found.cost_per_point_high
    assert found.cost_per_point.item() == pytest.approx(float(spent / abs(moved) / 100))


def test_a_share_that_is_not_known_is_refused():
    with pytest.raises(ls.InputError, match="Did you mean 'retention'"):
        ls.public_cost([], world=one_vendor(), outcomes=["retension"], **HOW)
