"""Figures of effects by year of the start, and over futures."""

import numpy as np
import pytest
from plots.studies import DSR, OPEN, in_futures, title, windows

from lockin_sim import plots


def test_the_window_shows_both_mechanisms_beside_the_fixed_horizon():
    ds = windows()
    figure = plots.window_curve(ds)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "Effect 15 years after the start",
        "Effect in 2050",
    ]
    after = figure.axes[0]
    curves = [line for line in after.lines if len(line.get_xdata()) == 3]
    np.testing.assert_allclose([line.get_ydata() for line in curves], 100 * ds["effect"].sel(reading="after"))
    assert len({line.get_linestyle() for line in curves}) == 2
    assert after.get_xlabel() == "year in which the policy starts"
    ends = [segment[:, 1] for each in after.collections for segment in each.get_segments()]
    np.testing.assert_allclose(np.diff(ends, axis=1), 2.4)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_window_closes_where_the_effect_shrinks_whatever_its_sign(sign):
    ds = windows(sign)
    if sign < 0:
        ds = ds.assign(effect_low=ds["effect"] - 0.012, effect_high=ds["effect"] + 0.012)
    text = title(plots.window_curve(ds))
    first = "−" if sign > 0 else "+"
    assert f"{first}8.0 percentage points 15 years after the start if it starts in 2015" in text
    assert "the window closes" in text
    assert "without lock-in a later start changes no more than chance could" in text
    assert "the window closes" not in title(plots.window_curve(windows(sign, closes=False)))


@pytest.mark.parametrize(
    ("half", "said"),
    [
        (0.005, "lock-in makes +1.0, 95 % interval +0.5 to +1.5 of the difference"),
        (0.02, "lock-in makes no clear part of it"),
    ],
)
def test_the_window_says_what_lock_in_makes_of_it(half, said):
    found = windows()
    for name, shift in (("", 0.0), ("_low", -half), ("_high", half)):
        found[f"closing_by_lock_in{name}"] = ("reading", [0.01 + shift] * 2)
    assert said in title(plots.window_curve(found))


def test_the_window_without_the_change_or_with_unknown_labels():
    bare = windows().drop_vars(["closing", "closing_low", "closing_high"])
    assert "window" not in title(plots.window_curve(bare))


def test_futures_are_ranked_and_counted():
    ds = in_futures()
    figure = plots.futures(ds)
    heads = [ax.get_title(loc="left") for ax in figure.axes]
    falls = (ds["effect_high"] < 0).mean("future")
    assert heads == [OPEN, DSR]
    assert (
        f"“{OPEN}” lowers it in {100 * float(falls.sel(scenario='open_ran')):.0f} % of 50 futures"
        in title(figure)
    )
    heights = np.sort([bar.get_height() for bars in figure.axes[0].containers[1:] for bar in bars])
    np.testing.assert_allclose(heights, 100 * np.sort(ds["effect"].sel(scenario="open_ran")))
    turned = in_futures(-1.0)
    assert f"“{OPEN}” raises it" in title(plots.futures(turned))


def test_regret_is_measured_against_the_best_choice_of_each_future():
    ds = in_futures()
    figure = plots.futures(ds, sense="lower")
    mean = 100 * ds["effect"].values
    best = mean.min(axis=0)  # the baseline is one of the choices
    for name, row in ((OPEN, 1), (DSR, 2)):
        ax = next(ax for ax in figure.axes if ax.get_title(loc="left") == name)
        regret = (mean[row] - best).max()
        said = f"largest regret {regret:.1f}\N{NO-BREAK SPACE}points"
        assert any(said in text.get_text() for text in ax.texts)
    assert "helps most often" in title(figure)
    assert plots.futures(ds, sense="higher").axes[0].get_title(loc="left") == DSR
