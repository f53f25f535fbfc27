"""Votes of the bodies, and restrictions."""

import math
from dataclasses import dataclass

import lockin_sim as ls
from lockin_sim.world import World
from reference.chance import Chance
from reference.state import State, everything_installed
from reference.year import Year, sponsor_of

LEAST_SALES = 0.01
Ballots = dict[int, bool]  # member: whether it is in favour; who abstains is not there


@dataclass
class Decided:
    """What the bodies decided in a year; the dictionaries by body, domain and family."""

    status: list[list[list[float]]]  # b, d, s; from next year on
    origin: list[list[list[float]]]  # b, d, h; likewise
    proposed: list[list[list[float]]]  # b, d, h; weight of each sponsor's proposals
    shares: dict[tuple[int, int, int], float]  # in favour
    passed: dict[tuple[int, int, int], bool]


def votes(world: World, chance: Chance, state: State, year: Year, p: ls.Parameters) -> Decided:
    """All bodies whose cycle ends."""
    domain, country, _ = world.shape
    status = [[[*mix] for mix in of_body] for of_body in state.status]
    sponsors = range(len(world.sponsors))
    proposed = [
        [[_contribution(world, state, year, p, b, d, h) for h in sponsors] for d in range(domain)]
        for b in range(len(world.bodies))
    ]
    origin = [[[*mix] for mix in of_body] for of_body in state.origin]
    found = Decided(status, origin, proposed, {}, {})
    base = everything_installed(world, state)
    for b, body in enumerate(world.bodies):
        since = year.year - body.first_cycle_year
        members = [i for i in range(country) if body.weight[i] > 0 or body.firm_weight[i] > 0]
        if since < 0 or since % body.cycle_years or not members:
            continue
        quota = p.contested_hurdle if math.isnan(body.quota) else body.quota
        contested = min(1.0, p.contested_share * body.relative_contested)  # V14
        for d in (d for d in range(domain) if year.now.mandate[b, d]):
            accepted, kept, passing = [], [], 0.0
            for s in range(len(world.standards)):
                ballots = _ballots(world, chance, state, year, p, base, b, d, s, members)
                found.shares[b, d, s], passes = _decision(body, quota, ballots)
                found.passed[b, d, s] = passes
                weight = _proposals(world, year, proposed[b][d], s)
                kept.append(1.0 if passes else 1.0 - contested)
                accepted.append(weight * kept[-1])
                passing += weight if passes else 0.0
            refused = contested > 0 and passing == 0.0
            if sum(accepted) > 0 and not refused:  # V5
                fresh = [a / sum(accepted) for a in accepted]
                pairs = zip(status[b][d], fresh, strict=True)
                status[b][d] = [(1 - p.turnover) * f + p.turnover * g for f, g in pairs]
                whose = [
                    sum(
                        part * _proposals(world, year, _alone(proposed[b][d], h), s)
                        for s, part in enumerate(kept)
                    )
                    for h in sponsors
                ]
                turned = zip(origin[b][d], whose, strict=True)  # V15
                origin[b][d] = [(1 - p.turnover) * o + p.turnover * w / sum(whose) for o, w in turned]
    return found


def _contribution(world: World, state: State, year: Year, p, b: int, d: int, h: int) -> float:
    """Weight of a sponsor's proposals in a body and domain: as recorded, times what it sells over
    what it usually sells (V12)."""
    effort, usually = year.now.effort[h, b], world.conditions.at(0).effort[h, b]
    further = (effort / usually) ** p.effort_returns if usually > 0 else 0.0
    recorded = usually * further * year.now.contribution[h, b]
    path, usual = world.sales_path[:, d, h], 0.0
    for back in (1, 2, 3):
        step = min(max(year.step - back, 0), len(path) - 1)
        usual += path[step] / 3
    if math.isnan(usual):
        return recorded
    sold = sum(shares[d][h] for shares in state.sold) / 3
    return recorded * (max(sold, LEAST_SALES) / max(usual, LEAST_SALES)) ** p.agenda_elasticity


def _ballots(world, chance, state, year, p, base, b, d, s, members) -> Ballots:
    """How members vote on the proposal of a family in a domain."""
    challenger = bool(world.challenger[s])
    tolerance = p.tolerance if challenger else p.tolerance_incumbent
    weight = p.vote_affinity if challenger else p.vote_affinity_incumbent
    shock = p.cycle_shock_scale * chance.normal("cycle", world.proposal_keys[b, d, s], year=year.year)
    found = {}
    for i in members:
        ties = 0.0
        for h, share in enumerate(world.owners[s]):
            rivals = sum(year.affinity[i][k] for k in range(len(world.sponsors)) if world.rivals[h, k])
            ties += share * (year.affinity[i][h] - rivals)
        democracy = world.democracy[i] * (1 if challenger else -1)
        utility = tolerance + weight * ties - p.vote_democracy * democracy + shock  # V2
        utility += p.vested_interest * _interest(world, base[d, i], d, s)
        luck = chance.uniform("ballot", world.ballot_keys[b, d, i, s], year=year.year, country=i)
        if luck < 1 / (1 + math.exp(-utility)):  # V3
            found[i] = True
        elif luck > 1 - 1 / (1 + math.exp(utility + p.abstention_band)):
            found[i] = False
    return found


def _alone(weights: list[float], h: int) -> list[float]:
    """The proposals of one sponsor, and nobody else's."""
    return [weight if k == h else 0.0 for k, weight in enumerate(weights)]


def _interest(world: World, mine: list[float], d: int, s: int) -> float:
    """What the owners of a family have built in a country beyond the usual (V1)."""
    if not sum(mine) > 0:
        return 0.0
    owned = 0.0
    for v, k in enumerate(mine):
        h = sponsor_of(world, d, v)
        owned += k if h is not None and world.owners[s, h] > 0 else 0.0
    return owned / sum(mine) - world.usual_base[d, s]


def _proposals(world: World, year: Year, weights: list[float], s: int) -> float:
    """Weight of the proposals for a family (V4); for those not there yet they count as the first."""
    total = 0.0
    for h, weight in enumerate(weights):
        share = 0.0
        for f, mix in enumerate(world.proposal_mix[h]):
            there = world.standard_entry[f] <= year.year
            share += mix if (f if there else 0) == s else 0.0
        total += weight * share
    return total


def _decision(body, quota: float, ballots: Ballots) -> tuple[float, bool]:
    """Share in favour and whether the proposal passes, by the procedure of the body (V6 to V11)."""

    def share(weight) -> float:
        cast = sum(weight(i) for i in ballots)
        return sum(weight(i) for i, yes in ballots.items() if yes) / cast if cast > 0 else 0.0

    full, present = (lambda i: body.weight[i]), (lambda i: float(body.weight[i] > 0))
    match body.procedure:
        case "one_country_one_vote":
            return share(present), share(present) > quota
        case "double_two_thirds":
            participating = share(lambda i: float(body.weight[i] >= 1))
            against = 1 - share(present)
            return participating, participating >= quota and against <= body.blocking
        case "weighted_firms":
            return share(full), share(full) >= quota
        case "rough_consensus":
            largest = max((body.weight[i] for i, yes in ballots.items() if not yes), default=0.0)
            room = sum(body.weight[i] for i in ballots)
            small = largest <= body.blocking * room * (1 + 1e-9)
            return share(full), share(full) >= quota and small
        case "chambers":
            both = min(share(present), share(lambda i: body.firm_weight[i]))
            return both, both > quota
        case "invited_forum":
            return share(full), share(full) > quota
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
                hazard = p.restriction_rate * year.salience[h] * _ready(world, state, year, p, base, i, h)
                restricts = luck < 1 - math.exp(-hazard)  # R1
            else:
                hazard = 2 * p.lifting_rate * (1 - _ready(world, state, year, p, base, i, h))
                restricts = luck >= 1 - math.exp(-hazard)  # R6
            order = -1 if world.home[i, h] else now.restriction_order[i, h]
            restricts = (restricts or order > 0) and order >= 0
            row.append((year.year if before is None else before) if restricts else None)
        after.append(row)
    return after


def _ready(world, state, year, p, base, i: int, h: int) -> float:
    """How ready a country is to restrict a sponsor's vendors (R5)."""
    allies = 0.0
    if world.allies.size:
        allies = sum(world.allies[i, j] for j in range(world.shape[1]) if state.since[j][h] is not None)  # R3
    sensitive = [d for d in range(world.shape[0]) if world.sensitive[d]]
    total = sum(sum(base[d, i]) for d in sensitive)
    mine = sum(k for d in sensitive for v, k in enumerate(base[d, i]) if world.slot_sponsor[d, v] == h)
    dependence = mine / total if total > 0 else 0.0  # R4
    ready = (
        p.restriction_intercept
        + p.restriction_concern * world.concern_in(year.year)[i, h]
        + p.restriction_votes * world.rival_votes[i, h]
        + p.restriction_alliance * allies
        - p.restriction_dependence * dependence
        + year.now.pressure[i, h]
    )
    return 1 / (1 + math.exp(-ready))
