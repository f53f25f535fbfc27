"""Voting power of blocs in all bodies, by each body's own rules, voting as one and each member alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from lockin_sim.indices import banzhaf, shapley_shubik

INDICES = {"banzhaf": banzhaf, "shapley_shubik": shapley_shubik}

#: Share of a sponsor's vendors in a member's base from which on it counts as tied to them.
TIED = 0.4


def blocs(held: xr.DataArray) -> xr.DataArray:
    """The sponsor with most of a member's base, if that is enough; '' for none.  (run, country)."""
    return held.fillna(0).idxmax("sponsor").where(held.max("sponsor") > TIED, "").astype(str)


def rules(body: Any) -> tuple[np.ndarray, list[int]]:
    """Weights (rule, member) and the least yes-weight of each rule, all members voting.

    A blocking share is a second rule: a share of yes votes in ISO/IEC, a veto of whoever is more than that
    share of the room in IETF.
    """
    member = body.weight > 0
    heads, weight = member[member].astype(int), _whole(body.weight[member])
    n, total = int(heads.sum()), int(weight.sum())
    if body.procedure == "double_two_thirds":
        full = (body.weight[member] >= 1).astype(int)
        return np.stack([full, heads]), [_least(body.quota, full.sum()), _least(1 - body.blocking, n)]
    if body.procedure == "rough_consensus":
        veto = (weight > body.blocking * total).astype(int)
        quota = _least(body.quota, total)
        return (np.stack([weight, veto]), [quota, int(veto.sum())]) if veto.any() else (weight[None], [quota])
    if body.procedure == "chambers":
        private = _whole(body.firm_weight[member])
        return np.stack([heads, private]), [n // 2 + 1, int(private.sum()) // 2 + 1]
    if body.procedure == "weighted_firms":
        return weight[None], [_least(body.quota, total)]
    equal = body.procedure == "one_country_one_vote"
    return (heads if equal else weight)[None], [(n if equal else total) // 2 + 1]


def _whole(weight: np.ndarray) -> np.ndarray:
    """Whole numbers in the same proportions; halves are the finest weights."""
    doubled = np.rint(2 * weight).astype(int)
    return doubled // 2 if (doubled % 2 == 0).all() else doubled


def _least(share: float, total: int) -> int:
    """Least whole number that reaches a share, which the tables give to five digits."""
    return int(np.ceil(share * total - 1e-3))


def votes_of(world: Any, body: Any) -> tuple[xr.DataArray, int]:
    """Votes (country,) and quota of the first rule of a body, as plots take them."""
    weights, quotas = rules(body)
    votes = np.zeros(len(world.countries), dtype=int)
    votes[body.weight > 0] = weights[0]
    name = world.body_names[world.bodies.index(body)]
    coords = {"country": list(world.countries), "body": name}
    return xr.DataArray(votes, dims="country", coords=coords), quotas[0]


def power_table(world: Any, sides: xr.DataArray) -> list[dict[str, Any]]:
    """One row a body, bloc and index: shares of votes and of power, voting as one and each alone."""
    rows = []
    for name, body in zip(world.body_names, world.bodies, strict=True):
        weights, quotas = rules(body)
        side = sides.transpose("run", "country").values[:, body.weight > 0]
        tied = sorted({str(bloc) for bloc in side.ravel()} - {""})
        for index, of in INDICES.items():
            single = np.asarray(of(weights, quotas))
            together = np.array([_as_one(of, weights, quotas, run, tied) for run in side])
            for b, bloc in enumerate(tied):
                mine = side == bloc
                alone, votes = mine @ single, mine @ weights[0] / weights[0].sum()
                low, high = np.quantile(together[:, b], [0.05, 0.95])
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
