"""Loans on record wait for contracts (F11, F12): money is conserved, and is used when a window says so."""

import dataclasses

import numpy as np
import pytest
from worlds import rich_world, with_facts

import lockin_sim as ls
from lockin_sim.common.draws import History
from lockin_sim.engine import Batch, Engine
from lockin_sim.settings.parameters import collect_declarations

STEPS = 10
OPEN = {"financed_share": 0.85, "price_weight": 1.0}


def planted(contracts, loans, countries=1):
    """A world in which lots are up in given years only, and a lender without other money lent in some.

    contracts  years;  loans  amounts of the first country by year, USD bn
    """
    calendar = np.zeros((STEPS, countries, 1), dtype=bool)
    calendar[np.array(contracts) - 1] = True
    toy = ls.toy_world(countries, 2, 1, calendar=calendar)
    recorded = np.zeros((STEPS + 1, countries, 1))
    for year, amount in loans.items():
        recorded[year, 0] = amount
    now = toy.conditions.spanning(0, STEPS)
    table = {"recorded_loans": recorded, "tied": np.zeros((STEPS + 1, 1), dtype=bool)}
    table |= {"loan_rate": np.zeros((STEPS + 1, 1)), "envelope": recorded.sum(axis=1)}
    lenders = dataclasses.replace(toy.lenders, appeal=np.zeros((countries, 1)))
    return dataclasses.replace(
        toy, conditions=now.replaced(table), lenders=lenders, financeable=np.ones(1, dtype=bool)
    )


def money(world, early, wait, runs=1, engine="core"):
    """What contracts took of loans in each year, and what lapsed.  (run, year) each."""
    found = ls.simulate(
        ls.Scenario.none(), world=world, runs=runs, seed=3, years=(0, STEPS), engine=engine,
        parameters=ls.Parameters.neutral(loan_early=early, loan_wait=wait, **OPEN),
        record=["loans_met", "loans_unmet", "lent"],
    )  # fmt: skip
    return (found[n].sum(("country", "sponsor")).values for n in ("loans_met", "loans_unmet", "lent"))


@pytest.mark.parametrize("wait", [0, 1, 2, 3])
def test_a_contract_two_years_later_takes_the_loan_if_it_waits_two_years(wait):
    met, unmet, lent = money(planted([5], {3: 0.1}), early=0, wait=wait)
    assert met[0, 5] == (0.1 if wait >= 2 else 0.0)
    assert unmet[0, 3 + wait] == (0.0 if wait >= 2 else 0.1)
    assert (met.sum(), unmet.sum()) == (met[0, 5], unmet[0, 3 + wait])
    assert lent[0].tolist() == [0.1 * (year == 3) for year in range(STEPS + 1)]  # debt of the recorded year


@pytest.mark.parametrize("early", [0, 1, 2])
def test_a_contract_two_years_before_takes_the_loan_if_it_may_come_two_years_early(early):
    met, unmet, _ = money(planted([3], {5: 0.1}), early=early, wait=0)
    assert met[0, 3] == (0.1 if early >= 2 else 0.0)
    assert unmet.sum() == (0.0 if early >= 2 else 0.1)


def test_with_windows_of_nothing_a_loan_pays_in_its_own_year_alone():
    met, unmet, _ = money(planted([2, 3, 4], {3: 0.1}), early=0, wait=0)
    assert met[0].tolist() == [0.1 * (year == 3) for year in range(STEPS + 1)]
    assert not unmet.any()


def test_the_oldest_loan_is_taken_first():
    value = money(planted([4], {4: 9.0}), early=0, wait=0)
    most = next(value).sum()  # what the contract could borrow
    met, unmet, _ = money(planted([4], {3: 0.5 * most, 4: most}), early=0, wait=1)
    assert met[0, 4] == pytest.approx(most)
    assert unmet[0, 4] == 0.0
    assert unmet[0, 5] == pytest.approx(0.5 * most)


@pytest.mark.slow
def test_a_larger_window_never_takes_less_where_there_is_one_loan_and_one_contract():
    rng = np.random.default_rng(11)
    for contract, loan in rng.integers(1, STEPS + 1, (12, 2)):
        world = planted([contract], {int(loan): 0.1})
        used = [[next(money(world, early, wait)).sum() for wait in (0, 1, 3, 5)] for early in (0, 1, 2)]
        assert (np.diff(used, axis=0) >= 0).all()
        assert (np.diff(used, axis=1) >= 0).all()


def test_used_unmet_and_waiting_money_make_what_was_lent_for_any_windows():
    world, rng, runs = with_facts(rich_world(6), 8), np.random.default_rng(4), 6
    names = ("loan_early", "loan_wait", "price_weight")
    drawn = {name: rng.uniform(*collect_declarations()[name].range, runs) for name in names}
    numbers = np.arange(runs)
    by_country = np.repeat(numbers[:, None], len(world.countries), axis=1)
    luck = History(by_country, numbers, seed=3, last=2014, facts=True)
    batch = Batch(
        world, ls.Scenario.none(), ls.Parameters(**drawn), seed=2, runs=range(runs), years=(2010, 2018),
        record=frozenset({"loans_met", "loans_unmet"}), history=luck,
    )  # fmt: skip
    lent, first = batch.loans.amount.sum(), batch.state.loan_left.sum(axis=1)
    found = Engine(batch).series()
    used, unmet = (found[name].sum(axis=(1, 2, 3)) for name in ("loans_met", "loans_unmet"))
    np.testing.assert_allclose(first, lent, rtol=1e-14)
    np.testing.assert_allclose(used + unmet + batch.state.loan_left.sum(axis=1), lent, rtol=1e-13)
    assert (used > 0).all()
    assert (unmet > 0).all()
    assert len(set(used.round(9))) > 1
