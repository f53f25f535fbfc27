"""The heat map of effects: numbers of the dataset, and a title that follows the largest."""

import itertools

import pytest
from matplotlib.colors import to_hex
from plots.studies import (
    DSR,
    OPEN,
    by_domain,
    effects_over,
    texts,
    title,
)

from lockin_sim import plots
from lockin_sim.errors import InputError
from lockin_sim.plots.kit.style import effect_color, spread


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
        "Share of cn2035: largest effect under “Mandatory open interfaces”, smart city, of +2.0"
    )
    with pytest.raises(InputError, match="rows of one unit"):
        plots.heat_map(ds.assign_coords(outcome_unit=("outcome", ["share", "USD bn"])))
    with pytest.raises(InputError, match=r"effects\.sel"):
        plots.heat_map(by_domain().expand_dims(group=["world"]))
