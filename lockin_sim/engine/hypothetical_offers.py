"""Compute hypothetical offers: what buyers would be offered if their purchases were up.

Buyers see the market as at the start of the year's choices.  Each purchase is up by itself: lenders know of
it and of those that truly are due, and serve it in their usual order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.engine.batch import Batch, Board
from lockin_sim.engine.buyers import (
    collect_user_tables,
    locate_customers,
    operators_ask,
    projects_ask,
    users_ask,
)
from lockin_sim.engine.lending import sum_waiting_loans
from lockin_sim.engine.market import look_around, post
from lockin_sim.engine.politics import restrictions
from lockin_sim.engine.regulation import regulation
from lockin_sim.engine.renewals import (
    Landings,
    Renewals,
    build_tender_rows,
    compute_generation_year,
    lend,
    renewals,
)
from lockin_sim.model import stages
from lockin_sim.model.decisions import DueLots
from lockin_sim.model.projects import Plans, landing_value
from lockin_sim.model.seen import Loans, Tenders, loan_row
from lockin_sim.model.stages import JudgedOffers


class Offered(NamedTuple):
    """Offers to buyers.  (row, vendor) each, unless stated otherwise."""

    offers: Floats  # utility, -inf where it may not be taken
    switching: Floats  # that term of it
    benefit: Floats  # share of the price that loans take off
    price_weight: Floats  # (row, 1), of (U14)
    noise: Floats  # (row, 1)
    shares: Floats  # (row, sponsor + 1, lender), share of a loan by vendors' sponsor


class HypotheticalOffers:
    """Hypothetical offers in one year of a batch; the batch does not change.

    board    prices and conditions of the year
    up       purchases that truly are up
    waiting  waiting loans on record, as of :func:`.sum_waiting_loans`
    """

    def __init__(self, batch: Batch, year: int) -> None:
        self.batch = batch
        self._offers_to_users: dict[int, JudgedOffers] = {}
        self.board: Board = post(batch, year)
        self.up: Renewals = renewals(batch, self.board)
        self.waiting = sum_waiting_loans(batch, self.board)
        state = batch.state
        before = state.since, state.prescribed
        state.since = restrictions(batch, self.board)
        state.prescribed = regulation(batch, self.board)
        self.view = look_around(batch, self.board, self.up.rows)
        state.since, state.prescribed = before

    def lots(self, run: Integers, lot: Integers, incumbent: Integers, *, freed: bool) -> Offered:
        """Compute offers for one lot of each row's run.

        run        positions of runs, each once.  (row,)
        lot        (row,)
        incumbent  slot of the vendor that runs the lot.  (row,)
        freed      whether the lot comes up for a new generation or at the end of a contract
        """
        yes, no = np.ones((len(run), 1), dtype=bool), np.zeros((len(run), 1), dtype=bool)
        due = DueLots(yes, no, no, yes if freed else no)
        arrived = self.batch.arrived(compute_generation_year(self.batch, self.board))[run, lot]
        rows = build_tender_rows(self.batch, self.board, run, lot, incumbent, arrived, due)
        up = self.up._replace(rows=_append_lots(self.up.rows, rows))
        loans = lend(self.batch, self.board, up, self.waiting)
        who = operators_ask(self.batch, self.board, rows, loans, self.view)
        return self._judged(run, rows.domain, rows.country, who.judged, loans)

    def landing(self, country: int) -> Offered:
        """Compute offers for a project of the usual length that lands in one country, one in each run.

        Raises ValueError without routes.
        """
        batch, routes = self.batch, self.batch.world.routes
        if routes is None:
            raise ValueError(f"{batch.world!r} has no projects")
        run = np.arange(len(batch.runs))
        place, length = np.full((len(run), 1, 1), country), routes.usual_length[country]
        keys = batch.draws.stream("project", self.board.year)[:, None]  # nothing is drawn of it here
        plans = Plans(place, np.full((len(run), 1, 1), length, dtype=float), keys)
        value = landing_value(batch.world, self.board.now.market_size[routes.domain])
        values = np.full((len(run), 1), value)
        mine = Landings(plans, run, np.zeros_like(run), place[:, 0, 0], values)
        up = self.up._replace(landings=_append_landings(self.up.landings, mine))
        loans = lend(batch, self.board, up, self.waiting)
        _, here, judged = projects_ask(batch, self.board, mine, 1, loans, self.view)
        return self._judged(run, np.full(len(run), routes.domain), here.country, judged, loans)

    def users(self, domain: int, country: int, origin: int) -> Offered:
        """Compute offers to users of a country who have one vendor, in each run; users get no loans."""
        batch, world = self.batch, self.batch.world
        whoever = self._of_users(domain).at(slice(None), 0, country)
        fit, relative = self.view.fit[:, domain, origin], world.relative_switching[domain]
        judged = stages.users_leave(whoever, fit, relative, batch.broadcast(1))
        no_loans = np.zeros((len(batch.runs), len(world.sponsors) + 1, len(world.lenders.names)))
        return self._offered(np.arange(len(no_loans)), judged, no_loans)

    def _of_users(self, domain: int) -> JudgedOffers:
        """Judge the offers to the users of a domain in all countries, once per domain."""
        if domain not in self._offers_to_users:
            domains = slice(domain, domain + 1)
            using = collect_user_tables(self.batch, self.board, self.up.leaving, domains)
            users = users_ask(self.batch, self.board, self.view, using, domains)
            self._offers_to_users[domain] = users.judged
        return self._offers_to_users[domain]

    def _judged(
        self, run: Integers, domain: Integers, country: Integers, judged: JudgedOffers, loans: Loans
    ) -> Offered:
        """Collect the offers to operators or projects."""
        row = loan_row(locate_customers(self.batch, run, domain, country), loans)
        return self._offered(run, judged, loans.shares[row[:, 0]])

    def _offered(self, run: Integers, judged: JudgedOffers, loan_shares: Floats) -> Offered:
        """Collect prices and utilities of judged offers."""
        offer, weights, terms, _, offers = judged.at(...)
        noise = np.broadcast_to(
            np.asarray(self.batch.parameters_of_rows(run).noise_scale, dtype=float), (len(run), 1)
        )
        price, switching, benefit = map(np.asarray, (weights.price, terms.switching, offer.benefit))
        return Offered(offers, switching, benefit, price[:, :1], noise, loan_shares)


def _append_lots(up: Tenders, more: Tenders) -> Tenders:
    """Append hypothetical lots to those truly due, without counting one twice."""
    twice = np.isin(up.run * (more.lot.max() + 1) + up.lot, more.run * (more.lot.max() + 1) + more.lot)
    keep = ~(twice & (up.lot <= more.lot.max()))
    return Tenders._make(np.concatenate([a[keep], b]) for a, b in zip(up, more, strict=True))


def _append_landings(up: Landings | None, more: Landings) -> Landings:
    """Append one landing per run to the landings of the year."""
    if up is None:
        return more
    parts = [np.concatenate([a, b]) for a, b in zip(up[1:], more[1:], strict=True)]
    return Landings(up.plans, *parts)
