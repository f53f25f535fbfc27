"""Define scenarios: levers over years and changed parameters, read from files, checked and hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lockin_sim.common.domains import EARLY
from lockin_sim.common.errors import Defects, InputError, resolve_name, unknown_name, unusable
from lockin_sim.common.files import read_toml
from lockin_sim.common.formats import listed, opening, quoted, spoken
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.notebook import folded, plain, sentence, table
from lockin_sim.common.values import build_model, convert_to_python, fill_model
from lockin_sim.settings.levers.use import (
    AlternativeAssumption,
    LeverUse,
    apply_use,
    check_use,
    index_alternatives,
    warn_of_overrides,
)
from lockin_sim.settings.parameters import Parameters, parameter_title
from lockin_sim.settings.policies import POLICIES, ScenarioName, scenarios
from lockin_sim.world import Conditions, World
from lockin_sim.world.loans import RecordedLoans

type _Text = Annotated[str, Field(min_length=1)]

#: Names appear in tables, figures and file names: one line, without control and direction characters.
_ODD = r"\p{Cc}\p{Zl}\p{Zp}\u{202A}-\u{202E}\u{2066}-\u{2069}"
type _Name = Annotated[str, Field(max_length=100, pattern=rf"^[^{_ODD}]*[^\s{_ODD}][^{_ODD}]*$")]
type _Title = Annotated[str, Field(max_length=100, pattern=rf"^([^{_ODD}]*[^\s{_ODD}][^{_ODD}]*)?$")]


class Scenario(BaseModel):
    """Scenario of a run: levers over years, and changed parameters, with the question asked.

    name, question, source  required; the question, and the source of the sizes
    title       in figures, tables and reports; by default the name in words
    group       heading under which lists put the scenario; "" = none
    assumption  the assumption that decides the effect, in words that follow "It rests on"
    otherwise   alternative assumptions, each with its effects, see
                :class:`~lockin_sim.settings.levers.use.AlternativeAssumption`; a package also has those of
                its parts
    yardstick   whether the scenario serves for comparison only and is nobody's choice; scenarios that change
                the past always do, see :meth:`is_thought_experiment`
    based_on    name of the scenario whose levers and parameters come before these, or a list of several: a
                package.  A scenario that is reached in two ways counts once
    parameters  values by name
    levers      uses of levers, in order
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: _Name
    title: _Title = ""
    group: _Title = ""
    question: _Text
    source: _Text
    assumption: str = ""
    otherwise: tuple[AlternativeAssumption, ...] = Field(default=(), strict=False)
    yardstick: bool = False
    based_on: str | list[str] | None = None
    parameters: dict[str, float] = {}
    levers: tuple[LeverUse, ...] = Field(default=(), strict=False)

    if TYPE_CHECKING:  # what editors complete; pydantic checks the same at run time

        def __init__(
            self,
            *,
            name: str,
            question: str,
            source: str,
            title: str = "",
            group: str = "",
            assumption: str = "",
            otherwise: Sequence[AlternativeAssumption | Mapping[str, Any]] = (),
            yardstick: bool = False,
            based_on: str | list[str] | None = None,
            parameters: Mapping[str, float] = ...,
            levers: Sequence[LeverUse | Mapping[str, Any]] = (),
        ) -> None: ...
    else:

        def __init__(self, /, *others: object, **content: Any) -> None:
            """Raises InputError for a missing or unknown key, a wrong type, or a value without a key."""
            if others:
                allowed = "values by their keys, as Scenario(name=..., question=..., source=...)"
                raise unusable("Scenario", found=others[0], allowed=allowed)
            fill_model(self, content, "Scenario")

    @classmethod
    def none(cls) -> Self:
        """Build the scenario without levers, named "none"."""
        return cls(
            name="none", title="No policy", question="What happens without any policy?", source="definition"
        )

    def with_lever(
        self,
        lever: str,
        target: str | list[str],
        *,
        from_: int,
        to: int | None = None,
        name: str | None = None,
        title: str | None = None,
        **settings: Any,
    ) -> Scenario:
        """Return a copy with one more lever.

        from_, to  first and last year; None = the lever does not end
        name       of the copy; None = unchanged; a copy with another name asks what it changes
        title      of the copy; None = unchanged, or for a copy with another name, that name in words
        settings   of the lever, see ``lockin describe levers``

        Raises InputError for an unknown lever or setting; targets and values, which depend on the world, are
        checked when used.
        """
        content = {"lever": lever, "target": target, "from": from_, "to": to, **settings}
        content = {key: convert_to_python(value) for key, value in content.items()}
        called = {"name": self.name if name is None else name, "title": self.title if name is None else ""}
        called |= {} if title is None else {"title": title}
        build_model(Scenario, {**called, "question": self.question, "source": self.source}, "with_lever")
        levers = (*self.levers, build_model(LeverUse, content, self.name))
        longer = _clear_alternative_titles(self.model_copy(update={"levers": levers, **called}))
        if longer.name != self.name:  # the question was another policy's
            longer = longer.model_copy(update={"question": format_default_question(longer.called)})
        _check_names_and_values(longer, self.name)
        return longer

    def alternatives(self) -> list[Scenario]:
        """Build the scenario under each alternative assumption of its file.

        Each is named 'name, if ...', numbered if names repeat.
        Raises InputError for an alternative that could change several uses of a lever: a longer scenario, or
        one based on several, may have another use with the same targets and years.
        """
        self.check_alternatives(self.name)
        return [
            self.model_copy(
                update={
                    "name": f"{self.name}, {when}",
                    "title": other.title or f"{self.called}, {when}",
                    "assumption": other.leans_on or self.assumption,
                    "otherwise": (),
                    "levers": other.applied(self.levers),
                }
            )
            for when, other in index_alternatives(self.otherwise).items()
        ]

    def check_alternatives(self, where: str) -> None:
        """Check that no alternative assumption could change several uses of a lever.

        where  name of the scenario in messages
        Raises InputError that lists every such alternative.
        """
        with Defects() as defects:
            for k, other in enumerate(self.otherwise):
                with defects.part():
                    other.check(self.levers, f"{where}: otherwise[{k}]")

    def __repr__(self) -> str:
        """Return the name, the title, and the levers with their first years."""
        uses = listed([f"{use.lever} from {use.from_}" for use in self.levers] or ["no lever"])
        return f"<Scenario {self.name!r}: {self.called}; {uses}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: question, parents, parameters, table of levers and source."""
        parts = [sentence(f"{self.called}: {self.question}")]
        if self.parents:
            titles = [load_scenario(p).called if p in scenarios() else p for p in self.parents]
            parts.append(sentence(f"Based on {listed(titles)}."))
        if self.parameters:
            changed = ", ".join(f"{parameter_title(k)} {plain(v)}" for k, v in self.parameters.items())
            parts.append(sentence(f"Parameters: {changed}"))
        if self.levers:
            rows = [use.cells for use in self.levers]
            parts.append(table(["lever", "on", "from", "to", "settings"], rows, words=(1, 4)))
        return "\n".join([*parts, folded("Why these sizes", sentence(self.source))])

    @property
    def called(self) -> str:
        """Title for display: the title, or the name in words."""
        return self.title or opening(spoken(self.name))

    @property
    def parents(self) -> list[str]:
        """Names of the scenarios that the scenario is based on."""
        return [self.based_on] if isinstance(self.based_on, str) else self.based_on or []

    @property
    def begins(self) -> int | None:
        """First year of the earliest lever; None without levers."""
        return min((use.from_ for use in self.levers), default=None)

    def is_thought_experiment(self, present: int) -> bool:
        """Whether the scenario changes the past, which nobody can choose.

        present  last year of the past, as :attr:`.World.present`
        """
        return self.begins is not None and self.begins <= present

    @property
    def hash(self) -> str:
        """Hash of twelve hex digits that changes with any lever use or parameter."""
        content = {
            "parameters": self.parameters,
            "levers": [u.model_dump(by_alias=True) for u in self.levers],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    def configure(self, parameters: Parameters) -> Parameters:
        """Return parameters with this scenario's changes applied.

        Raises InputError for an unknown name or value.
        """
        return parameters.replace(self.parameters) if self.parameters else parameters

    def conditions(self, world: World, years: tuple[int, int]) -> Conditions:
        """Build the world's conditions over the years, changed by the levers: the input of the engines.

        Warns of uses that override earlier ones or never act, see :mod:`lockin_sim.settings.levers.use`.
        Raises InputError naming the lever, the key, the value and what is allowed.
        """
        return self._build_lever_conditions(world, *world.horizon(years))

    def _build_lever_conditions(self, world: World, first: int, last: int) -> Conditions:
        """Build the conditions over years that are already checked, changed by the levers."""
        conditions = world.conditions.spanning(first, last)
        if not self.levers:
            return conditions
        draft = conditions.draft()
        with Defects() as defects:
            for position, use in enumerate(self.levers):
                where = use.place or f"scenario {self.name}: levers[{position}]"
                with defects.part():
                    apply_use(use, where, world, draft.as_conditions())
        warn_of_overrides(self.levers, f"scenario {self.name}", world, conditions)
        return draft.finished()

    def loans(self, world: World, conditions: Conditions) -> RecordedLoans:
        """Return the loans on record in the years of conditions, and later loans that may pay ahead."""
        first, last = int(conditions.years[0]), int(conditions.years[-1])
        ahead = np.arange(last + 1, min(last + int(EARLY.high), int(world.conditions.years[-1])) + 1)
        if (world.conditions.of("recorded_loans", ahead) > 0).any():
            conditions = self._build_lever_conditions(world, first, int(ahead[-1]))
        return RecordedLoans.of(conditions.recorded_loans)


#: A scenario by its built-in name, the path of a TOML file, or a :class:`Scenario`.
type Named = ScenarioName | str | Path | Scenario


@checks_keywords()
def load_scenario(name: Named) -> Scenario:
    """Load a built-in scenario by name, or a TOML file by path, with everything it is based on.

    A built-in scenario under another assumption has the name that :meth:`Scenario.alternatives` gives it,
    such as "germany_lifts, if it keeps the ban for good".

    Returns the scenario with the levers and parameters of the scenarios it is based on, and without
    ``based_on``; a :class:`Scenario` is completed likewise.
    Raises InputError for an unknown name, a missing, empty or malformed file, an unknown key or a wrong type;
    the message names file, key, value and what is allowed.
    """
    if not isinstance(name, str | Path | Scenario):
        raise unusable("scenario", found=name, allowed="a name, the path of a TOML file, or a Scenario")
    if isinstance(name, Scenario) and not name.parents:
        return name
    if isinstance(name, str) and (known := _build_named_alternatives(name)):
        return known[resolve_name("scenario", found=name, known=known)]
    *others, scenario = _load_lineage(name)
    levers = tuple(use for one in (*others, scenario) for use in one.levers)
    parameters = {key: value for one in (*others, scenario) for key, value in one.parameters.items()}
    whole = scenario.model_copy(
        update={
            "levers": levers,
            "parameters": parameters,
            "based_on": None,
            "otherwise": tuple(
                other.model_copy(update={"leans_on": other.leans_on or one.assumption})
                for one in (*map(_clear_alternative_titles, others), scenario)
                for other in one.otherwise
            ),
        }
    )
    of_a_file = not isinstance(name, Scenario) and name not in scenarios()
    if of_a_file and whole.name in scenarios() and whole.hash != load_scenario(whole.name).hash:
        raise unusable(f"{name}: name", found=whole.name, allowed="a name that no built-in scenario has")
    return whole


def _clear_alternative_titles(scenario: Scenario) -> Scenario:
    """Return a copy without titles of the alternatives.

    These titles are not true of a longer scenario that contains this one.
    """
    others = tuple(other.model_copy(update={"title": ""}) for other in scenario.otherwise)
    return scenario.model_copy(update={"otherwise": others})


def format_default_question(title: str) -> str:
    """Format the default question of a policy by its title: what does the policy change?"""
    return f"What does {quoted(title)} change?"


def is_built_in(name: str) -> bool:
    """Whether a name is that of a built-in scenario, or of a built-in one under another assumption."""
    return name in scenarios() or name in _build_named_alternatives(name)


def _build_named_alternatives(name: str) -> dict[str, Scenario]:
    """Build the alternatives of the built-in scenario named before the comma, by name.

    Returns an empty dictionary for a name without a comma or of another scenario.
    """
    begun, comma, _ = name.partition(", ")
    known = comma and begun in scenarios()
    return {other.name: other for other in load_scenario(begun).alternatives()} if known else {}


class _OpenScenario(NamedTuple):
    """Scenario with parents still to be read."""

    scenario: Scenario
    where: str  # its name in messages
    parents: Iterator[str]  # those not read yet


def _load_lineage(name: Named) -> list[Scenario]:
    """Load a scenario and all that it is based on, each once and after its parents.

    Raises InputError for an invalid parent and for a scenario that is based on itself.
    """
    opened = {
        _resolve_identity(name): _open_scenario(name)
    }  # from the requested one down to the one being read
    done: dict[str, Scenario] = {}
    while opened:
        identity, here = next(reversed(opened.items()))
        parent = next(here.parents, None)
        if parent is None:
            done[identity] = opened.pop(identity).scenario
            continue
        try:
            identity = _resolve_identity(parent)
            new = None if identity in done or identity in opened else _open_scenario(parent)
        except InputError as error:
            raise InputError(f"{_format_chain(opened)}: based_on: {error}") from error
        if identity in opened:
            allowed = "a scenario that is not based on this one"
            raise unusable(f"{_format_chain(opened)}: based_on", found=parent, allowed=allowed)
        if new is not None:
            opened[identity] = new
    return list(done.values())


def _format_chain(opened: Mapping[str, _OpenScenario]) -> str:
    """Format the chain of files, from the requested scenario to the one being read, for messages."""
    names = [one.where for one in opened.values()]
    shown = names if len(names) <= 4 else [*names[:2], f"({len(names) - 3} more)", names[-1]]
    return ": based_on: ".join(shown)


def _open_scenario(name: Named) -> _OpenScenario:
    """Open a scenario as in its file, with parents still to be read; paths are relative to its folder."""
    if isinstance(name, Scenario):
        return _OpenScenario(name, f"scenario {name.name}", iter(name.parents))
    path, where = _resolve_file(name)
    content = read_toml(path, where)
    if not content:
        raise unusable(where, words="an empty file", allowed="a scenario with name, question and source")
    scenario = build_model(Scenario, content, where)
    _check_names_and_values(scenario, where)
    scenario.check_alternatives(where)
    for position, use in enumerate(scenario.levers):
        use.placed(f"{where}: levers[{position}]")
    if name in scenarios():
        return _OpenScenario(scenario, where, iter(scenario.parents))
    beside = (str(path.parent / p) if p.endswith(".toml") else p for p in scenario.parents)
    return _OpenScenario(scenario, where, beside)


def _resolve_identity(name: Named) -> str:
    """Return the built-in name or the resolved path of a scenario; "" for a Scenario.

    Raises InputError for a path that cannot be resolved.
    """
    if isinstance(name, Scenario):
        return ""
    if name in scenarios():
        return str(name)
    path, where = _resolve_file(name)
    try:
        return str(path.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle, no path at all
        raise unusable(where, found=str(error), allowed="the path of a file") from error


def _resolve_file(name: str | Path) -> tuple[Path, str]:
    """Return the path of a scenario's file, and its name in messages.

    Raises InputError for a name that is neither built in nor the path of a TOML file.
    """
    if isinstance(name, str) and name in scenarios():
        return POLICIES / f"{name}.toml", f"{name}.toml"
    if Path(name).suffix.lower() != ".toml":
        raise unknown_name(
            "scenario (a built-in name, or a file ending in .toml)", found=str(name), known=scenarios()
        )
    return Path(name), str(name)


def _check_names_and_values(scenario: Scenario, where: str) -> None:
    """Check names and values of levers and parameters, as far as possible without a world.

    Raises InputError that lists every defect.
    """
    with Defects() as defects:
        others = {f"otherwise[{k}].levers": other.levers for k, other in enumerate(scenario.otherwise)}
        for key, uses in ({"levers": scenario.levers} | others).items():
            for position, use in enumerate(uses):
                with defects.part():
                    check_use(use, f"{where}: {key}[{position}]")
        for name, value in scenario.parameters.items():
            try:
                Parameters(**{name: value})
            except InputError as error:
                defects.add(InputError(f"{where}: parameters: {error}"))
