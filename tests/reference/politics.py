"""Votes of the bodies, and restrictions."""

from __future__ import annotations

import math

import lockin_sim as ls
from lockin_sim.world import World
from reference.chance import Chance
from reference.state import State, everything_installed, shares
from reference.year import Year

LEAST_BASE = 0.05
Ballots = dict[int, bool]  # member: whether it is in favour; who abstains is not there


def votes(
    world: World, chance: Chance, state: State, year: Year, p: ls.Parameters
) -> tuple[list[list[list[float]]], dict[tuple[int, int, int], float]]:
    """Status from next year on, and shares in favour by body, domain and family."""
    status = [[[*mix] for mix in of_body] for of_body in state.status]
    shown: dict[tuple[int, int, int], float] = {}
    base = everything_installed(world, state)
    for b, body in enumerate(world.bodies):
        since = year.year - body.first_cycle_year
        members = [i for i in range(world.shape[1]) if body.weight[i] > 0 or body.firm_weight[i] > 0]
        if since < 0 or since % body.cycle_years or not members:
            continue
        for d in (d for d in range(world.shape[0]) if year.now.mandate[b, d]):
            accepted = []
            for s in range(len(world.standards)):
                ballots = _ballots(world, chance, state, year, p, base, b, d, s, members)
                shown[b, d, s], passes = _decision(body, ballots)
                accepted.append(_proposals(world, year, b, s) if passes else 0.0)
            if sum(accepted) > 0:  # V5
                fresh = [a / sum(accepted) for a in accepted]
                pairs = zip(status[b][d], fresh, strict=True)
                status[b][d] = [(1 - p.turnover) * f + p.turnover * g for f, g in pairs]
    return status, shown


def _ballots(world, chance, state, year, p, base, b, d, s, members) -> Ballots:
    """How members vote on the proposal of a family in a domain."""
    owners = world.owners[s]
    shock = p.cycle_shock_scale * chance.normal("cycle", world.proposal_keys[b, d, s], year=year.year)
    found = {}
    for i in members:
        mine = base[d, i]
        if not sum(mine) > LEAST_BASE:
            continue
        by_family = [
            sum(k * state.compliance[d][v][f] for v, k in enumerate(mine))
            for f in range(len(world.standards))
        ]
        sigma = shares(by_family)  # V1
        leaning = sigma[s] - sum(sigma) / len(sigma)  # V2
        affinity = sum(year.affinity[i][h] * share for h, share in enumerate(owners))
        debt = sum(100 * state.debt[i][h] / year.now.gdp[i] * share for h, share in enumerate(owners))
        utility = p.tolerance + p.vested_interest * leaning + p.vote_affinity * affinity
        utility += p.vote_debt * debt + shock
        support = 1 / (1 + math.exp(-utility / p.vote_noise))  # V3
        key = world.ballot_keys[b, d, i, s]
        found[i] = chance.uniform("ballot", key, year=year.year, country=i) < support
    return found


def _proposals(world: World, year: Year, b: int, s: int) -> float:
    """Weight of the proposals for a family (V4); for those not there yet they count as the first."""
    total = 0.0
    for h in range(len(world.sponsors)):
        share = 0.0
        for f, mix in enumerate(world.proposal_mix[h]):
            there = world.standard_entry[f] <= year.year
            share += mix if (f if there else 0) == s else 0.0
        total += year.now.effort[h, b] * year.now.contribution[h, b] * share
    return total


def _decision(body, ballots: Ballots) -> tuple[float, bool]:
    """Share in favour and whether the proposal passes, by the procedure of the body (V6 to V11)."""

    def share(weight) -> float:
        cast = sum(weight(i) for i in ballots)
        return sum(weight(i) for i, yes in ballots.items() if yes) / cast if cast > 0 else 0.0

    full, present = (lambda i: body.weight[i]), (lambda i: float(body.weight[i] > 0))
    match body.procedure:
        case "one_country_one_vote":
            return share(present), share(present) > body.quota
        case "double_two_thirds":
            participating = share(lambda i: float(body.weight[i] >= 1))
            against = 1 - share(present)
            return participating, participating >= body.quota and against <= body.blocking
        case "weighted_firms":
            return share(full), share(full) >= body.quota
        case "rough_consensus":
            largest = max((body.weight[i] for i, yes in ballots.items() if not yes), default=0.0)
            room = sum(body.weight[i] for i in ballots)
            small = largest <= body.blocking * room * (1 + 1e-9)
            return share(full), share(full) >= body.quota and small
        case "chambers":
            both = min(share(present), share(lambda i: body.firm_weight[i]))
            return both, both > body.quota
        case "invited_forum":
            return share(full), share(full) > body.quota
    raise ValueError(body.procedure)


def restrictions(
    world: World, chance: Chance, state: State, year: Year, p: ls.Parameters
) -> list[list[int | None]]:
    """Year in which each restriction in force began."""
    base, now = everything_installed(world, state), year.now
    after: list[list[int | None]] = []
    for i in range(world.shape[1]):
        row: list[int | None] = []
        for h in range(len(world.sponsors)):
            before = state.since[i][h]
            luck = chance.uniform("restriction", world.restriction_keys[i, h], year=year.year, country=i)
            if before is None:
                restricts = luck < _begins(world, state, year, p, base, i, h)
            else:
                restricts = luck >= 1 - math.exp(-p.lifting_rate)  # R2
            order = -1 if world.home[i, h] else now.restriction_order[i, h]
            restricts = (restricts or order > 0) and order >= 0
            row.append((year.year if before is None else before) if restricts else None)
        after.append(row)
    return after


def _begins(world, state, year, p, base, i: int, h: int) -> float:
    """Chance that a country begins to restrict a sponsor's vendors (R1)."""
    allies = 0.0
    if world.allies.size:
        allies = sum(world.allies[i, j] for j in range(world.shape[1]) if state.since[j][h] is not None)  # R3
    sensitive = [d for d in range(world.shape[0]) if world.sensitive[d]]
    total = sum(sum(base[d, i]) for d in sensitive)
    mine = sum(k for d in sensitive for v, k in enumerate(base[d, i]) if world.slot_sponsor[d, v] == h)
    dependence = mine / total if total > 0 else 0.0  # R4
    ready = (
        p.restriction_intercept
        + p.restriction_concern * world.concern[i, h]
        + p.restriction_votes * world.rival_votes[i, h]
        + p.restriction_alliance * allies
        - p.restriction_dependence * dependence
        + year.now.pressure[i, h]
    )
    return 1 - math.exp(-p.restriction_rate * year.salience[h] / (1 + math.exp(-ready)))
