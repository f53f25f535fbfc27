"""Does the baseline pass through the history that was recorded, and stay believable after it?"""

from __future__ import annotations

import pytest

from lockin_sim.studies.hindcast import CHECKS, TARGETS, Hindcast, hindcast

RUNS, SEED = 64, 1

WANTED = [name for name, target in TARGETS.items() if target.wanted]


@pytest.fixture(scope="module")
def found() -> Hindcast:
    return hindcast(runs=RUNS, seed=SEED)


@pytest.mark.parametrize("name", WANTED)
def test_what_a_hindcast_must_show(found: Hindcast, name: str) -> None:
    value, target, holds = found[name].value, found[name].target, found[name].holds
    assert holds, f"{value:.3g}, wanted {target.low:.3g} to {target.high:.3g}: {target.what}"


@pytest.mark.parametrize("name", [check.__name__ for check in CHECKS])
def test_what_is_believable_at_sight(found: Hindcast, name: str) -> None:
    (check,) = (check for check in found.checks if check.name == name)
    assert check.holds, f"{check.what}: {check.number:.3g}"


def test_everything_that_is_asked_for_is_measured(found: Hindcast) -> None:
    measured = {score.name for score in found.scores}
    assert set(TARGETS) <= measured
    assert all(score.value == score.value for score in found.scores if score.target.wanted)
