"""Does a financed lead tell what loans made, and nothing else?"""

import dataclasses
import re

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common.conventions import Floats
from lockin_sim.common.statistics import is_at_most
from lockin_sim.comparisons.trial import build_setup
from lockin_sim.engine import schedule
from lockin_sim.studies import lead_results as of_left
from lockin_sim.studies.lead import LoanStudy, find_borrowers
from lockin_sim.studies.lead_results import EACH, LEAST, build_lead_dataset
from lockin_sim.world.schema import read_table

FEW = {"runs": 2, "seed": 3, "workers": 1, "progress": False}
ALONE = {**FEW, "without": "nothing", "regulators": "off"}
AT = {"without": "nothing", "regulators": "off", "domain": "mobile_network"}


@pytest.fixture(scope="module")
def counted():
    """Some of all rows, of two draws, and every year that was simulated for them."""
    cuts, years, year = ("switching_cost_after", "switching_cost_6"), [], schedule.simulate_year
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedule, "simulate_year", lambda *args: years.append(args[1]) or year(*args))
        return ls.lead(places=["Africa", "Kenya", "borrowers", "median"], without=cuts, **FEW), years


@pytest.fixture(scope="module")
def found(counted):
    """Its dataset."""
    return counted[0]


def test_years_that_arms_share_are_simulated_once(counted):
    _, years = counted
    until, after = (years.count(year) for year in (2030, 2031))
    # as lent, and the programme that goes on, whose next loan comes early; never and the programme thrice: as
    # it is, where leaving is dear, and with regulators
    assert until == 2 + 2 * 3
    # from then on leaving is also free in never and after the programme
    assert after == years.count(2050) == until + 2


def test_the_dataset_has_the_axes_of_its_question(found):
    assert dict(found.sizes) | {"arm": 4, "without": 3, "regulators": 2, "place": 4} == dict(found.sizes)
    assert found["year"].values.tolist() == list(range(2010, 2051))
    assert found["arm_until"].values.tolist() == [-1, 2021, 2030, -1]
    assert (found.attrs["histories"], found.attrs["runs"]) == ("conditioned", 2 * EACH)


def test_what_is_on_record_stands_beside_every_place(found):
    africa, kenya, borrowed, median = found["place_record"].sel(domain="mobile_network").values.tolist()
    assert kenya.startswith("recorded (")
    members = int(ls.load_world().groups["Africa"][0].sum())
    for text, many in ((africa, members), (borrowed, None), (median, None)):
        whole, of, partly = map(
            int, re.fullmatch(r"(\d+) of (\d+) economies recorded, (\d+) partly", text).groups()
        )
        assert many in (None, of)
        assert 0 < whole + partly <= of


def test_what_was_never_lent_makes_no_difference_and_loans_do(found):
    never, programme = (found.sel(arm=arm, **AT) for arm in ("never", "programme"))
    assert (never.equipment.fillna(0) == 0).all()
    assert (never.left_why == "nothing to compare with").all()
    assert (programme.equipment.sel(year=2010) == 0).all()
    assert programme.won.sel(place="Africa") > 0.02
    assert (never.debt_level.sel(place="Africa", year=slice(2011, 2050)).diff("year") <= 1e-12).all()
    assert programme.debt.sel(place="Africa", year=2030) > 1
    assert programme.debt.sel(place="Africa", year=2050) < programme.debt.sel(place="Africa", year=2030)
    on = found.sel(arm="programme_continued", **AT)
    before = {"year": slice(2029)}  # in 2030 a loan of 2031 may pay
    np.testing.assert_array_equal(on.equipment.sel(before), programme.equipment.sel(before))
    assert (on.left_why == "loans go on").all()
    assert np.isnan(on.left).all()


def test_of_what_was_won_all_is_left_in_the_last_year_with_loans(found):
    one = found.sel(arm="programme", place="Africa", year=2030, **AT)
    assert one.left == one.left_low == one.left_high == 100
    assert one.won == one.equipment
    later = found.sel(arm="programme", place="Africa", year=2045, **AT)
    assert float(later.left) == pytest.approx(100 * float(later.equipment / one.equipment))
    assert later.left_low < later.left_high


def test_leaving_is_free_only_after_the_last_loan(found):
    usual, after = (
        found.equipment.sel(AT | {"arm": "programme", "without": cut, "place": "Africa"})
        for cut in ("nothing", "switching_cost_after")
    )
    np.testing.assert_array_equal(usual.sel(year=slice(2030)), after.sel(year=slice(2030)))
    assert (usual.sel(year=slice(2035, 2050)) != after.sel(year=slice(2035, 2050))).all()


def test_whatever_was_run_has_a_range_and_the_chance_that_luck_made_it(found):
    economies = found.sel(place=[place for place in found["place"].values if place != "median"])
    for name in ("equipment", "sales", "reach", "debt", "won", "left"):  # prices may be undefined
        low, high, luck = (economies[f"{name}_{part}"] for part in ("low", "high", "luck"))
        known = np.isfinite(economies[name])
        assert known.any()
        assert (low.where(known) <= high.where(known)).sum() == known.sum()
        assert ((luck.where(known) >= 0) & (luck.where(known) <= 1)).sum() == known.sum()
    assert is_at_most(economies.won_luck).any()
    assert np.isnan(found.won_luck.sel(place="median")).all()


def test_regulators_on_and_off_are_rows_of_their_own_and_what_was_not_run_says_so(found):
    on = found.sel(arm="programme", regulators="on", domain="mobile_network", place="Africa")
    off = found.sel(arm="programme", place="Africa", **AT)
    assert on.reach.sel(without="nothing", year=2050) != off.reach.sel(year=2050)
    assert np.isnan(on.reach.sel(without="switching_cost_6")).all()
    assert on.left_why.sel(without="switching_cost_6") == "not run"
    lent = found.sel(arm="as_lent_then_stopped", place="Africa", domain="mobile_network")
    assert np.isfinite(lent.equipment.sel(without="nothing", regulators="off")).all()
    assert np.isnan(lent.equipment.sel(without="nothing", regulators="on")).all()


def test_where_too_little_was_won_nothing_is_told_of_the_rest(found):
    told_of = found.left_why == ""
    assert told_of.any()
    little = found.left_why == "too little won"
    of_mean = found.won_mean_low.where(is_at_most(found.won_luck), -1.0)
    least = found.won_low.where(found.won_low > of_mean, of_mean)
    assert (least.where(told_of) >= LEAST).sum() == told_of.sum()
    assert not (least.where(little) >= LEAST).any()
    assert np.isnan(found.left.where(~told_of)).all()
    assert np.isfinite(found.left.where(told_of, 0)).all()


def test_money_stands_beside_points_and_says_what_contracts_took(found):
    arms = found.sel(place="Africa", without="nothing", regulators="off")
    assert arms.money.sel(arm="never") == 0
    lent = ls.load_world().recorded_loans
    africa = ls.load_world().groups["Africa"][0]
    on_record = np.maximum(lent[:, africa][..., :2], 0).sum()
    by_rule = arms.money.sel(arm="as_lent_then_stopped") - on_record  # to economies without a record
    assert 0 <= by_rule < 0.1 * on_record
    part = on_record / np.maximum(lent[..., :2], 0).sum()
    assert arms.money.sel(arm="programme") == pytest.approx(20 * 3.5 * part)
    for arm in ("as_lent_then_stopped", "programme"):
        assert 0.3 < arms.money_met.sel(arm=arm) < 0.9
    assert np.isnan(arms.money_met.sel(arm="programme_continued"))
    assert found.attrs["allotment"] == "record"


def test_a_programme_by_the_rule_is_taken_whole():
    one = ls.lead(places="Africa", allotment="rule", **ALONE).sel(arm="programme", **AT)
    assert one.money_met.item() == 1
    assert one.attrs["allotment"] == "rule"


@pytest.mark.parametrize(("how", "found"), [({"allotment": "fair"}, "fair"), ({"since": 2035, "until": 2040,
    "allotment": "record"}, "'rule' alone, from 2031 on")])  # fmt: skip
def test_an_allotment_that_cannot_be_followed_is_refused(how, found):
    with pytest.raises(ls.InputError, match=found):
        ls.lead(places="Africa", **how, **ALONE)


def test_deleting_the_loans_of_a_lender_without_loans_moves_exactly_nothing(real_world):
    draft = real_world.conditions.draft()
    korean = real_world.lenders.sponsor == real_world.sponsors.index("KOR")
    draft.envelope[:, korean] = 0.0
    facts = real_world.facts | {"recorded": real_world}
    world = dataclasses.replace(real_world, conditions=draft.finished(), facts=facts)
    none = ls.lead("KOR", world=world, places=["Africa", "world"], domains="smartphone", **ALONE)
    lent = none.sel(arm="as_lent_then_stopped")
    for name in ("equipment", "sales", "reach", "debt", "price"):
        assert (lent[name].fillna(0) == 0).all()
    assert (lent.left_why == "too little won").all()
    assert none.attrs["recorded_until"] == 2023
    assert "borrowers" not in LoanStudy.of(world, "KOR", None, "smartphone", 3.5, (2011, 2030)).places


def test_borrowers_are_those_with_a_loan_on_record(real_world):
    loans = read_table("loans")
    known = set(loans["iso3"][np.isfinite(loans["year"].astype(float))].tolist())
    assert {real_world.countries[n] for n in np.flatnonzero(find_borrowers(real_world, "CHN"))} == known
    assert not find_borrowers(real_world, "USA").any()


@pytest.mark.slow
def test_a_structure_repeats_what_the_same_parameters_give_in_all_runs(found):
    own = ls.lead(places="Africa", structure=["as_it_is", "bargaining"], **ALONE)
    hard = ls.lead(
        places="Africa", parameters={"penetration_discount": 0.3, "lock_in_markup": 0.3}, **ALONE
    ).sel(**AT, place="Africa")
    assert own["quantity"].size == 8
    assert own["structure_label"].values.tolist() == ["the model as it is", "vendors bargain hard"]
    usual = found.sel(**AT, place="Africa")
    for name, of in (("as_it_is", usual), ("bargaining", hard)):
        numbers = own.sel(structure=name)
        for prefix, arm, until in (("lent_", "as_lent_then_stopped", 2021), ("", "programme", 2030)):
            won, left = of["won"].sel(arm=arm), of["left"].sel(arm=arm, year=until + 10)
            assert float(numbers.by_structure.sel(quantity=f"{prefix}won")) == pytest.approx(100 * float(won))
            kept = float(numbers.by_structure.sel(quantity=f"{prefix}left_10"))
            np.testing.assert_allclose(kept, float(left))
    coin = ls.lock_in("Africa", runs=2, seed=3, workers=1, progress=False, without="nothing", after=(10, 25))
    for after in (10, 25):
        mine = own.sel(structure="as_it_is", quantity=f"coin_{after}")
        at = coin.sel(without="nothing", place="Africa", after=after)
        np.testing.assert_allclose(float(mine.by_structure), float(at.left))
        np.testing.assert_allclose(float(mine.by_structure_low), float(at.left_low))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"structure": "nonsense"}, r"structure: found 'nonsense'; allowed: one of all_rows, as_it_is"),
        ({"structure": ["bargaining", "bargaining"]}, "bargaining twice"),
        ({"structure": "bargaining", "places": "median"}, "only the median"),
    ],
)
def test_a_structure_that_cannot_be_asked_is_named_before_the_first_run(options, said):
    with pytest.raises(ls.InputError, match=said):
        ls.lead(**ALONE | options)


# --- planted truths ---

DRAWS = 300


@pytest.fixture
def planted(real_world):
    """A question, and runs in which each draw wins and keeps what it is told, with luck beside it."""
    asked = LoanStudy.of(real_world, "CHN", ["Africa", "median"], ["mobile_network"], 3.5, (2011, 2030))
    how = build_setup(EACH * DRAWS, world=asked.world, posterior="bundled", seed=1)
    rng, years = np.random.default_rng(8), how.calendar
    won, kept = rng.normal(0.10, 0.02, DRAWS), rng.uniform(0.2, 0.6, DRAWS)
    path = np.where(years <= 2030, (years - 2010) / 20, 1.0)[None] * np.ones((DRAWS, 1))
    path = np.where(years > 2030, kept[:, None] + (1 - kept[:, None]) * (2050 - years) / 20, path)
    of_runs: Floats = np.repeat(won[:, None] * path, EACH, axis=0)
    luck = rng.normal(0.0, 0.02, (EACH * DRAWS, 1)) * np.linspace(0.5, 1.0, len(years))
    lost = rng.normal(0.0, 0.01, (EACH * DRAWS, len(years)))
    effect = (of_runs + luck + lost)[:, None, None]

    def arm(moved):
        places = {name: 0.3 + 0.0 * moved for name in of_left.MEANINGS if name != "debt"}
        economies = np.repeat(moved, len(real_world.countries), axis=2)
        money = dict.fromkeys(("debt", "money"), moved[:, :, 0]) | {"unmet": 0.25 * moved[:, :, 0]}
        return places | money | {"equipment": 0.3 + moved, "economies": economies}

    usual = ("nothing", "off")
    values = {("never", *usual): arm(0.0 * effect), ("programme", *usual): arm(effect)}
    return build_lead_dataset(values, asked, how).sel(arm="programme", **AT), won, kept


@pytest.fixture
def planted_twice(real_world):
    """Runs in which a cause holds a fifth of what was won, and both worlds share what else is kept."""
    asked = LoanStudy.of(real_world, "CHN", ["Africa"], ["mobile_network"], 3.5, (2011, 2030))
    how = build_setup(EACH * DRAWS, world=asked.world, posterior="bundled", seed=1)
    rng, years = np.random.default_rng(9), how.calendar
    won, kept = rng.normal(0.10, 0.02, DRAWS), rng.uniform(0.2, 0.8, DRAWS)
    noise = rng.normal(0.0, 0.002, (2, EACH * DRAWS, len(years)))

    def effect(less, luck):
        path = np.where(years <= 2030, (years - 2010) / 20, kept[:, None] - less)
        return (np.repeat(won[:, None] * path, EACH, axis=0) + luck)[:, None, None]

    def arm(moved):
        places = {name: 0.0 * moved for name in of_left.MEANINGS if name != "debt"}
        money = dict.fromkeys(("debt", "money", "unmet"), moved[:, :, 0])
        return places | money | {"equipment": moved}

    values = {}
    for cut, less, luck in zip(("nothing", "switching_cost"), (0.0, 0.2), noise, strict=True):
        moved = effect(less, luck)
        values |= {("never", cut, "off"): arm(0.0 * moved), ("programme", cut, "off"): arm(moved)}
    return build_lead_dataset(values, asked, how), 20.0


def test_ranges_over_draws_hold_planted_truths_without_the_luck_of_runs(planted):
    found, won, kept = planted
    one, last = found.sel(place="Africa"), found.sel(place="Africa", year=2050)
    np.testing.assert_allclose([one.won_low, one.won_high], np.quantile(won, [0.05, 0.95]), atol=0.006)
    assert float(one.won) == pytest.approx(won.mean(), abs=0.003)
    assert float(last.left) == pytest.approx(100 * (won * kept).mean() / won.mean(), abs=3)
    np.testing.assert_allclose([last.left_low, last.left_high], 100 * np.quantile(kept, [0.05, 0.95]), atol=6)
    assert last.left_mean_low < 100 * (won * kept).mean() / won.mean() < last.left_mean_high
    assert last.left_mean_high - last.left_mean_low < 0.2 * (last.left_high - last.left_low)


def test_what_a_cause_holds_has_the_interval_of_its_pairs(planted_twice):
    found, held = planted_twice
    one = found.sel(without="switching_cost", regulators="off", arm="programme", place="Africa", year=2050)
    one = one.sel(domain="mobile_network")
    assert float(one.held) == pytest.approx(held, abs=1)
    assert one.held_mean_low < held < one.held_mean_high
    apart = float(one.left_mean_high - one.left_mean_low)
    assert float(one.held_mean_high - one.held_mean_low) < apart / 2  # luck that both share cancels
