"""Projects choose: each of the year's cables takes one supplier for all its landings."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Year, at
from lockin_sim.engine.lending import Given, Loans, loans_of
from lockin_sim.engine.renewals import Landings
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer
from lockin_sim.rules import finance, pricing, utility


class Built(NamedTuple):
    """Landings of the year, and whose they are."""

    landings: Landings
    winner: Bools  # (row, vendor), one-hot; none where every supplier is vetoed
    signed: Bools  # (row, 1), whether there is one
    slot: Integers  # (row,)
    paid: Floats  # (row, 1), price after finance
    lent: Floats  # (row, lender), USD bn


class Projects:
    """The projects of the year, of all runs: one row each, in the order of runs."""

    def __init__(self, batch: Batch, landings: Landings, yearly: int) -> None:
        runs, self._dtype = len(batch.runs), batch.world.dtype
        self.run = np.repeat(np.arange(runs), yearly)  # (project,)
        self.of_landing = landings.run * yearly + landings.project  # (row,), project that a landing is of
        self._number = np.bincount(self.of_landing)[:, None]  # each lands at least once
        self._first = np.concatenate([[0], np.cumsum(self._number[:-1])])

    def mean(self, values: NDArray[Any]) -> Floats:
        """Mean over the landings of each project.  (row, column) to (project, column)."""
        total: Floats = np.add.reduceat(values, self._first, axis=0, dtype=np.float64)
        return (total / self._number).astype(self._dtype, copy=False)


def projects_choose(
    batch: Batch, year: Year, landings: Landings | None, loans: Loans, around: Surroundings
) -> Built | None:
    """Each project takes the best offer that no landing state bars."""
    world = batch.world
    if landings is None or world.routes is None:
        return None
    d, projects = world.routes.domain, Projects(batch, landings, world.routes.yearly)
    asks = np.full(len(landings.run), world.financeable[d])
    given = loans_of(batch, year, loans, landings.run, landings.country, asks)
    p, income = batch.of_rows(projects.run), year.now.log_income[landings.country][:, None]
    offer = _offers(batch, year, landings, projects, given, around)
    barred = around.barred[landings.run, landings.country][:, world.slot_sponsor[d]] & world.sensitive[d]
    may = projects.mean(year.on_sale[d, landings.country] & ~barred) >= 1.0 - 1e-9
    terms = decisions.judge(offer, decisions.weights_of(p, projects.mean(income)))
    keys, column = landings.plans.keys.reshape(-1, 1), (len(projects.run), 1)
    chosen = decisions.choose(
        decisions.worth(terms, may),
        batch.draws.gumbel(keys, world.offer_keys[d], world.dtype),
        np.full(column, -np.inf),
        np.zeros(column),
        np.zeros(column, dtype=bool),
        p.noise_scale,
    )
    winner, signed = chosen.winner[projects.of_landing], chosen.signed[projects.of_landing]
    slot = winner.argmax(axis=-1)
    price = pricing.effective_price(offer.log_price, np.asarray(offer.benefit))[projects.of_landing]
    paid = price[np.arange(len(slot)), slot][:, None] * signed
    return Built(landings, winner, signed, slot, paid, _lent(batch, landings, given, slot, signed))


def _offers(
    batch: Batch, year: Year, landings: Landings, projects: Projects, given: Given, around: Surroundings
) -> Offer:
    """What is known of each supplier: means over the landings.  (project, vendor) each."""
    world, routes, run, country = batch.world, batch.world.routes, landings.run, landings.country
    assert routes is not None
    d, mean = routes.domain, projects.mean
    sponsor = world.slot_sponsor[d]
    benefit = np.zeros((len(run), len(world.sponsors) + 1), dtype=world.dtype)
    benefit[given.some] = given.benefit
    cost: Floats | float = 0.0
    if year.now.fine.any():
        here = pricing.fines(year.now.fine[country][:, None], batch.state.compliance[run, d])
        cost = mean(here[:, 0])
    length = utility.length_term(landings.plans.length.reshape(-1, 1), world.length_slope[d])
    return Offer(
        quality=at(year.quality[:, d], projects.run),
        log_price=pricing.compliant_price(at(pricing.log_price(year.list_price[:, d]), projects.run), cost),
        benefit=mean(benefit[:, sponsor]),
        home_bonus=world.home_bonus[d],
        home_part=(mean(year.now.home_part[d, country]) > 0).astype(world.dtype),
        place=mean(year.now.place_utility[d, country]) + length,
        network=0.0,
        layers=mean(around.layers[run, d, country])[:, sponsor],
        affinity=mean(at(year.affinity, run, country)[:, sponsor]) * world.relative_affinity[d],
        status=mean(around.status[run, d, around.audience[country]]),
        concern=mean(world.concern_of_slots[d, country]),
        salience=at(year.salience, projects.run)[:, sponsor],
        taste=mean(batch.taste[run, d, country]),
    )


def _lent(batch: Batch, landings: Landings, given: Given, slot: Integers, signed: Bools) -> Floats:
    """Loans for what was signed: each country finances its own landing.  (row, lender), USD bn."""
    world, some, routes = batch.world, given.some, batch.world.routes
    assert routes is not None
    lent = np.zeros((len(slot), len(world.lenders.names)), dtype=world.dtype)
    if some.size:
        taken = given.given[np.arange(len(some)), world.slot_sponsor[routes.domain, slot[some]]]
        value = landings.value[some] * signed[some]
        lent[some] = finance.loans(value, taken, batch.of_rows(landings.run[some]).financed_share, 1.0)
    return lent
