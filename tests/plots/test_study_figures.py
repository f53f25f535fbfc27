"""Figures of runs, sweeps and studies: each states a finding, and does without colour."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.text import Text
from plots.studies import (
    MEMBERS,
    SIDES,
    by_country,
    by_domain,
    in_futures,
    regional,
    share,
    swept,
    texts,
    title,
    windows,
)

from lockin_sim import plots

FIGURES = {
    "fan": lambda: plots.fan({"baseline": share(), "no_dsr": share(0.2)}),
    "choropleth": lambda: plots.choropleth(by_country([-0.05, -0.03, 0.002, 0.04, np.nan])),
    "vendor_regions": lambda: plots.vendor_regions(regional()),
    "phase_diagram": lambda: plots.phase_diagram(swept(), "lock_in", "switching_cost", "network_weight"),
    "heat_map": lambda: plots.heat_map(by_domain()),
    "window_curve": lambda: plots.window_curve(windows()),
    "voting_power": lambda: plots.voting_power(MEMBERS, SIDES, 4),
    "futures": lambda: plots.futures(in_futures(), sense="lower"),
}
UNITS = dict.fromkeys(FIGURES, "percentage points") | {
    "fan": "per cent",
    "vendor_regions": "per cent",
    "phase_diagram": "per cent",
    "voting_power": "per cent of all power, and of votes",
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_states_a_finding_with_units_and_nothing_is_cut_off(name):
    figure = FIGURES[name]()
    figure.canvas.draw()
    assert len(title(figure)) > 30
    assert any(UNITS[name] in " ".join(text.split()) for text in texts(figure))
    width, height = figure.bbox.size
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip() or _hidden(text):
            continue
        box = text.get_window_extent()
        assert -1 <= box.x0 <= box.x1 <= width + 1, text.get_text()
        assert -1 <= box.y0 <= box.y1 <= height + 1, text.get_text()


def _hidden(text):
    """Texts of hidden axes, and tick labels outside of the view."""
    ax = text.axes
    if ax is None:
        return False
    if not ax.axison:
        return text not in ax.texts
    ticks = [(ax.xaxis, ax.get_xlim(), 0), (ax.yaxis, ax.get_ylim(), 1)]
    for axis, limits, at in ticks:
        if text in axis.get_ticklabels():
            low, high = sorted(limits)
            return not ax.get_visible() or not low <= text.get_position()[at] <= high
    return not ax.get_visible()


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_survives_without_colour(name):
    """Two different values are told apart by something else than hue: hatch, marker, dash or lightness."""
    figure = FIGURES[name]()
    figure.canvas.draw()
    grey = np.asarray(figure.canvas.buffer_rgba())[..., :3] @ [0.299, 0.587, 0.114]
    assert grey.min() < 80 < 200 < grey.max()
    patches = [each for ax in figure.axes for each in (*ax.patches, *ax.collections)]
    hatched = any(getattr(each, "get_hatch", lambda: None)() for each in patches)
    lines = [line for ax in figure.axes for line in ax.lines]
    markers = {line.get_marker() for line in lines} - {"None", "", None}
    assert hatched or len(markers) > 1


def test_nothing_here_touches_global_plotting_state():
    code = (
        "import sys; from lockin_sim import plots; import numpy as np, xarray as xr;"
        "values = xr.DataArray(np.zeros((3, 2)), dims=('run', 'year'), coords={'year': [1, 2]});"
        "plots.fan(values); print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_package_does_not_load_matplotlib_by_itself():
    code = "import sys, lockin_sim; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
