"""Where outcomes register themselves: name, unit, label, and how each is computed.

Names, labels and docstrings may speak of the world's case: ``{family}`` is the standard family under study,
``{title}`` what it is called, ``{sponsor}`` the first sponsor, ``{adjective}`` what its vendors are called,
and ``{own}`` that in names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name
from lockin_sim.wording import meaning_of
from lockin_sim.world import World
from lockin_sim.world.case import Case, bundled_case
from lockin_sim.world.names import adjective, name_of

if TYPE_CHECKING:
    import xarray as xr

#: Groups of markets that are reported apart, where a world has them.
GROUPS = (f"excluding_{bundled_case().sponsors[0]}", *bundled_case().groups)


def headlines(case: Case) -> tuple[str, ...]:
    """Outcomes that come first: the world, and where restrictions bite without the market of the sponsor
    under study; none without a family."""
    if not case.family:
        return ()
    return f"{case.family}_share", f"{case.family}_sensitive_excluding_{case.sponsors[0]}"


#: Those of the bundled world.
HEADLINES = headlines(bundled_case())


def sponsors(world: World) -> dict[str, str]:
    """Sponsors that the world's case compares, all by the same measures, with the adjective of each."""
    return {sponsor: adjective(sponsor) for sponsor in world.case.sponsors if sponsor in world.sponsors}


class Outcome(NamedTuple):
    """One number a run and year."""

    name: str
    unit: str
    label: str
    doc: str
    of: Callable[[xr.Dataset, World], Floats]  # a dataset and its world -> (run, year)
    cumulative: bool = False  # whether a year's number takes in the years before it
    record: tuple[str, ...] = ()  # variables that it needs beyond those always there


type _Function = Callable[..., Floats]
type _Members = Callable[[World], Mapping[str, str]]

_SINGLE: list[tuple[str, Outcome]] = []
_FAMILIES: list[tuple[str, str, str, _Members, _Function, tuple[str, ...]]] = []


def outcome(
    unit: str, label: str, *, name: str = "", needs: str = "", cumulative: bool = False
) -> Callable[[_Function], _Function]:
    """Register a function (dataset, world) -> (run, year) as the outcome of its name.

    name        its name, if not the function's; where it says ``{family}``, only worlds with a case have it
    needs       a standard family without which the outcome does not exist
    cumulative  whether a year's number takes in the years before it
    """

    def register(function: _Function) -> _Function:
        """Note a function as an outcome."""
        doc = meaning_of(function)
        _SINGLE.append((needs, Outcome(name or function.__name__, unit, label, doc, function, cumulative)))
        return function

    return register


def family(
    unit: str, label: str, members: _Members, *, prefix: str = "", record: tuple[str, ...] = ()
) -> Callable[[_Function], _Function]:
    """Register a function (dataset, world, member) -> (run, year) as outcomes ``<name>_<member>``.

    label    with ``{}`` in the place of the member
    members  the members in a world, and how each is called
    prefix   what the names begin with, if not with the function's name
    record   variables that it needs beyond those always there
    """

    def register(function: _Function) -> _Function:
        """Note a function as a family of outcomes."""
        _FAMILIES.append((prefix or function.__name__, unit, label, members, function, record))
        return function

    return register


def outcomes(world: World) -> dict[str, Outcome]:
    """All outcomes that a world has, by name."""
    about = _about(world)
    declared = [o for needs, o in _SINGLE if not needs or needs in world.standards]
    for prefix, unit, label, members, function, record in _FAMILIES:
        doc = meaning_of(function)
        for member, called in members(world).items():
            name, of = f"{prefix}_{member}", _member(function, member)
            declared.append(Outcome(name, unit, label.replace("{}", called), doc, of, record=record))
    said = [
        o._replace(**{text: getattr(o, text).format(**about) for text in ("name", "label", "doc")})
        for o in declared
        if about or "{family}" not in o.name
    ]
    return {o.name: o for o in said}


def _about(world: World) -> dict[str, str]:
    """What the texts of outcomes say in a world: the family under study, the sponsor and what is its own."""
    if not world.case.family:
        return {}
    sponsor = world.case.sponsors[0]
    own = adjective(sponsor)
    title = name_of("standard", world.case.family)
    return {
        "family": world.case.family,
        "title": title,
        "sponsor": sponsor,
        "adjective": own,
        "own": own.lower(),
    }


def select(world: World, names: Iterable[str] | None) -> dict[str, Outcome]:
    """The named outcomes, or all.  Raises InputError for an unknown name."""
    known = outcomes(world)
    if names is None:
        return known
    chosen = list(names)
    for name in chosen:
        if name not in known:
            raise unknown_name("outcome", found=name, known=known)
    return {name: known[name] for name in chosen}


def _member(function: Callable[..., Floats], member: str) -> Callable[[xr.Dataset, World], Floats]:
    """The function of one member of a family of outcomes."""
    return lambda ds, world: function(ds, world, member)
