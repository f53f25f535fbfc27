"""Swap two sponsors in one input at a time: whatever moves rests on a fact or an assumption about a country.

``python -m experiments.two_sponsors_swapped.study`` prints what part of the gap each input makes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import lockin_sim as ls
from lockin_sim.world import World

from .swaps import pair_of, worlds

ONE, OTHER = "CHN", "USA"
RUNS, SEED = 16, 1

UNSWAPPED = "as it is"


def parts(
    world: World,
    one: str = ONE,
    other: str = OTHER,
    *,
    venues: bool = True,
    domain: str | None = None,
    **how: Any,
) -> pd.DataFrame:
    """The part of the gap between two sponsors that depends on each input, the largest first.

    In a world that is the same for both, no swap changes anything.  Where one does, the sponsors differ in
    that input, and half the fall of the gap between their vendors' shares of the world's base is the part of
    the gap that depends on it.  Returns a table over inputs: ``part``, and what each sponsor's vendors gain
    by the swap, with its 95 % interval; all in points.
    """
    swapped = worlds(world, pair_of(world, one, other), venues=venues)
    arms = {UNSWAPPED: ls.Arm(history="prior")}
    arms |= {name: ls.Arm(world=each, history="prior") for name, each in swapped.items()}
    outcomes = [f"dependence_{sponsor}" for sponsor in (one, other)]
    if domain is not None:
        outcomes = [f"dependence[world,{sponsor},{domain}]" for sponsor in (one, other)]
    found = ls.contrast(arms, outcomes=outcomes, posterior=None, world=world, **how).isel(year=-1).squeeze()
    found = 100 * found[["effect", "effect_low", "effect_high"]].sel(arm=list(swapped))
    gained = {sponsor: found.sel(outcome=name) for sponsor, name in zip((one, other), outcomes, strict=True)}
    table = {"part": (gained[other] - gained[one])["effect"].values / 2}
    for sponsor, of in gained.items():
        table |= {f"{sponsor}{end}": of[f"effect{end}"].values for end in ("", "_low", "_high")}
    rows = pd.DataFrame(table, index=pd.Index(swapped, name="input"))
    return rows.iloc[np.argsort(-np.abs(np.nan_to_num(rows["part"])), kind="stable")]


if __name__ == "__main__":
    print(parts(ls.load_world(), years=2050, runs=RUNS, seed=SEED).round(2).to_string())
