"""The fan chart draws the quantiles of runs, and its title compares them."""

import numpy as np
import pytest
import xarray as xr
from plots.studies import RUNS, share, texts, title

from lockin_sim import plots
from lockin_sim.errors import InputError


def test_the_fan_draws_the_quantiles_of_the_runs_in_per_cent():
    values = share()
    ax = plots.fan(values).axes[0]
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in ax.lines]
    for q, found in zip((0.05, 0.95, 0.5), drawn, strict=True):
        np.testing.assert_allclose(found, 100 * values.quantile(q, "run"))
    assert ax.get_ylabel() == "per cent"
    median = 100 * float(values.isel(year=-1).median())
    figure = plots.fan(values)
    assert f"{median:.0f} % (90 % of runs:" in title(figure)
    assert "mobile networks" in title(figure)
    assert f"Line: median of {RUNS} runs" in " ".join(" ".join(texts(figure)).split())


def test_the_fan_compares_scenarios_run_by_run_whichever_is_higher():
    one = share()
    assert "“No Digital Silk Road” ends below “Baseline” in 100 % of runs" in title(
        plots.fan({"baseline": one, "no_dsr": one - 0.1})
    )
    assert "“No Digital Silk Road” ends above “Baseline” in 100 % of runs" in title(
        plots.fan({"baseline": one, "no_dsr": one + 0.1})
    )
    some = one.copy()
    some[:10, -1] -= 0.01
    assert "“No Digital Silk Road” ends below “Baseline” in 25 % of runs" in title(
        plots.fan({"baseline": one, "no_dsr": some})
    )


def test_other_runs_are_not_compared_run_by_run():
    other = (share() - 0.1).assign_coords(run=np.arange(RUNS) + RUNS)
    assert "highest for Baseline" in title(plots.fan({"baseline": share(), "no_dsr": other}))


def test_overlaid_paths_differ_in_dash_and_marker_and_many_are_split():
    paths = {name: share(0.1 * k, k) for k, name in enumerate("abc", start=2)}
    figure = plots.fan(paths)
    assert len([ax for ax in figure.axes if ax.get_visible()]) == 1
    looks = {
        (line.get_linestyle(), line.get_marker()) for line in figure.axes[0].lines if line.get_markevery()
    }
    assert len(looks) == 3
    split = plots.fan({**paths, "d": share()})
    assert [ax.get_title(loc="left") for ax in split.axes] == list("ABCD")
    with pytest.raises(InputError, match="split=True"):
        plots.fan({**paths, "d": share()}, split=False)


def test_a_further_axis_becomes_panels_and_a_second_one_is_refused():
    two = xr.concat([share(0.3), share(0.1)], dim=xr.Variable("standard", ["cn2035", "open"]))
    figure = plots.fan(two, split=True)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Chinese standards", "Open interfaces"]
    assert "highest for Chinese standards" in title(figure)
    with pytest.raises(InputError, match=r"no 'run'"):
        plots.fan(share().mean("run"))
    with pytest.raises(InputError, match=r"sel\(standard=\.\.\.\)"):
        plots.fan({"baseline": two})
    with pytest.raises(InputError, match="same years"):
        plots.fan({"a": share(), "b": share().isel(year=slice(1, None))})


def test_years_without_a_value_leave_a_gap_and_other_units_stay():
    price = share().assign_attrs(units="USD bn", long_name="loans of the year")
    price[:, 0] = np.nan
    figure = plots.fan(price)
    assert figure.axes[0].get_ylabel() == "USD bn"
    assert np.isnan(figure.axes[0].lines[-1].get_ydata()[0])
    price[0, 5] = np.nan
    assert "1 of them without a value in places" in " ".join(" ".join(texts(plots.fan(price))).split())
    assert "no value in 2050" in title(plots.fan(price.where(price > 1e9)))
