"""Files of results: whole or not there, and nothing of anybody else's is touched."""

import csv

import numpy as np
import pytest

from lockin_sim.errors import InputError
from lockin_sim.studies.results import MANIFEST, check_folder, new_folder, write_csv

OURS = '{"made_by": "lockin_sim"}'


def fill(folder, text="new"):
    (folder / MANIFEST).write_text(OURS)
    (folder / "a.csv").write_text(text)


def test_a_new_folder_appears_when_complete(tmp_path):
    out = tmp_path / "deep" / "results"
    with new_folder(out) as folder:
        fill(folder)
        assert not out.exists()
    assert sorted(p.name for p in out.iterdir()) == ["a.csv", MANIFEST]
    assert [p.name for p in out.parent.iterdir()] == ["results"]


def test_earlier_results_are_replaced_whole(tmp_path):
    out = tmp_path / "results"
    out.mkdir()
    fill(out, "old")
    (out / "stale.csv").write_text("old")
    with new_folder(out) as folder:
        fill(folder)
    assert sorted(p.name for p in out.iterdir()) == ["a.csv", MANIFEST]
    assert (out / "a.csv").read_text() == "new"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_an_interruption_leaves_the_earlier_results(tmp_path, stop):
    out = tmp_path / "results"
    out.mkdir()
    fill(out, "old")

    def interrupted():
        with new_folder(out) as folder:
            fill(folder)
            raise stop

    with pytest.raises(stop):
        interrupted()
    assert (out / "a.csv").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["results"]


@pytest.mark.parametrize("manifest", [None, "{}", "not json", '["made_by"]'])
def test_a_folder_of_somebody_else_is_refused(tmp_path, manifest):
    (tmp_path / "thesis.txt").write_text("years of work")
    if manifest is not None:
        (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(InputError, match="which holds other files"):
        check_folder(tmp_path)


def test_a_file_is_refused_as_a_folder(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(InputError, match="not a file"):
        check_folder(file)
    with pytest.raises(InputError, match="output folder"):
        check_folder(file / "below")


def test_numbers_are_exact_and_undefined_ones_blank(tmp_path):
    path = tmp_path / "table.csv"
    write_csv(path, ("a", "b", "c", "d"), iter([(np.float64(0.1) + 0.2, np.nan, np.int64(3), "x, y")]))
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["a", "b", "c", "d"], ["0.30000000000000004", "", "3", "x, y"]]
