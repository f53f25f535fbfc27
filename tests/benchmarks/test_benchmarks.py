"""The benchmarks run, and their tables are whole; how fast anything is, is not tested."""

import json
import subprocess
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


def rows(page: str) -> list[list[str]]:
    """Cells of all tables, line by line."""
    return [[c.strip() for c in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]


@pytest.mark.slow
def test_a_tiny_pass_is_a_whole_table():
    from benchmarks import contestants as who
    from benchmarks.__main__ import benchmark
    from benchmarks.bound import PARTS
    from benchmarks.report import markdown
    from benchmarks.stages import STAGES

    result = benchmark(who.TINY, rounds=2)
    json.dumps(result)
    fast = who.FAST in result["contestants"]
    assert set(result["contestants"]) == {c.name for c in who.contestants(who.TINY, fast=fast)}
    for times in result["contestants"].values():
        assert all(value > 0 for value in times.values())
    assert len(result["comparisons"]) == 8 + 4 * fast
    for ratio in result["comparisons"].values():
        assert 0 < ratio["least"] <= ratio["median"] <= ratio["most"]
    assert set(STAGES) <= set(result["stages"])
    assert sum(stage["share"] for stage in result["stages"].values()) == pytest.approx(1)
    page = rows(markdown(result))
    assert {len(row) for row in page} == {2, 3, 4, 6}
    assert len(result["starts"]) == 1 + 2 * fast
    assert set(result["bound"]) == set(PARTS.values())
    assert all(cell for row in page for cell in row)


def test_contestants_take_turns_and_each_begins_a_round():
    from benchmarks.timing import Contestant, measured, ratios

    called: list[str] = []
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


def test_the_fastest_routine_is_found():
    import time

    from benchmarks.bound import fastest

    def busy(seconds: float) -> None:
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    assert fastest({"slow": lambda: busy(0.03), "fast": lambda: busy(0.003)})[0] == "fast"
    assert fastest({"alone": lambda: None})[0] == "alone"


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


def test_an_earlier_commit_is_measured_as_it_was(tmp_path, monkeypatch):
    from benchmarks import before

    package = tmp_path / "lockin_sim" / "__init__.py"
    package.parent.mkdir()
    package.write_text(
        "def simulate(*, runs, seed, years):\n    assert runs in (3, [0], [1]) and years[1] == 2012\n"
    )
    git = ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(tmp_path)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "as it was"]):
        subprocess.run([*git, *words], check=True)
    package.write_text("raise RuntimeError('as it is now')\n")
    monkeypatch.setattr(before, "ROOT", tmp_path)
    with before.Before("HEAD") as earlier:
        for contestant in earlier.contestants(runs=3, alone=2, last=2012):
            assert contestant.work() >= 0
        assert earlier.peak_memory > 0
        with pytest.raises(RuntimeError, match="HEAD"):
            earlier.run(3, 2013, alone=False)


def test_the_error_of_float32_is_seen_where_there_is_one():
    from benchmarks.precision import OUTCOMES, errors, other_winner

    found = errors(4, (2010, 2025))
    assert set(found["outcomes"]) == set(OUTCOMES)
    for values in found["outcomes"].values():
        assert 0 < values["rms"] <= values["largest"] < 1e-3
        assert 0 < values["rms_of_mean"] <= values["rms"]
        assert values["largest_in_standard_errors"] < 1
        assert values["standard_error"] > 1e-4
    assert set(found["other_winner"]) == {"2011", "2025"}
    assert max(found["other_winner"].values()) <= found["other_way"] <= 1
    one, other = (ls.simulate(runs=2, seed=s, years=(2010, 2011), record="winner") for s in (1, 2))
    assert other_winner(one, one, 2011) == 0
    assert other_winner(one, other, 2011) > 0.5


def test_a_world_of_any_size_is_the_same_model():
    from benchmarks.worlds import repeated

    world = repeated(3)
    assert world.shape[1] == 3 * 199
    assert len(world.lots) == 3 * len(ls.load_world().lots)
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

    from benchmarks.machine import machine

    found = machine()
    assert all(found.values())
    assert platform.node() not in json.dumps(found) or not platform.node()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
