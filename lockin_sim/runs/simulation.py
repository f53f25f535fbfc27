"""Simulate runs of a scenario by any engine, as a labelled dataset."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.conventions import MOST_AT_ONCE, RUNS, SEED, Floats, Integers
from lockin_sim.common.draws import History
from lockin_sim.common.engines import (
    EngineName,
    choose_engine,
    find_stages,
    limit_blas_threads,
    map_in_threads,
)
from lockin_sim.common.errors import check_whole_number, convert_to_int, unusable
from lockin_sim.common.formats import number
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.progress import Progress, reporting, watched
from lockin_sim.common.values import check_listed
from lockin_sim.model.measures import Reading, Record, recorded
from lockin_sim.model.measures.recorder import build_run_dataset, compute_record_size, warn_of_defects
from lockin_sim.record.histories import (
    PRIOR,
    Given,
    build_histories,
    choose_history,
    compute_histories,
    name_history,
)
from lockin_sim.runs.provenance import compute_digest, compute_digest_or_blank, source_digest
from lockin_sim.settings.parameters import ByName, Parameters, resolve_parameters
from lockin_sim.settings.scenario import Named, Scenario, load_scenario
from lockin_sim.world import OwnFacts, World, resolve_world
from lockin_sim.world.own_facts import own_facts_attributes

if TYPE_CHECKING:
    import xarray as xr

#: Bytes of a dataset from which its size is said before the first run.
LARGE = 1e9

#: Runs computed together; more use more memory without saving time.
BATCH = 32

#: Maximum bytes of runs computed together, and approximate bytes of a run per offer to a market or lot.
TOGETHER, OF_OFFER = 512 * 2**20, 128


@checks_keywords()
def simulate(
    scenario: Named = "baseline",
    *,
    world: World | None = None,
    own_facts: OwnFacts = None,
    parameters: Parameters | ByName | None = None,
    runs: int | Sequence[int] = RUNS.scenario,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    engine: EngineName = "core",
    history: Given | None = None,
    record: Record | str | None = None,
    workers: int = 1,
    progress: bool | Progress | None = None,
) -> xr.Dataset:
    """Simulate some runs of a scenario.

    scenario    a built-in name, the path of a TOML file, or a :class:`Scenario`
    world       the world, None = the bundled one; own_facts beside its record, see :func:`.load_world`
    parameters  :class:`Parameters`, or by name numbers, arrays (runs,) or numbers by year: {2010: 5, 2040: 2}
    runs        number of runs, at least 1, or the numbers of some runs, below 16,777,216; run r is the same,
                bit for bit, whichever runs are computed with it, and uses element r of parameter arrays
    seed        seed of all shocks
    years       first and last year, the first being the initial state; None = those of the world's case
    engine      "core" (vectorised), "fast" (compiled, twice as fast; extra ``fast``) or "mesa" (agents): the
                same numbers to 1e-9; "auto" is "fast" if it is installed and has enough to do, else "core"
    history     None = that of comparisons: "conditioned", which follows the record up to the present, if the
                years extend beyond it, else "prior", which leaves the past to chance; or a mapping from ISO3
                codes to Chinese shares of mobile networks of 2020, to meet instead, or one history per run,
                see :mod:`lockin_sim.record.histories`
    workers     number of threads, which does not affect results: two are 1.3 ("core") to 1.6 times as fast
    record      names of further variables (see ``lockin describe metrics``)
    progress    None = a bar on a terminal or in a notebook; False = none; a function is called with runs done

    Returns a dataset with coordinates run (and its ``seed``), year, country, domain, vendor, standard, body,
    sponsor, group; for lots also lot, with ``lot_country``, ``lot_domain``, ``operator``, ``weight``.  Flows
    begin with NaN.
    Raises InputError for anything that cannot be used; warns of datasets above 1 GB and numbers not finite.
    """
    chosen, world = load_scenario(scenario), resolve_world(world, own_facts)
    steps = len(range(*(years := world.horizon(years)))) + 1
    base, wanted = resolve_parameters(parameters, years), recorded(record)
    values, seed, progress = (
        chosen.configure(base),
        check_whole_number("seed", seed),
        check_progress(progress),
    )
    numbers, history = _runs(runs, values, world), choose_history(world, years, history)
    simulated, bundled = len(numbers) * (steps - 1), world is resolve_world(None)
    engine = choose_engine(engine, years=simulated, bundled=bundled, compiles=world.compiles)
    _say_if_large(compute_record_size(wanted, world, len(numbers), steps), len(numbers))
    threads = check_whole_number("workers", workers, least=1)
    if engine == "mesa" and threads > 1:
        raise unusable("workers", found=workers, allowed="1 with engine='mesa', whose agents work in turns")
    luck = build_histories(history, world=world, runs=numbers, parameters=base.select(numbers))
    common = {"world": world, "seed": seed, "years": years, "record": wanted}

    def computed(some: slice) -> dict[str | Reading, Floats]:
        """Compute the variables of some of the runs."""
        batch, past = numbers[some], None if luck is None else luck[some]
        return _variables(engine, chosen, values.select(batch), batch, history=past, **common)

    data = _in_batches(computed, len(numbers), runs_together(world, engine, threads), threads, progress)
    dataset = build_run_dataset(data, world, chosen, values, seed, numbers, years)
    return warn_of_defects(dataset).assign_attrs(_provenance(engine, history, world))


def _provenance(engine: str, history: Given, world: World) -> dict[str, str]:
    """Build attributes on engine, history, world and code, which decide whether datasets can be merged.

    A hash is "" where computing it would take as long as the runs: of a history of each run, and of a world
    with a term of one's own.
    """
    about = {"engine": engine, "histories": name_history(history), "source": source_digest()}
    about |= own_facts_attributes(world)
    about["world_hash"] = "" if world.term is not None else compute_digest_or_blank(world)
    if not isinstance(history, str):
        about["history_hash"] = compute_digest(history) if isinstance(history, Mapping) else ""
    return about


def _say_if_large(size: float, runs: int) -> None:
    """Warn, before the first run, of a dataset above :data:`LARGE` bytes."""
    if size > LARGE:
        text = (
            f"the dataset of {number(runs, 0)} runs will take {number(size / 1e9, 1)} GB of memory; "
            "studies, such as ls.evaluate, keep what is asked for of each run alone"
        )
        warnings.warn(text, stacklevel=3)


def simulate_together(
    scenarios: Sequence[Scenario],
    *,
    world: World,
    parameters: Sequence[Parameters],
    runs: Sequence[int],
    seed: int,
    years: tuple[int, int],
    history: Given = PRIOR,
    records: Sequence[Record],
    engine: str = "core",
) -> Iterator[tuple[int, xr.Dataset]]:
    """Simulate scenarios with the same shocks, and the years that they share only once.

    parameters  of each scenario; the past is that of the first
    records     of each scenario: all or none with groups of markets
    engine      "core" or "fast"; all runs must fit in memory

    Other arguments as in :func:`simulate`.

    Yields position and dataset of each scenario as it finishes, bit for bit as :func:`simulate` gives it.
    """
    core, span = importlib.import_module("lockin_sim.engine"), world.horizon(years)
    values = [s.configure(values_of) for s, values_of in zip(scenarios, parameters, strict=True)]
    numbers, selected = _runs(runs, values[0], world), dict[int, Parameters]()
    luck = compute_histories(history, world=world, runs=numbers, parameters=parameters[0])
    ways = [
        core.Branch(s, selected.setdefault(id(own), own.select(numbers)), recorded(record))
        for s, own, record in zip(scenarios, values, records, strict=True)
    ]
    for group in core.group_branches(ways, world, span, span[0]):
        batch = core.Batch(
            world,
            group[0].scenario,
            group[0].parameters,
            seed=seed,
            runs=numbers,
            years=span,
            record=frozenset().union(*(way.record for way in group)),
            history=luck,
            stages=find_stages(engine),
        )
        parted = core.Engine(batch).simulate_branches(group)
        for _ in group:
            with limit_blas_threads():
                way, data = next(parted)
            position = next(place for place, each in enumerate(ways) if each is way)
            ds = build_run_dataset(data, world, scenarios[position], values[position], seed, numbers, span)
            yield position, warn_of_defects(ds).assign_attrs(_provenance(engine, history, world))
            del data, ds  # before the next are simulated


class Past:
    """Runs up to a year, from which any scenario with the same past can continue.

    scenario  scenario of the past
    until     the year

    Other arguments as in :func:`simulate_together`.
    """

    def __init__(
        self,
        scenario: Scenario,
        until: int,
        *,
        world: World,
        parameters: Parameters,
        runs: Sequence[int],
        seed: int,
        years: tuple[int, int],
        history: Given = PRIOR,
        record: Record = (),
        engine: str = "core",
    ) -> None:
        core = importlib.import_module("lockin_sim.engine")
        values, self._span, self._until = scenario.configure(parameters), world.horizon(years), until
        numbers = _runs(runs, values, world)
        past = compute_histories(history, world=world, runs=numbers, parameters=parameters)
        self._way = way = core.Branch(scenario, values.select(numbers), recorded(record))
        batch = core.Batch(
            world,
            scenario,
            way.parameters,
            seed=seed,
            runs=numbers,
            years=self._span,
            record=way.record,
            history=past,
            stages=find_stages(engine),
        )
        self._engine = core.Engine(batch)
        self._labels: dict[str, Any] = {
            "parameters": values,
            "seed": seed,
            "runs": numbers,
            "years": self._span,
        }
        self._about = _provenance(engine, history, world)
        with limit_blas_threads():
            next(year for year in self._engine.years() if year == until)

    def shared_by(self, scenario: Scenario) -> bool:
        """Whether a scenario with the same parameters has this past."""
        batch = self._engine.batch
        alike = batch.conditions.same_until(scenario.conditions(batch.world, self._span))
        return bool(self._span[0] + alike > self._until)

    def dataset(self, scenario: Scenario) -> xr.Dataset:
        """Continue as a scenario; the dataset equals that of :func:`simulate` bit for bit."""
        with limit_blas_threads():
            way = dataclasses.replace(self._way, scenario=scenario)
            data = self._engine.under(way, self._until).simulate_from(self._until)
        ds = build_run_dataset(data, self._engine.batch.world, scenario, **self._labels)
        return warn_of_defects(ds).assign_attrs(self._about)


def check_progress(value: Any) -> bool | Callable[[int], None]:
    """Resolve the argument ``progress``; None means a bar if it would be visible.

    Raises InputError for anything but None, a boolean or a function.
    """
    if value is None:
        return watched()
    if not isinstance(value, bool) and not callable(value):
        raise unusable(
            "progress", found=value, allowed="None, True, False, or a function of a number of runs"
        )
    result: bool | Callable[[int], None] = value
    return result


def runs_together(world: World, engine: str = "core", threads: int = 1) -> int:
    """Return the number of runs that an engine computes together in each thread, fewer for large worlds."""
    domains, countries, vendors = world.shape
    offers = (domains * countries + len(world.lots)) * vendors
    most = 1 if engine == "mesa" else BATCH
    return max(1, min(most, TOGETHER // (OF_OFFER * offers * threads)))


def stacked(
    scenario: Scenario,
    *,
    world: World,
    parameters: Parameters,
    runs: Sequence[int],
    seed: int,
    years: tuple[int, int],
    record: Sequence[str] = (),
    engine: str = "core",
    measured: Sequence[int] | None = None,
    history: History | None = None,
) -> xr.Dataset:
    """Simulate runs with different parameters together, by the vectorised engine; all must fit in memory.

    parameters  numbers, or arrays with one number for each *position* of ``runs``, without those of the
                scenario
    runs        run numbers, which may repeat
    engine      "core" or "fast"
    measured    years of the dataset, in order; None = all
    history     luck of the past, one row for each position; None = the runs' own

    Returns the dataset of :func:`simulate`, with ``run`` counting positions; each position equals, bit for
    bit, that run simulated alone.
    """
    how: dict[str, Any] = {"world": world, "seed": seed, "years": years, "record": recorded(record)}
    with limit_blas_threads():
        how |= {"measured": measured, "history": history}
        data = _variables(engine, scenario, parameters, np.asarray(runs), **how)
    return build_run_dataset(data, world, scenario, parameters, seed, np.arange(len(runs)), years, measured)


def _runs(runs: int | Sequence[int] | Integers, parameters: Parameters, world: World) -> np.ndarray:
    """Resolve run numbers from their number or a list, and check them against everything with a run axis."""
    allowed = f"a whole number from 1 to {MOST_AT_ONCE}, or numbers of runs from 0 to {MOST_AT_ONCE - 1}"
    number = convert_to_int(runs)
    if number is not None and 1 <= number <= MOST_AT_ONCE:
        numbers = np.arange(number)
    else:
        check_listed("runs", runs, allowed=allowed)
        wanted = [convert_to_int(each) for each in runs]  # type: ignore[union-attr]
        if not wanted or any(each is None or not 0 <= each < MOST_AT_ONCE for each in wanted):
            raise unusable("runs", found=runs, allowed=allowed)
        numbers = np.array(wanted, dtype=np.intp)
    axes = {"parameters": parameters.runs}
    for name in ("taste", "installed", "calendar"):
        array = getattr(world, name)
        axes[name] = len(array) if array is not None and array.ndim == 4 else None
    for name in ("takeovers", "handovers"):
        rows = world.facts.get(name)
        axes[name] = len(rows.slot) if rows is not None and rows.slot.ndim == 2 else None
    least = int(numbers.max()) + 1
    allowed = f"the number of runs, {least}" if number else f"at least {least}: element r belongs to run r"
    for name, length in axes.items():
        if length is not None and (length != least if number else length < least):
            raise unusable(f"{name}: run axis", found=length, allowed=allowed)
        if length is not None and len(set(numbers.tolist())) < len(numbers):
            text = f"each once, since a run has one element in {name}; for several points use ls.evaluate"
            raise unusable("runs", found=runs, allowed=text)
    return numbers


def _variables(
    engine: str, scenario: Scenario, parameters: Parameters, runs: np.ndarray, **how: Any
) -> dict[str | Reading, Floats]:
    """Compute the variables of a batch of runs, (run, year, ...) each; agents compute one run at a time.

    parameters  a number for each position in ``runs``
    """
    if engine == "mesa":
        (run,) = runs.tolist()
        agents = importlib.import_module("lockin_sim.agents")
        how["history"] = PRIOR if how["history"] is None else how["history"]
        model = agents.LockInModel(scenario, parameters=parameters.select(0), run=run, **how)
        model.run_to_end()
        return {name: np.stack(values)[None] for name, values in model.series().items()}
    core = importlib.import_module("lockin_sim.engine")
    measured = how.pop("measured", None)
    batch = core.Batch(scenario=scenario, parameters=parameters, runs=runs, stages=find_stages(engine), **how)
    series: dict[str | Reading, Floats] = core.Engine(batch, measured=measured).series()
    return series


def _in_batches(
    work: Callable[[slice], dict[str | Reading, Floats]],
    number: int,
    most: int,
    threads: int,
    progress: bool | Progress,
) -> dict[str | Reading, Floats]:
    """Compute the variables of all runs, in as few batches of similar size as possible for the threads."""
    turns = math.ceil(number / (most * threads))
    size = math.ceil(number / min(number, turns * threads))
    batches = [slice(first, min(first + size, number)) for first in range(0, number, size)]
    columns: list[dict[str | Reading, Floats]] = []
    with limit_blas_threads(), reporting(progress, number) as report:
        for some, arrays in zip(batches, map_in_threads(work, batches, threads), strict=True):
            columns.append(arrays)
            report(some.stop - some.start)
    if len(columns) == 1:
        return columns[0]  # as it is: a copy costs a third of what so few runs do
    return {name: np.concatenate([c[name] for c in columns]) for name in columns[0]}
