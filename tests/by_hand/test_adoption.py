"""Systems and rules that do not exclude one another: each is adopted apart."""

import numpy as np
import pytest

from lockin_sim.rules import adoption

LOG3 = np.log(3.0)


@pytest.mark.parametrize(
    ("before", "utility", "rate", "shock", "own", "after"),
    [
        (0.0, 0.0, 0.2, 0.18, False, 1.0),  # P = 1 - e^-.2 = .18127
        (0.0, 0.0, 0.2, 0.182, False, 0.0),
        (0.0, LOG3, 0.2, 0.259, False, 1.0),  # P = 1 - e^-.3 = .25918
        (0.0, LOG3, 0.2, 0.26, False, 0.0),
        (0.0, LOG3, 0.0, 1e-9, False, 0.0),  # a rate of 0 is never
        (0.0, -np.inf, 9.0, 1e-9, False, 0.0),
        (1.0, -np.inf, 0.0, 0.999, False, 1.0),  # none is repealed
        (0.0, -np.inf, 0.0, 0.999, True, 1.0),
    ],
)
def test_laws_pass_and_stay(before, utility, rate, shock, own, after):
    found = adoption.next_law(
        np.array([before]), np.array([utility]), np.array([rate]), np.array([shock]), np.array([own])
    )
    assert found.tolist() == [after]
