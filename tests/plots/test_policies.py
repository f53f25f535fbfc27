"""Figures of what policies change: numbers of the dataset, and titles that follow the largest."""

import itertools

import pytest
from matplotlib.colors import to_hex
from plots.studies import DSR, OPEN, by_domain, effects_over, texts, title

from lockin_sim import plots
from lockin_sim.plots.kit.style import effect_color
from lockin_sim.titles import scenario_title


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
    assert "whiskers" not in " ".join(texts(plots.two_parts(results.drop_sel(outcome="cn2035_share"))))


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


def test_the_heat_map_writes_every_number_and_marks_what_holds_zero():
    figure = plots.heat_map(by_domain())
    found = texts(figure)
    assert {"−5.0", "(−0.2)", "(+0.1)", "+1.0", "no value", "−2.0"} <= set(found)
    assert title(figure) == (
        "World share of cn2035 in 2050: largest effect under “No Digital Silk Road”, mobile networks, of "
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


def test_numbers_have_two_significant_digits_at_most():
    wide = by_domain() * 2.468
    assert {"−12", "+2.5", "−4.9"} <= set(texts(plots.heat_map(wide.assign_attrs(by_domain().attrs))))


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
        "Share of cn2035: largest effect under “Mandatory open interfaces”, smart city, of +2.0"
    )
