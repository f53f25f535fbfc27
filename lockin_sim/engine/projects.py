"""Projects choose: each of the year's cables takes one supplier for all its landings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Year, at
from lockin_sim.engine.lending import Loans, loans_of
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


def projects_choose(
    batch: Batch, year: Year, landings: Landings | None, loans: Loans, around: Surroundings
) -> Built | None:
    """Each project takes the best offer that no landing state bars."""
    world = batch.world
    if landings is None or world.routes is None:
        return None
    d, runs = world.routes.domain, len(batch.runs)
    given = loans_of(batch, year, loans, landings.run, landings.country, np.full(len(landings.run), world.financeable[d]))
    by_row = np.zeros((len(landings.run), len(world.sponsors) + 1), dtype=world.dtype)
    by_row[given.some] = given.benefit
    where = landings.run * world.routes.yearly + landings.project
    number = np.bincount(where)[:, None]  # every project lands at least once
    first = np.concatenate([[0], np.cumsum(number[:-1])])

    def mean(values: NDArray) -> Floats:
        """Mean over the landings of each project.  (row, column) to (project of a run, column)."""
        return np.add.reduceat(values, first, axis=0, dtype=np.float64) / number

    sponsor, run = world.slot_sponsor[d], np.repeat(np.arange(runs), world.routes.yearly)
    barred = around.barred[landings.run, landings.country][:, sponsor] & world.sensitive[d]
    may = mean(year.on_sale[d, landings.country] & ~barred) >= 1.0 - 1e-9
    p = batch.of_rows(run)
    country, mine = landings.country, landings.run
    offer = Offer(
        quality=at(year.quality[:, d], run),
        log_price=at(pricing.log_price(year.list_price[:, d]), run),
        benefit=mean(by_row[:, sponsor]),
        home_bonus=world.home_bonus[d],
        home_part=(mean(year.now.home_part[d, country]) > 0).astype(world.dtype),
        place=mean(year.now.place_utility[d, country])
        + utility.length_term(landings.plans.length.reshape(-1, 1), world.length_slope[d]),
        network=0.0,
        layers=mean(around.layers[mine, d, country])[:, sponsor],
        affinity=mean(at(year.affinity, mine, country)[:, sponsor]) * world.relative_affinity[d],
        status=mean(around.status[mine, d, world.audience[0][country]]),
        concern=mean(world.concern_of_slots[d, country]),
        salience=at(year.salience, run)[:, sponsor],
        taste=mean(batch.taste[mine, d, country]),
    )
    offers = decisions.worth(decisions.judge(offer, decisions.weights_of(p, mean(year.now.log_income[country][:, None]))), may)  # type: ignore[arg-type]
    shock = batch.draws.gumbel(landings.plans.keys.reshape(-1, 1), world.offer_keys[d], world.dtype)
    chosen = decisions.choose(
        offers, shock, np.full((len(run), 1), -np.inf), np.zeros((len(run), 1)), np.zeros((len(run), 1), bool), p.noise_scale
    )
    winner = chosen.winner[where]
    slot = winner.argmax(axis=-1)
    price = pricing.effective_price(offer.log_price, np.asarray(offer.benefit))[where]
    paid = price[np.arange(len(slot)), slot][:, None] * chosen.signed[where]
    lent = np.zeros((len(where), len(world.lenders.names)), dtype=world.dtype)
    some = given.some
    if some.size:
        taken = given.given[np.arange(len(some)), sponsor[slot[some]]]
        value = landings.value[some] * chosen.signed[where][some]
        lent[some] = finance.loans(value, taken, batch.of_rows(mine[some]).financed_share, 1.0)
    return Built(landings, winner, chosen.signed[where], slot, paid, lent)
