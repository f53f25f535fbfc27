"""What does the record say of loans and suppliers, and does the line find what was planted?"""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.evidence.borrowers import AHEAD, borrowers
from lockin_sim.evidence.estimate import least_squares


def test_a_line_finds_its_weights_and_its_errors_are_those_of_clusters():
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        cluster = np.repeat(np.arange(40), 3)
        x = np.column_stack([np.ones(120), rng.normal(size=120), np.repeat(rng.normal(size=40), 3)])
        y = x @ [0.5, 1.0, -2.0] + np.repeat(rng.normal(size=40), 3) + 0.3 * rng.normal(size=120)
        fit = least_squares(x, y, cluster)
        found.append([low <= truth <= high for truth, (_, low, high) in zip(
            [0.5, 1.0, -2.0], (fit.interval(each) for each in np.eye(3)), strict=True)])  # fmt: skip
    assert (np.mean(found, axis=0) > 0.9).all()
    assert (np.mean(found, axis=0) < 0.995).all()


def test_covariates_that_one_cluster_alone_tells_are_refused():
    x = np.column_stack([np.ones(6), [1, 1, 0, 0, 0, 0]])
    with pytest.raises(ls.InputError, match="do not determine 2 covariates"):
        least_squares(x, np.arange(6.0), np.array([0, 0, 1, 1, 2, 2]))


def test_rows_are_shares_with_intervals_and_placebos_beside_them():
    rows = borrowers()
    names = [each.quantity for each in rows]
    assert len(rows) == len(set(names)) == 6
    assert [each.role for each in rows] == ["check", "placebo"] * 2 + ["check"] * 2
    for each in rows:
        assert each.low <= each.value <= each.high
        assert each.n >= 5
        assert each.clusters >= 10
    assert f"next {AHEAD} years" in names[1]
    for kept in rows[4:]:
        assert 0 <= kept.low < kept.high <= 1
