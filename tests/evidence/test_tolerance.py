"""What misses say of how far a model is off: by hand, and where the truth is known."""

import numpy as np
import pytest
from scipy.stats import chi2

from lockin_sim.evidence.tolerance import PRIOR, learnt


def drawn(kind, spread, true, facts, seed):
    """Squared misses of a model whose runs differ by ``spread`` and whose misses by ``true``."""
    rng = np.random.default_rng(seed)
    return [kind] * facts, rng.normal(0, true, facts) ** 2


def both(*parts):
    kinds = [kind for names, _ in parts for kind in names]
    squares = np.concatenate([square for _, square in parts])
    return learnt(kinds, [str(k) for k in range(len(kinds))], squares, np.full(len(kinds), 0.01))


def test_many_facts_show_what_is_there():
    """Runs differ by 0.1: kinds that miss by 0.2, by 0.1 and by 0.05."""
    sizes = {"wide": 0.2, "as runs": 0.1, "narrow": 0.05}
    found = both(*(drawn(kind, 0.1, true, 4000, k) for k, (kind, true) in enumerate(sizes.items())))
    for kind, true in sizes.items():
        assert found[kind].ratio == pytest.approx((true / 0.1) ** 2, rel=0.08)
        assert found[kind].left * 0.01 + found[kind].more == pytest.approx(true**2, rel=0.08)
    assert found["wide"].more == pytest.approx(0.03, rel=0.08)
    assert found["wide"].left == pytest.approx(1.0)
    assert found["narrow"].more == pytest.approx(0.0, abs=1e-6)


def test_a_kind_of_few_facts_is_drawn_to_the_median_one():
    many = [drawn(kind, 0.1, 0.1, 500, k) for k, kind in enumerate("abc")]
    alone = (["d"], np.array([0.25]))  # one miss of five standard deviations
    found = both(*many, alone)
    median = np.median([np.mean(square) / 0.01 for _, square in [*many, alone]])
    assert found["d"].ratio == pytest.approx((PRIOR * median + 25) / (PRIOR + 1 - 2))
    assert found["d"].ratio < 25
    assert found["d"].more > 20 * found["a"].more


def test_parts_below_and_above_one_are_those_of_the_law():
    found = both((["a"] * 3, np.array([0.01, 0.02, 0.03])))["a"]
    scale = PRIOR * 2 + 3 * 2
    x = chi2.ppf((np.arange(200_000) + 0.5) / 200_000, PRIOR + 3)
    assert found.left == pytest.approx(np.minimum(scale / x, 1).mean(), rel=1e-3)
    assert found.more == pytest.approx(0.01 * np.maximum(scale / x - 1, 0).mean(), rel=1e-2)


def test_facts_that_are_missed_alike_count_as_one():
    squares = np.full(40, 0.05)
    many, one = (
        learnt(["a"] * 40, clusters, squares, np.full(40, 0.01))["a"]
        for clusters in ([str(k) for k in range(40)], ["x"] * 40)
    )
    assert many.ratio == pytest.approx(5, rel=0.06)
    assert one.ratio > many.ratio  # less is known, so that more is granted


def test_nothing_is_said_of_what_has_no_spread():
    assert learnt(["a"], ["x"], np.array([1.0]), np.zeros(1)) == {}
    assert learnt([], [], np.zeros(0), np.zeros(0)) == {}
