"""Outcomes by name, including outcomes of one place in one domain: ``dependence[Africa,CHN,mobile_network]``.

The brackets hold the place, the sponsor or other member that the outcome refers to (if any), and the domain.
A place is a group of markets, an economy, or the median economy: half of all economies have less.  The domain
is part of the name wherever a quantity is measured by domain, so that domains are never added up by market
size unnoticed; loans and debt have no domain.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import resolve_name, unknown_name, unusable
from lockin_sim.common.formats import located, with_article
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.values import check_listed
from lockin_sim.comparisons.outcomes import Outcome, collect_outcomes, compute_group_sizes
from lockin_sim.model.measures import VARIABLES
from lockin_sim.world import World, resolve_world
from lockin_sim.world.cache import cache_per_world
from lockin_sim.world.case import load_bundled_case
from lockin_sim.world.names import format_label

if TYPE_CHECKING:
    import xarray as xr

#: The place that is the whole world, the first of its groups; and that of the median economy.
WORLD, MEDIAN = "world", "median"

#: Variables of the world that are sums over economies, and these.
SUMS = {"total_debt": "debt", "lending": "lent"}

#: A name with a place: what is measured, and where.
_PLACED = re.compile(r"(\w+)\s*\[([^\[\]]*)\]")


# --- by name ---


@checks_keywords()
def outcomes(world: World | None = None) -> dict[str, Outcome]:
    """List all named outcomes of a world, by name, with the outcomes of its case first.

    world  None = the bundled world
    Each has ``name``, ``unit``, ``label`` and ``doc``, its meaning.  Outcomes of any place in one domain,
    such as ``dependence[KEN,CHN,mobile_network]``, exist too; see :func:`select_outcomes`.
    """
    world = resolve_world(world)
    case = world.case
    own = (*case.outcomes, *(goal.outcome for goal in case.goals))
    return {**select_outcomes(world, own, "case.toml, outcome"), **collect_outcomes(world)}


def select_outcomes(
    world: World, names: Iterable[str] | str | None, where: str = "outcome"
) -> dict[str, Outcome]:
    """Return the named outcomes by name, or the only one; all outcomes if ``names`` is None.

    where  argument name, for messages
    Raises InputError for an unknown name, or for a place in which an outcome is not measured.
    """
    if names is None:
        return outcomes(world)
    names = [names] if isinstance(names, str) else names
    check_listed("outcomes", names, allowed="a name of an outcome, or a list of names")
    known = collect_outcomes(world)
    chosen = [_resolve_outcome(world, name, known, where) for name in names]
    return {outcome.name: outcome for outcome in chosen}


@cache_per_world(most=1)
def select_headlines(world: World) -> tuple[str, ...]:
    """Return the names of the main outcomes of a world's case, the principal outcome first.

    Empty without a case.  Outcomes in groups of markets that the world does not have are left out.
    """
    places = {MEDIAN, *world.group_names, *world.countries}
    named = ((name, _PLACED.fullmatch(name)) for name in world.case.outcomes)
    return tuple(
        select_outcomes(
            world, [name for name, of in named if not of or of[2].split(",")[0].strip() in places]
        )
    )


def replace_place(name: str, place: str) -> str:
    """Return the name of an outcome with its place replaced by ``place``."""
    return re.sub(r"\[[^,\]]*", f"[{place}", name, count=1)


#: The main outcomes of the bundled world.
HEADLINES = load_bundled_case().outcomes


def list_recorded_variables(chosen: Iterable[Outcome]) -> tuple[str, ...]:
    """List the variables that outcomes need beyond those always recorded.

    Includes ``unsound``, a check of the whole state.
    """
    return tuple(dict.fromkeys(("unsound", *(name for outcome in chosen for name in outcome.record))))


def with_places(world: World, names: Iterable[str] | str | None) -> World:
    """Add each economy in which the outcomes are measured to a world as a group of markets.

    Groups affect measurement only, not the simulation.  Raises InputError as :func:`select_outcomes`.
    """
    chosen = select_outcomes(world, names).values()
    return with_economies(world, (outcome.place for outcome in chosen))


def with_economies(world: World, places: Iterable[str]) -> World:
    """Return a copy of a world in which each place that is an economy is a group of markets."""
    codes, known = np.array(world.countries), {*world.group_names}
    economies = [place for place in dict.fromkeys(places) if place in world.countries and place not in known]
    more = {code: np.tile(codes == code, (len(world.domains), 1)) for code in economies}
    return dataclasses.replace(world, groups={**world.groups, **more}) if more else world


def find_main_domain(world: World) -> str:
    """Return the domain shown by maps, regions and the chain.

    The domain of the case; else the first domain in which operators buy; else the first domain.
    """
    bought = world.bought_by("operator")
    return world.case.domain or world.domains[int(bought[0]) if len(bought) else 0]


def list_mapped_domains(world: World) -> list[str]:
    """List the domains with maps: the main domain, then each domain in which states may restrict vendors."""
    sensitive = [d for d, bites in zip(world.domains, world.sensitive, strict=True) if bites]
    return list(dict.fromkeys([find_main_domain(world), *sensitive]))


def _resolve_outcome(world: World, name: object, known: Mapping[str, Outcome], where: str) -> Outcome:
    """Return the outcome of a name, with or without a place.  known: declared outcomes;  where: for messages

    Raises InputError for an unknown quantity, place, sponsor or domain, or a wrong number of labels.
    """
    if isinstance(name, str) and name in known:
        return known[name]
    if not isinstance(name, str) or (parts := _PLACED.fullmatch(name.strip())) is None:
        raise unknown_name(where, found=name, known=known)
    quantity, labels = parts[1], [part.strip() for part in parts[2].split(",")]
    mine = {o.member: o for o in known.values() if o.quantity == quantity and o.reads}
    if not mine:
        quantities = {o.quantity for o in known.values() if o.reads}
        raise unknown_name(f"{where} {name}, quantity", found=quantity, known=quantities)
    first, summed = next(iter(mine.values())), any(set(o.reads) & set(SUMS) for o in mine.values())
    axes = ["place", *(["sponsor"] if first.member else []), *([] if summed else ["domain"])]
    if len(labels) != len(axes):
        one = {"place": labels[0] or WORLD, "sponsor": first.member, "domain": find_main_domain(world)}
        allowed = f"{quantity}[{','.join(axes)}], such as {quantity}[{','.join(one[axis] for axis in axes)}]"
        raise unusable(where, found=name, allowed=allowed)
    at, where = dict(zip(axes, labels, strict=True)), f"{where} {name}"
    member = _resolve_sponsor(world, f"{where}, sponsor", at["sponsor"], mine) if first.member else ""
    domain = "" if summed else world.code_of(f"{where}, domain", at["domain"], "domain")
    return _place_outcome(
        mine[member], f"{where}, place", resolve_place(world, f"{where}, place", at["place"]), domain
    )


def resolve_place(world: World, where: str, name: str) -> str:
    """Return the code of a place (group of markets, economy, or median economy) given by code or title.

    where  argument name, for messages
    Raises InputError for an unknown name.
    """
    kinds = "group", "country"
    return resolve_name(where, found=name, known=[MEDIAN, *world.codes(*kinds)], called=world.called(*kinds))


def _resolve_sponsor(world: World, where: str, name: str, known: Iterable[str]) -> str:
    """Return the code of a sponsor given by code or title.

    where  for messages;  known  codes of sponsors that have outcomes
    Raises InputError for a sponsor without outcomes.
    """
    return resolve_name(where, found=name, known=known, called=world.called("sponsor"))


def format_place(place: str) -> str:
    """Format a place for running text: 'Africa', 'the Netherlands', 'the median economy'."""
    return (
        "the median economy"
        if place == MEDIAN
        else with_article(format_label("group", place))
        if place
        else ""
    )


def _place_outcome(outcome: Outcome, where: str, place: str, domain: str) -> Outcome:
    """Convert an outcome of the world to the outcome of a place in one domain.  where: for messages

    Raises InputError if the outcome has no median over economies and the place is the median economy.
    """
    if place == MEDIAN and (unknown := [each for each in outcome.reads if f"median_{each}" not in VARIABLES]):
        allowed = f"a group or an economy; not measured is the median of {', '.join(unknown)}"
        raise unusable(where, found=place, allowed=allowed)
    code = ",".join(filter(None, (place, outcome.member, domain)))
    named = located(format_place(place))
    usual = "{label}, {domain} {place}" if domain else "{label} {place}"
    label = (outcome.placed or usual).format(
        label=outcome.label, domain=format_label("domain", domain) if domain else "", place=named
    )
    return outcome._replace(
        name=f"{outcome.quantity}[{code}]",
        label=label,
        group="",
        place=place,
        reads=(),
        of=partial(_read_placed_outcome, outcome=outcome, place=place, domain=domain or None),
        record=tuple(get_place_variable(name, place) for name in outcome.reads),
    )


def _read_placed_outcome(
    ds: xr.Dataset, world: World, *, outcome: Outcome, place: str, domain: str | None
) -> Floats:
    """Compute an outcome of a place from a dataset.  (run, year)."""
    return outcome.of(extract_place(ds, world, outcome.reads, place, domain), world)


# --- a place as if it were the world ---


def get_place_variable(name: str, place: str = "") -> str:
    """Return the name of the variable that holds a world variable by group, or for the median economy."""
    return f"median_{name}" if place == MEDIAN else SUMS.get(name, f"group_{name}")


def extract_place(
    ds: xr.Dataset, world: World, names: Iterable[str], place: str, domain: str | None = None
) -> xr.Dataset:
    """Build a dataset in which one place stands for the world, and one domain for all domains.

    names  of the variables of the world;  place  a group of markets, or the median economy
    ds     dataset with the variables that :func:`get_place_variable` names
    The result is the input of the outcomes of the world.
    """
    import xarray as xr

    size = compute_group_sizes(ds, world, [WORLD if place == MEDIAN else place])[0]
    if domain is not None:
        size = size * (np.array(world.domains) == domain)
    read = {name: _read_place_variable(ds, world, name, place) for name in names}
    read["market_size"] = xr.Variable(("year", "domain"), size)
    used = {axis for variable in read.values() for axis in variable.dims if axis in ds.xindexes}
    indexes = {axis: ds.xindexes[axis] for axis in used}
    labels = {axis: ds.variables[axis] for axis in used}
    return xr.Dataset(read, coords=xr.Coordinates(labels, indexes=indexes))


def _read_place_variable(ds: xr.Dataset, world: World, name: str, place: str) -> xr.Variable:
    """Return the values, in one place, of a variable of the world."""
    measured = ds.variables[get_place_variable(name, place)]
    if place == MEDIAN:
        return measured
    group = world.group_names.index(place)
    if name not in SUMS:
        return measured.isel(group=group)
    members = measured.isel(country=np.flatnonzero(world.group_masks[group].any(axis=0)))
    undefined = 0.0 * ds.variables[name]  # NaN in the initial year, which has no flows
    return members.sum("country", skipna=False) + undefined
