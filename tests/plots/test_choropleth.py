"""The map of economies: every one in a class, and a title that counts them."""

import numpy as np
import pytest
import xarray as xr
from plots.studies import by_country, texts, title

from lockin_sim import plots
from lockin_sim.errors import InputError
from lockin_sim.plots.kit.map_classes import effect_classes, level_classes, round_steps
from lockin_sim.plots.kit.style import lightness
from lockin_sim.world import load_world


def test_the_map_counts_falls_and_rises_and_names_the_largest_market():
    figure = plots.choropleth(by_country([-0.05, -0.03, 0.002, 0.04, np.nan]))
    assert title(figure) == (
        "Dependence on China: falls in 2 and rises in 1 of 4 economies; the largest market "
        "among these is France, +4.0 percentage points"
    )
    dated = by_country([-0.05, -0.03, 0.002, 0.04, np.nan]).assign_coords(year=2050)
    assert ", 2050: " in title(plots.choropleth(dated.assign_attrs(baseline="baseline", runs=40)))
    turned = plots.choropleth(by_country([0.05, 0.03, -0.002, -0.04, np.nan]))
    assert "rises in 2 and falls in 1" in title(turned)
    assert "the largest market among these is France, −4.0 percentage points" in title(turned)
    assert "in none of 5 economies more than chance could do" in title(
        plots.choropleth(by_country([0.001] * 5))
    )
    assert {"1 economy", "interval includes 0", "no value"} <= set(texts(figure))


def test_every_economy_is_in_one_class_and_signs_differ_without_colour():
    effect = np.array([-5.0, -0.5, 0.1, 2.0, 7.0, np.nan])
    classes = effect_classes(effect, effect - 0.2, effect + 0.2, [0.0, 2.0, 4.0])
    assert np.array_equal(sum(each.mask.astype(int) for each in classes), np.ones(6))
    assert [int(each.mask.sum()) for each in classes] == [1, 0, 1, 1, 0, 1, 1, 1]
    falls, unclear, rises = classes[:3], classes[3], classes[4:7]
    assert {each.paint.hatch for each in falls} == {"...."}
    assert {each.paint.hatch for each in rises} == {None}
    assert unclear.paint.hatch == "/////"
    greys = [lightness(each.paint.face) for each in rises]
    assert greys == sorted(greys, reverse=True)
    assert np.min(np.abs(np.diff(greys))) > 0.05


def test_levels_get_darker_in_equal_steps_for_every_sponsor():
    values = np.array([3.0, 30.0, 60.0, 90.0])
    for color in map(plots.sponsor_color, load_world().sponsors):
        greys = [lightness(each.paint.face) for each in level_classes(values, [0, 25, 50, 75], color)]
        assert greys == sorted(greys, reverse=True)
        assert np.min(np.abs(np.diff(greys))) > 0.1
    assert round_steps(np.array([0.4, 88.0, np.nan])) == [0.0, 25.0, 50.0, 75.0]
    assert round_steps(np.array([0.0, np.nan])) == round_steps(np.array([1.0]))


def test_a_map_of_runs_draws_means_and_hatches_what_differs():
    level = xr.DataArray(
        [[0.1, 0.9], [0.9, 0.9]], dims=("run", "country"),
        coords={"country": ["KEN", "NPL"], "sponsor": "USA"},
        attrs={"units": "1", "long_name": "share of a country's base"},
    )  # fmt: skip
    figure = plots.choropleth(level, steps=[0, 25, 50, 75])
    assert "50 % in Kenya (90 % of runs: 14 to 86) and 90 % in Nepal (90 % of runs: 90 " in title(figure)
    assert "median of 2 economies 70 %" in title(figure)
    assert "United States" in title(figure)
    hatches = [each.get_hatch() for each in figure.axes[0].collections]
    assert sum(bool(hatch) for hatch in hatches) == 1
    single = plots.choropleth(level.isel(run=0), steps=[0, 25, 50, 75])
    assert not any(each.get_hatch() for each in single.axes[0].collections)


def test_the_map_refuses_what_it_cannot_draw():
    good = by_country([0.1, 0.2, 0.3, 0.4, 0.5])
    with pytest.raises(InputError, match="effect_high"):
        plots.choropleth(good.drop_vars("effect_high"))
    with pytest.raises(InputError, match="lower end first"):
        plots.choropleth(good.rename(effect_low="effect_high", effect_high="effect_low"))
    with pytest.raises(InputError, match="rising numbers"):
        plots.choropleth(good, steps=[3, 1])
    with pytest.raises(InputError, match=r"no outline, no capital.*XYZ"):
        plots.choropleth(good.assign_coords(country=["XYZ", "NGA", "BRA", "FRA", "SGP"]))
    with pytest.raises(InputError, match=r"sel\(year=\.\.\.\)"):
        plots.choropleth(good.expand_dims(year=[2050]))
