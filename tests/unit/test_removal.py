"""Does what is restricted begin to go in the year after, for lots and for users alike?"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import lockin_sim as ls

YEARS = (0, 4)


def ordered(buyer, years_allowed):
    """Contracts that never end, one of two vendors restricted by order from the first year on."""
    world = ls.toy_world(1, 2, 1, buyer=buyer, lifetime=1e9, installed=np.array([[[1.0, 0.0]]]))
    now = world.conditions
    conditions = dataclasses.replace(
        now,
        restriction_order=np.ones_like(now.restriction_order),
        phase_out_years=np.full_like(now.phase_out_years, years_allowed),
    )
    sponsor = np.array([[0, 1]])
    return dataclasses.replace(
        world, conditions=conditions, slot_sponsor=sponsor, sensitive=np.ones(1, dtype=bool)
    )


@pytest.mark.parametrize("engine", ["core", "mesa"])
@pytest.mark.parametrize("buyer", ["operator", "users"])
@pytest.mark.parametrize(("allowed", "left"), [(0.0, [1, 1, 1, 1, 1]), (1.0, [1, 1, 0, 0, 0])])
def test_removal_begins_in_the_year_after_the_restriction(engine, buyer, allowed, left):
    found = ls.simulate(
        ls.Scenario.none(), world=ordered(buyer, allowed), parameters=ls.Parameters.neutral(), runs=2,
        years=YEARS, engine=engine, record=["restricted"],
    )  # fmt: skip
    assert found.restricted.isel(year=1).all()
    np.testing.assert_allclose(found.vendor_share.isel(vendor=0, domain=0), [left, left], atol=1e-6)


def test_users_go_in_equal_parts():
    """Ordered in year 1 to be gone within 3 years: a third in each of the years 2, 3 and 4."""
    found = ls.simulate(
        ls.Scenario.none(), world=ordered("users", 3.0), parameters=ls.Parameters.neutral(), runs=1,
        years=YEARS,
    )  # fmt: skip
    share = found.vendor_share.isel(run=0, vendor=0, domain=0)
    np.testing.assert_allclose(share, [1.0, 1.0, 2 / 3, 1 / 3, 0.0], atol=1e-6)
