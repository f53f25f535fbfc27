"""Figures of runs and sweeps draw quantiles and means, and their titles compare them."""

import numpy as np
import pytest
from plots.studies import RUNS, financed, share, swept, texts, title

from lockin_sim.pages import plots
from lockin_sim.settings.parameters import collect_declarations


def test_the_fan_draws_the_quantiles_of_the_runs_in_per_cent():
    values = share()
    ax = plots.fan(values).axes[0]
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in ax.lines]
    for q, found in zip((0.05, 0.95, 0.5), drawn, strict=True):
        np.testing.assert_allclose(found, 100 * values.quantile(q, "run", method="weibull"))
    assert ax.get_ylabel() == "per cent"
    median = 100 * float(values.isel(year=-1).median())
    figure = plots.fan(values)
    assert f"{median:.0f} % (nine in ten runs:" in title(figure)
    assert "mobile networks" in title(figure)
    assert f"Line: median of {RUNS} runs" in " ".join(" ".join(texts(figure)).split())


def test_years_without_a_value_leave_a_gap_and_other_units_stay():
    price = share().assign_attrs(units="USD bn", long_name="loans of the year")
    price[:, 0] = np.nan
    figure = plots.fan(price)
    assert figure.axes[0].get_ylabel() == "bn USD"
    assert np.isnan(figure.axes[0].lines[-1].get_ydata()[0])
    price[0, 5] = np.nan
    assert "1 of them without a value in places" in " ".join(" ".join(texts(plots.fan(price))).split())
    assert "no value in 2050" in title(plots.fan(price.where(price > 1e9)))


def test_a_lead_is_drawn_in_levels_from_0_to_100_per_cent_with_and_without_loans_and_switching_costs():
    figure = plots.lead(financed())
    kept, free = figure.axes
    for ax, arms in ((kept, (0.1, 0.05, 0.0)), (free, (0.1, 0.0))):
        assert ax.get_ylim() == (0, 100)
        lines = [line for line in ax.lines if len(line.get_xdata()) == 41]
        assert len({str(line._unscaled_dash_pattern) for line in lines}) == len(lines)  # without colour, too
        for line, won in zip(lines, arms, strict=True):
            assert line.get_xdata()[[0, -1]].tolist() == [2010, 2050]  # none begins in mid-air
            assert line.get_ydata()[20] == pytest.approx(50 + 100 * won)
    said = " ".join(texts(figure)).replace("\n", " ")
    for distance in ("2021: 3 points", "2030: 10 points", "2040: 6 points", "2040: 0.0 points"):
        assert distance in said
    assert "had 53 % of the mobile networks of Africa in 2021, without them 50 %" in title(figure)
    assert len(plots.lead(financed().sel(without=["nothing"])).axes) == 1


def test_the_phase_diagram_draws_means_and_a_contour_where_the_level_is():
    ds = swept()
    figure = plots.phase_diagram(
        ds, "switching_pull", "switching_cost", "network_weight", level=0.4, year=2035
    )
    ax = figure.axes[0]
    mean = 100 * ds["switching_pull"].sel(year=2035).mean("run").values.reshape(5, 4).T
    np.testing.assert_allclose(np.asarray(ax.collections[0].get_array()).reshape(4, 5), mean)
    assert ax.get_xlabel() == "cost of switching vendors (utility)"
    assert ax.get_ylabel() == "pull of compatible neighbours (utility)"
    line = np.concatenate(ax.collections[-1].get_paths()[0].to_polygons(closed_only=False))
    assert np.all(np.abs(line[:, 0] - 4.0) < 0.5)  # the outcome is x / 10
    assert "exceeds 40 % in 2035 at 12 of 20 pairs" in title(figure)
    default, other = (collect_declarations()[name].default for name in ("switching_cost", "network_weight"))
    rows = [np.interp(default, np.linspace(0, 10, 5), row) for row in mean]
    between = np.interp(other, np.linspace(0, 8, 4), rows)
    assert between == pytest.approx(10 * default, abs=2)
    assert f"default parameters, between points, it is {between:.0f} %" in title(figure)
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xdata()[0] == default
