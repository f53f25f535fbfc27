"""Scenarios: levers over years and changed parameters, read from text files, checked and hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from lockin_sim.checked import checked, fill
from lockin_sim.errors import Defects, InputError, unknown_name, unusable
from lockin_sim.files import toml_of
from lockin_sim.levers import LEVERS, targets_of
from lockin_sim.notebook import folded, plain, sentence, table
from lockin_sim.parameters import Parameters
from lockin_sim.policies import POLICIES, ScenarioName, scenarios
from lockin_sim.wording import listed
from lockin_sim.world import Conditions, World

type _Text = Annotated[str, Field(min_length=1)]

#: Names stand in tables, figures and names of files: one line, whose signs neither control nor turn it.
_ODD = r"\p{Cc}\p{Zl}\p{Zp}\u{202A}-\u{202E}\u{2066}-\u{2069}"
type _Name = Annotated[str, Field(max_length=100, pattern=rf"^[^{_ODD}]*[^\s{_ODD}][^{_ODD}]*$")]


class LeverUse(BaseModel):
    """One use of a lever; its own settings are the keys beyond these."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    lever: _Text
    target: str | list[str]
    from_: int = Field(alias="from")
    to: int | None = None
    _place: str = PrivateAttr("")  # file and position it was read from, for messages

    def __eq__(self, other: object) -> bool:
        """Whether they say the same, wherever they were read."""
        return isinstance(other, LeverUse) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    @property
    def settings(self) -> dict[str, Any]:
        """The lever's own settings."""
        return dict(self.model_extra or {})

    @property
    def targets(self) -> list[str]:
        """Names of the targets."""
        return [self.target] if isinstance(self.target, str) else list(self.target)


class Scenario(BaseModel):
    """A question put to the model: levers over years, and changed parameters.

    name, question, source  required; what is asked, and why these sizes
    based_on    name of the scenario whose levers and parameters come before these, or a list of several: a
                package.  One that is reached in two ways counts once
    parameters  values by name
    levers      uses of levers, in order
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: _Name
    question: _Text
    source: _Text
    based_on: str | list[str] | None = None
    parameters: dict[str, float] = {}
    levers: tuple[LeverUse, ...] = Field(default=(), strict=False)

    def __init__(self, /, **content: Any) -> None:
        """Raises InputError for a missing or unknown key, or a wrong type."""
        fill(self, content, "Scenario")

    @classmethod
    def none(cls) -> Self:
        """The scenario without any lever."""
        return cls(name="none", question="What happens without any policy?", source="definition")

    def with_lever(
        self, lever: str, target: str | list[str], *, from_: int, to: int | None = None, **settings: Any
    ) -> Scenario:
        """A copy with one more lever.

        Raises InputError for an unknown lever or setting; targets and values are checked when used, since
        they depend on the world.
        """
        content = {"lever": lever, "target": target, "from": from_, "to": to, **settings}
        longer = self.model_copy(update={"levers": (*self.levers, checked(LeverUse, content, self.name))})
        _check_names(longer, self.name)
        return longer

    def _repr_html_(self) -> str:
        """For notebooks."""
        levers = (
            [
                u.lever,
                plain(u.targets),
                str(u.from_),
                "" if u.to is None else str(u.to),
                _settings(u.settings),
            ]
            for u in self.levers
        )
        parts = [sentence(f"{self.name}: {self.question}")]
        if self.parents:
            parts.append(sentence(f"Based on {listed(self.parents)}."))
        if self.parameters:
            parts.append(sentence(f"Parameters: {_settings(self.parameters)}"))
        if self.levers:
            parts.append(table(["lever", "target", "from", "to", "settings"], levers, words=(1, 4)))
        return "\n".join([*parts, folded("Why these sizes", sentence(self.source))])

    @property
    def parents(self) -> list[str]:
        """Scenarios it is based on."""
        return [self.based_on] if isinstance(self.based_on, str) else self.based_on or []

    @property
    def hash(self) -> str:
        """Twelve hex digits that change with whatever changes numbers."""
        content = {
            "parameters": self.parameters,
            "levers": [u.model_dump(by_alias=True) for u in self.levers],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    def configure(self, parameters: Parameters) -> Parameters:
        """The parameters with this scenario's changes.  Raises InputError for an unknown name or value."""
        return parameters.replace(self.parameters) if self.parameters else parameters

    def conditions(self, world: World, years: tuple[int, int]) -> Conditions:
        """What the engines see: the world's conditions over the years, changed by the levers.

        Raises InputError naming the lever, key, what was found and what is allowed.
        """
        first, last = world.horizon(years)
        conditions = world.conditions.spanning(first, last)
        if not self.levers:
            return conditions
        conditions = conditions.copy()
        with Defects() as defects:
            for position, use in enumerate(self.levers):
                where = use._place or f"scenario {self.name}: levers[{position}]"
                with defects.part():
                    _apply(use, where, world, conditions)
        return conditions


#: How a scenario is given: a built-in name, the path of a TOML file, or a :class:`Scenario`.
type Named = ScenarioName | str | Path | Scenario


def _settings(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {plain(value)}" for name, value in values.items())


def _apply(use: LeverUse, where: str, world: World, conditions: Conditions) -> None:
    """Check one use of a lever against the world and let it act."""
    if use.lever not in LEVERS:
        raise unknown_name(f"{where}.lever", found=use.lever, known=LEVERS)
    lever = LEVERS[use.lever]
    end = world.last_year if use.to is None else use.to
    if not world.first_year <= use.from_ <= world.last_year:
        raise unusable(
            f"{where}.from", found=use.from_, allowed=f"a year from {world.first_year} to {world.last_year}"
        )
    if end < use.from_ or end > world.last_year:
        raise unusable(f"{where}.to", found=end, allowed=f"a year from {use.from_} to {world.last_year}")
    targets = targets_of(world, lever.target, f"{where}.target", use.targets)
    settings = lever.check(where, use.settings, world)
    when = (conditions.years >= use.from_) & (conditions.years <= end)
    if when.any():
        lever.apply(world, conditions, when, targets, **settings)


def load_scenario(name: Named) -> Scenario:
    """A built-in scenario by its name, one from a TOML file by its path, or a Scenario as it is.

    Returns it with the levers and parameters of those it is based on, and ``based_on`` no longer set.
    Raises InputError for an unknown name, a missing, empty or malformed file, an unknown key or a
    wrong type; the message names file, key, what was found and what is allowed.
    """
    if isinstance(name, Scenario) and not name.parents:
        return name
    *others, scenario = _lineage(name)
    levers = tuple(use for one in (*others, scenario) for use in one.levers)
    parameters = {key: value for one in (*others, scenario) for key, value in one.parameters.items()}
    whole = scenario.model_copy(update={"levers": levers, "parameters": parameters, "based_on": None})
    of_a_file = not isinstance(name, Scenario) and name not in scenarios()
    if of_a_file and whole.name in scenarios() and whole.hash != load_scenario(whole.name).hash:
        raise unusable(f"{name}: name", found=whole.name, allowed="a name that no built-in scenario has")
    return whole


class _Opened(NamedTuple):
    """A scenario whose parents are being read."""

    scenario: Scenario
    where: str  # what messages call it
    parents: Iterator[str]  # those not read yet


def _lineage(name: Named) -> list[Scenario]:
    """What a scenario is based on, each read once and before what rests on it; itself last."""
    opened = {_identity(name): _open(name)}  # from the one asked for down to the one being read
    done: dict[str, Scenario] = {}
    while opened:
        identity, here = next(reversed(opened.items()))
        parent = next(here.parents, None)
        if parent is None:
            done[identity] = opened.pop(identity).scenario
            continue
        try:
            identity = _identity(parent)
            new = None if identity in done or identity in opened else _open(parent)
        except InputError as error:
            raise InputError(f"{_chain(opened)}: based_on: {error}") from error
        if identity in opened:
            allowed = "a scenario that is not based on this one"
            raise unusable(f"{_chain(opened)}: based_on", found=parent, allowed=allowed)
        if new is not None:
            opened[identity] = new
    return list(done.values())


def _chain(opened: Mapping[str, _Opened]) -> str:
    """How one file leads to another, in words."""
    names = [one.where for one in opened.values()]
    shown = names if len(names) <= 4 else [*names[:2], f"({len(names) - 3} more)", names[-1]]
    return ": based_on: ".join(shown)


def _open(name: Named) -> _Opened:
    """A scenario as its file has it, its parents still to be read; files are named from its own folder."""
    if isinstance(name, Scenario):
        return _Opened(name, f"scenario {name.name}", iter(name.parents))
    path, where = _file_of(name)
    content = toml_of(path, where)
    if not content:
        raise unusable(where, found="an empty file", allowed="a scenario with name, question and source")
    scenario = checked(Scenario, content, where)
    _check_names(scenario, where)
    for position, use in enumerate(scenario.levers):
        use._place = f"{where}: levers[{position}]"
    if name in scenarios():
        return _Opened(scenario, where, iter(scenario.parents))
    beside = (str(path.parent / p) if p.endswith(".toml") else p for p in scenario.parents)
    return _Opened(scenario, where, beside)


def _identity(name: Named) -> str:
    """A built-in name, or the file whatever way it is written; nothing for a scenario without a file."""
    if isinstance(name, Scenario):
        return ""
    if name in scenarios():
        return str(name)
    path, where = _file_of(name)
    try:
        return str(path.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle, no path at all
        raise unusable(where, found=str(error), allowed="the path of a file") from error


def _file_of(name: str | Path) -> tuple[Path, str]:
    """The file of a scenario and what to call it in messages.  Raises InputError for neither."""
    if isinstance(name, str) and name in scenarios():
        return POLICIES / f"{name}.toml", f"{name}.toml"
    if not isinstance(name, str | Path):
        raise unusable("scenario", found=name, allowed="a name, the path of a TOML file, or a Scenario")
    if Path(name).suffix != ".toml":
        raise unknown_name(
            "scenario (a built-in name, or a file ending in .toml)", found=str(name), known=scenarios()
        )
    return Path(name), str(name)


def _check_names(scenario: Scenario, where: str) -> None:
    """Lever and parameter names and values, as far as they can be checked without a world."""
    with Defects() as defects:
        for position, use in enumerate(scenario.levers):
            with defects.part():
                _check_lever(use, f"{where}: levers[{position}]")
        for name, value in scenario.parameters.items():
            try:
                Parameters(**{name: value})
            except InputError as error:
                defects.add(InputError(f"{where}: parameters: {error}"))


def _check_lever(use: LeverUse, where: str) -> None:
    """Names of one use of a lever."""
    if use.lever not in LEVERS:
        raise unknown_name(f"{where}.lever", found=use.lever, known=LEVERS)
    with Defects() as defects:
        for key in use.settings:
            known = [*LEVERS[use.lever].settings, "lever", "target", "from", "to"]
            if key not in known:
                defects.add(unknown_name(f"{where} ({use.lever})", found=key, known=known))
            value = use.settings[key]
            if not isinstance(value, str | bool | int | float | np.number):
                allowed = "a number, a word, true or false"
                defects.add(unusable(f"{where}.{key}", found=value, allowed=allowed))
