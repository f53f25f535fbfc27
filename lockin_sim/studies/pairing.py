"""On which luck each scenario of a comparison runs, and which runs of the baseline it is paired with.

What begins after the present is compared with a baseline whose history is near the record.  A thought
experiment changes the past, so no recorded history is its own: it runs unconditioned, and so does a second
baseline beside it, on the same luck.  Without thought experiments there is no second baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.errors import InputError, unusable
from lockin_sim.histories import PRIOR, Given, called, usual_history
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.titles import THOUGHT, TITLE, is_thought
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

    def effect(self, values: xr.DataArray) -> xr.DataArray:
        """What every scenario changes, run by run.  values: over (scenario, ...), by label of the runs."""
        pairs = self.pairs()
        against = values.sel(scenario=list(pairs.values())).assign_coords(scenario=list(pairs))
        return values.sel(scenario=list(pairs)) - against

    def _baseline(self, history: Given) -> str:
        """Label of the baseline on one kind of history: no name has the blank of the second."""
        name = self.scenarios[0].name
        kind = called(history)
        return name if kind == called(self.histories[0]) else f"{name} ({kind})"


def scenario_labels(pairing: Pairing) -> dict[str, Any]:
    """Names of scenarios, with title, question, source, hash and history; of each whether it changes the
    past, and whether nobody could choose it, for that or as a yardstick."""
    scenarios = pairing.scenarios
    nobodys = [s.yardstick or past for s, past in zip(scenarios, pairing.thoughts, strict=True)]
    return {
        "scenario": [s.name for s in scenarios],
        TITLE: ("scenario", [s.called for s in scenarios]),
        "scenario_question": ("scenario", [s.question for s in scenarios]),
        "scenario_source": ("scenario", [" ".join(s.source.split()) for s in scenarios]),
        "scenario_decides": ("scenario", [s.decides for s in scenarios]),
        "scenario_yardstick": ("scenario", nobodys),
        THOUGHT: ("scenario", list(pairing.thoughts)),
        HISTORY: ("scenario", [called(history) for history in pairing.histories]),
        "scenario_hash": ("scenario", [s.hash for s in scenarios]),
    }


# --- which scenarios are compared ---


def as_list(scenarios: Sequence[Named] | Named) -> list[Named]:
    """One or several as a list."""
    if isinstance(scenarios, str | Path | Scenario) or not isinstance(scenarios, Iterable):
        return [scenarios]
    return list(scenarios)


def chosen_scenarios(baseline: Named, others: Sequence[Named] | Named) -> list[Scenario]:
    """The baseline and then the others, among which it may stand.

    Raises InputError for two scenarios of one name, for what is no scenario, and for one of several that sets
    parameters.
    """
    several = [baseline, *as_list(others)]
    load, chosen = levers_alone if len(several) > 1 else load_scenario, dict[str, Scenario]()
    seen = set[str]()
    for position, scenario in enumerate(map(load, several)):
        name = scenario.name
        if chosen.setdefault(name, scenario).hash != scenario.hash:
            text = f"scenarios: two different ones have the name {name!r}; allowed: one of each name"
            raise InputError(text)
        if name in seen:
            raise unusable("scenarios", found=f"{name} twice", allowed="each scenario once")
        if position:
            seen.add(name)
    return list(chosen.values())


def levers_alone(name: Named) -> Scenario:
    """A scenario that is compared with others.

    Raises InputError for one that sets parameters: what they change would count as an effect of its levers.
    """
    scenario = load_scenario(name)
    if scenario.parameters:
        options = " ".join(f"--parameter {key}={value:g}" for key, value in scenario.parameters.items())
        allowed = (
            f"levers alone where scenarios are compared; for all of them alike {options}, in Python "
            f"parameters={scenario.parameters}; for one alone a sweep over the parameter (docs/sweeps.md)"
        )
        found = ", ".join(scenario.parameters)
        raise unusable(f"scenario {scenario.name}: parameters", found=found, allowed=allowed)
    return scenario


def idle_ones(chosen: Sequence[Scenario], world: World, years: tuple[int, int]) -> str:
    """Which scenarios change nothing in these years, as those whose levers begin later; "" if none does."""
    base, *others = chosen
    now = base.conditions(world, years)
    idle = [
        scenario.name
        for scenario in others
        if now.same_until(scenario.conditions(world, years)) == len(now.years)
    ]
    return f"{', '.join(idle)}: nothing differs from {base.name} from {years[0]} to {years[1]}" * bool(idle)
