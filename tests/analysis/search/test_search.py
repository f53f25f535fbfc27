"""The whole of a search: on a model whose best packages are known, and on the real one, small."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from analysis.search.analytic import DRAWS, LEVERS, counted

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.analysis.search import sentences, table
from lockin_sim.analysis.search.sample import Judged
from lockin_sim.errors import InputError
from lockin_sim.studies.goals import by_worth, goals_of, record

pytest.importorskip("ema_workbench", reason="comes with the extra analysis")

__all__ = ["counted"]

SMALL = {"budget": 60, "generation": 12, "draws": 3, "fresh": 8, "seed": 2, "workers": 1, "posterior": DRAWS}


@pytest.fixture
def found(counted, tmp_path):
    counted(None)
    return ls.search(LEVERS, out=tmp_path / "found", **SMALL), tmp_path / "found"


def test_packages_found_are_those_that_are_known_to_be_best(found):
    """Whoever makes no effort is not beaten, whoever makes one is; openness trades one goal for another."""
    ds, _ = found
    free = ds["dominated_by"].values < 0
    effort = ds["setting"].sel(decision="standards_effort[EU].effort").values
    assert set(effort[free]) == {"1"}
    openness = ds["at"].sel(decision="interoperability[mobile_network].openness").values[free]
    assert len(set(openness.tolist())) >= 5
    assert np.ptp(openness) > 0.6


def test_effects_of_fresh_draws_are_those_of_the_model(found):
    ds, _ = found
    drawn = ls.posterior_draws(8, seed=3, source=DRAWS)["switching_cost"]
    openness = ds["at"].sel(decision="interoperability[mobile_network].openness").values
    real = ds["package_title"].values != "nothing"
    by_hand = -0.02 * openness[real, None] * drawn
    np.testing.assert_allclose(
        ds["effect_by_draw"].sel(goal="standards_abroad").values[real], by_hand, atol=1e-8
    )
    np.testing.assert_allclose(
        ds["effect"].sel(goal="standards_abroad").values[real], by_hand.mean(axis=1), atol=1e-8
    )
    searched = ls.posterior_draws(3, seed=2, source=DRAWS)["switching_cost"].mean()
    one = ds["searched"].sel(goal="standards_abroad").values[real]
    np.testing.assert_allclose(one, -0.02 * openness[real] * searched, atol=1e-8)


def test_the_first_package_satisfies_most_often_and_its_levers_are_judged(found):
    ds, _ = found
    assert ds["satisfies"].values[0] == ds["satisfies"].values.max()
    assert ds["lever"].values.tolist() == ["interoperability[mobile_network].openness"]
    waiting = ds["waiting"].sel(lever="interoperability[mobile_network].openness", goal="standards_abroad")
    openness = ds["at"].sel(decision="interoperability[mobile_network].openness").values[0]
    drawn = ls.posterior_draws(8, seed=4, source=DRAWS)["switching_cost"]
    assert float(waiting) == pytest.approx(-0.01 * openness * drawn.mean(), abs=1e-8)  # half of it is lost


def test_the_folder_holds_all_of_it_in_titles(found):
    ds, folder = found
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "search.nc", "answer.md", "front.csv", "fresh.csv", "regret.csv", "pathways.csv", "manifest.json",
        "runs", "packages.png",
    }  # fmt: skip
    with (folder / "fresh.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["satisfies"]) for row in rows] == ds["satisfies"].values.tolist()
    about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["search"]
    assert about["packages_looked_at"] == ds.attrs["packages_looked_at"]
    text = (folder / "answer.md").read_text(encoding="utf-8")
    assert "Mandated open interfaces" in text
    assert "interoperability" not in text
    assert all(sentence in text for sentence in sentences(ds))
    assert all("Fewer Chinese standards abroad" in row for row in table(ds))


def test_equal_packages_are_simulated_once(counted):
    done = counted(None)
    ds = ls.search(LEVERS, **SMALL)
    in_search = [size for size in done if size == SMALL["draws"]]
    assert len(in_search) == ds.attrs["packages_looked_at"] + 1  # and doing nothing


@pytest.mark.parametrize("chunks", [5, 20, 40])
def test_a_search_that_is_killed_and_resumed_gives_the_same(counted, tmp_path, chunks):
    """Killed within the first generation, between later ones, and on fresh draws."""
    whole_chunks = counted(None)
    whole = ls.search(LEVERS, **SMALL)
    needed = len(whole_chunks)
    counted(chunks)
    with pytest.raises(KeyboardInterrupt):
        ls.search(LEVERS, out=tmp_path / "found", **SMALL)
    again = counted(None)
    resumed = ls.search(LEVERS, out=tmp_path / "found", resume=True, **SMALL)
    assert len(again) == needed - chunks
    xr.testing.assert_identical(whole, resumed)


def test_runs_that_are_there_are_not_taken_without_being_asked(counted, tmp_path):
    counted(5)
    with pytest.raises(KeyboardInterrupt):
        ls.search(LEVERS, out=tmp_path / "found", **SMALL)
    with pytest.raises(InputError, match="resume"):
        ls.search(LEVERS, out=tmp_path / "found", **SMALL)
    with pytest.raises(InputError, match="seed"):
        ls.search(LEVERS, out=tmp_path / "found", resume=True, **SMALL | {"seed": 9})


def test_a_folder_of_others_is_left_alone(counted, tmp_path, capsys):
    done = counted(None)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert cli.main(["search", "--out", str(tmp_path)]) == 2
    assert "mine.txt" in capsys.readouterr().err
    assert not done


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lever", "restrction[EU].mode"], "restriction"),
        (["--lever", "export_finance[EU].envelope=30:2"], "end is above"),
        (["--budget", "0"], "budget"),
        (["--budget", "many"], "whole number"),
        (["--wanted", "public_cost"], "--wanted"),
        (["--wanted", "public_cost=1", "--wanted", "public_cost=2"], "twice"),
        (["--posterior", "nowhere"], "nowhere"),
    ],
)
def test_the_command_refuses_what_cannot_be_used(counted, tmp_path, capsys, arguments, said):
    done = counted(None)
    assert cli.main(["search", "--out", str(tmp_path / "found"), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not done
    assert not (tmp_path / "found").exists()


def test_the_command_shows_packages_and_says_nothing_of_progress_if_asked(counted, tmp_path, capsys):
    counted(None)
    DRAWS.to_netcdf(tmp_path / "posterior.nc", engine="scipy")
    asked = [option for lever in LEVERS for option in ("--lever", lever)]
    sizes = ["--budget", "12", "--generation", "12", "--draws", "2", "--fresh", "4", "--workers", "1"]
    more = ["--posterior", str(tmp_path), "--out", str(tmp_path / "found"), "--quiet"]
    assert cli.main(["search", *asked, *sizes, *more]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "Packages that no other beats" in told.out
    assert "Largest regret" in told.out


YEARS = (2010, 2027)


def test_goals_of_runs_are_the_numbers_of_a_comparison():
    """What a search judges by is what reports show: the same studies, the same runs."""
    world = ls.load_world()
    goals = tuple(by_worth(goal) if goal.name == "coverage" else goal for goal in goals_of(world.case))
    how = {"years": YEARS, "runs": 2, "seed": 3}
    ds = ls.simulate("baseline", record=record(goals, world), **how)
    found = Judged(goals, start=2025)(ds, world)["goals"].mean(axis=0)
    by_group = ls.by_group("baseline", workers=1, **how)["level"].isel(scenario=0)
    cost = ls.public_cost("baseline", workers=1, **how)["level"].isel(scenario=0)
    levels = ls.compare("baseline", maps=False, workers=1, **how)["level"].isel(scenario=0)
    expected = [
        levels.sel(outcome=goals[0].at["outcome"], year=2027, statistic="mean"),
        by_group.sel(measure=goals[1].at["measure"], group="EU", year=2027),
        by_group.sel(measure="coverage_surplus", group="income:low", year=[2025, 2026, 2027]).mean(),
        cost.sel(item="total", payer="governments", year=2027),
    ]
    np.testing.assert_allclose(found, [float(value) for value in expected], rtol=1e-12)


def test_a_search_of_the_real_model(tmp_path: Path):
    """Restrictions of the whole Union take its dependence, at no public cost; loans cost."""
    levers = ("restriction[EU].mode=national|coordinated", "export_finance[EU].envelope=2.5:32.5")
    ds = ls.search(
        levers, out=tmp_path / "found", budget=12, generation=12, draws=2, fresh=4, seed=2, workers=1,
        years=(2010, 2029), start=2022, review=2025, posterior=DRAWS,
    )  # fmt: skip
    restricts = (ds["setting"].sel(decision="restriction[EU].mode") == "coordinated").values
    spends = ds["at"].sel(decision="export_finance[EU].envelope").values
    assert (ds["effect"].sel(goal="eu_dependence").values[restricts] < -0.01).all()
    order = np.argsort(spends)
    cost = ds["effect"].sel(goal="public_cost").values
    assert cost[order[-1]] - cost[order[0]] > 1.0
    assert (tmp_path / "found" / "packages.png").stat().st_size > 10_000
