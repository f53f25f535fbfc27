"""Members of bodies vote, and countries reconsider their restrictions."""

from __future__ import annotations

from typing import NamedTuple

from lockin_sim.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import restriction, voting
from lockin_sim.rules.reduce import total


class Voter(NamedTuple):
    """What a country brings to the votes of a year, in all bodies."""

    inclination: Floats  # (..., country, standard), vote utility
    present: Bools  # (..., country, 1), whether it votes at all


def voter(
    installed: Floats, compliance: Floats, owner_affinity: Floats, owner_debt: Floats, p: Parameters
) -> Voter:
    """What countries make of the families of standards.

    installed       (..., country, vendor), own base in the domain
    compliance      (..., vendor, standard)
    owner_affinity, owner_debt  (..., country, standard)
    """
    own = voting.base_by_standard(installed, compliance)
    inclination = voting.inclination(
        voting.leaning(own),
        owner_affinity,
        owner_debt,
        tolerance=p.tolerance,
        vested_interest=p.vested_interest,
        vote_affinity=p.vote_affinity,
        vote_debt=p.vote_debt,
    )
    return Voter(inclination, total(installed) > voting.LEAST_BASE)


def ballot(voter: Voter, cycle_shock: Floats, shock: Floats, p: Parameters) -> Bools:
    """Who says yes to each family.  (..., country, standard).

    cycle_shock  (..., 1, standard), shared; shock (..., country, standard), uniform in (0, 1)
    """
    return (shock < voting.support(voter.inclination, cycle_shock, p.vote_noise)) & voter.present


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
    begins = restriction.restriction_probability(
        stance.concern,
        stance.votes,
        stance.alliance,
        stance.dependence,
        stance.pressure,
        stance.salience,
        restriction_rate=p.restriction_rate,
        restriction_intercept=p.restriction_intercept,
        restriction_concern=p.restriction_concern,
        restriction_votes=p.restriction_votes,
        restriction_alliance=p.restriction_alliance,
        restriction_dependence=p.restriction_dependence,
    )
    return restriction.next_restriction(since, year, shock, begins, p.lifting_rate, stance.order)
