"""Are loans on record lent as the table says, in every arm that does not change them?"""

import csv
from collections import Counter

import numpy as np
import pytest
from scipy.stats import spearmanr

import lockin_sim as ls
from lockin_sim.record import LEAST_LOAN, LOANS, tables
from lockin_sim.world.held_out import is_kept_aside
from lockin_sim.world.loans import NOT_RECORDED, compute_loan_amounts, find_unrecorded_loans
from lockin_sim.world.schema import DATA, read_table

YEARS = (2010, 2024)


@pytest.fixture(scope="module")
def simulated():
    """Runs near the record."""
    return ls.simulate(
        "baseline", runs=4, seed=3, years=YEARS, history="conditioned", record=["lent", "debt", "winner"]
    )


def lent(ds, iso3, since, until):
    """Chinese loans to an economy over some years, USD bn.  (run,)"""
    return ds["lent"].sel(country=iso3, sponsor="CHN", year=slice(since, until)).sum("year").values


def stated(iso3, since, until):
    """Sum of the amounts stated of an economy's loans, USD bn, and how many are not."""
    with (DATA / "loans.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["iso3"] == iso3 and row["year"]]
    rows = [row for row in rows if since <= int(row["year"]) <= until]
    return sum(float(row["amount"] or 0) for row in rows) / 1e3, sum(not row["amount"] for row in rows)


# --- the table ---


def test_an_amount_that_is_not_stated_is_the_median_of_its_kind_and_decade():
    table = read_table("loans")
    found, missing = compute_loan_amounts(table), np.isnan(table["amount"]) & ~find_unrecorded_loans(table)
    assert missing.sum() == 26
    row = np.flatnonzero(missing)[0]
    alike = (table["kind"] == table["kind"][row]) & (table["year"] // 10 == table["year"][row] // 10)
    assert found[row] == pytest.approx(np.nanmedian(table["amount"][alike]) / 1e3)
    stated_ones = ~np.isnan(table["amount"])
    np.testing.assert_allclose(found[stated_ones], table["amount"][stated_ones] / 1e3)


def test_of_economies_that_are_kept_aside_nothing_is_known(real_world):
    table = read_table("loans")
    aside = {str(c) for c in table["iso3"][find_unrecorded_loans(table)]}
    assert aside == {code for code in real_world.countries if is_kept_aside(code)}
    assert Counter(table["iso3"][find_unrecorded_loans(table)].tolist()) == dict.fromkeys(aside, 2)
    places = [real_world.countries.index(code) for code in sorted(aside)]
    assert (real_world.recorded_loans[:, places] == NOT_RECORDED).all()


def test_the_record_ends_in_2021_and_knows_chinese_lenders_alone(real_world):
    known = (real_world.recorded_loans >= 0).any(axis=1)  # (year, lender)
    names = [n for n, of in zip(real_world.lenders.names, known.any(axis=0), strict=True) if of]
    assert names == ["china_eximbank", "china_commercial"]
    years = real_world.first_year + np.flatnonzero(known.any(axis=1))
    assert (years.min(), years.max()) == (2011, 2021)


# --- in runs ---


@pytest.mark.parametrize("iso3", ["ETH", "RUS", "PAK"])
def test_runs_lend_what_was_lent(simulated, iso3):
    known, missing = stated(iso3, 2011, 2021)
    found = lent(simulated, iso3, 2011, 2021)
    assert (found == found[0]).all()
    if missing:
        assert found[0] > known
    else:
        np.testing.assert_allclose(found, known)


def test_who_borrows_and_how_much_is_exact(simulated, real_world):
    names = [c for c in real_world.countries if not is_kept_aside(c) and c not in ("CHN", "HKG", "MAC")]
    recorded = tables.compute_chinese_loans(names, 2011, 2020)
    found = np.array([1e3 * lent(simulated, code, 2011, 2020).mean() for code in names])
    np.testing.assert_allclose(found, recorded, atol=1e-9)
    brier = np.mean(((found >= LEAST_LOAN) - (recorded >= LEAST_LOAN).astype(float)) ** 2)
    assert brier == 0.0
    assert spearmanr(found, recorded).statistic == pytest.approx(1.0)
    assert LOANS == (2011, 2020)


def test_debts_of_before_are_owed_at_the_start_and_repaid(simulated):
    debt = simulated["debt"].sel(sponsor="CHN").sum("country").mean("run")
    before = sum(compute_loan_amounts(read_table("loans"))[read_table("loans")["year"] <= 2010])
    assert 0.5 * before < float(debt.sel(year=2010)) < before
    repaid = debt.sel(year=2010) + simulated["lent"].sel(sponsor="CHN").sum("country").mean("run").cumsum(
        "year"
    )
    assert float(debt.sel(year=2024)) < float(repaid.sel(year=2024))
    assert float(simulated["debt"].min()) > -1e-9


def test_kept_aside_economies_borrow_by_the_rule(simulated, real_world):
    names = [c for c in real_world.countries if is_kept_aside(c)]
    found = (
        simulated["lent"].sel(country=names, sponsor="CHN", year=slice(2011, 2021)).sum(["country", "year"])
    )
    assert float(found.max()) > 0
    assert float(found.std("run")) > 0


def test_prior_histories_know_nothing_of_it():
    ds = ls.simulate("baseline", runs=4, seed=3, years=(2010, 2021), record=["lent", "debt"])
    assert float(ds["debt"].sel(year=2010).sum()) == 0
    found = lent(ds, "ETH", 2011, 2021)
    assert found.std() > 0


@pytest.mark.parametrize(("envelope", "factor"), [(0.0, 0.0), (None, 1.0)])
def test_a_lever_on_the_envelope_scales_what_is_on_record(envelope, factor):
    settings = {"tenor": 12.0} if envelope is None else {"envelope": envelope}
    scenario = ls.Scenario.none().with_lever("export_finance", "CHN", from_=2011, to=2021, **settings)
    ds = ls.simulate(scenario, runs=2, seed=3, years=(2010, 2021), history="conditioned", record=["lent"])
    known, _ = stated("RUS", 2011, 2021)
    np.testing.assert_allclose(lent(ds, "RUS", 2011, 2021), factor * known)


def test_twice_the_envelope_is_twice_the_loans(real_world):
    year, h = 2015, real_world.lenders.names.index("china_eximbank")
    whole = real_world.as_recorded.conditions.envelope[year - 2010, h] / real_world.lenders.share[h]
    scenario = ls.Scenario.none().with_lever(
        "export_finance", "CHN", from_=year, to=year, envelope=float(2 * whole)
    )
    now = scenario.conditions(real_world.as_recorded, (2010, 2020)).at(year - 2010)
    before = real_world.as_recorded.conditions.at(year - 2010)
    known = before.recorded_loans[:, h] > 0
    np.testing.assert_allclose(now.recorded_loans[known, h], 2 * before.recorded_loans[known, h])
    assert (now.recorded_loans[before.recorded_loans < 0] == NOT_RECORDED).all()
