"""On which luck each scenario of a comparison runs, and which runs of the baseline it is paired with.

What begins after the present is compared with a baseline whose history is near the record.  A thought
experiment changes the past, so no recorded history is its own: it runs unconditioned, and so does a second
baseline beside it, on the same luck.  Without thought experiments there is no second baseline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockin_sim.histories import PRIOR, Given, called, usual_history
from lockin_sim.scenario import Scenario
from lockin_sim.titles import is_thought
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Coordinate along ``scenario``: the kind of history behind its effect.
HISTORY = "history"


def history_for(scenario: Scenario, world: World, history: Given) -> Given:
    """The history that a scenario runs on: this one, but for thought experiments, which are unconditioned."""
    return PRIOR if scenario.is_thought_experiment(world.present) else history


def histories_said(effects: xr.Dataset) -> str:
    """A sentence on the histories of a comparison that has thought experiments; "" for any other."""
    names = [str(name) for name in effects["scenario"].values]
    if not any(is_thought(name, effects) for name in names):
        return ""
    if len(set(effects[HISTORY].values.tolist())) == 1:
        return "Thought experiments change the past: no history is conditioned on the record."
    return (
        "Thought experiments change the past: they and a baseline of their own run on unconditioned "
        "histories. All other effects, and the levels of the baseline, come from histories near the record."
    )


def unconditioned(effects: xr.Dataset) -> bool:
    """Whether a scenario of a comparison that is no thought experiment is unconditioned."""
    if HISTORY not in effects.coords:
        return False
    several = zip(effects["scenario"].values, effects[HISTORY].values, strict=True)
    return any(kind == PRIOR and not is_thought(str(name), effects) for name, kind in several)


@dataclass(frozen=True)
class Pairing:
    """The scenarios of a comparison, the baseline first, and their histories.

    histories  of each; of the baseline that of the runs whose level is shown
    thoughts   whether each is a thought experiment
    """

    scenarios: tuple[Scenario, ...]
    histories: tuple[Given, ...]
    thoughts: tuple[bool, ...]

    @classmethod
    def of(
        cls, chosen: Sequence[Scenario], world: World, years: tuple[int, int], history: Given | None = None
    ) -> Pairing:
        """The pairing of a baseline and others.  With a baseline that changes the past all are unconditioned;
        one is shown conditioned unless it is compared with thought experiments alone."""
        base, *others = chosen
        history = history_for(base, world, usual_history(world, years, history))
        own = [history_for(other, world, history) for other in others]
        shown = PRIOR if own and all(called(one) == PRIOR for one in own) else history
        thoughts = tuple(one.is_thought_experiment(world.present) for one in chosen)
        return cls(tuple(chosen), (shown, *own), thoughts)

    def runs(self) -> Iterator[tuple[str, Scenario, Given]]:
        """All that is simulated: label, scenario and history.  A scenario's label is its name; the baseline's
        second one, if there is any, comes last."""
        base = self.scenarios[0]
        for scenario, history in zip(self.scenarios, self.histories, strict=True):
            yield scenario.name, scenario, history
        for history in self.histories:
            if self._baseline(history) != base.name:
                yield self._baseline(history), base, history
                break  # all others are those of thought experiments, too

    def against(self, name: str) -> str:
        """Label of the runs of the baseline that a scenario is paired with."""
        names = [scenario.name for scenario in self.scenarios]
        return self._baseline(self.histories[names.index(name)])

    def pairs(self) -> dict[str, str]:
        """The same of all scenarios, by name, the baseline first."""
        return {scenario.name: self.against(scenario.name) for scenario in self.scenarios}

    def _baseline(self, history: Given) -> str:
        """Label of the baseline on one kind of history: no name has the blank of the second."""
        name = self.scenarios[0].name
        kind = called(history)
        return name if kind == called(self.histories[0]) else f"{name} ({kind})"
