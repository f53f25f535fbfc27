"""Other ways to draw luck: what they promise, and what is said of them."""

from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls

ROOT = Path(__file__).parents[2]
RUNS = 64


@pytest.fixture(autouse=True)
def from_the_checkout(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


def numbers(kind) -> np.ndarray:
    """Uniform numbers of some runs and cells.  (run, cell)."""
    from lockin_sim.draws import Draws, label_keys

    cells = label_keys([f"cell {i}" for i in range(500)])
    return kind.uniform(Draws(1, range(RUNS)).stream("taste")[:, None], cells)


def test_a_pair_of_antithetic_runs_is_mirrored():
    from benchmarks.variance import Antithetic

    u = numbers(Antithetic)
    np.testing.assert_allclose(u[::2] + u[1::2], 1.0, rtol=0, atol=1e-15)
    assert abs(np.corrcoef(u[::2].ravel(), np.roll(u[::2], 1, axis=0).ravel())[0, 1]) < 0.05


def test_each_part_of_a_stratum_is_met_once():
    from benchmarks.variance import STRATA, Stratified

    part = np.floor(numbers(Stratified) * STRATA).astype(int).reshape(-1, STRATA, 500)
    np.testing.assert_array_equal(np.sort(part, axis=1), np.arange(STRATA)[:, None] + np.zeros_like(part))
    first = np.bincount(part[:, 0].ravel(), minlength=STRATA)  # which part comes first is chance
    assert (np.abs(first / first.sum() - 1 / STRATA) < 0.03).all()


def test_shocks_of_other_kinds_are_made_of_the_altered_numbers():
    from scipy.special import ndtri

    from benchmarks.variance import Antithetic
    from lockin_sim.draws import Draws

    stream = Draws(1, range(RUNS)).stream("taste")
    u = Antithetic.uniform(stream, 7)
    np.testing.assert_array_equal(Antithetic.normal(stream, 7), ndtri(u))
    np.testing.assert_allclose(np.exp(-np.exp(-Antithetic.gumbel(stream, 7))), u)


def test_a_mean_of_pairs_that_cancel_does_not_scatter():
    from benchmarks.variance import variance_of_mean

    values = np.array([1.0, 3.0, 0.0, 4.0, 5.0, -1.0])
    assert variance_of_mean(values, 2) == 0.0
    assert variance_of_mean(values, 1) == pytest.approx(values.var(ddof=1) / 6)


def test_the_core_draws_so_only_within():
    from benchmarks.variance import Antithetic, drawn

    asked = {"world": ls.toy_world(4, 2, 3), "runs": 4, "seed": 1, "years": (0, 4)}
    before = ls.simulate(**asked)
    with drawn(Antithetic):
        within = ls.simulate(**asked)
    assert not within.equals(before)
    assert ls.simulate(**asked).equals(before)


def test_what_is_gained_is_found_in_numbers_whose_answer_is_known():
    from benchmarks.variance import Sample, _gains

    rng = np.random.default_rng(2)
    base = rng.normal(size=(1, 40_000))
    noise = rng.normal(size=(1, 40_000))  # effects of variance 1 + 3, of scenarios 4 + 3
    effect = base + np.sqrt(3) * noise
    plain = Sample(effect, base + effect, base)
    half = np.repeat(rng.normal(size=(1, 20_000)), 2, axis=1) * np.where(np.arange(40_000) % 2, -0.9, 1.0)
    found = _gains({"independent": plain, "antithetic": Sample(half, half, half)})
    shared, mirrored, control = (float(values[0]) for values in found.values())
    assert shared == pytest.approx((4 + 3 + 1) / 4, rel=0.03)
    assert mirrored == pytest.approx((4 / 40_000) / (0.05**2 / 20_000), rel=0.03)
    assert control == pytest.approx(1 / (1 - 1 / 4), rel=0.03)


def test_what_is_gained_is_said():
    from benchmarks.variance import markdown

    one = {"median": 1.1, "least": 0.9, "most": 1.3, "low": 1.0, "high": 1.2, "effects": 2}
    assert "| mirrored | 1.1 | 1 to 1.2 | 0.9 | 1.3 | 2 |" in markdown(
        {"runs": 64, "gains": {"mirrored": one}}
    )


def test_runs_are_whole_strata(capsys):
    from benchmarks.variance import main

    with pytest.raises(SystemExit):
        main(["--runs", "65"])
    assert "a multiple of 8" in capsys.readouterr().err
