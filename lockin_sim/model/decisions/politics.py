"""Members of bodies vote, and countries reconsider their restrictions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import counting, restriction, voting
from lockin_sim.world import Body


class Voter(NamedTuple):
    """What a country is when it votes on the families of standards."""

    installed: Floats  # (..., country, vendor), own base in the domain
    ties: Floats  # (..., country, standard), affinity with the owners less that with their rivals
    democracy: Floats  # (..., country, 1), -1 to 1


def inclination(voter: Voter, owned: Floats, usual: Floats, challenger: Floats, p: Parameters) -> Floats:
    """What countries make of the families of standards, before what moves all at once.

    owned       (..., vendor, standard), 1 for vendors of the family's owners
    usual       (..., 1, standard), the owners' usual share of a base
    challenger  (standard,), 1 or 0
    Returns (..., country, standard).
    """
    incumbent = 1.0 - challenger
    return voting.inclination(
        voting.interest(voter.installed, owned, usual),
        voter.ties,
        voter.democracy,
        challenger,
        tolerance=p.tolerance * challenger + p.tolerance_incumbent * incumbent,
        vested_interest=p.vested_interest,
        vote_affinity=p.vote_affinity * challenger + p.vote_affinity_incumbent * incumbent,
        vote_democracy=p.vote_democracy,
    )


def ballot(inclination: Floats, cycle_shock: Floats, luck: Floats, p: Parameters) -> tuple[Bools, Bools]:
    """Who says yes to each family, and who votes at all.  (..., country, standard) each.

    cycle_shock  (..., 1, standard), standard normal, shared by the members
    luck         (..., country, standard), uniform in (0, 1)
    """
    return voting.ballot(inclination + p.cycle_shock_scale * cycle_shock, luck, p.abstention_band)


def quota_of(body: Body, p: Parameters) -> float | Floats:
    """The body's own quota, or where its table has none the hurdle of contested motions."""
    return p.contested_hurdle if np.isnan(body.quota) else body.quota


def decide(body: Body, yes: Bools, votes: Bools, p: Parameters) -> tuple[Floats, Bools]:
    """Share in favour of each family and whether it passes, by the ballots of a body's members.

    yes, votes  (..., member, standard)
    Returns (..., standard) each.
    """
    weight, firm_weight = body.weight[body.members, None], body.firm_weight[body.members, None]
    quota = quota_of(body, p)
    counted = counting.count(yes, votes, weight, firm_weight)
    share, passed = voting.PROCEDURES[body.procedure](counted, quota, body.blocking)
    return share[..., 0, :], passed[..., 0, :]


class Live(NamedTuple):
    """What a body's live standards are made of: by family, and by whose proposals they were."""

    status: Floats  # (..., standard)
    origin: Floats  # (..., sponsor)


def turn_over(
    relative_contested: Numbers,
    live: Live,
    proposed: Floats,
    families: Floats,
    passed: Bools,
    p: Parameters,
) -> Live:
    """A body's live standards from next year on.

    relative_contested  of the body, a number or (..., 1)
    proposed  (..., sponsor), weight of each sponsor's proposals
    families  (sponsor, standard), which families each proposes
    passed    (..., standard)
    """
    contested = voting.contested_part(p.contested_share, relative_contested)
    tabled = voting.proposals(proposed, families)
    return Live(
        voting.status_mix(live.status, tabled, passed, p.turnover, contested),
        voting.origin_mix(live.origin, proposed, families, passed, p.turnover, contested),
    )


class Stance(NamedTuple):
    """What a country knows when it reconsiders its restrictions, (..., country, sponsor) each."""

    concern: Floats
    votes: Floats  # with the sponsor's rival
    alliance: Numbers  # share of allies that restrict
    dependence: Floats
    pressure: Floats
    salience: Floats
    order: Integers  # 1 must, -1 may not, 0 free


def reconsider(since: Integers, stance: Stance, year: int, shock: Floats, p: Parameters) -> Integers:
    """Year in which the restriction in force began, -1 where there is none (R1, R2)."""
    ready = restriction.readiness(
        stance.concern,
        stance.votes,
        stance.alliance,
        stance.dependence,
        stance.pressure,
        restriction_intercept=p.restriction_intercept,
        restriction_concern=p.restriction_concern,
        restriction_votes=p.restriction_votes,
        restriction_alliance=p.restriction_alliance,
        restriction_dependence=p.restriction_dependence,
    )
    begins = restriction.restriction_probability(ready, stance.salience, p.restriction_rate)
    lifts = restriction.lifting_probability(ready, p.lifting_rate)
    return restriction.next_restriction(since, year, shock, begins, lifts, stance.order)
