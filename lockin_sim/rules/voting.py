"""How standards bodies decide: who proposes, how members vote, procedures, and the mix of live standards.

A procedure takes the counted ballots of one body and returns the share in favour and whether each proposal
passes.  All have the same signature, so that a body's row in the data names one of them.  To add one, write
one function here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lockin_sim.common.conventions import TIE_TOLERANCE, Bools, Floats
from lockin_sim.rules.counting import Counted, Tally
from lockin_sim.rules.reduce import by_few, total

#: Shares of sales below this count as this much: who hardly sells contributes for other reasons (assumed).
LEAST_SALES = 0.01

#: What follows from ballots: (counted, quota, blocking) -> (share, passed).
type Procedure = Callable[..., tuple[Floats, Bools]]

#: Procedures by the name that a body's row in the data carries.
PROCEDURES: dict[str, Procedure] = {}


def _procedure(function: Procedure) -> Procedure:
    """Register a function as the procedure of its name."""
    PROCEDURES[function.__name__] = function
    return function


def interest(installed: Floats, owned: Floats, usual: Floats) -> Floats:
    r"""Vested interest of a country in each family: how much more of its base than usual the owners built.

    .. math:: k_{is} = \sum_{v:\,h(v) \in O_s} x_{iv} - \bar k_s        (V1)

    installed  (..., country, vendor), shares of capacity; x are the shares of what is installed
    owned      (..., vendor, standard), 1 where the vendor's sponsor is among the family's owners O, else 0
    usual      (..., 1, standard), the mean over countries in the first year of the baseline: a constant.  The
               mean of the year would cancel what it should show (who sells everywhere would be wanted
               nowhere), and so would the first year of the run itself
    Returns (..., country, standard); 0 where nothing is installed.
    Source: this model; it is the report's first-mover mechanism.
    """
    base = total(installed)
    share = by_few(installed, owned) / np.where(base > 0, base, 1.0)
    return (share - usual) * (base > 0)


def inclination(
    interest: Floats,
    ties: Floats,
    democracy: Floats,
    challenger: Floats,
    *,
    tolerance: float | Floats,
    vested_interest: float | Floats,
    vote_affinity: float | Floats,
    vote_democracy: float | Floats,
) -> Floats:
    r"""What a member makes of the proposals for each family, before what moves all members at once.

    .. math:: U_{is} = \tau_s + \theta_{as}(A_{is} - A^-_{is})
              + \theta_v k_{is} - \theta_d z_s D_i        (V2)

    interest    (..., country, standard), k of (V1)
    ties        (..., country, standard), affinity with the family's owners less that with their rivals
    democracy   (..., country, 1), D, -1 (autocracy) to 1 (democracy)
    challenger  (standard,), 1 for a challenger, whose z is 1, and 0 for families of incumbents, whose z is -1
    tolerance, vote_affinity  one weight, or one a family, (..., standard)
    The rest are weights in vote utility.
    Source: this model; estimated from votes on an open internet and on cyber crime in the UN and from the
    treaty of Dubai.
    """
    politics = vote_affinity * ties - vote_democracy * democracy * (2.0 * challenger - 1.0)
    return tolerance + vested_interest * interest + politics


def ballot(utility: Floats, luck: Floats, abstention_band: float | Floats) -> tuple[Bools, Bools]:
    r"""Yes, no or abstention: an ordered logit with one draw a ballot.

    .. math:: P(\text{yes}) = \Lambda(u),\quad P(\text{no}) = \Lambda(-(u + \beta)),\quad
              \text{else abstain}        (V3)

    utility          (..., country, standard), u, with the shock that all members share
    luck             (..., country, standard), uniform in (0, 1): the same draw says yes to more, the larger u
    abstention_band  beta, at least 0; 0 is no abstention
    Returns who says yes and who votes at all, (..., country, standard) each.  Who has no base in the domain
    votes like anybody: states without a network do vote, and how often they abstain is in the band.
    """
    threshold = np.log(luck / (1.0 - luck))
    yes = threshold < utility
    return yes, yes | (threshold >= utility + abstention_band)


def agenda(
    effort: Floats,
    usual_effort: Floats,
    contribution: Floats,
    sales: Floats,
    usual_sales: Floats,
    returns: float | Floats,
    elasticity: float | Floats,
) -> Floats:
    r"""Weight of each sponsor's proposals in a domain: who works harder or sells more than usual has more.

    .. math:: c_{dh} = e^*_h \left(e_h / e^*_h\right)^{\rho_e} b_h
              \left(\max(s_{dh}, f) / \max(s^*_{dh}, f)\right)^\epsilon        (V12)

    effort        (..., sponsor), e
    usual_effort  (..., sponsor), e*, that of the world's tables; where it is 0 there is nothing to multiply
    contribution  (..., sponsor), b, share of the body's contributions on record
    sales         (..., sponsor), s, mean share of the world's sales over the last years, without this one
    usual_sales   (..., sponsor), s*, the same of the baseline, NaN where there is none: as on record
    returns       rho_e; 1 is that all further effort counts, 0 that none does
    elasticity    epsilon; 0 leaves contributions as recorded, to the bit
    f is LEAST_SALES: both shares count as at least that, so that a sponsor who is kept out of a market loses
    its weight and one that never sold keeps it, without a jump between them.
    Source: this model; elasticity estimated from three firms' contributions to 3GPP.
    """
    sold = np.maximum(sales, LEAST_SALES) / np.maximum(usual_sales, LEAST_SALES)
    harder = effort / np.where(usual_effort > 0.0, usual_effort, 1.0)
    work = usual_effort * harder**returns * contribution
    return work * np.where(np.isnan(sold), 1.0, sold) ** elasticity


def proposals(weight: Floats, family: Floats) -> Floats:
    r"""Weight of the proposals for each family on the table of a body.

    .. math:: g_s = \sum_h c_h f_{hs}        (V4)

    weight  (..., sponsor), c of (V12)
    family  (..., sponsor, standard), shares of the sponsor's proposals by family
    Returns (..., standard).
    """
    return np.sum(weight[..., None] * family, axis=-2)


def contested_part(contested_share: float | Floats, relative: float | Floats) -> float | Floats:
    r"""Part of a body's work on which a vote decides: :math:`q_b = \min(1, q\,r_b)` (V14).

    contested_share  q, of a body of the usual kind
    relative         r, how much more is contested in this body; 0: votes decide nothing
    """
    return np.minimum(contested_share * relative, 1.0)


def status_mix(
    status: Floats,
    proposed: Floats,
    passed: Bools,
    turnover: float | Floats,
    contested: float | Floats = 1.0,
) -> Floats:
    r"""Families of a body's live standards after a cycle.

    .. math:: F' = (1 - \eta) F + \eta\,g,\quad
              g_s \propto \text{proposals}_s\,\big((1 - q) + q\,1[s\ passes]\big)        (V5)

    status     (..., standard), F, sums to 1
    proposed   (..., standard), weight of the proposals
    passed     (..., standard), bool
    turnover   eta, share of the live standards that one cycle replaces
    contested  q of (V14), part of the work on which the vote decides; the rest is adopted as proposed, unless
               a vote refuses all that is proposed: then the body publishes nothing, and F stays
    """
    anyway = proposed * (1.0 - contested)
    accepted = anyway + (proposed - anyway) * passed
    return _turned_over(status, accepted, proposed * passed, turnover, contested)


def origin_mix(
    origin: Floats,
    weight: Floats,
    family: Floats,
    passed: Bools,
    turnover: float | Floats,
    contested: float | Floats = 1.0,
) -> Floats:
    r"""Whose proposals a body's live standards were, after a cycle: of one family everybody's may be.

    .. math:: O' = (1 - \eta) O + \eta\,g,\quad
              g_h \propto c_h \sum_s f_{hs}\,\big((1 - q) + q\,1[s\ passes]\big)        (V15)

    origin  (..., sponsor), O, sums to 1
    weight  (..., sponsor), c of (V12)
    family  (sponsor, standard), f, shares of the sponsor's proposals by family
    Others as in :func:`status_mix`, of which it is the other margin.
    """
    staying = np.where(passed, 1.0, 1.0 - contested)
    passes = weight * kept_by_sponsor(np.where(passed, 1.0, 0.0), family)
    return _turned_over(origin, weight * kept_by_sponsor(staying, family), passes, turnover, contested)


def kept_by_sponsor(adopted: Floats, family: Floats) -> Floats:
    """Part of each sponsor's proposals that is adopted, from that of each family's.  (..., sponsor)."""
    return adopted @ np.swapaxes(family, -1, -2)


def _turned_over(
    mix: Floats,
    accepted: Floats,
    passes: Floats,
    turnover: float | Floats,
    contested: float | Floats,
) -> Floats:
    """A mix of which what is accepted replaces a part, unless a vote refuses everything.  (..., part).

    accepted, passes  (..., part), proposals that are adopted, and those that a vote would let pass
    """
    weight = total(accepted)
    fresh = accepted / np.where(weight > 0, weight, 1.0)
    adopts = (weight > 0) & ((total(passes) > 0) | (contested <= 0))
    return np.where(adopts, (1.0 - turnover) * mix + turnover * fresh, mix)


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


def _share(tally: Tally) -> Floats:
    """Share of the votes cast that are in favour; 0 if nobody votes."""
    return tally.yes / np.where(tally.cast > 0, tally.cast, 1.0)


@_procedure
def one_country_one_vote(counted: Counted, quota: float, blocking: float) -> tuple[Floats, Bools]:
    """More than ``quota`` of the members that vote say yes (ITU).  (V6)

    quota, blocking  thresholds of the body, 0 to 1; what a procedure does not need it ignores
    Returns the share in favour and whether it passes, both in the shape of what was counted.
    """
    share = _share(counted.heads)
    return share, share > quota


@_procedure
def double_two_thirds(counted: Counted, quota: float, blocking: float) -> tuple[Floats, Bools]:
    """At least ``quota`` of participating members (weight 1) say yes, and at most ``blocking`` of all
    votes cast, observers' (weight below 1) included, are against (ISO/IEC).  (V7)
    """
    share = _share(counted.full)
    against = 1.0 - _share(counted.heads)
    return share, (share >= quota) & (against <= blocking)


@_procedure
def weighted_firms(counted: Counted, quota: float, blocking: float) -> tuple[Floats, Bools]:
    """At least ``quota`` of the votes of firms, which vote as their country does (3GPP).  (V8)"""
    share = _share(counted.weighted)
    return share, share >= quota


@_procedure
def rough_consensus(counted: Counted, quota: float, blocking: float) -> tuple[Floats, Bools]:
    """At least ``quota`` of participants agree, and no single country's participants who object are
    more than ``blocking`` of the room: an objection of weight must be answered (IETF).  (V9)
    """
    share, room = _share(counted.weighted), counted.weighted.cast
    return share, (share >= quota) & (counted.objection <= blocking * room * (1.0 + TIE_TOLERANCE))


@_procedure
def chambers(counted: Counted, quota: float, blocking: float) -> tuple[Floats, Bools]:
    """More than ``quota`` both of governments and of the private chamber (ICANN).  (V10)

    The share is the smaller of the two.
    """
    share = np.minimum(_share(counted.heads), _share(counted.private))
    return share, share > quota


@_procedure
def invited_forum(counted: Counted, quota: float, blocking: float) -> tuple[Floats, Bools]:
    """More than ``quota`` of those whom the host invited, by the weight it gives them (Wuzhen).  (V11)"""
    share = _share(counted.weighted)
    return share, share > quota
