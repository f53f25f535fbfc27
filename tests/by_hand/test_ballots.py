"""Who votes how, on whose proposals, and what becomes of the standards of a body."""

import numpy as np
import pytest

from lockin_sim.rules import voting

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


def agenda(sales, usual, elasticity):
    effort, contribution = np.array([2.0, 1.0]), np.array([0.3, 0.5])
    return voting.agenda(effort, contribution, np.array(sales), np.array(usual), elasticity).tolist()


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


def test_proposals_are_by_the_families_that_sponsors_propose():
    """.6 and .5: the first proposes family 1 only, the second both evenly."""
    weight = voting.proposals(np.array([0.6, 0.5]), np.array([[0.0, 1.0], [0.5, 0.5]]))
    np.testing.assert_allclose(weight, [0.25, 0.85])


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


def test_what_passes_without_any_proposal_behind_it_changes_nothing():
    before = np.array([0.6, 0.4])
    after = voting.status_mix(before, np.zeros(2), np.array([True, True]), 0.5)
    np.testing.assert_array_equal(after, before)


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
