"""Rows go in and out of tables whole, whatever their length, their kind and where they lie."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra fast is not installed")

from numba import njit

from lockin_sim.lanes.load_store import picked, put, row
from lockin_sim.lanes.recompile import OPTIONS
from lockin_sim.lanes.rows import LANES, lanes
from lockin_sim.lanes.tables import get, length, part, tables

CUSTOMERS = 2 * LANES + 3  # the last lanes are not filled
LENGTHS = [1, 3, LANES - 1, LANES, LANES + 3, 2 * LANES, 2 * LANES + 1]


def values_of(kind, length):
    """Numbers of customers, all different where the kind allows it.  (customer, place)."""
    numbers = np.arange(CUSTOMERS * length).reshape(CUSTOMERS, length)
    return numbers % 3 == 0 if kind == np.bool_ else numbers.astype(kind)


@njit(**OPTIONS)
def _moved(like, order, values, out):
    (order,), (values,), (out,) = tables((order,)), tables((values,)), tables((out,))
    for first in range(0, length(order, 0), LANES):
        i = lanes(first, length(order, 0))
        put(out, row(values, like, get(order, i)), i)


@pytest.mark.parametrize("kind", [np.float64, np.int64, np.uint64, np.bool_])
@pytest.mark.parametrize("length", LENGTHS)
def test_rows_are_read_and_written_whole(kind, length):
    values = values_of(kind, length)
    order = np.random.default_rng(1).permutation(CUSTOMERS)
    found = np.zeros((CUSTOMERS + 2, length), dtype=kind)  # nothing is written beside them
    _moved((0,) * length, order, values, found)
    np.testing.assert_array_equal(found[:CUSTOMERS], values[order])
    assert not found[CUSTOMERS:].any()


@njit(**OPTIONS)
def _picked(across, like, order, values, chosen, out):
    (order,), (values,), (chosen,), (out,) = (
        tables((order,)),
        tables((values,)),
        tables((chosen,)),
        tables((out,)),
    )
    places = part(chosen, 1)
    for first in range(0, length(order, 0), LANES):
        i = lanes(first, length(order, 0))
        put(out, picked(values, across, places, like, get(order, i)), 0, i)
        put(out, picked(values, across, places, like, first), 1, i)


@pytest.mark.parametrize("kind", [np.float64, np.bool_])
@pytest.mark.parametrize("length", LENGTHS)
def test_numbers_of_rows_are_picked_by_place(kind, length):
    values = values_of(kind, length)
    rng = np.random.default_rng(2)
    order, chosen = rng.permutation(CUSTOMERS), rng.integers(length, size=(2, 5))
    found = np.zeros((2, CUSTOMERS, 5), dtype=kind)
    _picked((0,) * length, (0,) * 5, order, values, chosen, found)
    np.testing.assert_array_equal(found[0], values[order][:, chosen[1]])
    shared = np.arange(CUSTOMERS) // LANES * LANES  # one customer of all lanes
    np.testing.assert_array_equal(found[1], values[shared][:, chosen[1]])
