"""What a study of a world is about: the file ``case.toml`` beside its tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lockin_sim.conventions import FIRST_YEAR, LAST_YEAR
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.files import toml_of
from lockin_sim.world.schema import DATA


class Span(NamedTuple):
    """Years of a case."""

    first: int  # the initial state
    recorded: int  # last year of recorded facts; later conditions are held
    present: int  # last year that nobody can change any more: policies begin after it
    settled: int  # last year that conditions are laid out for, once qualities have settled
    horizon: int  # last year of a run unless another is asked for


class Case(NamedTuple):
    """What a study is about; no family and nobody compared in a toy world."""

    family: str = ""  # standard family under study
    sponsors: tuple[str, ...] = ()  # compared, the one under study first
    groups: tuple[str, ...] = ()  # groups of markets in headlines, beside the world
    outcomes: tuple[tuple[str, str], ...] = ()  # headline outcomes and their titles
    years: Span = Span(2010, 2023, 2025, 2030, 2050)


def read_case(folder: Path) -> Case:
    """The case of a folder of tables, its names not yet checked against them, see :func:`check_case`.

    Raises InputError for a missing file, an unknown key, or a value of another kind.
    """
    content = toml_of(folder / "case.toml")
    for key in content:
        if key not in Case._fields:
            raise unknown_name("case.toml", found=key, known=Case._fields)
    for key, (is_so, allowed) in _KINDS.items():
        if key not in content or not is_so(content[key]):
            raise unusable(f"case.toml, {key}", found=content.get(key, "nothing"), allowed=allowed)
    return Case(
        family=content["family"],
        sponsors=tuple(content["sponsors"]),
        groups=tuple(content["groups"]),
        outcomes=tuple(content["outcomes"].items()),
        years=_span(content["years"]),
    )


def check_case(
    case: Case, *, standards: Collection[str], sponsors: Collection[str], groups: Collection[str]
) -> None:
    """Raises InputError for a case without sponsors, and for a name that its world does not know."""
    if not case.sponsors:
        raise unusable("case.toml, sponsors", found="none", allowed="at least one, the one under study first")
    named = {
        "family": ([case.family], standards),
        "sponsors": (case.sponsors, sponsors),
        "groups": (case.groups, groups),
    }
    for key, (names, known) in named.items():
        for name in names:
            if name not in known:
                raise unknown_name(f"case.toml, {key}", found=name, known=known)


@cache
def bundled_case() -> Case:
    """The case of the bundled tables, for what has results before it and no world."""
    return read_case(DATA)


def case_of(attributes: Mapping[str, Any]) -> Case:
    """The case that results are about, as far as their attributes tell; the bundled one where they name no
    family."""
    if not attributes.get("family"):
        return bundled_case()
    return Case(family=str(attributes["family"]), sponsors=tuple(str(attributes["sponsors"]).split()))


def _texts(value: object) -> bool:
    """Whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


#: What each key of a case holds, and how that is spoken of.
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "family": (lambda value: isinstance(value, str), "a text"),
    **dict.fromkeys(("sponsors", "groups"), (_texts, "a list of texts")),
    "outcomes": (lambda value: isinstance(value, dict) and _texts(list(value.values())), "a table of texts"),
    "years": (lambda value: isinstance(value, dict), f"a table with {', '.join(Span._fields)}"),
}


def _span(years: dict[str, Any]) -> Span:
    """The years of a case, in their order."""
    for key in years:
        if key not in Span._fields:
            raise unknown_name("case.toml, years", found=key, known=Span._fields)
    for key in Span._fields:
        if key not in years:
            raise unusable(f"case.toml, years.{key}", found="nothing", allowed="this key is required")
    span = Span(**years)
    whole = all(isinstance(year, int) and not isinstance(year, bool) for year in span)
    if not whole or not (
        FIRST_YEAR <= span.first < span.recorded <= span.settled <= LAST_YEAR
        and span.recorded <= span.present <= span.horizon <= LAST_YEAR
    ):
        order = "first < recorded <= settled and recorded <= present <= horizon"
        allowed = f"whole years from {FIRST_YEAR} to {LAST_YEAR} with {order}"
        raise unusable("case.toml, years", found=tuple(span), allowed=allowed)
    return span
