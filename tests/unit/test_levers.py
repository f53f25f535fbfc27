"""Does each lever write to the conditions what it says, where and when it says, and nothing else?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.world import Conditions, World

YEARS = (2010, 2030)


def given(world: World, lever: str, target: Any, **settings: Any) -> Conditions:
    """Conditions with one lever from 2020 on."""
    return ls.Scenario.none().with_lever(lever, target, from_=2020, **settings).conditions(world, YEARS)


@pytest.fixture
def plain(real_world: World) -> Conditions:
    return real_world.conditions.spanning(*YEARS)


def test_data_rules_cost_in_proportion_to_their_distance(real_world: World) -> None:
    """Table sponsors: EU (1, .2), USA (.3, .1): (.7 + .1) / 2 = .4; CHN (.6, 1): (.4 + .8) / 2 = .6."""
    cost = given(real_world, "data_protection", "EU", rules="EU", cost=0.5).compliance_cost
    germany, kenya = (real_world.countries.index(c) for c in ("DEU", "KEN"))
    at = {name: cost[10, germany, h] for h, name in enumerate(real_world.sponsors)}
    assert at["EU"] == 0.0
    assert at["USA"] == pytest.approx(0.2)
    assert at["CHN"] == pytest.approx(0.3)
    assert (cost[:10] == 0).all()
    assert (cost[:, kenya] == 0).all()


def test_the_rules_of_a_vendor_without_a_sponsor_count_as_the_mean_of_all(real_world: World) -> None:
    distance = real_world.rule_distance
    np.testing.assert_allclose(distance[-1], distance[:-1].mean(axis=0))
    np.testing.assert_array_equal(distance[:-1], distance[:-1].T)
    assert (np.diag(distance) == 0).all()


def test_data_rules_of_two_uses_add_up(real_world: World) -> None:
    twice = (
        ls.Scenario.none()
        .with_lever("data_protection", "JPN", from_=2020, rules="EU", cost=0.1)
        .with_lever("data_protection", "JPN", from_=2020, rules="CHN", cost=0.2)
        .conditions(real_world, YEARS)
    )
    one = given(real_world, "data_protection", "JPN", rules="EU", cost=0.1)
    other = given(real_world, "data_protection", "JPN", rules="CHN", cost=0.2)
    np.testing.assert_allclose(twice.compliance_cost, one.compliance_cost + other.compliance_cost)


def test_a_home_market_closes_and_opens_where_data_are_personal(real_world: World) -> None:
    """China keeps US clouds, shops, payments and rules out; opened, only the rules stay out."""
    china, usa = real_world.countries.index("CHN"), real_world.sponsors.index("USA")
    opened = given(real_world, "data_localisation", "CHN", on="USA", mode="open").barrier
    assert barred(real_world, opened[9, china, :, usa]) == {
        "cloud", "e_commerce", "digital_payments", "data_governance",
    }  # fmt: skip
    assert barred(real_world, opened[10, china, :, usa]) == {"data_governance"}
    closed = given(real_world, "data_localisation", "IND", on="CHN", mode="closed").barrier
    india, sponsor = real_world.countries.index("IND"), real_world.sponsors.index("CHN")
    assert barred(real_world, closed[10, india, :, sponsor]) == {
        "cloud", "smart_city", "e_commerce", "digital_payments",
    }  # fmt: skip


def barred(world: World, barrier: np.ndarray) -> set[str]:
    return {world.domains[d] for d in np.flatnonzero(barrier)}


def test_no_state_shuts_out_its_own_vendors(real_world: World, plain: Conditions) -> None:
    closed = given(real_world, "data_localisation", ["EU", "GBR"], on="EU", mode="closed").barrier
    changed = (closed != plain.barrier).any(axis=(0, 2, 3))
    assert [real_world.countries[i] for i in np.flatnonzero(changed)] == ["GBR"]


def test_a_mandate_moves_from_one_body_to_another(real_world: World, plain: Conditions) -> None:
    moved = given(real_world, "venue", "cloud", leaves="IETF", enters="WIC").mandate
    body, domain = real_world.body_names.index, real_world.domains.index("cloud")
    assert plain.mandate[10, body("IETF"), domain]
    assert not plain.mandate[10, body("WIC"), domain]
    assert not moved[10:, body("IETF"), domain].any()
    assert moved[10:, body("WIC"), domain].all()
    assert (moved != plain.mandate).sum() == 2 * 11


def test_two_sponsors_leave_together_and_stay_compatible_with_each_other(real_world: World) -> None:
    between = given(real_world, "decoupling", ["CHN", "RUS"], compatibility=0.2).compatibility
    china, russia, usa, eu = (real_world.sponsors.index(h) for h in ("CHN", "RUS", "USA", "EU"))
    assert (between[:10] == 1).all()
    now = between[10]
    assert now[china, russia] == now[usa, eu] == 1.0
    assert now[china, usa] == now[usa, china] == now[eu, russia] == 0.2
    np.testing.assert_array_equal(now, now.T)


def test_effort_may_be_made_in_one_body_alone(real_world: World, plain: Conditions) -> None:
    effort = given(real_world, "standards_effort", "EU", effort=3.0, body="ITU").effort
    eu, itu = real_world.sponsors.index("EU"), real_world.body_names.index("ITU")
    np.testing.assert_allclose(effort[10, eu, itu], 3 * plain.effort[10, eu, itu])
    assert (effort != plain.effort).sum() == 11


def test_a_cap_holds_in_sensitive_networks_alone(real_world: World) -> None:
    cap = given(real_world, "diversification", "KEN", share_cap=0.4).share_cap
    kenya = real_world.countries.index("KEN")
    np.testing.assert_array_equal(cap[10, kenya], np.where(real_world.sensitive, 0.4, 1.0))
    assert 0 < real_world.sensitive.sum() < len(real_world.domains)
