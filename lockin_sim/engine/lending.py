"""Stage of finance: lenders promise loans to some of those who could ask, for all runs at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.renewals import Renewals
from lockin_sim.rules import finance
from lockin_sim.rules.reduce import any_of


class Loans(NamedTuple):
    """What lenders promise this year."""

    element: Floats  # (country, lender), grant element, per cent
    requests: Floats  # (run, country, lender), USD bn
    promise: Floats  # (run, country, lender), share of each request


class Given(NamedTuple):
    """Loans of some buyers; those without any promise are left out."""

    some: Integers  # (some,), positions of the rows that have any
    given: Floats  # (some, sponsor + 1, lender), share of a loan by vendors' sponsor
    benefit: Floats  # (some, sponsor + 1), share of the price that they take off


def lend(batch: Batch, year: Year, up: Renewals) -> Loans:
    """Requests of what is up this year, served in a drawn order until the envelopes are empty."""
    world, state, now, lenders = batch.world, batch.state, year.now, batch.world.lenders
    element = grant_elements(batch, year)
    helps = np.isfinite(lenders.appeal) & (element > 0)
    requests = _requests(batch, year, up, helps)
    key = world.lender_keys
    luck = batch.draws.of_country("lender", year.year)[..., None] ^ key
    order = finance.priority(
        lenders.appeal, element, lenders.by_grant_element, batch.draws.gumbel(luck, 0, world.dtype)
    )
    money = finance.budget(now.envelope, state.overspent, state.take_up)
    return Loans(element, requests, finance.promises(order, requests, money))


def grant_elements(batch: Batch, year: Year) -> Floats:
    """Grant element of each lender's loans to each country, per cent.  (country, lender)."""
    world, now, lenders = batch.world, year.now, batch.world.lenders
    rate = np.minimum(world.borrowing_rate[:, None], lenders.highest_discount_rate)
    return finance.grant_element(now.loan_rate, now.tenor, now.grace, rate, lenders.payments_per_year)


def _requests(batch: Batch, year: Year, up: Renewals, helps: Bools) -> Floats:
    """The largest loans that this year's contracts could ask of each lender.  (run, country, lender)."""
    world, rows, landings = batch.world, up.rows, up.landings
    asking = np.flatnonzero(world.financeable[rows.domain])
    parts = [(rows.run[asking], rows.country[asking], rows.domain[asking], rows.value[asking])]
    if landings is not None and world.routes is not None and world.financeable[world.routes.domain]:
        domain = np.full(len(landings.run), world.routes.domain)
        parts.append((landings.run, landings.country, domain, landings.value))
    run, country, domain, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    sponsor, tied = world.lenders.sponsor, year.now.tied
    entered = world.entered(year.year)
    sells = (entered[..., None] & world.sponsored).any(axis=1)[:, sponsor]  # (domain, lender)
    barred = (batch.state.since >= 0)[:, :, sponsor]
    eligible = helps[country] & (
        (sells[domain] & ~(barred[run, country] & world.sensitive[domain][:, None])) | ~tied
    )
    p = batch.of_rows(run)
    base = np.where(world.backbone[domain][:, None], p.financed_base, 1.0).astype(world.dtype, copy=False)
    asked = finance.loans(value, eligible, p.financed_share, base)
    cell = run * len(world.countries) + country
    size = len(batch.runs) * len(world.countries)
    total = [np.bincount(cell, weights=column, minlength=size) for column in asked.T]
    table = np.ascontiguousarray(np.reshape(total, (len(sponsor), size)).T, dtype=world.dtype)
    return table.reshape(len(batch.runs), len(world.countries), -1)


def loans_of(batch: Batch, year: Year, loans: Loans, run: Integers, country: Integers, asks: Bools) -> Given:
    """Which loans pay for whose vendors, for rows of buyers; asks (row,), whether loans can pay for it."""
    world = batch.world
    promised = any_of(loans.promise > 0)[..., 0]
    some = np.flatnonzero(asks & promised[run, country])
    run, country = run[some], country[some]
    element, sponsor = loans.element[country], world.lenders.sponsor
    given = finance.co_finance(
        loans.promise[run, country], element, year.now.tied, sponsor, len(world.sponsors)
    )
    share = np.asarray(batch.of_rows(run).financed_share, dtype=world.dtype)
    return Given(some, given, finance.price_benefit(given, element, share))
