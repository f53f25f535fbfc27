"""What the ballots of a body come to: counted in the ways that its procedure may ask for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Numbers


class Tally(NamedTuple):
    """Votes by one measure of what a member's ballot is worth, (..., standard) each."""

    yes: Numbers
    cast: Numbers


class Counted(NamedTuple):
    """Ballots of the members of one body, counted in the ways that procedures ask for."""

    heads: Tally  # one a member with votes under the body's own rule
    full: Tally  # one a participating member, with at least one vote
    weighted: Tally  # by votes under the body's own rule: in 3GPP those of a member's firms
    private: Tally  # by votes in the private chamber, where there is one
    objection: Numbers  # most votes of a single member that is against


def count(yes: Bools, votes: Bools, weight: Floats, firm_weight: Floats) -> Counted:
    """Ballots counted, in float64: sums must be exact at a quota.  (..., 1, standard) each.

    yes                  (..., country, standard), bool; who does not vote says nothing
    votes                (..., country, standard or 1), bool
    weight, firm_weight  (country, 1): votes of the member under the body's own rule, and in its private
                         chamber; 0 for non-members
    """
    ways = np.stack([weight > 0, weight >= 1, weight, firm_weight])[..., 0].astype(np.float64)
    in_favour, cast = ways @ yes.astype(np.float64), ways @ votes.astype(np.float64)
    heads, full, weighted, private = (
        Tally(in_favour[..., k : k + 1, :], cast[..., k : k + 1, :]) for k in range(len(ways))
    )
    objection: Floats = np.max((votes & ~yes) * weight, axis=-2, keepdims=True)
    return Counted(heads, full, weighted, private, objection)
