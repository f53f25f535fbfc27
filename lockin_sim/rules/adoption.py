"""Systems and rules that do not exclude one another: each is adopted apart."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Numbers
from lockin_sim.rules.choice import logistic
from lockin_sim.rules.reduce import total


def next_share(adoption: Floats, utility: Floats, lifetime: Numbers, own: Bools) -> Floats:
    r"""Share of devices that read a system, a year later.

    .. math:: a' = a + \frac{1}{L}\big(\Lambda(u) - a\big),\quad \Lambda(u) = 1 \text{ at home}        (A1)

    adoption  (..., vendor), a, 0 to 1
    utility   (..., vendor), u; -inf where the system is not there yet
    lifetime  L, years that a device lives
    own       (..., vendor), bool: the sponsor's own states, where all new devices read it
    """
    return adoption + (built_in(utility, own) - adoption) / np.maximum(lifetime, 1.0)


def built_in(utility: Floats, own: Bools) -> Floats:
    r"""Share of new devices that read a system, :math:`\Lambda(u)`, 1 at home.

    utility  (..., vendor), u;  own (..., vendor), bool: the sponsor's own states
    """
    return np.where(own, 1.0, logistic(utility))


def passing(utility: Floats, rate: Floats) -> Floats:
    r"""Chance that a law of a family is passed within a year, where there is none.

    .. math:: P(0 \to 1) = 1 - \exp\big(-2\,h\,\Lambda(u)\big)        (A2)

    utility   (..., vendor), u; a state to which it is 0 adopts at the rate h
    rate      (..., vendor), h, per year; 0 is never
    """
    return -np.expm1(-2.0 * rate * logistic(utility))


def in_force(adoption: Floats, utility: Floats, rate: Floats, own: Bools) -> Floats:
    """Chance that a law of a family is in force a year later: by :func:`passing`, and 1 at home and where it
    is in force, for none is repealed.

    adoption  (..., vendor), 0 or 1
    utility   (..., vendor), u
    rate      (..., vendor), h, per year
    own       (..., vendor), bool: the sponsor's own states
    """
    return np.where(own | (adoption > 0), 1.0, passing(utility, rate))


def next_law(adoption: Floats, utility: Floats, rate: Floats, shock: Numbers, own: Bools) -> Floats:
    r"""Whether a law of a family is in force a year later, by :func:`in_force`.

    adoption  (..., vendor), 0 or 1
    utility   (..., vendor), u
    rate      (..., vendor), h, per year
    shock     (..., vendor), uniform in (0, 1)
    own       (..., vendor), bool: the sponsor's own states
    """
    return (shock < in_force(adoption, utility, rate, own)) * 1.0


def shares(adoption: Floats) -> Floats:
    r"""Adoptions as parts of their sum, :math:`k_v = a_v / \sum_w a_w` (A3); zeros without any.

    adoption  (..., vendor)
    """
    summed = total(adoption)
    return adoption / np.where(summed > 0, summed, 1.0)
