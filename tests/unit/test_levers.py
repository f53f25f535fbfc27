"""Does each lever write to the conditions what it says, where and when it says, and nothing else?"""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.settings.levers import LEVERS, targets_of
from lockin_sim.settings.levers.declaration import Reach

YEARS = (2010, 2030)


def given(world, lever, target, **settings):
    """Conditions with one lever from 2020 on."""
    return ls.Scenario.none().with_lever(lever, target, from_=2020, **settings).conditions(world, YEARS)


@pytest.fixture
def plain(real_world):
    return real_world.conditions.spanning(*YEARS)


def test_a_lever_copies_what_it_writes_to_and_leaves_the_world_alone(real_world, plain):
    before = plain.compliance_cost.copy()
    changed = given(real_world, "data_protection", "EU", rules="EU", cost=0.5)
    assert (changed.compliance_cost != before).any()
    np.testing.assert_array_equal(plain.compliance_cost, before)
    assert changed.home_part is plain.home_part


def test_data_rules_cost_in_proportion_to_their_distance(real_world):
    """Table sponsors: EU (1, .2), USA (.3, .1): (.7 + .1) / 2 = .4; CHN (.6, 1): (.4 + .8) / 2 = .6."""
    cost = given(real_world, "data_protection", "EU", rules="EU", cost=0.5).compliance_cost
    germany, kenya = (real_world.countries.index(c) for c in ("DEU", "KEN"))
    at = {name: cost[10, germany, h] for h, name in enumerate(real_world.sponsors)}
    assert at["EU"] == 0.0
    assert at["USA"] == pytest.approx(0.2)
    assert at["CHN"] == pytest.approx(0.3)
    assert (cost[:10] == 0).all()
    assert (cost[:, kenya] == 0).all()


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


def test_a_home_market_closes_and_opens_where_data_are_personal(real_world):
    """China keeps US clouds, shops, payments and rules out; opened, only the rules stay out."""
    china, usa = real_world.countries.index("CHN"), real_world.sponsors.index("USA")
    opened = given(real_world, "data_localisation", "CHN", on="USA", mode="open").barrier
    assert barred(real_world, opened[9, :, china, usa]) == {
        "cloud", "e_commerce", "digital_payments", "data_governance",
    }  # fmt: skip
    assert barred(real_world, opened[10, :, china, usa]) == {"data_governance"}
    closed = given(real_world, "data_localisation", "IND", on="CHN", mode="closed").barrier
    india, sponsor = real_world.countries.index("IND"), real_world.sponsors.index("CHN")
    assert barred(real_world, closed[10, :, india, sponsor]) == {
        "cloud", "smart_city", "e_commerce", "digital_payments",
    }  # fmt: skip


def barred(world, barrier):
    return {world.domains[d] for d in np.flatnonzero(barrier)}


def test_no_state_shuts_out_its_own_vendors(real_world, plain):
    closed = given(real_world, "data_localisation", ["EU", "GBR"], on="EU", mode="closed").barrier
    changed = (closed != plain.barrier).any(axis=(0, 1, 3))
    assert [real_world.countries[i] for i in np.flatnonzero(changed)] == ["GBR"]


def test_a_mandate_moves_from_one_body_to_another(real_world, plain):
    moved = given(real_world, "venue", "cloud", leaves="IETF", enters="WIC").mandate
    body, domain = real_world.body_names.index, real_world.domains.index("cloud")
    assert plain.mandate[10, body("IETF"), domain]
    assert not plain.mandate[10, body("WIC"), domain]
    assert not moved[10:, body("IETF"), domain].any()
    assert moved[10:, body("WIC"), domain].all()
    assert (moved != plain.mandate).sum() == 2 * 11


def test_two_sponsors_leave_together_and_stay_compatible_with_each_other(real_world):
    between = given(real_world, "decoupling", ["CHN", "RUS"], compatibility=0.2).compatibility
    china, russia, usa, eu = (real_world.sponsors.index(h) for h in ("CHN", "RUS", "USA", "EU"))
    assert (between[:10] == 1).all()
    now = between[10]
    assert now[china, russia] == now[usa, eu] == 1.0
    assert now[china, usa] == now[usa, china] == now[eu, russia] == 0.2
    np.testing.assert_array_equal(now, now.T)


def test_effort_may_be_made_in_one_body_alone(real_world, plain):
    effort = given(real_world, "standards_effort", "EU", effort=3.0, body="ITU").effort
    eu, itu = real_world.sponsors.index("EU"), real_world.body_names.index("ITU")
    np.testing.assert_allclose(effort[10, eu, itu], 3 * plain.effort[10, eu, itu])
    assert (effort != plain.effort).sum() == 11


def test_an_agreement_demands_a_family_once_it_exists(real_world, plain):
    """From 2019 on agreed, from 2020 on there; China demands it anyway."""
    agreed = (
        ls.Scenario.none()
        .with_lever("standards_agreement", ["KEN", "CHN"], from_=2019, family="cn2035", fine=0.1)
        .conditions(real_world, YEARS)
    )
    kenya, cn2035 = real_world.countries.index("KEN"), real_world.standards.index("cn2035")
    china = real_world.home[:, real_world.sponsors.index("CHN")]
    assert not plain.demanded[:10].any()
    np.testing.assert_array_equal(plain.demanded[10, :, cn2035], china)
    assert (agreed.demanded ^ plain.demanded).nonzero()[1].tolist() == [kenya] * 11
    np.testing.assert_array_equal(agreed.fine[:, kenya, cn2035], np.where(agreed.years >= 2020, 0.1, 0.0))
    assert agreed.fine[10, china].max() == 0.1
    assert not agreed.fine[..., 0].any()


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


def test_an_office_adds_to_the_agenda_of_its_body_during_the_term(real_world, plain):
    effort = given(real_world, "elected_office", "CHN", weight=0.5, body="ITU").effort
    china, itu = real_world.sponsors.index("CHN"), real_world.body_names.index("ITU")
    np.testing.assert_allclose(effort[10, china, itu], 1.5 * plain.effort[10, china, itu])
    assert (effort != plain.effort).sum() == 11


def test_a_cap_holds_in_sensitive_networks_alone(real_world):
    cap = given(real_world, "diversification", "KEN", share_cap=0.4).share_cap
    kenya = real_world.countries.index("KEN")
    np.testing.assert_array_equal(cap[10, :, kenya], np.where(real_world.sensitive, 0.4, 1.0))
    assert 0 < real_world.sensitive.sum() < len(real_world.domains)


# --- money ---


def test_a_sponsors_envelope_is_divided_among_its_lenders(real_world, plain):
    lenders, china = real_world.lenders, real_world.sponsors.index("CHN")
    mine = lenders.sponsor == china
    found = given(real_world, "export_finance", "CHN", envelope=8.0, rate=0.01)
    assert mine.sum() > 1
    np.testing.assert_allclose(found.envelope[10:, mine].sum(axis=1), 8.0)
    np.testing.assert_allclose(found.envelope[10, mine], 8.0 * lenders.share[mine])
    assert (found.loan_rate[10:, mine] == 0.01).all()
    for name in ("envelope", "loan_rate"):
        now, before = getattr(found, name), getattr(plain, name)
        np.testing.assert_array_equal(now[:10], before[:10])
        np.testing.assert_array_equal(now[:, ~mine], before[:, ~mine])
    np.testing.assert_array_equal(found.tenor, plain.tenor)


def test_support_adds_to_what_is_there_and_scales_it(real_world, plain):
    mobile = real_world.domains.index("mobile_network")
    slot = int(np.flatnonzero(real_world.slot_vendor[mobile] == real_world.vendors.index("huawei"))[0])
    there = plain.state_support[10, mobile, slot]
    assert there > 0

    def found(**settings):
        return given(real_world, "state_support", "huawei/mobile_network", **settings).state_support

    assert found(share=0.2)[10, mobile, slot] == pytest.approx(1 - (1 - there) * 0.8)
    assert found(scale=0.0)[10, mobile, slot] == 0.0
    assert found(scale=2.0)[10, mobile, slot] == pytest.approx(2 * there)
    assert found(scale=0.0, share=0.2)[10, mobile, slot] == pytest.approx(0.2)
    assert (found(scale=0.0) != plain.state_support).sum() == 11


# --- place ---


def test_a_partner_makes_an_offer_half_a_local_one(real_world, plain):
    found = given(real_world, "local_partner", "ant/digital_payments", where="KEN", stake=0.4).home_part
    d, i, v = place(real_world, "digital_payments", "KEN", "ant")
    assert plain.home_part[10, d, i, v] == 0
    assert (found[10:, d, i, v] == 0.4).all()
    assert (found != plain.home_part).sum() == 11


def test_a_smaller_stake_than_that_on_record_changes_nothing(real_world, plain):
    found = given(real_world, "local_partner", "ant/digital_payments", where="world", stake=0.1).home_part
    for country in ("CHN", "IND"):  # at home, and with a partner of .4
        d, i, v = place(real_world, "digital_payments", country, "ant")
        np.testing.assert_array_equal(found[:, d, i, v], plain.home_part[:, d, i, v])
    assert found[10].sum() > plain.home_part[10].sum()


def test_presence_adds_utility_where_it_is(real_world, plain):
    twice = (
        ls.Scenario.none()
        .with_lever("presence", "alibaba/cloud", from_=2020, where="Africa", utility=1.0)
        .with_lever("presence", "alibaba/cloud", from_=2025, where="KEN", utility=-0.5)
        .conditions(real_world, YEARS)
    )
    added = twice.place_utility - plain.place_utility
    d, kenya, v = place(real_world, "cloud", "KEN", "alibaba")
    ghana = real_world.countries.index("GHA")
    np.testing.assert_allclose(added[:, d, ghana, v], [0.0] * 10 + [1.0] * 11)
    np.testing.assert_allclose(added[:, d, kenya, v], [0.0] * 10 + [1.0] * 5 + [0.5] * 6)
    assert (added != 0).sum() == 11 * real_world.groups["Africa"].any(axis=0).sum()


def test_service_opens_and_closes_places_and_no_others(real_world, plain):
    """Protocols that are nowhere in the baseline come to Kenya, and Huawei's phones leave Africa."""
    opened = given(real_world, "service", "china_rules/internet_protocol", where="KEN", mode="open").served
    closed = given(real_world, "service", "huawei/smartphone", where="Africa", mode="closed").served
    for found, domain, vendor, where, there in (
        (opened, "internet_protocol", "china_rules", ["KEN"], True),
        (closed, "smartphone", "huawei", np.array(real_world.countries)[_in_africa(real_world)], False),
    ):
        changed = found != plain.served
        mine = [place(real_world, domain, country, vendor) for country in where]
        assert all(changed[10:, d, i, v].all() for d, i, v in mine)
        assert all((found[10:, d, i, v] == there).all() for d, i, v in mine)
        assert changed.sum() == 11 * len(mine)


def _in_africa(world):
    """Whether economies are in Africa.  (country,)."""
    return world.groups["Africa"].any(axis=0)


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


def place(world, domain, country, vendor):
    """Domain, country and slot of an offer."""
    d = world.domains.index(domain)
    slot = int(np.flatnonzero(world.slot_vendor[d] == world.vendors.index(vendor))[0])
    return d, world.countries.index(country), slot


# --- security and laws ---


def test_pressure_is_in_logits_and_adds_up(real_world):
    twice = (
        ls.Scenario.none()
        .with_lever("alliance_pressure", "EU", from_=2020, on="CHN", pressure=0.8)
        .with_lever("alliance_pressure", "DEU", from_=2020, on="CHN", pressure=-0.3)
        .conditions(real_world, YEARS)
    ).pressure
    china = real_world.sponsors.index("CHN")
    germany, france = (real_world.countries.index(c) for c in ("DEU", "FRA"))
    assert twice[10, germany, china] == pytest.approx(0.5)
    assert twice[10, france, china] == 0.8
    assert (twice != 0).sum() == 11 * 27


def test_salience_is_multiplied_up_to_one(real_world, plain):
    found = given(real_world, "salience", "RUS", factor=2.0).salience
    russia = real_world.sponsors.index("RUS")
    np.testing.assert_allclose(found[10:, russia], np.minimum(1.0, 2 * plain.salience[10:, russia]))
    np.testing.assert_array_equal(np.delete(found, russia, 1), np.delete(plain.salience, russia, 1))
    assert (given(real_world, "salience", "CHN", factor=0.0).salience[10:, 0] == 0).all()


def test_laws_pass_at_the_rate_that_is_set(real_world, plain):
    found = given(real_world, "adoption", ["eu_rules", "china_rules/data_governance"], rate=0.2).adoption_rate
    changed = np.argwhere((found != plain.adoption_rate).any(axis=0))
    names = {(real_world.domains[d], real_world.vendors[real_world.slot_vendor[d, v]]) for d, v in changed}
    assert names == {("data_governance", "eu_rules"), ("data_governance", "china_rules")}
    assert (found[10:, changed[:, 0], changed[:, 1]] == 0.2).all()


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


# --- nothing ---

#: A target of each kind.
TARGETS = {"sponsor": "CHN", "vendor": "sponsor:CHN", "country": "EU", "domain": "mobile_network"}


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_at_its_defaults_is_the_identity(real_world, plain, name):
    """Bit for bit: the settings of each are neutral unless somebody says otherwise."""
    lever = LEVERS[name]
    draft = plain.draft()
    when = np.ones(len(plain.years), dtype=bool)
    targets = targets_of(real_world, lever.target, name, [TARGETS[lever.target]])
    lever.apply(Reach(real_world, draft.as_conditions(), when, targets), **lever.defaults_in(real_world))
    assert draft.finished().same_until(plain) == len(plain.years)


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
    for wrong in ({"name": "a\nb"}, {"name": "x" * 101}, {"name": 3}, {"title": "\u202e"}, {"title": 3.0}):
        with pytest.raises(ls.InputError, match=r"with_lever: (name|title)"):
            oda.with_lever(*lever, from_=2026, openness=0.8, **wrong)
