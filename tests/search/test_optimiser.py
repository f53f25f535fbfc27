"""The Workbench's optimiser on a problem whose best places are known."""

import importlib
import random
from importlib.util import find_spec

import numpy as np
import pytest

search_module = importlib.import_module("experiments.12_robust_packages.search")
optimised = search_module.optimised


#: Not imported to find out: that takes seconds, also for who only collects tests.
pytestmark = pytest.mark.skipif(find_spec("ema_workbench") is None, reason="comes with the extra workbench")

HOW = {"decisions": 4, "epsilons": [0.1, 0.1], "budget": 480, "generation": 24, "seed": 3}


def costs(units):
    """Two wishes that disagree about the first axis; the others should be one half.  (place, 2)."""
    off = 4 * ((units[:, 1:] - 0.5) ** 2).sum(axis=1)
    return np.stack([units[:, 0] + off, 1 - units[:, 0] + off], axis=1)


def test_it_finds_the_set_that_is_known():
    places, past = optimised(costs, **HOW)
    assert np.abs(places[:, 1:] - 0.5).max() < 0.12
    assert np.ptp(places[:, 0]) > 0.6  # all along the front, not one end of it
    assert past["archive"][-1] == len(places) >= 5
    assert past["improved"] == sorted(past["improved"])


def test_it_hands_over_whole_generations_and_stops_after_its_budget():
    sizes = []
    optimised(lambda u: sizes.append(len(u)) or costs(u), **HOW | {"budget": 50})
    assert len(sizes) == 3
    assert sizes[0] == 24
    assert all(20 <= size <= 28 for size in sizes)


def test_equal_searches_are_equal_and_leave_pythons_luck_alone():
    random.seed(7)
    before = random.getstate()
    one, other = (optimised(costs, **HOW | {"budget": 72})[0] for _ in range(2))
    assert random.getstate() == before
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, optimised(costs, **HOW | {"budget": 72, "seed": 4})[0])
