"""What one run remembers from year to year, and what is installed."""

from dataclasses import dataclass, field
from typing import Any

from lockin_sim.world import World


def table(*sizes: int, value: Any = 0.0) -> Any:
    """Nested lists of these sizes."""
    if not sizes:
        return value
    return [table(*sizes[1:], value=value) for _ in range(sizes[0])]


@dataclass
class State:
    """Where the run stands."""

    users: dict[tuple[int, int], list[float]]  # (d, i): share of capacity by v
    incumbent: list[int | None]  # by lot
    generation: list[int]  # by lot, newest it was bought for, -1 before the first
    outgoing: list[int | None]  # by lot, whose equipment the latest swap replaces
    swap_year: list[int]  # by lot, in which it began
    year: int  # at whose end it stands
    adoption: dict[tuple[int, int], list[float]]  # (d, i): by v
    landings: list[list[float]]  # i, v
    deployed: list[list[float]]  # d, v
    compliance: list[list[list[float]]]  # d, v, s
    status: list[list[list[float]]]  # b, d, s
    origin: list[list[list[float]]]  # b, d, h
    quality_gained: list[list[float]]  # d, v
    debt: list[list[float]]  # i, h
    due: dict[int, list[list[float]]]  # step: i, h; principal that falls due
    since: list[list[int | None]]  # i, h
    prescribed: dict[tuple[int, int], int]  # (d, i): family that the state prescribes
    take_up: list[float]  # l
    loans: dict[tuple[int, int, int], float]  # on record, (year, i, l): what no contract has taken
    overspent: list[float]  # l
    drift: list[list[float]]  # i, h
    book: list[list[list[float]]]  # years ahead, d, v; revenue of the world under contract
    sold: list[list[list[float]]]  # past year, d, h; shares of the world's sales, last year last


COUNTED = ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus", "paid")


@dataclass
class Market:
    """What was bought in a market in a year, USD bn."""

    bought: list[float]
    pulled: list[float]
    counted: dict[str, float] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0.0))


def installed(world: World, state: State, d: int, i: int) -> list[float]:
    """Shares of the capacity of a market by vendor."""
    vendors = range(world.shape[2])
    if world.buyer[d] == "users":
        return state.users[d, i]
    if world.buyer[d] == "project":
        return shares(state.landings[i])
    if world.buyer[d] == "adopters":
        return shares(state.adoption[d, i])
    held = [0.0 for _ in vendors]
    for j in range(len(world.lots)):
        if (world.lots.domain[j], world.lots.country[j]) == (d, i) and state.incumbent[j] is not None:
            years = world.swap_years[d, max(state.generation[j], 0)] if world.swap_years.size else 1
            old = max(0.0, 1 - (state.year - state.swap_year[j] + 1) / years)
            held[state.incumbent[j]] += world.lots.weight[j] * (1 - old)
            held[state.outgoing[j]] += world.lots.weight[j] * old
    return held


def everything_installed(world: World, state: State) -> dict[tuple[int, int], list[float]]:
    """The same of all markets, by (d, i)."""
    domain, country, _ = world.shape
    return {(d, i): installed(world, state, d, i) for d in range(domain) for i in range(country)}


def shares(amounts: list[float]) -> list[float]:
    """Amounts as parts of their sum (D10, A3)."""
    total = sum(amounts)
    return [amount / total if total > 0 else 0.0 for amount in amounts]
