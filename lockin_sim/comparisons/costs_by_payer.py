"""Actors whose money counts, and prices of what the model does not trade.

The costs of replacing equipment, of work in standards bodies and of training are contested or not recorded:
the table ``prices`` has a low, a middle and a high value of each.
"""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.common.draws import Draws, label_keys
from lockin_sim.common.formats import spoken
from lockin_sim.world import World
from lockin_sim.world.names import format_group, format_label
from lockin_sim.world.schema import read_table

#: Name of the actor that is everybody, and of its group of markets.
WORLD = "world"

#: Name of the shocks that draw prices.
_STREAM = "prices"

#: Prefix of the prices of a body's documents.
REPLACEMENT, COURSES, DELEGATE, BY_DELEGATE, DOCUMENTS = (
    "replacement",
    "courses",
    "delegate_year",
    "documents_of_a_delegate",
    "documents_",
)


def format_actor(name: str) -> str:
    """Format an actor's name for a sentence.

    Examples: 'the EU', 'the USA', 'China', 'Kenya', 'low-income economies', 'the world'.
    """
    sponsor, country = format_label("sponsor", name), format_label("country", name)
    if " " in sponsor:  # two words, as for unions
        return f"the {name}"
    return next((each for each in (sponsor, country) if each != spoken(name)), format_group(name))


def resolve_actor(world: World, name: str | None = None) -> str:
    """Return the code of an actor in a world; its public money and its buyers' money count as its own.

    name  of a sponsor, a group of markets, an economy, or the world; None = the actor of the world's case, or
          the world
    Raises InputError for a name that is neither a sponsor, an economy nor a group of markets.
    """
    usual = world.case.actor or WORLD if name is None else name
    return world.code_of("actor", usual, "sponsor", "country", "group")


def add_actor_group(world: World, name: str | None = None) -> tuple[str, World]:
    """Return an actor's code, and the world with the actor's market added as a group.

    The market is that of an economy, or the home of a sponsor.  The group changes only what is measured.
    Raises InputError as :func:`resolve_actor`.
    """
    actor = resolve_actor(world, name)
    if actor in world.group_names:
        return actor, world
    if actor in world.sponsors:
        mask = world.home[:, world.sponsors.index(actor)]
    else:
        mask = np.array(world.countries) == actor
    market = np.broadcast_to(mask, (len(world.domains), len(world.countries)))
    return actor, dataclasses.replace(world, groups={**world.groups, actor: market})


@cache
def read_untraded_prices() -> dict[str, tuple[float, float, float]]:
    """Read the low, middle and high value of each price from the table ``prices``; the result is cached."""
    table = read_table("prices")
    columns = (table[end].tolist() for end in ("low", "middle", "high"))
    return {name: (low, middle, high) for name, low, middle, high in zip(table.labels, *columns, strict=True)}


def draw_price(name: str, seed: int, runs: Integers, *, drawn: bool) -> Floats:
    """Return a price in some runs, (run,): the middle value, or a draw.

    A draw is log-uniform below and above the middle value, with half the runs on each side.
    runs  run numbers; all scenarios have equal prices in a run.  (run,)
    drawn  whether to draw the price
    """
    low, middle, high = read_untraded_prices()[name]
    if not drawn:
        return np.full(len(runs), middle)
    shocks = Draws(seed, runs)
    u: Floats = shocks.uniform(shocks.stream(_STREAM), label_keys([name]))
    below, above = low * (middle / low) ** (2 * u), middle * (high / middle) ** (2 * u - 1)
    return np.where(u < 0.5, below, above)


def compute_training_cost(gained: Floats, seed: int, runs: Integers, *, drawn: bool) -> Floats:
    """Compute the cost of training programmes, USD bn a year, (run, sponsor, year).

    gained  affinity that the programmes add, summed over economies, (run, sponsor, year)
    """
    each = draw_price(COURSES, seed, runs, drawn=drawn) * 100.0 / 1000.0  # USD bn for an affinity of 1
    return each[:, None, None] * gained


def compute_standards_work_cost(
    work: Floats, bodies: tuple[str, ...], seed: int, runs: Integers, *, drawn: bool
) -> Floats:
    """Compute the cost of work in standards bodies, USD bn a year: documents times the cost of a document.

    The cost of a document is that of a delegate's year over the documents of a delegate.
    work  share of a body's documents that a sponsor would write at usual effort, times its effort.
          (run, sponsor, body, year)
    Returns (run, sponsor, year); bodies without a price cost nothing.
    """
    each = (
        draw_price(DELEGATE, seed, runs, drawn=drawn)
        / draw_price(BY_DELEGATE, seed, runs, drawn=drawn)
        / 1000.0
    )
    cost = np.zeros((work.shape[0], work.shape[1], work.shape[3]))
    for place, body in enumerate(bodies):
        if DOCUMENTS + body in read_untraded_prices():
            documents = draw_price(DOCUMENTS + body, seed, runs, drawn=drawn)
            cost += (each * documents)[:, None, None] * work[:, :, place]
    return cost
