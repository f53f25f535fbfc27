"""Is a run in float32 computed in float32, the same for whoever computes it, and about that in float64?"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from properties.worlds import EVERYTHING, Case, cases

import lockin_sim as ls
from lockin_sim import rules
from lockin_sim.engine import Engine
from lockin_sim.parameters import Parameters
from lockin_sim.rules import voting
from lockin_sim.world import World

RULES = [getattr(rules, name) for name in rules.__all__]
YEARS = (2010, 2030)

#: Votes are counted in float64; a term of given numbers alone is added to an array in float32.
IN_FLOAT64 = {"count", "_share", *voting.PROCEDURES, "home_term"}


def core(world: World, scenario: str, **values: Any) -> Engine:
    chosen = ls.load_scenario(scenario)
    return Engine(
        world,
        chosen,
        chosen.configure(Parameters(**values)),
        seed=1,
        runs=[0, 1],
        years=YEARS,
        record=frozenset(EVERYTHING),
        dtype="float32",
    )


#: Between them they bring every mechanism to life.
CASES: list[tuple[str, dict[str, Any]]] = [
    ("baseline", {}),
    ("eu_package", {"lock_in_markup": 0.1, "affinity_drift": 0.05, "catch_up_rate": 0.1}),
    ("gdpr", {"penetration_discount": np.array([0.1, 0.2]), "noise_scale": np.array([0.0, 1.0])}),
    ("decoupled_internet", {"salience_fading": np.array([0.1, 0.3]), "turnover": np.array([0.1, 0.2])}),
]


def arrays(*holders: object) -> Iterator[tuple[str, np.ndarray]]:
    for holder in holders:
        for name, value in vars(holder).items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                yield f"{type(holder).__name__}.{name}", value


@pytest.mark.parametrize(("scenario", "values"), CASES, ids=[name for name, _ in CASES])
def test_no_array_of_the_engine_is_promoted(real_world: World, scenario: str, values: dict[str, Any]) -> None:
    engine = core(real_world, scenario, **values)
    seen: set[str] = set()
    for _ in engine.years():
        batch = engine.batch
        held = dict(arrays(batch, batch.state, batch.flows, batch.conditions, batch.parameters, batch.world))
        assert {name: value.dtype for name, value in held.items() if value.dtype != np.float32} == {}
        seen |= set(held)
    measured = engine.recorder.series()
    assert {n for n, v in measured.items() if v.dtype.kind == "f" and v.dtype != np.float32} == set()
    assert {"State.installed", "State.order_book", "Flows.votes", "Batch.lot_taste", "World.stack"} <= seen
    assert batch.world.influence.matrix.dtype == np.float32
    assert real_world.stack.dtype == real_world.influence.matrix.dtype == np.float64


@pytest.mark.parametrize(("scenario", "values"), CASES, ids=[name for name, _ in CASES])
def test_no_rule_returns_another_kind_than_it_was_given(
    real_world: World, scenario: str, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = core(real_world, scenario, **values)
    promoted: set[str] = set()

    def watched(rule: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(rule)
        def called(*args: Any, **kwargs: Any) -> Any:
            result = rule(*args, **kwargs)
            for part in result if isinstance(result, tuple) else (result,):
                if isinstance(part, np.ndarray) and part.dtype == np.float64:
                    promoted.add(rule.__name__)
            return result

        return called

    for module in RULES:
        for name, rule in inspect.getmembers(module, inspect.isfunction):
            if rule.__module__ == module.__name__:
                monkeypatch.setattr(module, name, watched(rule))
    for _ in engine.years():
        pass
    assert promoted - IN_FLOAT64 == set()


@given(case=cases(longest=6))
@settings(max_examples=25)
def test_a_run_is_the_same_alone_and_in_a_batch_and_again(case: Case) -> None:
    simulated = partial(case.simulated, dtype="float32")
    together = simulated(9)
    xr.testing.assert_identical(together, simulated(9))
    for name in together.data_vars:
        kind = together[name].dtype
        assert kind.kind != "f" or name == "market_size" or kind == np.float32, name
    xr.testing.assert_identical(together.isel(run=slice(1)), simulated(1))
    xr.testing.assert_identical(together.isel(run=[7, 2]), simulated([7, 2]))


@pytest.fixture(scope="module")
def both() -> tuple[xr.Dataset, xr.Dataset]:
    exact, single = (
        ls.simulate(runs=32, seed=3, years=YEARS, record="winner", dtype=kind)
        for kind in ("float64", "float32")
    )
    return exact, single


def test_the_bundled_world_too_knows_no_batch(both: tuple[xr.Dataset, xr.Dataset]) -> None:
    _, single = both
    some = ls.simulate(runs=[31, 4], seed=3, years=YEARS, record="winner", dtype="float32")
    xr.testing.assert_identical(single.isel(run=[31, 4]), some)


def test_datasets_say_what_they_were_computed_in(both: tuple[xr.Dataset, xr.Dataset]) -> None:
    exact, single = both
    assert (exact.attrs["dtype"], single.attrs["dtype"]) == ("float64", "float32")
    assert (exact.vendor_share.dtype, single.vendor_share.dtype) == (np.float64, np.float32)


def test_both_kinds_meet_the_same_luck(both: tuple[xr.Dataset, xr.Dataset]) -> None:
    one, other = (ds.winner.sel(year=2011).values for ds in both)
    held = (one >= 0) | (other >= 0)
    assert held.sum() > 1000
    assert (one == other)[held].mean() > 0.999


def test_means_agree_far_within_their_standard_errors(both: tuple[xr.Dataset, xr.Dataset]) -> None:
    exact, single = (ds.sel(year=YEARS[1]) for ds in both)
    for name in ("standard_share", "vendor_share", "lock_in", "coverage", "total_debt", "restricting"):
        apart = np.abs(single[name].astype(float).mean("run") - exact[name].mean("run"))
        error = exact[name].std("run", ddof=1) / np.sqrt(32)
        assert (apart <= 0.2 * error + 1e-5 * np.abs(exact[name]).max()).where(apart.notnull(), True).all(), (
            name
        )
    for name in ("standard_share", "vendor_share"):
        total = single[name].sum(name.split("_")[0], skipna=True)
        np.testing.assert_allclose(total.where(total > 0, 1.0), 1.0, atol=1e-5)
