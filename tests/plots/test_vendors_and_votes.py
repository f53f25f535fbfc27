"""Figures of vendors by region, whose shares add up, and of power in a vote."""

import numpy as np
import xarray as xr
from plots.studies import MEMBERS, SIDES, regional, texts, title

from lockin_sim import metrics, plots


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
    assert "JPN" not in title(plots.vendor_regions(renamed, owners={"acme": "JPN"}))
    assert "Japanese" in " ".join(texts(plots.vendor_regions(renamed, owners={"acme": "JPN"})))


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
