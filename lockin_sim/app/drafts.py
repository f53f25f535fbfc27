"""Policies being built, and their conversion to and from TOML text."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.files import read_toml
from lockin_sim.common.values import build_model
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.levers.use import LeverUse, check_use
from lockin_sim.settings.policies import scenarios
from lockin_sim.settings.scenario import Scenario, format_default_question, load_scenario
from lockin_sim.world import World

#: Texts of a scenario, in the order in which people read them.
TEXTS = ("name", "title", "group", "question", "assumption", "source")


def format_scenario(scenario: Scenario) -> str:
    """Write a scenario as TOML text from which :func:`lockin_sim.load_scenario` reads an equal scenario.

    scenario  without parents, as ``load_scenario`` returns it
    Raises InputError for a scenario with parents.
    """
    if scenario.parents:
        raise unusable("scenario", found=scenario.parents, allowed="one that is based on no other")
    lines = [f"{key} = {_format_value(getattr(scenario, key))}" for key in TEXTS if getattr(scenario, key)]
    lines += ["yardstick = true"] if scenario.yardstick else []
    if scenario.parameters:
        lines += [
            "",
            "[parameters]",
            *(f"{_format_key(k)} = {_format_value(v)}" for k, v in scenario.parameters.items()),
        ]
    lines += _format_uses("levers", scenario.levers)
    for other in scenario.otherwise:
        said = {key: value for key, value in other.model_dump(exclude={"levers"}).items() if value}
        lines += ["", "[[otherwise]]", *(f"{key} = {_format_value(value)}" for key, value in said.items())]
        lines += _format_uses("otherwise.levers", other.levers)
    return "\n".join(lines) + "\n"


def parse_scenario(text: str | bytes, said: str) -> Scenario:
    """Parse the scenario in a text, as :func:`lockin_sim.load_scenario` reads a file.

    said  name of the text in messages
    Raises InputError as ``load_scenario``, and for a text based on scenarios that are not built in.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.toml"
        file.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        content = read_toml(file, said)
        parents = content.get("based_on", [])
        for parent in parents if isinstance(parents, list) else [parents]:
            if parent not in scenarios():
                allowed = "built-in scenarios alone, where a text is loaded instead of a file"
                raise unusable(f"{said}: based_on", found=parent, allowed=allowed)
        try:
            scenario = load_scenario(file)
        except InputError as error:
            raise InputError(str(error).replace(str(file), said)) from error
    for position, use in enumerate(scenario.levers):
        use.placed(f"{said}: levers[{position}]")
    return scenario


def derive_name(title: str) -> str:
    """Derive a name for code and files from a title: 'my_policy'."""
    words = re.findall(r"[^\W_]+", title.casefold())
    return "_".join(words)[:60] or "policy"


def _format_uses(table: str, uses: Sequence[LeverUse]) -> list[str]:
    """Format uses of levers as lines of TOML.

    table  name of their array of tables
    """
    lines = []
    for use in uses:
        lines += [
            "",
            f"[[{table}]]",
            *(f"{_format_key(k)} = {_format_value(v)}" for k, v in use.content.items()),
        ]
    return lines


def _format_key(name: str) -> str:
    """Format a key of TOML, quoted if necessary."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _format_value(name)


def _format_value(value: Any) -> str:
    """Format a value of TOML: as JSON, except for the DEL character and non-finite numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    text = json.dumps(value, ensure_ascii=False, default=lambda number: number.item())
    return text.replace("\x7f", "\\u007f")


#: Follows the title of a changed policy; most characters before it.
CHANGED, _TITLE = " (changed)", 90

#: Changes of one lever that can be undone.
_UNDONE = 50


@dataclass
class PolicyDraft:
    """A policy being built: its initial scenario, title, and uses of levers.

    trails  for each use of a lever, its states from first to current, as in a file: lever, target, ...
    """

    start: Scenario
    title: str = ""
    trails: list[list[dict[str, Any]]] = field(default_factory=list)

    @classmethod
    def of(cls, scenario: Scenario) -> PolicyDraft:
        """Build an unchanged draft of a scenario."""
        return cls(scenario, scenario.called, [[use.content] for use in scenario.levers])

    @property
    def uses(self) -> list[dict[str, Any]]:
        """Current uses of levers, as in a file."""
        return [trail[-1] for trail in self.trails]

    def note(self, position: int, use: dict[str, Any]) -> None:
        """Append a changed state of a use of a lever to its trail.

        The first state and the last 50 are kept.
        """
        trail = self.trails[position]
        if use != trail[-1]:
            trail.append(use)
            del trail[1:-_UNDONE]

    @property
    def same(self) -> bool:
        """Whether the uses of levers equal those of the initial scenario."""
        return self.uses == [use.content for use in self.start.levers]

    @property
    def called(self) -> str:
        """Title of the policy, with " (changed)" added if levers differ under the initial title."""
        if self.same or self.title != self.start.called or self.title.endswith(CHANGED):
            return self.title
        return f"{self.title[:_TITLE]}{CHANGED}"

    def rename(self, title: str) -> None:
        """Set the title, unless it equals the displayed title."""
        if title != self.called:
            self.title = title

    def scenario(self, taken: Collection[str] = ()) -> Scenario:
        """Build the scenario of the draft; return the initial scenario if nothing differs from it.

        taken  names that the scenario must not have, in addition to names of built-in scenarios
        Raises InputError for invalid content, as for a file.
        """
        where, start, called = f"“{self.title or self.start.called}”", self.start, self.called
        titled, same = self.title == start.called, self.same
        if titled and same and start.name not in taken:
            return start
        if not self.title.strip():
            raise unusable("title of the policy", found=self.title, allowed="a name that is not blank")
        levers = []
        for number, content in enumerate(self.uses):
            said = f"{where}, lever {number + 1}"
            use = build_model(LeverUse, content, said)
            check_use(use, said)
            use.placed(said)
            levers.append(use)
        stem, unfit = derive_name(called), {*scenarios(), *taken}
        names = [start.name] if titled else []
        names += [stem, *(f"{stem}_{n}" for n in range(2, len(unfit) + 3))]
        update: dict[str, Any] = {"title": called, "levers": tuple(levers)}
        update["name"] = next(name for name in names if name not in unfit)
        if not same:  # its sizes are no longer those of the source
            based = "" if start.name == "baseline" else f", beginning with “{start.called}”"
            update |= {"assumption": "", "otherwise": (), "yardstick": False}
            update["question"] = format_default_question(called)
            update["source"] = f"Built in the app{based}; its sizes are its author's."
        changed = start.model_copy(update=update)
        dump = changed.model_dump(by_alias=True, exclude={"levers", "otherwise"})
        whole = {"levers": changed.levers, "otherwise": changed.otherwise}
        return build_model(Scenario, dump, where).model_copy(update=whole)


def build_use(lever: str, target: str, world: World) -> dict[str, Any]:
    """Build a new use of a lever with default settings.

    Without defaults, the first setting has its lowest number or first choice.
    """
    kind = LEVERS[lever]
    defaults = kind.defaults_in(world)
    settings = {name: value for name, value in defaults.items() if value is not None}
    first = next(iter(kind.settings))
    if not settings and kind.types[first] is float:
        settings = {first: kind.settings[first].low}
    if not settings:
        settings = {first: kind.settings[first].words(world)[0]}
    last = world.horizon(None)[1]
    return {"lever": lever, "target": target, "from": min(world.present + 1, last), **settings}
