"""Figures of runs, sweeps and studies: what is drawn equals the data, and titles follow it."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.text import Text

from lockin_sim import metrics, plots
from lockin_sim.errors import InputError
from lockin_sim.parameters import declarations
from lockin_sim.plots.facts import owner_of
from lockin_sim.plots.map_classes import effect_classes, level_classes, round_steps
from lockin_sim.plots.style import effect_color, lightness, sponsor_hatch, sponsor_marker, spread
from lockin_sim.studies.outcomes import outcomes
from lockin_sim.studies.registry import GROUPS
from lockin_sim.world import load_world
from lockin_sim.world.names import adjective, name_of

RUNS, YEARS = 40, np.arange(2010, 2051)
rng = np.random.default_rng
OPEN, DSR = "Mandatory open interfaces", "No Digital Silk Road"


def title(figure):
    return " ".join(figure.get_suptitle().replace("\N{NO-BREAK SPACE}", " ").split())


def texts(figure):
    found = [each.get_text() for each in figure.findobj(Text) if each.get_visible()]
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in found if text.strip()]


def effects_over(mean, half, **coords):
    """Dataset of effects over the coordinates that are lists, with a half width of the intervals."""
    dims = [name for name, values in coords.items() if not np.isscalar(values)]
    values = np.asarray(mean, dtype=float)
    return xr.Dataset(
        {
            "effect": (dims, values),
            "effect_low": (dims, values - half),
            "effect_high": (dims, values + half),
        },
        coords={"outcome": "x", **coords, "outcome_label": "world share of cn2035", "outcome_unit": "share"},
        attrs={"baseline": "baseline"},
    )


# --- Fixtures: one dataset for each figure ----------------------------------------------------------


def share(level=0.3, seed=0):
    """(run, year) shares that rise from zero to about ``level``."""
    end = level + rng(seed).normal(0, 0.04, RUNS)
    path = end[:, None] * (YEARS - 2010) / 40
    return xr.DataArray(
        path, dims=("run", "year"), coords={"run": range(RUNS), "year": YEARS, "domain": "mobile_network"},
        name="standard_share", attrs={"units": "1", "long_name": "share of installed capacity"},
    )  # fmt: skip


def regional():
    vendors, groups = ["huawei", "zte", "ericsson", "cisco"], ["world", "Africa", "income:low"]
    raw = rng(2).uniform(0.5, 1.5, (RUNS, 41, 3, 4))
    raw[:, -1, 1, 0] += 20.0  # Chinese vendors lead in Africa at the end
    raw[:, :, 2, 2] += 3.0  # EU vendors lead in low-income economies
    raw /= raw.sum(axis=-1, keepdims=True)
    return xr.DataArray(
        raw, dims=("run", "year", "group", "vendor"),
        coords={"year": YEARS, "group": groups, "vendor": vendors, "domain": "mobile_network"},
        attrs={"units": "1", "long_name": "share of a group's installed capacity"},
    )  # fmt: skip


def swept(missing=None):
    """A sweep whose outcome is x / 10, with a spread over runs, on a grid of 5 by 4 points."""
    x, y = (each.ravel() for each in np.meshgrid(np.linspace(0, 10, 5), np.linspace(0, 8, 4), indexing="ij"))
    values = (x / 10)[:, None, None] + rng(5).normal(0, 0.02, (20, 6, 1)) + np.array([0.0, 0.01])
    about = {"units": "share", "long_name": "lock-in to incumbents"}
    ds = xr.Dataset(
        {"lock_in": (("point", "run", "year"), values, about)},
        coords={
            "point": range(20), "run": range(6), "year": [2035, 2050],
            "switching_cost": ("point", x, {"units": "utility"}),
            "network_weight": ("point", y, {"units": "utility"}),
            "scenario": ("point", ["baseline"] * 20),
        },
    )  # fmt: skip
    return ds if missing is None else ds.drop_isel(point=[missing])


def by_domain():
    mean = [[0, 0, 0], [-0.05, -0.002, 0.001], [0.01, np.nan, -0.02]]
    return effects_over(mean, 0.004, scenario=["baseline", "no_dsr", "open_ran"],
                        domain=["mobile_network", "cloud", "smart_city"], year=2050)  # fmt: skip


def windows(sign=1.0, closes=True):
    after = [-0.08, -0.05, -0.02] if closes else [-0.05, -0.05, -0.05]
    mean = sign * np.array([[after, [-0.09, -0.05, -0.01]], [[-0.05] * 3, [-0.07, -0.05, -0.03]]])
    mechanisms, readings = ["with_lock_in", "without_lock_in"], ["after", "horizon"]
    ds = effects_over(mean, 0.012, mechanism=mechanisms, reading=readings, start=[2015, 2025, 2035])
    change = mean[..., -1] - mean[..., 0]
    for name, shift in (("closing", 0.0), ("closing_low", -0.01), ("closing_high", 0.01)):
        ds[name] = (("mechanism", "reading"), change + shift)
    return ds.assign_attrs(after=15, horizon=2050)


def in_futures(sign=1.0):
    mean = np.zeros((3, 50))
    mean[1] = np.linspace(-0.04, 0.01, 50)
    mean[2] = np.linspace(-0.01, 0.02, 50)
    names = ["baseline", "open_ran", "no_dsr"]
    return effects_over(sign * mean, 0.001, scenario=names, future=np.arange(50))


def votes(*weights, names=("AFG", "KEN", "USA", "FRA", "CHN", "NPL", "PER")):
    coords = {"country": list(names[: len(weights)]), "body": "ITU"}
    return xr.DataArray(list(weights), dims="country", coords=coords)


def blocs(*names, like):
    return xr.DataArray(list(names), dims="country", coords={"country": like["country"].values})


def by_country(mean, half=0.01):
    names = ["KEN", "NGA", "BRA", "FRA", "SGP"]
    return effects_over(mean, half, country=names).assign_coords(outcome_label="dependence on China")


MEMBERS = votes(1, 1, 1, 1, 1, 1, 1)
SIDES = blocs("CHN", "CHN", "USA", "", "CHN", "", "USA", like=MEMBERS)
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


# --- All of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_states_a_finding_with_units_and_nothing_is_cut_off(name):
    figure = FIGURES[name]()
    figure.canvas.draw()
    assert len(title(figure)) > 30
    assert any(UNITS[name] in text for text in texts(figure))
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


# --- Fan chart --------------------------------------------------------------------------------------


def test_the_fan_draws_the_quantiles_of_the_runs_in_per_cent():
    values = share()
    ax = plots.fan(values).axes[0]
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in ax.lines]
    for q, found in zip((0.05, 0.95, 0.5), drawn, strict=True):
        np.testing.assert_allclose(found, 100 * values.quantile(q, "run"))
    assert ax.get_ylabel() == "per cent"
    median = 100 * float(values.isel(year=-1).median())
    figure = plots.fan(values)
    assert f"{median:.1f} % (90 % of runs:" in title(figure)
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


# --- Choropleth -------------------------------------------------------------------------------------


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
    assert "50.0 % in Kenya (90 % of runs: 14.0 to 86.0) and 90.0 % in Nepal (90 % of runs: 90.0" in title(
        figure
    )
    assert "median of 2 economies 70.0 %" in title(figure)
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


# --- Vendors by region ------------------------------------------------------------------------------


def test_tiles_stack_to_the_whole_in_the_sponsors_colours():
    shares = regional()
    figure = plots.vendor_regions(shares, years=[2010, 2050])
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["The world", "Africa", "Low-income economies"]
    for place, ax in enumerate(figure.axes):
        tops = np.array([[bar.get_height() for bar in bars] for bars in ax.containers])
        np.testing.assert_allclose(tops.sum(axis=0), 100)
        mean = 100 * shares.isel(group=place).sel(year=2050).mean("run").values
        np.testing.assert_allclose(sorted(tops[:, 1]), sorted(mean))
    hatches = {bars[0].get_hatch() for bars in figure.axes[0].containers}
    assert len(hatches) == 3  # one for each sponsor
    label = next(text for text in texts(figure) if text.endswith("% Chinese"))
    assert (
        label
        == f"{100 * float(shares.sel(year=2050, group='world')[:, :2].sum('vendor').mean()):.0f} % Chinese"
    )


def test_the_tiles_say_who_leads_where_and_when():
    figure = plots.vendor_regions(regional(), years=[2010, 2050])
    assert "Chinese vendors lead in 2 of 3 groups" in title(figure)
    assert "EU vendors in 1" in title(figure)
    assert "(90 % of runs:" in title(figure)


def test_one_group_has_a_title_of_its_own_and_one_run_no_range():
    one = regional().sel(group=["Africa"])
    figure = plots.vendor_regions(one.assign_coords(group=["KEN"]), years=[2010, 2050])
    share = 100 * float(one.sel(year=2050, vendor=["huawei", "zte"]).sum("vendor").mean())
    assert title(figure).startswith(
        f"Mobile networks, Kenya: in 2050 Chinese vendors lead with {share:.0f} % (90 %"
    )
    alone = plots.vendor_regions(one.isel(run=[0]), years=[2010, 2050])
    assert "90 %" not in title(alone)
    assert "mean of 1 run;" in " ".join(texts(alone)).replace("\n", " ")


def test_owners_of_unknown_vendors_must_be_given():
    renamed = regional().assign_coords(vendor=["huawei", "zte", "ericsson", "acme"])
    with pytest.raises(InputError, match="acme"):
        plots.vendor_regions(renamed)
    assert "JPN" not in title(plots.vendor_regions(renamed, owners={"acme": "JPN"}))
    assert "Japanese" in " ".join(texts(plots.vendor_regions(renamed, owners={"acme": "JPN"})))
    with pytest.raises(InputError, match="2099"):
        plots.vendor_regions(regional(), years=[2099])
    with pytest.raises(InputError, match="no 'group'"):
        plots.vendor_regions(regional().isel(group=0))


# --- Phase diagram ----------------------------------------------------------------------------------


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
    assert "exceeds 40.0 % in 2035 at 12 of 20 points" in title(figure)
    default = declarations()["switching_cost"].default
    assert "default parameters, between points, it is 51.0 %" in title(figure)
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xdata()[0] == default


def test_points_too_close_to_the_level_are_counted_and_hatched():
    ds = swept()
    ds["lock_in"][8:12] = 0.5 + np.linspace(-0.1, 0.1, 6)[None, :, None]
    figure = plots.phase_diagram(ds, "lock_in", "switching_cost", "network_weight")
    assert ", 4 are too close to tell" in title(figure)
    assert sum(patch.get_gid() == "unsure" for patch in figure.axes[0].patches) == 4
    never = plots.phase_diagram(ds, "lock_in", "switching_cost", "network_weight", level=3.0)
    assert "at 0 of 20 points (highest" in title(never)


def test_one_run_has_no_interval_so_that_every_point_is_too_close_to_tell():
    figure = plots.phase_diagram(
        swept().isel(run=[0]), "lock_in", "switching_cost", "network_weight", year=2035
    )
    assert "at 0 of 20 points" in title(figure)
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


# --- Heat map ---------------------------------------------------------------------------------------


def test_the_heat_map_writes_every_number_and_marks_what_holds_zero():
    figure = plots.heat_map(by_domain())
    found = texts(figure)
    assert {"−5.0", "(−0.2)", "(+0.1)", "+1.0", "no value", "−2.0"} <= set(found)
    assert title(figure) == (
        "World share of cn2035 in 2050: most under “No Digital Silk Road”, mobile networks: "
        "−5.0 percentage points (95 % interval −5.4 to −4.6)"
    )
    ax = figure.axes[0]
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    assert len(hatched) == 2
    faces = {to_hex(patch.get_facecolor()) for patch in ax.patches if not patch.get_hatch()}
    assert faces == {effect_color(-1.0), effect_color(0.2), effect_color(-0.4)}
    assert [label.get_text() for label in ax.get_yticklabels()] == [DSR, OPEN]


def test_the_heat_map_says_when_nothing_is_clear_and_shows_tiny_effects():
    none = by_domain().assign(effect_low=by_domain()["effect"] - 1, effect_high=by_domain()["effect"] + 1)
    assert "no policy changes it by more than chance could" in title(plots.heat_map(none))
    tiny = by_domain() / 1000
    assert "−0.01" in texts(plots.heat_map(tiny.assign_attrs(by_domain().attrs)))


def test_an_effect_that_rounds_to_zero_keeps_its_sign_where_it_is_clear():
    tiny = by_domain().isel(scenario=[1]).copy(deep=True)
    for name in ("effect", "effect_low", "effect_high"):
        tiny[name][:] = [0.2, -1e-6, 0.0]
    assert "−0.00" in texts(plots.heat_map(tiny.assign_attrs(by_domain().attrs)))


def test_long_heads_break_at_blanks_and_hyphens_and_never_overlap():
    names = ["lower-middle-income economies", "telecommunications", "EU"]
    wide = by_domain().isel(domain=slice(3)).rename(domain="group").assign_coords(group=names)
    wide = wide.assign_coords(group_label=("group", names))
    figure = plots.heat_map(wide)
    figure.canvas.draw()
    heads = figure.axes[0].get_xticklabels()
    assert heads[0].get_text() == "lower-middle-\nincome economies"
    boxes = [head.get_window_extent() for head in heads]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_names_at_the_ends_of_lines_stay_above_the_years():
    assert spread([0.0, 0.1, 0.05], 1.0, 0.0).tolist() == [0.0, 2.0, 1.0]
    assert spread([0.0, 0.1], 1.0).mean() == pytest.approx(0.05)


def test_the_heat_map_reads_outcomes_of_one_unit():
    table = effects_over([[0.01, 0.02]], 0.001, scenario=["open_ran"], outcome=["a", "b"])
    ds = table.drop_vars(["outcome_label", "outcome_unit"]).assign_coords(
        outcome=["a", "b"],
        outcome_label=("outcome", ["share of cn2035, cloud", "share of cn2035, smart city"]),
        outcome_unit=("outcome", ["share", "share"]),
    )
    heads = [label.get_text() for label in plots.heat_map(ds).axes[0].get_xticklabels()]
    assert heads == ["cloud", "smart city"]
    assert title(plots.heat_map(ds)).startswith(
        "Share of cn2035: most under “Mandatory open interfaces”, smart city: +2.0"
    )
    with pytest.raises(InputError, match="rows of one unit"):
        plots.heat_map(ds.assign_coords(outcome_unit=("outcome", ["share", "USD bn"])))
    with pytest.raises(InputError, match=r"effects\.sel"):
        plots.heat_map(by_domain().expand_dims(group=["world"]))


# --- Window -----------------------------------------------------------------------------------------


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
    with pytest.raises(InputError, match=r"mechanism.*found 'sometimes'"):
        plots.window_curve(bare.assign_coords(mechanism=["with_lock_in", "sometimes"]))
    with pytest.raises(InputError, match="no 'reading'"):
        plots.window_curve(bare.isel(reading=0))


# --- Futures ----------------------------------------------------------------------------------------


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


# --- Voting power -----------------------------------------------------------------------------------


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


# --- Names ------------------------------------------------------------------------------------------


def test_names_are_written_as_people_write_them():
    assert name_of("domain", "mobile_network") == "mobile networks"
    assert name_of("country", "KEN") == "Kenya"
    assert name_of("sponsor", "USA") == "United States"
    assert name_of("body", "ITU") == "ITU"
    assert name_of("group", "income:lower_middle") == "lower-middle-income economies"
    assert name_of("group", "built_2010") == "partner markets built by 2010"
    assert (owner_of("huawei"), owner_of("new", {"new": ""})) == ("CHN", "")


def test_a_group_has_one_name_in_outcomes_and_figures():
    world = load_world()
    known, names = outcomes(world), [name_of("group", group) for group in world.group_names]
    assert len(set(names)) == len(names)
    assert not any(mark in name for name in names for mark in ":_")
    for group in GROUPS:
        assert known[f"cn2035_sensitive_{group}"].label.endswith(f", {name_of('group', group)}")


def test_every_sponsor_has_an_adjective_and_a_look_of_its_own():
    sponsors = load_world().sponsors
    for known in (adjective, sponsor_marker, lambda sponsor: sponsor_hatch(sponsor, "")):
        assert len({known(sponsor) for sponsor in sponsors}) == len(sponsors)
        assert "" not in {known(sponsor) for sponsor in sponsors}
