"""Signposts that tell, and those that do not; what is said of levers."""

import importlib

import numpy as np
import pytest

results_module = importlib.import_module("experiments.12_robust_packages.results")
FIRST, LATER, NEVER, UNTOLD, pathway, reading, threshold = (
    results_module.FIRST,
    results_module.LATER,
    results_module.NEVER,
    results_module.UNTOLD,
    results_module.pathway,
    results_module.reading,
    results_module.threshold,
)


RNG = np.random.default_rng(4)
SIGN = RNG.random(200)
NOISE = RNG.random(200)


@pytest.mark.parametrize("above", [True, False])
def test_a_threshold_lies_where_the_kinds_of_draws_part(above):
    sign = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    pays = sign > 3 if above else sign < 3
    assert threshold(sign, pays) == (above, 3.5 if above else 2.5)


def test_a_signpost_that_decides_is_found_out_of_sample():
    found = reading(SIGN, SIGN < 0.4)
    assert found is not None
    assert not found.above
    assert found.threshold == pytest.approx(0.4, abs=0.03)
    assert found.area.area == pytest.approx(1.0, abs=0.01)
    assert found.right > 0.95 > found.always
    assert found.tells


def test_noise_does_not_tell():
    found = reading(NOISE, SIGN < 0.4)
    assert found is not None
    assert abs(found.area.area - 0.5) < 0.15
    assert not found.tells


def test_what_is_told_is_measured_on_draws_that_the_threshold_was_not_found_on():
    """A signpost that fits the first half by construction, and is turned round in the second."""
    pays = SIGN < 0.5
    turned = np.where(np.arange(200) % 2 == 0, pays, ~pays).astype(float)
    found = reading(turned, pays)
    assert found is not None
    assert found.area.area == 0.0
    assert found.right == 0.0


def test_nothing_is_read_where_all_draws_are_alike():
    assert reading(SIGN, np.ones(200, dtype=bool)) is None
    assert reading(np.full(200, np.nan), SIGN < 0.5) is None


def judged(later, signs, whole=None):
    """A lever whose addition gives ``later`` of one goal, of which 1 is wanted; without it there is 0.2."""
    gains = {"whole": later + 0.1 if whole is None else whole, "later": later, "without": np.full(200, 0.2)}
    gains = {name: values[:, None] for name, values in gains.items()}
    return pathway(3, gains, signs, wanted=np.array([1.0]), scale=np.array([2.0]))


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        (np.full(200, 0.6), FIRST),
        (np.full(200, 0.1), NEVER),
        (np.where(SIGN < 0.4, 0.6, 0.1), LATER),
        (np.where(NOISE < 0.4, 0.6, 0.1), UNTOLD),
    ],
)
def test_what_is_said_follows_from_where_adding_pays(later, verdict):
    found = judged(later, np.stack([np.ones(200), SIGN], axis=1))
    assert found.decision == 3
    assert found.verdict == verdict
    assert found.loss == pytest.approx(0.05)  # a tenth of a goal's way, on a scale of two
    assert found.waiting == pytest.approx(np.full((200, 1), 0.1))
    if verdict == LATER:
        assert found.signpost == 1
        assert found.pays == pytest.approx((SIGN < 0.4).mean())


@pytest.mark.parametrize("whole", [np.full(200, 0.7), np.where(SIGN < 0.4, 0.7, 0.1)])
def test_a_lever_that_pays_at_once_and_not_later_cannot_wait(whole):
    found = judged(np.full(200, 0.1), SIGN[:, None], whole)
    assert found.verdict == FIRST
    assert found.pays == 0.0
    assert found.at_once == pytest.approx((whole > 0.2).mean())
