"""The benchmarks run, and their tables are whole; how fast anything is, is not tested."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls

ROOT = Path(__file__).parents[2]
RUN, SWEEP = "make run: lockin lead with its page, 64 draws", "a sweep of 100,000 runs"


@pytest.fixture(autouse=True)
def from_the_checkout(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for the processes that they start


def rows(page):
    """Cells of all tables, line by line."""
    return [[c.strip() for c in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]


class Timed:
    """A package whose tasks take so many seconds."""

    def __init__(self, seconds):
        self.seconds, self.asked = seconds, []

    def begin(self, code):
        self.asked.append(code)

    def end(self):
        return self.seconds

    def cpu(self, code):
        self.begin(code)
        return self.end()


def test_each_round_asks_both_and_the_page_says_the_ratio():
    from benchmarks import waiting

    now, before = Timed(1.0), Timed(4.0)
    found = waiting.measure([now, before], waiting.TASKS, rounds=2)
    assert [code for code in now.asked if code not in before.asked] == [
        task.code for task in waiting.TASKS.values() if task.new
    ]
    assert now.asked[0] == "move(1)"  # what is done once is not done before it counts
    assert found["arithmetic"] == [[1.0, 1.0], [4.0, 4.0]]
    assert found[RUN] == [[1.0], []]
    assert found[SWEEP] == [[250.0], [1000.0]]
    beside = waiting.abreast([now, before], rounds=3)
    assert beside["arithmetic"] == [1.0] * 3
    stages = {engine: {"votes": 1.28, "books": 0.64} for engine in ("fast", "core")}
    result = {
        "tasks": found,
        "before": "abc",
        "abreast": beside,
        "stages": stages,
        "machine": {"python": "3"},
    }
    page = waiting.page(result)
    assert "| arithmetic | 1 | 4 | 0.25 | 0.25 to 0.25 |" in page
    assert f"| {RUN} | 1 |  |  | new |" in page
    assert "| votes | 20 | 20 |" in page
    assert not re.findall(r"[{}]", page)
    assert {len(row) for row in rows(page)} == {3, 5}


def test_every_task_is_said_in_words_that_a_process_knows():
    from benchmarks import waiting

    for task in waiting.TASKS.values():
        compile(task.code, "now", "exec")
        called = set(re.findall(r"(?<![.\w])([a-z_]+)\(", task.code)) - {"sum", "range"}
        assert all(f"def {name}(" in waiting._PROCESS for name in called), task


@pytest.mark.slow
def test_a_process_moves_a_slider_and_sweeps_a_part():
    from benchmarks.waiting import Package

    with Package(ROOT) as package:
        assert all(package.cpu(code) > 0 for code in ("move(1)", "sweep(points=1)"))


def test_the_stages_are_all_that_a_run_does():
    from benchmarks.stages import ONCE, STAGES, by_stage

    spent = by_stage(2, (2010, 2012), "core")
    assert [*spent] == [*STAGES, ONCE]
    assert all(seconds >= 0 for seconds in spent.values())


def test_a_world_of_any_size_is_the_same_model():
    from benchmarks.large_worlds import repeated

    world = repeated(3)
    assert world.shape[1] == 3 * 199
    assert len(world.lots) == 3 * len(ls.load_world().lots)
    arrays = {**vars(world), **world.conditions.arrays()}
    assert not [name for name, held in arrays.items() if 199 in getattr(held, "shape", ())]  # all are larger
    assert np.allclose(world.influence.matrix.sum(axis=1), 1)
    ds = ls.simulate(world=world, runs=2, seed=1, years=(2010, 2012))
    alone = ls.simulate(runs=2, seed=1, years=(2010, 2012))
    # around the mean of the first year of the bundled world, and from there by the same rules
    np.testing.assert_allclose(ds["coverage"].mean("run"), alone["coverage"].mean("run"), atol=0.08)


def test_the_machine_is_described_without_its_name():
    import platform

    from benchmarks.measuring import machine

    found = machine()
    assert all(found.values())
    assert platform.node() not in json.dumps(found) or not platform.node()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
