"""Subject of a study of a world: the file ``case.toml`` beside its tables."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from lockin_sim.common.conventions import FIRST_YEAR, LAST_YEAR
from lockin_sim.common.errors import unknown_name, unusable
from lockin_sim.common.files import read_toml
from lockin_sim.common.values import build_model
from lockin_sim.world.schema import DATA

#: Attribute of results: the names of the main outcomes, separated by blanks.
HEADLINES = "headlines"


class CaseYears(NamedTuple):
    """First, last recorded, present and settled year of a case."""

    first: int  # the initial state
    recorded: int  # last year of recorded facts; later conditions are held
    present: int  # last year that nobody can change any more: policies begin after it
    settled: int  # last year that conditions are laid out for, once qualities have settled
    horizon: int  # last year of a run by default


class CaseGoal(NamedTuple):
    """Outcome that an actor may want to be lower."""

    name: str
    title: str
    outcome: str


class Case(NamedTuple):
    """Subject of a study; a toy world has no family and no compared sponsors."""

    family: str = ""  # standard family under study
    sponsors: tuple[str, ...] = ()  # compared, the one under study first
    groups: tuple[str, ...] = ()  # groups of markets that tables show, beside the world
    outcomes: tuple[str, ...] = ()  # headline outcomes, the first before all others
    years: CaseYears = CaseYears(2010, 2023, 2025, 2030, 2050)
    actor: str = ""  # whose money counts as their own where nobody is named; "" = everybody's
    goals: tuple[CaseGoal, ...] = ()  # outcomes that somebody may want to be lower
    question: str = ""  # what pages open with
    without: str = ""  # scenario without the loans that the question is about
    domain: str = ""  # that maps, regions and the chain show; "" = the first in which operators buy
    neighbours: tuple[tuple[str, float], ...] = ()  # kinds of nearby economies, and parts of their weight


class _GoalEntry(BaseModel):
    """Goal of a case as written in the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str
    outcome: str


class _NeighbourWeights(BaseModel):
    """Weights of the kinds of neighbours other than trade, as written in the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    region: float
    border: float
    owner: float


class _CaseFile(BaseModel):
    """Content of the file ``case.toml``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    family: str
    sponsors: list[str]
    groups: list[str]
    outcomes: list[str]
    years: CaseYears
    actor: str = ""
    goals: dict[str, _GoalEntry] = {}
    question: str = ""
    without: str = ""
    domain: str = ""
    neighbours: _NeighbourWeights | None = None


def read_case(folder: Path) -> Case:
    """Read the case of a folder of tables; its names are checked later, see :func:`check_case`.

    Raises InputError for a missing file, an unknown key, or a value of the wrong type or range.
    """
    file = build_model(_CaseFile, read_toml(folder / "case.toml"), "case.toml")
    span = file.years
    if not (
        FIRST_YEAR <= span.first < span.recorded <= span.settled <= LAST_YEAR
        and span.recorded <= span.present <= span.horizon <= LAST_YEAR
    ):
        order = "first < recorded <= settled and recorded <= present <= horizon"
        allowed = f"whole years from {FIRST_YEAR} to {LAST_YEAR} with {order}"
        raise unusable("case.toml, years", found=tuple(span), allowed=allowed)
    goals = tuple(CaseGoal(name, goal.title, goal.outcome) for name, goal in file.goals.items())
    named = tuple(file.sponsors), tuple(file.groups), tuple(file.outcomes)
    question = file.question, file.without, file.domain
    parts = {} if file.neighbours is None else file.neighbours.model_dump()
    if parts and not (min(parts.values()) >= 0 and math.isclose(sum(parts.values()), 1.0)):
        raise unusable("case.toml, neighbours", found=parts, allowed="parts from 0 to 1 that sum to 1")
    return Case(file.family, *named, span, file.actor, goals, *question, tuple(parts.items()))


def check_case(
    case: Case,
    *,
    standards: Collection[str],
    sponsors: Collection[str],
    groups: Collection[str],
    domains: Collection[str],
) -> None:
    """Raise InputError for a case without sponsors, or with a name that its world does not have."""
    if not case.sponsors:
        raise unusable("case.toml, sponsors", words="none", allowed="at least one, the one under study first")
    named = {
        "actor": ([case.actor] * bool(case.actor), ["world", *sponsors, *groups]),
        "domain": ([case.domain] * bool(case.domain), domains),
        "family": ([case.family], standards),
        "sponsors": (case.sponsors, sponsors),
        "groups": (case.groups, groups),
    }
    for key, (names, known) in named.items():
        for name in names:
            if name not in known:
                raise unknown_name(f"case.toml, {key}", found=name, known=known)


@cache
def load_bundled_case() -> Case:
    """Load the case of the bundled tables, for results without a world."""
    return read_case(DATA)


def read_case_attributes(attributes: Mapping[str, Any]) -> Case:
    """Read the case of results from their attributes; return the bundled case if they name no family."""
    bundled = load_bundled_case()
    if not attributes.get("family"):
        return bundled
    sponsors, outcomes = (tuple(str(attributes.get(of, "")).split()) for of in ("sponsors", HEADLINES))
    own = Case(family=str(attributes["family"]), sponsors=sponsors, outcomes=outcomes)
    if own[:2] != bundled[:2]:
        return own
    return own._replace(goals=bundled.goals, question=bundled.question, without=bundled.without)
