"""What studies of response share: mechanisms of lock-in, and shares of a sponsor's vendors by group."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.parameters import Parameters
from lockin_sim.runs.cases import Case, Reducer
from lockin_sim.scenario import Scenario
from lockin_sim.statistics import levels, ratio
from lockin_sim.studies.contrast import changed
from lockin_sim.studies.leads import offers_of
from lockin_sim.studies.options import provenance
from lockin_sim.studies.outcomes import group_sizes, held_by, weighted_mean
from lockin_sim.studies.parts import Variables
from lockin_sim.world import World
from lockin_sim.world.names import group_name

if TYPE_CHECKING:
    import xarray as xr

#: The model as it is, and without what locks in, one by one and together.
MECHANISMS: dict[str, dict[str, float]] = {
    "full": {},
    "no_switching_cost": {"switching_cost": 0.0},
    "no_network": {"network_weight": 0.0, "own_network_weight": 0.0},
    "no_lock_in": {"switching_cost": 0.0, "network_weight": 0.0, "own_network_weight": 0.0},
    "no_generations": {"carry_over": 1.0},  # and nothing is left out by generation: see cases_of
}

MECHANISM_LABELS = {
    "full": "the model as it is",
    "no_switching_cost": "switching costs nothing",
    "no_network": "nobody else's choice matters",
    "no_lock_in": "neither switching costs nor others' choices matter",
    "no_generations": "a new generation frees nobody",
}

#: Groups that are reported where a world has them; without any, the world.
GROUPS = ("abroad", "greenfield", "built_2010", "Africa", "Europe", "income:low", "income:lower_middle")

#: What stands for all domains, weighted by market size.
ALL = "all"

RECORD = ("group_vendor_share", "group_lock_in_to")


@dataclass(frozen=True)
class Held:
    """Reduces runs to ``share`` and ``stay``, (run, group, domain, year) each, the first domain all together:
    the share of a sponsor's vendors, and the chance that lock-in adds for them at renewal."""

    sponsor: str
    groups: tuple[str, ...]
    domains: tuple[str, ...]

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        """Needs the variables of RECORD."""
        at = [world.domains.index(domain) for domain in self.domains]
        chosen = ds.sel(group=list(self.groups)).isel(domain=at)
        axes = ("run", "group", "year", "domain")
        share = held_by(
            world, [self.sponsor], chosen["group_vendor_share"].transpose(*axes, "vendor").values
        )[..., 0]
        stay = chosen["group_lock_in_to"].sel(sponsor=self.sponsor).transpose(*axes).values
        size = group_sizes(ds, world, self.groups)[..., at]
        return {"share": _with_all(share, size), "stay": _with_all(stay, size)}


def _with_all(values: Floats, size: Floats) -> Floats:
    """All domains together before each.  (run, group, year, domain) to (run, group, 1 + domain, year)."""
    together = weighted_mean(values, size)[:, :, None]
    return np.concatenate([together, values.swapaxes(-1, -2)], axis=2)


def chosen_of(where: str, names: Sequence[str], known: Mapping[str, Any]) -> tuple[str, ...]:
    """Names as they were given.  Raises InputError for an unknown one, one that comes twice, or none."""
    wanted = (names,) if isinstance(names, str) else tuple(names)
    if not wanted:
        raise unusable(where, found=names, allowed=f"at least one of {', '.join(known)}")
    for name in wanted:
        if name not in known:
            raise unknown_name(where, found=name, known=known)
        if wanted.count(name) > 1:
            raise unusable(where, found=f"{name} twice", allowed="each once")
    return wanted


def under_study(world: World) -> str:
    """The sponsor that the world's case is about.  Raises InputError for a world without one."""
    if not world.case.sponsors:
        raise unusable("sponsor", found="none", allowed=f"one of {', '.join(world.sponsors)}")
    return world.case.sponsors[0]


def held_of(world: World, sponsor: str, groups: Sequence[str] | None, domains: Sequence[str] | None) -> Held:
    """What is kept of runs; None = the groups and domains there are.  Raises InputError for unknown names."""
    sold = offers_of(world, sponsor).any(axis=-1)
    known = [d for d, who, any_offer in zip(world.domains, world.buyer, sold, strict=True)
             if any_offer and who != "adopters"]  # fmt: skip
    if not known:
        raise unusable("sponsor", found=sponsor, allowed="one with vendors where these exclude one another")
    there = [name for name in GROUPS if name in world.group_names] or ["world"]
    return Held(
        sponsor,
        tuple(there) if groups is None else chosen_of("groups", groups, dict.fromkeys(world.group_names)),
        tuple(known) if domains is None else chosen_of("domains", domains, dict.fromkeys(known)),
    )


#: What is run: a scenario, and a world of its own where it has one.
type Arms = Mapping[str, tuple[Scenario, World | None]]


def cases_of(
    chosen: Sequence[str], arms: Arms, world: World, parameters: Parameters, reduce: Reducer
) -> list[Case]:
    """Every arm under every mechanism, as "mechanism arm"."""
    return [
        Case(
            f"{name} {arm}",
            changed(scenario, MECHANISMS[name]),
            reduce,
            parameters,
            RECORD,
            world=_as_if(world if own is None else own, name, own),
        )
        for name in chosen
        for arm, (scenario, own) in arms.items()
    ]


def _as_if(world: World, mechanism: str, own: World | None) -> World | None:
    """The world under a mechanism: its own, unless a generation leaves all of the switching cost."""
    if mechanism != "no_generations":
        return own
    return dataclasses.replace(
        world,
        generation_carry_over=np.ones_like(world.generation_carry_over),
        facts={"recorded": world} | world.facts,
    )


def mechanism_labels(chosen: Sequence[str]) -> dict[str, Any]:
    """Mechanisms, and what each means."""
    told = [MECHANISM_LABELS[name] for name in chosen]
    return {"mechanism": list(chosen), "mechanism_label": ("mechanism", told)}


def level(name: str, values: Floats, axes: tuple[str, ...], text: str) -> Variables:
    """Mean over runs, and the runs behind it."""
    found, used = levels(values)
    return {
        name: (axes, found[..., 0], {"units": "share", "long_name": f"{text}: mean over runs"}),
        f"{name}_runs_used": (axes, used, {"units": "runs", "long_name": f"{text}: runs that define it"}),
    }


def part(name: str, part: Floats, whole: Floats, axes: tuple[str, ...]) -> Variables:
    """One difference as a part of another, with Fieller's interval."""
    value, low, high, used = ratio(part, np.broadcast_to(whole, part.shape))
    text = name.replace("_", " ")
    return {
        name: (axes, value, {"units": "share", "long_name": f"{text}: ratio of means over pairs"}),
        f"{name}_low": (axes, low, {"units": "share", "long_name": f"{text}: lower end, Fieller"}),
        f"{name}_high": (axes, high, {"units": "share", "long_name": f"{text}: upper end, Fieller"}),
        f"{name}_pairs_used": (axes, used, {"units": "runs", "long_name": f"{text}: pairs that define it"}),
    }


def labelled(
    data: Variables,
    labels: dict[str, Any],
    kept: Held,
    world: World,
    parameters: Parameters,
    years: tuple[int, int],
    runs: int,
    seed: int,
    about: Mapping[str, Any],
) -> xr.Dataset:
    """Everything with its labels."""
    import xarray as xr

    named = {
        "group": list(kept.groups),
        "group_label": ("group", [group_name(group) for group in kept.groups]),
        "domain": [ALL, *kept.domains],
        "year": np.arange(years[0], years[1] + 1),
    }
    made = provenance(world, parameters=parameters, runs=runs, seed=seed, years=years) | dict(about)
    return xr.Dataset(data, coords=labels | named, attrs=made)
