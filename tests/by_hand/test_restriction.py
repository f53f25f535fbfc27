"""Who restricts whom: hazards, orders and lifting against numbers worked out by hand."""

import numpy as np
import pytest

from lockin_sim.rules import diffusion, restriction

WEIGHTS = {
    "restriction_intercept": 0.0,
    "restriction_concern": 0.0,
    "restriction_votes": 0.0,
    "restriction_alliance": 0.0,
    "restriction_dependence": 0.0,
}


def probability(*, rate=0.3, salience=1.0, facts=(0, 0, 0, 0, 0), **w):
    """Of one country: facts are concern, votes, alliance, dependence and pressure."""
    arrays = [np.array([fact], dtype=float) for fact in facts]
    return float(
        restriction.restriction_probability(
            restriction.readiness(*arrays, **(WEIGHTS | w)), np.array([salience]), rate
        )[0]
    )


def test_v37_five_years_at_a_hazard_of_three_tenths_come_to_the_published_share():
    """1 - exp(-1.5) = .77686984 after five years, where 5 steps of .3 itself would give .83193."""
    yearly = probability(restriction_intercept=800.0)
    assert yearly == pytest.approx(0.25918178, abs=1e-8)
    assert 1 - (1 - yearly) ** 5 == pytest.approx(0.77686984, abs=1e-8)


def test_v37_the_hazard_does_not_depend_on_the_time_step():
    whole = probability(rate=0.3, restriction_intercept=800.0)
    half = probability(rate=0.15, restriction_intercept=800.0)
    assert 1 - (1 - half) ** 2 == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 0.13929202),  # readiness 1/2: 1 - exp(-.15)
        ({"salience": 0.5}, 0.07225651),  # 1 - exp(-.075)
        ({"salience": 0.0}, 0.0),
        ({"rate": 0.0}, 0.0),
        # readiness 1 / (1 + e^-2) = .88079708: 1 - exp(-.26423912)
        ({"facts": (0.5, 0, 0, 0, 0), "restriction_concern": 4.0}, 0.23221015),
        ({"facts": (0, 2.0, 0, 0, 0), "restriction_votes": 1.0}, 0.23221015),
        ({"facts": (0, 0, 0.5, 0, 0), "restriction_alliance": 4.0}, 0.23221015),
        ({"facts": (0, 0, 0, 0, 2.0)}, 0.23221015),  # pressure is in logits
        # readiness 1 / (1 + e^2) = .11920292: 1 - exp(-.03576088)
        ({"facts": (0, 0, 0, 0.5, 0), "restriction_dependence": 4.0}, 0.03512901),
        ({"facts": (0, -2.0, 0, 0, 0), "restriction_votes": 1.0}, 0.03512901),
        ({"restriction_intercept": -2.0}, 0.03512901),
        # they add up: -4.5 + 5.8 * .5 + .81 * 1 + .79 = 0
        (
            {
                "facts": (0.5, 1.0, 0, 0, 0.79),
                "restriction_intercept": -4.5,
                "restriction_concern": 5.8,
                "restriction_votes": 0.81,
            },
            0.13929202,
        ),
    ],
)
def test_probability_of_beginning_to_restrict(change, expected):
    assert probability(**change) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("since", "shock", "order", "expected"),
    [
        (-1, 0.19, 0, 2020),  # free, and the shock is below the probability .2: begins
        (-1, 0.21, 0, -1),
        (2015, 0.40, 0, 2015),  # in force; lifting probability 1 - exp(-.5) = .393: stays
        (2015, 0.39, 0, -1),
        (-1, 0.99, 1, 2020),  # ordered to
        (2015, 0.01, 1, 2015),  # ordered to: not lifted, and it began when it began
        (-1, 0.01, -1, -1),  # not allowed to
        (2015, 0.99, -1, -1),  # no longer allowed to
    ],
)
def test_restrictions_begin_stay_and_are_lifted(since, shock, order, expected):
    after = restriction.next_restriction(
        np.array([since]), 2020, np.array([shock]), np.array([0.2]), np.array([0.39347]), np.array([order])
    )
    assert after.tolist() == [expected]


@pytest.mark.parametrize(
    ("ready", "chance"),
    [(0.5, 0.39346934), (0.0, 0.63212056), (1.0, 0.0), (0.75, 0.22119922)],  # 1 - e^-.5, e^-1, e^0, e^-.25
)
def test_who_would_restrict_again_hardly_lifts(ready, chance):
    assert restriction.lifting_probability(np.array([ready]), 0.5) == pytest.approx(chance, abs=1e-8)


def test_in_loops_pressure_and_dependence_are_those_of_arrays():
    rng = np.random.default_rng(4)
    domains, countries, vendors, sponsors = 5, 9, 6, 3
    restricted, allies = rng.random((countries, sponsors)) < 0.4, rng.random((countries, countries))
    allies *= rng.random(allies.shape) < 0.3
    ally, follower = np.nonzero(allies.T)
    first = np.searchsorted(ally, np.arange(countries + 1))
    pressure = np.zeros((countries, sponsors))
    restriction.add_ally_pressure(restricted, first, follower, allies[follower, ally], pressure)
    np.testing.assert_allclose(pressure, restriction.ally_pressure(restricted, allies), rtol=1e-12)

    installed, sponsor = (
        rng.random((domains, countries, vendors)),
        rng.integers(0, sponsors + 1, (5, vendors)),
    )
    installed[:, 2], sensitive = 0.0, np.array([True, False, True, False, True])
    dependence = np.zeros((countries, sponsors + 1))
    restriction.add_sensitive_dependence(installed, sensitive, sponsor, dependence)
    sponsored = (sponsor[..., None] == np.arange(sponsors))[sensitive]
    built = diffusion.base_by_sponsor(installed[sensitive], sponsored.astype(float))
    expected = restriction.sensitive_dependence(built, installed[sensitive].sum(axis=-1))
    np.testing.assert_allclose(dependence[:, :-1], expected, rtol=1e-12)
