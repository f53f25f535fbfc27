"""Studies simulated in parts: merged they are the whole, and nothing that differs is merged in silence."""

import csv
import itertools

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.model.measures.recorder import read_seed_and_runs
from lockin_sim.pages.plots.runs import _is_paired
from lockin_sim.runs.store_datasets import export
from lockin_sim.studies.sweep import average_over_runs, compute_mean_response

#: Where merged points come from.
ORIGINS = ["design_hash", "point_of_design"]


@pytest.fixture
def simulated(toy):
    """Runs of the toy world by :func:`lockin_sim.simulate`, with some arguments changed."""

    def of(**changed):
        return ls.simulate(
            ls.Scenario.none(), **{"world": toy, "runs": 2, "seed": 1, "years": (0, 3)} | changed
        )

    return of


@pytest.fixture
def evaluated(small):
    """The small sweep in memory, with some arguments changed."""

    def of(**changed):
        options = {key: value for key, value in small.items() if key not in ("unit", "design")} | changed
        return ls.evaluate(options.pop("design", small["design"]), **options)

    return of


def halves_of(design):
    """The first five points of a design, and the others."""
    return design.rows(range(5)), design.rows(range(5, len(design)))


def test_halves_of_a_design_are_the_whole_to_the_last_byte(small, evaluated, good, tmp_path):
    halves = halves_of(small["design"])
    merged = ls.merge([evaluated(design=half) for half in halves])
    assert merged.drop_vars(ORIGINS).identical(evaluated())
    assert merged["design_hash"].values.tolist() == [halves[0].hash] * 5 + [halves[1].hash] * 3
    assert merged["point_of_design"].values.tolist() == [0, 1, 2, 3, 4, 0, 1, 2]

    stores = [tmp_path / "first", tmp_path / "second"]
    for half, store in zip(halves, stores, strict=True):
        ls.sweep(**small | {"design": half}, out=store)
    merged = ls.merge(stores)
    assert merged.drop_vars(ORIGINS).identical(good[0])
    assert merged["switching_pull"].values.tobytes() == good[0]["switching_pull"].values.tobytes()
    assert merged.identical(ls.merge([ls.open_results(store) for store in stores]))


def test_a_design_of_several_scenarios_is_whole_again():
    design = ls.design.table({"scenario": ["", "baseline", "open_ran"], "switching_cost": [1.0, None, 2.0]})
    how = {"runs": 1, "years": (2011,), "outcomes": ["switching_pull"]}
    parts = [ls.evaluate(design.rows(range(k, k + 1)), **how) for k in range(3)]
    assert ls.merge(parts).drop_vars(ORIGINS).identical(ls.evaluate(design, **how))


def test_runs_of_several_seeds_keep_their_seed_and_number(small, evaluated, good, tmp_path):
    other = ls.sweep(**small | {"seed": 2, "runs": 2}, out=tmp_path / "s")
    merged = ls.merge([good[1], tmp_path / "s"])
    assert merged["run"].values.tolist() == [0, 1, 2, 3, 4]
    assert merged["seed"].values.tolist() == [1, 1, 1, 2, 2]
    assert merged["run_of_seed"].values.tolist() == [0, 1, 2, 0, 1]
    assert merged.attrs["seed"] == [1, 2]
    assert merged.attrs["runs_done"] == 8 * 5
    assert merged.attrs["design_hash"] == good[0].attrs["design_hash"]
    assert not {*ORIGINS} & {*merged.coords}
    for seed, part in ((1, good[0]), (2, other)):
        mine = merged["switching_pull"].isel(run=np.flatnonzero(merged["seed"] == seed))
        assert mine.values.tobytes() == part["switching_pull"].values.tobytes()


def test_blocks_of_points_and_seeds_are_one_table_in_any_order(small, evaluated):
    first, second = halves_of(small["design"])
    blocks = [evaluated(design=half, seed=seed) for half in (first, second) for seed in (1, 2)]
    whole = ls.merge([evaluated(seed=seed) for seed in (1, 2)])
    for order in itertools.permutations(range(4)):
        merged = ls.merge([blocks[k] for k in order])
        labels = [merged.sortby(["switching_cost", "seed", "run_of_seed"]) for merged in (merged, whole)]
        assert np.array_equal(*(each["value"].values for each in labels), equal_nan=True)
    assert ls.merge(blocks).drop_vars(ORIGINS).identical(whole)
    for again in (
        [ls.merge(blocks[:2]), ls.merge(blocks[2:])],
        [ls.merge(blocks[:2]), *blocks[2:]],
        [ls.merge(blocks[::2]), ls.merge(blocks[1::2])],
        [whole.isel(run=[0, 1, 2]).isel(point=slice(5)), *blocks[1:]],
    ):
        assert ls.merge(again).drop_vars(ORIGINS).identical(whole)


def test_simulated_runs_are_merged_with_their_parameters(simulated):
    costs = np.arange(4.0)
    parts = [simulated(runs=runs, parameters={"switching_cost": costs}) for runs in ([0, 1], [2, 3])]
    assert ls.merge(parts).identical(simulated(runs=4, parameters={"switching_cost": costs}))
    seeds = [simulated(seed=seed, parameters={"switching_cost": costs[seed:][:2]}) for seed in (1, 2)]
    merged = ls.merge(seeds)
    assert merged.attrs["parameter_switching_cost"] == [1.0, 2.0, 2.0, 3.0]
    assert merged["market_size"].identical(seeds[0]["market_size"])
    halves = [merged.isel(run=some) for some in ([2, 3], [0, 1])]
    assert ls.merge(halves).attrs["parameter_switching_cost"] == [2.0, 3.0, 1.0, 2.0]
    assert ls.merge(halves[:1]).attrs["parameter_switching_cost"] == [2.0, 3.0]


# --- what cannot be merged ---


def test_what_overlaps_is_refused(small, evaluated, simulated, good):
    whole, (first, _) = evaluated(), halves_of(small["design"])
    cost = small["design"].values["switching_cost"][0]
    for parts, said in (
        ([whole, whole], f"run 0 of seed 1 at switching_cost {cost}, noise_scale"),
        ([whole, evaluated(design=first)], "in dataset 1 and dataset 2; allowed: each run of a point in one"),
        ([good[1], good[1]], "run 0 of seed 1 at"),
        ([xr.concat([whole] * 2, dim="run")], "dataset 1: found a run of a seed twice"),
        ([whole, ls.merge([evaluated(seed=2), whole])], "run 0 of seed 1"),
        ([simulated(), simulated(runs=[1, 2])], "run 1 of seed 1 in dataset 1 and dataset 2"),
        ([whole, evaluated(design=first, seed=2)], "other runs in dataset 2 than in dataset 1, and other"),
    ):
        with pytest.raises(ls.InputError, match=r"^merge: .*found .*allowed: ") as refused:
            ls.merge(parts)
        assert said in str(refused.value)


def test_what_was_simulated_otherwise_is_refused_with_both_values(evaluated, simulated):
    whole, more = evaluated(), {"seed": 2}
    neutral = ls.Scenario.none().model_copy(update={"name": "another"})
    newer = evaluated(**more).assign_attrs(source="123456789abc")
    for part, name, found in (
        (evaluated(**more, world=ls.toy_world(20, 3)), "world_hash", "' in dataset 1 and '"),
        (evaluated(**more, scenario=neutral), "scenario", "'none' in dataset 1 and 'another' in dataset 2"),
        (evaluated(**more, parameters=ls.Parameters.neutral()), "parameters", " in dataset 1 and '"),
        (evaluated(**more, years=(3,)), "years", "[3, 6] in dataset 1 and [3] in dataset 2"),
        (
            evaluated(**more, outcomes=["retention"]),
            "outcomes",
            "['switching_pull', 'retention'] in dataset 1",
        ),
        (evaluated(**more, design=ls.design.table({"noise_scale": [1.0]})), "columns", "['noise_scale']"),
        (newer, "source", f"'{whole.attrs['source']}' in dataset 1 and '123456789abc' in dataset 2"),
        (evaluated(**more).assign_attrs(version="0.1.0"), "version", "'0.1.0' in dataset 2"),
        (evaluated(**more).isel(year=[0]), "year", "[3, 6] in dataset 1 and [3] in dataset 2"),
        (
            evaluated(**more).assign(mine=("point", np.arange(8))),
            "variables",
            "nothing alone in dataset 1 and mine",
        ),
        (evaluated(**more).drop_vars("error"), "variables", "error alone in dataset 1 and nothing alone in"),
    ):
        with pytest.raises(ls.InputError) as refused:
            ls.merge([whole, part])
        text = str(refused.value)
        assert text.startswith(f"merge: {name}: found "), text
        assert found in text
        assert text.endswith("allowed: the same in all.")
        assert "\n" not in text

    one = simulated()
    for changed, name in (
        ({"world": ls.toy_world(20, 3)}, "world_hash"),
        ({"parameters": {"switching_cost": 1.0}}, "parameter_switching_cost"),
        ({"engine": "mesa"}, "engine"),
        ({"record": ["installed"]}, "variables"),
        ({"years": (0, 2)}, "year"),
    ):
        with pytest.raises(ls.InputError, match=f"^merge: {name}: found .* allowed: the same in all"):
            ls.merge([one, simulated(**{"seed": 2} | changed)])


def test_what_is_no_dataset_of_runs_is_refused_in_one_line(evaluated, simulated, tmp_path):
    whole = evaluated()
    without = whole.copy()
    del without.attrs["identity"]
    for wrong, said in (
        (whole, "merge: found one dataset; allowed: a list of datasets of ls.simulate"),
        ("store", "merge: found 'store'"),
        ([], "merge: found none"),
        ([whole, 3], "merge: dataset 2: found 3; allowed: datasets of"),
        ([average_over_runs(whole)], "merge: dataset 1: found a dataset without runs"),
        ([whole.assign_attrs(identity="{")], "merge: dataset 1: found no hash of all"),
        ([whole.drop_vars("noise_scale")], "a dataset without its coordinates noise_scale"),
        ([without], "merge: dataset 1: found no hash of all that it was simulated with"),
        ([simulated(world=ls.toy_world(4).with_term(lambda offer: 0.0))], "no hash of all"),
        ([tmp_path / "nowhere"], "store: found"),
    ):
        with pytest.raises(ls.InputError) as refused:
            ls.merge(wrong)
        assert said in str(refused.value)
        assert "\n" not in str(refused.value)


# --- what reads merged datasets ---


def test_a_merged_dataset_is_read_and_written_as_any_other(small, good, tmp_path):
    ls.sweep(**small | {"seed": 2**40}, out=tmp_path / "s")
    merged = ls.merge([good[1], tmp_path / "s"])
    assert merged.attrs["seed"] == f"1; {2**40}"
    assert average_over_runs(merged)["switching_pull_left_out"].values.max() == 0
    means = merged["switching_pull"].sel(year=6).mean("run").values
    np.testing.assert_allclose(compute_mean_response(merged, "switching_pull", 6), means)

    with export(merged, tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["point"], row["run"], row["year"]) for row in rows}) == len(rows) == 8 * 6 * 2
    assert {(row["seed"], row["run_of_seed"]) for row in rows} == {
        (str(seed), str(run)) for seed in (1, 2**40) for run in range(3)
    }
    export(merged, tmp_path / "s.nc")
    merged.to_netcdf(tmp_path / "t.nc")
    for name in ("s.nc", "t.nc"):
        read = xr.load_dataset(tmp_path / name)
        assert read["seed"].values.astype(str).tolist() == merged["seed"].values.astype(str).tolist()
        assert read["switching_pull"].values.tobytes() == merged["switching_pull"].values.tobytes()


def test_runs_keep_their_seed_where_xarray_joins_them(simulated, evaluated):
    """And what draws their shocks again refuses several seeds; xarray keeps the attribute of the first."""
    how = {"data_vars": "minimal", "coords": "minimal", "compat": "override"}
    for of in (simulated, evaluated):
        parts = [of(seed=seed) for seed in (1, 2)]
        joined = xr.concat(parts, dim="run", **how)
        assert [joined["seed"].values[k] for k in (0, -1)] == [1, 2]
    parts = [simulated(seed=seed) for seed in (1, 2)]
    for joined in (xr.concat(parts, dim="run", **how), ls.merge(parts)):
        with pytest.raises(ls.InputError, match="dataset: found runs of 2 seeds"):
            read_seed_and_runs(joined)
    reach = [part["reach"].isel(domain=0, standard=0) for part in parts]
    assert _is_paired({"one": reach[0], "same": reach[0] * 2})
    assert not _is_paired({"one": reach[0], "other": reach[1]})
    seed, runs = read_seed_and_runs(ls.merge(parts).isel(run=[2, 3]))
    assert (seed, runs.tolist()) == (2, [0, 1])
