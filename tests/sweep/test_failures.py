"""A run that fails is a row with its error; its neighbours are as if it had not been there."""

import numpy as np
import pytest
from sweep.conftest import same

import lockin_sim as ls
from lockin_sim.engine import schedule
from lockin_sim.studies.sweep import average_over_runs, compute_mean_response

BROKEN = 3.25

#: For a store made with code that a test replaced, which says so when it is opened.
of_replaced_code = pytest.mark.filterwarnings("ignore:.*made by other rules:UserWarning")


@pytest.fixture
def design():
    return ls.design.table({"switching_cost": [1.0, BROKEN, 2.0, 4.0]})


def breaking(original, how):
    """The stage of prices as a user might break it: for one value of a parameter, in run 1 alone."""

    def post(batch, number):
        year = original(batch, number)
        cost = np.broadcast_to(batch.parameters.switching_cost, len(batch.runs))
        for position in np.flatnonzero((cost == BROKEN) & (batch.runs == 1)):
            if number == 2:
                how(batch, year, position)
        return year

    return post


def raises(batch, year, position):
    raise ZeroDivisionError("my rule divides by nothing")


def overflows(batch, year, position):
    year.list_price[position] = np.exp(np.full(year.list_price[position].shape, 1e4))


def infinite(batch, year, position):
    year.list_price[position] = year.log_price[position] = np.inf


def undefined_quality(batch, year, position):
    year.quality[position] = np.nan


def undefined_volume(batch, year, position):
    batch.state.deployed[position] = np.nan


def undefined_take_up(batch, year, position):
    """Sponsors that know not what to expect would lend nothing: a number, and wrong."""
    batch.state.take_up[position] = np.nan


BREAKS = [raises, overflows, infinite, undefined_quality, undefined_volume, undefined_take_up]


@of_replaced_code
@pytest.mark.parametrize("how", BREAKS)
def test_only_the_run_that_fails_fails(small, tmp_path, monkeypatch, design, how):
    small["design"] = design
    good = ls.sweep(**small, out=tmp_path / "good")
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "post", breaking(schedule.post, how))
        bad = ls.sweep(**small, out=tmp_path / "bad")
    failed = bad["status"].values == 2
    assert failed.tolist() == [[False] * 3, [False, True, False], [False] * 3, [False] * 3]
    assert bad.attrs["runs_failed"] == 1
    assert bad["error"].values[1, 1] != ""
    assert bad["switching_cost"].values[1] == BROKEN  # the inputs are in the row
    for name in small["outcomes"]:
        assert np.isnan(bad[name].values[failed]).all()
        assert np.array_equal(bad[name].values[~failed], good[name].values[~failed], equal_nan=True)
    assert average_over_runs(bad)["switching_pull_left_out"].sel(year=6).values.tolist() == [0, 1, 0, 0]
    with pytest.raises(ls.InputError, match="undefined in 1 of 12 runs at 1 points"):
        compute_mean_response(bad, "switching_pull", 6)
    # mended, and only what failed is computed again
    counted = []
    with pytest.warns(UserWarning, match="the code or data of the model changed since the last session"):
        again = ls.sweep(**small, out=tmp_path / "bad", resume=True, retry=True, progress=counted.append)
    assert counted == [1]
    assert same(again, good)


def test_the_error_says_what_and_where(small, tmp_path, monkeypatch, design):
    small["design"] = design
    monkeypatch.setattr(schedule, "post", breaking(schedule.post, raises))
    ds = ls.sweep(**small, out=tmp_path / "s")
    assert str(ds["error"].values[1, 1]).startswith(
        "ZeroDivisionError: my rule divides by nothing (test_failures.py"
    )


def test_no_value_that_is_allowed_overflows_and_one_that_would_is_refused(small, tmp_path):
    with pytest.raises(ls.InputError, match=r"noise_scale, point 1: found 1e\+308; allowed: "):
        ls.design.table({"noise_scale": [1.0, 1e308]})
    small["design"] = ls.design.table({"noise_scale": [1.0, 1000.0]})
    ds = ls.sweep(**small, out=tmp_path / "s")
    assert (ds["status"].values == 1).all()
    assert np.isfinite(ds["retention"].values).all()


@of_replaced_code
def test_resuming_without_retry_leaves_failures_and_says_so(small, tmp_path, monkeypatch, design, capsys):
    small["design"] = design
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "post", breaking(schedule.post, raises))
        ls.sweep(**small, out=tmp_path / "s")
    capsys.readouterr()
    with pytest.warns(UserWarning, match="the code or data of the model changed since the last session"):
        again = ls.sweep(**small, out=tmp_path / "s", resume=True, progress=True)
    assert again.attrs["runs_failed"] == 1
    said = "12 done before, 1 of them failed (repeat them with --retry); nothing to do"
    assert said in capsys.readouterr().err
