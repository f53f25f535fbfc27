"""Figures of what policies change: numbers of the dataset, and titles that follow the largest."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from plots.studies import DSR, OPEN, by_domain, contrasted, regional, texts, title

from lockin_sim.pages import plots
from lockin_sim.pages.plots.kit.style import effect_color


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


def test_the_heat_map_writes_every_number_and_marks_what_holds_zero():
    figure = plots.heat_map(by_domain())
    found = texts(figure)
    assert {"−5.0", "(−0.2)", "(+0.1)", "+1.0", "no value", "−2.0"} <= set(found)
    assert title(figure) == (
        "World share of cn2035 in 2050: largest of 6 effects under “No Digital Silk Road”, mobile networks: "
        "−5.0 percentage points (95 % interval −5.4 to −4.6)"
    )
    ax = figure.axes[0]
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    assert len(hatched) == 2
    faces = {to_hex(patch.get_facecolor()) for patch in ax.patches if not patch.get_hatch()}
    assert faces == {effect_color(-1.0), effect_color(0.2), effect_color(-0.4)}
    assert [label.get_text() for label in ax.get_yticklabels()] == [DSR, OPEN]


def test_the_heat_map_of_a_contrast_has_a_row_an_arm_and_marks_where_futures_disagree():
    figure = plots.heat_map(contrasted())
    assert {"−5.0", "−6.0", "(+1.0)", "(−2.0)"} <= set(texts(figure))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["No loans", "Late"]
    assert "“No loans”, 2050: −6.0 percentage points (nine in ten futures: −8.0 to −4.0)" in title(figure)


# --- vendors and votes ---


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
