"""Each built-in scenario acts where and in the direction that it says."""

import re

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.simulation import simulate
from lockin_sim.world.tables import read_table

# --- what the engines are given ---


@pytest.fixture(scope="module")
def world():
    return ls.load_world()


@pytest.fixture(scope="module")
def given(world):
    """Conditions of every built-in scenario."""
    return {name: ls.load_scenario(name).conditions(world, (2010, 2050)) for name in ls.scenarios()}


CHANGED = {
    "baseline": set(),
    "no_dsr": {"envelope"},
    "no_state_finance": {"envelope"},
    "no_state_support": {"state_support"},
    "cs2035_push": {"effort", "standard_push"},
    "us_pressure": {"pressure"},
    "eu_coordinated": {"restriction_order", "phase_out_years"},
    "eu_fragmented": {"restriction_order"},
    "digital_oda": {"envelope"},
    "open_ran": {"openness"},
    "eu_champions": {"state_support", "quality_path"},
    "gdpr": {"compliance_cost"},
    "eu_in_bodies": {"effort"},
    "decoupled_internet": {"compatibility", "mandate"},
    "training": {"affinity"},
    "joint_satellites": {"place_utility"},
}
PACKAGE = ["eu_coordinated", "digital_oda", "open_ran", "eu_champions", "gdpr", "eu_in_bodies"]
CHANGED["eu_package"] = set.union(*(CHANGED[name] for name in PACKAGE))


def test_all_built_in_scenarios_are_tested():
    assert set(CHANGED) == set(ls.scenarios())
    assert len(CHANGED) == 17


@pytest.mark.parametrize("name", CHANGED)
def test_a_scenario_changes_only_what_it_names(given, name):
    fields = vars(given["baseline"])
    changed = {f for f in fields if not np.array_equal(fields[f], getattr(given[name], f))}
    assert changed == CHANGED[name]


CHOICES = [n for n in ls.scenarios() if n != "baseline" and not ls.load_scenario(n).yardstick]


@pytest.mark.parametrize("name", CHOICES)
def test_what_a_policy_leans_on_can_be_made_otherwise(world, given, name):
    """The other number: another policy in the same quantities, and no further one is touched."""
    scenario = ls.load_scenario(name)
    assert scenario.decides
    others = scenario.made_otherwise()
    assert len({other.hash for other in [scenario, *others]}) == len(others) + 1 > 1
    for other in others:
        assert other.decides
        now = vars(other.conditions(world, (2010, 2050)))
        differs = {f for f in now if not np.array_equal(now[f], vars(given[name])[f])}
        assert differs
        assert differs <= CHANGED[name] | ({"tied"} if name in ("digital_oda", "eu_package") else set())


def test_a_package_leans_on_what_its_parts_lean_on():
    parts = [ls.load_scenario(name) for name in PACKAGE]
    assert [(o.leans_on, o.when) for o in ls.load_scenario("eu_package").otherwise] == [
        (part.decides, other.when) for part in parts for other in part.otherwise
    ]


def test_made_otherwise_a_use_of_the_same_lever_targets_and_years_changes_and_others_are_added():
    def use(**more):
        return {"lever": "standards_effort", "target": "EU", "from": 2021} | more

    about = {"name": "n", "question": "q?", "source": "s", "levers": [use(effort=2.0, push=3.0)]}
    for given, levers in (
        (use(effort=1.5), [{"effort": 1.5, "push": 3.0}]),
        (use(effort=1.5, to=2030), [{"effort": 2.0, "push": 3.0}, {"effort": 1.5}]),
        (use(effort=1.5, target="USA"), [{"effort": 2.0, "push": 3.0}, {"effort": 1.5}]),
    ):
        scenario = ls.Scenario(**about, otherwise=[{"when": "if half counts", "levers": [given]}])
        (other,) = scenario.made_otherwise()
        assert other.name == "n, if half counts"
        assert [u.settings for u in other.levers] == levers
        assert [u.settings for u in scenario.levers] == [{"effort": 2.0, "push": 3.0}]
    assert ls.Scenario(**about).made_otherwise() == []


def test_a_setting_of_the_other_assumption_is_checked_like_any(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\nquestion = "q?"\nsource = "s"\n[[otherwise]]\nwhen = "if so"\n[[otherwise.levers]]\n'
        'lever = "standards_effort"\ntarget = "EU"\nfrom = 2021\nefort = 2.0\n'
    )
    with pytest.raises(ls.InputError, match=r"otherwise\[0\].levers\[0\].*'efort'.*effort"):
        ls.load_scenario(tmp_path / "mine.toml")


def test_every_scenario_states_question_and_source():
    for name in ls.scenarios():
        scenario = ls.load_scenario(name)
        assert scenario.name == name
        assert scenario.question.endswith("?")
        assert len(scenario.source) > 40
        assert "assumed" in scenario.source or scenario.source.strip().startswith(("Definition", "Recorded"))


def test_facts_belong_to_a_scenario_and_are_in_its_words():
    """Each figure of the table of facts stands in the source text of its scenario, in its unit."""
    facts = read_table("policy_facts")
    percent = facts["unit"] == "share"
    shown = np.where(percent, 100 * facts["value"], facts["value"])
    for name, value in zip(facts["scenario"], shown, strict=True):
        text = ls.load_scenario(name).source.lower().replace("seven", "7").replace("three", "3")
        assert re.search(rf"\b{value:g}\b", text.replace("fifteen", "15")), (name, value)


def test_every_scenario_that_is_sized_by_facts_has_them_in_the_table():
    assumed_only = {
        *("baseline", "no_state_finance", "no_state_support", "open_ran"),
        *("eu_fragmented", "eu_in_bodies", "eu_package", "joint_satellites"),
    }
    assert set(read_table("policy_facts")["scenario"]) == set(ls.scenarios()) - assumed_only


def envelope(world, conditions, sponsor):
    """Money of all lenders of a sponsor by year, USD bn."""
    return conditions.envelope[:, world.lenders.sponsor == world.sponsors.index(sponsor)].sum(axis=1)


def test_no_dsr_takes_away_what_china_lent_from_2015(world, given):
    before, now = (envelope(world, given[name], "CHN") for name in ("baseline", "no_dsr"))
    np.testing.assert_array_equal(now[:5], before[:5])
    assert (now[5:] == 0).all()
    assert (before[5:] > 0).all()
    for other in ("EU", "USA", "JPN"):
        np.testing.assert_array_equal(
            envelope(world, given["no_dsr"], other), envelope(world, given["baseline"], other)
        )


def test_recorded_chinese_loans_grew_no_more_after_2015(world, given):
    """What the source of no_dsr says: the means of two times five years."""
    recorded = envelope(world, given["baseline"], "CHN")
    assert recorded[:5].mean() == pytest.approx(3.6, abs=0.05)
    assert recorded[5:10].mean() == pytest.approx(3.3, abs=0.05)


def test_no_state_support_leaves_no_support(given):
    assert (given["no_state_support"].state_support[1:] == 0).all()
    assert (given["baseline"].state_support[1:] > 0).any()


def test_no_state_finance_empties_every_envelope(given):
    assert (given["no_state_finance"].envelope[1:] == 0).all()


def test_digital_oda_raises_the_european_envelope_from_2021(world, given):
    change = given["digital_oda"].envelope - given["baseline"].envelope
    mine = world.lenders.sponsor == world.sponsors.index("EU")
    assert (change[:11] == 0).all()
    assert (change[11:, mine] > 0).all()
    assert (change[:, ~mine] == 0).all()
    np.testing.assert_allclose(envelope(world, given["digital_oda"], "EU")[11:], 5.0)


def test_open_ran_opens_mobile_networks_from_2021(world, given):
    change = given["open_ran"].openness - given["baseline"].openness
    mobile = world.domains.index("mobile_network")
    assert (change[:11] == 0).all()
    assert (change[11:, mobile] > 0.5).all()
    assert (np.delete(change, mobile, axis=1) == 0).all()


def test_the_push_is_for_fifteen_years_and_by_china_alone(world, given):
    change = given["cs2035_push"].effort / np.where(given["baseline"].effort > 0, given["baseline"].effort, 1)
    china = world.sponsors.index("CHN")
    pushed = given["baseline"].years[(change[:, china] == 2).all(axis=1)]
    assert pushed.tolist() == list(range(2021, 2036))
    others = np.delete(given["cs2035_push"].effort - given["baseline"].effort, china, axis=1)
    assert (others == 0).all()


def test_fragmentation_frees_the_members_with_a_memorandum_and_nobody_else(world, given):
    table = read_table("countries")
    signed = table["eu_member"] & (np.nan_to_num(table["bri_year"]) > 0)
    orders = given["eu_fragmented"].restriction_order[11:, :, world.sponsors.index("CHN")]
    freed = (orders == -1).all(axis=0)
    assert {c for c, f in zip(world.countries, freed, strict=True) if f} == {
        c for c, f in zip(table.labels, signed, strict=True) if f
    }
    assert freed.sum() == 18
    assert (orders != 1).all()


def test_the_package_is_the_sum_of_its_parts(world, given):
    parts = [use for name in PACKAGE for use in ls.load_scenario(name).levers]
    assert list(ls.load_scenario("eu_package").levers) == parts


def test_champions_are_the_european_vendors_of_infrastructure(world, given):
    helped = given["eu_champions"].state_support[-1] > given["baseline"].state_support[-1]
    european = (world.slot_sponsor == world.sponsors.index("EU")) & (world.slot_vendor >= 0)
    np.testing.assert_array_equal(helped, european & world.sensitive[:, None])
    grown = (given["eu_champions"].quality_path - given["baseline"].quality_path)[:, helped]
    np.testing.assert_allclose(grown[2020 - 2010], 0.0)
    np.testing.assert_allclose(grown[2025 - 2010], 0.25)
    np.testing.assert_allclose(grown[2030 - 2010 :], 0.5)


# --- what happens: the same runs with and without, so that chance drops out ---

YEARS, RUNS, SEED, HORIZON = (2010, 2035), 16, 2, 2035
RECORD = ("restricted", "group_vendor_share", "group_price_paid", "lent", "vote_share")
#: Least mean effect in standard errors.
CLEAR = 4.0


@pytest.fixture(scope="module")
def runs(world):
    """Datasets of the built-in scenarios by name, each made once."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = simulate(name, world=world, runs=RUNS, seed=SEED, years=YEARS, record=RECORD)
        return made[name]

    return of


@pytest.fixture(scope="module")
def effect(runs):
    """Mean difference from the baseline of something measured in each run, and its standard error."""

    def of(name, measured):
        difference = np.asarray(measured(runs(name)) - measured(runs("baseline")))
        return difference.mean(), difference.std(ddof=1) / np.sqrt(RUNS)

    return of


def share(sponsor, domains, group="world", year=HORIZON):
    """Mean share of a sponsor's vendors in the base of some domains in a group of markets.  (run,)."""
    world = ls.load_world()
    h = world.sponsors.index(sponsor)
    mine = [world.vendors[v] for v in np.unique(world.slot_vendor[world.slot_sponsor == h]) if v >= 0]
    return lambda ds: (
        ds.group_vendor_share.sel(group=group, domain=domains, vendor=mine, year=year)
        .sum("vendor")
        .mean("domain")
        .values
    )


def status(standard, body, domain=None, year=HORIZON):
    """Share of a family in a body's live standards.  (run,)."""
    at = {"standard": standard, "body": body, "year": year} | ({"domain": domain} if domain else {})
    return lambda ds: ds.status.sel(at).values if domain else ds.status.sel(at).mean("domain").values


def after(variable, year=2021, **at):
    """Mean of a variable over the years from one on.  (run,)."""
    return lambda ds: ds[variable].sel(at | {"year": slice(year, None)}).mean("year").values


def lent_to(rich):
    """European loans from 2021 on to economies of high income, or to all others, USD bn.  (run,)."""
    world = ls.load_world()
    countries = np.array(world.countries)[world.groups["income:high"].any(axis=0) == rich]
    at = {"country": countries, "sponsor": "EU", "year": slice(2021, None)}
    return lambda ds: ds.lent.sel(at).sum(["country", "year"]).values


NETWORKS = ["mobile_network", "submarine_cable", "cloud", "smart_city"]
DATA = ["cloud", "smart_city", "e_commerce", "digital_payments"]
POOR, RICH, EU = "income:low", "income:high", "EU"

#: What each scenario must do: in which direction, measured where.
DOES = {
    "no_dsr: China lends less": ("no_dsr", -1, after("lending", sponsor="CHN")),
    "no_dsr: fewer Chinese networks where China lends": (
        "no_dsr", -1, share("CHN", NETWORKS, "income:lower_middle")),
    "no_state_finance: fewer Chinese networks while loans were large": (
        "no_state_finance", -1, share("CHN", NETWORKS, "income:lower_middle", 2020)),
    "no_state_support: fewer Chinese networks abroad": (
        "no_state_support", -1, share("CHN", ["mobile_network", "cloud", "smart_city"], "abroad")),
    "no_state_support: in Africa too": (
        "no_state_support", -1, share("CHN", ["mobile_network"], "Africa")),
    "cs2035_push: status in the ITU": ("cs2035_push", 1, status("cn2035", "ITU")),
    "cs2035_push: status in 3GPP": ("cs2035_push", 1, status("cn2035", "3GPP")),
    "cs2035_push: spread": (
        "cs2035_push", 1, lambda ds: ds.reach.sel(standard="cn2035", domain="mobile_network",
                                                           year=HORIZON).values),
    "us_pressure: more restrict": ("us_pressure", 1, after("restricting", sponsor="CHN")),
    "us_pressure: fewer Chinese networks outside China": (
        "us_pressure", -1, share("CHN", ["mobile_network"], "abroad")),
    "eu_coordinated: fewer Chinese networks in the EU": (
        "eu_coordinated", -1, share("CHN", ["mobile_network"], EU)),
    "eu_coordinated: more European ones": ("eu_coordinated", 1, share("EU", ["mobile_network"], EU)),
    "eu_fragmented: more Chinese networks in the EU": (
        "eu_fragmented", 1, share("CHN", NETWORKS, EU)),
    "eu_fragmented: fewer restrict": ("eu_fragmented", -1, after("restricting", sponsor="CHN")),
    "digital_oda: Europe lends more": ("digital_oda", 1, after("lending", sponsor="EU")),
    "digital_oda: poorer countries pay less": (
        "digital_oda", -1,
        after("group_price_paid", 2022, group="income:lower_middle", domain="mobile_network")),
    "open_ran: less lock-in to mobile networks": (
        "open_ran", -1, after("lock_in", 2022, domain="mobile_network")),
    "eu_champions: more European infrastructure": ("eu_champions", 1, share("EU", NETWORKS)),
    "eu_champions: also in poor countries": ("eu_champions", 1, share("EU", NETWORKS, POOR)),
    "gdpr: fewer Chinese vendors that hold data in the EU": ("gdpr", -1, share("CHN", DATA, EU)),
    "gdpr: more European ones": ("gdpr", 1, share("EU", DATA, EU)),
    "eu_in_bodies: cn2035 loses status in the ITU": ("eu_in_bodies", -1, status("cn2035", "ITU")),
    "eu_in_bodies: the international family gains it": ("eu_in_bodies", 1, status("international", "ITU")),
    "decoupled_internet: fewer Chinese networks abroad": (
        "decoupled_internet", -1, share("CHN", NETWORKS, "abroad")),
    "decoupled_internet: what worked together is now kept": (
        "decoupled_internet", 1, after("retention", 2022, domain="smartphone")),
    "training: more Chinese networks where it is given": ("training", 1, share("CHN", NETWORKS, "Africa")),
    "training: more votes for cn2035 in the ITU": (
        "training", 1,
        lambda ds: ds.vote_share.sel(body="ITU", standard="cn2035", year=slice(2030, None))
        .mean(["domain", "year"]).values),
    "joint_satellites: more read BeiDou": (
        "joint_satellites", 1, share("CHN", ["satellite_navigation"], "BRI")),
    "eu_package: fewer Chinese networks in the EU": ("eu_package", -1, share("CHN", ["mobile_network"], EU)),
    "eu_package: less status of cn2035 in the ITU": ("eu_package", -1, status("cn2035", "ITU")),
}  # fmt: skip

#: Where a scenario acts and where hardly: the second effect is at most a share of the first.
PLACES = {
    "no_dsr acts where China lends": (
        "no_dsr", share("CHN", NETWORKS, "Africa"), share("CHN", NETWORKS, RICH)),
    "eu_coordinated acts in the EU": (
        "eu_coordinated", share("CHN", ["mobile_network"], EU), share("CHN", ["mobile_network"], "Africa")),
    "eu_coordinated acts in sensitive networks": (
        "eu_coordinated", share("CHN", ["mobile_network"], EU), share("CHN", ["smartphone"], EU)),
    "eu_fragmented acts in the EU": (
        "eu_fragmented", share("CHN", NETWORKS, EU), share("CHN", NETWORKS, "Africa")),
    "digital_oda acts where the EU lends": ("digital_oda", lent_to(False), lent_to(True)),
    "open_ran acts on mobile networks": (
        "open_ran", after("lock_in", domain="mobile_network"), after("lock_in", domain="cloud")),
    "eu_champions acts on infrastructure": (
        "eu_champions", share("EU", NETWORKS), share("EU", ["smartphone", "digital_payments"])),
    "gdpr acts where data are personal": ("gdpr", share("EU", DATA, EU), share("EU", ["mobile_network"], EU)),
    "gdpr acts in the EU": ("gdpr", share("EU", DATA, EU), share("EU", DATA, "Africa")),
    "training acts where it is given": (
        "training", share("CHN", NETWORKS, "Africa"), share("CHN", NETWORKS, "Americas")),
    "joint_satellites acts on navigation": (
        "joint_satellites", share("CHN", ["satellite_navigation"], "BRI"), share("CHN", NETWORKS, "BRI")),
    "eu_in_bodies acts where the EU takes part": (
        "eu_in_bodies", status("cn2035", "ITU"), status("cn2035", "WIC")),
}  # fmt: skip
ELSEWHERE = 0.25


@pytest.mark.parametrize("what", DOES)
def test_a_scenario_does_what_it_says(effect, what):
    name, sign, measured = DOES[what]
    mean, error = effect(name, measured)
    assert sign * mean > CLEAR * error > 0 or (error == 0 and sign * mean > 0), (mean, error)


@pytest.mark.parametrize("what", PLACES)
def test_a_scenario_acts_where_it_says(effect, what):
    name, here, there = PLACES[what]
    (near, _), (far, error) = effect(name, here), effect(name, there)
    assert abs(far) - 2 * error < ELSEWHERE * abs(near), (near, far, error)


@pytest.mark.parametrize(
    "name", [n for n in CHANGED if n not in ("baseline", "no_dsr", "no_state_finance", "no_state_support")]
)
def test_nothing_happens_before_its_time(runs, name):
    before = {"year": slice(None, 2019)}
    for variable in ("vendor_share", "status", "lending", "restricted"):
        one, other = (runs(n)[variable].sel(before).values for n in (name, "baseline"))
        np.testing.assert_array_equal(one, other, err_msg=variable)


def test_nobody_lends(runs):
    ds = runs("no_state_finance")
    assert (ds.lending.sel(year=slice(2011, None)) == 0).all()
    assert (ds.total_debt == 0).all()


@pytest.mark.parametrize("name", ["eu_coordinated", "eu_package"])
def test_every_member_restricts_and_replaces(world, runs, name):
    members = np.array(world.countries)[world.groups["EU"].any(axis=0)]
    assert len(members) == 27
    assert runs(name).restricted.sel(country=members, sponsor="CHN", year=slice(2021, None)).all()
    assert not runs("baseline").restricted.sel(country=members, sponsor="CHN", year=2021).all()
    late, early = (share("CHN", ["mobile_network"], EU, year)(runs(name)) for year in (2030, 2020))
    assert late.mean() < 0.05 < early.mean()


def test_members_with_a_memorandum_do_not_restrict_and_the_others_may(runs):
    restricted = runs("eu_fragmented").restricted.sel(sponsor="CHN", year=slice(2021, None))
    assert not restricted.sel(country=["HUN", "POL", "PRT"]).any()
    assert restricted.sel(country=["SWE", "DEU", "FRA", "NLD"]).any()


def test_protocols_leave_the_ietf_for_the_itu(runs):
    """What a body does not standardise has no status there; the ITU goes on with what it had."""
    ds = runs("decoupled_internet").status.sel(domain="internet_protocol", standard="cn2035")
    baseline = runs("baseline").status.sel(domain="internet_protocol", standard="cn2035")
    assert np.isnan(ds.sel(body="IETF", year=slice(2021, None))).all()
    assert np.isfinite(ds.sel(body="IETF", year=2020)).all()
    assert np.isfinite(baseline.sel(body="IETF")).all()
    assert (ds.sel(body="ITU", year=HORIZON) > 0).all()
