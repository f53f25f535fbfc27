"""How bodies decide: each procedure at the edge of its thresholds.  Ballots are in tests/reference."""

import numpy as np
import pytest

from lockin_sim.rules import counting, voting

ROOM = [60.0, 25.0, 5.0, 5.0, 5.0]
OBSERVED = [1.0, 1.0, 0.5, 0.5, 0.5, 0.5]  # two members and four observers


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


@pytest.mark.parametrize(
    ("procedure", "limits", "passing", "failing"),
    [
        # more than half
        ("one_country_one_vote", (0.5, 1.0), [(3, 2)], [(2, 2), (2, 3), (0, 4)]),
        # nobody abstains, so the quarter against binds; nine to three is just that quarter
        ("double_two_thirds", (2 / 3, 0.25), [(9, 3), (3, 1), (8, 2)], [(2, 1), (6, 3), (11, 4)]),
        ("double_two_thirds", (2 / 3, 1.0), [(2, 1), (10, 5), (20, 10)], [(9, 6)]),  # exactly two thirds
    ],
)
def test_heads_are_counted_to_the_edge(procedure, limits, passing, failing):
    for counts in [*passing, *failing]:
        share, passed = decide(procedure, ballots(*counts), quota=limits[0], blocking=limits[1])
        assert share == pytest.approx(counts[0] / sum(counts))
        assert passed is (counts in passing), counts


@pytest.mark.parametrize(
    ("procedure", "quota", "blocking", "weight", "yes", "passes"),
    [
        # observers count only against: of their four votes three against are half; one, a quarter
        ("double_two_thirds", 2 / 3, 0.25, OBSERVED, [1, 1, 1, 0, 0, 0], False),
        ("double_two_thirds", 2 / 3, 0.25, OBSERVED, [1, 1, 1, 1, 1, 0], True),
        ("double_two_thirds", 2 / 3, 0.25, OBSERVED, [1, 0, 1, 1, 1, 1], False),
        ("weighted_firms", 0.71, 1.0, [71.0, 29.0], [1, 0], True),
        ("weighted_firms", 0.71, 1.0, [70.9, 29.1], [1, 0], False),
        # most of the room, and no weighty objection: as many against, but all from one country
        ("rough_consensus", 0.8, 0.1, ROOM, [1, 1, 0, 0, 0], True),
        ("rough_consensus", 0.8, 0.1, [60.0, 25.0, 15.0], [1, 1, 0], False),
        ("rough_consensus", 0.8, 0.5, ROOM, [1, 0, 0, 0, 1], False),
        # an objection of exactly the limit does not block
        *(
            ("rough_consensus", 0.1, against / room, [float(room - against), float(against)], [1, 0], True)
            for against, room in [(10, 100), (29, 100), (1, 10), (3, 10), (7, 70)]
        ),
        ("invited_forum", 0.5, 1.0, [3.0, 1.0, 1.0], [1, 0, 0], True),
        ("invited_forum", 0.5, 1.0, [2.0, 1.0, 1.0], [1, 0, 0], False),
    ],
)
def test_weights_are_counted_to_the_edge(procedure, quota, blocking, weight, yes, passes):
    assert decide(procedure, yes, None, weight, quota=quota, blocking=blocking)[1] is passes


def test_one_country_one_vote_counts_heads_not_weights_and_leaves_out_the_absent_and_the_strangers():
    """Present members: yes, no, no of weights 9, 1, 1; an absent yes and a non-member's yes do not count."""
    share, passed = decide(
        "one_country_one_vote", [1, 0, 0, 0, 1], [1, 1, 1, 0, 1], [9.0, 1.0, 1.0, 1.0, 0.0], quota=0.5
    )
    assert share == pytest.approx(1 / 3)
    assert not passed


@pytest.mark.parametrize("procedure", voting.PROCEDURES)
def test_nothing_passes_where_nobody_votes_and_everything_where_all_agree(procedure):
    assert decide(procedure, [0, 0, 0], [0, 0, 0], quota=0.5, blocking=0.25) == (0.0, False)
    assert decide(procedure, [1, 1, 1], quota=0.71, blocking=0.1) == (1.0, True)


def test_ballots_far_out_are_certain_and_never_warn():
    luck = np.array([[0.001, 0.999]])
    assert voting.ballot(np.full((1, 2), 1e6), luck, 2.0)[0].all()
    yes, votes = voting.ballot(np.full((1, 2), -1e6), luck, 2.0)
    assert not yes.any()
    assert votes.all()
