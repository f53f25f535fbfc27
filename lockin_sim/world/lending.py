"""Who lends to whom, on which terms, and how dear money is to borrowers."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.world.derived import votes
from lockin_sim.world.economy import Economy
from lockin_sim.world.layout import Index, Slots, anchored
from lockin_sim.world.markets import Lenders
from lockin_sim.world.tables import Table

#: Rate of a state without risk, per year: about the yield of ten-year bonds of the USA from 2010 to 2023,
#: and half a point for the cost of borrowing (assumed).
BASE_RATE = 0.03


def lenders(t: dict[str, Table], index: Index, home: Bools, economy: Economy) -> Lenders:
    """Who lends.  Own states never borrow, nor do those that a lender's table excludes.

    Borrowers are drawn by GDP, mean of the first ten years, to a power of the lender, by their share of UN
    votes cast as the sponsor did, and by what they borrowed before the first year; economies without votes
    count as the mean.  The grant element comes in where loans are drawn.
    """
    table = t["lenders"]
    sponsor = np.array([index["sponsors"][h] for h in table["sponsor"]], dtype=int)
    income = t["countries"]["income_group"]
    lends = np.array([np.isin(income, list(groups)) for groups in table["recipients"]], dtype=bool)
    lends = lends.reshape(len(sponsor), len(income)).T & ~_excluded(table, index)
    agreement = votes(t, index)
    known = np.where(np.isnan(agreement).all(axis=0), 0.0, agreement)  # no votes of a sponsor: all alike
    agreement = np.where(np.isnan(known), np.nanmean(known, axis=0), known)[:, sponsor]
    size = np.log(economy.gdp[:10].mean(axis=0))[:, None]
    weight = table["size_exponent"] * size + table["agreement_weight"] * agreement
    weight = weight + _memory(t, index, sponsor)
    return Lenders(
        names=table.labels,
        sponsor=sponsor,
        share=table["envelope_share"].astype(float),
        payments_per_year=table["payments_per_year"].astype(float),
        take_up=table["initial_take_up"].astype(float),
        highest_discount_rate=table["highest_discount_rate"].astype(float),
        appeal=np.where(lends & ~home[:, sponsor], weight, -np.inf),
        by_grant_element=table["grant_exponent"].astype(float),
    )


def _excluded(table: Table, index: Index) -> Bools:
    """Economies that a lender does not lend to.  (country, lender)."""
    codes = list(index["countries"])
    barred = [np.isin(codes, list(economies)) for economies in table["not_to"]]
    return np.array(barred, dtype=bool).reshape(-1, len(codes)).T


def _memory(t: dict[str, Table], index: Index, sponsor: Integers) -> Floats:
    """How much more those are drawn who borrowed before the first year: logarithm of the factor.  What is not
    known of an economy is the mean of its income group.  (country, lender)."""
    table, past, income = t["lenders"], t["past_loans"], t["countries"]["income_group"]
    amount = np.full((len(income), len(index["sponsors"])), -1.0)  # of those that borrowed nothing
    for h, i, lent in zip(past["sponsor"], past["iso3"], past["amount"], strict=True):
        amount[index["countries"][i], index["sponsors"][h]] = lent
    lent = amount[:, sponsor]
    memory = table["past_weight"] + table["past_exponent"] * np.log1p(np.maximum(lent, 0.0))
    memory = np.where(lent < 0, 0.0, memory)
    for group in np.unique(income):
        mine = income == group
        known = memory[mine & ~np.isnan(memory).any(axis=1)]
        mean = known.mean(axis=0) if len(known) else np.zeros(len(sponsor))
        memory[mine] = np.where(np.isnan(memory[mine]), mean, memory[mine])
    return memory


def envelope(t: dict[str, Table], index: Index, years: Integers) -> Floats:
    """What each lender can lend: its part of the sponsor's envelope.  (year, lender), USD bn a year."""
    of_sponsor = anchored(years, t["envelopes"], index["sponsors"], "sponsor", "envelope")
    sponsor = np.array([index["sponsors"][h] for h in t["lenders"]["sponsor"]], dtype=int)
    return of_sponsor[:, sponsor] * t["lenders"]["envelope_share"]


def borrowing_rate(countries: Table, log_income: Floats) -> Floats:
    """Rate at which a country borrows by itself, per year.  (country,).

    A base rate and the spread for its risk of default, where it is rated; else by income: 6 % at the
    reference income, 2.5 points more for each halving twice over, from 2.5 to 14 % (assumed).
    """
    by_income = np.clip(0.06 - 0.018 * log_income, 0.025, 0.14)
    spread = countries["default_spread"]
    return np.where(np.isnan(spread), by_income, BASE_RATE + spread)


def state_support(t: dict[str, Table], index: Index, slots: Slots, years: Integers) -> Floats:
    """Share of the cost of a sponsor's vendors that it bears.  (year, domain, vendor)."""
    table = t["support"]
    share = np.zeros((len(years), *slots.vendor.shape))
    for row in np.argsort(table["from"], kind="stable"):
        d, h = index["domains"][table["domain"][row]], index["sponsors"][table["sponsor"][row]]
        now = (years >= table["from"][row])[:, None] & (slots.sponsor[d] == h)
        share[:, d] = np.where(now, table["share"][row], share[:, d])
    return share
