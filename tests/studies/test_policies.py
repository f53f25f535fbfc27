"""Built-in scenarios: what they give the engines, and what they say of it."""

import re
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.world.schema import read_table

TELEVISION = Path(__file__).parents[2] / "experiments" / "television"


@pytest.fixture(scope="module")
def given(real_world):
    """Conditions of every built-in scenario."""
    return {name: ls.load_scenario(name).conditions(real_world, (2010, 2050)) for name in ls.scenarios()}


CHANGED = {
    "baseline": set(),
    "no_dsr": {"envelope"},
    "no_state_finance": {"envelope"},
    "no_state_support": {"state_support"},
    "cs2035_push": {"effort", "standard_push"},
    "us_pressure": {"pressure"},
    "eu_coordinated": {"restriction_order", "phase_out_years"},
    "germany_lifts": {"restriction_order"},
    "share_cap": {"share_cap"},
    "chip_gap": {"cost_factor", "quality_path"},
    "early_6g": {"generation_lead", "place_utility"},
    "first_european": {"purchase_subsidy"},
    "strict_lender": {"envelope", "loan_rate", "tenor", "grace"},
    "us_leaves_bodies": {"effort"},
    "digital_oda": {"envelope"},
    "open_ran": {"openness"},
    "eu_champions": {"state_support", "quality_path"},
    "gdpr": {"compliance_cost"},
    "eu_in_bodies": {"effort"},
    "training": {"affinity", "training"},
}
PACKAGE = ["eu_coordinated", "digital_oda", "open_ran", "eu_champions", "gdpr", "eu_in_bodies"]
CHANGED["eu_package"] = set.union(*(CHANGED[name] for name in PACKAGE))


@pytest.mark.parametrize("name", CHANGED)
def test_a_scenario_changes_only_what_it_names(given, name):
    assert set(CHANGED) == set(ls.scenarios())
    fields = given["baseline"].arrays()
    changed = {f for f in fields if not np.array_equal(fields[f], getattr(given[name], f))}
    assert changed == CHANGED[name]


#: What else the alternatives of a policy change.
ALSO = {"digital_oda": {"tied"}, "eu_package": {"tied"}}

#: They change the past.
THOUGHTS = {"no_dsr", "no_state_finance", "no_state_support"}
CHOICES = [n for n in ls.scenarios() if n not in ("baseline", *THOUGHTS)]


def test_what_somebody_could_choose_begins_after_the_present_and_the_rest_is_marked(real_world):
    scenarios = [ls.load_scenario(name) for name in ls.scenarios()]
    assert {s.name for s in scenarios if s.is_thought_experiment(real_world.present)} == THOUGHTS
    for name in CHOICES:
        assert ls.load_scenario(name).begins == real_world.present + 1 == 2026, name


@pytest.mark.parametrize("name", sorted({*CHANGED} - THOUGHTS))
def test_no_policy_changes_what_holds_before_it_begins(given, name):
    now, base = given[name], given["baseline"]
    for field in CHANGED[name] - {"phase_out_years"}:
        changed, same = getattr(now, field), getattr(base, field)
        assert len(same) == len(base.years)
        np.testing.assert_array_equal(changed[:16], same[:16], err_msg=field)


@pytest.mark.parametrize("name", CHOICES)
def test_what_a_policy_leans_on_can_be_made_otherwise(real_world, given, name):
    """The other number: another policy in the same quantities, and no further one is touched."""
    scenario = ls.load_scenario(name)
    assert scenario.assumption
    others = scenario.alternatives()
    assert len({other.hash for other in [scenario, *others]}) == len(others) + 1 > 1
    for other in others:
        assert other.assumption
        assert ls.load_scenario(other.name) == other
        now = other.conditions(real_world, (2010, 2050)).arrays()
        differs = {f for f in now if not np.array_equal(now[f], getattr(given[name], f))}
        assert differs
        assert differs <= CHANGED[name] | ALSO.get(name, set())


def test_another_assumption_that_a_scenario_does_not_have_is_refused_with_those_that_it_has():
    with pytest.raises(ls.InputError, match="allowed: one of germany_lifts, if it keeps the ban for good"):
        ls.load_scenario("germany_lifts, if it rains")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("germany_lifts, if it keeps the ban for good", "Germany keeps its ban for good"),
        ("share_cap, if the cap is one half", "A cap on any one vendor, if the cap is one half"),
    ],
)
def test_a_scenario_under_another_assumption_has_a_title_that_is_true_of_it(name, title):
    assert ls.load_scenario(name).called == title
    begun, _, when = name.partition(", ")
    how = {"from_": 2030, "openness": 0.5}
    longer = ls.load_scenario(begun).with_lever("interoperability", "mobile_network", **how)
    based = ls.Scenario(name="mine", question="q?", source="s", based_on=begun)
    for other in (longer, ls.load_scenario(based)):  # which is more than the title says
        assert other.alternatives()[0].called == f"{other.called}, {when}"


def test_a_package_leans_on_what_its_parts_lean_on():
    parts = [ls.load_scenario(name) for name in PACKAGE]
    assert [(o.leans_on, o.when) for o in ls.load_scenario("eu_package").otherwise] == [
        (part.assumption, other.when) for part in parts for other in part.otherwise
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
        (other,) = scenario.alternatives()
        assert other.name == "n, if half counts"
        assert [u.settings for u in other.levers] == levers
        assert [u.settings for u in scenario.levers] == [{"effort": 2.0, "push": 3.0}]
    assert ls.Scenario(**about).alternatives() == []


OTHERWISE = '[[otherwise]]\nwhen = "if so"\n[[otherwise.levers]]\n'
PLACED = 'lever = "presence"\ntarget = "huawei"\nfrom = 2026\nwhere = "{}"\nutility = 1.0\n'
TWICE = "".join(f"[[levers]]\n{PLACED.format(place)}" for place in ("KEN", "UGA"))
MISSPELT = 'lever = "standards_effort"\ntarget = "EU"\nfrom = 2021\nefort = 2.0\n'


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (TWICE + OTHERWISE + PLACED.format("UGA"), "'presence'.*one use"),
        (OTHERWISE + MISSPELT, "'efort'.*effort"),
    ],
)
def test_another_assumption_is_checked_like_any_and_may_change_one_use_alone(lines, said, tmp_path):
    (tmp_path / "mine.toml").write_text(f'name = "mine"\nquestion = "q?"\nsource = "s"\n{lines}')
    with pytest.raises(ls.InputError, match=rf"otherwise\[0\].levers\[0\].*{said}"):
        ls.load_scenario(tmp_path / "mine.toml")


def test_a_policy_takes_a_lever_that_another_assumption_names_and_refuses_only_that():
    """As a search adds levers to the scenario that it is given, and a design to its points."""
    policy = ls.load_scenario("digital_oda")
    (use,) = policy.levers
    longer = policy.with_lever(use.lever, use.target, from_=use.from_, envelope=10.0)
    assert [each.settings["envelope"] for each in longer.levers] == [5.0, 10.0]
    with pytest.raises(ls.InputError, match=r"otherwise\[0\].levers\[0\]: found 'export_finance'"):
        longer.alternatives()


@pytest.mark.parametrize(
    ("name", "groups", "family", "first"),
    [("agreement_bri", ["BRI"], "cn2035", 2026), ("treaty_6g", ["Europe", "Africa"], "international", 2030)],
)
def test_an_agreement_binds_who_signs_from_its_first_year_on(real_world, given, name, groups, family, first):
    policy = ls.load_scenario(TELEVISION / f"{name}.toml")
    assert "assumed" in policy.assumption
    signed = np.logical_or.reduce([real_world.groups[group].any(axis=0) for group in groups])
    before, now = (
        made.demanded[:, :, real_world.standards.index(family)]
        for made in (given["baseline"], policy.conditions(real_world, (2010, 2050)))
    )
    started = first - real_world.first_year
    assert (now[started:, signed]).all()
    np.testing.assert_array_equal(now[:started], before[:started])
    np.testing.assert_array_equal(now[:, ~signed], before[:, ~signed])


def test_every_scenario_states_question_and_source():
    for name in ls.scenarios():
        scenario = ls.load_scenario(name)
        assert scenario.name == name
        assert scenario.question.endswith("?")
        assert len(scenario.source) > 40
        assert scenario.group or name == "baseline", name
        assert scenario.assumption or name == "baseline", name
        assert "assumed" in scenario.source or scenario.source.strip().startswith(("Definition", "Recorded"))


def test_facts_belong_to_a_scenario_and_are_in_its_words():
    """Each figure of the table of facts stands in the source text of its scenario, in its unit."""
    facts = read_table("policy_facts")
    percent = facts["unit"] == "share"
    shown = np.where(percent, 100 * facts["value"], facts["value"])
    for name, value in zip(facts["scenario"], shown, strict=True):
        text = ls.load_scenario(name).source.lower().replace("seven", "7").replace("three", "3")
        assert re.search(rf"\b{value:g}\b", text.replace("fifteen", "15")), (name, value)


def envelope(real_world, conditions, sponsor):
    """Money of all lenders of a sponsor by year, USD bn."""
    theirs = real_world.lenders.sponsor == real_world.sponsors.index(sponsor)
    return conditions.envelope[:, theirs].sum(axis=1)


def test_no_dsr_takes_away_what_china_lent_from_2015(real_world, given):
    before, now = (envelope(real_world, given[name], "CHN") for name in ("baseline", "no_dsr"))
    np.testing.assert_array_equal(now[:5], before[:5])
    assert (now[5:] == 0).all()
    assert (before[5:] > 0).all()
    for other in ("EU", "USA", "JPN"):
        one, same = (envelope(real_world, given[name], other) for name in ("baseline", "no_dsr"))
        np.testing.assert_array_equal(one, same)


def test_recorded_chinese_loans_grew_no_more_after_2015(real_world, given):
    """What the source of no_dsr says: the means of two times five years."""
    recorded = envelope(real_world, given["baseline"], "CHN")
    assert recorded[:5].mean() == pytest.approx(3.6, abs=0.05)
    assert recorded[5:10].mean() == pytest.approx(3.3, abs=0.05)


def test_the_push_lasts_to_the_end_of_the_plan_and_is_by_china_alone(real_world, given):
    change = given["cs2035_push"].effort / np.where(given["baseline"].effort > 0, given["baseline"].effort, 1)
    china = real_world.sponsors.index("CHN")
    pushed = given["baseline"].years[(change[:, china] == 2).all(axis=1)]
    assert pushed.tolist() == list(range(2026, 2036))
    others = np.delete(given["cs2035_push"].effort - given["baseline"].effort, china, axis=1)
    assert (others == 0).all()


def test_the_package_is_the_sum_of_its_parts():
    parts = [use for name in PACKAGE for use in ls.load_scenario(name).levers]
    assert list(ls.load_scenario("eu_package").levers) == parts


def test_champions_are_the_european_vendors_of_infrastructure(real_world, given):
    helped = given["eu_champions"].state_support[-1] > given["baseline"].state_support[-1]
    european = (real_world.slot_sponsor == real_world.sponsors.index("EU")) & (real_world.slot_vendor >= 0)
    np.testing.assert_array_equal(helped, european & real_world.sensitive[:, None])
    grown = (given["eu_champions"].quality_path - given["baseline"].quality_path)[:, helped]
    np.testing.assert_allclose(grown[2025 - 2010], 0.0)
    np.testing.assert_allclose(grown[2030 - 2010], 0.25)
    np.testing.assert_allclose(grown[2035 - 2010 :], 0.5)
