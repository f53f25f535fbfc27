"""What a policy costs whom, and the cost of each point of share that it moves.

Governments pay for soft loans and state support, adopters for what they must replace early.  Counted:

* loans: their grant equivalent, discounted at the borrower's own (assumed) rate; a lender that borrows at
  less than its clients pays less than that;
* state support: the share of a vendor's cost that its sponsor bears, recorded and by policy, on all that it
  sells, paid when a contract is signed; the baseline has its level, a policy what it adds or spares;
* early replacement: the full contract value of restricted equipment that must go ahead of its renewal, borne
  by those who run it, whoever they are paid by; its remaining life is not deducted from anything.

Not counted, because the model has no price for it: research support, diplomacy, work in standards bodies,
enforcement.  Nothing is discounted over years.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.scenario import Named
from lockin_sim.statistics import difference, ratio
from lockin_sim.studies.outcomes import RECORD, outcomes
from lockin_sim.studies.parts import Part, Runs, Variables, compare_parts
from lockin_sim.studies.registry import HEADLINES, Outcome
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

ITEMS = ("loans", "state_support", "early_replacement", "total")

#: Payers beside the sponsors; governments are all of these but the adopters.
OTHER_STATES, GOVERNMENTS, ADOPTERS = "other_states", "governments", "adopters"

#: A point of a share.
POINT = 0.01


def payers(world: World) -> list[str]:
    """Who may pay."""
    return [*world.sponsors, OTHER_STATES, GOVERNMENTS, ADOPTERS]


def public_cost(
    scenarios: Sequence[Named] | Named, *, outcomes: Sequence[str] = HEADLINES, **how: Any
) -> xr.Dataset:
    """What scenarios cost whom relative to the baseline, and per point of share moved.

    outcomes  shares whose points are priced
    Other arguments as in :func:`lockin_sim.compare`, without ``maps`` and ``width``.
    Returns a dataset over (scenario, item, payer, year), USD bn, cumulative: ``level``, ``effect``, the mean
    paired difference from the baseline (before a policy's first year it is zero, so that it counts from
    there), its 95 % interval (Student's t) and ``pairs_used``.  Items: loans, state support, early
    replacement and their total; payers: each sponsor, other states, governments together, adopters.
    ``cost_per_point`` (scenario, payer, outcome, year): total cost in USD bn for each point (0.01) by which
    the outcome moved, in whichever direction it moved, with Fieller's interval over pairs; NaN where the
    interval of the effect includes zero, so that the ratio can be anything.
    Raises InputError for anything that cannot be used.
    """
    if not outcomes:
        raise unusable("outcomes", found=outcomes, allowed="at least one")
    return compare_parts([cost_part(outcomes)], scenarios, **how)["public_cost"]


def cost_part(chosen: Sequence[str] = HEADLINES) -> Part:
    """Costs and costs per point, of outcomes that are shares of the world."""
    record = (*RECORD, "grant_equivalent", "subsidies", "early_replacement")
    names = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    reduce, build = partial(cost_arrays, chosen=names), partial(_dataset, chosen=names)
    return Part("public_cost", reduce, build, record, check=partial(_shares, chosen=names))


def cost_arrays(ds: xr.Dataset, world: World, *, chosen: Sequence[str]) -> dict[str, Floats]:
    """``cost`` (run, item, payer, year), cumulative USD bn, and the chosen shares by name, (run, year)."""
    who = payers(world)
    paid = np.zeros((ds.sizes["run"], len(ITEMS), len(who), ds.sizes["year"]))
    sponsors, others = len(world.sponsors), who.index(OTHER_STATES)
    paid[:, 0, :sponsors] = ds["grant_equivalent"].transpose("run", "sponsor", "year").values
    by_vendor = ds["subsidies"].transpose("run", "domain", "vendor", "year").values
    for d, s in np.argwhere(world.slot_vendor >= 0):
        payer = others if world.slot_sponsor[d, s] == sponsors else world.slot_sponsor[d, s]
        paid[:, 1, payer] += by_vendor[:, d, world.slot_vendor[d, s]]
    paid[:, 2, who.index(ADOPTERS)] = ds["early_replacement"].transpose("run", "domain", "year").sum("domain")
    paid[:, :, who.index(GOVERNMENTS)] = paid[:, :, : sponsors + 1].sum(axis=2)
    paid[:, ITEMS.index("total")] = paid[:, :-1].sum(axis=1)
    total = np.full(paid.shape, np.nan)
    total[..., 1:] = np.cumsum(paid[..., 1:], axis=-1)  # nothing is paid in the initial year
    return {"cost": total} | {name: outcome.of(ds, world) for name, outcome in _shares(world, chosen).items()}


def _shares(world: World, chosen: Sequence[str]) -> dict[str, Outcome]:
    """The chosen outcomes.  Raises InputError for one that is no share of the world."""
    known = {name: o for name, o in outcomes(world).items() if o.unit == "share"}
    for name in chosen:
        if name not in known:
            raise unknown_name("outcomes", found=name, known=known)
    return {name: known[name] for name in chosen}


def _dataset(runs: Runs, *, chosen: Sequence[str]) -> xr.Dataset:
    """Costs, and costs a point of outcome, as a dataset."""
    import xarray as xr

    known = _shares(runs.world, chosen)
    data = runs.effect("cost", ("item", "payer", "year"), "USD bn, cumulative")
    labels = {
        "item": list(ITEMS),
        "payer": payers(runs.world),
        "outcome": list(chosen),
        "outcome_label": ("outcome", [known[name].label for name in chosen]),
    }
    return xr.Dataset(
        data | _per_point(runs, chosen), coords=runs.coordinates | labels, attrs=runs.attributes
    )


def _per_point(runs: Runs, chosen: Sequence[str]) -> Variables:
    """Cost of each point moved, with its interval."""
    found = []
    for scenario in runs.scenarios:
        paid, base = runs.of(scenario, "cost"), runs.against(scenario, "cost")
        cost = difference(paid, base)[:, -1]  # (run, payer, year)
        of_one = []
        for name in chosen:
            moved = difference(runs.of(scenario, name), runs.against(scenario, name)) / POINT  # (run, year)
            direction = np.where(np.nansum(moved, axis=0) < 0, -1.0, 1.0)
            of_one.append(ratio(cost, np.broadcast_to((direction * moved)[:, None], cost.shape)))
        found.append([np.stack(values, axis=1) for values in zip(*of_one, strict=True)])
    axes, unit = ("scenario", "payer", "outcome", "year"), "USD bn per point"
    value, low, high, used = (np.stack(values) for values in zip(*found, strict=True))
    text = "cumulative cost per point moved"
    return {
        "cost_per_point": (axes, value, {"units": unit, "long_name": text}),
        "cost_per_point_low": (
            axes, low, {"units": unit, "long_name": f"{text}: lower end of Fieller's 95 % interval"}
        ),
        "cost_per_point_high": (
            axes, high, {"units": unit, "long_name": f"{text}: upper end of Fieller's 95 % interval"}
        ),
        "cost_per_point_pairs_used": (
            axes, used, {"units": "runs", "long_name": f"{text}: pairs of runs that define it"}
        ),
    }  # fmt: skip
