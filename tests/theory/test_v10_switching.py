"""Switching costs alone: slow forgetting, no lock-in (V10), lumpy contracts (V39), plain logit (A7)."""

import numpy as np
import pytest
from theory import exact, regions
from theory.runs import chosen, on, simulated

BIG, SMALL = ("core", 10_000), ("mesa", 80)
TWO, THREE, FOUR = (0.5, 0.0), (1.0, 0.3, 0.0), (1.0, 0.3, 0.0, -0.5)


def owners(case, n, steps, u, start, *, key="", **options):
    """Vendor of each country by year, (year, country); another key is another world of chance."""
    world = {"installed": on(start, n, len(u)), "quality": np.array(u)} | options.pop("world", {})
    ds = simulated(n, len(u), steps, case.seed(key), record="installed", world=world, **options)
    return chosen(ds)[0, :, :, 0]


@pytest.mark.parametrize(
    ("engine", "n", "u", "s", "years"),
    [
        (*BIG, TWO, 2.0, 30),
        pytest.param(*BIG, TWO, 4.0, 40, marks=pytest.mark.slow),
        (*BIG, (-0.85, 0.0), 1.35, 5),
        (*BIG, THREE, 3.0, 25),
        (*BIG, FOUR, 2.6, 12),
        (*SMALL, TWO, 1.35, 5),
        (*SMALL, THREE, 1.7, 5),
    ],
)
def test_v10_shares_and_switching_on_the_way(case, engine, n, u, s, years):
    """Everybody starts on the last vendor; shares and switching in a later year are those of the chain."""
    owner = owners(case, n, years, u, len(u) - 1, engine=engine, switching_cost=s)
    chain = exact.switching_chain(u, s)
    before = exact.after(np.eye(len(u))[-1], chain, years - 1)
    law = before @ chain
    for k in range(len(u) - 1):
        case.proportion(f"share of vendor {k + 1}, s = {s}, year {years}", law[k], owner[-1] == k)
    switches = float(before @ (1 - np.diag(chain)))
    case.proportion(f"switching rate, s = {s}, year {years}", switches, owner[-1] != owner[-2])


@pytest.mark.parametrize(
    ("engine", "n", "u", "s", "noise"),
    [
        (*BIG, TWO, 2.0, 1.0),
        (*BIG, TWO, 3.7, 1.6),
        (*BIG, THREE, 3.0, 1.0),
        (*BIG, FOUR, 2.0, 1 / 1.5),
        (*SMALL, THREE, 1.4, 0.8),
    ],
)
def test_v10_stationary_law(case, engine, n, u, s, noise):
    """Shares drawn from pi_j ~ w_j (kappa W + (1 - kappa) w_j) stay there, and moves balance pair by pair."""
    scaled = np.array(u) / noise
    pi, chain = exact.switching_shares(scaled, s / noise), exact.switching_chain(scaled, s / noise)
    start = case.rng.choice(len(u), size=n, p=pi)
    owner = owners(case, n, 4, u, start, engine=engine, switching_cost=s, noise_scale=noise)
    pairs = np.bincount(owner[-2] * len(u) + owner[-1], minlength=len(u) ** 2)
    case.counts(
        f"moves between {len(u)} vendors in equilibrium, s = {s}", (pi[:, None] * chain).ravel(), pairs
    )
    case.proportion("share of the best vendor", pi[0], owner[-1] == 0)
    case.proportion("switching rate in equilibrium", pi @ (1 - np.diag(chain)), owner[-1] != owner[-2])


@pytest.mark.parametrize(("engine", "n", "s", "years"), [(*BIG, 2.0, 6), (*BIG, 3.3, 8), (*SMALL, 2.4, 3)])
def test_v10_history_is_forgotten_at_the_rate_of_the_second_eigenvalue(case, engine, n, s, years):
    """Two worlds that began on opposite vendors differ by lambda_2 ^ t: slow forgetting, not lock-in."""
    one, other = (
        owners(case, n, years, TWO, start, key=f"from {start}", engine=engine, switching_cost=s)
        for start in (0, 1)
    )
    rate = exact.second_eigenvalue(exact.switching_chain(TWO, s))
    for t in range(1, years + 1):
        gap = (one[t] == 0).mean() - (other[t] == 0).mean()
        half = regions.FACTOR * np.sqrt(2 / n)
        region = regions.Region(rate**t - half, rate**t + half, "Hoeffding, two samples")
        case.check(f"memory after {t} years, s = {s}", rate**t, gap, region, 2 * n, t=t)


@pytest.mark.parametrize(
    ("engine", "n", "every", "years", "s"),
    [(*BIG, 4, 20, 2.0), (*BIG, 8, 20, 2.0), (*BIG, 3, 14, 1.4), (*SMALL, 3, 7, 1.4)],
)
def test_v39_lumpy_contracts_slow_it_by_their_length(case, engine, n, every, years, s):
    """With a review every L years, year t is year floor(t / L) of yearly reviews."""
    calendar = np.zeros((years, n, 1), dtype=bool)
    calendar[every - 1 :: every] = True
    owner = owners(case, n, years, TWO, 1, engine=engine, switching_cost=s, world={"calendar": calendar})
    law = exact.after(np.eye(2)[1], exact.switching_chain(TWO, s), years // every)
    case.proportion(f"share of the better, L = {every}, year {years}", law[0], owner[-1] == 0)


@pytest.mark.parametrize(
    ("engine", "n", "lifetime", "s"), [(*BIG, 5.0, 2.0), (*BIG, 2.5, 1.1), (*SMALL, 2.5, 1.1)]
)
def test_v39_contracts_that_end_by_chance(case, engine, n, lifetime, s):
    """With lifetime L a contract ends with chance 1/L a year: the lazy chain (1 - 1/L) I + P / L."""
    years = 12 if engine == "core" else 4
    owner = owners(case, n, years, TWO, 1, engine=engine, switching_cost=s, world={"lifetime": lifetime})
    lazy = (1 - 1 / lifetime) * np.eye(2) + exact.switching_chain(TWO, s) / lifetime
    law = exact.after(np.eye(2)[1], lazy, years)
    case.proportion(f"share of the better, mean life {lifetime} years", law[0], owner[-1] == 0)


@pytest.mark.parametrize(("engine", "n"), [BIG, SMALL])
def test_a73_logit_shares_and_independence_of_irrelevant_alternatives(case, engine, n):
    """Without switching cost and network each year is a fresh logit; a third option takes in proportion."""
    two = owners(case, n, 2, (0.7, 0.0), 1, engine=engine)
    three = owners(case, n, 1, (0.7, 0.0, 0.2), 1, engine=engine)
    odds = np.exp(0.7)
    case.proportion("share of A against B", odds / (1 + odds), two[-1] == 0)
    case.proportion(
        "the same among those who take A or B of three", odds / (1 + odds), three[-1][three[-1] < 2] == 0
    )
    weights = np.exp([0.7, 0.0, 0.2])
    case.counts("shares of three", weights / weights.sum(), np.bincount(three[-1], minlength=3))
    joint = np.outer([1, odds], [1, odds]) / (1 + odds) ** 2
    pairs = np.bincount(2 * (two[-2] == 0) + (two[-1] == 0), minlength=4)
    case.counts("two years in a row are independent", joint.ravel(), pairs)


@pytest.mark.parametrize("gap", [-1.0, 0.0, 1e-6])
def test_a73_without_noise_the_best_wins_and_equals_draw_lots(case, gap):
    """Noise 0 is best response; equals within 1e-9 are drawn by lot."""
    owner = owners(case, 5_000, 1, (gap, 0.0), 1, noise_scale=0.0)
    if gap:
        case.exactly(f"share of A, {gap:+.6g} ahead", gap > 0, (owner[-1] == 0).mean())
    else:
        case.proportion("share of A among equals", 0.5, owner[-1] == 0)


@pytest.mark.parametrize("noise", [0.4, 3.0])
def test_a73_shocks_are_gumbel(case, noise):
    """One ahead of three equals: P = e^(gap/noise) / (3 + e^(gap/noise)); other laws give other shares."""
    owner = owners(case, 20_000, 1, (1.7 * noise, 0.0, 0.0, 0.0), 1, noise_scale=noise)
    case.proportion("share of the best of four", np.exp(1.7) / (3 + np.exp(1.7)), owner[-1] == 0)


def test_a73_an_outside_option_is_one_more_choice(case):
    """Two offers at 0 against staying out at u for new capacity: e^u / (e^u + 2) stay out."""
    n, outside = 20_000, 0.8
    ds = case.simulated(
        n,
        2,
        1,
        record="winner",
        world={"installed": np.zeros((n, 1, 2))},
        outside_level=outside,
    )
    weights = np.exp([outside, 0.0, 0.0])
    case.counts(
        "out, A or B", weights / weights.sum(), np.bincount(ds.winner.values[0, 1, :, 0] + 1, minlength=3)
    )
