"""A market slows down before it tips, and shows it (V31)."""

import numpy as np
import pytest
from scipy.linalg import toeplitz
from theory import few, measures
from theory.regions import Region, Z, binomial, normal
from theory.runs import on, played, with_path

import lockin_sim as ls

HELD, WINDOW, BUYERS = 10, 400, 250


def swept_market(case, field, copies):
    """Mean choice by year of buyers who start on A and reconsider together under a field.  (year, copy)."""
    quality = np.zeros((len(field), copies, 2))
    quality[..., 0] = 2 * field[:, None]
    start, seen = on(0, BUYERS, 2, copies), np.full((BUYERS, BUYERS), 1 / BUYERS)
    toy = ls.toy_world(BUYERS, 2, copies, installed=start, influence=seen)
    world, seed = with_path(toy, quality), case.seed(len(field))
    ds = played(world, len(field) - 1, seed, network_weight=2 * 1.5)
    return 2 * ds.vendor_share.values[0, :, :, 0] - 1


@pytest.mark.parametrize("bh", [*(pytest.param(x, marks=pytest.mark.slow) for x in (0.2, 0.0, -0.1)), -0.14])
def test_v31_a_market_near_its_tipping_point_slows_down(case, bh):
    """The nearer the field is to -h_c = -.2075, the larger and the longer-lived are the market's swings."""
    mean, covariance = few.well(few.all_at_once(BUYERS, 1.5, bh), WINDOW)
    path = swept_market(case, np.full(60 + WINDOW, bh), HELD)[60:]
    assert (path > 0).all()
    r = covariance[1] / covariance[0]
    case.check(
        f"mean choice, bh = {bh}",
        mean,
        path.mean(),
        normal(mean, float(np.sqrt(covariance[0] * (1 + r) / (1 - r))), HELD * WINDOW),
        HELD * WINDOW,
    )
    # a window freed of its trend, in the mean: traces of the projection with the covariances of the chain
    t = np.arange(WINDOW) - (WINDOW - 1) / 2
    free = np.eye(WINDOW) - 1 / WINDOW - np.outer(t, t) / (t @ t)
    spread = free @ toeplitz(covariance) @ free
    variance = np.trace(spread) / (WINDOW - 2)
    correlation = np.trace(spread, 1) / np.trace(spread)
    found = np.array([measures.early_warning(series, WINDOW) for series in path.T])[..., 0].mean(axis=0)
    sd = variance * np.sqrt(2 * (1 + r**2) / (1 - r**2))
    case.check(
        f"N times variance, bh = {bh}",
        BUYERS * variance,
        BUYERS * found[0],
        normal(float(BUYERS * variance), float(BUYERS * sd), HELD * WINDOW),
        HELD * WINDOW,
        warning_bh=bh,
        lag_one=float(found[1]),
    )
    half = Z * np.sqrt((1 - r**2) / (HELD * WINDOW)) + 4 / WINDOW
    case.check(
        f"lag-1 correlation, bh = {bh}",
        correlation,
        found[1],
        Region(correlation - half, correlation + half, "normal, next order in 1/window"),
        HELD * WINDOW,
    )


@pytest.mark.slow
def test_v31_rising_variance_warns_before_the_market_tips(case):
    """A field that creeps towards -h_c raises the variance; a field that is held gives no trend."""
    years, copies = 550, 40
    held, creeping = np.full(years, 0.25), np.linspace(0.25, -0.14, years)
    trend = {}
    for name, field in (("held", held), ("creeping", creeping)):
        path = swept_market(case, field, copies)[50:]
        assert (path > 0).all()
        trend[name] = np.array(
            [measures.kendall_trend(measures.early_warning(series, 120)[0]) for series in path.T]
        )
    # a stationary market looks the same backwards: either sign of a trend is as likely
    case.proportion("markets with a rising variance, field held", 0.5, trend["held"] > 0)
    rising = float((trend["creeping"] > 0).mean())
    chance = binomial(0.5, copies)
    region = Region(chance.high, 1.0, "outside what a held field gives")
    case.check("markets with a rising variance, field creeping", 1.0, rising, region, copies)
