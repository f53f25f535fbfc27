"""Regressions of :mod:`~lockin_sim.evidence.borrowers` fitted to runs, beside the true effect of loans.

A run is a world of which everything is known: the same run without the lender's loans gives the supplier of
each network without them.  Where a regression on runs finds more than the true effect, loans and suppliers
have common causes, which may bias the regression on the record as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.comparisons.arms import build_arm_trial
from lockin_sim.comparisons.trial import Arm, Measure, Setup, build_setup
from lockin_sim.comparisons.variants import mask_sponsor_offers
from lockin_sim.evidence.borrowers import (
    AFTER,
    ALL,
    BEFORE,
    COVERED_IN,
    OF_CITIES,
    OF_NETWORKS,
    POORER,
    LoanRegression,
    SupplierObservation,
    build_loan_regression,
    is_poorer,
    name_loan_quantity,
)
from lockin_sim.evidence.estimate import Ends
from lockin_sim.model.measures import Alone, Reading
from lockin_sim.record import CITIES, LEAST_LOAN, MOBILE, SPONSOR, tables
from lockin_sim.record.histories import PRIOR
from lockin_sim.settings.ensemble import BUNDLED_NAME
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World, load_world
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.suppliers import spells

if TYPE_CHECKING:
    import xarray as xr

#: Most draws that runs are made of: lines differ by little in further ones.
MOST = 24

#: Arms: the lender lends by the model's rule, or nothing since the year after the first.
LENDS, NEVER = "lends", "never"


@lru_cache(maxsize=4)
def estimate_loans_in_runs(draws: int, seed: int) -> dict[str, tuple[Ends, Ends | None]]:
    """Fit regressions of suppliers on loans to runs of the bundled world, with the true effects.

    draws  number of draws of the parameters, at most :data:`MOST`, a run each, with any past rather than the
           recorded one: in runs that meet the record suppliers are on record
    Returns, by the quantities of the rows on record, the weight of the regression and the true effect of
    loans on the same suppliers: mean over runs and ends of the 90 % range; None as the effect of a placebo.
    """
    world = load_world()
    how = build_setup(
        min(draws, MOST),
        world=world,
        posterior=BUNDLED_NAME,
        seed=seed,
        progress=False,
        years=(world.first_year, world.present),
    )
    lends, never = _simulate_arms(world, how)
    lines: dict[str, list[tuple[float, float]]] = {}
    for r in range(how.runs):
        one, other = ({name: values[r] for name, values in arm.items()} for arm in (lends, never))
        for said, line, at, effect in _iterate_regressions(world, one, other):
            weight = float(np.linalg.lstsq(line.x, line.y, rcond=None)[0][at])
            lines.setdefault(said, []).append((weight, effect))
    pairs = {said: np.array(values).T for said, values in lines.items()}
    return {
        said: (_summarize_runs(line), None if np.isnan(effect).all() else _summarize_runs(effect))
        for said, (line, effect) in pairs.items()
    }


def _summarize_runs(values: Floats) -> Ends:
    """Return the mean over runs and the ends of their 90 % range."""
    low, high = np.quantile(values, (0.05, 0.95))
    return float(values.mean()), float(low), float(high)


def _simulate_arms(world: World, how: Setup) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Simulate runs with the lender's loans and without any, on the same random shocks.

    Returns the arrays of :func:`observe_suppliers` with loans, and without.
    """
    base, since = load_scenario("baseline"), world.first_year + 1
    without = base.with_lever("export_finance", SPONSOR, from_=since, envelope=0.0, name=NEVER)
    arms = {LENDS: Arm(base, history=PRIOR), NEVER: Arm(without, history=PRIOR)}
    record = Alone(("incumbent", "generation", "lent", _build_city_reading(world)))
    trial = build_arm_trial(arms, Measure(observe_suppliers, (), {}, record), how)
    arrays = how.run(trial.cases)
    lends, never = (arrays[trial.of_arm(arm).label] for arm in arms)
    return lends, never


def _build_city_reading(world: World) -> Reading:
    """Build the reading of each sponsor's share of equipment when smart cities are covered."""
    step = world.step(COVERED_IN)
    return Reading("country_sponsor_share", slice(step, step + 1))


def observe_suppliers(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Extract from runs the data of the regressions.

    Returns ``generation`` and ``chinese``, whether the lender's vendor runs the lot, NaN without a vendor
    (run, year, lot); ``lent``, whether a loan is large enough for a record (run, year, country); and
    ``city``, chance that a record names a Chinese vendor of surveillance (run, country).
    """
    vendor, mine = ds["incumbent"].transpose("run", "year", "lot").values, np.zeros(len(world.vendors))
    mine[world.slot_vendor[mask_sponsor_offers(world, SPONSOR)]] = 1.0
    share = (
        _build_city_reading(world)
        .of(ds)
        .sel(sponsor=SPONSOR, domain=CITIES)
        .transpose("run", "country")
        .values
    )
    gdp = world.conditions.gdp[world.step(COVERED_IN)]
    return {
        "generation": ds["generation"].transpose("run", "year", "lot").values,
        "chinese": np.where(vendor < 0, np.nan, mine[vendor]),
        "lent": 1000.0 * ds["lent"].sel(sponsor=SPONSOR).transpose("run", "year", "country").values
        >= LEAST_LOAN,
        "city": (np.nan_to_num(share) > 0) * tables.compute_listing_probability(gdp),
    }


def _iterate_regressions(
    world: World, one: dict[str, Floats], other: dict[str, Floats]
) -> Iterator[tuple[str, LoanRegression, int, float]]:
    """Iterate over the regressions of one run.

    one, other  arrays of the run with loans, and without loans
    Yields quantity, data, position of its weight, and the true effect of loans on suppliers with an earlier
    loan; NaN for a placebo.
    """
    years = [world.first_year + np.flatnonzero(of) for of in one["lent"].T]
    loans = {iso3: of.tolist() for iso3, of in zip(world.countries, years, strict=True)}
    networks, cities = _observe_networks(world, one, other), _observe_cities(world, one, other)
    not_rich = [pair for pair in networks if is_poorer(pair[0].iso3, world)]
    for words, pairs in ((ALL, networks), (POORER, not_rich)):
        line = build_loan_regression([s for s, _ in pairs], loans, world)
        yield name_loan_quantity(OF_NETWORKS, BEFORE, words), line, BEFORE, _compute_true_effect(line, pairs)
        yield name_loan_quantity(OF_NETWORKS, AFTER, words), line, AFTER, np.nan
    pairs = [pair for pair in cities if is_poorer(pair[0].iso3, world)]
    line = build_loan_regression([s for s, _ in pairs], loans, world).without(AFTER)
    yield name_loan_quantity(OF_CITIES, BEFORE, POORER), line, BEFORE, _compute_true_effect(line, pairs)


#: A supplier, and what ``chinese`` of it would be without loans.
type Pairs = list[tuple[SupplierObservation, float]]


def _compute_true_effect(line: LoanRegression, pairs: Pairs) -> float:
    """Compute the true mean effect of loans on suppliers with an earlier loan."""
    unlent = np.array([without for _, without in pairs])
    return float((line.y - unlent)[line.of(BEFORE)].mean())


def _observe_networks(world: World, one: dict[str, Floats], other: dict[str, Floats]) -> Pairs:
    """Observe operators' mobile networks by generation, in economies on record.

    Each in the year of its first contract, of several lots the first; with ``chinese`` in the run without
    loans.
    """
    lots, known = world.lots, _find_network_economies()
    _, first = np.unique(lots.operator, return_index=True)  # of several lots the first
    mine = lots.domain[first] == world.domains.index(MOBILE)
    networks: Pairs = []
    for lot in first[mine].tolist():
        iso3, generation = world.countries[lots.country[lot]], one["generation"][:, lot]
        for g in range(generation[0] + 1, generation[-1] + 1) if iso3 in known else ():
            step = int((generation >= g).argmax())
            chinese, without = one["chinese"][step, lot], other["chinese"][step, lot]
            if not np.isnan(chinese + without):
                networks.append(
                    (SupplierObservation(iso3, world.first_year + step, g, float(chinese)), float(without))
                )
    return networks


def _observe_cities(world: World, one: dict[str, Floats], other: dict[str, Floats]) -> Pairs:
    """Observe surveillance of the economies that its record covers, with and without loans."""
    return [
        (SupplierObservation(iso3, COVERED_IN, 0, float(one["city"][n])), float(other["city"][n]))
        for n, iso3 in enumerate(world.countries)
        if iso3 in _find_surveillance_economies()
    ]


@cache
def _find_network_economies() -> frozenset[str]:
    """Find the economies abroad whose networks are on record."""
    return frozenset(s.iso3 for s in spells()) - {SPONSOR}


@cache
def _find_surveillance_economies() -> frozenset[str]:
    """Find the economies abroad whose surveillance is on record."""
    table = fitted_records("surveillance")
    return frozenset(table["iso3"][table["edition"] == COVERED_IN].tolist()) - {SPONSOR}
