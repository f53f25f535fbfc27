"""Projects choose: each of the year's cables takes one supplier for all its landings."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Year, at
from lockin_sim.engine.lending import Loans
from lockin_sim.engine.renewals import Landings
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer, Terms, Weights
from lockin_sim.rules import finance, pricing, utility


class Built(NamedTuple):
    """Landings of the year, and whose they are."""

    landings: Landings
    signed: Bools  # (row, 1), whether it is built: not where every supplier is vetoed
    slot: Integers  # (row,), that of the supplier, 0 where there is none
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

    def means(self, *values: NDArray[Any]) -> list[Floats]:
        """Means over the landings of each project.  (row, column) each to (project, column)."""
        total = np.add.reduceat(np.concatenate(values, axis=1), self._first, axis=0, dtype=np.float64)
        mean = (total / self._number).astype(self._dtype, copy=False)
        ends = np.cumsum([value.shape[1] for value in values])
        return [mean[:, end - value.shape[1] : end] for end, value in zip(ends, values, strict=True)]

    def everywhere(self, flags: Bools) -> Bools:
        """Whether something is so in all landings of each project.  (row, column) to (project, column)."""
        found: Bools = np.logical_and.reduceat(flags, self._first, axis=0)
        return found


class Asked(NamedTuple):
    """What some projects are offered, judged.  (project, vendor) each, if not said otherwise."""

    projects: Projects
    offer: Offer
    weights: Weights
    terms: Terms
    offers: Floats  # utility, -inf where a landing state bars it
    given: Integers  # (row,), row of what loans give to each landing's country


def projects_ask(
    batch: Batch, year: Year, landings: Landings, yearly: int, loans: Loans, around: Surroundings
) -> Asked:
    """What each supplier is worth to some projects.  yearly: projects of each run."""
    world, routes = batch.world, batch.world.routes
    assert routes is not None
    d, projects = routes.domain, Projects(batch, landings, yearly)
    asks = np.full(len(landings.run), world.financeable[d])
    given = loans.row_of(landings.run, landings.country, asks)
    (income,) = projects.means(year.now.log_income[landings.country][:, None])
    offer = _offers(batch, year, landings, projects, loans.benefit[given], around)
    barred = around.barred[landings.run, landings.country][:, world.slot_sponsor[d]] & world.sensitive[d]
    may = projects.everywhere(year.on_sale[d, landings.country] & ~barred)
    weights = decisions.weights_of(batch.of_rows(projects.run), income)
    terms = decisions.judge(offer, weights)
    return Asked(projects, offer, weights, terms, decisions.worth(terms, may), given)


def projects_choose(
    batch: Batch, year: Year, landings: Landings | None, loans: Loans, around: Surroundings
) -> Built | None:
    """Each project takes the best offer that no landing state bars."""
    world = batch.world
    if landings is None or world.routes is None:
        return None
    d = world.routes.domain
    asked = projects_ask(batch, year, landings, world.routes.yearly, loans, around)
    projects, offer, given = asked.projects, asked.offer, asked.given
    keys, column = landings.plans.keys.reshape(-1, 1), (len(projects.run), 1)
    chosen = decisions.choose(
        asked.offers,
        batch.draws.gumbel(keys, world.offer_keys[d], world.dtype),
        np.full(column, -np.inf),
        np.zeros(column),
        np.zeros(column, dtype=bool),
        batch.of_rows(projects.run).noise_scale,
    )
    winner, signed = chosen.winner[projects.of_landing], chosen.signed[projects.of_landing]
    slot = winner.argmax(axis=-1)
    price = pricing.effective_price(offer.log_price, np.asarray(offer.benefit))[projects.of_landing]
    paid = price[np.arange(len(slot)), slot][:, None] * signed
    taken = loans.given[given, world.slot_sponsor[d, slot]]
    share = batch.of_rows(landings.run).financed_share  # each country finances its own landing
    return Built(landings, signed, slot, paid, finance.loans(landings.value * signed, taken, share, 1.0))


def landing_fines(batch: Batch, year: Year, landings: Landings) -> Floats:
    """What fines add to the price of each landing, share of price.  (row, vendor)."""
    assert batch.world.routes is not None
    compliance = batch.state.compliance[landings.run, batch.world.routes.domain]
    return pricing.fines(year.now.fine[landings.country][:, None], compliance)[:, 0]


def _offers(
    batch: Batch, year: Year, landings: Landings, projects: Projects, benefit: Floats, around: Surroundings
) -> Offer:
    """What is known of each supplier: means over the landings.  (project, vendor) each.

    benefit  (row, sponsor + 1), what loans take off the price in each landing's country
    """
    world, routes, run, country = batch.world, batch.world.routes, landings.run, landings.country
    assert routes is not None
    d = routes.domain
    sponsor = world.slot_sponsor[d]
    cost: Floats | float = 0.0
    if batch.ahead.fines[year.step]:
        (cost,) = projects.means(landing_fines(batch, year, landings))
    length = utility.length_term(landings.plans.length.reshape(-1, 1), world.length_slope[d])
    part, place, status, concern, taste, benefit, layers, affinity = projects.means(
        year.now.home_part[d, country],
        year.now.place_utility[d, country],
        around.status[run, d, around.audience[country]],
        world.concern_of_slots(year.year)[d, country],
        batch.taste[run, d, country],
        benefit,
        around.layers[run, d, country],
        at(year.affinity, run, country),
    )
    return Offer(
        quality=at(year.quality[:, d], projects.run),
        log_price=pricing.compliant_price(at(year.log_price[:, d], projects.run), cost),
        benefit=benefit[:, sponsor],
        home_bonus=world.home_bonus[d],
        home_part=(part > 0).astype(world.dtype),
        place=place + length,
        network=0.0,
        layers=layers[:, sponsor],
        affinity=affinity[:, sponsor] * world.relative_affinity[d],
        status=status,
        concern=concern,
        salience=at(year.salience, projects.run)[:, sponsor],
        taste=taste,
    )
