"""What is measured along the chain from a first mover to a standard: one small function each.

All are of the sponsor under study, the case's first, which owns the family under study.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.errors import chosen_of, unusable
from lockin_sim.studies.contrast import Measure, Setup
from lockin_sim.studies.outcomes import group_sizes, held_by, vendors_of, weighted_mean
from lockin_sim.world import World
from lockin_sim.world.names import group_name

if TYPE_CHECKING:
    import xarray as xr

#: Variables that the quantities need beyond those always there.
RECORD = (
    *("group_vendor_share", "group_economies_share", "group_sales_share", "group_lock_in_to"),
    *("group_reach", "compliance", "vote_share", "contributions", "origin"),
)

#: What stands for all bodies, each by how binding its standards are.
ALL_BODIES = "all bodies"


@dataclass(frozen=True)
class Scene:
    """Some runs, and the groups of markets and domains in which they are read."""

    ds: xr.Dataset
    world: World
    groups: tuple[str, ...]
    domains: tuple[str, ...]

    @property
    def owner(self) -> str:
        """The sponsor under study."""
        return self.world.case.sponsors[0]

    def in_groups(self, name: str, *axes: str, **at: str) -> Floats:
        """A variable of groups of markets.  (run, group, year, domain, *axes)."""
        chosen = self.ds[name].sel({"group": list(self.groups)} | at)
        values: Floats = chosen.transpose("run", "group", "year", "domain", *axes).values
        return values

    def over_domains(self, values: Floats) -> Floats:
        """Mean over the domains read, by market size.  (run, group, year, domain) to (run, group, year)."""
        return weighted_mean(values, group_sizes(self.ds, self.world, self.groups) * self.read)

    def owned(self, name: str) -> Floats:
        """Part of the owner's vendors in a variable of shares, mean over domains.  (run, group, year)."""
        shares = self.in_groups(name, "vendor")
        return self.over_domains(held_by(self.world, [self.owner], shares)[..., 0])

    @property
    def read(self) -> Bools:
        """Domains that are read.  (domain,)."""
        return np.isin(self.world.domains, self.domains)

    def of_each_body(self, name: str, **at: str) -> Floats:
        """Mean over the domains of each body that are read.  (run, body, year)."""
        chosen = self.ds[name].sel(at).transpose("run", "body", "year", "domain")
        return weighted_mean(chosen.values, self.read.astype(float))

    def together(self, of_bodies: Floats) -> Floats:
        """All bodies, by how much each binds, before each.  (run, body, year) to (run, 1 + body, year)."""
        forum = self.ds.attrs.get("parameter_forum_weight", 0.0)
        weight = np.array([body.bindingness for body in self.world.bodies])
        weight = np.where(np.isnan(weight), forum, weight)
        mean = weighted_mean(np.moveaxis(of_bodies, 1, -1), weight)
        return np.concatenate([mean[:, None], of_bodies], axis=1)


class Quantity(NamedTuple):
    """Something that a link of the chain moves."""

    title: str
    of_bodies: bool  # else of groups of markets
    value: Callable[[Scene], Floats]  # (run, group or 1 + body, year)


QUANTITIES: dict[str, Quantity] = {}


def _quantity(
    title: str, *, of_bodies: bool = False
) -> Callable[[Callable[[Scene], Floats]], Callable[[Scene], Floats]]:
    """Declare a function as the quantity of its name."""

    def register(function: Callable[[Scene], Floats]) -> Callable[[Scene], Floats]:
        """Put a function into QUANTITIES."""
        QUANTITIES[function.__name__] = Quantity(title, of_bodies, function)
        return function

    return register


@_quantity("installed base of its vendors")
def base(scene: Scene) -> Floats:
    """Share of the owner's vendors in what is installed."""
    return scene.owned("group_vendor_share")


@_quantity("installed base of its vendors, mean over economies")
def economies(scene: Scene) -> Floats:
    """The same, each economy of a group counting alike."""
    return scene.owned("group_economies_share")


@_quantity("renewals that lock-in keeps for its vendors")
def kept(scene: Scene) -> Floats:
    """Part of what is renewed that the owner's vendors keep because leaving costs something."""
    return scene.over_domains(scene.in_groups("group_lock_in_to", sponsor=scene.owner))


@_quantity("proposals on the agenda that are its own", of_bodies=True)
def contributions(scene: Scene) -> Floats:
    """The owner's part of the weight of what is proposed."""
    return scene.together(scene.of_each_body("contributions", sponsor=scene.owner))


@_quantity("votes in favour of the family", of_bodies=True)
def yes(scene: Scene) -> Floats:
    """Share of the votes cast on contested motions; in years without a vote that of the last one."""
    shares = scene.of_each_body("vote_share", standard=scene.world.case.family)
    for year in range(1, shares.shape[-1]):
        held = np.isfinite(shares[..., year])
        shares[..., year] = np.where(held, shares[..., year], shares[..., year - 1])
    return scene.together(shares)


@_quantity("status of the family", of_bodies=True)
def status(scene: Scene) -> Floats:
    """Part of the live standards that are the family's."""
    return scene.together(scene.of_each_body("status", standard=scene.world.case.family))


@_quantity("live standards that it proposed, of any family", of_bodies=True)
def origin(scene: Scene) -> Floats:
    """Part of the live standards that come from the owner, whatever family they are of."""
    return scene.together(scene.of_each_body("origin", sponsor=scene.owner))


@_quantity("others' equipment that speaks the family")
def compliance(scene: Scene) -> Floats:
    """Part of the base of everybody else's vendors that speaks the family."""
    ds, world = scene.ds, scene.world
    shares = np.nan_to_num(scene.in_groups("group_vendor_share", "vendor"))
    others = np.where(vendors_of(world, scene.owner), 0.0, shares)
    speaks = ds["compliance"].sel(standard=world.case.family).transpose("run", "year", "domain", "vendor")
    return scene.over_domains(_part((others * np.nan_to_num(speaks.values)[:, None]).sum(-1), others.sum(-1)))


@_quantity("reach: equipment that speaks the family")
def reach(scene: Scene) -> Floats:
    """Part of what is installed that speaks the family, whatever else it speaks."""
    return scene.over_domains(scene.in_groups("group_reach", standard=scene.world.case.family))


@_quantity("share among the families spoken")
def share(scene: Scene) -> Floats:
    """Reach made to sum to one over the families."""
    spoken = scene.in_groups("group_reach", "standard")
    of_family = spoken[..., scene.world.standards.index(scene.world.case.family)]
    return scene.over_domains(_part(of_family, spoken.sum(axis=-1)))


@_quantity("sales of its vendors")
def sales(scene: Scene) -> Floats:
    """Share of the owner's vendors in the year's sales."""
    return scene.owned("group_sales_share")


def _part(part: Floats, whole: Floats) -> Floats:
    """Part of a whole, NaN where there is none."""
    result: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return result


def measure_of(how: Setup, groups: Sequence[str], domains: Sequence[str]) -> Measure:
    """All quantities of runs: in groups of markets, in all bodies together, and in each body."""
    bodies = how.world.bodies
    titles = [*map(group_name, groups), ALL_BODIES, *(body.label for body in bodies)]
    labels: dict[str, Any] = {
        "quantity": list(QUANTITIES),
        "quantity_label": ("quantity", [quantity.title for quantity in QUANTITIES.values()]),
        "place": [*groups, ALL_BODIES, *how.world.body_names],
        "place_label": ("place", titles),
        "year": how.calendar,
    }
    axes = ("quantity", "place", "year")
    return Measure(Measured(tuple(groups), tuple(domains)), axes, labels, RECORD)


@dataclass(frozen=True)
class Measured:
    """Reduces runs to ``values`` (run, quantity, place, year): the places are the groups, all bodies
    together, and each body; NaN where a quantity is not of a place."""

    groups: tuple[str, ...]
    domains: tuple[str, ...]

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        """Needs the variables of RECORD."""
        scene, groups = Scene(ds, world, self.groups, self.domains), len(self.groups)
        shape = (ds.sizes["run"], len(QUANTITIES), groups + 1 + len(world.bodies), ds.sizes["year"])
        values = np.full(shape, np.nan)
        for q, quantity in enumerate(QUANTITIES.values()):
            there = slice(groups, None) if quantity.of_bodies else slice(0, groups)
            values[:, q, there] = quantity.value(scene)
        return {"values": values}


def studied(world: World) -> World:
    """The world.  Raises InputError for one without a family under study."""
    if not world.case.family:
        raise unusable("world", found=world.name, allowed="one with a standard family under study")
    return world


def read_in(world: World, domains: Sequence[str] | None) -> tuple[str, ...]:
    """Domains that are read: those given, or those in which operators buy and have an incumbent.

    Raises InputError for an unknown one, or one in which vendors do not exclude one another.
    """
    exclusive = [name for name, who in zip(world.domains, world.buyer, strict=True) if who != "adopters"]
    if domains is not None:
        return chosen_of("domains", domains, exclusive)
    bought = tuple(world.domains[d] for d in world.bought_by("operator"))
    return bought or tuple(exclusive)
