"""Whose luck an economy has up to the present, and whether that brings it near its record."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from worlds import rich_world

import lockin_sim as ls
from lockin_sim.common.draws import History
from lockin_sim.common.netcdf import write_dataset
from lockin_sim.comparisons.variants import with_lead
from lockin_sim.evidence.calibrate import restrict_to_fact_groups
from lockin_sim.record import Fact, Question
from lockin_sim.record import histories as near
from lockin_sim.record.facts import WIDTHS, build_history_facts
from lockin_sim.record.histories import CONDITIONED, PRIOR, build_histories, choose_history
from lockin_sim.record.questions import RunView, answer_questions
from lockin_sim.runs import simulation
from lockin_sim.settings import ensemble
from lockin_sim.settings.ensemble import build_declared_history, build_posterior_history
from lockin_sim.settings.parameters import collect_declarations

RICH = rich_world(6, countries=3)
FIRST, LAST = RICH.first_year, RICH.first_year + 5


def simulated(history, *, runs, seed=1, engine="core"):
    """What is installed in some runs of a small world.  (run, year, ...)."""
    found = ls.simulate(
        ls.Scenario.none(), world=RICH, runs=runs, years=(FIRST, LAST + 3), engine=engine,
        record=["installed"], history=history, seed=seed,
    )  # fmt: skip
    return found["installed"].transpose("run", "year", ...).values


def test_runs_with_one_history_agree_up_to_its_last_year_and_differ_after():
    history = History(np.array([[5, 6, 7]] * 3), np.array([4, 4, 4]), seed=9, last=LAST)
    found = simulated(history, runs=[0, 1, 2])
    for run in (1, 2):
        np.testing.assert_array_equal(found[run, :6], found[0, :6])
        assert (found[run, 6:] != found[0, 6:]).any()
    others = simulated(PRIOR, runs=[0, 1])
    assert (others[0, :6] != others[1, :6]).any()


def test_a_history_belongs_to_a_run_whichever_are_simulated_with_it(monkeypatch):
    history = History(np.arange(12).reshape(4, 3), np.arange(4), seed=9, last=LAST)
    together = simulated(history, runs=[2, 0, 3, 2])
    np.testing.assert_array_equal(together[0], together[3])
    for engine in ("core", "mesa"):
        apart = [simulated(history, runs=[run], engine=engine)[0] for run in (2, 0, 3, 2)]
        np.testing.assert_allclose(together, np.stack(apart), rtol=1e-9, atol=1e-9)
    monkeypatch.setattr(simulation, "BATCH", 2)
    np.testing.assert_array_equal(simulated(history, runs=[2, 0, 3, 2]), together)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 4)])
def test_a_history_with_other_rows_or_columns_is_refused(shape):
    history = History(np.zeros(shape, dtype=int), np.zeros(2, dtype=int), seed=9, last=LAST)
    with pytest.raises(ls.InputError, match="at least 2 rows, one a run, and a column for each of 3"):
        simulated(history, runs=[1])


def test_comparisons_are_near_the_record_where_there_is_one_and_they_reach_beyond_the_present():
    world = ls.load_world()
    now = world.case.years.present
    assert choose_history(world, (world.first_year, now + 1)) == CONDITIONED
    assert choose_history(world, (world.first_year, now)) == PRIOR
    assert choose_history(world, (world.first_year + 1, now + 1)) == PRIOR
    assert choose_history(RICH, (FIRST, now + 1)) == PRIOR


def silent(offer, weights):
    return 0.0


ALIKE = {
    "a group to show": lambda world, place: world.with_group("mine", ["KEN", "UGA"]),
    "a folder and back": lambda world, place: ls.load_world(world.to_folder(place)),
    "a term of zero": lambda world, place: world.with_term(silent),
    "an imposed lead": lambda world, place: with_lead(world, "USA"),
}
OTHERS = {
    "a vendor": lambda world, place: world.with_vendor("new", offers={"cloud": {"entry": 2030}}),
    "an economy": lambda world, place: world.with_economy("XYZ", name="Utopia", like="HRV"),
    "another table": lambda world, place: edited(world.to_folder(place)),
    "another world of the name": lambda world, place: dataclasses.replace(
        edited(world.to_folder(place)), name=world.name
    ),
}


def edited(folder):
    """A world in which Huawei's networks cost more."""
    table = folder / "offers.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    at = next(n for n, row in enumerate(rows) if row.startswith("huawei,mobile_network,"))
    cells, heads = rows[at].split(","), rows[0].split(",")
    cells[heads.index("relative_cost")] = "0.987"
    rows[at] = ",".join(cells)
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return ls.load_world(folder)


@pytest.mark.parametrize("change", [*ALIKE, *OTHERS])
def test_the_record_is_that_of_the_bundled_world_by_its_content(change, tmp_path):
    world = (ALIKE | OTHERS)[change](ls.load_world(), tmp_path / "mine")
    years = world.first_year, world.case.years.present + 1
    assert choose_history(world, years) == (CONDITIONED if change in ALIKE else PRIOR)
    if change in ALIKE:
        wanted = build_declared_history(np.arange(2), world).numbers
        found = build_histories(CONDITIONED, world=world, runs=np.arange(2))
        np.testing.assert_array_equal(found.past.numbers, wanted)


def test_a_run_is_taken_as_often_as_its_distance_says():
    """Squares of 0 and 2: weights 1 and exp(-1)."""
    shocks = (np.arange(1000) + 0.5) / 1000
    found = near.draw_pool_runs(np.array([2.0, 0.0, 1e6]), shocks)
    assert (found == 0).mean() == pytest.approx(np.exp(-1) / (1 + np.exp(-1)), abs=0.002)
    assert not (found == 2).any()


def test_a_distance_is_a_mean_over_facts_and_a_sum_over_kinds():
    facts = tuple(
        Fact(subject, Question("", "", code, year), recorded)
        for subject, code, year, recorded in (
            ("restrictions", "DEU", 2020, 0.0),
            ("restrictions", "DEU", 2023, 1.0),
            ("loans", "DEU", 2020, 15.0),
            ("networks", "HUN", 2020, 0.5),
        )
    )
    numbers = np.array([[0.0, 0.0, 15.0, 0.56], [0.0, 1.0, 0.0, np.nan]])
    found = near.compute_record_distances(numbers, facts)
    np.testing.assert_allclose(found["DEU"], [0.5 / 0.3**2, np.log(2) ** 2])
    np.testing.assert_allclose(found["HUN"], [1.0, near.FAR / 0.06**2])


def test_histories_of_draws_are_apart_and_unknown_economies_have_the_luck_of_the_world():
    posterior = ls.open_results("bundled")
    stored = posterior["history"]
    pool = stored.attrs["pool"]
    found = build_posterior_history(posterior, np.array([0, 2, 2]), np.array([0, 1, 5]), ["KEN", "XXX"])
    assert found is not None
    place = stored["country"].values.tolist().index("KEN")
    kenya = [int(stored[0, 0, place]), 2 * pool + int(stored[2, 1, place])]
    assert found.numbers[:2, 0].tolist() == kenya
    np.testing.assert_array_equal(found.numbers[:, 1], found.world)
    np.testing.assert_array_equal(found.numbers[1], found.numbers[2])  # four histories a draw, then the first
    assert (
        build_posterior_history(posterior.drop_vars("history"), np.zeros(1, int), np.zeros(1, int), ["KEN"])
        is None
    )


def errors(history, runs):
    """Mean distance to the record by kind, on the scale of its width, of simulated runs."""
    world = ls.load_world()
    facts = build_history_facts(world)
    world = near.group_recorded_economies(world, facts)
    ds = ls.simulate(world=world, runs=runs, seed=77, years=(2010, 2023), record=near.RECORD, history=history)
    said = answer_questions(RunView(ds, world), tuple(fact.question for fact in facts))
    off, kinds = np.abs(near.compute_record_errors(said, facts)), np.array([fact.subject for fact in facts])
    return {kind: float(off[:, kinds == kind].mean()) / width for kind, width in WIDTHS.items()}


def test_recorded_economies_are_nearer_to_the_record_kind_by_kind():
    before, after = errors(PRIOR, 8), errors(CONDITIONED, 8)
    for kind in WIDTHS:
        assert after[kind] < 0.9 * before[kind], (kind, before, after)


def test_histories_of_the_declared_values_do_not_depend_on_the_seed_and_begin_again():
    world = ls.load_world()
    found = build_histories(CONDITIONED, world=world, runs=np.array([3, 259]))
    numbers = found.past.numbers
    np.testing.assert_array_equal(numbers[0], numbers[1])
    np.testing.assert_array_equal(numbers[0], build_declared_history(np.array([3]), world).numbers[0])


def test_effects_are_zero_before_a_policy_begins_and_the_past_is_that_of_the_record():
    late = ls.Scenario.model_validate({
        "name": "late", "question": "?", "source": "a test", "levers": [
            {"lever": "interoperability", "target": "mobile_network", "from": 2027, "openness": 0.9}
        ],
    })  # fmt: skip
    found = ls.compare(late, runs=3, seed=1, years=(2010, 2030), maps=False, workers=1)
    assert found["history"].values.tolist() == [CONDITIONED] * 2
    effect = found["effect"].sel(scenario="late", outcome="cn2035_share")
    assert not np.nan_to_num(effect.sel(year=slice(None, 2026)).values).any()
    assert effect.sel(year=slice(2028, None)).values.any()
    other = ls.compare(late, runs=3, seed=2, years=(2010, 2030), maps=False, workers=1)
    level, again = (ds["level"].sel(outcome="cn2035_share", scenario="baseline") for ds in (found, other))
    np.testing.assert_array_equal(level.sel(year=slice(None, 2025)), again.sel(year=slice(None, 2025)))
    assert (level.sel(year=2030) != again.sel(year=2030)).any()
    prior = ls.compare(late, runs=3, seed=1, years=(2010, 2030), maps=False, workers=1, history=PRIOR)
    assert prior["history"].values.tolist() == [PRIOR] * 2
    assert (
        prior["level"].sel(outcome="cn2035_share", year=2020)
        != found["level"].sel(outcome="cn2035_share", year=2020)
    ).any()


# --- draws of a posterior ---


WEIGHT = np.array([0.0, 0.5, 0.125, 0.375])


#: Four draws of two parameters, of which the first counts nothing.
DRAWS = xr.Dataset(
    {
        "parameter_value": (("draw", "parameter"), [[9.0, 9.0], [1.0, 0.1], [2.0, 0.2], [3.0, 0.3]]),
        "weight": ("draw", WEIGHT),
    },
    coords={"parameter": ["switching_cost", "turnover"]},
)


@pytest.mark.parametrize("n", [8, 80])
def test_a_draw_comes_as_often_as_it_weighs(n):
    found = ls.posterior_draws(n, seed=5, source=DRAWS)
    assert list(found) == ["switching_cost", "turnover"]
    counts = [int((found["switching_cost"] == value).sum()) for value in (9.0, 1.0, 2.0, 3.0)]
    assert counts == (n * WEIGHT).tolist()
    np.testing.assert_allclose(found["turnover"], found["switching_cost"] / 10)


@pytest.mark.parametrize("n", [1, 3, 7])
def test_no_draw_is_further_from_its_part_than_one(n):
    """Numbers that do not go into the weights are rounded up or down, as chance decides."""
    seen = np.array(
        [np.bincount(ensemble.resample_draws(WEIGHT, n, seed=s), minlength=4) for s in range(400)]
    )
    assert (np.abs(seen - n * WEIGHT) < 1).all()
    np.testing.assert_allclose(seen.mean(axis=0), n * WEIGHT, atol=0.1)


def test_the_same_from_a_folder(tmp_path):
    write_dataset(DRAWS, tmp_path / "posterior.nc")
    one, other = (ls.posterior_draws(5, seed=2, source=source) for source in (DRAWS, tmp_path))
    assert {name: of.tolist() for name, of in one.items()} == {k: v.tolist() for k, v in other.items()}


def test_the_bundled_posterior_is_one_of_this_model():
    found, known = ls.open_results("bundled"), collect_declarations()
    assert found.sizes["draw"] >= 200
    assert float(found["weight"].sum()) == pytest.approx(1.0)
    for name, values in ls.posterior_draws(300, seed=1).items():
        assert known[name].source.startswith(("assumed", "estimated")), name
        assert ls.Parameters(**{name: values}).runs == 300
    assert found["parameter_label"].values.tolist() == [known[n].title for n in found["parameter"].values]
    found["weight"][:] = 0.0
    assert float(ls.open_results("bundled")["weight"].sum()) == pytest.approx(1.0)  # a copy each time


def test_the_facts_of_the_bundled_posterior_are_those_of_this_model():
    found = ls.open_results("bundled")
    titles = {fact.name: fact.title for fact in restrict_to_fact_groups(ls.load_world())[1]}
    assert (
        dict(zip(found["fact"].values.tolist(), found["fact_label"].values.tolist(), strict=True)) == titles
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": DRAWS.assign(weight=("draw", np.full(4, np.nan)))}, "weight: found"),
        ({"source": DRAWS.drop_vars("weight")}, "no weight over"),
        ({"source": DRAWS.rename(draw="future")}, "no parameter_value over"),
        (
            {"source": DRAWS.assign_coords(parameter=["switching_csot", "turnover"])},
            "posterior: parameter: found 'switching_csot'.*Did you mean 'switching_cost'",
        ),
        (
            {
                "source": DRAWS.assign(
                    parameter_value=DRAWS["parameter_value"].where(DRAWS["parameter_value"] != 0.2)
                )
            },
            "posterior: turnover: found no number in draw 2",
        ),
    ],
)
def test_what_is_no_posterior_is_refused(change, message):
    with pytest.raises(ls.InputError, match=message):
        ls.posterior_draws(**{"n": 2, "seed": 1} | change)


@pytest.mark.parametrize("broken", [DRAWS.drop_vars("weight"), xr.Dataset({"other": ("x", [1.0])})])
def test_a_folder_of_something_else_is_named(tmp_path, broken):
    write_dataset(broken, tmp_path / "posterior.nc")
    with pytest.raises(ls.InputError, match=f"posterior {tmp_path}: found no "):
        ls.posterior_draws(2, seed=1, source=tmp_path)
