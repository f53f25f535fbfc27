"""Designs and inputs for SALib and the EMA Workbench: theirs, and never with a NaN in them."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.studies import sweep_ema, sweep_salib

VARIED = {"switching_cost": (0, 5), "noise_scale": (0.5, 1.5)}


@pytest.fixture
def with_nan(small, tmp_path):
    """A sweep whose flows are undefined in one of its years."""
    return ls.sweep(**(small | {"years": (0, 6)}), out=tmp_path / "nan.zarr")


def test_sobol_indices_of_a_sweep(small, tmp_path):
    pytest.importorskip("SALib")
    from SALib.analyze import sobol

    design = sweep_salib.saltelli(VARIED, 8, second_order=False, seed=1)
    assert (len(design), design.method) == (8 * (2 + 2), "saltelli")
    ds = ls.sweep(**(small | {"design": design, "runs": 4}), out=tmp_path / "s.zarr")
    problem, X, Y = sweep_salib.inputs(ds, "lock_in", 6)
    assert problem == {"num_vars": 2, "names": list(VARIED), "bounds": [[0, 5], [0.5, 1.5]]}
    assert np.array_equal(X, np.stack([design.values[n] for n in VARIED], axis=1))
    assert np.array_equal(Y, ds["lock_in"].sel(year=6).values.mean(axis=1))
    found = sobol.analyze(problem, Y, calc_second_order=False, seed=1)
    assert found["ST"][0] > found["ST"][1]  # lock-in is the work of switching costs, not of noise


def test_morris_screening_of_a_sweep(small, tmp_path):
    pytest.importorskip("SALib")
    from SALib.analyze import morris

    design = sweep_salib.morris(VARIED, 5, seed=1)
    assert len(design) == 5 * (2 + 1)
    ds = ls.sweep(**(small | {"design": design}), out=tmp_path / "s.zarr")
    found = morris.analyze(*sweep_salib.inputs(ds, "lock_in", 6), seed=1)
    assert found["mu_star"][0] > found["mu_star"][1]


def test_the_workbench_reads_a_sweep(small, tmp_path):
    pytest.importorskip("ema_workbench")
    from ema_workbench.analysis import feature_scoring

    design = ls.design.latin_hypercube(VARIED, n=30, seed=1)
    ds = ls.sweep(**(small | {"design": design}), out=tmp_path / "s.zarr")
    experiments, outcomes = sweep_ema.results(ds)
    assert list(experiments) == list(VARIED)
    assert {name: v.shape for name, v in outcomes.items()} == {"lock_in": (30, 2), "retention": (30, 2)}
    scores, _ = feature_scoring.get_ex_feature_scores(
        experiments,
        outcomes["lock_in"][:, 1],
        mode=feature_scoring.RuleInductionType.REGRESSION,
        nr_trees=20,
    )
    assert scores.loc["switching_cost", 1] > scores.loc["noise_scale", 1]
    mixed = ls.design.grid({"switching_cost": [1, 2], "scenario": ["baseline", "open_ran"]})
    kinds = [type(u).__name__ for u in sweep_ema.uncertainties(design) + sweep_ema.uncertainties(mixed)]
    assert kinds == ["RealParameter", "RealParameter", "CategoricalParameter", "CategoricalParameter"]


def test_a_nan_is_refused_and_counted(with_nan):
    for call in (sweep_salib.inputs, lambda ds, *_: sweep_ema.results(ds)):
        with pytest.raises(ls.InputError, match="lock_in in 0: not defined in 24 of 24 runs at 8 points"):
            call(with_nan, "lock_in", 0)
    assert np.isfinite(sweep_salib.inputs(with_nan, "lock_in", 6).Y).all()


def test_a_design_with_gaps_is_refused(small, tmp_path):
    """One at a time leaves its columns blank at the points that are not theirs."""
    small["design"] = ls.design.one_at_a_time(VARIED, steps=2)
    ds = ls.sweep(**small, out=tmp_path / "s.zarr")
    with pytest.raises(ls.InputError, match=r"switching_cost: found '3 missing, at points \[0, 3, 4\]'"):
        sweep_ema.results(ds)
    with pytest.raises(ls.InputError, match="a missing value in the design"):
        sweep_salib.inputs(ds, "lock_in", 6)


def test_missing_runs_are_refused(small, tmp_path):
    class Stop(Exception):
        pass

    def stop(done: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        ls.sweep(**small, out=tmp_path / "s.zarr", progress=stop)
    with pytest.raises(ls.InputError, match="not defined in 18 of 24 runs"):
        sweep_salib.inputs(ls.open_sweep(tmp_path / "s.zarr"), "lock_in", 6)


def test_what_does_not_fit_is_refused(with_nan, small, tmp_path):
    with pytest.raises(ls.InputError, match="Did you mean 'lock_in'"):
        sweep_salib.inputs(with_nan, "lock_inn", 6)
    with pytest.raises(ls.InputError, match=r"one of \[0, 6\]"):
        sweep_salib.inputs(with_nan, "lock_in", 5)
    ds = ls.sweep(**(small | {"design": ls.design.grid({"turnover": [0.1, 0.2]})}), out=tmp_path / "s.zarr")
    with pytest.raises(ls.InputError, match="columns that vary between two numbers"):
        sweep_salib.inputs(ds, "lock_in", 6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sweep_salib.saltelli(VARIED, 6), "a power of two"),
        (lambda: sweep_salib.morris(VARIED, 5, levels=3), "an even number"),
        (lambda: sweep_salib.saltelli({"turnover": [0.1, 0.2, 0.3]}, 8), "two numbers"),
    ],
)
def test_samples_that_cannot_be_made_are_refused(call, message):
    pytest.importorskip("SALib")
    with pytest.raises(ls.InputError, match=message):
        call()


def test_without_the_libraries_there_is_a_message(monkeypatch):
    for name in ("SALib", "SALib.sample", "SALib.sample.sobol", "ema_workbench"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ls.InputError, match=r"pip install lockin-sim\[analysis\]"):
        sweep_salib.saltelli(VARIED, 8)
    with pytest.raises(ls.InputError, match=r"pip install lockin-sim\[analysis\]"):
        sweep_ema.uncertainties(ls.design.sobol(VARIED, n=4))
