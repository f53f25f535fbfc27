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
