"""Measures of lock-in by which theory is told from a run: mobility, memory, path dependence, tipping."""

import numpy as np
from scipy import stats


def transitions(choices, vendors):
    """Estimated chance of going from each vendor to each; rows without an owner are NaN.

    choices  (..., year, chooser), -1 is no choice
    Returns (vendor, vendor).
    """
    before, now = choices[..., :-1, :].ravel(), choices[..., 1:, :].ravel()
    both = (before >= 0) & (now >= 0)
    counts = np.bincount(before[both] * vendors + now[both], minlength=vendors**2).reshape(vendors, vendors)
    owners = counts.sum(axis=1, keepdims=True)
    return np.where(owners > 0, counts / np.maximum(owners, 1), np.nan)


def shorrocks(chain):
    """Mobility index (K - trace) / (K - 1) of a transition matrix: 0 nobody moves, 1 no memory.

    Source: Shorrocks (1978).
    """
    k = len(chain)
    return float((k - np.trace(chain)) / (k - 1))


def stationary_shares(chain):
    """Shares that a transition matrix leaves as they are.  (vendor,)."""
    k = len(chain)
    equations = np.vstack([chain.T - np.eye(k), np.ones(k)])
    result = np.linalg.lstsq(equations, np.append(np.zeros(k), 1.0), rcond=None)[0]
    return result


def memory_time(chain):
    r"""Years in which the trace of the past falls by a factor e: :math:`-1/\ln|\lambda_2|`."""
    second = np.sort(np.abs(np.linalg.eigvals(chain)))[-2]
    with np.errstate(divide="ignore"):
        return float(-1.0 / np.log(second)) if second < 1 else float(np.inf)


def first_mover_effect(share, first):
    """Share of a vendor when it entered first, less its share when the other did.

    share  (run,), share of the vendor at the end
    first  (run,), bool: it entered first; drawn at random between otherwise equal vendors
    """
    return float(share[first].mean() - share[~first].mean())


def _entropy_of(counts):
    """Entropy of counts in nats."""
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())


def mutual_information(early, late, *, corrected=True):
    """Information that an early fact holds about a late one, nats.

    early, late  (run,), whole numbers from 0 on
    corrected    subtract the Miller-Madow bias of the plug-in estimate, (cells - rows - columns + 1) / 2M
    Source: Miller (1955).
    """
    outcomes = int(late.max()) + 1
    counts = np.bincount(early * outcomes + late, minlength=(int(early.max()) + 1) * outcomes)
    table = counts.reshape(-1, outcomes)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    plain = _entropy_of(rows) + _entropy_of(columns) - _entropy_of(table.ravel())
    if not corrected:
        return plain
    bias = (np.sum(table > 0) - np.sum(rows > 0) - np.sum(columns > 0) + 1) / (2 * table.sum())
    return float(plain - bias)


def path_dependence(early, late):
    """Part of the uncertainty about the outcome that early history removes: I / H, 0 to 1.

    early, late  (run,), whole numbers from 0 on; bias-corrected, so that it may fall below 0 by chance
    """
    uncertainty = _entropy_of(np.bincount(late))
    return mutual_information(early, late) / uncertainty if uncertainty > 0 else 0.0


def tipping_point(tips, low, high, tolerance=1e-3):
    """Least push that tips a market, by bisection.

    tips  whether a push of that size tips it; false at low, true at high, and monotone
    """
    while high - low > tolerance:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if tips(middle) else (middle, high)
    return high


def early_warning(series, window):
    """Variance and lag-1 autocorrelation in a rolling window, each window freed of its linear trend.

    series  (year,)
    Returns two arrays (year - window + 1,).  Source: Scheffer et al. (2009).
    """
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(series, dtype=np.float64), window)
    t = np.arange(window) - (window - 1) / 2
    centred = windows - windows.mean(axis=1, keepdims=True)
    rest = centred - (centred @ t)[:, None] * t / (t @ t)
    variance = (rest**2).sum(axis=1) / (window - 2)
    return variance, (rest[:, 1:] * rest[:, :-1]).sum(axis=1) / np.maximum((rest**2).sum(axis=1), 1e-300)


def kendall_trend(indicator):
    """Kendall's rank correlation of an indicator with time: near 1 is a warning.  (year,)."""
    return float(stats.kendalltau(np.arange(len(indicator)), indicator).statistic)
