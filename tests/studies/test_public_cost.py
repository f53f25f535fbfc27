"""What policies cost whom: by hand in toy worlds, by the rules in the real one."""

import numpy as np
import pytest
from studies.toys import HOW, NONE, SUBSIDY, YEARS, nobody_buys, one_vendor

import lockin_sim as ls
from lockin_sim.comparisons.by_group import public_cost
from lockin_sim.comparisons.costs_by_payer import draw_price, read_untraded_prices
from lockin_sim.comparisons.measured_places import HEADLINES
from lockin_sim.rules.finance import grant_element
from lockin_sim.world.schema import read_table


def test_a_subsidy_by_hand():
    """Ten contracts of 1 USD bn a year at a cost of 1, a quarter of it paid from year 4 on."""
    cost = public_cost(SUBSIDY, world=one_vendor(), outcomes=["retention"], **HOW)
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
    assert np.isnan(cost["cost_per_point"]).all()  # nothing moved


@pytest.mark.parametrize("engine", ["core", "mesa"])
def test_a_subsidised_purchase_by_hand(engine):
    """Of ten contracts of 1 USD bn a year at a price of 1, a state pays half in one country from year 4 on;
    its buyers pay the other half, those of nine others all."""
    half = NONE.with_lever("purchase_subsidy", "vendor_0", from_=4, where="C3", share=0.5)
    how = {name: HOW[name] for name in ("parameters", "runs", "seed", "years")}
    ds = ls.simulate(half, world=one_vendor(), engine=engine, record=["subsidies", "price_paid"], **how)
    years = np.arange(1, YEARS[1] + 1)
    np.testing.assert_allclose(ds.subsidies.isel(domain=0, vendor=0, run=0, year=years), 0.5 * (years >= 4))
    paid = ds.price_paid.isel(domain=0, run=0, year=years)
    np.testing.assert_allclose(paid, np.where(years >= 4, 0.95, 1.0))


def test_a_subsidy_of_what_nobody_buys_by_tender_pays_nothing():
    users = ls.toy_world(3, 2, buyer="users")
    half = NONE.with_lever("purchase_subsidy", "vendor_0", from_=1, share=0.5)
    assert not half.conditions(users, YEARS).purchase_subsidy.any()


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


def test_loans_cost_their_grant_equivalent(real_world):
    how = {"runs": 2, "seed": 3, "years": (2010, 2016)}
    cost = public_cost([], workers=1, **how).sel(scenario="baseline", item="loans")
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
    cost = public_cost("no_state_support", runs=2, seed=3, years=(2010, 2013), workers=1)
    support = cost.sel(item="state_support", year=2013)
    assert support.level.sel(scenario="baseline", payer="CHN") > 0
    assert support.level.sel(scenario="baseline", payer="EU") == 0
    assert support.level.sel(scenario="no_state_support", payer="governments") == 0
    assert support.effect.sel(scenario="no_state_support", payer="CHN") < 0


def test_cost_per_point_is_the_ratio_of_means():
    cost = public_cost("no_dsr", runs=8, seed=3, years=(2010, 2026), workers=1)
    found = cost.sel(scenario="no_dsr", payer="CHN", outcome=HEADLINES[0], year=2026)
    effects = ls.compare("no_dsr", runs=8, seed=3, years=(2010, 2026), workers=1, maps=False)
    moved = effects.effect.sel(scenario="no_dsr", outcome=HEADLINES[0], year=2026)
    spent = cost.effect.sel(scenario="no_dsr", payer="CHN", item="total", year=2026)
    assert found.cost_per_point_low < found.cost_per_point < found.cost_per_point_high
    assert found.cost_per_point.item() == pytest.approx(float(spent / abs(moved) / 100))


# --- whose money ---


def test_an_actor_pays_its_public_money_and_what_its_own_buyers_pay():
    """Two countries; the first one's operator must replace what it has, and nobody else pays anything."""
    ban = NONE.model_copy(update={"name": "ban"}).with_lever(
        "restriction", "C0", from_=3, on="NONE", mode="coordinated", forced_replacement=2.0
    )
    how = HOW | {
        "parameters": ls.Parameters.neutral(),
        "world": nobody_buys(),
        "outcomes": ["switching_pull"],
    }
    for actor, own, others in (("C0", 10.0, 0.0), ("C1", 0.0, 10.0), ("world", 10.0, 0.0), (None, 10.0, 0.0)):
        cost = public_cost(ban, actor=actor, **how).isel(year=-1).sel(scenario="ban", item="total").effect
        assert cost.sel(payer="own_buyers").item() == pytest.approx(own)
        assert cost.sel(payer="other_buyers").item() == pytest.approx(others)
        assert cost.sel(payer="actor").item() == pytest.approx(own)
        assert cost.sel(payer="adopters").item() == pytest.approx(10.0)
        assert cost.sel(payer="governments").item() == 0
    with pytest.raises(ls.InputError, match=r"actor: found 'C7'.*Did you mean"):
        public_cost(ban, actor="C7", **how)


def test_effort_in_bodies_has_a_price_that_its_sponsor_pays():
    how = {"runs": 2, "seed": 3, "years": (2010, 2028), "workers": 1}
    cost = public_cost("eu_in_bodies", actor="CHN", **how).sel(scenario="eu_in_bodies", year=2028)
    work = cost.effect.sel(item="standards_work")
    assert work.sel(payer="EU") > 0
    assert work.sel(payer="CHN") == 0
    assert float(work.sel(payer="governments")) == pytest.approx(float(work.sel(payer="EU")))
    mine = cost.effect.sel(item="total", payer=["actor", "own_buyers", "CHN"])
    assert float(mine[0]) == pytest.approx(float(mine[1] + mine[2]))
    # twice the usual effort for three years: as much more as is paid without it
    usual = public_cost([], **how).level.sel(scenario="baseline", item="standards_work", payer="EU")
    assert float(work.sel(payer="EU")) == pytest.approx(float(usual.sel(year=2028) - usual.sel(year=2025)))


def test_training_has_a_price_that_its_sponsor_pays():
    """Two years of 0.02 in two economies: eight times the price of 0.01, of China alone."""
    course = NONE.model_copy(update={"name": "course"})
    for code in ("KEN", "UGA"):
        course = course.with_lever("training", "CHN", from_=2026, to=2027, where=code, drift=0.02)
    how = {"runs": 2, "seed": 3, "years": (2010, 2029), "workers": 1, "outcomes": ["switching_pull"]}
    cost = public_cost(course, baseline=NONE, **how).sel(scenario="course", item="training", year=2029)
    assert float(cost.effect.sel(payer="CHN")) == pytest.approx(
        8 * read_untraded_prices()["courses"][1] / 1000
    )
    assert float(cost.effect.sel(payer="EU")) == 0


def test_prices_are_drawn_by_run_half_below_the_middle_and_half_above():
    runs = np.arange(4_000)
    for name, (low, middle, high) in read_untraded_prices().items():
        drawn = draw_price(name, 5, runs, drawn=True)
        assert np.array_equal(drawn[7:9], draw_price(name, 5, runs[7:9], drawn=True))
        assert (low <= drawn.min(), drawn.max() <= high) == (True, True)
        assert np.median(drawn) == pytest.approx(middle, rel=0.05)
        assert np.quantile(np.log(drawn), 0.25) == pytest.approx(np.log(low * middle) / 2, abs=0.06)
        assert (draw_price(name, 5, runs, drawn=False) == middle).all()


def test_documents_of_all_bodies_are_counted_alike():
    table = read_table("prices")
    units = {n: u for n, u in zip(table.labels, table["unit"], strict=True) if n.startswith("documents")}
    assert set(units.values()) == {"documents a year"}
    assert (table["low"] < table["middle"]).all()
    assert (table["middle"] < table["high"]).all()
