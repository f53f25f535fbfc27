"""Where a market tips, how wide the loop is, and whether one sees it coming."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from lockin_sim.conventions import Floats


def tipping_point(tips: Callable[[float], bool], low: float, high: float, tolerance: float = 1e-3) -> float:
    """Least push that tips a market, by bisection (I21).

    tips  whether a push of that size tips it; false at low, true at high, and monotone
    """
    while high - low > tolerance:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if tips(middle) else (middle, high)
    return high


def hysteresis_width(push: Floats, up: Floats, down: Floats, level: float = 0.5) -> float:
    """Distance of the pushes at which a share crosses a level on the way up and on the way down (I22).

    push      (step,), rising
    up, down  (step,), share at each push when it was reached from below, and from above
    """
    return float(push[np.argmax(up >= level)] - push[np.argmax(down >= level)])


def early_warning(series: Floats, window: int) -> tuple[Floats, Floats]:
    """Variance and lag-1 autocorrelation in a rolling window, each window freed of its linear trend (I23).

    series  (year,)
    Returns two arrays (year - window + 1,).  Source: Scheffer et al. (2009).
    """
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(series, dtype=np.float64), window)
    t = np.arange(window) - (window - 1) / 2
    centred = windows - windows.mean(axis=1, keepdims=True)
    rest = centred - (centred @ t)[:, None] * t / (t @ t)
    variance = (rest**2).sum(axis=1) / (window - 2)
    return variance, (rest[:, 1:] * rest[:, :-1]).sum(axis=1) / np.maximum((rest**2).sum(axis=1), 1e-300)


def kendall_trend(indicator: Floats) -> float:
    """Kendall's rank correlation of an indicator with time: near 1 is a warning (I24).  (year,)."""
    return float(stats.kendalltau(np.arange(len(indicator)), indicator).statistic)
