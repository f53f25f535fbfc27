"""Restrictions, compiled: several countries at once reconsider those of each sponsor in turn."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.conventions import Integers
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.blocks import put
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import uniform
from lockin_sim.engine.compiled.functions import where
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import get, length, numbers_of, plain, shared, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, constructor, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Stance
from lockin_sim.rules import restriction
from lockin_sim.world import World

_reconsider, _stance = compiled(decisions.reconsider), constructor(Stance)
_add_pressure = compiled(restriction.add_ally_pressure)
_add_dependence = compiled(restriction.add_sensitive_dependence)


def restrictions(batch: Batch, year: Year) -> Integers:
    """As of the engine of numpy."""
    now, luck, after = year.now, batch.draws.of_country("restriction", year.year), batch.state.since.copy()
    _restrict(
        batch.numbers, luck.key, year.year,
        *plain(batch.state.since, batch.state.installed),
        *_standing(batch.world, batch.world.concern_since(year.year)),
        plain(year.salience, now.pressure), *plain(now.restriction_order, luck.counter),
        after,
    )  # fmt: skip
    return after


@lru_cache(maxsize=8)  # as many worlds are kept
def _standing(world: World, since: int) -> tuple[Any, ...]:
    """Who has whom as an ally, countries and sponsors, and where restrictions bite, from a change of concern
    on; since, the position of its year."""
    ally, follower = np.nonzero(world.allies.T)
    first = np.searchsorted(ally, np.arange(len(world.countries) + 1))
    return (
        plain(first, follower, world.allies[follower, ally]),
        plain(
            world.concern_in(world.first_year + since), world.rival_votes, world.home, world.restriction_keys
        ),
        plain(world.sensitive, world.slot_sponsor),
    )


@kernel
def _restrict(numbers, key, year, since, installed, allies, countries, bites, posted, ordered, luck, after):
    """Every country and sponsor: see ``engine.politics``, which gathers the same.

    after  filled: (run, country, sponsor)
    """
    number, sponsors = after.shape[1:]
    pressure, dependence = np.empty((number, sponsors)), np.empty((number, sponsors + 1))
    of_runs, before, written = tables((numbers, since, after))
    known = tables((pressure, dependence)), tables(countries), tables(posted), tables((ordered, luck))
    must = ordered > 0
    for r in range(len(since)):
        p, restricted = numbers_of(Numbers, of_runs, r), since[r] >= 0
        pressure[:], dependence[:] = 0.0, 0.0
        _add_pressure(restricted, allies[0], allies[1], allies[2], pressure)
        _add_dependence(installed[r], bites[0], bites[1], dependence)
        for h in range(sponsors):
            salience = get(known[2][0], shared(known[2][0], r), h)
            if not (salience > 0.0 or restricted[:, h].any() or must[:, h].any()):
                continue
            for first in range(0, number, LANES):
                c = lanes(first, number)
                put(
                    written,
                    _reconsidered(r, c, h, get(before, r, c, h), salience, p, year, key, known),
                    r,
                    c,
                    h,
                )


@inlined
def _reconsidered(r, c, h, since, salience, p, year, key, known):
    """Year in which restrictions of one sponsor began in some countries, -1 where there is none."""
    scratch, countries, posted, (ordered, counter) = known
    order = where(get(countries[2], c, h), -1, get(ordered, c, h))
    stance = _stance(
        concern=get(countries[0], c, h),
        votes=get(countries[1], c, h),
        alliance=get(scratch[0], c, h),
        dependence=get(scratch[1], c, h),
        pressure=get(posted[1], c, h),
        salience=salience,
        order=order,
    )
    mine = c * (1 if length(counter, 1) > 1 else 0)
    shock = uniform(key, get(counter, r, mine) ^ get(countries[3], c, h))
    return _reconsider(since, stance, year, shock, p)
