"""Do money and the first year of the bundled world say what the tables and the records say?"""

import numpy as np
import pytest
from data.places import step

import lockin_sim as ls

# --- money ---


def test_envelopes_of_china_are_those_on_record(world, at):
    finance = ls.records("chinese_finance")
    mine = world.lenders.sponsor == at.h["CHN"]
    lent = world.conditions.envelope[:, mine].sum(axis=1)
    for year, amount in zip(finance["year"], finance["loans_amount"], strict=True):
        if year >= 2010:
            assert lent[step(year)] == pytest.approx(amount / 1e3, abs=0.006)
    assert lent[-1] < 1


def test_lenders_know_their_borrowers(world, at):
    appeal = dict(zip(world.lenders.names, world.lenders.appeal.T, strict=True))
    assert not np.isfinite(world.lenders.appeal.T[world.home.T[world.lenders.sponsor]]).any()
    exim, commercial = appeal["china_eximbank"], appeal["china_commercial"]
    assert np.isfinite(exim[[at.i["ETH"], at.i["KEN"]]]).all()
    assert np.isinf(exim[[at.i["BRA"], at.i["USA"]]]).all()
    assert np.isfinite(commercial[[at.i["BRA"], at.i["RUS"]]]).all()
    share = np.bincount(world.lenders.sponsor, world.lenders.share)
    np.testing.assert_allclose(share, 1.0)


def test_spreads_are_those_on_record(world, at):
    costs = ls.records("borrowing_cost")
    for code, spread in zip(costs["iso3"], costs["default_spread"], strict=True):
        if not np.isnan(spread):
            assert world.borrowing_rate[at.i[code]] == pytest.approx(0.03 + spread)
    assert (world.borrowing_rate > 0.02).all()


def test_support_is_a_tenth_of_the_cost_of_chinese_firms(world, at):
    support = world.conditions.state_support[0]
    chinese = world.slot_sponsor == at.h["CHN"]
    adopters = np.array([who == "adopters" for who in world.buyer])
    np.testing.assert_array_equal(support, 0.1 * (chinese & ~adopters[:, None]))
    huawei = 0, at.v("mobile_network", "huawei")
    assert world.initial_cost[huawei] * (1 - support[huawei]) == pytest.approx(0.8, abs=1e-4)


# --- the first year ---


def test_landings_are_those_on_record(world, at):
    table, landings = ls.records("cable_suppliers"), world.facts["landings"]
    known = 0.0
    for code, period, supplier, cables in zip(
        *(table[column] for column in ("iso3", "period", "supplier", "cables")), strict=True
    ):
        if period == "1989-2010" and supplier in ("asn", "subcom", "nec", "hmn"):
            assert landings[at.i[code], at.v("submarine_cable", str(supplier))] == cables
            known += cables
    assert landings.sum() > known
    assert landings[at.i["AUT"]].sum() == 0  # no coast


def test_routes(world, at):
    routes = world.routes
    assert routes is not None
    assert routes.count.sum() == pytest.approx(1)
    assert routes.count @ [1, 2, 3, 4] == pytest.approx(1.9)
    assert routes.first.sum() == pytest.approx(1)
    assert routes.first[at.i["AUT"]] == 0
    assert (np.diag(routes.distance) == 300).all()
    assert routes.distance[at.i["FRA"], at.i["GBR"]] == pytest.approx(340, abs=15)  # Paris to London
    coastal = routes.first > 0
    np.testing.assert_allclose(routes.further.sum(axis=1), coastal)


def test_users_of_2010(world, at):
    users = world.facts["users_base"]
    shops = users[at.d["e_commerce"]]
    assert shops[at.i["CHN"], at.v("e_commerce", "alibaba")] == 0.8
    assert np.isnan(shops[at.i["BRA"]]).all()
    known = ~np.isnan(users).any(axis=-1)
    np.testing.assert_allclose(users[known].sum(axis=-1), 1.0)
    assert known.sum() == 11


def test_recorded_users_fit_into_the_base_of_the_world(world):
    """Else no shares elsewhere could make the recorded total."""
    value = world.conditions.market_size[0] * world.facts["coverage"]
    for d in world.bought_by("users"):
        users = np.nan_to_num(world.facts["users_base"][d])
        held = value[d] @ users / value[d].sum()
        assert (held <= world.facts["base_share"][d] + 5e-4).all()


def test_adoption_of_2010(world, at):
    adoption, d = world.facts["adoption"], at.d["data_governance"]
    law = adoption[d, :, at.v("data_governance", "eu_rules")]
    assert law.mean() == pytest.approx(0.39, abs=1e-6)
    assert (law[world.law[0][:, at.h["EU"]]] == 1).all()
    assert law[at.i["HRV"]] < 1  # a member from 2013 on
    assert law[at.i["CHE"]] > law[at.i["TCD"]]
    assert world.conditions.adoption_rate[0, d, at.v("data_governance", "eu_rules")] == 0.063
    navigation = adoption[at.d["satellite_navigation"]]
    assert (navigation[:, at.v("satellite_navigation", "gps")] == 1).all()
    assert navigation[at.i["RUS"], at.v("satellite_navigation", "glonass")] == 1


def test_anchors_cover_what_they_say(world, at):
    facts = world.facts
    assert (facts["anchor_mask"].sum(axis=0) <= 1).all()
    africa = facts["anchor_mask"][facts["anchor_mask"][:, at.i["NGA"]]][0]
    assert africa[at.i["NGA"]] and africa[at.i["EGY"]] and africa.sum() == 54  # noqa: PT018


def test_the_case_names_what_there_is(world):
    case = world.case
    assert case.family in world.standards
    assert set(case.sponsors) <= set(world.sponsors)
    assert set(case.groups) <= set(world.groups)
    assert all(title for _, title in case.outcomes)


def test_salience_is_recorded_until_a_year_of_its_own(world, at):
    assert world.salience_until[[at.h["CHN"], at.h["RUS"], at.h["EU"]]].tolist() == [2020, 2022, 2010]
    assert world.conditions.salience[[0, 8, 9, 10, 20], at.h["CHN"]].tolist() == [0.015, 0.07, 0.35, 1, 1]


def test_votes_with_the_rival(world, at):
    votes = world.rival_votes
    assert votes[at.i["GBR"], at.h["CHN"]] > 1  # votes as the United States do
    assert votes[at.i["CUB"], at.h["USA"]] > 0  # votes as China does
    assert votes[at.i["TWN"], at.h["CHN"]] == 0
    np.testing.assert_array_equal(votes[:, at.h["CHN"]], votes[:, at.h["RUS"]])
