"""The figure of effects over futures."""

import numpy as np
import pytest
from plots.studies import DSR, OPEN, in_futures, title

from lockin_sim import plots
from lockin_sim.errors import InputError


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
    with pytest.raises(InputError, match="sense"):
        plots.futures(ds, sense="up")
    with pytest.raises(InputError, match="baseline alone"):
        plots.futures(ds.sel(scenario=["baseline"]))
