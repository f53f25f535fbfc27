"""Votes of members and restrictions of states, by hand."""

import numpy as np
import pytest

from lockin_sim.model import decisions
from lockin_sim.model.decisions import Stance, Voter
from lockin_sim.parameters import Parameters
from lockin_sim.world import Body


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
