"""Histories that agree with the record: whose luck each economy has in each run.

Chance is a function of name, run and economy.  So an economy's recorded share is met by choosing, for that
economy alone, the number of a run in which its simulated share is near the record.  Nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.draws import Draws, combine, label_keys
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.numeric import number
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import load_scenario
from lockin_sim.threads import one_blas_thread
from lockin_sim.world import World, records
from lockin_sim.world.case import bundled_case

#: Runs among which an economy's luck is chosen, how many of them at once, and how near a share must be.
POOL, AT_ONCE, NEAR = 1024, 64, 0.06

#: What is recorded: the share of vendors of the sponsor under study in this domain, in this year.
DOMAIN, YEAR = "mobile_network", 2020

#: Kinds of history: from the prior alone, or near the record where there is one.
KINDS = ("prior", "conditioned")


def histories(
    history: str | Mapping[str, float],
    *,
    world: World,
    runs: Integers,
    seed: int,
) -> Integers | None:
    """Run number whose luck each economy has in each run.  (run, country); None where it is the run's own.

    history  "prior": the run's own; "conditioned": near the shares of Chinese vendors in the mobile networks
             of 2020 that are bundled (``records("networks_5g")``, those that may be used for fitting); or
             shares by ISO3 code, 0 to 1
    runs     run numbers; seed of all shocks
    The first call for a world and seed simulates a pool of 1,024 runs to 2020 at default parameters, which
    takes some seconds.  With other parameters the shares met are those of the same luck, not the record's.
    Raises InputError for another word, an unknown economy, or a share outside 0 to 1.
    """
    if not isinstance(history, str | Mapping):
        raise unusable("history", found=history, allowed='"prior", "conditioned", or shares by ISO3 code')
    if isinstance(history, str) and history not in KINDS:
        raise unknown_name("history", found=history, known=KINDS)
    sponsor = bundled_case().sponsors[0]
    if history != "prior" and not (DOMAIN in world.domains and sponsor in world.sponsors):
        allowed = f"prior: this world has no {DOMAIN} with vendors of {sponsor} to be near a record"
        raise unusable("history", found=history, allowed=allowed)
    if history == "prior":
        return None
    shares = _bundled(world) if isinstance(history, str) else _checked(history, world)
    chosen = np.repeat(np.asarray(runs)[:, None], len(world.countries), axis=1)
    if not shares:
        return chosen
    pool = _pool(world.facts.get("recorded", world), seed)  # an imposed lead is not to be undone by luck
    shock = Draws(seed, runs)
    for code, share in shares.items():
        place = world.countries.index(code)
        key = combine(label_keys(["history"]), label_keys([code]))
        chosen[:, place] = _near(pool[:, place], share, shock.uniform(shock.stream("history"), key))
    return chosen


def _near(pool: Floats, share: float, shock: Floats) -> Integers:
    """Pool runs drawn with weights that fall with their distance from the share.  (run,)."""
    distance = np.where(np.isnan(pool), np.inf, np.abs(pool - share))
    weight = np.exp(-0.5 * (np.square(distance) - np.square(distance.min())) / NEAR**2)
    cumulative = np.cumsum(weight) / weight.sum()
    return np.minimum(np.searchsorted(cumulative, shock), len(pool) - 1)


@lru_cache(maxsize=4)
def _pool(world: World, seed: int) -> Floats:
    """Share of the sponsor's vendors in every economy's networks of the recorded year.

    (pool run, country); NaN where there are none.
    """
    from lockin_sim.engine import Engine  # here, so that agents run without it

    domain, sponsor = world.domains.index(DOMAIN), world.sponsors.index(bundled_case().sponsors[0])
    theirs = world.slot_sponsor[domain] == sponsor
    found = []
    with one_blas_thread():
        for first in range(0, POOL, AT_ONCE):
            engine = Engine(
                world,
                load_scenario("baseline"),
                Parameters(),
                seed=seed,
                runs=range(first, first + AT_ONCE),
                years=(world.first_year, YEAR),
                record=frozenset({"coverage"}),
            )
            for _ in engine.years():
                pass
            installed = engine.batch.state.installed[:, domain]
            total = installed.sum(axis=-1)
            held = installed[..., theirs].sum(axis=-1)
            found.append(np.divide(held, total, out=np.full(total.shape, np.nan), where=total > 0))
    return np.concatenate(found)


def _bundled(world: World) -> dict[str, float]:
    """Recorded shares of the world's economies that may be used for fitting."""
    table = records("networks_5g")
    usable = (table["split"] == "fit") & np.isfinite(table["share_4g_2020"])
    rows = zip(table["iso3"][usable].tolist(), table["share_4g_2020"][usable].tolist(), strict=True)
    return {code: share for code, share in rows if code in world.countries}


def _checked(given: Mapping[str, float], world: World) -> dict[str, float]:
    """Shares of economies that there are, from 0 to 1."""
    for code in given:
        if code not in world.countries:
            raise unknown_name("history", found=code, known=world.countries, called=world.called)
    return {
        code: number(f"history {code}", share, allowed="a share from 0 to 1", low=0.0, high=1.0)
        for code, share in given.items()
    }
