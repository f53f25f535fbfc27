"""Does the baseline pass through the history that was recorded?  Nothing here was fitted year by year."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.world.tables import read_table

RUNS, SEED, YEARS = 128, 2020, (2010, 2021)
#: Shares are reported in whole points, by firms that differ by a few; the model is to come within this.
CLOSE = 0.05

OBSERVED = read_table("observations")
MOBILE = "mobile_network"
#: Reported for whole years, worldwide and without China; 2016 to 2017 by one firm, 2019 to 2020 by another.
SERIES = {("world", year): ("mobile_infrastructure", "ihs_2017") for year in (2016, 2017)} | {
    (scope, year): ("ran", "delloro_2020") for scope in ("world", "excluding_CHN") for year in (2019, 2020)
}
#: Without figures to compare in that year, or too small to be reported in all of them.
LEFT_OUT = {("world", "samsung")}


def observed(scope: str, year: int, segment: str, source: str, domain: str = MOBILE) -> dict[str, float]:
    """Shares of a whole year's sales that one source reports, by vendor."""
    chosen = (
        (OBSERVED["domain"] == domain)
        & (OBSERVED["scope"] == scope)
        & (OBSERVED["year"] == year)
        & (OBSERVED["period"] == "FY")
        & (OBSERVED["segment"] == segment)
        & (OBSERVED["measure"] == "sales")
        & (OBSERVED["source"] == source)
    )
    return dict(zip(OBSERVED["vendor"][chosen].tolist(), OBSERVED["share"][chosen].tolist(), strict=True))


CASES = [
    pytest.param(scope, year, vendor, share, id=f"{scope}-{year}-{vendor}")
    for (scope, year), (segment, source) in SERIES.items()
    for vendor, share in observed(scope, year, segment, source).items()
    if (scope, vendor) not in LEFT_OUT
]


@pytest.fixture(scope="module")
def sales() -> xr.DataArray:
    """Mean share of sales, by year, group, domain and vendor; each year with the two around it."""
    dataset = ls.simulate("baseline", runs=RUNS, seed=SEED, years=YEARS, record="group_sales_share")
    yearly = dataset.group_sales_share.mean("run")
    return yearly.rolling(year=3, center=True).mean()


def test_the_observations_compared_are_those_meant() -> None:
    assert observed("excluding_CHN", 2020, "ran", "delloro_2020") == {
        "ericsson": 0.37, "nokia": 0.27, "huawei": 0.21, "samsung": 0.08, "zte": 0.03
    }  # fmt: skip
    assert len(CASES) == 3 + 4 + 4 + 4 + 5 + 5


@pytest.mark.parametrize(("scope", "year", "vendor", "share"), CASES)
def test_shares_of_mobile_sales_are_near_the_reported_ones(
    sales: xr.DataArray, scope: str, year: int, vendor: str, share: float
) -> None:
    simulated = float(sales.sel(group=scope, year=year, domain=MOBILE, vendor=vendor))
    assert simulated == pytest.approx(share, abs=CLOSE)


def test_vendors_absent_in_2000_sell_two_fifths_of_mobile_networks_in_2015(sales: xr.DataArray) -> None:
    (reported,) = observed("world", 2015, "mobile_infrastructure", "delloro_2015").values()
    absent = sales.sel(group="world", year=2015, domain=MOBILE, vendor=["huawei", "zte", "samsung"])
    assert float(absent.sum()) == pytest.approx(reported, abs=0.025)


def test_chinese_vendors_sell_three_of_five_smartphones_in_south_east_asia_in_2019(
    sales: xr.DataArray,
) -> None:
    (reported,) = observed("ASEAN5", 2019, "smartphones", "clingendael_2020", "smartphone").values()
    world = ls.load_world()
    domain = world.domains.index("smartphone")
    chinese = (world.slot_sponsor[domain] == world.sponsors.index("CHN")) & (world.slot_vendor[domain] >= 0)
    names = np.array(world.vendors)[world.slot_vendor[domain][chinese]].tolist()
    share = float(sales.sel(group="ASEAN5", year=2019, domain="smartphone", vendor=names).sum())
    assert share == pytest.approx(reported, abs=0.1)
