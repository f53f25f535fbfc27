"""Decisions of buyers, composed: by hand, term by term."""

from types import SimpleNamespace

import numpy as np
import pytest

from lockin_sim.common.conventions import NEVER
from lockin_sim.model import decisions, stages
from lockin_sim.model.decisions import Offer, Stance, Terms, Voter, Weights
from lockin_sim.model.seen import TakenUp, UserBase
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Body

NONE = -np.inf
LOG2, LOG3, LOG4 = np.log([2.0, 3.0, 4.0])
SILENT = dict.fromkeys(Offer._fields, 0.0) | {"incumbent_fit": 1.0}
ONE = Weights(*np.ones(len(Weights._fields)))


def offered(**known):
    return Offer(**(SILENT | {name: np.asarray(value) for name, value in known.items()}))


# --- worth ---------------------------------------------------------------------------------------------

#: What an offer may have, the weight that it meets, and what a weight of 2 makes of it.
TERMS = [
    ("quality", "quality", {"quality": 0.5}, 1.0),
    ("price", "price", {"log_price": 0.5}, -1.0),
    ("price", "price", {"benefit": 0.25}, -2 * np.log(0.75)),
    ("home", "home", {"home_bonus": 0.5, "home_part": 0.5}, 0.5),
    ("network", "network", {"network": 0.5}, 1.0),
    ("stack", "stack", {"layers": 0.5}, 1.0),
    ("affinity", "affinity", {"affinity": -0.5}, -1.0),
    ("official", "official", {"status": 0.5}, 1.0),
    ("concern", "concern", {"concern": 0.5, "salience": 0.5}, -0.5),
    ("sibling", "sibling", {"sibling_fit": 0.5}, 1.0),
    ("switching", "switching", {"incumbent_fit": 0.75, "carry_over": 0.5}, -0.25),
]


@pytest.mark.parametrize(("term", "weight", "known", "expected"), TERMS)
def test_each_term_counts_by_its_own_weight_and_no_other(term, weight, known, expected):
    terms = decisions.judge(offered(**known), ONE._replace(**{weight: 2.0}))
    assert getattr(terms, term) == pytest.approx(expected)
    for name, value in terms._asdict().items():
        if name != term:
            assert value == 0.0, name


def test_places_and_tastes_count_as_they_are():
    terms = decisions.judge(offered(place=[0.3, -0.2], taste=[0.1, 0.7]), ONE)
    np.testing.assert_array_equal(terms.place, [0.3, -0.2])
    np.testing.assert_array_equal(terms.taste, [0.1, 0.7])


def test_worth_is_the_sum_of_all_terms_where_an_offer_may_be_taken():
    """Terms 1, 2, 4, ... 2048: no two sums are alike."""
    terms = Terms(*(np.array([2.0**k, 0.0]) for k in range(len(Terms._fields))))
    worth = decisions.worth(terms, np.array([True, True]))
    assert worth.tolist() == [2.0 ** len(Terms._fields) - 1, 0.0]
    assert decisions.worth(terms, np.array([True, False])).tolist() == [worth[0], NONE]


def test_weights_are_those_of_the_parameters():
    p = Parameters(
        quality_weight=1.1, price_weight=2.2, home_preference=3.3, network_weight=4.4, stack_weight=5.5,
        affinity_weight=6.6, official_weight=7.7, concern_weight=8.8, sibling_pull=9.9, switching_cost=10.1,
        own_network_weight=77.0,
    )  # fmt: skip
    found = decisions.weights_of(p, 0.0, p.network_weight)
    assert tuple(found) == (1.1, 2.2, 3.3, 4.4, 5.5, 6.6, 7.7, 8.8, 9.9, 10.1)


@pytest.mark.parametrize(("held", "factor"), [(1.0, 1.1 * np.exp(0.5)), (0.0, 1.1 * np.exp(-0.2))])
def test_customers_are_asked_by_what_they_hold_and_what_rules_cost(held, factor):
    p = Parameters.neutral(lock_in_markup=0.5, penetration_discount=0.2)
    asked = decisions.asked_price(np.log(np.array([3.0])), np.array([held]), np.array([0.1]), p)
    assert np.exp(asked[0]) == pytest.approx(3 * factor)


# --- lots that are due ---------------------------------------------------------------------------------


def due(**changed):
    """Of one lot, with an incumbent of an old generation and nothing happening but what is said."""
    case = {"incumbent": 1, "generation": 0, "arrived": 0, "ends": False, "considers": False, "leaves": False}
    flags = decisions.due(**{name: np.array([value]) for name, value in (case | changed).items()})
    return {name for name, flag in flags._asdict().items() if flag[0]}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({"ends": True}, {"renewed"}),
        ({"arrived": 1}, {"renewed", "freed"}),
        ({"arrived": 1, "ends": True}, {"renewed", "freed"}),
        ({"leaves": True}, {"renewed", "early"}),
        ({"leaves": True, "ends": True}, {"renewed"}),  # it would have been up anyway
        ({"leaves": True, "arrived": 1}, {"renewed", "freed"}),
        ({"considers": True}, set()),  # something is there
        ({"incumbent": -1}, set()),
        ({"incumbent": -1, "considers": True}, {"considered"}),
        ({"incumbent": -1, "ends": True, "leaves": True, "arrived": 1}, set()),
        ({"incumbent": 0, "ends": True}, {"renewed"}),  # the first slot is a vendor like others
    ],
)
def test_lots_are_due_for_a_reason(changed, expected):
    assert due(**changed) == expected


def test_in_loops_a_lot_meets_the_generations_that_it_meets_over_arrays():
    rng = np.random.default_rng(8)
    starts = np.sort(rng.integers(2000, 2050, (4, 3, 20)), axis=0)
    starts[2:, :, ::3] = NEVER
    arrived, following = (
        (starts <= 2025).sum(axis=0) - 1,
        decisions.following(np.moveaxis(starts, 0, -1), 2025),
    )
    found = np.array([decisions.generations(starts, run, lot, 2025) for run, lot in np.ndindex(3, 20)])
    np.testing.assert_array_equal(found[:, 0].reshape(3, 20), arrived)
    np.testing.assert_array_equal(found[:, 1].reshape(3, 20), following)
    assert {-1, 3} <= set(arrived.flat)
    assert NEVER in following


# --- choice of a lot -----------------------------------------------------------------------------------


def choose(considered, outside, offers=(1.0, 0.5)):
    winner, signed = decisions.choose(
        np.array([offers]), np.array([[0.0, 0.8]]), np.array([[outside]]), np.array([[0.1]]),
        np.array([[considered]]), 1.0,
    )  # fmt: skip
    assert signed.tolist() == [[winner.any()]]
    return winner[0].tolist()


def test_renewals_take_the_best_and_builders_only_what_beats_staying_out():
    """1.3 for the second against 1.0; outside 1.15 + .1 is less, 1.25 + .1 more."""
    assert choose(False, 99.0) == [False, True]
    assert choose(True, 1.15) == [False, True]
    assert choose(True, 1.25) == [False, False]
    assert choose(True, NONE) == [False, True]
    assert choose(False, 0.0, (NONE, NONE)) == [False, False]
    assert choose(True, NONE, (NONE, NONE)) == [False, False]


# --- what renewals show --------------------------------------------------------------------------------


def counted(winner, *, renewed=True, early=False, barred=-1, outside=0.0):
    """A contract of 10 for a lot that the first of two vendors runs, at s = log 4: stays 8/11 against 2/5."""
    up = decisions.Due(*(np.array([[flag]]) for flag in (renewed, not renewed, early, False)))
    switching = np.array([[0.0, -LOG4]])
    offers = np.array([[LOG2, LOG3]]) + switching
    slots = np.arange(2)
    return decisions.count(
        np.array([[10.0]]), up, (slots == 0)[None], (slots == barred)[None], offers, switching,
        np.array([[outside]]), (slots == winner)[None], 1.0,
    )  # fmt: skip


def test_a_renewal_shows_whether_it_was_kept_and_what_the_switching_cost_pulled():
    kept, lost = counted(0), counted(1)
    assert (kept.renewed, kept.retained, kept.forced, kept.early) == (10.0, 10.0, 0.0, 0.0)
    assert lost.retained == 0.0
    np.testing.assert_allclose(kept.pulled, [[10 * (8 / 11 - 2 / 5), 0.0]])
    np.testing.assert_allclose(kept.surplus, 10 * np.log(2.75))
    np.testing.assert_array_equal(kept.pulled, lost.pulled)


def test_what_is_built_anew_is_no_renewal():
    new = counted(1, renewed=False)
    assert not any(
        np.any(getattr(new, name)) for name in ("renewed", "retained", "forced", "early", "pulled")
    )
    assert new.surplus == 0.0


def test_what_is_built_anew_shows_what_it_is_worth_over_going_without():
    """Weights 2 and 3 / 4 against 1 of going without: log 3.75, whoever wins; nothing at renewal."""
    new, renewal = counted(-1, renewed=False), counted(1)
    assert (new.considered, renewal.considered, renewal.coverage_surplus) == (10.0, 0.0, 0.0)
    np.testing.assert_allclose(new.coverage_surplus, 10 * np.log(3.75))
    without = counted(1, renewed=False, outside=NONE)
    assert (without.considered, without.coverage_surplus) == (0.0, 0.0)


def test_restricted_incumbents_count_as_forced_and_those_ahead_of_time_as_early():
    assert counted(1, barred=0).forced == 10.0
    assert counted(1, barred=0).early == 0.0
    assert counted(1, barred=0, early=True).early == 10.0
    assert counted(1, barred=1).forced == 0.0


# --- users ---------------------------------------------------------------------------------------------


def flow(**changed):
    """Shares .4 : .2 of capacity, w = 2 : 3, kappa = 1/4, lifetime 4, nobody new."""
    case = {
        "installed": np.array([[0.4, 0.2]]),
        "offers": np.array([[LOG2, LOG3]]),
        "friction": np.array([[1.0, 0.25], [0.25, 1.0]]),
        "barred": np.zeros((1, 2), dtype=bool),
        "removal": np.zeros((1, 2)),
        "outside": np.array([[np.inf]]),
        "lifetime": 4.0,
        "greenfield_rate": 1.0,
        "noise_scale": 1.0,
    }
    return decisions.flow(**(case | changed))


def test_users_flow_as_a_quarter_of_them_renew():
    flowed = flow()
    gained = np.array([0.1 * 8 / 11 + 0.05 / 7, 0.1 * 3 / 11 + 0.05 * 6 / 7])
    np.testing.assert_allclose(flowed.installed, [np.array([0.3, 0.15]) + gained])
    np.testing.assert_allclose(flowed.gained, [gained])
    np.testing.assert_allclose(flowed.renewed, [[0.1, 0.05]])
    np.testing.assert_allclose(flowed.retained, [[0.1 * 8 / 11, 0.05 * 6 / 7]])
    np.testing.assert_allclose(flowed.pulled, [[0.1 * (8 / 11 - 0.4), 0.05 * (6 / 7 - 0.6)]])
    assert flowed.forced == flowed.early == 0.0


def test_newcomers_pay_no_switching_cost():
    """All of the missing .4 come, 2 : 3."""
    old, new = flow(), flow(outside=np.array([[NONE]]))
    np.testing.assert_allclose(new.installed - old.installed, [[0.16, 0.24]])
    np.testing.assert_allclose(new.gained - old.gained, [[0.16, 0.24]])
    np.testing.assert_array_equal(new.renewed, old.renewed)


def test_newcomers_gain_over_going_without():
    """The missing .4 consider it, at W = 5 against e^(u_0) = 1: log 6 each, whether they come or not."""
    new, nobody = flow(outside=np.array([[0.0]])), flow(outside=np.array([[NONE]]))
    np.testing.assert_allclose([new.considered, new.coverage_surplus], [[[0.4]], [[0.4 * np.log(6)]]])
    assert nobody.considered == nobody.coverage_surplus == 0.0


def test_a_restricted_vendor_loses_its_renewals_and_what_must_go():
    """Of .4 a quarter is up anyway, half of the other .3 must go: .25 leave, all to the second."""
    flowed = flow(
        offers=np.array([[NONE, LOG3]]), barred=np.array([[True, False]]), removal=np.array([[0.5, 0.5]])
    )
    np.testing.assert_allclose(flowed.installed, [[0.15, 0.45]])
    np.testing.assert_allclose([flowed.forced, flowed.early], [[[0.25, 0.0]], [[0.15, 0.0]]])
    np.testing.assert_allclose(flowed.renewed, [[0.25, 0.05]])
    np.testing.assert_allclose(flowed.retained, [[0.0, 0.05]])


def test_all_users_of_a_hosted_vendor_leave_it_once_it_is_not_on_offer_any_more():
    """Of .4 none can stay; where vendors host nothing a quarter is up, and the others keep what they have."""
    for hosted, left in ((True, 0.0), (False, 0.3)):
        one = np.ones((1, 2))
        seen = SimpleNamespace(on_sale=np.array([[False, True]]), log_income=0.0)
        base = UserBase(one * [0.4, 0.2], 0 * one, 0.0, np.array([[hosted]]), np.ones((1, 1)), 4.0)
        asked = SimpleNamespace(offers=one * [NONE, LOG3], barred=one > 1)
        p = Parameters.neutral(greenfield_rate=0.0)
        flowed = stages.users_move(asked, seen, base, np.ones((2, 2)), p)
        np.testing.assert_allclose(flowed.installed, [[left, 0.6 - left]])


# --- adopters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enacted", "shock", "expected"),
    [
        (False, (0.5, 0.5, 0.5), [0.35, 0.0, 0.2]),
        (True, (0.5, 0.5, 0.5), [0.0, 0.0, 1.0]),
        (True, (0.259, 0.001, 0.9), [1.0, 0.0, 1.0]),
    ],
)
def test_systems_are_adopted_as_shares_and_families_of_rules_as_laws(monkeypatch, enacted, shock, expected):
    """Three systems worth log 3, of which the second is not there yet and the third the state's own."""
    monkeypatch.setattr(stages, "uniform", lambda key, counter: np.array(shock))
    keys, adoption = np.zeros(3, np.uint64), np.array([0.0 if enacted else 0.25, 0.0, 0.0])
    before = TakenUp(adoption, np.array([False, False, True]), np.full(3, 0.2), 5.0, keys[:1])
    offers = np.array([LOG3, NONE, LOG3])
    found = stages.adopters_adopt(offers, enacted, None, SimpleNamespace(keys=keys), before)
    assert found.tolist() == pytest.approx(expected)


def test_every_field_of_an_offer_and_of_its_worth_is_met_here():
    """A term that is added to the model is added to this page."""
    met = {name for *_, known, _ in TERMS for name in known} | {"place", "taste", "own"}
    assert met == set(Offer._fields)
    assert {term for term, *_ in TERMS} | {"place", "taste", "own"} == set(Terms._fields)
    assert {weight for _, weight, *_ in TERMS} == set(Weights._fields)


# --- decisions of states ---


def member(base=(0.5, 0.5), ties=(0.0, 0.0), democracy=0.0):
    """A member between a challenger, owned by the first vendor, and incumbents, who own the second."""
    return Voter(np.array([base]), np.array([ties]), np.array([[democracy]]))


@pytest.mark.parametrize(
    ("voter", "weights", "cycle", "expected"),
    [
        (member((0.6, 0.2)), {"vested_interest": 4.0}, 0.0, [1.0, -1.0]),  # .75 and .25 of a base, usually .5
        (member((0.0, 0.0)), {"vested_interest": 4.0}, 0.0, [0.0, 0.0]),
        (member(ties=(0.5, -0.5)), {"vote_affinity": 2.0}, 0.0, [1.0, 0.0]),
        (member(ties=(0.5, -0.5)), {"vote_affinity_incumbent": 2.0}, 0.0, [0.0, -1.0]),
        (member(democracy=0.5), {"vote_democracy": 2.0}, 0.0, [-1.0, 1.0]),
        (member(), {"tolerance": 1.0, "tolerance_incumbent": -1.0}, 0.0, [1.0, -1.0]),
        (member(), {"cycle_shock_scale": 0.5}, 2.0, [1.0, 1.0]),
    ],
)
def test_what_moves_votes(voter, weights, cycle, expected):
    """Each adds or takes 1: yes below Lambda(1) = .731, Lambda(0) = .5 or Lambda(-1) = .269."""
    p = Parameters.neutral(**weights)
    owned, usual = np.eye(2), np.full((1, 2), 0.5)
    inclination = decisions.inclination(voter, owned, usual, np.array([1.0, 0.0]), p)
    chance = 1 / (1 + np.exp(-np.array(expected)))
    for side, answer in ((-1e-6, True), (1e-6, False)):
        yes, votes = decisions.ballot(inclination, np.full((1, 2), cycle), (chance + side)[None], p)
        assert yes.tolist() == [[answer, answer]]
        assert votes.all()


def test_a_body_without_a_quota_of_its_own_takes_the_hurdle_of_the_parameters():
    body = Body("b", "one_country_one_vote", np.ones(10), np.zeros(10), np.nan, 1.0, 1, 0, np.ones(1))
    yes = (np.arange(10) < 6)[:, None]
    for hurdle, passes in ((0.5, True), (0.67, False)):
        p = Parameters.neutral(contested_hurdle=hurdle)
        share, passed = decisions.decide(body, yes, np.ones((10, 1), dtype=bool), p)
        assert share.tolist() == [0.6]
        assert passed.tolist() == [passes]


def test_a_body_is_contested_by_its_own_measure():
    """Half as contested as a usual body, with .5: a quarter of the work; what failed keeps three quarters."""
    body = Body(
        "b", "invited_forum", np.ones(1), np.zeros(1), 0.5, 1.0, 1, 0, np.ones(2), relative_contested=0.5
    )
    p = Parameters.neutral(contested_share=0.5, turnover=1.0)
    live = decisions.Live(np.array([1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    families = np.array([[1.0, 0.0], [0.0, 0.5], [0.0, 0.5]])  # who proposes what, weights 1, 1 and 1
    passed = np.array([True, False])
    after = decisions.turn_over(body.relative_contested, live, np.ones(3), families, passed, p)
    np.testing.assert_allclose(after.status, [1 / 1.75, 0.75 / 1.75])
    np.testing.assert_allclose(after.origin, [1 / 1.75, 0.375 / 1.75, 0.375 / 1.75])


STANCE = Stance(*(np.zeros(1) for _ in range(5)), salience=np.ones(1), order=np.zeros(1, dtype=int))


@pytest.mark.parametrize(
    ("changed", "chance"),
    [
        ({}, 0.13929202),  # readiness 1/2 at a rate of .3
        ({"salience": 0.5}, 0.07225651),
        ({"concern": 0.5}, 0.23221015),  # each of these adds 2 to the readiness
        ({"votes": 2.0}, 0.23221015),
        ({"alliance": 0.5}, 0.23221015),
        ({"pressure": 2.0}, 0.23221015),
        ({"dependence": 0.5}, 0.03512901),
        ({"order": 1}, 1.0),
        ({"order": -1}, 0.0),
    ],
)
def test_countries_reconsider_at_their_readiness(changed, chance):
    p = Parameters.neutral(
        restriction_rate=0.3, restriction_concern=4.0, restriction_votes=1.0, restriction_alliance=4.0,
        restriction_dependence=4.0,
    )  # fmt: skip
    stance = STANCE._replace(**{name: np.array([value]) for name, value in changed.items()})
    for shock, begins in ((chance - 1e-6, True), (chance + 1e-6, False)):
        if 0 < shock < 1:
            since = decisions.reconsider(np.array([-1]), stance, 2020, np.array([shock]), p)
            assert since.tolist() == [2020 if begins else -1]


def test_restrictions_are_lifted_at_their_rate():
    """1 - e^-.5 = .39346934."""
    p = Parameters.neutral(lifting_rate=0.5)
    for shock, since in ((0.3934, -1), (0.3935, 2015)):
        assert decisions.reconsider(np.array([2015]), STANCE, 2020, np.array([shock]), p).tolist() == [since]


def test_the_loop_form_of_the_demanding_share_is_its_array_form():
    rng = np.random.default_rng(1)
    installed, size = rng.random((3, 5, 7)), rng.random((3, 5))  # (domain, country, vendor)
    demanded, traded = rng.random((5, 2)) > 0.5, np.array([True, False, True])
    demanded[2] = False
    installed[2] = 0.0  # nothing is deployed
    capacity = (installed * size[..., None]).sum(axis=1)
    expected = decisions.demanding_share(installed, size, demanded, traded, capacity)[:, 0]
    share, some = np.empty(2), decisions.demanding(demanded)
    assert 0 < len(some) < 5
    for d in range(3):
        decisions.fill_demanding_share(
            installed[d], size[d], demanded, some, traded[d], capacity[d].sum(), share
        )
        np.testing.assert_allclose(share, expected[d], rtol=1e-14)
