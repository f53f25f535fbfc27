"""Which family a state prescribes: pulls, chances and withdrawals against numbers worked out by hand."""

import numpy as np
import pytest

from lockin_sim.model import decisions
from lockin_sim.model.decisions import Regulator
from lockin_sim.rules import regulation
from lockin_sim.settings.parameters import Parameters

NOTHING = np.zeros((1, 2))
OFF = dict.fromkeys(
    ("regulation_equipment", "regulation_neighbours", "regulation_loans", "regulation_treaty"), 0.0
)


@pytest.mark.parametrize(
    ("place", "fact", "weight", "expected"),
    [
        (0, 0.5, {"regulation_equipment": 3.0}, 1.5),
        (1, 0.5, {"regulation_neighbours": 3.0}, 1.5),
        (2, 0.07, {"regulation_loans": 2.0}, 2 * np.log(2)),  # one project
        (2, 0.49, {"regulation_loans": 1.0}, np.log(8)),  # seven
        (3, 0.5, {"regulation_treaty": 3.0}, 1.5),
    ],
)
def test_each_term_draws_to_its_family_alone(place, fact, weight, expected):
    facts = [np.array([fact, 0.0]) if k == place else np.zeros(2) for k in range(4)]
    np.testing.assert_allclose(regulation.pull(*facts, **(OFF | weight)), [expected, 0.0])


@pytest.mark.parametrize("there", [(True, False), (False, False)])
def test_without_a_choice_nothing_is_decided(there):
    assert not regulation.prescribing(np.zeros(2), np.array(there), 5.0).any()


@pytest.mark.parametrize(("shock", "family"), [(0.0365, 0), (0.0367, 1), (0.0487, 1), (0.0488, -1)])
def test_one_number_decides_whether_and_which(shock, family):
    knows = Regulator(np.array([[np.log(3.0), 0.0]]), NOTHING, NOTHING, NOTHING, np.array([False]))
    p = Parameters.neutral(regulation_rate=0.05, regulation_equipment=1.0)
    may = np.ones((1, 2), dtype=bool)
    assert decisions.regulate(np.array([-1]), knows, may, np.array([shock]), p).tolist() == [family]


def test_who_is_told_by_policy_decides_nothing():
    knows = Regulator(NOTHING, NOTHING, NOTHING, NOTHING, np.array([True]))
    p = Parameters.neutral(regulation_rate=1000.0)
    may = np.ones((1, 2), dtype=bool)
    assert decisions.regulate(np.array([-1]), knows, may, np.array([0.01]), p).tolist() == [-1]


@pytest.mark.parametrize(("built", "shock", "left"), [(0.04, 0.39, -1), (0.04, 0.40, 1), (0.05, 0.01, 1)])
def test_what_has_no_equipment_yet_is_withdrawn_at_its_rate(built, shock, left):
    """1 - e^-.5 = .39346934 below a twentieth of the base; the equipment of the other family is nothing."""
    knows = Regulator(np.array([[1.0, built]]), NOTHING, NOTHING, NOTHING, np.array([False]))
    p = Parameters.neutral(regulation_rate=1.0, withdrawal_rate=0.5, withdrawal_threshold=0.05)
    may = np.ones((1, 2), dtype=bool)
    assert decisions.regulate(np.array([1]), knows, may, np.array([shock]), p).tolist() == [left]


def test_what_a_state_prescribes_is_demanded_there():
    """Of three markets of sizes 1, 2 and 5 the second prescribes the family in the first domain alone."""
    prescribed = np.array([[-1, 0, -1], [-1, -1, -1]])
    demanded = decisions.prescriptions(prescribed, 1)
    installed, size = np.ones((2, 3, 1)), np.array([[1.0, 2.0, 5.0]] * 2)
    share = decisions.demanding_share(installed, size, demanded, np.ones(2, dtype=bool), np.full((2, 1), 8.0))
    np.testing.assert_allclose(share[:, 0, 0], [0.25, 0.0])
