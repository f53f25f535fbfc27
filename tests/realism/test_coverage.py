"""Is a network built where the record says so, and not elsewhere?"""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.world.schema import read_table

#: Third-generation coverage of people is .99, .92, .82 and .65 of these groups; what is built in a world of
#: one pace for all is .97, .93, .87 and .85.
GROUPS = ("high", "upper_middle", "lower_middle", "low")


@pytest.fixture(scope="module")
def built():
    """Part of mobile networks that is built in 2020, by economy."""
    ds = ls.simulate("baseline", runs=8, seed=31, years=(2010, 2020), record=["installed"]).installed
    return ds.sel(domain="mobile_network", year=2020).sum("vendor").mean("run")


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_built_in_2020_follows_the_record(built, group):
    table, countries = read_table("coverage"), read_table("countries")
    mine = np.isin(table["iso3"], np.array(countries.labels)[countries["income_group"] == group])
    simulated = float(built.sel(country=table["iso3"][mine]).mean())
    assert simulated == pytest.approx(table["share"][mine].mean(), abs=0.06)
