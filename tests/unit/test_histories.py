"""Whose luck an economy has: rows of luck belong to positions of runs, not to their numbers."""

from __future__ import annotations

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim import simulation


def test_a_run_that_is_asked_for_twice_may_have_two_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    world = ls.toy_world(3, 3, lifetime=3)
    luck = np.array([[5, 6, 7], [8, 9, 10], [11, 12, 13], [5, 6, 7]])

    def simulated(runs: list[int], rows: list[int], engine: str = "core") -> np.ndarray:
        monkeypatch.setattr(simulation, "histories", lambda *_, **__: luck[rows])
        found = ls.simulate(
            ls.Scenario.none(), world=world, runs=runs, years=(0, 6), engine=engine, record=["installed"]
        )
        return found.installed.values

    together = simulated([2, 0, 2, 2], [0, 1, 2, 3])
    np.testing.assert_array_equal(together[0], together[3])
    assert (together[0] != together[2]).any()
    for engine in ("core", "mesa"):
        apart = [simulated([run], [row], engine)[0] for row, run in enumerate([2, 0, 2, 2])]
        np.testing.assert_allclose(together, np.stack(apart), rtol=1e-9, atol=1e-9)
    monkeypatch.setattr(simulation, "BATCH", 2)
    np.testing.assert_array_equal(simulated([2, 0, 2, 2], [0, 1, 2, 3]), together)


@pytest.mark.parametrize("history", [None, 3, ["DEU"], "likely", {"XXX": 0.3}, {"DEU": 2.0}, {"DEU": True}])
def test_a_history_that_cannot_be_used_is_refused(history: object) -> None:
    with pytest.raises(ls.InputError, match="history"):
        ls.simulate(runs=1, years=(2010, 2011), history=history)  # type: ignore[arg-type]


def test_a_world_without_what_is_recorded_has_no_other_history_than_the_prior() -> None:
    toy = ls.toy_world(5)
    with pytest.raises(ls.InputError, match="history"):
        ls.simulate(
            ls.Scenario.none(),
            world=toy,
            parameters=ls.Parameters.neutral(),
            runs=1,
            years=(0, 2),
            history="conditioned",
        )
