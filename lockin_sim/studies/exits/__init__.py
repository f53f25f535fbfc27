"""An exit plan: what leaving a vendor would cost one economy, who could pay, and when each lot comes due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.draws import GENERATOR, History
from lockin_sim.ensemble import Source, posterior_draws, posterior_history
from lockin_sim.errors import unusable, whole_number
from lockin_sim.histories import CONDITIONED, PRIOR, Given, called, histories
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import all_units, joined
from lockin_sim.runs.context import now
from lockin_sim.runs.provenance import digest, world_digest
from lockin_sim.runs.store import ranges
from lockin_sim.runs.workers import check_numbers
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.simulation import check_progress, simulate
from lockin_sim.studies.exits import asked
from lockin_sim.studies.exits.dataset import dataset
from lockin_sim.studies.exits.walk import Walk
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: Draws of a unit, and draws among which the vendor to leave is found where none is named.
CHUNK, FEW = 16, 16


def exit_plan(
    country: str,
    *,
    leaving: str | None = None,
    year: int | None = None,
    suppliers: Mapping[str, str] | None = None,
    policies: Sequence[Named] | None = None,
    baseline: Named = "baseline",
    posterior: Source = None,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float] | None = None,
    history: Given = PRIOR,
    draws: int = RUNS.mechanisms,
    seed: int = SEED,
    workers: int | None = None,
    progress: bool | Progress = False,
) -> xr.Dataset:
    """What it would cost an economy to leave a vendor: buyer by buyer, now and later, over the posterior.

    country    label such as "KEN"
    leaving    a vendor such as "huawei", or a sponsor such as "CHN": all of its vendors.  None = the foreign
               vendor that runs most of the layers in which a state may restrict vendors, by what is spent
    year       when the plan is made; None = the first after the record
    suppliers  vendor by operator, as ``{"operator 1": "huawei"}``, where the economy knows it: these run all
               lots of the operator when the year begins.  Others are simulated
    policies   scenarios tried beside the baseline, each as if it began in ``year``; None = a cap on any one
               vendor by the economy itself, EU loans, and open interfaces
    posterior  where parameters are drawn from: None = the draws that come with the package, a folder of
               ``lockin calibrate``, or its dataset; parameters that are given are not drawn
    draws      number of draws, at least 2, each a run with luck of its own
    workers    number of processes; None = one for each processor

    Returns a dataset over (draw, buyer, moment, ...).  A buyer is a lot of an operator, all users of a
    layer, or all cables that land; a moment is ``now``, before the contract ends; ``renewal``, at its end;
    or ``generation``, when the next generation of the technology frees the lot in part.  ``cost`` is (T8) in
    USD bn, NaN for draws in which the buyer has nothing from those to leave, or nobody else
    offers.  Further variables: ``supplied``, ``supplier``, ``held``, ``due_year``, ``generation_year``,
    ``rebate``, ``chance`` to leave by itself, ``could_lend`` by lender, ``owed`` and ``due_to_lender``, and
    ``stays``, what is held after each year under each policy.
    Raises InputError for anything that cannot be used.
    """
    whole_number("draws", draws, least=2)
    world, given = world_of(world), parameters_of(parameters)
    processes = check_numbers(draws, seed, workers)
    check_progress(progress)
    now().check()
    runs = _Runs(load_scenario(baseline), given, posterior, history, draws, seed)
    walk, titles = _walk(world, runs, country, leaving, year, suppliers or {}, policies)
    about = {
        **runs.about(),
        "named": int(leaving is not None),
        "suppliers": "; ".join(f"{o}={v}" for o, v in (suppliers or {}).items()),
        "policies": "; ".join(str(each) for each in policies or () if isinstance(each, str)),
    }
    return dataset(_computed(walk, draws, processes, progress), walk, titles, about)


class _Runs(NamedTuple):
    """What all runs of a plan are made of, as :func:`exit_plan` takes it."""

    baseline: Scenario
    given: Parameters
    posterior: Source
    history: Given
    draws: int
    seed: int

    def parameters(self) -> Parameters:
        """Parameters of each draw; what is given is not drawn."""
        self.given.check_runs(self.draws)
        kept = self.given.given()
        drawn = posterior_draws(self.draws, seed=self.seed, source=self.posterior)
        free = {name: values for name, values in drawn.items() if name not in kept}
        return self.baseline.configure(self.given.replace(free))

    def luck(self, world: World) -> History | None:
        """Histories of each draw: near the record those of the posterior's draws, where it has any."""
        own = None
        if self.history == CONDITIONED:
            own = posterior_history(
                self.draws, seed=self.seed, countries=world.countries, source=self.posterior
            )
        given = self.history if own is None else own
        return histories(given, world=world, runs=np.arange(self.draws))

    def about(self) -> dict[str, Any]:
        """The same as attributes of a dataset."""
        of_a_place = self.posterior is None or isinstance(self.posterior, str | Path)
        return {
            "posterior": str(self.posterior or "bundled") if of_a_place else "given",
            "parameters": "; ".join(f"{name}={value}" for name, value in self.given.given().items()),
            "history": called(self.history),
            "draws": self.draws,
            "seed": self.seed,
        }


def _walk(
    world: World,
    runs: _Runs,
    country: str,
    leaving: str | None,
    year: int | None,
    suppliers: Mapping[str, str],
    policies: Sequence[Named] | None,
) -> tuple[Walk, list[str]]:
    """The job, checked, and the titles of its scenarios."""
    place, when = asked.country_of(world, country), asked.year_of(world, year)
    last = asked.last_year(world, place, when)
    tried = asked.policies_of(policies, world, place, (world.first_year, last), when)
    world = asked.with_suppliers(world, place, suppliers, when)
    if leaving is not None:
        asked.offers_of(world, leaving)  # refused before anything is simulated
    buyers, values = asked.buyers_of(world, place), runs.parameters()
    runs.baseline.conditions(world, (world.first_year, last))
    luck = runs.luck(world)
    whom = _largest(world, place, when, values, runs, luck) if leaving is None else leaving
    walk = Walk(
        world=None if world is world_of(None) else world,
        scenarios=(runs.baseline, *tried.values()),
        parameters=values,
        luck=luck,
        seed=runs.seed,
        years=(world.first_year, when, last),
        country=place,
        leaving=whom,
        gone=asked.offers_of(world, whom),
        buyers=buyers,
    )
    return walk, [runs.baseline.called, *tried]


def _largest(
    world: World, place: int, year: int, values: Parameters, runs: _Runs, luck: History | None
) -> str:
    """The foreign vendor that runs most of the layers that a state may restrict, by what is spent there.

    Raises InputError where no foreign vendor runs anything.
    """
    few, country = np.arange(min(runs.draws, FEW)), world.countries[place]
    ds = simulate(
        runs.baseline,
        world=world,
        parameters=values.select(few),
        runs=len(few),
        seed=runs.seed,
        years=(world.first_year, year - 1),
        history=PRIOR if luck is None else luck,
        record=("installed",),
    )
    stands = ds["installed"].sel(country=country, year=year - 1).mean("run")
    held = stands.transpose("domain", "vendor").values
    size = world.conditions.of("market_size", np.array([year]))[0, :, place]
    counted = world.sensitive & world.traded
    counted = counted if counted.any() else world.traded
    theirs = asked.foreign(world, place)
    worth = np.zeros(len(world.vendors))
    for d in np.flatnonzero(counted):
        for v in world.slot_vendor[d][theirs[d]]:
            worth[v] += held[d, v] * size[d]
    if not worth.any():
        raise unusable("country", found=country, allowed="one with a foreign vendor, or name whom to leave")
    return world.vendors[int(worth.argmax())]


def _computed(walk: Walk, draws: int, processes: int, progress: bool | Progress) -> dict[str, Floats]:
    """Arrays of all draws, in their order; where :func:`lockin_sim.running` names a store, kept in it."""
    pieces, (first, _, last) = ranges(draws, CHUNK), walk.years
    return joined(
        all_units(
            walk, [(piece,) for piece in pieces], list(map(len, pieces)), processes=processes,
            progress=progress, identity=lambda: _identity(walk, draws),
            said=f"exit plan: {draws} draws, {first} to {last}, {len(walk.scenarios)} scenarios",
        )
    )  # fmt: skip


def _identity(walk: Walk, draws: int) -> dict[str, Any]:
    """All that decides the numbers and the units, by name."""
    world = world_of(walk.world)
    asks = [walk.country, walk.gone, walk.buyers, walk.luck, walk.parameters]
    return {
        **walk.code._asdict(),
        "world": f"{world.name} {world_digest(world)}",
        "seed": walk.seed,
        "generator": GENERATOR,
        "draws": draws,
        "draws of a unit": CHUNK,
        "years": list(walk.years),
        "scenarios": [scenario.hash for scenario in walk.scenarios],
        "plan": digest(asks),
    }
