"""The benchmarks run, and their tables are whole; how fast anything is, is not tested."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def from_the_checkout(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for the processes that they start


def rows(page):
    """Cells of all tables, line by line."""
    return [[c.strip() for c in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]


@pytest.mark.slow
def test_a_tiny_pass_is_a_whole_page(tmp_path):
    from benchmarks import contestants as who
    from benchmarks.__main__ import benchmark
    from benchmarks.bound import PARTS
    from benchmarks.page import figure, markdown
    from benchmarks.stages import STAGES

    result = benchmark(who.TINY, rounds=2)
    json.dumps(result)
    fast = "fast" in result["contestants"]
    assert set(result["contestants"]) == {c.name for c in who.contestants(who.TINY, fast=fast)}
    for times in result["contestants"].values():
        assert all(value > 0 for value in times.values())
    assert len(result["comparisons"]) == 4 + 5 + 7 * fast
    for ratio in result["comparisons"].values():
        assert 0 < ratio["least"] <= ratio["median"] <= ratio["most"]
    assert set(result["stages"]) == set(who.engines(fast=fast))
    for stages in result["stages"].values():
        assert set(STAGES) <= set(stages)
        assert sum(stage["share"] for stage in stages.values()) == pytest.approx(1)
    page = markdown(result, "x.png")
    assert all(cell for row in rows(page) for cell in row)
    assert not re.findall(r"[{}]", page)
    assert len(result["starts"]) == 1 + 2 * fast
    assert set(result["bound"]) == set(PARTS.values())
    labels = [text.get_text() for text in figure(result).axes[0].get_yticklabels()]
    assert labels[: len(STAGES)] == list(STAGES)


def test_an_aim_is_met_or_not():
    from benchmarks.page import aims, of_bound, on_two

    def lines(alone: float, bound: float) -> dict[str, tuple[str, str, str]]:
        result = {
            "contestants": {
                name: {"cpu_ms_per_run": alone}
                for name in ("core", "core, one run at a time", "fast, one run at a time")
            },
            "comparisons": {
                of_bound("fast"): {"median": bound},
                on_two("fast", "processes"): {"median": 1.9},
            },
            "starts": {"core": {"median": 1.0}},
        }
        return {what: rest for what, *rest in aims(result)}

    met, missed = lines(10.0, 0.5), lines(50.0, 0.1)
    assert {line[-1] for line in met.values()} == {"yes"}
    assert missed["fast, one run alone"] == ["at most 15 ms", "50 ms", "no"]
    assert missed[of_bound("fast")][-1] == "no"
    assert missed["core, one run alone"][-1] == "yes"
    assert not any("first answer" in what for what in met)  # was not measured


def test_the_pace_of_a_study_leaves_its_begin_out():
    from benchmarks.studies import Report, pace

    # two processes begin for 10 s; then each does 8 runs a second
    found = pace([Report(10.0 + k // 2, 5.0 + k, 8) for k in range(8)], 2)
    assert found == ((10.0, 16), 1 / 16, 1 / 8)
    assert found.of(16) == 10.0
    assert found.of(1616) == pytest.approx(10.0 + 1600 / 16)
    alone = pace([Report(2.0, 1.0, 4), Report(3.0, 2.0, 4), Report(4.0, 3.0, 4)], 1)
    assert alone == ((2.0, 4), 0.25, 0.25)


def test_contestants_take_turns_and_each_begins_a_round():
    from benchmarks.measuring import Contestant, measured, ratios

    called = []
    three = [Contestant(name, 2, lambda name=name: called.append(name) or 3.0) for name in "abc"]
    times = measured(three, rounds=3)
    assert "".join(called) == "abc" + "abc" + "bca" + "cab"
    assert all(cpu >= 3 for t in times.values() for cpu in t.cpu)
    assert ratios(times["a"], times["b"]) == pytest.approx([1, 1, 1], rel=1e-2)


def test_the_bound_does_the_work_that_runs_need():
    from benchmarks.bound import PARTS, Bound, tendered

    world = ls.load_world()
    year = tendered(world, (2010, 2012))[0]
    assert 0 < year.rows < len(world.lots)
    assert year.rows < year.offers < year.rows * world.shape[2]
    assert 0 < year.to_users <= len(world.bought_by("users")) * len(world.countries) * world.shape[2]
    cells = sum(len(countries) for run in year.due for countries in run.values())
    assert 0 < cells <= year.rows * len(year.due)  # economies with several due lots need one row
    bound = Bound(world, (2010, 2012), 2)
    bound()
    assert set(bound.by) == set(PARTS)
    least = round(2 * year.offers) + 2 * year.to_users
    assert bound.exponents[0] > least
    assert bound.shocks[0] == round(2 * year.offers)
    assert np.isfinite(bound.out[:least]).all()


def test_loops_of_the_bound_are_exact():
    numba = pytest.importorskip("numba", reason="the loops are compiled by it")
    from benchmarks import loops

    assert numba
    x = np.linspace(-30, 30, 2_001)
    found = np.empty_like(x)
    loops.exponentials(x, found)
    np.testing.assert_allclose(found, np.exp(x), rtol=4e-15)
    shocks = np.empty(200_000)
    loops.draws(3, shocks)
    assert shocks.min() > 0
    for probability in (0.01, 0.1, 0.5, 0.9, 0.99):
        share = (shocks < -np.log1p(-probability)).mean()
        assert abs(share - probability) < 4 * np.sqrt(probability * (1 - probability) / len(shocks))


def test_a_world_of_any_size_is_the_same_model():
    from benchmarks.contestants import repeated

    world = repeated(3)
    assert world.shape[1] == 3 * 199
    assert len(world.lots) == 3 * len(ls.load_world().lots)
    arrays = {**vars(world), **vars(world.conditions)}
    assert not [name for name, held in arrays.items() if 199 in getattr(held, "shape", ())]  # all are larger
    assert np.allclose(world.influence.matrix.sum(axis=1), 1)
    ds = ls.simulate(world=world, runs=2, seed=1, years=(2010, 2012))
    alone = ls.simulate(runs=2, seed=1, years=(2010, 2012))
    # around the mean of the first year of the bundled world, and from there by the same rules
    np.testing.assert_allclose(ds["coverage"].mean("run"), alone["coverage"].mean("run"), atol=0.08)


def test_sweeps_of_growing_size_are_measured(tmp_path):
    from benchmarks import scale

    scale.main(["--points", "2", "4", "--out", str(tmp_path)])
    result = json.loads((tmp_path / "scale.json").read_text())
    assert [row["runs"] for row in result["sweeps"]] == [16, 32]
    assert all(row["peak_memory_MB"] > 50 and row["store_over_numbers"] > 0 for row in result["sweeps"])
    page = rows((tmp_path / "scale.md").read_text())
    assert len(page) == 4
    assert len({len(row) for row in page}) == 1


def test_the_machine_is_described_without_its_name():
    import platform

    from benchmarks.measuring import machine

    found = machine()
    assert all(found.values())
    assert platform.node() not in json.dumps(found) or not platform.node()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
