"""Voting power of blocs in all bodies, by each body's own rules, voting as one and each member alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

import lockin_sim as ls
from lockin_sim.common.indices import banzhaf, shapley_shubik
from lockin_sim.common.statistics import quantiles
from lockin_sim.model.decisions import resolve_quota

INDICES = {"banzhaf": banzhaf, "shapley_shubik": shapley_shubik}

#: Share of a sponsor's vendors in a member's base from which on it counts as tied to them.
TIED = 0.4


def blocs(held: xr.DataArray) -> xr.DataArray:
    """The sponsor with most of a member's base, if that is enough; '' for none.  (run, country)."""
    return held.fillna(0).idxmax("sponsor").where(held.max("sponsor") > TIED, "").astype(str)


def votes_of(world: Any, body: Any) -> tuple[xr.DataArray, int]:
    """Votes (country,) and quota of the first rule of a body, as plots take them."""
    weights, quotas = _rules(body)
    votes = np.zeros(len(world.countries), dtype=int)
    votes[body.members] = weights[0]
    name = world.body_names[world.bodies.index(body)]
    coords = {"country": list(world.countries), "body": name}
    return xr.DataArray(votes, dims="country", coords=coords), quotas[0]


def _rules(body: Any) -> tuple[np.ndarray, list[int]]:
    """Weights and quotas of a body's rules on contested motions, as the baseline has their hurdle."""
    return winning(dataclasses.replace(body, quota=float(resolve_quota(body.quota, ls.Parameters()))))


def power_table(world: Any, sides: xr.DataArray) -> list[dict[str, Any]]:
    """One row a body, bloc and index: shares of votes and of power, voting as one and each alone."""
    rows = []
    for name, body in zip(world.body_names, world.bodies, strict=True):
        weights, quotas = _rules(body)
        side = sides.transpose("run", "country").values[:, body.members]
        tied = sorted({str(bloc) for bloc in side.ravel()} - {""})
        for index, of in INDICES.items():
            single = np.asarray(of(weights, quotas))
            together = np.array([_as_one(of, weights, quotas, run, tied) for run in side])
            for b, bloc in enumerate(tied):
                mine = side == bloc
                alone, votes = mine @ single, mine @ weights[0] / weights[0].sum()
                low, high = quantiles(together[:, b], 0.05, 0.95)
                rows.append({
                    "body": name, "bloc": bloc, "index": index, "votes": float(votes.mean()),
                    "power_as_one": float(together[:, b].mean()), "q05": float(low), "q95": float(high),
                    "power_alone": float(alone.mean()), "runs": len(side),
                })  # fmt: skip
    return rows


def _as_one(
    of: Any, weights: np.ndarray, quotas: list[int], side: np.ndarray, tied: list[str]
) -> list[float]:
    """Power of each bloc when its members vote as one; the others decide alone.  0 for an empty bloc."""
    inside = np.stack([side == bloc for bloc in tied], axis=1).astype(int)  # (member, bloc)
    there = inside.any(axis=0)
    voters = np.concatenate([(weights @ inside)[:, there], weights[:, side == ""]], axis=1)
    found = np.zeros(len(tied))
    found[there] = np.asarray(of(voters, quotas))[: int(there.sum())]
    return [float(value) for value in found]


# --- rules as weighted votes ---

#: Tolerance of shares, which tables give to five digits, when they become whole votes.
_DIGITS = 1e-3


def winning(body: Any) -> tuple[np.ndarray, list[int]]:
    """Weights (rule, member) and the least yes-weight of each rule, with all members voting: every procedure
    of ``rules/voting.py`` is one weighted vote, or several that must all be won.

    A blocking share is a second rule: a share of yes votes in ISO/IEC, a veto by more than that share of the
    room in the IETF.
    Raises ValueError for a procedure whose rules are not known.
    """
    own, quota = body.weight[body.members], body.quota
    heads, weight = (own > 0).astype(int), whole(own)
    n, total = int(heads.sum()), int(weight.sum())
    match body.procedure:
        case "double_two_thirds":
            full = (own >= 1).astype(int)
            return np.stack([full, heads]), [least(quota, int(full.sum())), least(1 - body.blocking, n)]
        case "rough_consensus":
            veto = (weight > body.blocking * total).astype(int)
            if veto.any():
                return np.stack([weight, veto]), [least(quota, total), int(veto.sum())]
            return weight[None], [least(quota, total)]
        case "chambers":
            private = whole(body.firm_weight[body.members])
            return np.stack([heads, private]), [more(quota, n), more(quota, int(private.sum()))]
        case "weighted_firms":
            return weight[None], [least(quota, total)]
        case "one_country_one_vote":
            return heads[None], [more(quota, n)]
        case "invited_forum":
            return weight[None], [more(quota, total)]
    raise ValueError(f"procedure {body.procedure}: its rules as weighted votes are not known")


def whole(weight: np.ndarray) -> np.ndarray:
    """Whole numbers in the same proportions as weights, of which the finest are halves."""
    doubled = np.rint(2 * weight).astype(int)
    return doubled // 2 if (doubled % 2 == 0).all() else doubled


def least(share: float, total: int) -> int:
    """Smallest whole number that reaches a share of a total."""
    return int(np.ceil(share * total - _DIGITS))


def more(share: float, total: int) -> int:
    """Smallest whole number above a share of a total."""
    return int(np.floor(share * total + _DIGITS)) + 1
