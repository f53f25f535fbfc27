"""States that prescribe a family of standards in a domain: when, which one, and who takes it back."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.rules.choice import logit

#: What one project is worth, USD bn: the median of 223 loans for communications on record is 70 million.
PROJECT = 0.07


def pull(
    equipment: Floats,
    neighbours: Floats,
    loans: Floats,
    treaty: Floats,
    *,
    regulation_equipment: Numbers,
    regulation_neighbours: Numbers,
    regulation_loans: Numbers,
    regulation_treaty: Numbers,
) -> Floats:
    r"""What draws a state to each family, logit.

    .. math:: x_{is} = g_k K_{is} + g_n N_{is} + g_f \log(1 + F_{is}/F_0) + g_t T_{is}        (R7)

    equipment   (..., standard), K, share of the country's base that is built to the family
    neighbours  (..., standard), N, share of its neighbours that prescribe it, by their weights
    loans       (..., standard), F, what the country owes the family's owners, USD bn; F_0 is one project
    treaty      (..., standard), T, how far a treaty binds it to the family, 0 to 1
    Source: conditional logits of which family of digital television a state took, see docs/estimates.md.
    """
    return (
        regulation_equipment * equipment
        + regulation_neighbours * neighbours
        + regulation_loans * np.log1p(loans / PROJECT)
        + regulation_treaty * treaty
    )


def prescribing(pulled: Floats, there: Bools, regulation_rate: Numbers) -> Floats:
    r"""Chance that a state without a prescription prescribes each family this year.

    .. math:: P_s = \big(1 - e^{-r_p}\big)\,\frac{e^{x_s}}{\sum_{s'} e^{x_{s'}}}        (R8)

    Families compete for one decision; where there is one family alone nothing is to be decided.

    pulled           (..., standard), x of (R7)
    there            (..., standard), families that may be prescribed
    regulation_rate  r_p, decisions per year; 0 is never
    """
    several = there.sum(axis=-1, keepdims=True) > 1
    share, _ = logit(np.where(there & several, pulled, -np.inf), noise_scale=1.0)
    return -np.expm1(-regulation_rate) * share


def withdrawing(equipment: Floats, threshold: Numbers, withdrawal_rate: Numbers) -> Floats:
    r"""Chance that a state withdraws what it prescribed: none once there is equipment.

    .. math:: P_- = 1 - e^{-r_w} \text{ where } K < K_0, \text{ else } 0        (R9)

    equipment        (...), K, share of the country's base that is built to the family
    threshold        K_0
    withdrawal_rate  r_w, per year
    """
    return -np.expm1(-withdrawal_rate * (equipment < threshold))


def next_prescribed(before: Integers, chances: Floats, withdraws: Floats, shock: Floats) -> Integers:
    """Family that a state prescribes, -1 for none; one number decides whether and which.

    before     (...), as it stood
    chances    (..., standard), of (R8)
    withdraws  (...), chance of (R9)
    shock      (...), uniform in (0, 1)
    """
    taken = (shock[..., None] >= np.cumsum(chances, axis=-1)).sum(axis=-1)
    taken = np.where(taken < chances.shape[-1], taken, -1)
    return np.where(before < 0, taken, np.where(shock < withdraws, -1, before))
