"""Unit values of the measures of lock-in (section C of the theory), and their values on exact processes."""

import numpy as np
from theory import exact, few, measures
from theory.regions import FACTOR, Region, Z
from theory.runs import arthur, chosen, on, simulated

from lockin_sim.common import indices

CHAIN = np.array([[0.9, 0.06, 0.04], [0.1, 0.85, 0.05], [0.1, 0.1, 0.8]])


def test_c1_concentration(case):
    """Shares .5, .3, .2: Herfindahl .38, beside a vendor that is not there too."""
    case.exactly("Herfindahl", 0.38, indices.hhi(np.array([0.5, 0.3, 0.2, np.nan])))
    assert indices.hhi(np.full((4, 5, 2), 0.5)).shape == (4, 5)


def test_c3_mobility_and_memory(case):
    """Shorrocks' index, memory time, stationary shares and switching rate of a three-state chain."""
    pi = measures.stationary_shares(CHAIN)
    for k, expected in enumerate((0.5, 0.32, 0.18)):
        case.exactly(f"stationary share {k + 1}", expected, pi[k])
    case.exactly("Shorrocks mobility", 0.225, measures.shorrocks(CHAIN))
    case.exactly("memory time", -1 / np.log(0.8), measures.memory_time(CHAIN))
    case.exactly("switching rate", 0.134, pi @ (1 - np.diag(CHAIN)))
    choices = np.array([[0, 0, 1, -1], [0, 1, 1, 1], [0, 1, 0, 1]])
    np.testing.assert_allclose(measures.transitions(choices, 2), [[2 / 3, 1 / 3], [1 / 4, 3 / 4]])
    assert np.isnan(measures.transitions(choices, 3)[2]).all()


def test_c3_mobility_measured_in_the_model(case):
    """Transitions counted in a run estimate the chain, its mobility and its memory."""
    u, s, n, years = (0.6, 0.0), 1.8, 10_000, 12
    pi = exact.switching_shares(u, s)
    start = case.rng.choice(2, size=n, p=pi)
    world = {"installed": on(start, n, 2), "quality": np.array(u)}
    ds = case.simulated(n, 2, years, record="installed", switching_cost=s, world=world)
    found, chain = measures.transitions(chosen(ds)[0, :, :, 0], 2), exact.switching_chain(u, s)
    sd = float(np.sqrt((np.diag(chain) * (1 - np.diag(chain)) / (pi * n * years)).sum()))
    mobility = measures.shorrocks(chain)
    ends, rule = (mobility - Z * sd, mobility + Z * sd), "normal, known sd"
    case.check("Shorrocks mobility", mobility, measures.shorrocks(found), Region(*ends, rule), n * years)
    region = Region(*(-1 / np.log(1 - end) for end in reversed(ends)), rule)
    case.check("memory time", measures.memory_time(chain), measures.memory_time(found), region, n * years)


def test_c4_first_mover_effect(case):
    """In a toy market with increasing returns the first of two equals is ahead by what the walk says."""
    steps, copies, runs, low = 30, 40, 48, 4
    first = case.rng.random((runs, copies)) < 0.5  # whom the first adopter is given to
    likes = np.where(case.rng.random((runs, steps, copies)) < 0.5, low - 0.5, 0.5 - low)
    likes[:, 0] = np.where(first, 1e3, -1e3)
    ahead = (arthur(case.seed(), likes, 1.0)[:, -1] > 0).ravel()
    law = exact.lead_law(low, low, 1.0, 1, steps - 1)
    effect = float(law[law.size // 2 + 1 :].sum() - law[: law.size // 2].sum())
    half = FACTOR * np.sqrt(1 / first.sum() + 1 / (~first).sum())
    measured = measures.first_mover_effect(ahead.astype(float), first.ravel())
    region = Region(effect - half, effect + half, "Hoeffding, two samples")
    case.check("first-mover effect on who leads", effect, measured, region, ahead.size)


def test_c5_degree_of_path_dependence(case):
    """Information of the start about the outcome: closed form for the switching chain, corrected for bias."""
    s, n, year = 4.0, 20_000, 10
    chain, pi = exact.switching_chain((0.5, 0.0), s), exact.switching_shares((0.5, 0.0), s)
    joint = pi[:, None] * np.linalg.matrix_power(chain, year)
    score = np.log(joint / np.outer(joint.sum(1), joint.sum(0)))
    information = (joint * score).sum()
    case.exactly("closed form", 0.21066783, information, absolute=5e-9)
    start = case.rng.choice(2, size=n, p=pi)
    world = {"installed": on(start, n, 2), "quality": np.array([0.5, 0.0])}
    ds = case.simulated(n, 2, year, record="installed", switching_cost=s, world=world)
    late = chosen(ds)[0, -1, :, 0]
    half = Z * np.sqrt(((joint * score**2).sum() - information**2) / n)
    uncertainty, rule = -(pi * np.log(pi)).sum(), "normal, delta method"
    for what, expected, measured, wide in (
        ("information of the start after ten years", information, measures.mutual_information, half),
        (
            "degree of path dependence",
            information / uncertainty,
            measures.path_dependence,
            1.2 * half / uncertainty,
        ),
    ):
        region = Region(expected - wide, expected + wide, rule)
        case.check(what, expected, measured(start, late), region, n)
    independent = case.rng.integers(0, 3, (400, 2, 100))
    plain = np.mean([measures.mutual_information(e, t, corrected=False) for e, t in independent])
    corrected = np.mean([measures.mutual_information(e, t) for e, t in independent])
    assert plain > 0.015  # 4 / 2M = .02: the bias that the correction takes away
    region = Region(-0.005, 0.005, "five times its sd")
    case.check("information of what is independent", 0.0, corrected, region, 400)
    case.exactly("a sure outcome", 0.0, measures.path_dependence(np.array([0, 1, 0]), np.array([1, 1, 1])))


def test_c11_tipping_point(case):
    """The least push that tips 500 buyers at bJ = 1.5 lies about h_c = .2075."""
    n, bj, years = 500, 1.5, 40

    def tips(field):
        world = {"installed": on(1, n, 2), "influence": np.full((n, n), 1 / n)}
        world["quality"] = np.array([2 * field, 0.0])
        ds = simulated(n, 2, years, case.seed(field), network_weight=2 * bj, world=world)
        return ds.vendor_share.values[0, -1, 0, 0] > 0.5

    found = measures.tipping_point(tips, 0.0, 0.35, tolerance=0.01)
    grid = np.arange(0.02, 0.35, 0.01)
    chance = np.array([few.tipped(n, bj, float(field), years) for field in grid])
    low, high = grid[chance < 1e-7].max(), grid[chance > 1 - 1e-7].min()
    region = Region(float(low), float(high) + 0.01, "exact law of n buyers")
    case.check("least field that tips", exact.tipping_field(bj), found, region, n)


def test_c12_early_warning(case):
    """A process that slows down shows it: variance (1 - r^2)^-1 and lag-1 correlation r, both rising."""
    n, window = 5_000, 4_000
    for r in (0.3, 0.8):
        shocks = case.rng.normal(size=n)
        series = np.zeros(n)
        for t in range(1, n):
            series[t] = r * series[t - 1] + shocks[t]
        variance, correlation = measures.early_warning(series + 1e-4 * np.arange(n), window)
        region = Region(r - Z / np.sqrt(window) - 4 / window, r + Z / np.sqrt(window), "normal, last window")
        case.check(f"lag-1 correlation, r = {r}", r, correlation[-1], region, window)
        exactly = 1 / (1 - r**2)
        half = Z * exactly * np.sqrt(2 / window * (1 + r**2) / (1 - r**2))
        region = Region(exactly - half, exactly + half, "normal, last window")
        case.check(f"variance, r = {r}", exactly, variance[-1], region, window)
    case.exactly("trend of a rising indicator", 1.0, measures.kendall_trend(np.array([0.1, 0.2, 0.5, 0.9])))
    case.exactly("trend of a falling one", -1.0, measures.kendall_trend(np.array([3.0, 2.0, 1.0])))
