"""Does each lever write to the conditions what it says, where and when it says?

That nothing else changes, and nothing at all at neutral settings, tests/properties asks of all levers.
"""

import numpy as np
import pytest
from data.places import Places

import lockin_sim as ls

YEARS = (2010, 2030)


def given(world, lever, target, **settings):
    """Conditions with one lever from 2020 on."""
    return ls.Scenario.none().with_lever(lever, target, from_=2020, **settings).conditions(world, YEARS)


@pytest.fixture
def plain(real_world):
    return real_world.conditions.spanning(*YEARS)


def same(old):
    return old


def twice_at_most_one(old):
    return min(1.0, 2 * old)


#: A lever with its target and settings, the field that it writes to, and what stands there from 2020 on, by
#: labels: a number, or what becomes of the number before.  Worked out by hand from the tables.
SETS = (
    # table sponsors: EU (1, .2), USA (.3, .1): (.7 + .1) / 2 = .4; CHN (.6, 1): (.4 + .8) / 2 = .6; times .5
    ("data_protection", "EU", {"rules": "EU", "cost": 0.5}, "compliance_cost",
     {("DEU", "EU"): 0.0, ("DEU", "USA"): 0.2, ("DEU", "CHN"): 0.3, ("KEN", "CHN"): 0.0}),
    # China keeps US clouds and rules out; opened, only the rules stay out, whose data are not personal
    ("data_localisation", "CHN", {"on": "USA", "mode": "open"}, "barrier",
     {("cloud", "CHN", "USA"): False, ("e_commerce", "CHN", "USA"): False,
      ("data_governance", "CHN", "USA"): True}),
    ("data_localisation", "IND", {"on": "CHN", "mode": "closed"}, "barrier",
     {("cloud", "IND", "CHN"): True, ("smart_city", "IND", "CHN"): True,
      ("mobile_network", "IND", "CHN"): False, ("cloud", "KEN", "CHN"): False}),
    # no state shuts out its own vendors
    ("data_localisation", ["EU", "GBR"], {"on": "EU", "mode": "closed"}, "barrier",
     {("cloud", "GBR", "EU"): True, ("cloud", "DEU", "EU"): False}),
    ("venue", "cloud", {"leaves": "IETF", "enters": "WIC"}, "mandate",
     {("IETF", "cloud"): False, ("WIC", "cloud"): True}),
    # two sponsors leave together and stay compatible with each other
    ("decoupling", ["CHN", "RUS"], {"compatibility": 0.2}, "compatibility",
     {("CHN", "RUS"): 1.0, ("USA", "EU"): 1.0, ("CHN", "USA"): 0.2, ("USA", "CHN"): 0.2,
      ("EU", "RUS"): 0.2}),
    ("standards_effort", "EU", {"effort": 3.0, "body": "ITU"}, "effort",
     {("EU", "ITU"): lambda old: 3 * old, ("EU", "IETF"): same, ("CHN", "ITU"): same}),
    ("elected_office", "CHN", {"weight": 0.5, "body": "ITU"}, "effort",
     {("CHN", "ITU"): lambda old: 1.5 * old, ("CHN", "IETF"): same}),
    # a cap holds in sensitive networks alone
    ("diversification", "KEN", {"share_cap": 0.4}, "share_cap",
     {("mobile_network", "KEN"): 0.4, ("smartphone", "KEN"): 1.0, ("mobile_network", "UGA"): 1.0}),
    # an envelope is divided among the lenders of a sponsor
    ("export_finance", "CHN", {"envelope": 8.0, "rate": 0.01}, "envelope",
     {("china_eximbank",): 8.0 * 0.3, ("china_commercial",): 8.0 * 0.7, ("us_lenders",): same}),
    ("export_finance", "CHN", {"envelope": 8.0, "rate": 0.01}, "loan_rate",
     {("china_eximbank",): 0.01, ("china_commercial",): 0.01, ("us_lenders",): same}),
    ("export_finance", "CHN", {"envelope": 8.0, "rate": 0.01}, "tenor", {("china_eximbank",): same}),
    # support adds to what is there, and scales it
    *(("state_support", "huawei/mobile_network", settings, "state_support",
       {("mobile_network", "huawei"): becomes, ("cloud", "huawei"): same, ("mobile_network", "zte"): same})
      for settings, becomes in (
          ({"share": 0.2}, lambda old: 1 - (1 - old) * 0.8), ({"scale": 0.0}, 0.0),
          ({"scale": 2.0}, lambda old: 2 * old), ({"scale": 0.0, "share": 0.2}, 0.2))),
    ("local_partner", "ant/digital_payments", {"where": "KEN", "stake": 0.4}, "home_part",
     {("digital_payments", "KEN", "ant"): 0.4, ("digital_payments", "UGA", "ant"): 0.0}),
    # a smaller stake than that on record changes nothing at home
    ("local_partner", "ant/digital_payments", {"where": "world", "stake": 0.1}, "home_part",
     {("digital_payments", "CHN", "ant"): 1.0,
      ("digital_payments", "KEN", "ant"): 0.1}),
    ("service", "china_rules/internet_protocol", {"where": "KEN", "mode": "open"}, "served",
     {("internet_protocol", "KEN", "china_rules"): True, ("internet_protocol", "UGA", "china_rules"): same}),
    ("service", "huawei/smartphone", {"where": "Africa", "mode": "closed"}, "served",
     {("smartphone", "KEN", "huawei"): False, ("smartphone", "DEU", "huawei"): True}),
    ("alliance_pressure", "EU", {"on": "CHN", "pressure": 0.8}, "pressure",
     {("DEU", "CHN"): 0.8, ("DEU", "USA"): 0.0, ("USA", "CHN"): 0.0}),
    ("salience", "RUS", {"factor": 2.0}, "salience", {("RUS",): twice_at_most_one, ("CHN",): same}),
    ("salience", "CHN", {"factor": 0.0}, "salience", {("CHN",): 0.0, ("RUS",): same}),
    ("adoption", ["eu_rules", "china_rules/data_governance"], {"rate": 0.2}, "adoption_rate",
     {("data_governance", "eu_rules"): 0.2, ("data_governance", "china_rules"): 0.2,
      ("satellite_navigation", "galileo"): same}),
    ("standards_agreement", ["KEN", "CHN"], {"family": "cn2035", "fine": 0.1}, "demanded",
     {("KEN", "cn2035"): True, ("CHN", "cn2035"): True, ("UGA", "cn2035"): False}),
    ("standards_agreement", ["KEN", "CHN"], {"family": "cn2035", "fine": 0.1}, "fine",
     {("KEN", "cn2035"): 0.1, ("CHN", "cn2035"): 0.1, ("KEN", "international"): 0.0}),
)  # fmt: skip


@pytest.mark.parametrize(("lever", "target", "settings", "field", "expected"), SETS)
def test_a_lever_sets_what_it_says(real_world, plain, lever, target, settings, field, expected):
    at, found = Places(real_world), given(real_world, lever, target, **settings)
    np.testing.assert_array_equal(getattr(found, field)[:10], getattr(plain, field)[:10])
    for labels, wanted in expected.items():
        for year in (2020, 2030):
            old = at.number(plain, field, year, *labels)
            now = at.number(found, field, year, *labels)
            assert now == pytest.approx(wanted(old) if callable(wanted) else wanted), (labels, year)


def test_a_lever_copies_what_it_writes_to_and_leaves_the_world_alone(real_world, plain):
    before = plain.compliance_cost.copy()
    changed = given(real_world, "data_protection", "EU", rules="EU", cost=0.5)
    np.testing.assert_array_equal(plain.compliance_cost, before)
    assert changed._get_stored("home_part") is plain._get_stored("home_part")


def test_the_rules_of_a_vendor_without_a_sponsor_count_as_the_mean_of_all(real_world):
    distance = real_world.rule_distance
    np.testing.assert_allclose(distance[-1], distance[:-1].mean(axis=0))
    np.testing.assert_array_equal(distance[:-1], distance[:-1].T)
    assert (np.diag(distance) == 0).all()


def test_data_rules_of_two_uses_add_up(real_world):
    twice = (
        ls.Scenario.none()
        .with_lever("data_protection", "JPN", from_=2020, rules="EU", cost=0.1)
        .with_lever("data_protection", "JPN", from_=2020, rules="CHN", cost=0.2)
        .conditions(real_world, YEARS)
    )
    one = given(real_world, "data_protection", "JPN", rules="EU", cost=0.1)
    other = given(real_world, "data_protection", "JPN", rules="CHN", cost=0.2)
    np.testing.assert_allclose(twice.compliance_cost, one.compliance_cost + other.compliance_cost)


def test_an_agreement_demands_a_family_once_it_exists(real_world):
    """From 2019 on agreed, from 2020 on there."""
    agreed = ls.Scenario.none().with_lever("standards_agreement", "KEN", from_=2019, family="cn2035")
    found, at = agreed.conditions(real_world, YEARS), Places(real_world)
    assert [at.number(found, "demanded", year, "KEN", "cn2035") for year in (2019, 2020)] == [False, True]


def test_lobbying_in_a_venue_moves_the_agenda_of_that_body_alone():
    """Effort of China at the ITU doubled: its odds in the proposals there grow by the root of two, elsewhere
    nothing."""
    baseline = ls.load_scenario("baseline")
    lobbying = baseline.with_lever("standards_effort", "CHN", from_=2011, effort=2.0, body="ITU")
    before, after = (
        ls.simulate(s, runs=1, years=(2010, 2012), record=("contributions",)).contributions.sel(year=2011)
        for s in (baseline, lobbying)
    )
    itu = [each.sel(body="ITU", sponsor="CHN").dropna("domain").values for each in (before, after)]
    np.testing.assert_allclose(itu[1], 2**0.5 * itu[0] / (1 + (2**0.5 - 1) * itu[0]), rtol=1e-12)
    assert after.drop_sel(body="ITU").equals(before.drop_sel(body="ITU"))


def test_presence_adds_utility_where_it_is(real_world, plain):
    twice = (
        ls.Scenario.none()
        .with_lever("presence", "alibaba/cloud", from_=2020, where="Africa", utility=1.0)
        .with_lever("presence", "alibaba/cloud", from_=2025, where="KEN", utility=-0.5)
        .conditions(real_world, YEARS)
    )
    added = twice.place_utility - plain.place_utility
    at = Places(real_world)
    d, v = at.d["cloud"], at.v("cloud", "alibaba")
    np.testing.assert_allclose(added[:, d, at.i["GHA"], v], [0.0] * 10 + [1.0] * 11)
    np.testing.assert_allclose(added[:, d, at.i["KEN"], v], [0.0] * 10 + [1.0] * 5 + [0.5] * 6)
    assert (added != 0).sum() == 11 * real_world.groups["Africa"].any(axis=0).sum()


@pytest.mark.parametrize("sponsor", ["CHN", "EU", "USA"])
def test_training_adds_up_while_it_runs_and_stays(real_world, plain, sponsor):
    """0.02 a year from 2020 to 2024, once more in Kenya in 2022; home and elsewhere as they were."""
    found = (
        ls.Scenario.none()
        .with_lever("training", sponsor, from_=2020, to=2024, where="world", drift=0.02)
        .with_lever("training", sponsor, from_=2022, to=2022, where="KEN", drift=-0.05)
        .conditions(real_world, YEARS)
    ).affinity
    h, kenya, ghana = (
        real_world.sponsors.index(sponsor), *(real_world.countries.index(c) for c in ("KEN", "GHA"))
    )  # fmt: skip
    gained = 0.02 * np.clip(np.arange(2010, 2031) - 2019, 0, 5)
    np.testing.assert_allclose(
        found[:, ghana, h], np.clip(plain.affinity[:, ghana, h] + gained, -1, 1), rtol=1e-12
    )
    after = found[13:, kenya, h] - np.clip(plain.affinity[13:, kenya, h] + gained[13:], -1, 1)
    np.testing.assert_allclose(after, -0.05, atol=1e-12)
    assert found.max() <= 1.0
    home = real_world.home[:, h]
    np.testing.assert_array_equal(found[:, home, h], plain.affinity[:, home, h])
    np.testing.assert_array_equal(np.delete(found, h, 2), np.delete(plain.affinity, h, 2))


def test_vendors_lead_in_generations_until_their_date(real_world, plain):
    """6G comes to the USA in 2029: with a lead of three years it is worth 1.5, 1 and .5 from 2026 to 2028."""
    d, usa = real_world.domains.index("mobile_network"), real_world.countries.index("USA")
    assert real_world.launch_year[d, usa, 2] == 2029
    found = given(real_world, "generation_lead", "sponsor:CHN", years=3.0, worth=0.5)
    huawei = real_world.slot_vendor[d].tolist().index(real_world.vendors.index("huawei"))
    worth = found.place_utility - plain.place_utility
    np.testing.assert_allclose(worth[14:20, d, usa, huawei], [0, 0, 1.5, 1.0, 0.5, 0], atol=1e-12)
    chinese = real_world.slot_sponsor == real_world.sponsors.index("CHN")
    leads = chinese & (real_world.slot_vendor >= 0) & real_world.by_generation[:, None]
    np.testing.assert_array_equal(found.generation_lead[10:], np.broadcast_to(3 * leads, (11, *leads.shape)))
    assert not found.generation_lead[:10].any()
    assert not worth.transpose(0, 2, 1, 3)[..., ~leads].any()
    nothing = given(real_world, "generation_lead", "sponsor:CHN", years=0.0, worth=2.0)
    assert nothing.same_until(plain) == len(plain.years)


@pytest.mark.parametrize("second", [1.0, 3.0])
def test_of_two_leads_of_a_vendor_the_longer_counts(real_world, second):
    lever = ("generation_lead", "sponsor:CHN")
    twice = ls.Scenario.none().with_lever(*lever, from_=2020, years=2.0)
    twice = twice.with_lever(*lever, from_=2020, years=second).conditions(real_world, YEARS)
    once = given(real_world, "generation_lead", "sponsor:CHN", years=max(2.0, second))
    np.testing.assert_array_equal(twice.generation_lead, once.generation_lead)
    np.testing.assert_allclose(twice.place_utility, once.place_utility, atol=1e-12)


def test_a_copy_with_another_name_does_not_keep_the_title():
    oda, lever = ls.load_scenario("digital_oda"), ("interoperability", "mobile_network")
    same = oda.with_lever(*lever, from_=2026, openness=0.8)
    assert (same.name, same.called) == (oda.name, oda.called)
    named = oda.with_lever(*lever, from_=2026, openness=0.8, name="more_open")
    assert (named.name, named.called) == ("more_open", "More open")
    titled = oda.with_lever(*lever, from_=2026, openness=0.8, name="more", title="Openness 0.8")
    assert (titled.name, titled.called) == ("more", "Openness 0.8")
    assert oda.with_lever(*lever, from_=2026, title="Other").called == "Other"
    assert same.hash == named.hash == titled.hash != oda.hash
