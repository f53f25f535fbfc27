"""Tables of results: numbers as exact as they are."""

import csv

import numpy as np

from lockin_sim.results import write_csv


def test_numbers_are_exact_and_undefined_ones_blank(tmp_path):
    path = tmp_path / "table.csv"
    write_csv(path, ("a", "b", "c", "d"), iter([(np.float64(0.1) + 0.2, np.nan, np.int64(3), "x, y")]))
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["a", "b", "c", "d"], ["0.30000000000000004", "", "3", "x, y"]]
