"""What a study of a world is about: the file ``case.toml`` beside its tables."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.world.tables import DATA

#: Conditions are held at most until this year.
LAST_YEAR = 2100


class Span(NamedTuple):
    """Years of a case."""

    first: int  # the initial state
    recorded: int  # last year of recorded facts; later conditions are held
    settled: int  # last year that conditions are laid out for, once qualities have settled
    horizon: int  # last year of a run unless another is asked for


class Case(NamedTuple):
    """What a study is about; no family and nobody compared in a toy world."""

    family: str = ""  # standard family under study
    sponsors: tuple[str, ...] = ()  # compared, the one under study first
    groups: tuple[str, ...] = ()  # groups of markets in headlines, beside the world
    outcomes: tuple[tuple[str, str], ...] = ()  # headline outcomes and their titles
    years: Span = Span(2010, 2023, 2030, 2050)


def read_case(
    folder: Path, *, standards: Collection[str], sponsors: Collection[str], groups: Collection[str]
) -> Case:
    """The case of a folder of tables, its names checked against those of the world.

    Raises InputError for a missing file, an unknown key or name, or a value of another kind.
    """
    case = unchecked_case(folder)
    if not case.sponsors:
        raise unusable("case.toml, sponsors", found="none", allowed="at least one, the one under study first")
    known = (("family", (case.family,), standards), ("sponsors", case.sponsors, sponsors))
    for key, names, allowed in (*known, ("groups", case.groups, groups)):
        for name in names:
            if name not in allowed:
                raise unknown_name(f"case.toml, {key}", found=name, known=allowed)
    return case


@cache
def bundled_case() -> Case:
    """The case of the bundled tables, for what has results before it and no world."""
    return unchecked_case(DATA)


def case_of(attributes: Mapping[str, Any]) -> Case:
    """The case that results are about, as far as their attributes tell; the bundled one where they name no
    family."""
    if not attributes.get("family"):
        return bundled_case()
    return Case(family=str(attributes["family"]), sponsors=tuple(str(attributes["sponsors"]).split()))


def unchecked_case(folder: Path) -> Case:
    """The case of a folder, its names not yet checked against tables; errors as of :func:`read_case`."""
    content = _content(folder / "case.toml")
    for key in content:
        if key not in Case._fields:
            raise unknown_name("case.toml", found=key, known=Case._fields)
    try:
        return Case(
            family=str(content["family"]),
            sponsors=tuple(map(str, content["sponsors"])),
            groups=tuple(map(str, content["groups"])),
            outcomes=tuple((str(name), str(title)) for name, title in content["outcomes"].items()),
            years=_span(content["years"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise unusable("case.toml", found=str(error), allowed=f"the keys {', '.join(Case._fields)}") from None


def _span(years: dict[str, Any]) -> Span:
    """The years of a case, in their order."""
    for key in years:
        if key not in Span._fields:
            raise unknown_name("case.toml, years", found=key, known=Span._fields)
    span = Span(**{key: years[key] for key in Span._fields})
    whole = all(isinstance(year, int) and not isinstance(year, bool) for year in span)
    if not whole or not (
        span.first < span.recorded <= span.settled and span.first < span.horizon <= LAST_YEAR
    ):
        allowed = f"whole years with first < recorded <= settled and first < horizon <= {LAST_YEAR}"
        raise unusable("case.toml, years", found=tuple(span), allowed=allowed)
    return span


def _content(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise unusable(str(file), found="no such file", allowed="a file that says what is studied") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise unusable("case.toml", found=str(error), allowed="TOML in UTF-8") from None
