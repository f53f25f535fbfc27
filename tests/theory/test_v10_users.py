"""Users flow without chance: the chain of V10, and the forces of V06, V09 and V32, to the last digits."""

import dataclasses

import numpy as np
import pytest
from theory import exact
from theory.regions import exact as exactly
from theory.runs import sponsored, start_with, with_now

import lockin_sim as ls

ENGINES = ("core", "mesa")


def users_world(start, *, copies=1, **world):
    """Countries of users with given shares, (country, vendor), or one of them."""
    shares = np.atleast_2d(np.asarray(start, dtype=float))
    n, k = shares.shape
    installed = np.repeat(shares[:, None], copies, axis=1)
    return ls.toy_world(n, k, copies, buyer="users", installed=installed, **world)


def path_of(ds):
    """Shares by year in the first copy.  (run, year, country, vendor)."""
    return ds.installed.values[:, :, :, 0]


def all_years(start, chain, years):
    """Shares by year.  (year, country, vendor)."""
    return np.stack([start @ np.linalg.matrix_power(chain, t) for t in range(years + 1)])


CASES = [
    ((0.5, 0.0), 2.0, 1.0, 1.0),
    ((0.5, 0.0), 4.0, 1.0, 4.0),
    ((1.0, 0.3, 0.0), 3.0, 0.7, 2.5),
    ((1.0, 0.3, 0.0, -0.5), 2.0, 1.5, 1.0),
    ((0.2, 0.0, -0.3, 0.1, 0.6), 0.0, 1.0, 3.0),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("u", "s", "noise", "lifetime"), CASES)
def test_v10_users_follow_the_chain_without_chance(case, engine, u, s, noise, lifetime):
    """A continuum of users has the chain's law in every year, from any start, at any length of contracts."""
    k, years = len(u), 25
    start = np.vstack([np.eye(k)[-1], np.eye(k)[0], case.rng.dirichlet(np.ones(k))])
    chain = exact.switching_chain(np.array(u) / noise, s / noise)
    world = users_world(start, quality=np.array(u), lifetime=lifetime)
    ds = case.played(world, years, engine=engine, record="installed", switching_cost=s, noise_scale=noise)
    expected = all_years(start, exact.lazy(chain, 1 / lifetime), years)
    found = path_of(ds)[0]
    what = f"K = {k}, s = {s}, L = {lifetime}"
    case.exactly(
        f"share of vendor 1 in year {years}, {what}", expected[-1, 0, 0], found[-1, 0, 0], absolute=1e-12
    )
    gap = float(np.abs(found - expected).max())
    case.exactly(f"largest error of any share, {what}", 0.0, gap, absolute=1e-12)
    before = expected[:-1].mean(axis=1)
    stay = (before @ np.diag(chain)).tolist()
    case.exactly(
        f"retention in year {years}, {what}", stay[-1], ds.retention.values[0, -1, 0], absolute=1e-12
    )
    free = exact.switching_chain(np.array(u) / noise, 0.0)[0]
    case.exactly(
        f"pull of the switching cost in year {years}, {what}",
        before[-1] @ (np.diag(chain) - free),
        ds.switching_pull.values[0, -1, 0],
        absolute=1e-12,
    )


def one_way(world, to, back):
    """Two vendors of two sponsors, of which the first fits the second to ``to`` and is fitted to ``back``."""
    shared = np.tile(np.eye(2)[0], (1, 2, 1))
    world = dataclasses.replace(sponsored(world, [0, 1], 2), initial_compliance=shared)
    between = np.array([[1.0, to], [back, 1.0]])
    return with_now(world, compatibility=between, openness=np.ones(len(world.domains)))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("to", "back", "s", "relative"), [(0.7, 0.2, 2.4, 1.0), (0.0, 0.9, 1.7, 1.6)])
def test_v10_what_does_not_fit_costs_and_only_that(case, engine, to, back, s, relative):
    """Leaving i for j costs s (1 - m_ij): users whose ways back are harder than those there."""
    u, years, start = (0.3, 0.0), 10, np.array([[0.2, 0.8], [1.0, 0.0]])
    world = one_way(users_world(start, quality=np.array(u)), to, back)
    world = dataclasses.replace(world, relative_switching=np.array([relative]))
    ds = case.played(world, years, engine=engine, record="installed", switching_cost=s)
    cost = relative * s * np.array([[0.0, 1 - to], [1 - back, 0.0]])
    expected = all_years(start, exact.fitted_chain(u, cost), years)
    case.exactly(
        f"share of vendor 1, m = {to} there, {back} back",
        expected[-1, 0, 0],
        path_of(ds)[0, -1, 0, 0],
        absolute=1e-12,
    )
    case.exactly("largest error of any share", 0.0, np.abs(path_of(ds)[0] - expected).max(), absolute=1e-12)


@pytest.mark.parametrize(("k", "s"), [(2, 1.2), (3, 0.9), (4, 1.5)])
@pytest.mark.parametrize("engine", ENGINES)
def test_v32_users_go_where_shares_reproduce_themselves(case, engine, k, s):
    """From a lead of a tenth at .9 and 1.1 of g_c year by year; from the leader's fixed point nowhere."""
    g = exact.critical_network(k, s) * (np.array([0.9, 1.1]) if engine == "core" else np.array([1.1]))
    years, fixed = 30, exact.mean_field(start_with(0.999, k), g[-1], s)
    start = np.stack([start_with(1.1 / k, k), fixed])
    ds = case.played(
        users_world(start), years, runs=len(g), engine=engine, record="installed",
        own_network_weight=g, switching_cost=np.full(len(g), s),
    )  # fmt: skip
    for run, pull in enumerate(g):
        x, steps = start[0], [start[0]]
        for _ in range(years):
            x = exact.mean_field_step(x, pull, s)
            steps.append(x)
        found = path_of(ds)[run, :, 0]
        gap = float(np.abs(found - steps).max())
        case.exactly(f"largest error in any year, K = {k}, g = {pull:.3f}, s = {s}", 0.0, gap, absolute=1e-11)
    case.check(
        f"leader's share in year {years}, K = {k}, g = {g[-1]:.3f}, s = {s}",
        fixed[0],
        path_of(ds)[-1, -1, 1, 0],
        exactly(fixed[0], absolute=1e-11),
        k=k,
        g=float(g[-1]),
        s=s,
    )


@pytest.mark.parametrize("k", [3, 4, 5])
def test_v09_users_of_many_vendors_tip_abruptly(case, k):
    """A leader holds on at 1.05 g_sn, vanishes at .95, and equals stay equal at both."""
    turning, share = exact.locked_from(k, 0.0)
    g, years = np.array([1.05, 0.95]) * turning, 70
    start = np.vstack([start_with(0.999, k), start_with(1.03 / k, k)])
    ds = case.played(users_world(start), years, runs=2, record="installed", own_network_weight=g)
    end = path_of(ds)[:, -1, :, 0]
    fixed = exact.mean_field(start_with(0.999, k), g[0], 0.0)[0]
    assert fixed > share
    case.exactly(f"leader at 1.05 of g_sn, K = {k}", fixed, end[0, 0], absolute=1e-4)
    case.exactly(f"leader at 0.95 of g_sn, K = {k}", 1 / k, end[1, 0], absolute=1e-2)
    for run in range(2):
        case.exactly(f"equals at g = {g[run]:.3f}, K = {k}", 1 / k, end[run, 1], absolute=1e-2)


@pytest.mark.parametrize("bj", [1.2, 1.5, 1.75])
def test_v06_users_have_the_roots_and_the_tipping_field(case, bj):
    """m settles at the root of m = tanh(bh + bJ m), and gives way at -h_c, not .005 before."""
    tip = exact.tipping_field(bj)
    fields = np.array([0.1, 0.0, -0.5 * tip, -tip + 0.005, -tip - 0.005])
    likes = np.stack([2 * fields, 0 * fields], axis=-1)[:, None]
    world = users_world(np.tile([1.0, 0.0], (len(fields), 1)), taste=likes)
    ds = case.played(world, 150, record="installed", own_network_weight=2 * bj)
    m = 2 * path_of(ds)[0, -1, :, 0] - 1
    for field, found in zip(fields[:-1], m[:-1], strict=True):
        root = exact.magnetisation(bj, float(field))
        assert root > 0
        case.exactly(f"mean choice, bJ = {bj}, bh = {field:.4f}", root, found, absolute=1e-6)
    root = exact.magnetisation(bj, float(fields[-1]))
    case.exactly(f"mean choice beyond the tipping field, bJ = {bj}", root, m[-1], absolute=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("k", "s", "lifetime"), [(2, 2.0, 1.0), (3, 1.3, 4.0)])
def test_e3_users_forget_an_imposed_lead_by_the_second_eigenvalue(case, engine, k, s, lifetime):
    """A lead along the second eigenvector is left after n years to lambda_2 to the n, exactly."""
    u, years = np.linspace(0.5, 0.0, k), 20
    chain = exact.lazy(exact.switching_chain(u, s), 1 / lifetime)
    values, vectors = np.linalg.eig(chain.T)
    second = np.argsort(-values.real)[1]
    lead = vectors[:, second].real
    pi = exact.switching_shares(u, s)
    lead *= 0.5 * pi.min() / np.abs(lead).max()
    world = users_world(np.vstack([pi + lead, pi]), quality=u, lifetime=lifetime)
    ds = case.played(world, years, engine=engine, record="installed", switching_cost=s)
    gap = path_of(ds)[0, :, 0] - path_of(ds)[0, :, 1]
    for n in (1, 5, years):
        left = float(gap[n] @ lead / (lead @ lead))
        case.exactly(
            f"left of a lead after {n} years, K = {k}, s = {s}",
            values[second].real ** n,
            left,
            absolute=1e-12,
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("rate", "outside", "s"), [(0.3, 0.4, 3.0), (1.0, -0.6, 1.0)])
def test_e7_newcomers_pay_no_switching_cost(case, engine, rate, outside, s):
    """Of those without, ``rate`` consider it and a logistic part comes, in shares that are plain logit."""
    u, years = np.array([0.8, 0.0, -0.2]), 8
    start = np.array([0.0, 0.1, 0.1])
    world = users_world(start, quality=u, lifetime=1e12)
    ds = case.played(
        world, years, engine=engine, record="installed", greenfield_rate=rate,
        outside_level=outside, switching_cost=s,
    )  # fmt: skip
    weight = np.exp(u)
    comes = rate * weight.sum() / (weight.sum() + np.exp(outside))
    new = 0.8 * (1 - (1 - comes) ** np.arange(years + 1))
    expected = start + new[:, None] * weight / weight.sum()
    found = path_of(ds)[0, :, 0]
    case.exactly(f"coverage in year {years}", 0.2 + new[-1], found[-1].sum(), absolute=1e-10)
    case.exactly("largest error of any share", 0.0, np.abs(found - expected).max(), absolute=1e-10)
