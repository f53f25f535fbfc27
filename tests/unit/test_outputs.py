"""Files that are written: whole or not there, never through a link, never among what is read."""

import errno
from pathlib import Path

import matplotlib.figure
import numpy as np
import pytest
import xarray as xr

from lockin_sim import plots
from lockin_sim.errors import InputError
from lockin_sim.files import whole_file
from lockin_sim.netcdf import write_dataset
from lockin_sim.results import write_csv, write_json

WRITERS = {
    "csv": lambda path: write_csv(path, ["a"], iter([[1]])),
    "json": lambda path: write_json(path, {"a": 1}),
    "nc": lambda path: write_dataset(xr.Dataset({"a": ("x", np.arange(2.0))}), path),
    "png": lambda path: plots.save(matplotlib.figure.Figure(), path.with_suffix(".png")),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_what_stands_behind_a_link_is_not_written_over(kind, tmp_path):
    path = tmp_path / ("out.png" if kind == "png" else "out")
    (tmp_path / "theirs").write_text("years of work")
    path.symlink_to(tmp_path / "theirs")
    WRITERS[kind](path)
    assert (tmp_path / "theirs").read_text() == "years of work"
    assert path.stat().st_size > 0
    assert {p.name for p in tmp_path.iterdir()} == {"theirs", path.name}


@pytest.mark.parametrize("kind", WRITERS)
def test_nothing_is_written_into_a_store(kind, tmp_path):
    (tmp_path / "units.journal").touch()
    with pytest.raises(InputError, match=r"a place elsewhere; .* is a store"):
        WRITERS[kind](tmp_path / "deep" / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["units.journal"]


def test_a_link_where_a_file_is_written_first_is_refused_and_stays(tmp_path):
    (tmp_path / "theirs").write_text("years of work")
    unfinished = tmp_path / ".out.csv.unfinished"
    unfinished.symlink_to(tmp_path / "theirs")
    with pytest.raises(InputError, match="no link"):
        write_csv(tmp_path / "out.csv", ["a"], iter([[1]]))
    assert unfinished.is_symlink()
    assert (tmp_path / "theirs").read_text() == "years of work"


@pytest.mark.parametrize("stop", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_file_that_was_not_completed_leaves_the_earlier_one(stop, tmp_path):
    def write(text, error=None):
        with whole_file(tmp_path / "deep" / "out") as unfinished:
            unfinished.write_text(text)
            if error is not None:
                raise error

    write("old")
    with pytest.raises((InputError, KeyboardInterrupt)) as said:
        write("new", stop)
    path = Path(tmp_path / "deep" / "out")
    assert path.read_text() == "old"
    assert [p.name for p in path.parent.iterdir()] == ["out"]
    if isinstance(stop, OSError):
        assert str(said.value) == (
            f"output file: found '{path}'; allowed: a file that can be written (No space left on device)."
        )
