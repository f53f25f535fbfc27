"""Do rules that are compiled for rows give what they give for arrays, and is no other rule's code served?"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

import lockin_sim
from lockin_sim.common import files
from lockin_sim.common.draws import Draws, label_keys
from lockin_sim.rules import reduce

pytest.importorskip("numba", reason="the extra fast is not installed")

from numba import njit

from lockin_sim.compiled.lanes import cache, functions
from lockin_sim.compiled.lanes.load_store import keep, narrow, over, picked, put, row
from lockin_sim.compiled.lanes.processor import CPU_VARIABLE
from lockin_sim.compiled.lanes.recompile import OPTIONS, recompiled
from lockin_sim.compiled.lanes.rows import LANES, at, lanes, only, position
from lockin_sim.compiled.lanes.views import get, tables
from lockin_sim.compiled.stages import draws as shocks
from lockin_sim.compiled.stages.books import summed
from lockin_sim.compiled.stages.draws import normal_quantile
from lockin_sim.engine.buyers import sum_by_group

ROWS, COLUMNS = 61, 11  # rows that do not fill the last lanes
LIKE = (0,) * COLUMNS


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


@njit(**OPTIONS)
def _functions(like, values, out):
    values, out = tables((values,))[0], tables((out,))[0]
    for first in range(0, len(values), LANES):
        i = lanes(first, len(values))
        x = row(values, like, i)
        put(out, functions.exp(x), 0, i)
        put(out, functions.log(x), 1, i)
        put(out, functions.log1p(x), 2, i)
        put(out, functions.expm1(x), 3, i)
        put(out, functions.maximum(x, 0.5), 4, i)
        put(out, functions.minimum(x, 0.5), 5, i)
        put(out, functions.where(functions.isnan(x), 1.0, 0.0), 6, i)
        put(out, functions.where(x > 0.5, x, -x), 7, i)


def test_functions_of_rows_are_those_of_numpy():
    rng = np.random.default_rng(1)
    values = rng.normal(0, 10.0 ** rng.integers(-9, 3, (ROWS, COLUMNS)))
    values[0] = [0, -0.0, np.inf, -np.inf, np.nan, 710, -746, 5e-324, 1e308, -1, 1]
    found = np.empty((8, ROWS, COLUMNS))
    _functions(LIKE, values, found)
    with np.errstate(all="ignore"):
        expected = [
            np.exp(values), np.log(values), np.log1p(values), np.expm1(values),
            np.maximum(values, 0.5), np.minimum(values, 0.5), np.isnan(values),
            np.where(values > 0.5, values, -values),
        ]  # fmt: skip
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=0)


@njit(**OPTIONS)
def _reductions(like, few, values, wheres, matrix, narrower, out, rows_out, few_out):
    values, wheres, matrix, narrower = tables((values, wheres, matrix, narrower))
    out, rows_out, few_out = tables((out, rows_out, few_out))
    for first in range(0, len(values), LANES):
        i = lanes(first, len(values))
        x = row(values, like, i)
        put(out, functions.total(x), 0, i)
        put(out, functions.largest(x), 1, i)
        mine = get(wheres, i)
        put(out, functions.where(functions.any_of(x > 0.9), 1.0, 0.0), 2, i)
        put(out, position(functions.first_largest(x)) * 1.0, 3, i)
        put(out, at(x, mine), 4, i)
        put(out, functions.total(functions.where(only(mine, like), x, 0.0)), 5, i)
        put(out, functions.count_nonzero(x > 0.5), 6, i)
        put(out, 1.0 if functions.anywhere(x > 0.99) else 0.0, 7, i)
        put(out, 1.0 if functions.everywhere(x > 0.001) else 0.0, 8, i)
        put(rows_out, x @ matrix, 0, i)
        put(rows_out, _by_transposed(x, matrix), 1, i)
        put(few_out, narrow(x, (narrower[0], few)), i)


_by_transposed = recompiled(reduce.by_transposed)


def test_loop_forms_of_reductions_are_their_array_forms():
    rng = np.random.default_rng(2)
    values = rng.random((ROWS, COLUMNS)).round(1)  # with ties
    matrix, narrower = rng.random((COLUMNS, COLUMNS)), rng.random((COLUMNS, 3))
    wheres = np.arange(ROWS) % COLUMNS
    found, rows, few = np.empty((9, ROWS)), np.empty((2, ROWS, COLUMNS)), np.empty((ROWS, 3))
    _reductions(LIKE, (0,) * 3, values, wheres, matrix, narrower[None], found, rows, few)
    mine = values[np.arange(ROWS), wheres]
    at_once = [
        values[np.minimum(np.arange(first, first + LANES), ROWS - 1)] for first in range(0, ROWS, LANES)
    ]

    def by_lanes(reduction):
        """What is one number for all lanes."""
        return np.repeat([reduction(some) for some in at_once], LANES)[:ROWS]

    first = reduce.first_largest(values).argmax(axis=1)
    expected = [
        reduce.total(values)[:, 0], reduce.largest(values)[:, 0], reduce.any_of(values > 0.9)[:, 0],
        first, mine, mine, by_lanes(lambda some: (some > 0.5).sum()),
        by_lanes(lambda some: (some > 0.99).any()), by_lanes(lambda some: (some > 0.001).all()),
    ]  # fmt: skip
    for one, other in zip(found, expected, strict=True):
        close(one, other)
    close(rows[0], values @ matrix)
    close(rows[1], reduce.by_transposed(values, matrix))
    close(few, reduce.by_few(values, narrower))


@njit(**OPTIONS)
def _shocks(like, key, counters, out):
    counters, out = tables((counters,))[0], tables((out,))[0]
    for first in range(0, len(counters), LANES):
        i = lanes(first, len(counters))
        put(out, shocks.uniform(key, row(counters, like, i)), 0, i)
        put(out, shocks.gumbel(key, row(counters, like, i)), 1, i)


def test_luck_is_the_same_in_compiled_code():
    draws = Draws(5, np.arange(ROWS))
    stream = draws.stream("offer", 2020)
    cells = label_keys([f"cell {k}" for k in range(COLUMNS)])
    found = np.empty((2, ROWS, COLUMNS))
    _shocks(LIKE, stream.key, stream.counter[:, None] ^ cells, found)
    drawn = shocks.CompiledDraws(5, np.arange(ROWS))
    np.testing.assert_array_equal(drawn.uniform(stream[:, None], cells), found[0])
    np.testing.assert_array_equal(drawn.gumbel(stream[:, None], cells), found[1])
    close(drawn.normal(stream[:, None], cells), draws.normal(stream[:, None], cells))
    np.testing.assert_array_equal(found[0], draws.uniform(stream[:, None], cells))
    close(found[1], draws.gumbel(stream[:, None], cells))


def test_quantiles_of_the_normal_distribution_are_those_of_scipy():
    @njit(**OPTIONS)
    def fill(chances, found):
        for k in range(len(chances)):
            found[k] = normal_quantile(chances[k])

    ends = 2.0**-33 * np.arange(1.0, 2000.0)  # the least and the largest that are drawn among them
    chances = np.concatenate([ends, np.linspace(0.001, 0.999, 5000), 1.0 - ends])
    found = np.empty(chances.shape)
    fill(chances, found)
    close(found, ndtri(chances))


def test_code_of_other_rules_lies_elsewhere(tmp_path, monkeypatch):
    package = tmp_path / "lockin_sim"
    shutil.copytree(
        Path(lockin_sim.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "data")
    )
    monkeypatch.setattr(cache, "_PACKAGE", package)
    monkeypatch.setenv(files.CACHE_VARIABLE, str(tmp_path / "kept"))
    before = cache.version.__wrapped__()
    assert cache.version.__wrapped__() == before
    for name in ("rules/utility.py", "model/decisions/offers.py", "compiled/lanes/rows.py"):
        path = package / name
        path.write_text(path.read_text() + "\nX = 1\n")
        after = cache.version.__wrapped__()
        assert after != before, name
        before = after


KERNEL = """
import numpy as np
from lockin_sim.compiled.lanes.cache import kernel
from numba.core.registry import cpu_target

@kernel
def total(values):
    found = 0.0
    for value in values:
        found += value * {times}
    return found

assert total(np.ones(3)) == 3.0 * {times}
print(len(total.stats.cache_misses), *cpu_target.target_context.codegen().magic_tuple()[1:])
"""


def started(place, times=1, cpu=""):
    """A process whose compiled function multiplies by a number; compiled code is kept beside its folder."""
    place.mkdir(exist_ok=True)
    (place / "one.py").write_text(KERNEL.format(times=times))
    environment = os.environ | {files.CACHE_VARIABLE: str(place.parent / "kept"), CPU_VARIABLE: cpu}
    environment["PYTHONPATH"] = str(Path(lockin_sim.__file__).parents[1])
    return subprocess.Popen([sys.executable, place / "one.py"], env=environment, stdout=-1, text=True)


def said(*processes):
    """What each process prints, word by word, once all have ended well."""
    answers = [process.communicate(timeout=300)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return answers


def test_of_processes_that_start_together_one_compiles(tmp_path):
    """Whichever is first; the others wait for it, and take what it compiled."""
    answers = said(*[started(tmp_path / "copy") for _ in range(3)])
    assert sorted(missed for missed, *_ in answers) == ["0", "0", "1"]


def test_compiled_code_serves_a_copy_elsewhere_and_no_other_code(tmp_path):
    """The same code in another folder finds it, in an image where nothing can be written; other code is not,
    though it differs in a number alone."""
    first = said(started(tmp_path / "copy"))
    kept = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    for path in (*kept, *{path.parent for path in kept}):
        path.chmod(0o555 if path.is_dir() else 0o444)
    same = said(started(tmp_path / "elsewhere"))[0]  # by itself: the other one writes an index of that name
    other = said(started(tmp_path / "changed", times=2))[0]
    assert (first[0][0], same[0], other[0]) == ("1", "0", "1")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="names of processors are those of another kind")
def test_the_environment_names_the_processor_that_is_compiled_for(tmp_path, monkeypatch):
    """With what that one has, and nothing that this machine has beyond; its code lies apart."""
    assert said(started(tmp_path / "copy", cpu="x86-64-v2")) == [["1", "x86-64-v2"]]
    assert said(started(tmp_path / "copy"))[0][0] == "1"
    monkeypatch.setenv(CPU_VARIABLE, "x86 64")
    with pytest.raises(lockin_sim.InputError, match=r"LOCKIN_CPU: found 'x86 64'; allowed: a processor"):
        cache.version.__wrapped__()


@pytest.mark.parametrize("below", [".", "lockin_sim"])
def test_versions_long_past_are_thrown_away_and_nothing_without_our_mark(below, tmp_path, monkeypatch):
    """Names of 16 signs, and of 16 digits without the mark; a mark without the name; a link to another's."""
    monkeypatch.setenv(files.CACHE_VARIABLE, str(tmp_path / "d"))
    ours = [tmp_path / "d" / files.CACHE_OWN / f"{k:016x}" for k in range(20, 26)]
    for place in ours:
        place.mkdir(parents=True)
        (place / cache.MARK).touch()
    place, elsewhere = tmp_path / "d" / below, tmp_path / "elsewhere"
    theirs = ["Holiday Pictures", "PhD thesis draft", *(f"{k:016x}" for k in range(5)), "old"]
    for name in theirs:
        (place / name).mkdir(parents=True)
        (place / name / "work").write_text("of years")
    (place / "Holiday Pictures" / "compiled_by_lockin_sim").touch()
    elsewhere.mkdir()
    for name in ("work", "compiled_by_lockin_sim"):
        (elsewhere / name).write_text("of years")
    links = [place / f"{k:016x}" for k in range(10, 15)]
    for link in links:
        link.symlink_to(elsewhere, target_is_directory=True)
    assert (cache.folder.__wrapped__() / cache.MARK).is_file()
    assert sum(place.exists() for place in ours) == 3
    assert [name for name in theirs if not (place / name / "work").exists()] == []
    assert all(link.is_symlink() for link in links)
    assert (elsewhere / "work").exists()


@njit(**OPTIONS)
def _lines(like, groups, weight, values, sums, totals):
    groups, weight, values, sums, totals = tables((groups, weight, values, sums, totals))
    for g in range(len(groups)):
        found = summed(like, groups[g], weight, values)
        keep(sums[g], found, like)
        totals[g] = over(found * 2.0)


@pytest.mark.parametrize("columns", [1, 8, 11])
def test_sums_over_groups_are_those_of_arrays_and_write_no_further(columns):
    rng = np.random.default_rng(columns)
    groups, weight = rng.random((3, 1, ROWS)) > 0.5, rng.random((1, ROWS))
    values, sums, totals = rng.random((ROWS, columns)), np.full((4, columns), np.nan), np.empty(3)
    groups[1] = False
    _lines((0,) * columns, groups[:, 0], weight[0], values, sums, totals)
    expected = sum_by_group(values[None, None], groups, weight)[0, :, 0]
    close(sums[:3], expected)
    close(totals, 2.0 * expected.sum(axis=1))
    assert np.isnan(sums[3]).all()


# --- tables of rows ---


CUSTOMERS = 2 * LANES + 3  # the last lanes are not filled
LENGTHS = [1, LANES - 1, 2 * LANES + 1]


def values_of(kind, length):
    """Numbers of customers, all different where the kind allows it.  (customer, place)."""
    numbers = np.arange(CUSTOMERS * length).reshape(CUSTOMERS, length)
    return numbers % 3 == 0 if kind == np.bool_ else numbers.astype(kind)


@njit(**OPTIONS)
def _moved(like, order, values, out):
    (order,), (values,), (out,) = tables((order,)), tables((values,)), tables((out,))
    for first in range(0, len(order), LANES):
        i = lanes(first, len(order))
        put(out, row(values, like, get(order, i)), i)


@pytest.mark.parametrize("kind", [np.float64, np.uint64, np.bool_])
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
        tables((order,)), tables((values,)), tables((chosen,)), tables((out,))
    )  # fmt: skip
    places = chosen[1]
    for first in range(0, len(order), LANES):
        i = lanes(first, len(order))
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
