"""The figure of vendors by region: shares that add up, in the order of their size."""

import numpy as np
import pytest
from plots.studies import regional, texts, title

from lockin_sim import plots
from lockin_sim.errors import InputError


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
