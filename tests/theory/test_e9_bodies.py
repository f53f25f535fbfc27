"""From sales to proposals, from bases to ballots, and what a vote decides (E9)."""

import dataclasses

import numpy as np
import pytest
from scipy.special import expit
from theory import regions
from theory.runs import bodies_on, on, played, sponsored, with_now, with_path

import lockin_sim as ls
from lockin_sim.rules import voting
from lockin_sim.rules.voting import PROCEDURES

CONTRIBUTION = np.array([0.2, 0.3])


def two_sponsors(n, domains=1, procedure="one_country_one_vote", **given):
    """Two vendors, each of a sponsor who owns and proposes a family; all countries are members."""
    toy = sponsored(ls.toy_world(n, 2, domains, installed=on(0, n, 2, domains)), [0, 1], 2)
    world = bodies_on(toy, procedure, 0.5, np.ones(n), **given)
    return dataclasses.replace(world, owners=np.eye(2), rivals=1 - np.eye(2))


@pytest.mark.parametrize("engine", ["core", "mesa"])
@pytest.mark.parametrize("elasticity", [0.0, 0.7, 1.3])
def test_e9_proposals_follow_the_sales_of_the_last_three_years(case, engine, elasticity):
    """Contributions are b (s / s*)^e, s the mean of three years before; buyers move over in time."""
    n, steps, path = 40, 7, np.array([0.35, 0.25])
    world = with_now(two_sponsors(n), contribution=CONTRIBUTION[:, None])
    better = np.linspace(3, -3, steps + 1)
    world = with_path(world, np.stack([better, -better], axis=-1)[:, None])
    world = dataclasses.replace(world, sales_path=path[None, None])
    record = ("contributions",)
    ds = case.played(world, steps, engine=engine, record=record, agenda_elasticity=elasticity)
    sales = ds.sales_share.values[0, :, 0]
    sales[0] = [1.0, 0.0]  # the base
    for year in range(1, steps + 1):
        lagged = np.mean([sales[max(year - back, 0)] for back in (1, 2, 3)], axis=0)
        weight = CONTRIBUTION * (np.maximum(lagged, voting.LEAST_SALES) / path) ** elasticity
        found = float(ds.contributions.values[0, year, 0, 0, 0])
        case.exactly(f"share of proposals in year {year}", weight[0] / weight.sum(), found)
    assert np.ptp(sales[:, 0]) > 0.3


@pytest.mark.parametrize(
    ("engine", "utility", "band", "scale", "n", "runs"),
    [("core", 0.4, 2.3, 1.3, 200, 40), ("core", -1.0, 0.7, 0.5, 200, 40), ("core", 1.2, 1.5, 0.0, 400, 5),
     ("mesa", 0.4, 2.3, 1.3, 30, 1)],
)  # fmt: skip
def test_e9_votes_cast_are_an_ordered_logit(case, engine, utility, band, scale, n, runs):
    """E[yes / (yes + no)] with P(yes) = L(u + x), P(no) = L(-(u + x + band)), x a shared normal shock."""
    domains = 40
    weights = {"tolerance_incumbent": utility, "abstention_band": band, "cycle_shock_scale": scale}
    ds = case.played(two_sponsors(n, domains), 1, runs=runs, engine=engine, record="vote_share", **weights)
    found = ds.vote_share.values[:, 1, 0].reshape(-1)
    nodes, chance = np.polynomial.hermite_e.hermegauss(60)
    yes, no = expit(utility + scale * nodes), expit(-(utility + scale * nodes + band))
    part = yes / (yes + no)
    mean = float(part @ chance / chance.sum())
    spread = float(np.sqrt(((part - mean) ** 2) @ chance / chance.sum() + 0.25 / (n * (yes + no).min())))
    region = regions.bernstein(mean, spread, found.size, high=1.0)
    what = f"yes of votes cast, u = {utility}, band {band}, shock {scale}, {n} members"
    case.check(what, mean, found.mean(), region, found.size)


@pytest.mark.parametrize("engine", ["core", "mesa"])
@pytest.mark.parametrize(
    ("share", "relative", "contested"), [(0.5, 0.0, 0.0), (0.5, 0.6, 0.3), (0.6, 1.5, 0.9), (0.6, 3.5, 1.0)]
)
def test_e9_a_vote_decides_on_the_contested_part_alone(case, engine, share, relative, contested):
    """F' = (1 - eta) F + eta g, g ~ b ((1 - q) + q passed), with what passed by fair coins, and F' = F where
    a vote refuses all."""
    turnover = 0.25
    world = with_now(two_sponsors(3, 60, relative_contested=relative), contribution=CONTRIBUTION[:, None])
    ds = case.played(world, 1, engine=engine, record="passed", contested_share=share, turnover=turnover)
    passed = ds.passed.values[0, 1, 0]
    accepted = CONTRIBUTION * ((1 - contested) + contested * passed)
    moved = passed.any(axis=1, keepdims=True) | (contested == 0)
    fresh = accepted / np.where(moved, accepted.sum(axis=1, keepdims=True), 1)
    expected = np.where(moved, (1 - turnover) * 0.5 + turnover * fresh, 0.5)
    gap = float(np.abs(ds.status.values[0, 1, 0] - expected).max())
    case.exactly(f"largest gap in status, q = {contested}", 0.0, gap, absolute=1e-12)
    case.proportion("passes by fair coins", 0.5, passed.reshape(-1).astype(bool))


@pytest.mark.parametrize("engine", ["core", "mesa"])
@pytest.mark.parametrize("procedure", PROCEDURES)
def test_e9_a_base_of_the_owners_raises_their_support(case, engine, procedure):
    """All buy of the first sponsor: by the same luck its family gains in every vote, and the other loses."""
    n, domains = 25, 40 if engine == "core" else 6
    world = dataclasses.replace(two_sponsors(n, domains, procedure), usual_base=np.full((domains, 2), 0.5))
    seed, silent, keen = case.seed(), {}, {"vested_interest": 4.0}
    shares = [
        played(world, 1, seed, engine=engine, record="vote_share", abstention_band=1.0, **weights)
        .vote_share.values[0, 1, 0]
        for weights in (silent, keen)
    ]  # fmt: skip
    gained = (shares[1] - shares[0]) * [1, -1]
    case.exactly(f"votes that go the other way, {procedure}", 0.0, (gained < 0).sum(), absolute=0.0)
    case.exactly(f"votes that move, {procedure}", 1.0, (gained > 0).mean(), absolute=0.05)


def test_e9_a_forum_that_binds_nobody_moves_no_purchase(case):
    """Ten times the effort at Wuzhen, and all in favour there: every market is the same to the bit."""
    seed, years = case.seed(), (2010, 2024)
    record = ("vote_share", "contributions", "group_vendor_share", "country_dependence", "passed")
    push = ls.load_scenario("baseline").with_lever(
        "standards_effort", "CHN", from_=2014, effort=10.0, body="WIC"
    )
    one, other = (ls.simulate(s, runs=2, seed=seed, years=years, record=record) for s in ("baseline", push))
    assert float(np.abs(one.status - other.status).sel(body="WIC").max()) > 0.01
    wrong = 0
    for name in one.data_vars:
        a, b = one[name], other[name]
        if "body" in a.dims:
            a, b = (each.drop_sel(body="WIC") for each in (a, b))
        wrong += 0 if a.equals(b) else 1
    case.exactly("variables that differ outside Wuzhen", 0.0, wrong, absolute=0.0)
    counted = ls.simulate(push, runs=2, seed=seed, years=years, parameters={"forum_weight": 0.5})
    plain = ls.simulate("baseline", runs=2, seed=seed, years=years, parameters={"forum_weight": 0.5})
    assert not counted.standard_share.equals(plain.standard_share)
