"""Least coalitions: the cheapest members that pass or stop a proposal, by linear rules of each body.

Every procedure of ``rules/voting.py`` is, when all members vote, one weighted vote or several that must all
be won; the tests compare both for every body.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import LinearConstraint, milp

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.world import Body

#: Shares are given to five digits in the tables; a whole number of votes is not missed for less.
_DIGITS = 1e-3


def winning(body: Body) -> tuple[Integers, list[int]]:
    """Weights (rule, member) and the least yes-weight of each rule, all members voting.

    A blocking share is a second rule: a share of yes votes in ISO/IEC, a veto of whoever is more than that
    share of the room in the IETF.
    Raises ValueError for a procedure whose rules are not known.
    """
    member = body.members
    heads, weight = (body.weight[member] > 0).astype(int), whole(body.weight[member])
    n, total = int(heads.sum()), int(weight.sum())
    if body.procedure == "double_two_thirds":
        full = (body.weight[member] >= 1).astype(int)
        quotas = [least(body.quota, int(full.sum())), least(1 - body.blocking, n)]
        return np.stack([full, heads]), quotas
    if body.procedure == "rough_consensus":
        veto = (weight > body.blocking * total).astype(int)
        quota = least(body.quota, total)
        return (np.stack([weight, veto]), [quota, int(veto.sum())]) if veto.any() else (weight[None], [quota])
    if body.procedure == "chambers":
        private = whole(body.firm_weight[member])
        return np.stack([heads, private]), [more(body.quota, n), more(body.quota, int(private.sum()))]
    if body.procedure == "weighted_firms":
        return weight[None], [least(body.quota, total)]
    if body.procedure == "one_country_one_vote":
        return heads[None], [more(body.quota, n)]
    if body.procedure == "invited_forum":
        return weight[None], [more(body.quota, total)]
    raise ValueError(f"procedure {body.procedure}: its rules as weighted votes are not known")


def whole(weight: Floats) -> Integers:
    """Whole numbers in the same proportions; halves are the finest weights."""
    doubled = np.rint(2 * weight).astype(int)
    return doubled // 2 if (doubled % 2 == 0).all() else doubled


def least(share: float, total: int) -> int:
    """Least whole number that reaches a share."""
    return int(np.ceil(share * total - _DIGITS))


def more(share: float, total: int) -> int:
    """Least whole number that is more than a share."""
    return int(np.floor(share * total + _DIGITS)) + 1


def cheapest_to_pass(body: Body, yes: Bools, price: Floats) -> Bools | None:
    """The cheapest members to win over, beside those who say yes, so that a proposal passes.  (member,).

    price  (member,), of winning each over, above 0; infinite: cannot be won over
    None if it cannot be done.
    """
    weights, quotas = winning(body)
    missing = np.array(quotas) - weights @ yes
    return _cheapest(weights, missing, price, ~yes)


def cheapest_to_block(body: Body, yes: Bools, price: Floats) -> Bools | None:
    """The cheapest members to turn away from yes so that a proposal fails: one rule is enough.  (member,)."""
    weights, quotas = winning(body)
    over = weights @ yes - np.array(quotas) + 1
    found = [_cheapest(w[None], over[[r]], price, yes) for r, w in enumerate(weights)]
    known = [chosen for chosen in found if chosen is not None]
    return min(known, key=lambda chosen: float(price[chosen].sum())) if known else None


def _cheapest(weights: Integers, missing: Integers, price: Floats, free: Bools) -> Bools | None:
    """The cheapest free members whose weights make up what is missing under every rule."""
    able = free & np.isfinite(price)
    chosen = np.zeros(len(price), dtype=bool)
    if (missing <= 0).all():
        return chosen
    if (weights[:, able].sum(axis=1) < missing).any():
        return None
    found = milp(
        price[able],
        constraints=LinearConstraint(weights[:, able], lb=missing),
        integrality=np.ones(int(able.sum())),
        bounds=(0, 1),
    )
    if not found.success:
        raise RuntimeError(f"least coalition: {found.message}")
    chosen[np.flatnonzero(able)[found.x > 0.5]] = True
    return chosen
