"""The chain from a first mover to a standard, link by link.

A first mover has an installed base; who has a base keeps it at renewal; a base moves the agenda of bodies
and, through vested interest, votes; agenda and votes make status; status makes others comply; own base and
others' compliance are the family's reach; reach sells.  Each link is seen by changing what stands before
it, under the same luck; what passes through it is seen by cutting it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import LEAD, RUNS, SEED
from lockin_sim.errors import chosen_of
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.runs.workers import check_numbers
from lockin_sim.scenario import Named, Scenario
from lockin_sim.statistics import difference
from lockin_sim.studies.chain.alternatives import parameters_under
from lockin_sim.studies.chain.effects import measured
from lockin_sim.studies.chain.ledger import ledger
from lockin_sim.studies.chain.links import CHANGES, CUTS, LINKS, changed_worlds
from lockin_sim.studies.chain.quantities import (
    QUANTITIES,
    RECORD,
    Measured,
    places,
    quantity_labels,
    read_in,
    studied,
)
from lockin_sim.studies.contrast import changed
from lockin_sim.studies.options import provenance
from lockin_sim.studies.pairing import levers_alone
from lockin_sim.studies.variants import ALTERNATIVES, USUAL
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ALTERNATIVES", "CHANGES", "CUTS", "LINKS", "QUANTITIES", "chain", "ledger", "planned"]


def chain(
    alternatives: Sequence[str] = USUAL,
    *,
    share: float = LEAD,
    group: str = "world",
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """The chain from a first mover to a standard: the size of every link, in all and per unit.

    alternatives  structural alternatives under which it is asked, names of ALTERNATIVES; by default the model
                  as declared, and the corners where all that carries a lead on stands together, and all that
                  wears it down
    share, group  part of what was built in a group of markets abroad by the first year that the owner's
                  vendors are given, see :func:`lockin_sim.studies.leads.with_lead`
    groups        of markets in which it is read; None = the world, and those that its case names
    domains       in which it is read, in markets by their size and in bodies alike; None = those in which
                  operators buy.  The lead is given in all
    Other arguments as in :func:`lockin_sim.compare`.

    Returns a dataset over alternative, quantity, link, change (see CHANGES), part (see CUTS), place (groups
    of markets, all bodies together by how binding they are, and each body) and year:

    ``level``     (alternative, quantity, place, year), mean over runs of the world as it is
    ``effect``    (alternative, change, quantity, place, year), what a change moves, with quantiles over pairs
    ``through``   (alternative, part, quantity, place, year), what of it is gone when a link is cut
    ``per_unit``  (alternative, link, place, year), effect on the quantity after over that on the one before;
                  of places that a link does not have NaN

    All but levels are paired by run, with ``_low``, ``_high`` (95 %: Student's t; of ratios Fieller's, NaN
    where the effect before cannot be told from zero) and ``_pairs_used``.
    Raises InputError for anything that cannot be used, and a world without a family under study.
    """
    check_numbers(runs, seed, workers, chunk)
    plan = planned(
        alternatives, share=share, group=group, groups=groups, domains=domains, baseline=baseline,
        world=world, parameters=parameters, runs=runs, seed=seed, years=years,
    )  # fmt: skip
    arrays = run_cases(
        plan.cases, world=plan.world, runs=runs, seed=seed, years=plan.years, workers=workers, chunk=chunk,
        progress=progress,
    )  # fmt: skip
    return plan.dataset(arrays, runs)


@dataclass(frozen=True)
class Plan:
    """What is run for a chain, and how it becomes a dataset."""

    cases: list[Case]
    world: World
    chosen: Sequence[str]  # alternatives
    groups: tuple[str, ...]
    years: tuple[int, int]
    parameters: Parameters
    seed: int
    about: Mapping[str, Any]  # further attributes

    def dataset(self, arrays: Mapping[str, Mapping[str, Floats]], runs: int) -> xr.Dataset:
        """The dataset of :func:`chain`, from the arrays of all cases by label; runs: how many they hold."""
        found = [_of_alternative({k: v["values"] for k, v in arrays.items()}, name) for name in self.chosen]
        calendar = {"year": np.arange(self.years[0], self.years[1] + 1)}
        labels = _labels(self.chosen) | places(self.world, self.groups) | calendar
        made = provenance(self.world, parameters=self.parameters, runs=runs, seed=self.seed, years=self.years)
        return measured(found, labels, self.world, len(self.groups)).assign_attrs(made | dict(self.about))


def planned(
    alternatives: Sequence[str] = USUAL,
    *,
    share: float = LEAD,
    group: str = "world",
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
) -> Plan:
    """What :func:`chain` runs for its arguments, and raises for them."""
    world, base, given = studied(world), levers_alone(baseline), parameters_of(parameters)
    first, last = world.horizon(years)
    chosen = chosen_of("alternatives", alternatives, ALTERNATIVES)
    read = _groups(world, groups)
    worlds, reduce = changed_worlds(world, base, share, group), Measured(read, read_in(world, domains))
    cases = [
        case
        for name in chosen
        for case in _cases(name, worlds, reduce, parameters_under(name, given, base, runs, seed))
    ]
    about = {"given": float(share), "to": group, "baseline": base.name, "domains": ", ".join(reduce.domains)}
    return Plan(cases, world, chosen, read, (first, last), given, seed, about)


def _groups(world: World, groups: Sequence[str] | None) -> tuple[str, ...]:
    """Groups that are read, the world first: its base moves agendas.  InputError for an unknown one."""
    known = dict.fromkeys(world.group_names)
    asked = world.case.groups if groups is None else chosen_of("groups", groups, known)
    return ("world", *(group for group in asked if group != "world"))


#: A scenario, and a world of its own where it has one, by the change made.
type Worlds = Mapping[str, tuple[Scenario, World | None]]

#: What is run: label, scenario, world of its own, what is cut.
type Arm = tuple[str, Scenario, World | None, dict[str, float]]


def _cases(name: str, worlds: Worlds, reduce: Measured, parameters: Parameters) -> list[Case]:
    """Everything to run under an alternative, whose own parameters hold whatever the baseline sets."""
    alternative = ALTERNATIVES[name]
    return [
        Case(
            label=f"{name} {arm}",
            scenario=changed(scenario, dict(alternative.settings) | cut),
            reduce=reduce,
            parameters=parameters,
            record=RECORD,
            world=own,
            history=alternative.history,
        )
        for arm, scenario, own, cut in _arms(worlds)
    ]


def _arms(worlds: Worlds) -> list[Arm]:
    """What is run under every alternative."""
    whole: list[Arm] = [(arm, scenario, own, {}) for arm, (scenario, own) in worlds.items()]
    cut: list[Arm] = [
        (f"{arm} cut {name}", *worlds[arm], parameters)
        for name, (_, parameters) in CUTS.items()
        for arm in ("as is", "lead")
    ]
    return whole + cut


def _of_alternative(arrays: Mapping[str, Floats], name: str) -> dict[str, Floats]:
    """Levels, what every change moves, and what of the lead's effect is left under every cut, run by run.

    (run, quantity, place, year), with a change or a cut behind the run
    """
    of = {arm.removeprefix(f"{name} "): v for arm, v in arrays.items() if arm.startswith(f"{name} ")}
    moved = np.stack([difference(of[change], of["as is"]) for change in CHANGES], axis=1)
    left = np.stack([difference(of[f"lead cut {cut}"], of[f"as is cut {cut}"]) for cut in CUTS], axis=1)
    return {"level": of["as is"], "effect": moved, "through": difference(moved[:, :1], left)}


def _labels(chosen: Sequence[str]) -> dict[str, Any]:
    """Names and titles along the axes of the chain itself."""
    return {
        "alternative": list(chosen),
        "alternative_label": ("alternative", [ALTERNATIVES[name].title for name in chosen]),
        "alternative_parts": ("alternative", [len(ALTERNATIVES[name].parts) or 1 for name in chosen]),
        "change": list(CHANGES),
        "change_label": ("change", list(CHANGES.values())),
        **quantity_labels(),
        "part": list(CUTS),
        "part_label": ("part", [title for title, _ in CUTS.values()]),
        "link": list(LINKS),
        "link_label": ("link", [link.title for link in LINKS.values()]),
    }
