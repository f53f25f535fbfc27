"""Does the engine reproduce exact results in its limits?  V.. and A7.. are names of known cases.

Acceptance at a false-alarm rate of one in a million: exact binomial regions, chi-square, Hoeffding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import lockin_sim as ls
from lockin_sim.parameters import Parameters

N, SEED = 20_000, 7
ALPHA = 1e-6


def chosen(
    steps: int,
    *,
    n: int = N,
    start: int | None = None,
    quality: tuple[float, ...] = (0.0, 0.0),
    toy: dict[str, Any] | None = None,
    **weights: float,
) -> np.ndarray:
    """Vendor each country runs, (year, country); everybody starts on one vendor, or all on shares alike."""
    installed = None
    if start is not None:
        installed = np.zeros((n, 1, len(quality)))
        installed[:, 0, start] = 1.0
    world = ls.toy_world(n, len(quality), installed=installed, quality=np.array(quality), **(toy or {}))
    parameters = Parameters.neutral(quality_weight=1.0, **weights)
    ds = simulated(world, parameters, steps)
    return ds.installed.values[0, :, :, 0].argmax(axis=-1)


def simulated(world: Any, parameters: Parameters, steps: int) -> xr.Dataset:
    return ls.simulate(
        ls.Scenario.none(),
        world=world,
        parameters=parameters,
        runs=1,
        seed=SEED,
        years=(0, steps),
        record=("installed", "winner"),
    )


def assert_proportion(count: int, p: float, n: int = N) -> None:
    law = stats.binom(n, p)
    assert law.ppf(ALPHA / 2) <= count <= law.isf(ALPHA / 2)


def assert_shares(counts: np.ndarray, expected: tuple[float, ...]) -> None:
    n = counts.sum()
    statistic = ((counts - n * np.array(expected)) ** 2 / (n * np.array(expected))).sum()
    assert statistic < stats.chi2.isf(ALPHA, len(expected) - 1)


@pytest.mark.parametrize(
    ("cost", "year", "share", "switching"), [(2.0, 30, 0.706209, 0.107170), (4.0, 40, 0.587024, 0.018663)]
)
def test_v10_switching_costs_slow_the_way_to_the_better_technology(
    cost: float, year: int, share: float, switching: float
) -> None:
    """All start on the worse of two, half a unit of utility behind."""
    runs = chosen(year, start=1, quality=(0.5, 0.0), switching_cost=cost)
    assert_proportion(int((runs[-1] == 0).sum()), share)
    assert_proportion(int((runs[-1] != runs[-2]).sum()), switching)


def test_v10_three_technologies_share_the_market_as_the_chain_says() -> None:
    runs = chosen(25, start=2, quality=(1.0, 0.3, 0.0), switching_cost=3.0)
    assert_shares(np.bincount(runs[-1], minlength=3), (0.689678, 0.194883, 0.115439))


@pytest.mark.parametrize(("every", "share"), [(1, 0.704505), (4, 0.547745), (8, 0.317734)])
def test_v39_contracts_of_several_years_slow_it_by_as_much(every: int, share: float) -> None:
    """Everybody tenders every 1, 4 or 8 years; where the better of two stands in year 20."""
    calendar = np.zeros((20, N, 1), dtype=bool)
    calendar[every - 1 :: every] = True
    runs = chosen(20, start=1, quality=(0.5, 0.0), switching_cost=2.0, toy={"calendar": calendar})
    assert_proportion(int((runs[-1] == 0).sum()), share)


@pytest.mark.parametrize(
    ("vendors", "network", "leader", "switching", "start", "close"),
    [
        (2, 1.5, 0.87467265, 0.07370, 0, 0.01),
        (2, 1.05, 0.5, 0.11920, None, 0.059),
        (3, 2.2, 0.92506155, 0.07328, 0, 0.01),
        (3, 1.6, 1 / 3, 0.21301, None, 0.047),
    ],
    ids=["two, above the threshold", "two, below it", "three, above", "three, below"],
)
def test_v32_network_effects_lock_in_above_the_threshold_and_only_there(
    vendors: int, network: float, leader: float, switching: float, start: int | None, close: float
) -> None:
    """Cost 2: two stay locked in above 1 + e^-2 = 1.135, three above 1.623; below, equal stays equal.

    Near the threshold shares wander: below it a deviation shrinks by .982 (two) or .967 (three) a year,
    which with the noise of N choices makes a standard deviation of .0121 or .0096, accepted 4.89 times.
    """
    runs = chosen(60, start=start, quality=(0.0,) * vendors, network_weight=network, switching_cost=2.0)
    last = runs[-20:]
    assert (last == 0).mean() == pytest.approx(leader, abs=close)
    assert (last[1:] != last[:-1]).mean() == pytest.approx(switching, abs=0.003)


def test_a73_without_switching_costs_and_networks_every_year_is_a_fresh_draw() -> None:
    runs = chosen(2, quality=(0.5, 0.0), start=1)
    assert_proportion(int((runs[-1] == 0).sum()), 0.62245933)
    correlation = np.corrcoef(runs[-1], runs[-2])[0, 1]
    assert abs(correlation) < 4.8916 / np.sqrt(N)


def test_a73_a_third_option_takes_from_the_others_in_proportion() -> None:
    two = np.bincount(chosen(1, quality=(0.5, 0.0))[-1], minlength=2)
    three = np.bincount(chosen(1, quality=(0.5, 0.0, 0.2))[-1], minlength=3)
    assert_shares(two, (0.62245933, 0.37754067))
    assert_shares(three, (0.42601251, 0.25838965, 0.31559783))
    assert_shares(three[:2], (0.62245933, 0.37754067))


@pytest.mark.parametrize("noise", [0.25, 4.0])
def test_a73_noise_scales_the_odds(noise: float) -> None:
    """Odds of e^(1 / noise)."""
    runs = chosen(1, quality=(1.0, 0.0), noise_scale=noise)
    assert_proportion(int((runs[-1] == 0).sum()), 1 / (1 + np.exp(-1 / noise)))


def test_a73_without_noise_equals_are_drawn_by_lot_and_the_better_always_wins() -> None:
    assert (chosen(1, quality=(1e-6, 0.0), noise_scale=0.0)[-1] == 0).all()
    assert_proportion(int((chosen(1, quality=(0.0, 0.0), noise_scale=0.0)[-1] == 0).sum()), 0.5)


def test_a76_doubling_every_country_leaves_the_mean_field_where_it_was() -> None:
    """Own choice is left out of the mean of the others, so a difference of order 1/N is all there may be."""
    few, many = (
        (chosen(30, n=n, start=0, network_weight=2.0, switching_cost=1.0)[-10:] == 0).mean()
        for n in (N // 2, N)
    )
    assert few == pytest.approx(many, abs=0.01)


@pytest.mark.parametrize("lifetime", [4.0, 10.0])
def test_a_lifetime_of_n_years_means_a_tender_every_n_years(lifetime: float) -> None:
    world = ls.toy_world(N, 2, lifetime=lifetime)
    winner = simulated(world, Parameters.neutral(), 1).winner.values[0, 1, :, 0]
    assert_proportion(int((winner >= 0).sum()), 1 / lifetime)


def test_an_outside_option_is_one_more_choice_for_new_capacity() -> None:
    """Two offers at 0 against staying out at 1: e / (e + 2) stay out."""
    world = ls.toy_world(N, 2, installed=np.zeros((N, 1, 2)))
    ds = simulated(world, Parameters.neutral(outside_level=1.0), 1)
    winner = ds.winner.values[0, 1, :, 0]
    stays = np.e / (np.e + 2)
    assert_shares(np.bincount(winner + 1, minlength=3), (stays, (1 - stays) / 2, (1 - stays) / 2))
