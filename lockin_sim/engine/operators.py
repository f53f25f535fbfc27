"""Operators choose: offers for the lots that are up are judged, taken, counted and signed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.engine.batch import Batch, Year, at, of_sponsor_at
from lockin_sim.engine.lending import Loans
from lockin_sim.engine.renewals import Rows
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Counted, Offer, Terms, Weights
from lockin_sim.parameters import Parameters
from lockin_sim.rules import contracts, finance, pricing, utility


class Signed(NamedTuple):
    """Contracts of the year's lots."""

    rows: Rows
    signed: Bools  # (row, 1), whether a contract was signed
    slot: Integers  # (row,), that of the winner, 0 where there is none
    counted: Counted
    paid: Floats  # (row, 1), price after finance
    lent: Floats  # (row, lender), USD bn


class Asked(NamedTuple):
    """What operators are offered for some lots, judged.  (row, vendor) each, if not said otherwise."""

    offer: Offer
    weights: Weights
    terms: Terms
    offers: Floats  # utility, -inf where it may not be taken
    barred: Bools  # restricted
    given: Integers  # (row,), row of what loans give
    outside: Numbers  # (row, 1), utility of leaving new capacity unbuilt


def operators_ask(batch: Batch, year: Year, rows: Rows, loans: Loans, around: Surroundings) -> Asked:
    """What each offer is worth to the operators of some lots."""
    world, p = batch.world, batch.of_rows(rows.run)
    given = loans.row_of(rows.run, rows.country, world.financeable[rows.domain])
    offered_by = world.slot_sponsor[rows.domain]
    offer = _offers(batch, year, rows, offered_by, of_sponsor_at(loans.benefit, offered_by, given), around)
    weights = decisions.weights_of(p, year.now.log_income[rows.country][:, None])
    terms = decisions.judge(offer, weights)
    barred = of_sponsor_at(around.barred, offered_by, rows.run, rows.country)
    barred = barred & world.sensitive[rows.domain][:, None]
    may = at(year.on_sale, rows.domain, rows.country) & ~barred
    cap = year.now.share_cap[rows.domain, rows.country][:, None]
    if (cap < 1).any():
        incumbent = rows.incumbent[:, None] == np.arange(may.shape[1])
        held = batch.state.installed[rows.run, rows.domain, rows.country]
        may = contracts.within_cap(may, held, world.lots.weight[rows.lot][:, None], incumbent, cap)
    return Asked(offer, weights, terms, decisions.worth(terms, may), barred, given, _outside(year, rows, p))


def operators_choose(batch: Batch, year: Year, rows: Rows, loans: Loans, around: Surroundings) -> Signed:
    """Every lot that is up takes an offer, or stays unbuilt."""
    world, draws, p = batch.world, batch.draws, batch.of_rows(rows.run)
    asked = operators_ask(batch, year, rows, loans, around)
    offer, offers, outside = asked.offer, asked.offers, asked.outside
    incumbent = rows.incumbent[:, None] == np.arange(offers.shape[1])
    keys = batch.row_keys("offer", year.year, rows.run, rows.lot)
    chosen = decisions.choose(
        offers,
        draws.gumbel(keys[:, None], world.offer_keys[rows.domain], world.dtype),
        outside,
        draws.gumbel(batch.row_keys("outside", year.year, rows.run, rows.lot), 0, world.dtype)[:, None],
        rows.due.considered,
        p.noise_scale,
    )
    switching = np.broadcast_to(asked.terms.switching, offers.shape)
    counted = decisions.count(
        rows.value,
        rows.due,
        incumbent,
        asked.barred,
        offers,
        switching,
        outside,
        chosen.winner,
        p.noise_scale,
    )
    slot = chosen.winner.argmax(axis=-1)
    paid = pricing.effective_price(offer.log_price, np.asarray(offer.benefit))
    paid = np.broadcast_to(paid, offers.shape)[np.arange(len(slot)), slot][:, None] * chosen.signed
    lent = money(batch, rows, loans, asked.given, chosen.signed, slot)
    return Signed(rows, chosen.signed, slot, counted, paid, lent)


def money(batch: Batch, rows: Rows, loans: Loans, given: Integers, signed: Bools, slot: Integers) -> Floats:
    """What each lender pays for contracts signed with some slots.  (row, lender), USD bn.

    given  (row,), rows of what loans give
    """
    world, p = batch.world, batch.of_rows(rows.run)
    d = rows.domain[:, None]
    base = decisions.paid_beside(world.backbone[d], world.expansion_share[d], p)
    taken = loans.given[given, world.slot_sponsor[rows.domain, slot]]
    return finance.loans(rows.value * signed, taken, p.financed_share, base.astype(world.dtype, copy=False))


def extra_cost(batch: Batch, year: Year, rows: Rows) -> Floats | float:
    """What rules on data and fines add to prices, share of price.  (row, vendor); a plain 0 where nothing is
    asked."""
    world, now = batch.world, year.now
    cost: Floats | float = 0.0
    if batch.ahead.costs[year.step]:
        sponsor = world.slot_sponsor[rows.domain]
        cost = of_sponsor_at(now.compliance_cost, sponsor, rows.country)
        cost = cost * world.personal_data[rows.domain][:, None]
    if batch.ahead.fines[year.step]:
        fine = now.fine[rows.country][:, None]
        cost = cost + pricing.fines(fine, batch.state.compliance[rows.run, rows.domain])[:, 0]
    return cost


def _outside(year: Year, rows: Rows, p: Parameters) -> Numbers:
    """Worth of going without."""
    return utility.outside_option(
        year.now.log_income[rows.country][:, None],
        outside_level=p.outside_level,
        outside_income_weight=p.outside_income_weight,
    )


def _offers(
    batch: Batch, year: Year, rows: Rows, sponsor: Integers, benefit: Floats, around: Surroundings
) -> Offer:
    """What is known of each offer to the lots that are up.  (row, vendor) each."""
    world, now, p = batch.world, year.now, batch.of_rows(rows.run)
    run, domain, country = rows.run, rows.domain, rows.country
    incumbent, exists = rows.incumbent, (rows.incumbent >= 0)[:, None]
    own = incumbent[:, None] == np.arange(world.shape[2])
    held = own.astype(world.dtype) if around.bargains else 0.0
    salience = year.salience[:, world.slot_sponsor]
    affinity = of_sponsor_at(year.affinity, sponsor, run, country)
    return Offer(
        quality=at(year.quality, run, domain),
        log_price=decisions.asked_price(
            at(year.log_price, run, domain),
            held,
            extra_cost(batch, year, rows),
            p,
        ),
        benefit=benefit,
        home_bonus=world.home_bonus[domain],
        home_part=at(now.home_part, domain, country),
        place=at(now.place_utility, domain, country),
        network=at(around.neighbours, run, around.place[domain], country),
        layers=of_sponsor_at(around.layers, sponsor, run, domain, country),
        affinity=affinity * world.relative_affinity[domain][:, None],
        status=at(around.status, run, domain, around.audience[country]),
        concern=at(world.concern_of_slots(year.year), domain, country),
        salience=at(salience, run, domain),
        taste=at(batch.lot_taste, run, rows.lot),
        sibling_fit=_sibling_fit(batch, rows, around.fit),
        incumbent_fit=np.where(exists, at(around.fit, run, domain, incumbent), 1.0),
        carry_over=rows.carry_over,
    )


def _sibling_fit(batch: Batch, rows: Rows, fit: Floats) -> Floats | float:
    """How well what runs the operator's other lot works with each offer.  (row, vendor)."""
    sibling = batch.world.lots.sibling[rows.lot]
    runs_it = np.where(sibling >= 0, batch.state.incumbent[rows.run, sibling], -1)
    if not (runs_it >= 0).any():
        return 0.0
    return np.where((runs_it >= 0)[:, None], at(fit, rows.run, rows.domain, runs_it), 0.0)
