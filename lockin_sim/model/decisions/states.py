"""Decisions of states and standards bodies, and the standards that vendors build to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.rules import counting, diffusion, pricing, regulation, restriction, voting
from lockin_sim.rules.reduce import total
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Body


def compute_inclination(
    installed: Floats,
    ties: Floats,
    democracy: Floats,
    owned: Floats,
    usual: Floats,
    challenger: Floats,
    p: Parameters,
) -> Floats:
    """Compute each country's inclination to the families of standards, before common shocks.

    installed   (..., country, vendor), own base in the domain
    ties        (..., country, standard), affinity with the owners less that with their rivals
    democracy   (..., country, 1), -1 to 1
    owned       (..., vendor, standard), 1 for vendors of the family's owners
    usual       (..., 1, standard), the owners' usual share of a base
    challenger  (standard,), 1 or 0
    Returns (..., country, standard).
    """
    incumbent = 1.0 - challenger
    return voting.inclination(
        voting.interest(installed, owned, usual),
        ties,
        democracy,
        challenger,
        tolerance=p.tolerance * challenger + p.tolerance_incumbent * incumbent,
        vested_interest=p.vested_interest,
        vote_affinity=p.vote_affinity * challenger + p.vote_affinity_incumbent * incumbent,
        vote_democracy=p.vote_democracy,
    )


def cast_ballots(
    inclination: Floats, cycle_shock: Floats, luck: Floats, p: Parameters
) -> tuple[Bools, Bools]:
    """Determine which countries approve each family, and which vote at all.  (..., country, standard) each.

    cycle_shock  (..., 1, standard), standard normal, shared by the members
    luck         (..., country, standard), uniform in (0, 1)
    """
    return voting.ballot(inclination + p.cycle_shock_scale * cycle_shock, luck, p.abstention_band)


def resolve_quota(quota: float, p: Parameters) -> float | Floats:
    """Return a body's own quota, or the hurdle of contested motions if its table has none."""
    return p.contested_hurdle if np.isnan(quota) else quota


def decide_ballots(body: Body, yes: Bools, votes: Bools, p: Parameters) -> tuple[Floats, Bools]:
    """Compute the share in favour of each family and whether it passes, from the ballots of a body's members.

    yes, votes  (..., member, standard)
    Returns (..., standard) each.
    """
    weight, firm_weight = body.weight[body.members, None], body.firm_weight[body.members, None]
    quota = resolve_quota(body.quota, p)
    counted = counting.count(yes, votes, weight, firm_weight)
    share, passed = voting.PROCEDURES[body.procedure](counted, quota, body.blocking)
    return share[..., 0, :], passed[..., 0, :]


def update_live_standards(
    relative_contested: Numbers,
    status: Floats,
    origin: Floats,
    proposed: Floats,
    families: Floats,
    passed: Bools,
    p: Parameters,
) -> tuple[Floats, Floats]:
    """Compute the composition of a body's live standards from next year on: status and origin.

    relative_contested  of the body, a number or (..., 1)
    status    (..., standard), by family;  origin (..., sponsor), by the sponsor that proposed the standards
    proposed  (..., sponsor), weight of each sponsor's proposals
    families  (sponsor, standard), which families each proposes
    passed    (..., standard)
    """
    contested = voting.contested_part(p.contested_share, relative_contested)
    tabled = voting.proposals(proposed, families)
    return (
        voting.status_mix(status, tabled, passed, p.turnover, contested),
        voting.origin_mix(origin, proposed, families, passed, p.turnover, contested),
    )


class RestrictionFactors(NamedTuple):
    """Inputs to a country's decision on restrictions, (..., country, sponsor) each."""

    concern: Floats
    votes: Floats  # with the sponsor's rival
    alliance: Numbers  # share of allies that restrict
    dependence: Floats
    pressure: Floats
    salience: Floats
    order: Integers  # 1 must, -1 may not, 0 free


def update_restrictions(
    since: Integers, stance: RestrictionFactors, year: int, shock: Floats, p: Parameters
) -> Integers:
    """Update the year in which each restriction in force began, -1 where there is none (R1, R2).

    since  (..., country, sponsor), that year before the decision, or -1
    """
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


class RegulationFactors(NamedTuple):
    """Inputs to a state's decision on the family to prescribe, (..., country, standard) each."""

    equipment: Floats  # share of the own base that is built to it
    neighbours: Floats  # share of its neighbours that prescribe it
    loans: Floats  # owed to its owners, USD bn
    treaty: Floats  # how far a treaty binds the state to it
    decided: Bools  # (..., country), whether it is decided already, by facts or by policy


def update_prescriptions(
    before: Integers, knows: RegulationFactors, may: Bools, shock: Floats, p: Parameters
) -> Integers:
    """Update the family that each state prescribes, -1 for none (R7 to R9).  (..., country).

    before  (..., country);  may (..., country, standard), families that it may prescribe
    shock   (..., country), uniform in (0, 1)
    p       shaped to meet (..., country, standard)
    """
    pulled = regulation.pull(
        knows.equipment,
        knows.neighbours,
        knows.loans,
        knows.treaty,
        regulation_equipment=p.regulation_equipment,
        regulation_neighbours=p.regulation_neighbours,
        regulation_loans=p.regulation_loans,
        regulation_treaty=p.regulation_treaty,
    )
    chances = regulation.prescribing(pulled, may & ~knows.decided[..., None], p.regulation_rate)
    own = np.take_along_axis(knows.equipment, np.maximum(before, 0)[..., None], axis=-1)
    withdraws = regulation.withdrawing(own, p.withdrawal_threshold, p.withdrawal_rate)[..., 0]
    return regulation.next_prescribed(before, chances, withdraws, shock)


def encode_prescriptions(prescribed: Integers, standards: int) -> Bools:
    """Convert prescribed families into flags: (...), -1 for none, to (..., standard)."""
    result: Bools = prescribed[..., None] == np.arange(standards)
    return result


def is_exclusive(p: Parameters) -> Bools:
    """Whether families exclude one another, so that vendors support one instead of another."""
    return np.asarray(p.exclusive_compliance) >= 0.5


def compute_interoperability(compliance: Floats, openness: Floats, p: Parameters) -> Floats:
    """Compute the interoperability of each vendor's base with each offer (D1, D11, D12).

    Returns (..., vendor, vendor).
    """
    common = _select_by_structure(
        p, lambda: diffusion.common_part(compliance), lambda: diffusion.common_family(compliance)
    )
    return diffusion.interoperability(common, openness)


def compute_standards_cost(compliance: Floats, owned: Floats, p: Parameters) -> Floats:
    """Compute the cost of supporting standards, as a share of price (P8).  (..., vendor).

    Only royalties count where vendors support one family instead of another.

    compliance  (..., vendor, standard); owned (vendor, standard), 1 for families of the vendor's sponsor
    p           shaped to meet (..., vendor)
    """
    dual_cost = np.where(is_exclusive(p), 0.0, p.dual_cost)
    return pricing.standards_cost(compliance, 1.0 - owned, dual_cost=dual_cost, royalty_rate=p.royalty_rate)


def select_effective_demands(demanded: Bools, p: Parameters) -> Bools:
    """Return the families that markets demand; none where vendors support one family instead of another.

    demanded  (..., standard); p shaped to meet it
    """
    return demanded & ~is_exclusive(p)


def compute_demanding_share(
    installed: Floats, market_size: Floats, demanded: Bools, traded: Bools, capacity: Floats
) -> Floats:
    """Compute the share of the world's base in markets that demand each family (D15).

    0 where adopters take systems and rules side by side.

    installed    (..., domain, country, vendor), shares of capacity
    market_size  (domain, country), USD bn
    demanded     (country, standard), or (..., domain, country, standard)
    traded       (domain,), whether offers are sold there
    capacity     (..., domain, vendor), of the world, USD bn
    Returns (..., domain, 1, standard).
    """
    some = find_demanding_markets(demanded.reshape(-1, *demanded.shape[-2:]).any(axis=0))
    bases = installed.take(some, axis=-2)  # laid out in the same way however many runs there are
    here = total(bases)[..., 0] * market_size[:, some]
    share = diffusion.demanding_share(here, demanded[..., some, :], total(capacity))
    return (share * traded[:, None])[..., None, :]


def find_demanding_markets(demanded: Bools) -> Integers:
    """Find the markets that demand any family.  demanded (country, standard) to (some,)."""
    return np.flatnonzero(demanded.any(axis=1))


class ComplianceFactors(NamedTuple):
    """Determinants of vendors' compliance with families of standards."""

    preference: Floats  # (..., vendor, standard), for the family of the own sponsor
    status: Floats  # (..., 1, standard), mean over bodies, of families that are there
    demanded: Floats  # (..., 1, standard), share of the world's base in markets that demand it
    world_share: Floats  # (..., 1, standard), share of the world's base that complies
    initial: Floats  # (..., vendor, standard), compliance in the first year


def compute_next_compliance(compliance: Floats, why: ComplianceFactors, p: Parameters) -> Floats:
    """Compute next year's compliance, with exclusive or parallel families in each run.

    Returns (..., vendor, standard).
    """
    return _select_by_structure(
        p,
        lambda: compute_exclusive_compliance(compliance, why, p),
        lambda: compute_parallel_compliance(compliance, why, p),
    )


def compute_parallel_compliance(compliance: Floats, why: ComplianceFactors, p: Parameters) -> Floats:
    """Compute next year's compliance (D13, D14) for parallel families, independent of one another."""
    target = diffusion.compliance_target(
        why.preference,
        why.demanded,
        why.status,
        why.initial,
        travel=p.compliance_travel,
        pull=p.compliance_pull,
    )
    return diffusion.next_compliance(compliance, target, p.compliance_rate)


def compute_exclusive_compliance(compliance: Floats, why: ComplianceFactors, p: Parameters) -> Floats:
    """Compute next year's compliance (D5) for exclusive families, as shares of one whole."""
    return diffusion.next_mix(compliance, why.preference, why.status, why.world_share, p.compliance_rate)


def _select_by_structure(p: Parameters, mix: Callable[[], Floats], several: Callable[[], Floats]) -> Floats:
    """Select exclusive or parallel families by run; only the form needed is computed if all runs agree."""
    exclusively = is_exclusive(p)
    if exclusively.all():
        return mix()
    if not exclusively.any():
        return several()
    return np.where(exclusively, mix(), several())
