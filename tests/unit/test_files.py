"""Files from outside: taken apart whole, or one message; cells for spreadsheets and back."""

import csv
import errno
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import matplotlib.figure
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import lockin_sim as ls
from lockin_sim.cli.options import check_file
from lockin_sim.common import netcdf
from lockin_sim.common.errors import InputError
from lockin_sim.common.files import (
    guard_cell,
    number_of,
    read_rows,
    unguard_cell,
    write_atomically,
)
from lockin_sim.common.netcdf import write_dataset
from lockin_sim.model.measures import VARIABLES
from lockin_sim.pages import plots
from lockin_sim.runs.results import write_csv
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import collect_declarations

HEAD = 'name = "{}"\nquestion = "q"\nsource = "s"\n'


def write(path, text, **more):
    path.write_text(HEAD.format(path.stem) + text, encoding="utf-8")
    return path


# --- cells ---


@given(st.text(alphabet="'=+-@\t\r\na1", max_size=6))
def test_a_guarded_cell_is_no_formula_and_comes_back(text):
    assert guard_cell(text)[:1] not in tuple("=+-@\t\r\n")
    assert unguard_cell(guard_cell(text)) == text


def test_numbers_are_not_guarded(tmp_path):
    write_csv(tmp_path / "t.csv", ["=head", "x"], iter([["+1", -1.5], ["it's", -2], ["-", np.float64(-3)]]))
    with (tmp_path / "t.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["'=head", "x"], ["'+1", "-1.5"], ["it's", "-2"], ["'-", "-3.0"]]
    assert [cells for _, cells in read_rows(tmp_path / "t.csv")][1:3] == [["+1", "-1.5"], ["it's", "-2"]]


@pytest.mark.parametrize("text", ["1_0", "\u0661", "1\u00a0", "0x1"])
def test_numbers_are_those_that_other_programs_read(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        number_of(text)
    assert number_of(" 1e3 ") == 1000


def test_cells_are_apart_by_commas_and_lines_alone(tmp_path):
    (tmp_path / "t.csv").write_text('a,"b\nc"\r\n\u2028x,y\x85\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"line 3: found '\\x85'"):
        list(read_rows(tmp_path / "t.csv"))
    (tmp_path / "t.csv").write_text('a,"b\nc"\r\n\u2028x,y\n', encoding="utf-8")
    assert list(read_rows(tmp_path / "t.csv")) == [(2, ["a", "b\nc"]), (3, ["\u2028x", "y"])]


# --- scenarios ---


def test_a_chain_of_1500_and_a_diamond_of_25_levels(tmp_path):
    for n in range(1500):
        write(tmp_path / f"c{n}.toml", f'based_on = "c{n + 1}.toml"\n' if n < 1499 else "")
    assert ls.load_scenario(tmp_path / "c0.toml").name == "c0"
    lever = '[[levers]]\nlever = "export_finance"\ntarget = "CHN"\nfrom = 2010\ntied = true\n'
    for n in range(25):
        for side in "lr":
            write(tmp_path / f"{side}{n}.toml", f'based_on = ["l{n + 1}.toml", "r{n + 1}.toml"]\n')
    write(tmp_path / "l25.toml", lever)
    write(tmp_path / "r25.toml", lever)
    start = time.process_time()
    assert len(ls.load_scenario(tmp_path / "l0.toml").levers) == 2
    assert time.process_time() - start < 2
    write(tmp_path / "c1499.toml", 'based_on = "c7.toml"\n')
    with pytest.raises(InputError, match=r"\(1497 more\).*not based on this one"):
        ls.load_scenario(tmp_path / "c0.toml")


def test_a_date_is_no_setting(tmp_path):
    text = '[[levers]]\nlever = "export_finance"\ntarget = "CHN"\nfrom = 2010\nenvelope = 2020-01-01\n'
    with pytest.raises(InputError, match=r"levers\[0\]\.envelope: found datetime\.date"):
        ls.load_scenario(write(tmp_path / "a.toml", text))


# --- what is written over ---


@pytest.mark.parametrize(
    "out", ["mine.toml", "w/economy.csv", "w/new.csv", "s.zarr/a/x.csv", "x" * 300, "a\0b"]
)
def test_no_input_is_written_over(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file in ("mine.toml", "w/columns.csv", "w/case.toml", "w/economy.csv", "s.zarr/units.journal"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    with pytest.raises(InputError, match="--out"):
        check_file(Path(out))
    check_file(Path("new/levels.csv"))


@pytest.mark.skipif(os.name == "nt", reason="pipes")
def test_no_pipe_or_device_is_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for call in (lambda out: check_file(out), lambda out: write_csv(out, ["a"], iter([]))):
        with pytest.raises(InputError, match="a new file, or a regular one"):
            call(tmp_path / "pipe.csv")
    assert stat.S_ISFIFO((tmp_path / "pipe.csv").stat().st_mode)


# --- units ---


def test_a_dataset_is_written_without_the_library_of_a_cluster(tmp_path):
    code = (
        "import sys, xarray\nfrom pathlib import Path\nfrom lockin_sim.common import netcdf\n"
        "netcdf.write_dataset(xarray.Dataset({'level': ('year', [1.0, 2.0])}), Path('data.nc'))\n"
        "print(netcdf.read_dataset(Path('data.nc'))['level'].values.tolist(), 'distributed' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[1.0, 2.0] False"


def test_every_unit_of_ours_is_one_of_udunits():
    from conventions import UNITS

    words = {v.unit for v in VARIABLES.values()} | {d.unit for d in collect_declarations().values()}
    words |= {setting.unit for lever in LEVERS.values() for setting in lever.settings.values()}
    assert {netcdf.udunits(word) for word in words} <= UNITS
    assert netcdf.udunits("USD bn per year") == "1e9 year-1"
    assert netcdf.udunits("share of price") == "1"


# --- files that are written ---


WRITERS = {
    "csv": lambda path: write_csv(path, ["a"], iter([[1]])),
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
        with write_atomically(tmp_path / "deep" / "out") as unfinished:
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
