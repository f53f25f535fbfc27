"""What does the record say of loans and suppliers, and does the line find what was planted?"""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.evidence import borrowers_in_runs as inside
from lockin_sim.evidence.borrowers import AHEAD, estimate_borrowers
from lockin_sim.evidence.estimate import fit_least_squares


def test_a_line_finds_its_weights_and_its_errors_are_those_of_clusters():
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        cluster = np.repeat(np.arange(40), 3)
        x = np.column_stack([np.ones(120), rng.normal(size=120), np.repeat(rng.normal(size=40), 3)])
        y = x @ [0.5, 1.0, -2.0] + np.repeat(rng.normal(size=40), 3) + 0.3 * rng.normal(size=120)
        fit = fit_least_squares(x, y, cluster)
        found.append([low <= truth <= high for truth, (_, low, high) in zip(
            [0.5, 1.0, -2.0], (fit.interval(each) for each in np.eye(3)), strict=True)])  # fmt: skip
    assert (np.mean(found, axis=0) > 0.9).all()
    assert (np.mean(found, axis=0) < 0.995).all()


def test_covariates_that_one_cluster_alone_tells_are_refused():
    x = np.column_stack([np.ones(6), [1, 1, 0, 0, 0, 0]])
    with pytest.raises(ls.InputError, match="do not determine 2 covariates"):
        fit_least_squares(x, np.arange(6.0), np.array([0, 0, 1, 1, 2, 2]))


def test_rows_are_shares_with_intervals_and_placebos_beside_them():
    rows = estimate_borrowers()
    names = [each.quantity for each in rows]
    assert len(rows) == len(set(names)) == 8
    assert [each.role for each in rows] == ["check", "placebo"] * 2 + ["check"] * 3 + ["placebo"]
    for each in rows:
        assert each.low <= each.value <= each.high
        assert each.n >= 5
        assert each.clusters >= 10
    assert f"next {AHEAD} years" in names[1]
    for kept in rows[4:6]:
        assert 0 <= kept.low < kept.high <= 1


def test_lines_on_runs_are_those_on_record_and_say_what_loans_truly_do():
    found = inside.estimate_loans_in_runs(3, 2)
    on_record = [each.quantity for each in estimate_borrowers()]
    assert list(found) == [*on_record[:4], on_record[6]]
    for (mean, low, high), _ in found.values():
        assert low <= mean <= high
    effects = [effect for _, effect in found.values()]
    assert [effect is None for effect in effects] == [False, True, False, True, False]
    assert effects[0] == effects[2]  # no economy that borrows is rich
    assert effects[0][0] > 0
    assert inside.estimate_loans_in_runs(3, 2) is found


def test_where_loans_fall_by_chance_a_line_on_a_run_finds_what_they_do(real_world):
    """Half of the economies borrow in 2013, and a loan adds .3 to whatever a supplier would have been."""
    rng, years = np.random.default_rng(4), real_world.present - real_world.first_year + 1
    shape = years, len(real_world.lots)
    generation = np.repeat((np.arange(years) >= 6)[:, None] - 1, shape[1], axis=1)
    lent = np.zeros((years, len(real_world.countries)), dtype=bool)
    lent[3] = rng.random(lent.shape[1]) < 0.5
    never = {
        "generation": generation,
        "chinese": np.full(shape, 0.2),
        "lent": lent,
        "city": np.full(lent.shape[1], 0.1),
    }
    with_loans = never | {
        "chinese": 0.2 + 0.3 * lent[3][real_world.lots.country] * np.ones((years, 1)),
        "city": 0.1 + 0.3 * lent[3],
    }
    for said, line, at, effect in inside._iterate_regressions(real_world, with_loans, never):
        weight = np.linalg.lstsq(line.x, line.y, rcond=None)[0][at]
        before = "after a loan" in said
        np.testing.assert_allclose(
            [weight, effect], [0.3, 0.3] if before else [0.0, np.nan], atol=1e-9, err_msg=said
        )
    *_, (_, _, _, nothing) = inside._iterate_regressions(real_world, never, never)
    assert nothing == 0.0
