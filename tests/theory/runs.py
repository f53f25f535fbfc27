"""The package's own engines in a limiting configuration: toy worlds, neutral parameters, no scenario.

Independent copies of a small world are its domains and runs: a domain of a toy world sees no other.
"""

import dataclasses

import numpy as np
from theory import exact
from theory.regions import Region, Z

import lockin_sim as ls
from lockin_sim.world import Body


def simulated(n, vendors, steps, seed, *, copies=1, runs=1, engine="core", record=(), world=None, **weights):
    """A toy world of n countries, ``copies`` domains and ``runs`` runs; weights switch mechanisms on."""
    toy = ls.toy_world(n, vendors, copies, **(world or {}))
    return played(toy, steps, seed, runs=runs, engine=engine, record=record, **weights)


def played(world, steps, seed, *, runs=1, engine="core", record=(), **weights):
    """A world without a scenario, all mechanisms off but those whose weights are given."""
    return ls.simulate(
        ls.Scenario.none(),
        world=world,
        parameters=ls.Parameters.neutral(quality_weight=1.0, **weights),
        runs=runs,
        seed=seed,
        years=(0, steps),
        engine=engine,
        record=record,
    )


def market(seed, n, k, steps, g, s, start, **options):
    """One market of n customers with a network effect and a switching cost, from given shares."""
    first = np.searchsorted(np.cumsum(start)[:-1], (np.arange(n) + 0.5) / n)
    world = {"installed": on(first, n, k)} | options.pop("world", {})
    return simulated(n, k, steps, seed, world=world, network_weight=g, switching_cost=s, **options)


def settled(case, what, path, n, k, g, s, fixed):
    """The mean share of vendor 1 over the years lies where a martingale around the fixed point may drift to.

    Small deviations decay by a factor a year; chance adds the variance of n independent choices.  The region
    is the normal one for the mean of all choices, over 1 - factor, with the next order in 1 / n added.
    Returns its half-width.
    """
    chain = exact.switching_chain(g * fixed, s)
    variance = float(fixed @ (chain[:, 0] * (1 - chain[:, 0])))
    factor, curved = exact.slope_and_curvature(fixed, g, s)
    bias = abs(curved) * variance / (n * (1 - factor**2)) + 2 * abs(g) / n
    half = Z * np.sqrt(variance / (n * len(path))) / (1 - factor) + bias / (1 - factor)
    region = Region(fixed[0] - half, fixed[0] + half, "martingale, known variance")
    case.check(what, fixed[0], path[:, 0].mean(), region, n * len(path), k=k, g=g, s=s)
    return half


def shares(ds):
    """Share of each vendor by year in the first run and copy.  (year, vendor)."""
    return ds.vendor_share.values[0, :, 0]


def start_with(leader, k):
    """Shares of a leader and of others who are alike."""
    return np.array([leader] + [(1 - leader) / (k - 1)] * (k - 1))


def on(vendor, n, vendors, copies=1):
    """Initial shares with everybody on one vendor, or country i on ``vendor[i]``."""
    return np.broadcast_to(
        np.eye(vendors)[np.broadcast_to(vendor, (n,))][:, None], (n, copies, vendors)
    ).copy()


def chosen(ds):
    """Vendor that each country runs.  (run, year, country, domain)."""
    return ds.installed.values.argmax(axis=-1)


def one_a_step(rng, steps, n, copies=1, runs=1):
    """A calendar in which one country, drawn at random, buys in each step of each copy."""
    drawn = rng.integers(0, n, (runs, steps, 1, copies))
    return drawn == np.arange(n)[:, None]


def in_turn(steps, n, copies=1):
    """A calendar in which country i buys in step i alone: every country chooses once."""
    return np.repeat(np.eye(steps, n, dtype=bool)[:, :, None], copies, axis=2)


def arthur(seed, likes, returns, *, lead=0, push=None, engine="core"):
    """Lead of A over B after each adopter of a market in which everybody chooses once, in turn.

    likes    (run, adopter, copy), what each likes A better by; of the first ``abs(lead)`` nobody asks
    returns  what an earlier adopter adds to its technology
    lead     adopters that A is ahead before
    push     (year,), what A is better by for everybody
    Returns (run, adopter, copy).
    """
    runs, n, copies = likes.shape
    before, steps = abs(lead), n - abs(lead)
    calendar, installed = np.zeros((steps, n, copies), dtype=bool), np.zeros((n, copies, 2))
    calendar[:, before:] = in_turn(steps, steps, copies)
    installed[:before, :, 0 if lead >= 0 else 1] = 1.0
    taste = np.stack([likes, 0 * likes], axis=-1)
    world = ls.toy_world(n, 2, copies, calendar=calendar, installed=installed, taste=taste)
    if push is not None:
        quality = np.stack([push, 0 * push], axis=-1)[:, None]
        world = with_path(world, np.broadcast_to(quality, (steps + 1, copies, 2)))
    weights = {"network_weight": returns * (n - 1), "noise_scale": 0.0}
    share = played(world, steps, seed, runs=runs, engine=engine, **weights).vendor_share.values[:, 1:, :, 0]
    adopted = before + np.arange(1, steps + 1)[:, None]
    return 2 * np.rint(share * adopted) - adopted


def with_path(world, quality=None, **paths):
    """The same toy world with conditions that change by year: the first axis of each path is the year."""
    if quality is not None:
        paths["quality_path"] = quality
    years = len(next(iter(paths.values())))
    now = world.conditions
    held = {f.name: getattr(now, f.name) for f in dataclasses.fields(now)}
    arrays = {name: np.broadcast_to(a, (years, *a.shape[1:])) for name, a in held.items()}
    arrays |= {"years": np.arange(years), **paths}
    return dataclasses.replace(world, conditions=dataclasses.replace(now, **arrays))


def with_now(world, **now):
    """The same toy world with other conditions, alike in all years; arrays come without the year axis."""
    arrays = {name: np.asarray(value)[None] for name, value in now.items()}
    return dataclasses.replace(world, conditions=dataclasses.replace(world.conditions, **arrays))


#: Sponsor axes of a world and of its conditions, counted from the end.
_SPONSOR = {
    "home": 1, "concern": 1, "rival_votes": 1, "salience_until": 1, "owners": 1, "proposal_mix": 2,
    "sales_path": 1,
}  # fmt: skip
_SPONSOR_NOW = {
    "affinity": 1, "effort": 2, "contribution": 2, "standard_push": 1, "salience": 1, "pressure": 1,
    "restriction_order": 1, "phase_out_years": 1, "barrier": 1,
}  # fmt: skip


def sponsored(world, sponsor, sponsors=1):
    """The same toy world with some silent sponsors, and vendors of theirs; ``sponsors`` stands for none."""

    def wide(holder, axes):
        return {name: np.repeat(getattr(holder, name), sponsors, axis=-axis) for name, axis in axes.items()}

    now = dataclasses.replace(
        world.conditions,
        **wide(world.conditions, _SPONSOR_NOW),
        compliance_cost=np.zeros((1, len(world.countries), sponsors + 1)),
        compatibility=np.ones((1, sponsors, sponsors)),
    )
    return dataclasses.replace(
        world,
        **wide(world, _SPONSOR),
        sponsors=tuple("ABCDEFGH"[:sponsors]),
        slot_sponsor=np.tile(sponsor, (len(world.domains), 1)),
        family=np.full(sponsors + 1, -1),
        rivals=np.zeros((sponsors, sponsors)),
        rule_distance=np.zeros((sponsors + 1, sponsors)),
        conditions=now,
    )


def with_body(n, domains, procedure, quota, weight, blocking=1.0):
    """A toy world of two standards with one body that votes on both every year, in every domain."""
    return bodies_on(ls.toy_world(n, 2, domains), procedure, quota, weight, blocking)


def bodies_on(toy, procedure, quota, weight, blocking=1.0, **given):
    """Such a body in a toy world of two standards; sponsors propose one each.

    given  further fields of the body
    """
    domains, sponsors = len(toy.domains), len(toy.sponsors)
    body = Body(
        label="body",
        procedure=procedure,
        weight=weight,
        firm_weight=weight,
        quota=quota,
        blocking=blocking,
        cycle_years=1,
        first_cycle_year=1,
        initial_status=np.array([0.5, 0.5]),
        **given,
    )
    now = dataclasses.replace(
        toy.conditions,
        effort=np.ones((1, sponsors, 1)),
        contribution=np.ones((1, sponsors, 1)),
        mandate=np.ones((1, 1, domains), dtype=bool),
    )
    return dataclasses.replace(toy, bodies=(body,), conditions=now, proposal_mix=np.eye(sponsors, 2))
