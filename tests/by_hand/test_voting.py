"""How bodies decide: thresholds at their edge, and published chances of passing through each procedure."""

from math import comb, factorial

import numpy as np
import pytest

from lockin_sim.rules import counting, voting


def decide(procedure, yes, votes=None, weight=None, firms=None, *, quota, blocking=1.0):
    """Share in favour and whether it passes, for one proposal; weights default to 1."""
    n = len(yes)
    counted = counting.count(
        np.array(yes, dtype=bool)[:, None],
        np.array(votes or [1] * n, dtype=bool)[:, None],
        np.array(weight or [1.0] * n)[:, None],
        np.array(firms or [1.0] * n)[:, None],
    )
    share, passed = voting.PROCEDURES[procedure](counted, quota, blocking)
    assert share.shape == passed.shape == (1, 1)
    return float(share[0, 0]), bool(passed[0, 0])


def ballots(yes, no):
    return [1] * yes + [0] * no


@pytest.mark.parametrize(("yes", "no", "passes"), [(2, 2, False), (3, 2, True), (2, 3, False), (0, 4, False)])
def test_one_country_one_vote_needs_more_than_half(yes, no, passes):
    share, passed = decide("one_country_one_vote", ballots(yes, no), quota=0.5)
    assert share == pytest.approx(yes / (yes + no))
    assert passed is passes


def test_one_country_one_vote_counts_heads_not_weights_and_leaves_out_the_absent_and_the_strangers():
    """Present members: yes, no, no of weights 9, 1, 1; an absent yes and a non-member's yes do not count."""
    share, passed = decide(
        "one_country_one_vote", [1, 0, 0, 0, 1], [1, 1, 1, 0, 1], [9.0, 1.0, 1.0, 1.0, 0.0], quota=0.5
    )
    assert share == pytest.approx(1 / 3)
    assert not passed


@pytest.mark.parametrize(
    ("yes", "no", "passes"),
    [(2, 1, False), (6, 3, False), (9, 3, True), (3, 1, True), (11, 4, False), (8, 2, True)],
)
def test_two_thirds_in_favour_and_at_most_a_quarter_against(yes, no, passes):
    """Nobody abstains here, so the quarter against binds; nine to three is just that quarter."""
    assert decide("double_two_thirds", ballots(yes, no), quota=2 / 3, blocking=0.25)[1] is passes


@pytest.mark.parametrize(
    ("yes", "no", "passes"), [(2, 1, True), (10, 5, True), (9, 6, False), (20, 10, True)]
)
def test_exactly_two_thirds_is_two_thirds(yes, no, passes):
    assert decide("double_two_thirds", ballots(yes, no), quota=2 / 3, blocking=1.0)[1] is passes


def test_observers_count_only_against():
    """Two of two participating members in favour; of four observers' votes three against: 3 of 6 against."""
    weight = [1.0, 1.0, 0.5, 0.5, 0.5, 0.5]
    assert decide("double_two_thirds", [1, 1, 1, 0, 0, 0], None, weight, quota=2 / 3, blocking=0.25) == (
        1.0,
        False,
    )
    assert decide("double_two_thirds", [1, 1, 1, 1, 1, 0], None, weight, quota=2 / 3, blocking=0.25) == (
        1.0,
        True,
    )
    # observers' yes does not make two thirds
    assert not decide("double_two_thirds", [1, 0, 1, 1, 1, 1], None, weight, quota=2 / 3, blocking=0.25)[1]


def test_seventy_one_per_cent_of_weighted_firms():
    assert decide("weighted_firms", [1, 0], None, [71.0, 29.0], quota=0.71) == (0.71, True)
    assert not decide("weighted_firms", [1, 0], None, [70.9, 29.1], quota=0.71)[1]


def test_rough_consensus_needs_most_of_the_room_and_no_weighty_objection():
    weight = [60.0, 25.0, 5.0, 5.0, 5.0]
    assert decide("rough_consensus", [1, 1, 0, 0, 0], None, weight, quota=0.8, blocking=0.1)[1]
    # as many against, but all from one country
    assert not decide("rough_consensus", [1, 1, 0], None, [60.0, 25.0, 15.0], quota=0.8, blocking=0.1)[1]
    assert not decide("rough_consensus", [1, 0, 0, 0, 1], None, weight, quota=0.8, blocking=0.5)[1]


@pytest.mark.parametrize(("objecting", "room"), [(10, 100), (29, 100), (1, 10), (3, 10), (7, 70)])
def test_an_objection_of_exactly_the_limit_does_not_block(objecting, room):
    weight = [float(room - objecting), float(objecting)]
    assert decide("rough_consensus", [1, 0], None, weight, quota=0.1, blocking=objecting / room)[1]


@pytest.mark.parametrize(
    ("yes", "share", "passes"),
    [([1, 1, 0], 0.3, False), ([0, 0, 1], 1 / 3, False), ([1, 0, 1], 2 / 3, True), ([1, 1, 1], 1.0, True)],
)
def test_both_chambers_must_agree(yes, share, passes):
    """Governments one each; private chamber 20 : 10 : 70."""
    found, passed = decide("chambers", yes, None, None, [20.0, 10.0, 70.0], quota=0.5)
    assert found == pytest.approx(share)
    assert passed is passes


def test_the_host_of_an_invited_forum_weighs_its_guests():
    assert decide("invited_forum", [1, 0, 0], None, [3.0, 1.0, 1.0], quota=0.5) == (0.6, True)
    assert not decide("invited_forum", [1, 0, 0], None, [2.0, 1.0, 1.0], quota=0.5)[1]


@pytest.mark.parametrize("procedure", voting.PROCEDURES)
def test_nothing_passes_where_nobody_votes(procedure):
    share, passed = decide(procedure, [0, 0, 0], [0, 0, 0], quota=0.5, blocking=0.25)
    assert share == 0.0
    assert not passed


@pytest.mark.parametrize("procedure", voting.PROCEDURES)
def test_a_unanimous_body_passes_everything(procedure):
    assert decide(procedure, [1, 1, 1], quota=0.71, blocking=0.1) == (1.0, True)


@pytest.mark.parametrize(
    ("procedure", "n", "quota", "p", "published"),
    [
        ("weighted_firms", 40, 0.71, 0.6, 0.07094949),
        ("weighted_firms", 40, 0.71, 0.7, 0.44060710),
        ("weighted_firms", 40, 0.71, 0.8, 0.91249476),
        ("weighted_firms", 40, 0.75, 0.6, 0.03522248),
        ("weighted_firms", 40, 0.75, 0.7, 0.30874273),
        ("weighted_firms", 40, 0.75, 0.8, 0.83923085),
        ("double_two_thirds", 15, 2 / 3, 0.6, 0.40321555),
        ("double_two_thirds", 15, 2 / 3, 0.7, 0.72162144),
        ("double_two_thirds", 15, 2 / 3, 0.8, 0.93894857),
    ],
)
def test_v19_chance_of_passing_a_committee(procedure, n, quota, p, published):
    """Sum over all numbers of yes votes of their binomial probability, if the procedure lets them pass."""
    chance = sum(
        comb(n, k) * p**k * (1 - p) ** (n - k) * decide(procedure, ballots(k, n - k), quota=quota)[1]
        for k in range(n + 1)
    )
    assert chance == pytest.approx(published, abs=5e-9)


def test_v19_chance_of_passing_the_double_test_with_observers_and_abstentions():
    """20 participating members and 15 observers, each yes .65, no .20, abstaining .15: .595749."""
    members, observers = 20, 15
    outcomes = [
        (a, b, c, d)
        for a in range(members + 1)
        for b in range(members + 1 - a)
        for c in range(observers + 1)
        for d in range(observers + 1 - c)
    ]
    counts = np.array(outcomes).T[:, :, None, None]  # (yes, no of members, yes, no of observers; outcome)
    seat, bench = np.arange(members)[:, None], np.arange(observers)[:, None]
    yes = np.concatenate([seat < counts[0], bench < counts[2]], axis=1)
    votes = np.concatenate([seat < counts[0] + counts[1], bench < counts[2] + counts[3]], axis=1)
    weight = np.array([1.0] * members + [0.5] * observers)[:, None]
    _, passed = voting.double_two_thirds(counting.count(yes, votes, weight, weight), 2 / 3, 0.25)

    def chance(n, yes, no):
        ways = factorial(n) / (factorial(yes) * factorial(no) * factorial(n - yes - no))
        return ways * 0.65**yes * 0.20**no * 0.15 ** (n - yes - no)

    total = sum(
        chance(members, a, b) * chance(observers, c, d)
        for (a, b, c, d), accepted in zip(outcomes, passed[:, 0, 0], strict=True)
        if accepted
    )
    assert total == pytest.approx(0.595749, abs=5e-7)


def test_ballots_counted_one_by_one_are_those_counted_at_once():
    rng = np.random.default_rng(8)
    yes, votes = rng.random((2, 40, 3)) < 0.5
    weight, firm = rng.choice([0.0, 0.5, 1.0, 9.0], (2, 60))
    member = rng.permutation(60)[:40]
    whole = counting.count(yes & votes, votes, weight[member, None], firm[member, None])
    for s in range(3):
        one = counting.count_one(yes[:, s] & votes[:, s], votes[:, s], member, weight, firm)
        for found, expected in zip(one, whole, strict=True):
            assert np.array(found).tolist() == np.array(expected)[..., 0, s].tolist()


# --- ballots ---


OWNED = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])  # the third vendor's sponsor owns no family


def test_interest_is_the_owners_part_of_the_base_beyond_the_usual():
    """Base .6, .1 and .1: .75 and .125 of it; usual .5 and .2.  A base as usual, or none, is no interest."""
    base = np.array([[0.6, 0.1, 0.1], [0.5, 0.2, 0.3], [0.0, 0.0, 0.0]])
    interest = voting.interest(base, OWNED, np.array([[0.5, 0.2]]))
    np.testing.assert_allclose(interest, [[0.25, -0.075], [0.0, 0.0], [0.0, 0.0]], atol=1e-15)


def test_what_others_own_does_not_cancel_interest():
    """All countries buy of the first family's owners: all want it, though nobody has more than the mean."""
    interest = voting.interest(np.tile([0.9, 0.1, 0.0], (4, 1)), OWNED, np.array([[0.4, 0.4]]))
    np.testing.assert_allclose(interest, np.tile([0.5, -0.3], (4, 1)))


def inclined(**weights):
    """To a challenger and to a family of incumbents: interest .4 and -.4, ties .5 and -.25, democracy .8."""
    silent = dict.fromkeys(("tolerance", "vested_interest", "vote_affinity", "vote_democracy"), 0.0)
    found = voting.inclination(
        np.array([[0.4, -0.4]]),
        np.array([[0.5, -0.25]]),
        np.array([[0.8]]),
        np.array([1.0, 0.0]),
        **(silent | weights),
    )
    return found[0].tolist()


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({}, [0.0, 0.0]),
        ({"tolerance": 1.0}, [1.0, 1.0]),
        ({"vested_interest": 2.0}, [0.8, -0.8]),
        ({"vote_affinity": 4.0}, [2.0, -1.0]),
        ({"vote_democracy": 1.5}, [-1.2, 1.2]),
        ({"vested_interest": 2.0, "vote_affinity": 4.0, "vote_democracy": 1.5}, [1.6, -0.6]),
    ],
)
def test_inclination_of_a_member(weights, expected):
    np.testing.assert_allclose(inclined(**weights), expected, atol=1e-15)


@pytest.mark.parametrize("band", [0.0, 0.8, 2.3])
@pytest.mark.parametrize("utility", [-1.7, 0.0, 2.4])
def test_ballots_are_an_ordered_logit_of_one_draw(utility, band):
    """Yes below Lambda(u), no from Lambda(u + band), between them nothing; without a band everybody votes."""
    accepts, refuses = 1 / (1 + np.exp(-utility)), 1 / (1 + np.exp(-(utility + band)))
    luck = np.array([accepts - 1e-9, accepts + 1e-9, refuses - 1e-9, refuses + 1e-9])[:, None]
    yes, votes = voting.ballot(np.full((4, 1), utility), luck, band)
    assert yes[:, 0].tolist() == [True, False, band == 0, False]
    assert votes[:, 0].tolist() == [True, band == 0, band == 0, True]


def test_who_supports_more_never_turns_to_no_by_the_same_luck():
    luck = np.linspace(0.001, 0.999, 999)[:, None]
    stance = [
        np.where(yes, 1, np.where(votes, -1, 0))
        for yes, votes in (voting.ballot(np.full((999, 1), u), luck, 1.5) for u in (-1.0, -0.5, 0.7))
    ]
    assert (np.diff(stance, axis=0) >= 0).all()
    assert (np.diff(stance, axis=0) > 0).any(axis=(1, 2)).all()


def test_ballots_far_out_are_certain_and_never_warn():
    luck = np.array([[0.001, 0.999]])
    assert voting.ballot(np.full((1, 2), 1e6), luck, 2.0)[0].all()
    yes, votes = voting.ballot(np.full((1, 2), -1e6), luck, 2.0)
    assert not yes.any()
    assert votes.all()


def agenda(sales, usual, elasticity, usual_effort=(2.0, 1.0), returns=0.5):
    effort, contribution = np.array([2.0, 1.0]), np.array([0.3, 0.5])
    return voting.agenda(
        effort, np.array(usual_effort), contribution, np.array(sales), np.array(usual), returns, elasticity
    ).tolist()


@pytest.mark.parametrize(("returns", "expected"), [(0.0, 0.15), (0.5, 0.3), (1.0, 0.6)])
def test_four_times_the_usual_effort_is_four_to_the_returns_times_the_proposals(returns, expected):
    """Who has no usual effort has no proposals."""
    weight = agenda([0.2, 0.1], [0.2, 0.1], 0.7, usual_effort=(0.5, 0.0), returns=returns)
    np.testing.assert_allclose(weight, [expected, 0.0], rtol=1e-14)


def test_twice_the_usual_sales_are_two_to_the_elasticity_times_the_proposals():
    np.testing.assert_allclose(agenda([0.4, 0.1], [0.2, 0.1], 0.7), [0.6 * 2**0.7, 0.5], rtol=1e-14)
    np.testing.assert_allclose(agenda([0.1, 0.3], [0.2, 0.1], 1.2), [0.6 / 2**1.2, 0.5 * 3**1.2], rtol=1e-14)


@pytest.mark.parametrize("sales", [[0.4, 0.0], [1e-9, 1.0], [0.0, 0.0]])
def test_without_elasticity_or_a_path_contributions_are_as_recorded_to_the_bit(sales):
    assert agenda(sales, [0.2, 0.1], 0.0) == [0.6, 0.5]
    assert agenda(sales, [np.nan, np.nan], 0.7) == [0.6, 0.5]


def test_who_is_kept_out_loses_weight_and_who_never_sold_keeps_it():
    """The least share that counts is .01: from .16 it falls to a sixteenth, which to
    the power .5 is a quarter."""
    assert agenda([0.0, 0.0], [0.16, 0.0], 0.5) == pytest.approx([0.15, 0.5])
    assert agenda([0.002, 0.004], [0.16, 0.008], 0.5) == pytest.approx([0.15, 0.5])


@pytest.mark.parametrize(("share", "relative", "part"), [(0.2, 1.5, 0.3), (0.2, 0.0, 0.0), (0.6, 3.5, 1.0)])
def test_the_contested_part_of_the_work_is_at_most_all(share, relative, part):
    assert voting.contested_part(share, relative) == pytest.approx(part)


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        ([True, True, True], [0.77, 0.19, 0.04]),  # .8 * (.9, .1, 0) + .2 * (.25, .55, .2)
        ([False, True, False], [0.72, 0.28, 0.0]),
        ([True, False, True], [0.8311111, 0.08, 0.0888889]),  # the rest share: .25 and .2 of .45
        ([False, False, False], [0.9, 0.1, 0.0]),
    ],
)
def test_status_turns_over_towards_what_passed(passed, expected):
    after = voting.status_mix(np.array([0.9, 0.1, 0.0]), np.array([0.5, 1.1, 0.4]), np.array(passed), 0.2)
    np.testing.assert_allclose(after, expected, atol=1e-7)
    assert after.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("contested", "expected"),
    [
        (0.0, [0.77, 0.19, 0.04]),  # a vote decides nothing: as if all had passed
        (0.4, [0.75658537, 0.21414634, 0.02926829]),  # .3, 1.1 and .24 of 1.64
        (1.0, [0.72, 0.28, 0.0]),
    ],
)
def test_a_vote_decides_on_the_contested_part_of_the_work(contested, expected):
    before, proposed = np.array([0.9, 0.1, 0.0]), np.array([0.5, 1.1, 0.4])
    passed = np.array([False, True, False])
    after = voting.status_mix(before, proposed, passed, 0.2, contested)
    np.testing.assert_allclose(after, expected, atol=1e-7)


def test_what_is_adopted_is_told_by_its_sponsors_as_it_is_by_family():
    """Weights 3 and 1; the first proposes the second family, the other both alike.  The second family fails
    and a fifth of the work is contested: 3 * .8, and .5 + .5 * .8."""
    family, passed = np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([True, False])
    after = voting.origin_mix(np.array([0.0, 1.0]), np.array([3.0, 1.0]), family, passed, 1.0, 0.2)
    np.testing.assert_allclose(after, np.array([2.4, 0.9]) / 3.3)


@pytest.mark.parametrize("contested", [0.2, 1.0])
def test_a_body_that_refuses_everything_publishes_nothing(contested):
    """Whatever part of its work is contested; of a family that nobody proposes a vote decides nothing."""
    before, proposed = np.array([0.9, 0.1, 0.0]), np.array([0.5, 1.1, 0.0])
    passed = np.array([False, False, True])
    np.testing.assert_array_equal(voting.status_mix(before, proposed, passed, 0.2, contested), before)
    family, weight = np.array([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]), np.array([3.0, 1.0])
    whose = np.array([0.3, 0.7])
    np.testing.assert_array_equal(voting.origin_mix(whose, weight, family, passed, 0.2, contested), whose)


def test_where_votes_decide_nothing_refusing_changes_nothing():
    before, proposed, family = np.array([0.9, 0.1]), np.array([1.0, 3.0]), np.eye(2)
    for passed in (np.array([False, False]), np.array([True, True])):
        after = voting.status_mix(before, proposed, passed, 0.2, 0.0)
        np.testing.assert_allclose(after, [0.77, 0.23])  # .8 * .9 + .2 * .25
        np.testing.assert_allclose(voting.origin_mix(before, proposed, family, passed, 0.2, 0.0), after)
