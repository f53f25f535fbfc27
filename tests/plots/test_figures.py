"""Figures of policy effects: what they say, what they refuse, and that nothing is cut off."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.text import Text

from lockin_sim import plots
from lockin_sim.errors import InputError
from lockin_sim.plots.kit.style import spread, wrapped
from lockin_sim.titles import scenario_title

FIGURES = {
    "trajectories": plots.trajectories,
    "effects": plots.effects,
    "two_parts": plots.two_parts,
    "dependence": plots.dependence,
    "body_status": plots.body_status,
}
NEEDED = {
    "trajectories": "cn2035_share",
    "effects": "cn2035_share",
    "two_parts": "cn2035_others",
    "dependence": "lock_in_EU",
}


def ink(figure):
    """Share of pixels that are not white."""
    figure.canvas.draw()
    return float((np.asarray(figure.canvas.buffer_rgba())[..., :3] < 250).any(axis=-1).mean())


def texts(figure):
    return [each.get_text() for each in figure.findobj(Text) if each.get_visible() and each.get_text()]


def without(results, **dropped):
    return results.drop_sel(**dropped)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_something_and_leaves_its_input_alone(results, name):
    before = results.copy(deep=True)
    figure = FIGURES[name](results)
    assert ink(figure) > 0.03
    assert len(figure.get_suptitle()) > 20
    assert any("500 paired runs" in text.replace("\n", " ") for text in texts(figure))
    xr.testing.assert_identical(results, before)


def visible_texts(figure):
    """All texts but those of hidden axes and of ticks outside the view."""
    hidden = set()
    for ax in figure.axes:
        hidden |= set() if ax.get_visible() else set(ax.findobj(Text))
        for labels, (low, high), at in (
            (ax.get_xticklabels(), sorted(ax.get_xlim()), 0),
            (ax.get_yticklabels(), sorted(ax.get_ylim()), 1),
        ):
            hidden |= {label for label in labels if not low <= label.get_position()[at] <= high}
    shown = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text().strip()]
    return [each for each in shown if each not in hidden]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off(results, name):
    figure = FIGURES[name](results)
    figure.canvas.draw()
    width, height = figure.bbox.size
    for text in visible_texts(figure):
        box = text.get_window_extent()
        assert -1 <= box.x0 <= box.x1 <= width + 1, text.get_text()
        assert -1 <= box.y0 <= box.y1 <= height + 1, text.get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_one_scenario_or_none_beside_the_baseline_is_enough(results, name):
    assert ink(FIGURES[name](results.sel(scenario=["baseline", "open_ran"]))) > 0.02
    assert ink(FIGURES[name](results.sel(scenario=["baseline"]))) > 0.005


@pytest.mark.parametrize("name", FIGURES)
def test_missing_values_leave_gaps_not_errors(results, name):
    results["level"].loc[{"scenario": "no_dsr"}] = np.nan
    for variable in ("effect", "effect_low", "effect_high"):
        results[variable].loc[{"scenario": "no_dsr"}] = np.nan
    assert ink(FIGURES[name](results)) > 0.03
    assert ink(FIGURES[name](results.where(results["year"] < 0))) > 0.005


@pytest.mark.parametrize("name", FIGURES)
def test_the_order_of_the_axes_does_not_matter(results, name):
    turned = results.transpose("statistic", "year", "outcome", "scenario")
    assert FIGURES[name](turned).get_suptitle() == FIGURES[name](results).get_suptitle()


@pytest.mark.parametrize("name", FIGURES)
def test_a_given_title_replaces_the_finding(results, name):
    assert FIGURES[name](results, title="So it is").get_suptitle() == "So it is"


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_outcome_is_named(results, name):
    with pytest.raises(InputError, match=NEEDED[name]):
        FIGURES[name](without(results, outcome=NEEDED[name]))


def test_without_any_body_there_is_no_figure_of_bodies(results):
    bodies = [name for name in results["outcome"].values if name.startswith("status_")]
    with pytest.raises(InputError, match="status_"):
        plots.body_status(without(results, outcome=bodies))


def test_unknown_names_meet_the_nearest_known_one(results):
    with pytest.raises(InputError, match=r"cn2035_shore.*Did you mean 'cn2035_share'"):
        plots.trajectories(results, "cn2035_shore")
    with pytest.raises(InputError, match=r"open_lan.*Did you mean 'open_ran'"):
        plots.trajectories(results, scenarios=["open_lan"])
    with pytest.raises(InputError, match="statistic"):
        plots.trajectories(results, statistic="mode")
    with pytest.raises(InputError, match="2060"):
        plots.effects(results, years=(2035, 2060))
    with pytest.raises(InputError, match="baseline"):
        plots.effects(without(results, scenario="baseline"))
    with pytest.raises(InputError, match="effect_low"):
        plots.effects(results.drop_vars("effect_low"))


@pytest.mark.parametrize("name", FIGURES)
def test_swapped_interval_ends_are_refused(results, name):
    swapped = results.rename(effect_low="effect_high", effect_high="effect_low")
    with pytest.raises(InputError, match="lower end first"):
        FIGURES[name](swapped)


def test_swapped_quantiles_are_refused(results):
    swapped = results.assign_coords(statistic=["mean", "q95", "q50", "q05"])
    with pytest.raises(InputError, match="q05 to q95"):
        plots.trajectories(swapped)


def test_the_forest_names_the_largest_clear_effect_and_sorts_by_it(results):
    figure = plots.effects(results)
    assert "falls most under “No Digital Silk Road”: −7.1 percentage points in 2050" in " ".join(
        figure.get_suptitle().split()
    )
    ax = figure.axes[0]
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows == [
        scenario_title(name)
        for name in ("no_dsr", "open_ran", "no_state_finance", "eu_coordinated", "digital_oda")
    ]
    assert ax.get_xlabel() == "difference from the baseline, percentage points"
    plain = results.assign_coords(outcome_unit=("outcome", ["index"] * results.sizes["outcome"]))
    assert "−0.071\N{NO-BREAK SPACE}index" in plots.effects(plain).get_suptitle()
    rising = plots.effects(results, "dependence_USA", years=[2050])
    assert "rises most under “No Digital Silk Road”" in rising.get_suptitle()


def test_the_forest_says_so_when_nothing_is_distinguishable(results):
    results["effect_low"] = results["effect"] - 1
    results["effect_high"] = results["effect"] + 1
    title = " ".join(plots.effects(results).get_suptitle().split())
    assert title == "World share of cn2035: no policy changes it by more than chance could in 2050"
    assert "no policy moves it by more than chance could" in " ".join(
        plots.trajectories(results).get_suptitle().split()
    )


def test_an_effect_whose_interval_holds_zero_is_never_the_finding(results):
    results["effect_high"].loc[{"scenario": "no_dsr"}] = 0.01
    assert "most under “Mandatory open interfaces”" in plots.effects(results).get_suptitle()


def test_trajectories_show_shares_per_cent_and_other_units_as_they_are(results):
    figure = plots.trajectories(results)
    assert figure.axes[0].get_ylabel() == "per cent"
    assert figure.axes[0].get_ylim()[1] == pytest.approx(46.9, abs=0.5)
    assert "34 % in 2050" in figure.get_suptitle().replace("\N{NO-BREAK SPACE}", " ")
    plain = results.assign_coords(outcome_unit=("outcome", ["USD bn"] * results.sizes["outcome"]))
    figure = plots.trajectories(plain)
    assert figure.axes[0].get_ylabel() == "USD bn"
    assert figure.axes[0].get_ylim()[1] < 1


def test_trajectories_keep_the_asked_order(results):
    figure = plots.trajectories(results, scenarios=["open_ran", "no_dsr"], statistic="q50")
    titles = ["Mandatory open interfaces", "No Digital Silk Road"]
    heads = [text for text in texts(figure) if text in titles]
    assert heads == titles


def test_two_parts_add_up_and_wear_the_owners_colour(results):
    figure = plots.two_parts(results)
    title = figure.get_suptitle().replace("\N{NO-BREAK SPACE}", " ")
    assert title.startswith("Equipment of Chinese vendors carries 62 % of Chinese standards in 2050, other")
    bars = figure.axes[1].containers
    ends = [bar.get_x() + bar.get_width() for bar in bars[1]]
    assert ends[0] == pytest.approx(34.0)
    assert {to_hex(bar.get_facecolor()) for bar in bars[0]} == {plots.sponsor_color("CHN").lower()}
    assert all(bar.get_hatch() for bar in bars[1])
    assert figure.axes[0].get_xlabel() == "per cent of installed capacity"


def test_two_parts_do_without_the_range_of_the_sum(results):
    assert "whiskers" not in " ".join(texts(plots.two_parts(without(results, outcome="cn2035_share"))))


def test_dependence_treats_sponsors_alike(results):
    figure = plots.dependence(results, 2035, sponsors=("USA", "EU"))
    assert figure.get_suptitle().startswith("Lock-in is")
    markers = {line.get_marker() for line in figure.axes[0].lines} - {"None", "none", ""}
    assert markers == {"s", "^"}
    assert figure.axes[0].get_xlabel() == "per cent"


def test_bodies_are_named_as_they_are_written(results):
    figure = plots.body_status(results)
    assert [ax.get_title(loc="left") for ax in figure.axes][:2] == ["ITU", "ISO and IEC"]
    title = " ".join(figure.get_suptitle().split())
    assert title == (
        "Chinese standards reach 71 % of the live standards of World Internet Conference, 3.0 % of those "
        "of IETF by 2050 in the baseline"
    )


def test_no_global_plotting_state():
    code = "import sys, lockin_sim.plots; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_labels_are_spread_without_changing_their_order():
    places = spread([1.0, 1.0, 0.95, 5.0], 0.5)
    assert np.all(np.diff(np.sort(places)) > 0.499)
    assert places[2] < places[0] < places[1] < places[3] == 5.0
    assert spread([3.0], 1.0) == [3.0]


def test_lines_break_between_words_never_before_a_per_cent_sign():
    lines = wrapped("a share of 95 % " * 8, 2.0, 10.0)
    assert len(lines) > 3
    assert not any(line.startswith("%") for line in lines)
