"""The whole of a search: on a model whose best packages are known, and on the real one, small."""

import csv
import importlib
from importlib.util import find_spec

import numpy as np
import pytest
from search import analytic
from search.analytic import DRAWS, LEVERS, counted

import lockin_sim as ls
from lockin_sim.settings.ensemble import select_draws

results = importlib.import_module("experiments.12_robust_packages.results")
search = importlib.import_module("experiments.12_robust_packages.search").search
figures = importlib.import_module("experiments.12_robust_packages.figures")
sentences, table = results.sentences, results.table

#: Not imported to find out: that takes seconds, also for who only collects tests.
pytestmark = pytest.mark.skipif(find_spec("ema_workbench") is None, reason="comes with the extra workbench")

__all__ = ["counted"]


SMALL = {
    "budget": 96, "generation": 12, "draws": 3, "fresh": 8, "seed": 2, "workers": 1, "posterior": DRAWS,
    "years": (2010, 2034), "review": 2030,
}  # fmt: skip


@pytest.fixture(scope="module")
def found(counted, tmp_path_factory):
    """What is found, the folder, and the sizes of the chunks that were computed."""
    done, folder = counted(None), tmp_path_factory.mktemp("search")
    ds = search(LEVERS, **SMALL)
    results.write_tables(ds, folder)
    return ds, folder, list(done)


def test_packages_found_are_those_that_are_known_to_be_best(found):
    """No effort, to the next step; openness, which trades one goal for another, from end to end."""
    ds, _, _ = found
    free = ds["dominated_by"].values < 0
    effort = ds["setting"].sel(decision="standards_effort[EU].effort").values
    assert set(effort[free]) <= {"× 1", "× 1.1"}
    openness = ds["at"].sel(decision="interoperability[mobile_network].openness").values[free]
    assert len(set(openness.tolist())) >= 5
    assert np.ptp(openness) > 0.6


def test_effects_of_fresh_draws_are_those_of_the_model(found):
    ds, _, _ = found
    drawn = ls.posterior_draws(8, seed=3, source=DRAWS)["switching_cost"]
    openness = ds["at"].sel(decision="interoperability[mobile_network].openness").values
    real = ds["package_title"].values != "nothing"
    effort = 2 * ds["at"].sel(decision="standards_effort[EU].effort").values
    by_hand = 0.02 * (effort - openness)[real, None] * drawn
    np.testing.assert_allclose(
        ds["effect_by_draw"].sel(goal="standards_abroad").values[real], by_hand, atol=1e-8
    )
    np.testing.assert_allclose(
        ds["effect"].sel(goal="standards_abroad").values[real], by_hand.mean(axis=1), atol=1e-8
    )
    searched = ls.posterior_draws(3, seed=2, source=DRAWS)["switching_cost"].mean()
    one = ds["searched"].sel(goal="standards_abroad").values[real]
    np.testing.assert_allclose(one, 0.02 * (effort - openness)[real] * searched, atol=1e-8)


def test_intervals_count_draws(counted, monkeypatch):
    counted(None)
    seen = []
    monkeypatch.setattr(
        results, "estimate_interval", lambda values, draws: seen.append(draws) or none(values)
    )
    search(LEVERS, **SMALL | {"fresh": 64})  # of 50 draws, so that some come twice
    tested, waited = (select_draws(64, seed=seed, source=DRAWS) for seed in (3, 4))
    np.testing.assert_array_equal(seen[0], tested)
    for each in seen[1:]:
        np.testing.assert_array_equal(each, waited)
    assert len(seen) > 1


def none(values):
    """Means without intervals."""
    return values.mean(axis=0), values.min(axis=0), values.max(axis=0), len(values)


def test_the_first_package_satisfies_most_often_and_its_levers_are_judged(found):
    ds, _, _ = found
    assert ds["satisfies"].values[0] == ds["satisfies"].values.max()
    assert "interoperability[mobile_network].openness" in ds["lever"].values
    waiting = ds["waiting"].sel(lever="interoperability[mobile_network].openness", goal="standards_abroad")
    openness = ds["at"].sel(decision="interoperability[mobile_network].openness").values[0]
    drawn = ls.posterior_draws(8, seed=4, source=DRAWS)["switching_cost"]
    assert float(waiting) == pytest.approx(-0.01 * openness * drawn.mean(), abs=1e-8)  # half of it is lost


def test_the_folder_holds_all_of_it_in_titles(found):
    ds, folder, _ = found
    names = {path.name for path in folder.iterdir()}
    assert names == {"answer.md", "front.csv", "fresh.csv", "regret.csv", "pathways.csv"}
    with (folder / "fresh.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["satisfies"]) for row in rows] == ds["satisfies"].values.tolist()
    text = (folder / "answer.md").read_text(encoding="utf-8")
    assert "Mandated open interfaces" in text
    assert "interoperability" not in text
    assert all(sentence in text for sentence in sentences(ds))
    assert all("Fewer Chinese standards abroad" in row for row in table(ds))


@pytest.mark.parametrize("price", [0.0, 100.0])
def test_doing_nothing_wins_where_nothing_moves_whatever_it_costs(counted, monkeypatch, price):
    counted(None)

    def still(scenario, drawn):
        y = analytic.settings(scenario)[1]
        return np.array([0.0004, -0.002, price * y]) * np.ones((len(drawn), 1))  # less than anybody minds

    monkeypatch.setattr(analytic, "effects", still)
    ds = search(LEVERS, **SMALL)
    assert ds["package_title"].values.tolist() == ["nothing"]
    assert ds.sizes["lever"] == 0
    assert "doing nothing is as good as any of them" in sentences(ds)[0]
    figures.packages(ds)


def test_equal_packages_are_simulated_once(found):
    ds, _, done = found
    in_search = [size for size in done if size == SMALL["draws"]]
    assert len(in_search) == ds.attrs["packages_looked_at"] + 1  # and doing nothing
