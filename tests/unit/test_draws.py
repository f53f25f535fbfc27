"""Are the shocks what they claim: uniform, Gumbel, normal, independent, and keyed by labels alone?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from lockin_sim.draws import Draws, combine, label_keys

N = 40_000
#: Acceptance at a false-alarm rate of 1e-6: Dvoretzky-Kiefer-Wolfowitz, and a correlation of N pairs.
DKW = 2.6934 / np.sqrt(N)
CORRELATION = 4.8916 / np.sqrt(N)

CELLS = label_keys([f"cell {i}" for i in range(N)])


def uniform(
    seed: int = 0, run: int = 0, name: str = "offer", year: int = 2020, cells: np.ndarray = CELLS
) -> np.ndarray:
    return Draws.uniform(Draws(seed, [run]).stream(name, year), cells)


def distance(sample: np.ndarray, law: stats.rv_continuous) -> float:
    return float(stats.kstest(sample, law.cdf).statistic)


def test_shocks_in_float32_are_those_of_float64_rounded_and_finite() -> None:
    stream = Draws(3, [1]).stream("offer", 2020)
    for shock in (Draws.gumbel, Draws.normal):
        exact, single = shock(stream, CELLS), shock(stream, CELLS, np.float32)
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, exact, rtol=3e-7, atol=3e-7)
    # the key whose uniform number is the last below 1 is far from infinity in either kind
    assert np.isfinite(-np.log(np.float32(-np.log(1 - 2.0**-53))))


def test_shocks_over_labels_are_uniform_gumbel_and_normal() -> None:
    stream = Draws(3, [1]).stream("offer", 2020)
    assert distance(Draws.uniform(stream, CELLS), stats.uniform) < DKW
    assert distance(Draws.gumbel(stream, CELLS), stats.gumbel_r) < DKW
    assert distance(Draws.normal(stream, CELLS), stats.norm) < DKW


@pytest.mark.parametrize("seed", [0, 1, -1, 2**70])
def test_shocks_over_runs_are_uniform(seed: int) -> None:
    stream = Draws(seed, range(N)).stream("offer", 2020)
    assert distance(Draws.uniform(stream, label_keys(["KEN"])), stats.uniform) < DKW


def test_shocks_over_years_and_over_seeds_are_uniform() -> None:
    n = 4000
    key = label_keys(["KEN"])
    over_years = [Draws.uniform(Draws(0, [0]).stream("offer", year), key)[0] for year in range(n)]
    over_seeds = [Draws.uniform(Draws(seed, [0]).stream("offer", 2020), key)[0] for seed in range(n)]
    for sample in (over_years, over_seeds):
        assert distance(np.array(sample), stats.uniform) < 2.6934 / np.sqrt(n)


def test_shocks_never_reach_their_ends() -> None:
    """Ends would make an infinite Gumbel shock; the keys that mix to all zeros or all ones must not."""
    keys = np.array([0, 2**64 - 1], dtype=np.uint64)
    for shocks in (Draws.uniform(keys, np.zeros(1, np.uint64)), uniform()):
        assert shocks.min() > 0.0
        assert shocks.max() < 1.0


OTHERS = {
    "another seed": {"seed": 1},
    "another run": {"run": 1},
    "another shock": {"name": "outside"},
    "another year": {"year": 2021},
    "the next country": {"cells": np.roll(CELLS, 1)},
}


@pytest.mark.parametrize("change", OTHERS)
def test_shocks_that_differ_in_anything_are_independent(change: str) -> None:
    one, other = uniform(), uniform(**OTHERS[change])
    assert abs(np.corrcoef(one, other)[0, 1]) < CORRELATION
    table, _, _ = np.histogram2d(one, other, bins=10, range=((0, 1), (0, 1)))
    chi_square = ((table - N / 100) ** 2 / (N / 100)).sum()
    assert chi_square < stats.chi2.isf(1e-6, 99)


def test_cells_of_a_table_do_not_know_their_row_or_column() -> None:
    """Keys of tables are put together from labels: rows, columns and the table as a whole are independent."""
    rows, columns = label_keys([f"r{i}" for i in range(200)]), label_keys([f"c{i}" for i in range(200)])
    stream = Draws(0, [0]).stream("taste")
    for keys in (combine(rows[:, None], columns), rows[:, None] ^ columns):
        shocks = Draws.uniform(stream, keys) - 0.5
        assert abs(shocks.mean(axis=0)).max() < 6 * np.sqrt(1 / 12 / 200)
        assert abs(shocks.mean(axis=1)).max() < 6 * np.sqrt(1 / 12 / 200)
        crossed = (shocks[:-1, :-1] * shocks[1:, 1:] * shocks[:-1, 1:] * shocks[1:, :-1]).mean()
        assert abs(crossed) < 4.8916 / 144 / 199


def test_shocks_are_keyed_by_labels_not_by_their_order_or_company() -> None:
    labels = ["KEN", "DEU", "CHN", "USA"]
    stream = Draws(5, [3]).stream("tender", 2019)
    together = dict(zip(labels, Draws.uniform(stream, label_keys(labels)), strict=True))
    for order in itertools.permutations(labels):
        assert dict(zip(order, Draws.uniform(stream, label_keys(order)), strict=True)) == together
    for label in labels:
        assert Draws.uniform(stream, label_keys([label]))[0] == together[label]


def test_a_run_has_the_same_shocks_in_any_batch() -> None:
    many = Draws(5, range(50)).stream("tender", 2019)
    assert Draws(5, [17]).stream("tender", 2019)[0] == many[17]
    assert Draws(5, [30, 17]).stream("tender", 2019)[1] == many[17]


def test_without_histories_every_country_has_the_luck_of_the_run() -> None:
    draws = Draws(5, [3, 17])
    keys = draws.of_country("offer", 2019)
    assert keys.shape == (2, 1)
    np.testing.assert_array_equal(keys[:, 0], draws.stream("offer", 2019))


def test_a_country_may_have_the_luck_of_another_run() -> None:
    """Histories name, for each run and country, whose luck it has; the stream of the run stays its own."""
    histories = np.array([[3, 40], [17, 3]])
    draws = Draws(5, [3, 17], histories)
    keys = draws.of_country("offer", 2019)
    assert keys.shape == (2, 2)
    of_run = {run: Draws(5, [run]).stream("offer", 2019)[0] for run in (3, 17, 40)}
    assert keys.tolist() == [[of_run[run] for run in row] for row in histories]
    np.testing.assert_array_equal(draws.stream("offer", 2019), Draws(5, [3, 17]).stream("offer", 2019))


def test_histories_of_the_runs_themselves_change_nothing() -> None:
    plain, given = Draws(5, [3, 17]), Draws(5, [3, 17], np.array([[3] * 4, [17] * 4]))
    np.testing.assert_array_equal(given.of_country("taste"), np.repeat(plain.of_country("taste"), 4, axis=1))


def test_the_order_of_a_combination_of_labels_matters() -> None:
    a, b = label_keys(["a"]), label_keys(["b"])
    assert combine(a, b) != combine(b, a)
    assert combine(a) != combine(a, a)


def test_labels_have_different_keys_and_equal_labels_equal_ones() -> None:
    keys = label_keys([f"label {i}" for i in range(N)])
    assert len(np.unique(keys)) == N
    assert label_keys(["KEN"]) == label_keys(["KEN"])


def test_shocks_are_the_same_on_every_machine() -> None:
    """Written down once: a change of the generator changes every published number."""
    stream = Draws(7, [0, 1]).stream("offer", 2020)
    np.testing.assert_allclose(Draws.uniform(stream, label_keys(["KEN"])), WRITTEN_DOWN, rtol=0, atol=0)


WRITTEN_DOWN = [0.106107794076777, 0.03408915777976834]


def test_single_shocks_may_have_a_seed_of_their_own() -> None:
    """By name and year; all others keep that of all."""
    mixed = Draws(5, [3, 17], seed_of=lambda name, year: 6 if (name, year) == ("offer", 2019) else 5)
    plain, other = Draws(5, [3, 17]), Draws(6, [3, 17])
    np.testing.assert_array_equal(mixed.stream("offer", 2019), other.stream("offer", 2019))
    np.testing.assert_array_equal(mixed.of_country("offer", 2020), plain.of_country("offer", 2020))
    np.testing.assert_array_equal(mixed.of_country("taste"), plain.of_country("taste"))
