"""Stage of finance: lenders promise loans to some of those who could ask, for all runs at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.renewals import Renewals
from lockin_sim.model import decisions
from lockin_sim.model.grants import grant_elements
from lockin_sim.rules import finance
from lockin_sim.rules.reduce import any_of


class Loans(NamedTuple):
    """What lenders promise this year, and what that gives to buyers of each economy.

    All buyers of an economy get the same, so that it is found once; the first row given is nothing.
    """

    promised: Floats  # (run, lender), USD bn
    place: Integers  # (run, country), row of what is given there
    given: Floats  # (row, sponsor + 1, lender), share of a loan by vendors' sponsor
    benefit: Floats  # (row, sponsor + 1), share of the price that loans take off

    def row_of(self, run: Integers, country: Integers, asks: Bools) -> Integers:
        """Rows of what is given to some buyers, asks (row,) whether loans can pay for theirs.  (row,)."""
        return np.where(asks, self.place[run, country], 0)


def lend(batch: Batch, year: Year, up: Renewals) -> Loans:
    """Requests of what is up this year, served in a drawn order until the envelopes are empty."""
    world, state, now, lenders = batch.world, batch.state, year.now, batch.world.lenders
    element = grant_elements(world, now)
    helps = decisions.helps(lenders.appeal, element)
    requests = _requests(batch, year, up, helps)
    luck = batch.draws.of_country("lender", year.year)[..., None] ^ world.lender_keys
    shock, asked = np.zeros_like(requests), requests > 0  # few ask, and nobody else has a place in the order
    shock[asked] = batch.draws.gumbel(luck[asked], 0, world.dtype)
    order = finance.priority(lenders.appeal, element, lenders.by_grant_element, shock)
    money = finance.budget(now.envelope, state.overspent, state.take_up)
    return _promised(batch, year, element, requests, finance.promises(order, requests, money))


def _requests(batch: Batch, year: Year, up: Renewals, helps: Bools) -> Floats:
    """The largest loans that this year's contracts could ask of each lender.  (run, country, lender)."""
    world, rows, landings = batch.world, up.rows, up.landings
    asking = np.flatnonzero(world.financeable[rows.domain] & helps.any(axis=1)[rows.country])
    parts = [(rows.run[asking], rows.country[asking], rows.domain[asking], rows.value[asking])]
    if landings is not None and world.routes is not None and world.financeable[world.routes.domain]:
        domain = np.full(len(landings.run), world.routes.domain)
        parts.append((landings.run, landings.country, domain, landings.value))
    run, country, domain, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    sponsor, tied = world.lenders.sponsor, year.now.tied
    sells = (world.first_sale <= year.year)[:, sponsor]  # (domain, lender)
    barred = (batch.state.since >= 0)[:, :, sponsor][run, country] & world.sensitive[domain][:, None]
    eligible = helps[country] & decisions.may_pay(sells[domain], barred, tied)
    p = batch.of_rows(run)
    d = domain[:, None]
    base = decisions.paid_beside(world.backbone[d], world.expansion_share[d], p)
    asked = finance.loans(value, eligible, p.financed_share, base.astype(world.dtype, copy=False))
    cell = run * len(world.countries) + country
    size = len(batch.runs) * len(world.countries)
    total = [np.bincount(cell, weights=column, minlength=size) for column in asked.T]
    table = np.ascontiguousarray(np.reshape(total, (len(sponsor), size)).T, dtype=world.dtype)
    return table.reshape(len(batch.runs), len(world.countries), -1)


def _promised(batch: Batch, year: Year, element: Floats, requests: Floats, promise: Floats) -> Loans:
    """What the promises give to buyers; element (country, lender), per cent, others as in ``Loans``."""
    world = batch.world
    run, country = np.nonzero(any_of(promise > 0)[..., 0])
    place = np.zeros(promise.shape[:2], dtype=np.intp)
    place[run, country] = 1 + np.arange(len(run))
    given = finance.co_finance(
        promise[run, country], element[country], year.now.tied, world.lenders.sponsor, len(world.sponsors)
    )
    share = np.asarray(batch.of_rows(run).financed_share, dtype=world.dtype)
    benefit = finance.price_benefit(given, element[country], share)
    return Loans((promise * requests).sum(axis=1), place, _behind_nothing(given), _behind_nothing(benefit))


def _behind_nothing(rows: Floats) -> Floats:
    """Rows, and one of zeros before them."""
    return np.concatenate([np.zeros((1, *rows.shape[1:]), dtype=rows.dtype), rows])
