"""The phase diagram of a sweep: means over runs, and the line where they cross a level."""

import numpy as np
import pytest
from plots.studies import (
    swept,
    texts,
    title,
)

from lockin_sim import plots
from lockin_sim.errors import InputError
from lockin_sim.parameters import declarations


def test_the_phase_diagram_draws_means_and_a_contour_where_the_level_is():
    ds = swept()
    figure = plots.phase_diagram(ds, "lock_in", "switching_cost", "network_weight", level=0.4, year=2035)
    ax = figure.axes[0]
    mean = 100 * ds["lock_in"].sel(year=2035).mean("run").values.reshape(5, 4).T
    np.testing.assert_allclose(np.asarray(ax.collections[0].get_array()).reshape(4, 5), mean)
    assert ax.get_xlabel() == "cost of switching vendors (utility)"
    assert ax.get_ylabel() == "pull of compatible neighbours (utility)"
    line = np.concatenate(ax.collections[-1].get_paths()[0].to_polygons(closed_only=False))
    assert np.all(np.abs(line[:, 0] - 4.0) < 0.5)  # the outcome is x / 10
    assert "exceeds 40 % in 2035 at 12 of 20 pairs" in title(figure)
    default, other = (declarations()[name].default for name in ("switching_cost", "network_weight"))
    rows = [np.interp(default, np.linspace(0, 10, 5), row) for row in mean]
    between = np.interp(other, np.linspace(0, 8, 4), rows)
    assert between == pytest.approx(10 * default, abs=2)
    assert f"default parameters, between points, it is {between:.0f} %" in title(figure)
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xdata()[0] == default


def test_points_too_close_to_the_level_are_counted_and_hatched():
    ds = swept()
    ds["lock_in"][8:12] = 0.5 + np.linspace(-0.1, 0.1, 6)[None, :, None]
    figure = plots.phase_diagram(ds, "lock_in", "switching_cost", "network_weight")
    assert ", 4 are too close to tell" in title(figure)
    assert sum(patch.get_gid() == "unsure" for patch in figure.axes[0].patches) == 4
    never = plots.phase_diagram(ds, "lock_in", "switching_cost", "network_weight", level=3.0)
    assert "at 0 of 20 pairs (highest" in title(never)


def test_one_run_has_no_interval_so_that_every_point_is_too_close_to_tell():
    figure = plots.phase_diagram(
        swept().isel(run=[0]), "lock_in", "switching_cost", "network_weight", year=2035
    )
    assert "at 0 of 20 pairs" in title(figure)
    assert "20 are too close to tell" in title(figure)


def test_another_point_may_be_marked_also_one_outside():
    arguments = swept(), "lock_in", "switching_cost", "network_weight"
    figure = plots.phase_diagram(*arguments, marked={"switching_cost": 2.5, "network_weight": 2.0})
    assert "at the marked point, between points, it is" in title(figure)
    outside = plots.phase_diagram(*arguments, marked={"switching_cost": 99, "network_weight": 2.0})
    assert any("lies outside" in " ".join(text.split()) for text in texts(outside))
    with pytest.raises(InputError, match="network_weight"):
        plots.phase_diagram(*arguments, marked={"switching_cost": 2.5})


def test_the_phase_diagram_needs_a_grid_of_numbers():
    columns = "lock_in", "switching_cost", "network_weight"
    with pytest.raises(InputError, match="19 of 20 pairs"):
        plots.phase_diagram(swept(missing=3), *columns)
    with pytest.raises(InputError, match="words"):
        plots.phase_diagram(swept(), "lock_in", "switching_cost", "scenario")
    with pytest.raises(InputError, match="Did you mean 'switching_cost'"):
        plots.phase_diagram(swept(), "lock_in", "switching_cots", "network_weight")
    with pytest.raises(InputError, match="Did you mean 'lock_in'"):
        plots.phase_diagram(swept(), "lockin", "switching_cost", "network_weight")
    with pytest.raises(InputError, match="2040"):
        plots.phase_diagram(swept(), *columns, year=2040)
