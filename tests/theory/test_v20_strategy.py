"""Firms and countries that bargain over standards: published games and coalitions (V20, V24, V38)."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import logit as log_odds
from theory.regions import Region
from theory.runs import on, with_path

import lockin_sim as ls


@pytest.mark.parametrize(("engine", "runs", "copies"), [("core", 80, 100), ("mesa", 1, 60)])
@pytest.mark.parametrize("n", [0.1, 0.2, 0.35])
def test_v24_bandwagon_and_symmetric_excess_inertia(case, engine, runs, copies, n):
    """Two firms, types uniform, the old network worth n: lead above theta*, follow above 1/2 - n.

    Buyers of this model do not foresee; the gain that a leader expects is given to them as quality in the
    first year, at its equilibrium value.  What follows, who leads, follows and stays, is the model's.
    """
    star = (0.5 + np.sqrt(0.25 + 4 * n * (0.5 - n))) / 2
    burned = 5.0  # nobody goes back: the cost of switching, made up for in the quality of the new
    theta = case.rng.random((runs, 2, copies))
    quality = np.zeros((3, copies, 2))
    quality[1:, :, 0] = [[burned + 0.5 + n - star], [burned]]
    taste = np.stack([theta - 0.5, np.zeros_like(theta)], axis=-1)
    world = with_path(ls.toy_world(2, 2, copies, installed=on(1, 2, 2, copies), taste=taste), quality)
    weights = {"network_weight": n, "switching_cost": burned, "noise_scale": 0.0}
    ds = case.played(world, 2, runs=runs, engine=engine, record="installed", **weights)
    new = ds.installed.values[:, -1, :, :, 0] > 0.5
    both, none = new.all(axis=1), (~new).all(axis=1)
    leads, join = 1 - star, 0.5 - n
    case.proportion(f"both adopt, n = {n}", leads**2 + 2 * leads * (star - join), both)
    case.proportion(f"one adopts, n = {n}", 2 * leads * join, ~both & ~none)
    case.proportion(f"nobody adopts, n = {n}", star**2, none)
    wanted = (theta > 0.5).all(axis=1)
    inertia = (star - 0.5) ** 2
    case.proportion(f"both would gain and neither moves, n = {n}", inertia, none & wanted)


SIZES = {
    "ATT": 30, "Sun": 27, "Apollo": 17, "DEC": 20, "HP": 15, "Intergraph": 5, "SGI": 4, "IBM": 4, "Prime": 2,
}  # fmt: skip
SPECIALISTS = {"Sun", "Apollo", "Intergraph", "SGI"}


def _alliance():
    """What firm i gains from j in its coalition: minus j's size if both are specialists, or both are not.

    The propensity to be allied is 1 - alpha = 0 for distant rivals, 1 - alpha - beta = -1 for close ones.
    """
    special = np.array([name in SPECIALISTS for name in SIZES])
    close = (special[:, None] == special) & ~np.eye(len(SIZES), dtype=bool)
    return -1.0 * close * np.array(list(SIZES.values()), dtype=float)


def _alliance_chain(pull):
    """All 2^9 alliances: where a random activation leads, and which are stable."""
    n = len(pull)
    index = np.arange(2**n)
    side = 2.0 * ((index[:, None] >> np.arange(n)) & 1) - 1
    gain = -side * (side @ pull.T)  # of changing sides, over that of staying
    chain = np.zeros((2**n, 2**n))
    for i in range(n):
        to = np.where(gain[:, i] > 0, index ^ (1 << i), index)
        np.add.at(chain, (index, to), 1 / n)
    return chain, (gain <= 0).all(axis=1), side


def test_v20_alliances_of_standard_setting_firms(case):
    """Nine Unix firms that keep away from their rivals end in one of two alliances, each as likely.

    Countries are firms, vendors the two coalitions, influence the size of an ally times its propensity;
    a switching cost of one half makes a firm move only for a true gain.
    """
    pull = _alliance()
    chain, stable, side = _alliance_chain(pull)
    n, steps, copies, runs = 9, 60, 50, 24
    case.exactly("stable alliances among 512 labelled ones", 4.0, stable.sum())
    moves, now = chain[~stable][:, ~stable], np.eye(512)[511][~stable]
    whole = float(np.linalg.solve(np.eye(len(moves)) - moves.T, now).sum())
    case.exactly("mean activations until stable, no limit", 22.911882, whole, absolute=5e-7)
    law = np.eye(512)[511] @ np.linalg.matrix_power(chain, steps)
    calendar = case.rng.integers(0, n, (runs, steps, 1, copies)) == np.arange(n)[:, None]
    toy = ls.toy_world(n, 2, copies, installed=on(0, n, 2, copies), influence=pull, calendar=calendar)
    ds = case.played(
        toy,
        steps,
        runs=runs,
        record="installed",
        network_weight=1.0,
        switching_cost=0.5,
        noise_scale=0.0,
    )
    a = ds.installed.values[..., 0] > 0.5  # (run, year, firm, copy)
    code = (a * (1 << np.arange(n))[:, None]).sum(axis=2)
    final = code[:, -1]
    ends = np.flatnonzero(stable)
    for end in ends:
        if law[end] > 1e-6:
            names = ", ".join(name for name, s in zip(SIZES, side[end], strict=True) if s > 0)
            case.proportion(f"ends with {names} on one side", law[end], final == end)
    settled = stable[code].argmax(axis=1)
    waits = np.eye(512)[511]
    mean = 0.0
    for _ in range(steps):
        mean += float(waits[~stable].sum())
        waits = waits @ chain
    never = ~stable[code].any(axis=1)
    measured = float(np.where(never, steps, settled).mean())
    half = steps * np.sqrt(np.log(2e6) / 2 / settled.size)
    case.check(
        f"mean activations until stable, at most {steps}",
        mean,
        measured,
        Region(mean - half, mean + half, "Hoeffding"),
        settled.size,
    )
    s = 2.0 * a.transpose(0, 3, 1, 2) - 1
    energy = -0.5 * np.einsum("...i,i,ij,...j->...", s, np.array(list(SIZES.values()), dtype=float), pull, s)
    case.exactly("largest rise of the energy in any move", 0.0, np.maximum(0, np.diff(energy, axis=-1)).max())


@pytest.mark.parametrize(("a", "c", "delta"), [(1.0, 0.5, 0.9), (1.0, 0.8, 0.9), (1.0, 0.3, 0.93)])
def test_v38_market_against_committee(case, a, c, delta):
    """Two who each want their own standard: the market coordinates with chance 2 (1 - q) / (2 - q).

    The chance q of committing oneself in a year is the mixed equilibrium, given as the worth of waiting;
    who commits first, who follows, and how often both move at once is the model's.
    """
    q = float(brentq(lambda x: a * (1 - x) - x * c - (1 - x) ** 2 * delta * a, 1e-9, 1.0))
    p = float(
        brentq(lambda x: c + x * (a - c) / 2 - x * a - (1 - x) * delta * (c + x * (a - c) / 2), 1e-9, 1.0)
    )
    copies, runs = 100, 30
    own = 60.0  # each likes its own standard so much that it takes no other unless the other has moved
    taste = np.zeros((2, copies, 2))
    taste[0, :, 0] = taste[1, :, 1] = own
    for chance, years, what in ((q, 8, "market"), (p, 25, "committee")):
        toy = ls.toy_world(2, 2, copies, installed=np.zeros((2, copies, 2)), taste=taste)
        ds = case.played(
            toy,
            years,
            runs=runs,
            record=("winner", "installed"),
            network_weight=3 * own,
            outside_level=own + float(log_odds(1 - chance)),
            greenfield_rate=1.0,
            switching_cost=10 * own,
        )
        bought = ds.winner.values[:, 1:] >= 0  # (run, year, country, copy)
        started = bought.any(axis=2)
        first = np.where(started.any(axis=1), started.argmax(axis=1), years)
        silent = (1 - chance) ** 2
        case.proportion(f"somebody commits in the first year, {what}, c = {c}", 1 - silent, first == 0)
        delay = (1 - silent**years) * silent / (1 - silent)
        half = years * np.sqrt(np.log(2e6) / 2 / first.size)
        case.check(
            f"mean delay, at most {years}, {what}, c = {c}",
            delay,
            first.mean(),
            Region(delay - half, delay + half, "Hoeffding"),
            first.size,
        )
        if what == "market":
            base = ds.installed.values[:, -1]
            moved = started.any(axis=1)
            same = (base[:, 0, :, 0] > 0.5) == (base[:, 1, :, 0] > 0.5)
            case.proportion(
                f"coordinates once somebody has moved, c = {c}", 2 * (1 - q) / (2 - q), same[moved]
            )
