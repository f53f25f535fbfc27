"""The figure of power in a vote: indices of the metrics."""

import numpy as np
import pytest
import xarray as xr
from plots.studies import MEMBERS, SIDES, title

from lockin_sim import metrics, plots
from lockin_sim.errors import InputError


def test_power_together_and_alone_are_the_indices_of_the_metrics():
    figure = plots.voting_power(MEMBERS, SIDES, 4)
    together = 100 * metrics.banzhaf([3, 2, 1, 1], 4)
    alone = 100 * metrics.banzhaf([1] * 7, 4)
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "tied to Chinese vendors", "tied to US vendors", "in no bloc",
    ]  # fmt: skip
    marks = {(line.get_marker(), round(line.get_ydata()[0])): line.get_xdata()[0] for line in ax.lines}
    np.testing.assert_allclose([marks["o", 0], marks["o", 1], marks["o", 2]],
                               [together[0], together[1], together[2:].sum()])  # fmt: skip
    np.testing.assert_allclose([marks["s", 0], marks["s", 1]], [alone[:3].sum(), alone[:2].sum()])
    bars = [bar.get_width() for bars in ax.containers for bar in bars]
    np.testing.assert_allclose(bars, [300 / 7, 200 / 7, 200 / 7])
    shapley = {
        (line.get_marker(), round(line.get_ydata()[0])): line.get_xdata()[0] for line in figure.axes[1].lines
    }
    np.testing.assert_allclose(shapley["o", 0], 100 * metrics.shapley_shubik([3, 2, 1, 1], 4)[0])
    finding = (
        "US vendors hold 29 % of votes and, voting as one, 17 % of Banzhaf power; deciding each alone, 29 %"
    )
    assert finding in title(figure)
    assert "In ITU" in title(figure)


def test_blocs_of_runs_have_ranges():
    runs = xr.concat([SIDES, SIDES, SIDES.copy(data=["USA"] * 7)], dim="run")
    figure = plots.voting_power(MEMBERS, runs, 4)
    assert "(90 % of runs:" in title(figure)
    assert any(len(line.get_xdata()) == 2 for line in figure.axes[0].lines)


def test_power_is_refused_for_votes_that_do_not_fit():
    with pytest.raises(InputError, match="quota"):
        plots.voting_power(MEMBERS, SIDES, 8)
    with pytest.raises(InputError, match="quota"):
        plots.voting_power(MEMBERS, SIDES, 0)
    with pytest.raises(InputError, match="whole numbers"):
        plots.voting_power(MEMBERS + 0.5, SIDES, 4)
    with pytest.raises(InputError, match="countries of votes"):
        plots.voting_power(MEMBERS.isel(country=slice(0, 3)), SIDES, 2)
    with pytest.raises(InputError, match="no member in a bloc"):
        plots.voting_power(MEMBERS, SIDES.copy(data=[""] * 7), 4)
