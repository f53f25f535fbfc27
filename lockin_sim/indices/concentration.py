"""How concentrated a market is."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats


def hhi(shares: Floats) -> Floats:
    r"""Herfindahl-Hirschman index :math:`\sum_k x_k^2` (I1); times 10 000 on the antitrust scale.

    shares  (..., vendor), each 0 to 1, NaN where a vendor is not on the market
    Source: Herfindahl (1950); Hirschman (1964).
    """
    return np.nansum(np.square(shares), axis=-1)


def relative_hhi(shares: Floats) -> Floats:
    r"""The index between 0 (equal shares) and 1 (one vendor): :math:`(H - 1/K)/(1 - 1/K)` (I2)."""
    least = 1.0 / np.sum(~np.isnan(shares), axis=-1)
    return (hhi(shares) - least) / (1.0 - least)


def effective_number(shares: Floats) -> Floats:
    """Number of equal vendors as concentrated as these: 1 / HHI (I3).  shares (..., vendor)."""
    return 1.0 / hhi(shares)


def entropy(shares: Floats) -> Floats:
    r"""Shannon entropy :math:`-\sum_k x_k \ln x_k` (I4), nats.  shares (..., vendor)."""
    positive = np.nan_to_num(shares) > 0
    return -np.sum(np.where(positive, shares * np.log(np.where(positive, shares, 1.0)), 0.0), axis=-1)


def evenness(shares: Floats) -> Floats:
    r"""Entropy over that of equal shares, 0 to 1: :math:`H / \ln K` (I5).  shares (..., vendor)."""
    return entropy(shares) / np.log(np.sum(~np.isnan(shares), axis=-1))
