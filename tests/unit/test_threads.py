"""Work in threads comes back in order, under the settings of who asked, and ends where something is wrong."""

import threading
import time

import numpy as np
import pytest

from lockin_sim.common.engines import map_in_threads


@pytest.mark.parametrize("threads", [1, 3])
def test_what_work_gives_comes_in_the_order_of_items(threads):
    last = threading.Event()

    def work(item):
        """The first of them waits for the last, where somebody else can do it."""
        if threads > 1 and item == 0:
            last.wait(10)
        if item == 2:
            last.set()
        return item * item

    assert list(map_in_threads(work, range(5), threads)) == [0, 1, 4, 9, 16]


@pytest.mark.parametrize("threads", [1, 2])
def test_settings_for_numbers_that_overflow_hold_in_threads(threads):
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        list(map_in_threads(lambda x: np.array([x]) * 1e300, [1e300, 1.0], threads))


@pytest.mark.parametrize("threads", [1, 2])
def test_nothing_is_begun_after_something_that_raised(threads):
    begun = []

    def work(item):
        """The first raises at once, the others take their time."""
        begun.append(item)
        if item == 0:
            raise ValueError("item 0")
        time.sleep(0.05)

    with pytest.raises(ValueError, match="item 0"):
        list(map_in_threads(work, range(100), threads))
    assert len(begun) < 100
