"""Are indices those of functions whose indices are known, and does nothing undefined become a number?"""

import re

import numpy as np
import pytest
from analysis import cases
from plots.readable import assert_readable
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

import lockin_sim as ls
from lockin_sim import plots
from lockin_sim.cli import main
from lockin_sim.errors import InputError
from lockin_sim.explore.emulator import RIDGE, fitted
from lockin_sim.explore.points import points_of
from lockin_sim.explore.sensitivity import morris_levels, saltelli, sensitivity, sentences, table, write

#: y = 2 a + b + 3 a' b', centred: variances of the parts by hand.
LINEAR, PRODUCT = 1 / 12, 1 / 144
FAST = {"n": 64, "resamples": 20}


def known(columns):
    """2 a + b + 6 (a - 1/2)(b - 1/2); c does nothing."""
    a, b = columns["a"], columns["b"]
    return 2 * a + b + 6 * (a - 0.5) * (b - 0.5)


WHOLE = 4 * LINEAR + LINEAR + 36 * PRODUCT
FIRST = {"a": 4 * LINEAR / WHOLE, "b": LINEAR / WHOLE, "c": 0.0}
TOGETHER = 36 * PRODUCT / WHOLE


def test_any_design_has_the_indices_of_the_function():
    columns = cases.unit(160, "abc")
    found = sensitivity(cases.dataset(columns, known(columns)), n=256, resamples=20)
    at = found.sel(factor=list("abc"))
    assert found.attrs["sobol_from"] == "emulator"
    np.testing.assert_allclose(at["first"], list(FIRST.values()), atol=0.05)
    np.testing.assert_allclose(at["total"], [FIRST["a"] + TOGETHER, FIRST["b"] + TOGETHER, 0], atol=0.05)
    assert float(found["second"].sel(factor="a", other="b")) == pytest.approx(TOGETHER, abs=0.06)
    for name in ("first", "total", "mu_star", "pawn"):
        assert (found[f"{name}_low"] <= found[name]).all()
        assert (found[name] <= found[f"{name}_high"]).all()
    assert float(at["mu"][0]) == pytest.approx(2, abs=0.5)
    assert re.search(r"that explains \d+ % of the variance", sentences(found)[-1])
    assert float(at["pawn"][2]) < found.attrs["pawn_of_nothing"] < float(at["pawn"][0])


@pytest.mark.slow
def test_a_worse_emulator_has_wider_intervals():
    """Chance that is not in the noise of means, as where runs share their luck, is the emulator's error."""
    columns = cases.unit(120, "abc")
    widths = []
    for rough in (0.0, 0.6):
        y = known(columns) + rough * np.random.default_rng(7).normal(size=120)
        found = sensitivity(cases.dataset(columns, y), methods=["sobol"], **FAST)
        widths.append(float((found["total_high"] - found["total_low"]).mean()))
        error = found.attrs["emulator_error"]
    assert error > 0.4
    assert widths[1] > 1.5 * widths[0]


def test_a_design_of_the_method_is_used_as_it_is():
    of = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    for sample, method in (
        (sobol_sample.sample(of, 64, seed=1), "sobol"),
        (morris_sample.sample(of, 20, num_levels=6, seed=1), "morris"),
    ):
        columns = dict(zip("abc", sample.T, strict=True))
        found = sensitivity(cases.dataset(columns, known(columns)), methods=[method], **FAST)
        assert found.attrs[f"{method}_from"] == "simulated points"
        assert found.attrs["emulator"] == "none"
    assert float(found["mu_star"].sel(factor="c")) < 0.15
    assert float(found["mu"].sel(factor="a")) == pytest.approx(2, abs=1)


def test_designs_are_recognised_and_others_are_not():
    of = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    both = sobol_sample.sample(of, 8, seed=1)
    assert saltelli(both) is True
    assert saltelli(sobol_sample.sample(of, 8, calc_second_order=False, seed=1)) is False
    assert saltelli(np.random.default_rng(1).permutation(both)) is None
    path = morris_sample.sample(of, 8, num_levels=6, seed=1)
    assert morris_levels(path) == 6
    assert morris_levels(path[::-1][: len(path) - 1]) is None
    assert morris_levels(both) is None


@pytest.mark.slow
def test_groups_count_as_one():
    columns = cases.unit(160, "abc")
    found = sensitivity(cases.dataset(columns, known(columns)), groups={"rest": ["b", "c"]}, **FAST)
    assert found["factor"].values.tolist() == ["a", "rest"]
    assert found["members"].values.tolist() == ["a", "b, c"]
    wanted = [FIRST["a"] + TOGETHER, FIRST["b"] + TOGETHER]
    np.testing.assert_allclose(found["total"], wanted, atol=0.1)
    assert np.isnan(found["sigma"].sel(factor="rest"))


def test_words_and_truths_are_numbered_and_said():
    rng = np.random.default_rng(2)
    scenario = rng.choice(["baseline", "digital_oda", "open_ran"], 150)
    tied = rng.integers(0, 2, 150)
    columns = {"scenario": scenario, "export_finance[EU].tied": tied, "switching_cost": rng.random(150)}
    y = np.where(scenario == "digital_oda", 2.0, 0.0) + 0.5 * tied
    found = sensitivity(cases.dataset(columns, y), **FAST)
    part = 4 * (1 / 3) * (2 / 3)
    wanted = [part / (part + 1 / 16), (1 / 16) / (part + 1 / 16), 0]
    np.testing.assert_allclose(found["first"], wanted, atol=0.12)
    assert "0 = baseline, 1 = digital_oda, 2 = open_ran" in found.attrs["encoded"]
    assert "export_finance[EU].tied: 0 = false, 1 = true" in found.attrs["encoded"]
    assert np.argmax(found["pawn"].values) == 0


# --- what is not defined ---


def test_points_that_are_not_defined_are_refused_or_counted():
    columns = cases.unit(100, "abc")
    ds = cases.dataset(columns, known(columns))
    ds["thing"][3, 1, 0] = np.nan
    ds["thing"][7] = np.nan
    with pytest.raises(InputError, match=r"undefined at 2 of 100 points \(\[3, 7\]"):
        sensitivity(ds)
    found = sensitivity(ds, missing="drop", methods=["pawn"], **FAST)
    assert found.attrs["points_dropped"] == 2
    assert found.attrs["points"] == 98
    assert any("2 undefined points" in sentence for sentence in sentences(found))


def test_a_sobol_design_with_a_hole_goes_by_the_emulator():
    of = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    columns = dict(zip("abc", sobol_sample.sample(of, 16, seed=1).T, strict=True))
    ds = cases.dataset(columns, known(columns))
    ds["thing"][5] = np.nan
    found = sensitivity(ds, missing="drop", methods=["sobol"], **FAST)
    assert found.attrs["sobol_from"] == "emulator"


def test_an_outcome_that_never_moves_has_no_indices():
    columns = cases.unit(60, "ab")
    found = sensitivity(cases.dataset(columns, np.ones(60), noise=0), **FAST)
    for name in ("first", "total", "mu_star", "pawn"):
        assert np.isnan(found[name]).all()
    figure = plots.sensitivity(found)
    assert_readable(figure)
    assert "same at all points" in figure.get_suptitle()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"outcome": "thin"}, "Did you mean 'thing'"),
        ({"year": 2049}, "2049"),
        ({"methods": ["sobl"]}, "Did you mean 'sobol'"),
        ({"n": 100}, "a power of two"),
        ({"groups": {"g": ["x"]}}, "groups: g"),
        ({"groups": {"g": ["a"], "h": ["a"]}}, "one of them"),
        ({"missing": "zero"}, "drop, refuse"),
    ],
)
def test_what_cannot_be_used_is_refused(how, says):
    columns = cases.unit(60, "ab")
    with pytest.raises(InputError, match=says):
        sensitivity(cases.dataset(columns, columns["a"]), **how)


@pytest.mark.slow
def test_a_quadratic_is_told_by_the_ridge():
    columns = cases.unit(120, "ab")
    found = fitted(points_of(cases.dataset(columns, known(columns) + columns["a"] ** 2, noise=0.3)), seed=1)
    assert found.explained > 0.9
    assert found.errors[RIDGE] < 0.3


# --- a real store ---


def test_the_command_writes_a_table_and_a_figure(tmp_path, capsys):
    toy = ls.toy_world(n_countries=20, n_vendors=3, lifetime=2)
    design = ls.design.sobol({"switching_cost": (0, 5), "noise_scale": (0.5, 1.5)}, n=32, seed=2)
    ls.sweep(
        design, scenario=ls.Scenario.none(), outcomes=("switching_pull", "retention"), years=(6,), runs=2,
        seed=1, world=toy, parameters=ls.Parameters.neutral(quality_weight=1.0), out=tmp_path / "s.zarr",
    )  # fmt: skip
    command = ["sensitivity", str(tmp_path / "s.zarr"), "--method", "sobol", "--method", "pawn"]
    assert main([*command, "--outcome", "switching_pull", "--out", str(tmp_path / "found")]) == 0
    assert "cost of switching vendors" in capsys.readouterr().out
    assert (tmp_path / "found" / "sensitivity.png").stat().st_size > 10_000
    rows = (tmp_path / "found" / "sensitivity.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("factor,title,other,first,first_low,first_high,total")
    assert len(rows) == 1 + 2 + 1
    assert main(command) == 2
    assert "switching_pull, retention" in capsys.readouterr().err


def test_a_table_has_blanks_for_what_is_not_defined(tmp_path):
    columns = cases.unit(60, "ab")
    found = sensitivity(cases.dataset(columns, np.ones(60), noise=0), methods=["sobol"], **FAST)
    assert write(found, tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[1] == "a,a,,,,,,,,,,"
    assert len(table(found)) == 3
