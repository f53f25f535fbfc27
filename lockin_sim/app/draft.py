"""A policy that is being built: uses of levers as somebody chose them, and the scenario that they make."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from lockin_sim.app.written import name_from
from lockin_sim.checked import checked
from lockin_sim.errors import unusable
from lockin_sim.levers import LEVERS
from lockin_sim.policies import scenarios
from lockin_sim.scenario import Scenario
from lockin_sim.uses import LeverUse, check_use
from lockin_sim.world import World


@dataclass
class Draft:
    """A policy: the scenario that it began with, what it is called, and its uses of levers."""

    start: Scenario
    title: str = ""
    uses: list[dict[str, Any]] = field(default_factory=list)  # as in a file: lever, target, from, ...

    @classmethod
    def of(cls, scenario: Scenario) -> Draft:
        """A draft that nobody has changed yet."""
        return cls(scenario, scenario.called, [use.content for use in scenario.levers])

    def scenario(self, taken: Collection[str] = ()) -> Scenario:
        """The scenario as it stands; the one that it began with where nothing differs from it.

        taken  names that it must not have, those of built-in scenarios beside them
        Raises InputError for what cannot be used, as for a file.
        """
        where = f"“{self.title or self.start.called}”"
        if self.title == self.start.called and self._same() and self.start.name not in taken:
            return self.start
        if not self.title.strip():
            raise unusable("title of the policy", found=self.title, allowed="a name that is not blank")
        levers = []
        for number, content in enumerate(self.uses):
            said = f"{where}, lever {number + 1}"
            use = checked(LeverUse, content, said)
            check_use(use, said)
            use.placed(said)
            levers.append(use)
        changed = self.start.model_copy(
            update={
                "name": self._name(taken), "title": self.title, "levers": tuple(levers), **self._texts(),
            }
        )  # fmt: skip
        return checked(
            Scenario, changed.model_dump(by_alias=True, exclude={"levers", "otherwise"}), where
        ).model_copy(update={"levers": tuple(levers), "otherwise": changed.otherwise})

    def _same(self) -> bool:
        """Whether its levers are those that it began with."""
        return self.uses == [use.content for use in self.start.levers]

    def _name(self, taken: Collection[str]) -> str:
        """A name that no other scenario has; its own as long as it is what it began with."""
        stem, unfit = name_from(self.title), {*scenarios(), *taken}
        if self.start.name not in unfit and self.title == self.start.called:
            return self.start.name
        names = [stem, *(f"{stem}_{n}" for n in range(2, len(unfit) + 3))]
        return next(name for name in names if name not in unfit)

    def _texts(self) -> dict[str, Any]:
        """What a changed scenario says of itself: its sizes are no longer those of the source."""
        if self._same():
            return {}
        based = "" if self.start.name == "baseline" else f", beginning with “{self.start.called}”"
        question = f"What does “{self.title}” change?"
        return {
            "question": question, "source": f"Built in the app{based}; its sizes are its author's.",
            "decides": "", "otherwise": (), "yardstick": False,
        }  # fmt: skip


def new_use(lever: str, target: str, world: World) -> dict[str, Any]:
    """A use of a lever with its first number, or its first choice, at the default: it changes nothing yet."""
    kind = LEVERS[lever]
    defaults = kind.defaults_in(world)
    given = {name: value for name, value in defaults.items() if value is not None}
    first = next(iter(kind.settings))
    if not given and kind.types[first] is float:
        given = {first: kind.settings[first].low}
    if not given:
        given = {first: kind.settings[first].words(world)[0]}
    last = world.horizon(None)[1]
    return {"lever": lever, "target": target, "from": min(world.present + 1, last), **given}
