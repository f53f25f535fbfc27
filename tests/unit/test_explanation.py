"""Explanations of a lot, of users, of a cable and of an adoption: do they say what the simulation did?"""

from functools import cache

import numpy as np
import pytest
from worlds import rich_world

import lockin_sim as ls
from lockin_sim.model.decisions import describe_terms
from lockin_sim.rules.utility import price_term
from lockin_sim.studies import explanation
from lockin_sim.world.names import format_label

SEED, YEARS = 6, range(2011, 2019)
WORLD = rich_world(9)
NONE = ls.Scenario.none()


def explained(country, domain, year, **given):
    given = {"runs": 0, "world": WORLD} | given
    return ls.explain(NONE, country=country, domain=domain, year=year, seed=SEED, **given)


@cache
def simulated():
    record = ["installed", "incumbent", "adoption", "winner"]
    return ls.simulate(NONE, world=WORLD, runs=1, seed=SEED, years=(2010, YEARS[-1]), record=record).isel(
        run=0
    )


def first_lot(*, up):
    """An explanation of a lot that is up, or of one that is not."""
    for year in YEARS:
        for country in WORLD.countries[:6]:
            why = explained(country, "radio", year)
            if bool(why.data.attrs["up"]) is up and np.isfinite(why.data.utility).any():
                return why
    raise AssertionError("none was found")


def called(vendor):
    """What a vendor is called in print."""
    return format_label("vendor", vendor)


def assert_sums(data):
    """The utility is the sum of the terms, wherever the offer may be taken."""
    whole = data.terms.sum("term")
    np.testing.assert_allclose(data.utility, whole.where(np.isfinite(data.utility), -np.inf))


def test_the_largest_lot_that_is_up_goes_to_the_best_offer_as_in_the_simulation():
    why = first_lot(up=True)
    data = why.data
    assert_sums(data)
    luck = data.utility + data.attrs["noise_scale"] * data.shock
    assert np.argmax(luck.values) == 0, "best first"
    assert data.probability.sum() == pytest.approx(1.0)
    won = int(simulated().winner.sel(year=data.attrs["year"], country=data.attrs["country"], domain="radio"))
    best = str(data.vendor[0].values)
    assert won == -1 or WORLD.vendors[won] == best
    assert ("unbuilt" in why.sentence) if won == -1 else (called(best) in why.sentence)
    assert "is put out to tender because" in why.sentence


def test_where_no_lot_is_up_the_largest_is_explained_as_if_it_were():
    why = first_lot(up=False)
    assert_sums(why.data)
    assert "no lot is put out to tender" in why.sentence
    assert "would" in why.sentence
    operators = ls.LockInModel(NONE, world=WORLD, seed=SEED, years=(2010, 2011)).operators(
        why.data.attrs["country"], "radio"
    )
    assert why.data.attrs["weight"] == max(each.weight.max() for each in operators)


def test_users_have_the_shares_of_the_simulation_before_and_after():
    why = explained("C2", "phones", 2014)
    data = why.data
    assert_sums(data)
    series = simulated().installed.sel(country="C2", domain="phones", vendor=data.vendor)
    np.testing.assert_allclose(data.before, series.sel(year=2013), atol=1e-9)
    np.testing.assert_allclose(data.after, series.sel(year=2014), atol=1e-9)
    assert data.goes_to.sum() == pytest.approx(1.0)
    assert data.probability.sum() == pytest.approx(1.0)
    largest = str(data.vendor[np.argmax(data.before.values)].values)
    assert data.attrs["largest"] == largest
    assert f"Of the users of {called(largest)}, the largest" in why.sentence
    # those who leave come back more often than new users come
    at = data.sel(vendor=largest)
    assert at.goes_to >= at.probability


def test_a_cable_is_built_by_the_best_supplier_whom_no_landing_state_keeps_out():
    found = [explained(country, "cables", 2013) for country in WORLD.countries]
    landing = [why for why in found if why.data.attrs["up"]]
    assert landing
    assert len(landing) < len(found)
    for why in found:
        assert_sums(why.data)
        assert ("no cable lands" in why.sentence) is not bool(why.data.attrs["up"])
    for why in landing:
        assert why.data.attrs["country"] in why.data.attrs["landings"]
        if np.isfinite(why.data.utility).any():
            assert f"{called(why.data.vendor[0].values)} builds it" in why.sentence


@pytest.mark.parametrize("domain", ["satellites", "laws"])
def test_adoption_is_that_of_the_simulation_before_and_after(domain):
    spread = 0
    for year in (2012, 2016):
        for country in WORLD.countries[::2]:
            why = explained(country, domain, year)
            data = why.data
            series = simulated().adoption.sel(country=country, domain=domain, vendor=data.vendor)
            np.testing.assert_allclose(data.before, series.sel(year=year - 1), atol=1e-9)
            np.testing.assert_allclose(data.after, series.sel(year=year), atol=1e-9)
            assert ((data.probability >= 0) & (data.probability <= 1)).all()
            gained = data.vendor[(data.after > data.before + 0.01).values].values.tolist()
            assert all(called(vendor) in why.sentence for vendor in gained)
            spread += len(gained)
    assert spread


@pytest.mark.parametrize("domain", ["satellites", "laws"])
def test_at_home_a_system_or_a_law_is_taken_up_for_certain(domain):
    world = rich_world(10)
    whole = [explained(country, domain, 2012, world=world).data for country in world.countries]
    found = []
    for data in whole:
        own = [called(str(vendor)) in data.attrs["own"] for vendor in data.vendor.values]
        there = own & np.isfinite(data.utility.values)
        found += zip(data.probability.values[there], data.after.values[there], strict=True)
    assert found
    assert [chance for chance, _ in found if chance != 1.0] == []
    assert min(after for _, after in found) > 0.0


def test_a_rival_that_is_cheaper_by_its_gap_is_as_good_as_the_best_offer():
    data = first_lot(up=True).data
    best = data.utility + data.attrs["noise_scale"] * data.shock
    gap = data.price_gap.where(np.isfinite(data.utility), drop=True)
    cheaper = price_term(np.log1p(-gap.values), 0.0, data.attrs["price_weight"])
    raised = best.sel(vendor=gap.vendor) + cheaper
    np.testing.assert_allclose(raised, float(best.max()))
    assert gap[0] == 0
    assert (np.diff(gap) >= 0).all()


@pytest.mark.parametrize("domain", WORLD.domains)
def test_runs_are_counted_as_simulated(domain):
    why = explained("C1", domain, 2012, runs=3)
    ds = ls.simulate(
        NONE, world=WORLD, runs=3, seed=SEED, years=(2010, 2012),
        record=["incumbent", "installed", "adoption"],
    ).sel(year=2012)  # fmt: skip
    buyer = why.data.attrs["buyer"]
    if buyer == "operator":
        runs_it = ds.incumbent.sel(lot=why.data.attrs["lot"])
        assert (runs_it.lot_country, runs_it.operator) == ("C1", why.data.attrs["operator"])
        expected = [(runs_it == WORLD.vendors.index(str(v))).sum() for v in why.data.vendor.values]
    elif buyer == "adopters":
        adopted = ds.adoption.sel(country="C1", domain=domain, vendor=why.data.vendor)
        expected = (adopted > (0 if domain == "laws" else 0.5)).sum("run")
    else:
        share = ds.installed.sel(country="C1", domain=domain, vendor=why.data.vendor)
        expected = (share == share.max("vendor")).where(share > 0, False).sum("run")
    assert why.data.runs_with.values.tolist() == list(map(int, expected))
    assert "hree runs" in why.sentence


def test_parameters_may_differ_by_run():
    values = {"switching_cost": np.array([0.0, 6.0])}
    free, tied = (explained("C2", "radio", 2014, run=run, runs=9, parameters=values) for run in (0, 1))
    assert free.data.attrs["runs"] == 2, "as many as there are values"
    assert not free.data.terms.sel(term="switching").any()
    alone = explained("C2", "radio", 2014, run=1, parameters={"switching_cost": 6.0})
    assert alone.data.utility.equals(tied.data.utility)
    with pytest.raises(ls.InputError, match="run"):
        explained("C2", "radio", 2014, run=2, parameters=values)


def own_taste(offer, weights):
    """All prefer the vendor in the first slot, by much."""
    return 8.0 * (np.arange(offer.taste.shape[-1]) == 0)


@pytest.mark.parametrize("domain", [*WORLD.domains])
def test_a_term_of_ones_own_is_a_reason_of_its_own(domain):
    """In every kind of market, and not a part of the tastes, which nobody explains."""
    world, how = WORLD.with_term(own_taste), {"domain": domain, "country": WORLD.countries[1], "year": 2014}
    how |= {"scenario": NONE, "seed": SEED, "runs": 2}
    why, plain = ls.explain(world=world, **how), ls.explain(world=WORLD, **how)
    assert_sums(why.data)
    assert sorted(np.unique(why.data.terms.sel(term="own"))) == [0.0, 8.0]
    assert not plain.data.terms.sel(term="own").any()
    assert describe_terms()["own"] not in str(plain)
    may_be_taken = np.isfinite(why.data.utility.values[why.data.terms.sel(term="own").values > 0])
    told = bool("cheaper to win" in why.sentence and may_be_taken.all())
    assert (describe_terms()["own"] in str(why)) is told


def test_runs_are_counted_a_batch_at_a_time(monkeypatch):
    """However many, the memory is that of a batch; and the numbers are those of all at once."""
    ask = {"country": WORLD.countries[1], "domain": "radio", "year": 2014, "runs": 9, "run": 12}
    whole = explained(**ask)
    monkeypatch.setattr(explanation, "runs_together", lambda world: 2)
    assert explained(**ask).data.identical(whole.data)
    assert explained(**ask | {"run": 3}).data["runs_with"].sum() == whole.data["runs_with"].sum()
    assert list(explanation._split_run_numbers(3, 5, 2)) == [[0, 1, 3], [2, 4]]
