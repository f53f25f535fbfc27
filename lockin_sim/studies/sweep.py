"""Sweeps: many points of a design, each with its runs, streamed to a store from which they can be resumed.

An experiment is a question, an expectation, and the sweep that answers the question, as a TOML file or
object.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from lockin_sim.common.conventions import RUNS, SEED, Floats
from lockin_sim.common.errors import Defects, InputError, unknown_name, unusable
from lockin_sim.common.files import check_path, read_toml
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.progress import Progress, reporting
from lockin_sim.common.statistics import mean_over_runs
from lockin_sim.common.values import check_truth
from lockin_sim.comparisons.measured_places import select_outcomes
from lockin_sim.comparisons.uncertainty import DECLARED
from lockin_sim.model.measures import VARIABLES
from lockin_sim.runs.provenance import session
from lockin_sim.runs.simulation import check_progress
from lockin_sim.runs.store import DONE, FAILED, Layout, Store, StoredVariable
from lockin_sim.runs.workers import Task, at_once, check_numbers, connected, executed
from lockin_sim.settings.design import METHODS, Design, read_csv
from lockin_sim.settings.scenario import Named
from lockin_sim.studies.points import (
    PointOptions,
    build_point_coordinates,
    build_points_attributes,
    build_points_identity,
    build_points_job,
    choose_unit_size,
    collect_own_parts,
)
from lockin_sim.studies.points_job import PointsJob, get_axis_labels

if TYPE_CHECKING:
    import xarray as xr


@checks_keywords(*PointOptions.__annotations__)
def sweep(
    design: Design,
    *,
    out: str | Path,
    runs: int = RUNS.points,
    record: Sequence[str] = (),
    resume: bool = False,
    retry: bool = False,
    workers: int | None = 1,
    scheduler: Any = None,
    unit: int | None = None,
    progress: bool | Progress | None = None,
    **options: Unpack[PointOptions],
) -> xr.Dataset:
    """Simulate every point of a design with the same runs, and stream results to a store.

    Results do not depend on workers, scheduler, unit or interruptions.  After an interruption
    (KeyboardInterrupt) the sweep can be resumed.

    Parameters
    ----------
    design : points, see :mod:`lockin_sim.settings.design`.
    out : the store, a new directory.
    runs : runs of each point; run r of every point has the same shocks.
    record : variables of ``simulate`` to store in full in addition to outcomes, which can be large.  A
        variable with the name of an outcome is stored as, for example, ``switching_pull_by_domain``.
    resume : continue a store of the same version, seed and design; starts a new one if there is none.
    retry : with resume: also repeat failed runs.
    workers : number of processes; 1 = this one only, None = one per processor.
    scheduler : address of a Dask scheduler, a :class:`lockin_sim.runs.workers.Scheduler` or a
        ``distributed.Client``, instead of ``workers``.
    unit : number of points computed and written together; None = a few seconds of work, at most a
        quarter of what each worker has to do.
    progress : None shows a bar on a terminal or in a notebook, and one line at the end; True writes lines
        elsewhere too; a function is called with the number of runs done; False shows nothing.
    options : scenario, outcomes, years, seed, world, parameters, history, posterior; see
        :class:`lockin_sim.studies.points.PointOptions`.

    Returns
    -------
    Dataset
        Over (point, run, year), opened from the store; see :func:`lockin_sim.open_results`.

    Raises
    ------
    InputError
        For anything that cannot be used, and where the store cannot be written.
    """
    from lockin_sim.runs.store_datasets import open_sweep

    check_truth("resume or retry", resume if not isinstance(resume, bool) else retry)
    begun = Path(out) if resume and isinstance(out, str | Path) else None
    job = build_points_job(design, runs=runs, record=record, store=begun, **options)
    if retry and not resume:
        raise unusable("retry", words="a new sweep", allowed="only with resume")
    wanted, there = check_numbers(runs, job.seed, workers), scheduler is not None
    processes = collect_own_parts(job, design).processes(workers, wanted, cluster=there)
    place = check_path("out", out, "the path of a new directory, such as 'sweep'")
    _run_sweep(job, design, place, resume, retry, unit, processes, scheduler, check_progress(progress))
    return _check_not_all_failed(open_sweep(out, verify=False), place)


def _check_not_all_failed(ds: xr.Dataset, place: Path) -> xr.Dataset:
    """Return the dataset of a store unchanged.  Raises InputError if all runs failed."""
    if ds.attrs["runs_failed"] == ds["status"].size:
        why = f"all {ds['status'].size} runs failed, and the store says why; first"
        raise InputError(f"{place}: {why} {ds['error'][0, 0].item()}")
    return ds


def _run_sweep(
    job: PointsJob,
    design: Design,
    out: Path,
    resume: bool,
    retry: bool,
    unit: int | None,
    processes: int,
    scheduler: Any,
    progress: bool | Progress,
) -> None:
    """Compute the missing units of a store, on processes of this computer or on a Dask cluster.

    Raises InputError for a store of a different sweep, naming the differences.
    """
    with ExitStack() as stack:
        client = None
        if scheduler is not None:
            client = stack.enter_context(connected(scheduler))
        about = session(f"{processes} processes" if client is None else "Dask distributed")
        layout = _build_layout(job, design, about, unit, at_once(processes, client))
        try:
            store = Store(out, layout.attributes["identity"], resume=resume, layout=layout)
        except InputError as error:
            raise InputError(f"{error}{_describe_design_difference(out, design)}") from error
        _stream_units(job, design, stack.enter_context(store), about, retry, processes, client, progress)


def _stream_units(
    job: PointsJob,
    design: Design,
    store: Store,
    about: Mapping[str, Any],
    retry: bool,
    processes: int,
    client: Any,
    progress: bool | Progress,
) -> None:
    """Compute and write the missing units of a store; with ``retry``, also repeat failed runs."""
    layout, total = store.layout, len(design) * job.runs  # an existing store has its own units
    assert layout is not None
    cut = layout.units
    numbers = [number for number in range(len(cut)) if number not in store.done]
    numbers += store.with_failures if retry else []
    store.begin(about, adding=bool(numbers))
    again = sum(store.done[number]["failed"] for number in numbers if number in store.done)
    there, bad = (sum(mark[key] for mark in store.done.values()) - again for key in ("runs", "failed"))
    if progress is True:
        size = f"{layout.size / 1e6:,.1f} MB" if layout.size > 1e6 else f"{layout.size / 1e3:,.1f} kB"
        years, outcomes = len(job.years), len(layout.variables)
        cost = f"{layout.points:,} points x {layout.runs} runs = {layout.points * layout.runs:,} runs"
        print(f"{store.path}: {cost}; {outcomes} outcomes in {years} years, {size}", file=sys.stderr)

    def tasks() -> Iterator[Task]:
        """Yield each unit to compute; of an existing unit, only its failed runs."""
        for number in numbers:
            skip = store.read(number)["status"] == DONE if number in store.done else None
            yield number, (design.rows(cut[number].points), cut[number].runs, skip)

    with (
        reporting(progress, total, before=there, bad=bad, closing=str(store.path)) as report,
        closing(executed(job, tasks(), processes=processes, client=client)) as blocks,
    ):
        for number, block in blocks:
            computed = block["status"] != 0
            if not computed.all():
                before = store.read(number)
                for name, values in block.items():
                    values[~computed] = before[name][~computed]
            failed = int((block["status"][computed] == FAILED).sum())
            store.write(number, block)
            report(int(computed.sum()), failed)


def _build_layout(
    job: PointsJob, design: Design, about: Mapping[str, Any], unit: int | None, workers: int
) -> Layout:
    """Build the layout of a new store; its identity names all inputs that determine the numbers.

    unit  number of points of a unit; None = by the number of workers
    """
    shapes, variables = job.shapes, {}
    for name, outcome in select_outcomes(job.world, job.outcomes).items():
        variables[name] = StoredVariable(("year",), shapes[name], outcome.unit, outcome.label)
    for variable in job.variables:
        declared, name = VARIABLES[variable], job.stored(variable)
        axes = ("year", *declared.public_axes)
        variables[name] = StoredVariable(axes, shapes[name], declared.unit, declared.long_name)
    used = {axis for name in job.variables for axis in VARIABLES[name].axes}
    coordinates = build_point_coordinates(job, design)
    coordinates |= {a: ((a,), np.array(of), {}) for a, of in get_axis_labels(job.world).items() if a in used}
    attributes = {
        "made_by": "lockin_sim",
        "identity": build_points_identity(job, design),
        **build_points_attributes(job, design),
        **{key: about[key] for key in ("machine", "processor", "python", "numpy", "commit", "source")},
    }
    run_bytes = 8 * sum(int(np.prod(v.shape)) for v in variables.values())
    points, runs = choose_unit_size(len(design), job.runs, run_bytes, unit, workers=workers)
    return Layout(len(design), job.runs, points, runs, variables, coordinates, attributes)


def _describe_design_difference(out: Path, design: Design) -> str:
    """Name the columns in which a store's design differs from ``design``; "" if none can be named."""
    from lockin_sim.runs.store_datasets import open_sweep

    try:
        stored = open_sweep(out, verify=False)
    except InputError:
        return ""
    different = []
    for name, values in design.values.items():
        if name in stored.coords and stored[name].shape == values.shape:
            before = stored[name].values
            other = (before != values) & ~((before != before) & (values != values))  # NaN is not another NaN
            if np.any(other):
                different.append(f"{name} from point {int(np.argmax(other))} on")
    return f" The design differs in {', '.join(different)}." if different else ""


# --- means ---


def average_over_runs(ds: xr.Dataset) -> xr.Dataset:
    """Average every variable over its defined runs, and add ``<name>_left_out``, the number of other runs.

    (point, run, ...) -> (point, ...).  Failed, missing and undefined runs are left out; the mean is NaN
    without a defined run.
    """
    import xarray as xr

    means: dict[str, Any] = {}
    for name in _list_run_variables(ds):
        axes = tuple(d for d in ds[name].dims if d != "run")
        mean, used = mean_over_runs(ds[name].transpose("run", *axes).values)
        left_out = {"units": "runs", "long_name": f"runs left out of {name}"}
        means[name] = (axes, mean, ds[name].attrs)
        means[f"{name}_left_out"] = (axes, ds.sizes["run"] - used, left_out)
    coords = {n: c for n, c in ds.coords.items() if "run" not in c.dims}
    return xr.Dataset(means, coords=coords, attrs=ds.attrs)


def compute_mean_response(ds: xr.Dataset, outcome: str, year: int) -> Floats:
    """Compute the mean of one outcome over all runs of each point in one year, for an analysis.  (point,).

    Raises InputError if any run is undefined, since an analysis must not silently use fewer, or for an
    unknown outcome or year.
    """
    known = _list_run_variables(ds)
    if outcome not in known:
        raise unknown_name("outcome", found=outcome, known=known)
    if year not in ds["year"].values:
        raise unusable("year", found=year, allowed=f"one of {ds['year'].values.tolist()}")
    values = ds[outcome].sel(year=year).transpose("point", "run", ...).values
    bad = ~np.isfinite(values)
    if bad.any():
        points = np.flatnonzero(bad.any(axis=tuple(range(1, bad.ndim))))
        state = f"{int(bad.sum())} of {bad.size} runs at {len(points)} points ({points[:8].tolist()} ...)"
        raise InputError(
            f"{outcome} in {year}: undefined in {state}; allowed: all runs. See `status` and `error`, "
            "retry what failed, or choose points without them."
        )
    return np.asarray(values.mean(axis=1))


def _list_run_variables(ds: xr.Dataset) -> list[str]:
    """List the names of the numeric variables along ``run``: all but ``status`` and ``error``."""
    return [str(n) for n, v in ds.data_vars.items() if "run" in v.dims and n not in ("status", "error")]


# --- experiments ---


@checks_keywords()
@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Content of an experiment file.

    name, question   name of the experiment and the question to answer
    expectation      the expected answer and its reason, written before the run
    design           the points
    scenario, outcomes, years, runs, seed, parameters, record, history, posterior, structure   as in
                     :func:`lockin_sim.sweep`
    """

    name: str
    question: str
    expectation: str
    design: Design
    scenario: Named = "baseline"
    outcomes: tuple[str, ...] | None = None
    years: tuple[int, ...] = (2035, 2050)
    runs: int = RUNS.points
    seed: int = SEED
    parameters: Mapping[str, float] = field(default_factory=dict)
    record: tuple[str, ...] = ()
    history: str | None = None
    posterior: str | None = None
    structure: str = DECLARED

    @property
    def _arguments(self) -> dict[str, Any]:
        """Arguments of a sweep other than the design, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)[4:]}

    def job(self) -> PointsJob:
        """Check the experiment and build the job that all units share.

        Raises InputError for arguments that cannot be used.
        """
        return build_points_job(self.design, **self._arguments)

    def sweep(
        self, out: str | Path, *, parameters: Mapping[str, float] | None = None, **how: Any
    ) -> xr.Dataset:
        """Run the experiment into a store.

        parameters  values for all points, in addition to the experiment's
        how         world, resume, retry, workers, scheduler, unit, progress of :func:`lockin_sim.sweep`
        Raises InputError for unusable arguments, and for a parameter that the experiment also sets.
        """
        further = dict(parameters or {})
        if twice := sorted(further.keys() & self.parameters.keys()):
            duplicates = f"{', '.join(twice)}, which experiment {self.name} sets"
            raise unusable("parameters", found=duplicates, allowed="each parameter in one place")
        arguments = self._arguments | {"parameters": {**self.parameters, **further}}
        return sweep(self.design, out=out, **arguments, **how)


@checks_keywords()
def load_experiment(path: str | Path) -> Experiment:
    """Load an experiment from a TOML file.

    Its table ``[design]`` names a ``method`` (grid, latin_hypercube, sobol, one_at_a_time, or file with the
    ``path`` of a CSV table), the arguments of the method, and under ``[design.columns]`` what varies: ``[low,
    high]``, ``{ low = 0, high = 10, steps = 5 }``, a list of levels, or "declared".  Paths of tables and
    scenarios are relative to the file's folder.
    Raises InputError naming the file, the key, the value and what is allowed.
    """
    where = check_path("experiment file", path, "the path of a TOML file")
    content = read_toml(where, f"experiment file {path}")
    known = [f.name for f in fields(Experiment)]
    types: dict[str, tuple[type, str]] = {
        **dict.fromkeys(("name", "question", "expectation", "scenario"), (str, "a text")),
        **dict.fromkeys(("history", "posterior", "structure"), (str, "a word")),
        **dict.fromkeys(("outcomes", "years", "record"), (list, "a list")),
        **dict.fromkeys(("runs", "seed"), (int, "a whole number")),
        **dict.fromkeys(("parameters", "design"), (dict, "a table")),
    }
    with Defects() as defects:
        for key in content:
            if key not in known:
                defects.add(unknown_name(f"{path}: key", found=key, known=known))
        for key in ("name", "question", "expectation", "design"):
            if key not in content:
                defects.add(unusable(f"{path}: {key}", words="nothing", allowed="a value, as required"))
        for key in (k for k in known if k in content):
            (kind, allowed), value = types[key], content[key]
            if not isinstance(value, kind) or isinstance(value, bool) or value == "":
                defects.add(unusable(f"{path}: {key}", found=value, allowed=allowed))
        if isinstance(content.get("design"), dict):
            try:
                content["design"] = replace(
                    _build_design(content["design"], where.parent), folder=where.parent
                )
            except InputError as error:
                defects.add(InputError(f"{path}: {error}"))
    scenario = content.get("scenario", "baseline")
    if scenario.endswith(".toml"):
        content["scenario"] = where.parent / scenario
    for key in ("outcomes", "years", "record"):
        if key in content:
            content[key] = tuple(content[key])
    return Experiment(**content)


def _build_design(content: Mapping[str, Any], folder: Path) -> Design:
    """Build the design that the table ``[design]`` of an experiment file describes.

    folder  from which relative paths start
    Raises InputError for an unknown method, key or value.
    """
    arguments = dict(content)
    method = arguments.pop("method", None)
    if method not in (*METHODS, "file"):
        raise unknown_name("design.method", found=method, known=(*METHODS, "file"))
    if method == "file":
        if list(arguments) != ["path"] or not isinstance(arguments["path"], str):
            raise unusable("design", found=list(arguments), allowed="method and path")
        return read_csv(folder / arguments["path"])
    columns = arguments.pop("columns", None)
    if not isinstance(columns, Mapping) or not columns:
        raise unusable("design.columns", found=columns, allowed="a table from addresses to values")
    allowed = {"grid": (), "one_at_a_time": ("steps", "base")}.get(method, ("n", "seed"))
    for key in arguments:
        if key not in allowed:
            raise unknown_name("design", found=key, known=("method", "columns", *allowed))
    if "n" in allowed and "n" not in arguments:
        raise unusable("design.n", words="nothing", allowed="a number of points")
    varied = {name: None if value == "declared" else value for name, value in columns.items()}
    return METHODS[method](varied, **arguments)
