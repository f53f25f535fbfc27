"""Lenders serve who asks in a drawn order, until their money is gone (E5)."""

import dataclasses

import numpy as np
import pytest
from theory import exact
from theory.runs import with_now

import lockin_sim as ls
from lockin_sim.world.markets import Lenders

PART = 0.85
APPEAL = np.array([0.0, 0.6, -0.8, 0.3, -0.2])
MARKET = np.array([0.05, 0.08, 0.12, 0.06, 0.10])


def queue_world(lenders, money, exponent):
    """Five countries that buy for 1 a year each, and untied lenders with money for ``money`` whole loans."""
    n, one = len(APPEAL), np.ones(lenders)
    given = Lenders(
        names=tuple(f"lender {k + 1}" for k in range(lenders)),
        sponsor=np.zeros(lenders, dtype=int),
        share=one / lenders,
        payments_per_year=one,
        take_up=one,
        highest_discount_rate=one,
        appeal=np.repeat(APPEAL[:, None], lenders, axis=1),
        by_grant_element=exponent * one,
    )
    toy = ls.toy_world(n, 1)
    world = dataclasses.replace(toy, lenders=given, financeable=np.ones(1, dtype=bool), borrowing_rate=MARKET)
    return with_now(
        world, envelope=PART * money * one, loan_rate=0.02 * one, tenor=15 * one, grace=3 * one,
        tied=np.zeros(lenders, dtype=bool),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("engine", "runs", "years", "exponent"),
    [("core", 64, 80, 0.0), ("core", 64, 80, 1.7), ("mesa", 1, 80, 1.7)],
)
def test_e5_the_first_served_has_chances_by_appeal_and_terms(case, engine, runs, years, exponent):
    """P(i first) ~ exp(A_i) GE_i ^ phi, and the next among the others: with money for one and a half."""
    world = queue_world(1, 1.5, exponent)
    ds = case.played(world, years, runs=runs, engine=engine, record="lent", financed_share=PART)
    lent = ds.lent.values[:, 1:, :, 0].reshape(-1, len(APPEAL)) / PART  # a contract is worth 1
    case.exactly("lent in a year", 1.5, np.abs(lent.sum(axis=1)).mean(), relative=1e-12)
    case.exactly("whole loans", 1.0, (lent > 0.99).sum(axis=1).mean())
    element = ls.rules.finance.grant_element(0.02, 15.0, 3.0, MARKET)
    weight = np.exp(APPEAL) * element**exponent
    first, second = lent.argmax(axis=1), np.where(lent > 0.99, 0.0, lent).argmax(axis=1)
    what = f"phi = {exponent}"
    case.proportion(f"country 2 is served first, {what}", weight[1] / weight.sum(), first == 1)
    case.counts(f"served first, {what}", weight / weight.sum(), np.bincount(first, minlength=len(APPEAL)))
    law = exact.first_two(weight)
    off = ~np.eye(len(APPEAL), dtype=bool)
    pairs = np.bincount(first * len(APPEAL) + second, minlength=law.size).reshape(law.shape)
    case.counts(f"served first and second, {what}", law[off], pairs[off])


def test_e5_lenders_draw_orders_of_their_own(case):
    """Two lenders with money for one loan each meet in one country as often as independent draws do."""
    world = queue_world(2, 1.0, 0.0)
    ds = case.played(
        world, 80, runs=96, record="lent", financed_share=PART, take_up_memory=1.0
    )  # the forecast stays: all is taken
    lent = ds.lent.values[:, 1:, :, 0].reshape(-1, len(APPEAL)) / PART
    p = np.exp(APPEAL) / np.exp(APPEAL).sum()
    # one who is served by both takes one whole loan, and the other lender's money stays
    case.proportion("both lenders choose the same", (p**2).sum(), lent.sum(axis=1) < 1.5)


def test_e5_money_that_is_expected_back_is_promised_again(case):
    """Where half of the promises are taken, twice the money is promised at first; then as learned."""
    world = queue_world(1, 1.0, 0.0)
    world = dataclasses.replace(world, lenders=dataclasses.replace(world.lenders, take_up=np.full(1, 0.5)))
    ds = case.played(world, 3, runs=4, record="lent", financed_share=PART, take_up_memory=0.0)
    lent = ds.lent.values[..., 0].sum(axis=-1) / PART
    case.exactly("lent in the first year", 2.0, lent[:, 1].mean(), relative=1e-12)
    case.exactly(
        "lent in the year after, which repays what was overspent", 0.0, lent[:, 2].mean(), absolute=1e-12
    )
    case.exactly("lent in the third", 1.0, lent[:, 3].mean(), relative=1e-12)
