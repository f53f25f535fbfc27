"""Votes, restrictions, prices, loans, standards: published results, one mechanism at a time."""

import dataclasses
from math import comb

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import logit as log_odds
from theory.regions import Region
from theory.runs import on, with_body, with_now

import lockin_sim as ls

BIG, SMALL = "core", "mesa"


VOTES = [
    (BIG, "weighted_firms", 40, 0.71, 0.7, 40),
    (BIG, "weighted_firms", 40, 0.75, 0.65, 40),
    (BIG, "double_two_thirds", 16, 2 / 3, 0.7, 40),
    (BIG, "one_country_one_vote", 30, 0.5, 0.52, 40),
    (BIG, "double_two_thirds", 15, 2 / 3, 0.62, 40),
    (BIG, "rough_consensus", 22, 0.8, 0.85, 40),
    (SMALL, "double_two_thirds", 16, 2 / 3, 0.7, 1),
]


@pytest.mark.parametrize(("engine", "procedure", "n", "quota", "p", "runs"), VOTES)
def test_v19_chance_that_a_body_passes_a_proposal(case, engine, procedure, n, quota, p, runs):
    """Members who say yes with chance p pass a proposal with the binomial chance of reaching the quota."""
    world, weights = with_body(n, 50, procedure, quota, np.ones(n)), {"tolerance_incumbent": log_odds(p)}
    ds = case.played(world, 1, runs=runs, engine=engine, record="vote_share", turnover=0.25, **weights)
    yes = np.rint(ds.vote_share.values[:, 1, 0, :, 0] * n).astype(int)
    law = np.array([comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
    case.counts(f"yes votes among {n}, p = {p}", law, np.bincount(yes.ravel(), minlength=n + 1))
    strict = procedure == "one_country_one_vote"
    enough = np.arange(n + 1) / n > quota if strict else np.arange(n + 1) >= np.ceil(quota * n - 1e-9)
    moved = ds.status.values[:, 1, 0, :, 0] > 0.5 + 1e-9
    case.proportion(f"passes at {quota:.3g} of {n}, p = {p}, {procedure}", law[enough].sum(), moved)
    case.exactly(
        "share of live standards that a pass turns over", 0.625, ds.status.values[:, 1, 0, :, 0].max()
    )


def test_v37_restrictions_come_and_go(case):
    """With a hazard of lifting too, the share in force is that of a two-state chain in every year."""
    n, rate, lifting, years = 10_000, 0.9, 0.35, 7
    world = with_now(ls.toy_world(n), salience=np.full(1, 0.8))
    weights = {"restriction_rate": rate, "restriction_intercept": -0.4, "lifting_rate": lifting}
    ds = case.played(world, years, record="restricted", **weights)
    ready = 1 / (1 + np.exp(0.4))
    begins, ends = 1 - np.exp(-rate * 0.8 * ready), 1 - np.exp(-2 * lifting * (1 - ready))
    share = 0.0
    for year in range(1, years + 1):
        share = share * (1 - ends) + (1 - share) * begins
        if year in (1, 3, years):
            case.proportion(f"in force in year {year}", share, ds.restricted.values[0, year, :, 0])


@pytest.mark.parametrize(
    ("votes", "pressure", "fading", "until"), [(1.3, 0.0, 0.3, 2), (-0.6, 1.1, 0.0, 0), (0.0, -0.7, 0.9, 1)]
)
def test_v37_restrictions_follow_votes_pressure_and_fading_salience(case, votes, pressure, fading, until):
    """The hazard is rate times salience times readiness, year by year: P = 1 - exp of the sum."""
    n, rate, weight, years, first = 10_000, 0.5, 0.81, 4, 0.7
    world = dataclasses.replace(
        ls.toy_world(n), rival_votes=np.full((n, 1), votes), salience_until=np.full(1, until)
    )
    world = with_now(world, salience=np.full(1, first), pressure=np.full((n, 1), pressure))
    ds = case.played(
        world, years, record="restricted", restriction_rate=rate, restriction_votes=weight,
        restriction_intercept=-0.3, salience_fading=fading,
    )  # fmt: skip
    ready = 1 / (1 + np.exp(0.3 - weight * votes - pressure))
    salience = first * np.exp(-fading * np.maximum(0, np.arange(1, years + 1) - until))
    for year in (1, years):
        chance = 1 - np.exp(-rate * ready * salience[:year].sum())
        what = f"restricted by year {year}, votes {votes}, pressure {pressure}, fading {fading}"
        case.proportion(what, chance, ds.restricted.values[0, year, :, 0])


@pytest.mark.parametrize(
    ("engine", "rate", "reference"),
    [(BIG, 0.1, 4.0), (BIG, 0.2, 40.0), (BIG, 0.3, 80.0), (BIG, 0.17, 20.0), (SMALL, 0.3, 30.0)],
)
def test_v22_a_late_comer_learns_its_way_down_and_what_that_costs(case, engine, rate, reference):
    """Cost falls by the learning rate with each doubling; twice as dear, it breaks even at 2^(1/b).

    The entrant alone sells; the subsidy that holds its price at the incumbent's 1 is the learning investment.
    """
    b = -np.log2(1 - rate)
    even = 2 ** (1 / b)
    years = int((even - 1) * reference) + 2
    given = {"learning_exponent": np.array([b]), "reference_volume": np.array([reference])}
    world = dataclasses.replace(ls.toy_world(1, 1), initial_cost=np.full((1, 1), 2.0), **given)
    cost = case.played(world, years, engine=engine, learning_scale=1.0).price.values[0, :, 0, 0]
    volume = 1 + np.arange(-1, years) / reference  # the price of a year is that of all earlier years' sales
    for year in (1, years // 3, years):
        case.exactly(f"cost in year {year}, learning rate {rate}", 2 * volume[year] ** -b, cost[year])
    first = int(np.argmax(cost[1:] <= 1.0)) + 1
    region = Region(even, even + 1 / reference + 1e-9, "the first year after")
    case.check(f"volume at break-even, learning rate {rate}", even, volume[first], region)
    outlay = float((cost[1:first] - 1.0).sum() / reference)
    exactly = (2 * (even ** (1 - b) - 1) / (1 - b)) - (even - 1)
    region = Region(exactly, exactly + 1 / reference, "a sum of yearly steps above an integral")
    case.check(f"learning investment, learning rate {rate}", exactly, outlay, region)


@pytest.mark.parametrize(
    ("engine", "n", "s", "weight", "markup", "discount"),
    [
        (BIG, 10_000, 1.2, 3.0, 0.2, 0.0),
        (SMALL, 120, 1.7, 2.0, 0.9, 0.2),
        pytest.param(BIG, 10_000, 2.5, 4.0, 0.55, 0.2, marks=pytest.mark.slow),
        pytest.param(BIG, 10_000, 1.7, 2.0, 1.1, 0.1, marks=pytest.mark.slow),
    ],
)
def test_v27_bargain_then_rip_off(case, engine, n, s, weight, markup, discount):
    """A locked-in customer stays with chance logistic(s - weight (markup + discount)), if sold to at all."""

    def stay(n, **weights):
        how = {"engine": engine, "record": "installed", "switching_cost": s, "price_weight": weight}
        ds = case.simulated(n, 2, 1, world={"installed": on(0, n, 2)}, **how, **weights)
        return ds.installed.values[0, 1, :, 0, 0]

    stays = stay(n, lock_in_markup=markup, penetration_discount=discount)
    p = 1 / (1 + np.exp(weight * (markup + discount) - s))
    case.proportion(f"stays at a markup of {markup} and a rival's discount of {discount}", p, stays > 0.5)
    highest = brentq(
        lambda mark: stay(2, noise_scale=0.0, lock_in_markup=mark)[0] - 0.5, 0.0, 5.0, xtol=1e-12
    )
    what = f"highest factor on the price, s = {s}, price weight {weight}"
    case.exactly(what, np.exp(s / weight), np.exp(highest), relative=1e-8)


LOANS = [(0.02, 20, 5, 0.05), (0.0275, 13, 3, 0.08), (0.0, 9, 0, 0.065), (0.04, 30, 10, 0.11)]


@pytest.mark.parametrize("engine", ["core", "mesa"])
@pytest.mark.parametrize(("rate", "tenor", "grace", "market"), LOANS)
def test_v28_grant_element_is_the_present_value_of_the_cash_flow(case, engine, rate, tenor, grace, market):
    """What a borrower repays, discounted at its own rate, is the loan less its grant element."""
    toy = ls.toy_world(1, 1, lifetime=1, calendar=np.arange(tenor + 2)[:, None, None] == 0)
    terms = {"envelope": 1e3, "loan_rate": rate, "tenor": tenor, "grace": grace}
    world = dataclasses.replace(
        with_now(toy, **{name: np.full(1, float(value)) for name, value in terms.items()}),
        lenders=dataclasses.replace(toy.lenders, appeal=np.zeros((1, 1))),
        financeable=np.ones(1, dtype=bool),
        borrowing_rate=np.full(1, market),
        slot_sponsor=np.zeros((1, 1), dtype=int),
    )
    record = ("debt", "lent", "repaid")
    ds = case.played(world, tenor + 2, engine=engine, record=record, financed_share=0.85)
    lent, repaid, debt = (ds[name].values[0, :, 0, 0] for name in ("lent", "repaid", "debt"))
    lent, repaid = np.nan_to_num(lent), np.nan_to_num(repaid)
    case.exactly("lent", 0.85, lent[1])
    case.exactly("repaid in all", lent.sum(), repaid.sum(), relative=1e-12)
    case.exactly("owed at the end", 0.0, debt[-1], absolute=1e-12)
    service = repaid[2:] + rate * debt[1:-1]
    value = float((service / (1 + market) ** np.arange(1, len(service) + 1)).sum())
    element = float(ls.rules.finance.grant_element(rate, tenor, grace, market))
    case.exactly(f"grant element, {rate:.2%} over {tenor} years", 100 * (1 - value / lent[1]), element)


DAC = [
    (0.02, 20, 5, 1, 0.05, 27.469065),
    (0.02, 20, 5, 2, 0.05, 26.844578),
    (0.0075, 40, 10, 2, 0.10, 80.859874),
    (0.0075, 40, 10, 2, 0.05, 57.804445),
    (0.025, 15, 5, 2, 0.05, 19.136328),
    (0.045, 15, 5, 2, 0.05, 3.444481),
]


@pytest.mark.parametrize(("rate", "tenor", "grace", "a", "discount", "published"), DAC)
def test_v28_published_grant_elements(case, rate, tenor, grace, a, discount, published):
    """The table of the development lenders' formula, yearly and half-yearly."""
    element = float(ls.rules.finance.grant_element(rate, tenor, grace, discount, payments_per_year=a))
    case.exactly(
        f"{rate:.2%}, {tenor} years, {grace} of grace, {a} a year", published, element, absolute=5e-7
    )


def test_v23_standards_spread_as_a_logistic(case):
    """Where one family replaces another, vendors that follow status times spread substitute as Fisher and Pry
    say: log odds rise steadily."""
    status, start, years = np.array([0.574, 0.426]), 0.01, 20
    toy = with_body(1, 1, "one_country_one_vote", 2.0, np.ones(1))
    world = dataclasses.replace(
        toy,
        bodies=(dataclasses.replace(toy.bodies[0], initial_status=status),),
        initial_compliance=np.tile([start, 1 - start], (1, 2, 1)),
    )
    ds = case.played(world, years, compliance_rate=1.0, exclusive_compliance=1.0)
    rate = float(np.log(status[0] / status[1]))
    # the standards of a year are those that vendors adopted at the end of the last
    x = ds.standard_share.values[0, :, 0, 0]
    for year in (5, 10, 20):
        grown = start * np.exp(rate * year)
        expected = grown / (1 - start + grown)
        case.exactly(f"share of the new standard after {year} years", expected, x[year], relative=1e-9)
    takes = float(np.diff(np.interp([0.1, 0.9], x, np.arange(years + 1)))[0]) if x[-1] > 0.9 else np.nan
    assert np.isnan(takes) or abs(takes - np.log(81) / rate) < 1.0
