"""How standards bodies decide: support of members, procedures, and the mix of live standards.

A procedure takes the ballots of one body and returns the share in favour and whether each proposal
passes.  All have the same signature, so that a body's row in the data names one of them.  To add one, write
one function here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lockin_sim.conventions import TIE_TOLERANCE, Bools, Floats
from lockin_sim.rules.choice import logistic
from lockin_sim.rules.reduce import total

#: A member whose base in a domain is below this share of its capacity abstains (assumed).
LEAST_BASE = 0.05

#: A ballot reduces over countries: (yes, votes, weight, firm_weight, quota, blocking) -> (share, passed).
type Procedure = Callable[..., tuple[Floats, Bools]]

#: Procedures by the name that a body's row in the data carries.
PROCEDURES: dict[str, Procedure] = {}


def _procedure(function: Procedure) -> Procedure:
    """Register a function as the procedure of its name."""
    PROCEDURES[function.__name__] = function
    return function


def base_by_standard(installed: Floats, compliance: Floats) -> Floats:
    r"""Share of a country's own base that complies with each standard family.

    .. math:: \sigma_s = \sum_v k_v a_{vs} \,/ \sum_v k_v        (V1)

    installed   (..., country, vendor)
    compliance  (..., vendor, standard)
    Returns (..., country, standard); zeros where nothing is installed.
    """
    complying = installed @ compliance
    base = total(complying)
    return complying / np.where(base > 0, base, 1.0)


def leaning(own_base: Floats) -> Floats:
    r"""How much more of the own base complies with a family than with the average one.

    .. math:: \sigma_s - \bar\sigma        (V2)

    own_base  (..., standard), sigma
    """
    return own_base - total(own_base) / own_base.shape[-1]


def inclination(
    leaning: Floats,
    owner_affinity: Floats,
    owner_debt: Floats,
    *,
    tolerance: float | Floats,
    vested_interest: float | Floats,
    vote_affinity: float | Floats,
    vote_debt: float | Floats,
) -> Floats:
    r"""What a member makes of the proposals for each family, before what moves all members at once.

    .. math:: \theta_0 + \theta_v(\sigma_{is} - \bar\sigma_i) + \theta_a A_{is} + \theta_d D_{is}        (V12)

    leaning         (..., country, standard), sigma_s less its mean, of (V2)
    owner_affinity  (..., country, standard), affinity with the family's owners, -1 to 1
    owner_debt      (..., country, standard), debt owed to its owners, per cent of GDP
    The rest are weights in vote utility.
    Source: this model; vested interest is the report's first-mover mechanism.
    """
    ties = tolerance + vote_affinity * owner_affinity + vote_debt * owner_debt
    return vested_interest * leaning + ties


def support(inclination: Floats, cycle_shock: Floats, vote_noise: float | Floats) -> Floats:
    r"""Probability that a member supports each proposal.

    .. math:: P_{is} = \Lambda\big((U_{is} + \xi_s) / \nu\big)        (V3)

    inclination  (..., country, standard), U of (V12)
    cycle_shock  (..., 1, standard), shared by all members
    vote_noise   scale of the logistic, above 0
    """
    return logistic((inclination + cycle_shock) / vote_noise)


def proposals(effort: Floats, contribution: Floats, family: Floats) -> Floats:
    r"""Weight of the proposals for each family on the table of a body.

    .. math:: g_s = \sum_h e_h c_h f_{hs}        (V4)

    effort        (..., sponsor), 1 = usual
    contribution  (..., sponsor), share of the body's contributions
    family        (..., sponsor, standard), shares of the sponsor's proposals by family
    """
    return np.sum((effort * contribution)[..., None] * family, axis=-2)


def status_mix(status: Floats, proposed: Floats, passed: Bools, turnover: float | Floats) -> Floats:
    r"""Origin mix of a body's live standards after a cycle.

    .. math:: F' = (1 - \eta) F + \eta\,g,\quad g_s \propto \text{proposals}_s\,1[s\ passes]        (V5)

    status    (..., standard), F, sums to 1
    proposed  (..., standard), weight of the proposals
    passed    (..., standard), bool; nothing passes: F stays
    turnover  eta, share of the live standards that one cycle replaces
    """
    accepted = proposed * passed
    weight = total(accepted)
    fresh = accepted / np.where(weight > 0, weight, 1.0)
    return np.where(weight > 0, (1.0 - turnover) * status + turnover * fresh, status)


def seen_weight(sees: Bools, bindingness: Floats) -> Floats:
    r"""Weight of each body in the official status that somebody sees.

    .. math:: w_b = \beta_b\,1[b\ sees] \,/ \sum_{b'} \beta_{b'}\,1[b'\ sees]        (V13)

    sees         (..., body), bool: bodies that standardise what is looked at, and of which one knows
    bindingness  (..., body), beta, 0 to 1: a standard of 3GPP is what networks are built to, that of a
                 forum by invitation is a declaration
    Returns (..., body); zeros where nothing that is seen binds.
    Source: this model; equal weights are the plain mean over bodies.
    """
    weight = bindingness * sees
    whole = total(weight)
    return weight / np.where(whole > 0, whole, 1.0)


def _tally(ballots: Bools, weight: Floats | Bools) -> Floats:
    """Weighted number of ballots.  (..., country, standard) -> (..., 1, standard)."""
    return weight.T.astype(np.float64) @ ballots.astype(np.float64)


def _share(yes: Bools, votes: Bools, weight: Floats | Bools) -> Floats:
    """Weighted share of the votes cast that are in favour; 0 if nobody votes.  (..., 1, standard)."""
    cast = _tally(votes, weight)
    return _tally(yes, weight) / np.where(cast > 0, cast, 1.0)


@_procedure
def one_country_one_vote(
    yes: Bools, votes: Bools, weight: Floats, firm_weight: Floats, quota: float, blocking: float
) -> tuple[Floats, Bools]:
    """More than ``quota`` of the members that vote say yes (ITU).  (V6)

    yes                  (..., country, standard), bool; who does not vote says nothing
    votes                (..., country, standard or 1), bool
    weight, firm_weight  (country, 1): votes of the member under the body's own rule (in 3GPP those of its
                         firms), and of its private chamber where there is one; 0 for non-members
    quota, blocking      thresholds of the body, 0 to 1; what a procedure does not need it ignores
    Returns the share in favour and whether it passes, both (..., 1, standard).
    """
    share = _share(yes, votes, weight > 0)
    return share, share > quota


@_procedure
def double_two_thirds(
    yes: Bools, votes: Bools, weight: Floats, firm_weight: Floats, quota: float, blocking: float
) -> tuple[Floats, Bools]:
    """At least ``quota`` of participating members (weight 1) say yes, and at most ``blocking`` of all
    votes cast, observers' (weight below 1) included, are against (ISO/IEC).  (V7)

    Arguments and returns as in :func:`one_country_one_vote`.
    """
    share = _share(yes, votes, weight >= 1)
    against = 1.0 - _share(yes, votes, weight > 0)
    return share, (share >= quota) & (against <= blocking)


@_procedure
def weighted_firms(
    yes: Bools, votes: Bools, weight: Floats, firm_weight: Floats, quota: float, blocking: float
) -> tuple[Floats, Bools]:
    """At least ``quota`` of the votes of firms, which vote as their country does (3GPP).  (V8)

    Arguments and returns as in :func:`one_country_one_vote`.
    """
    share = _share(yes, votes, weight)
    return share, share >= quota


@_procedure
def rough_consensus(
    yes: Bools, votes: Bools, weight: Floats, firm_weight: Floats, quota: float, blocking: float
) -> tuple[Floats, Bools]:
    """At least ``quota`` of participants agree, and no single country's participants who object are
    more than ``blocking`` of the room: an objection of weight must be answered (IETF).  (V9)

    Arguments and returns as in :func:`one_country_one_vote`.
    """
    share = _share(yes, votes, weight)
    room = _tally(votes, weight)
    largest = np.max((votes & ~yes) * weight, axis=-2, keepdims=True)
    return share, (share >= quota) & (largest <= blocking * room * (1.0 + TIE_TOLERANCE))


@_procedure
def chambers(
    yes: Bools, votes: Bools, weight: Floats, firm_weight: Floats, quota: float, blocking: float
) -> tuple[Floats, Bools]:
    """More than ``quota`` both of governments and of the private chamber (ICANN).  (V10)

    Arguments and returns as in :func:`one_country_one_vote`; the share is the smaller of the two.
    """
    governments = _share(yes, votes, weight > 0)
    private = _share(yes, votes, firm_weight)
    share = np.minimum(governments, private)
    return share, share > quota


@_procedure
def invited_forum(
    yes: Bools, votes: Bools, weight: Floats, firm_weight: Floats, quota: float, blocking: float
) -> tuple[Floats, Bools]:
    """More than ``quota`` of those whom the host invited, by the weight it gives them (Wuzhen).  (V11)

    Arguments and returns as in :func:`one_country_one_vote`.
    """
    share = _share(yes, votes, weight)
    return share, share > quota
