"""Who keeps whose vendors out: restrictions that come and go."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.rules.choice import logistic


def readiness(
    concern: Floats,
    votes: Floats,
    alliance: Floats | float,
    dependence: Floats,
    pressure: Floats,
    *,
    restriction_intercept: float | Floats,
    restriction_concern: float | Floats,
    restriction_votes: float | Floats,
    restriction_alliance: float | Floats,
    restriction_dependence: float | Floats,
) -> Floats:
    r"""How ready a country is to restrict a sponsor's vendors, 0 to 1.

    .. math:: B_{ih} = \Lambda(b_0 + b_c C_{ih} + b_u U_{ih} + b_a M_{ih} - b_d D_{ih} + Z_{ih})        (R5)

    concern     (..., sponsor), C, 0 to 1: alliances, disputes and rivalry, distance in votes
    votes       (..., sponsor), U, votes with the sponsor's rival, standard deviations over countries
    alliance    (..., sponsor), M, share of allies that restrict
    dependence  (..., sponsor), D, the sponsor's share of the sensitive base
    pressure    (..., sponsor), Z, pressure by levers, logit
    """
    return logistic(
        restriction_intercept
        + restriction_concern * concern
        + restriction_votes * votes
        + restriction_alliance * alliance
        - restriction_dependence * dependence
        + pressure
    )


def restriction_probability(ready: Floats, salience: Floats, restriction_rate: float | Floats) -> Floats:
    r"""Probability that a country begins to restrict a sponsor's vendors this year.

    .. math:: P = 1 - \exp(-r\,S_h\,B_{ih})        (R1)

    ready             (..., sponsor), B of (R5)
    salience          (..., sponsor), S of (U13), how much vendor security is on the agenda
    restriction_rate  r, per year
    """
    return -np.expm1(-restriction_rate * salience * ready)


def lifting_probability(ready: Floats, lifting_rate: float | Floats) -> Floats:
    r"""Probability that a country lifts a restriction in force this year.

    .. math:: P_- = 1 - \exp\big(-2\,r_-\,(1 - B_{ih})\big)        (R6)

    Who would restrict again at once hardly lifts; at a readiness of one half the hazard is the rate.

    ready         (..., sponsor), B of (R5)
    lifting_rate  r, per year
    """
    return -np.expm1(-2.0 * lifting_rate * (1.0 - ready))


def next_restriction(
    since: Integers, year: int, shock: Floats, begins: Floats, lifts: Floats, order: Integers
) -> Integers:
    r"""Year in which the restriction in force began, -1 where there is none.

    .. math:: \text{none} \to \text{in force with } P\ (R1);\quad
              \text{in force} \to \text{lifted with } P_-\ (R6)        (R2)

    since   (..., sponsor), as it stood
    year    this year
    shock   (..., sponsor), uniform in (0, 1)
    begins  (..., sponsor), P of (R1)
    lifts   (..., sponsor), P of (R6)
    order   (..., sponsor), 1 must restrict, -1 may not, 0 decides for itself
    """
    in_force = since >= 0
    stays = np.where(in_force, shock >= lifts, shock < begins)
    restricts = (stays | (order > 0)) & (order >= 0)
    return np.where(restricts, np.where(in_force, since, year), -1)


def ally_pressure(restricted: Bools, allies: Floats) -> Floats:
    r"""Share of a country's allies that restrict each sponsor's vendors.

    .. math:: M_{ih} = \sum_j \alpha_{ij}\,1[j\ restricts\ h]        (R3)

    restricted  (..., country, sponsor), bool
    allies      (country or member, country), rows sum to 1, or to 0 without allies
    """
    result: Floats = allies @ restricted.astype(float)
    return result


def sensitive_dependence(by_sponsor: Floats, deployed: Floats) -> Floats:
    r"""Share of a country's sensitive base that each sponsor's vendors run.

    .. math:: D_{ih} = \frac{\sum_{d \in S} k_{dh}}{\sum_{d \in S} \sum_v k_{dv}}        (R4)

    by_sponsor  (..., domain, country, sponsor), base that each sponsor's vendors built, in the domains S in
                which restrictions bite
    deployed    (..., domain, country), base of all vendors there
    Returns (..., country, sponsor); zeros without a sensitive base.
    """
    base = np.sum(by_sponsor, axis=-3)
    total = np.sum(deployed, axis=-2)[..., None]
    return base / np.where(total > 0, total, 1.0)
