"""How what engines measure is labelled: every number is under its own country, domain and vendor."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.comparisons.effects_reader import EffectsReader


@pytest.fixture(scope="module", params=["core", "mesa"])
def found(real_world, request):
    record = ("installed", "adoption", "incumbent", "group_vendor_share")
    return ls.simulate(
        world=real_world, runs=2, seed=1, years=(2010, 2012), engine=request.param, record=record
    )


def test_what_is_installed_adds_up_to_the_shares_of_the_world(real_world, found):
    size = np.moveaxis(real_world.conditions.of("market_size", found.year.values), 1, 2)
    base = found.installed.transpose("run", "year", "country", "domain", "vendor").fillna(0).values
    value = (base * size[None, ..., None]).sum(axis=2)
    np.testing.assert_allclose(
        value / value.sum(axis=-1, keepdims=True), found.vendor_share.fillna(0).values, atol=1e-12
    )


def test_a_vendor_has_numbers_in_its_domains_alone(real_world, found):
    for d, domain in enumerate(real_world.domains):
        sold = {real_world.vendors[v] for v in real_world.slot_vendor[d] if v >= 0}
        known = np.isfinite(found.installed.sel(domain=domain)).all(("run", "year", "country"))
        assert set(found.vendor.values[known.values]) == sold


def test_adoption_is_known_where_adopters_decide(real_world, found):
    adopters = [d for d, who in zip(real_world.domains, real_world.buyer, strict=True) if who == "adopters"]
    known = np.isfinite(found.adoption).any(("run", "year", "country", "vendor"))
    assert list(found.domain.values[known.values]) == adopters
    own = found.adoption.sel(domain="satellite_navigation", vendor="glonass", country="RUS")
    np.testing.assert_allclose(own, 1.0)


def test_lots_say_whose_they_are(real_world, found):
    """The weights of the lots of a vendor are its share of the country's capacity."""
    kenya = (found.lot_country == "KEN") & (found.lot_domain == "mobile_network")
    mine = found.isel(lot=kenya.values, run=0, year=2)
    assert mine.weight.sum() == pytest.approx(1.0)
    assert all(mine.operator.values)
    share = found.installed.sel(country="KEN", domain="mobile_network").isel(run=0, year=2)
    for vendor, held in zip(real_world.vendors, share.values, strict=True):
        runs_it = mine.incumbent == real_world.vendors.index(vendor)
        assert float(mine.weight.where(runs_it, 0).sum()) == pytest.approx(np.nan_to_num(held))


def test_lots_are_there_only_where_they_are_recorded(real_world):
    assert "lot" not in ls.simulate(world=real_world, runs=1, years=(2010, 2011)).coords


# --- the one reader of a comparison ---


NONE = ls.Scenario.none()


@pytest.fixture(scope="module")
def reader():
    moved = NONE.model_copy(update={"name": "moved"}).with_lever(
        "state_support", "vendor_0", from_=1, share=0.5
    )
    how = {"world": ls.toy_world(4, 2), "runs": 4, "years": (0, 3), "workers": 1, "maps": False}
    return EffectsReader(ls.compare(moved, baseline=NONE, **how))


def test_levels_paths_and_effects_are_the_same_numbers(reader):
    for outcome in ("price_paid", "switching_pull"):
        path = reader.path("moved", outcome, "mean")
        levels = [reader.level("moved", outcome, year).mean for year in range(4)]
        np.testing.assert_array_equal(path, levels)
        assert reader.level("moved", outcome) == reader.level("moved", outcome, 3)
        stored = reader.effects["effect"].sel(scenario="moved", outcome=outcome, year=3).item()
        assert reader.effect("moved", outcome).mean == stored * reader.unit(outcome).factor
