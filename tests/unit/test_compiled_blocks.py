"""Do rows of any length come out of tables, and into them, as they lie there?"""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra fast is not installed")

from numba import njit

from lockin_sim.lanes.load_store import put, row
from lockin_sim.lanes.recompile import OPTIONS
from lockin_sim.lanes.rows import LANES, lanes
from lockin_sim.lanes.tables import get, length, tables

ROWS = 61  # that do not fill the last lanes


@njit(**OPTIONS)
def _moved(like, read, written, wheres):
    (read, written), (wheres,) = tables((read, written)), tables((wheres,))
    for first in range(0, length(wheres, 0), LANES):
        i = lanes(first, length(wheres, 0))
        put(written, row(read, like, get(wheres, i)), i)


@pytest.mark.parametrize("kind", ["float64", "uint64", "bool"])
@pytest.mark.parametrize("number", [1, 3, 4, 6, 8, 11, 16])
def test_rows_are_read_and_written_as_they_lie(number, kind):
    rng = np.random.default_rng(number)
    values = rng.integers(0, 2 if kind == "bool" else 99, (ROWS, number)).astype(kind)
    wheres, found = rng.permutation(ROWS), np.zeros_like(values)
    _moved((0,) * number, values, found, wheres)
    np.testing.assert_array_equal(found, values[wheres])
