"""Are planted boxes found, and none where there is nothing; does the check say how firm they are?"""

import subprocess
import sys

import numpy as np
import pytest
from analysis import cases
from plots.readable import assert_readable

import lockin_sim as ls
from lockin_sim import errors, plots
from lockin_sim.cli import main
from lockin_sim.errors import InputError
from lockin_sim.explore import points
from lockin_sim.explore.discovery import discover, sentences, table, write


def planted(n=200):
    """It fails under open_ran where switching costs more than 6; two more factors do nothing."""
    rng = np.random.default_rng(1)
    scenario = rng.choice(["baseline", "digital_oda", "open_ran"], n)
    cost = rng.uniform(0, 10, n)
    columns = {"scenario": scenario, "switching_cost": cost} | cases.unit(n, "bc", seed=3)
    return cases.dataset(columns, 0.5 - 0.3 * ((cost > 6) & (scenario == "open_ran")))


@pytest.fixture(scope="module")
def found():
    return discover(planted(), failing="< 0.35", resamples=3)


@pytest.mark.parametrize("box", ["PRIM 1", "CART"])
def test_a_planted_box_is_found(found, box):
    at = found.sel(box=box)
    assert float(at["low"].sel(feature="switching_cost")) == pytest.approx(6, abs=0.4)
    assert 0 < float(at["low"].sel(feature="scenario = open_ran")) < 1
    free = at.sel(feature=["b", "c"])
    assert np.isinf(free["low"]).all()
    assert np.isinf(free["high"]).all()
    assert float(at["density"]) > 0.9
    assert float(at["coverage"]) > 0.9


def test_its_limits_are_found_again_and_no_others(found):
    again = found["recurrence"].sel(feature=["switching_cost", "scenario = open_ran", "b", "c"]).values
    assert (again[:2] == 1).all()
    assert (again[2:] < 0.5).all()
    assert found.attrs["density_outside"] > 0.8
    assert found.attrs["coverage_outside"] > 0.8


def test_scores_name_the_same_factors(found):
    order = found["feature"].values[np.argsort(-found["score"].values)].tolist()
    assert set(order[:2]) == {"switching_cost", "scenario = open_ran"}
    assert float(found["score"].sum()) == pytest.approx(1)


def test_it_is_said_in_words(found):
    told = sentences(found)
    assert "fails (thing < 0.35) at 28 of 200 points, 14 %" in told[0]
    assert "PRIM 1: it fails where" in told[1]
    assert "policy is “Mandatory open interfaces”" in told[1]
    assert "cost of switching vendors is above 6" in told[1]


@pytest.mark.slow
def test_within_one_policy_its_own_worlds_are_asked_about():
    found = discover(planted(), failing="< 0.35", within={"scenario": "open_ran"}, resamples=2)
    assert "scenario" in found.attrs["constant"]
    assert "with scenario = open_ran" in sentences(found)[0]
    assert float(found["low"].sel(box="PRIM 1", feature="switching_cost")) == pytest.approx(6, abs=0.4)


@pytest.mark.slow
def test_where_chance_decides_nothing_is_firm():
    columns = cases.unit(150, "abc")
    noise = np.random.default_rng(4).normal(size=150)
    found = discover(cases.dataset(columns, noise), failing="lowest 30 %", resamples=6)
    assert not found.attrs["density_outside"] > 0.5  # NaN where no box was found
    assert found["recurrence"].max() < 1 or found.sizes["box"] == 0
    assert_readable(plots.discovery(found))


def test_truths_are_said_as_such():
    rng = np.random.default_rng(2)
    tied = rng.integers(0, 2, 120)
    columns = {"export_finance[EU].tied": tied, "b": rng.random(120)}
    found = discover(cases.dataset(columns, 1.0 - tied), failing="< 0.5", resamples=2)
    assert "State loans abroad, European Union: only for own vendors is true" in sentences(found)[1]


@pytest.mark.parametrize("n", [16, 19, 40])
def test_one_factor_and_few_points_have_a_tree(n):
    x = np.arange(n) / n
    found = discover(cases.dataset({"a": x}, x, noise=0.0), failing="< 0.4", resamples=1)
    inside = found.sel(box="CART")
    assert float(inside["density"]) == float(inside["coverage"]) == 1.0
    assert 0.3 < float(inside["high"].item()) < 0.5


def test_columns_that_divide_alike_give_the_same_tree_every_time():
    """Of two words each column is the other turned round."""
    words = np.array(["one", "other"])[np.arange(60) % 2]
    columns = {"scenario": words, "b": np.random.default_rng(4).random(60)}
    ds = cases.dataset(columns, (words == "one").astype(float))
    said = {str(discover(ds, failing="> 0.5", resamples=1)["words"].values.tolist()) for _ in range(6)}
    assert len(said) == 1


# --- what cannot be used ---


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"failing": "bad"}, "lowest 20 %"),
        ({"failing": "> 99"}, "found '0 points'"),
        ({"failing": "< 0.35", "within": {"scenaro": "open_ran"}}, "Did you mean 'scenario'"),
        ({"failing": "< 0.35", "within": {"scenario": "open"}}, "a value of some points"),
        ({"failing": "< 1..2"}, "failing: found '< 1..2'"),
        ({"failing": "lowest 1.2.3 %"}, "failing: found 'lowest 1.2.3 %'"),
        ({"failing": "< 0.35", "outcome": "thin"}, "Did you mean 'thing'"),
    ],
)
def test_what_cannot_be_used_is_refused(how, says):
    with pytest.raises(InputError, match=says):
        discover(planted(), **how)


@pytest.mark.parametrize(("said", "tied"), [("true", 1), ("False", 0), ("1", 1), (False, 0), (1.0, 1)])
def test_a_truth_within_may_be_a_word_or_a_number(said, tied):
    rng = np.random.default_rng(3)
    columns = {"export_finance[EU].tied": rng.integers(0, 2, 120), "b": rng.random(120)}
    found = discover(
        cases.dataset(columns, columns["b"]), failing="< 0.5", resamples=1,
        within={"export_finance[EU].tied": said},
    )  # fmt: skip
    assert found.attrs["points"] == int((columns["export_finance[EU].tied"] == tied).sum())


def test_a_word_that_is_no_truth_is_refused():
    columns = {"export_finance[EU].tied": np.arange(40) % 2, "b": np.arange(40) / 40}
    with pytest.raises(InputError, match="as true, false"):
        discover(
            cases.dataset(columns, columns["b"]), failing="< 0.5",
            within={"export_finance[EU].tied": "maybe"},
        )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["discover", "no.zarr", "--failing", "< 1", "--within", "a=1", "--within", "a=2"], "a twice"),
        (["sensitivity", "no.zarr", "--group", "g=a,b", "--group", "g=c"], "g twice"),
        (["discover", "no.zarr", "--failing", "< 1", "--out", "file"], "--out: found 'file'"),
        (["sensitivity", "no.zarr", "--out", "file/below"], "--out: found 'file/below'"),
        (["validate", "--out", "file"], "--out: found 'file'"),
    ],
)
def test_commands_refuse_before_they_compute(command, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert main(command) == 2
    assert says in capsys.readouterr().err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_points_that_are_not_defined_are_refused_or_counted():
    ds = planted()
    ds["thing"][11, 0] = np.nan
    with pytest.raises(InputError, match="undefined at 1 of 200 points"):
        discover(ds, failing="< 0.35")
    found = discover(ds, failing="< 0.35", missing="drop", resamples=1)
    assert found.attrs["points_dropped"] == 1
    assert found.attrs["points"] == 199


def test_a_missing_package_is_named(monkeypatch, tmp_path):
    def gone(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(points.importlib, "import_module", gone)
    monkeypatch.setattr(errors, "CHECKOUT", tmp_path)
    with pytest.raises(InputError, match=r"ema_workbench is not installed; .* \"lockin-sim\[search\]\""):
        discover(planted(), failing="< 0.35")
    with pytest.raises(InputError, match=r"SALib is not installed; .* \"lockin-sim\[analysis\]\""):
        points.needed("SALib")


def test_the_workbench_loads_where_python_keeps_no_docstrings():
    """One of the packages that it can do without does not."""
    load = "needed('ema_workbench.analysis.prim').Prim.__name__"
    script = f"from lockin_sim.explore.points import needed; print({load})"
    done = subprocess.run([sys.executable, "-OO", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Prim\n"), done.stderr


# --- a real store ---


def test_the_command_writes_a_table_and_a_figure(tmp_path, capsys):
    toy = ls.toy_world(n_countries=20, n_vendors=3, lifetime=2)
    design = ls.design.sobol({"switching_cost": (0, 5), "noise_scale": (0.5, 1.5)}, n=40, seed=2)
    ls.sweep(
        design, scenario=ls.Scenario.none(), outcomes=("switching_pull",), years=(6,), runs=2, seed=1,
        world=toy, parameters=ls.Parameters.neutral(quality_weight=1.0), out=tmp_path / "s.zarr",
    )  # fmt: skip
    command = ["discover", str(tmp_path / "s.zarr"), "--failing", "highest 25 %", "--resamples", "2"]
    assert main([*command, "--out", str(tmp_path / "found")]) == 0
    assert "cost of switching vendors is above" in capsys.readouterr().out
    assert (tmp_path / "found" / "discovery.png").stat().st_size > 10_000
    rows = (tmp_path / "found" / "discovery.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "box,feature,title,low,high,density,coverage,mass,recurrence,score"
    assert main([*command, "--within", "nothing"]) == 2
    assert "FACTOR=VALUE" in capsys.readouterr().err


def test_a_table_has_blanks_where_a_box_is_free(found, tmp_path):
    rows = write(found, tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    (row,) = [row for row in rows if row.startswith("PRIM 1,switching_cost")]
    assert row.split(",")[4] == ""
    assert {r["box"] for r in table(found)} >= {"PRIM 1", "CART", ""}
