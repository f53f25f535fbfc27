"""An experiment: a question, what is expected, and the sweep that answers, as a TOML file or an object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.conventions import RUNS, SEED
from lockin_sim.design import METHODS, Design, read_csv
from lockin_sim.errors import Defects, InputError, unknown_name, unusable
from lockin_sim.files import path_of, toml_of
from lockin_sim.scenario import Named
from lockin_sim.studies.design_job import SweepJob, job_of
from lockin_sim.studies.sweep import sweep

if TYPE_CHECKING:
    import xarray as xr

FILE = "file"


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What an experiment file holds.

    name, question   what is asked
    expectation      what is expected and why, written before the run
    design           the points
    scenario, outcomes, years, runs, seed, parameters, record   as in :func:`lockin_sim.sweep`
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

    @property
    def _arguments(self) -> dict[str, Any]:
        """What is passed on as it stands to a sweep."""
        names = ("scenario", "outcomes", "years", "runs", "seed", "parameters", "record")
        return {name: getattr(self, name) for name in names}

    def job(self) -> SweepJob:
        """What all units share, checked.  Raises InputError for anything that cannot be used."""
        return job_of(self.design, world=None, **self._arguments)

    def sweep(
        self, out: str | Path, *, parameters: Mapping[str, float] | None = None, **how: Any
    ) -> xr.Dataset:
        """Run it into a store.

        parameters  of all points, beside those of the experiment
        how         world, resume, retry, workers, scheduler, unit, progress of :func:`lockin_sim.sweep`
        Raises InputError for anything that cannot be used, and for a parameter that the experiment sets too.
        """
        further = dict(parameters or {})
        if twice := sorted(further.keys() & self.parameters.keys()):
            found = f"{', '.join(twice)}, which experiment {self.name} sets"
            raise unusable("parameters", found=found, allowed="each parameter in one place")
        arguments = self._arguments | {"parameters": {**self.parameters, **further}}
        return sweep(self.design, out=out, **arguments, **how)


def load_experiment(path: str | Path) -> Experiment:
    """An experiment from a TOML file.

    Its table ``[design]`` names a ``method`` (grid, latin_hypercube, sobol, one_at_a_time, or file with a
    ``path`` of a CSV table beside it), the arguments of the method, and under ``[design.columns]`` what
    varies: ``[low, high]``, ``{ low = 0, high = 10, steps = 5 }``, a list of levels, or "declared".  Files of
    scenarios, one that it starts from or those in the design, lie beside it too.
    Raises InputError naming file, key, what was found and what is allowed.
    """
    where = path_of("experiment file", path, "the path of a TOML file")
    content = toml_of(where, f"experiment file {path}")
    known = [f.name for f in fields(Experiment)]
    with Defects() as defects:
        for key in content:
            if key not in known:
                defects.add(unknown_name(f"{path}: key", found=key, known=known))
        for key in ("name", "question", "expectation", "design"):
            if key not in content:
                defects.add(unusable(f"{path}: {key}", found="nothing", allowed="this key is required"))
        for key in (k for k in known if k in content):
            with defects.part():
                _check_type(key, content[key], str(path))
        if isinstance(content.get("design"), dict):
            try:
                content["design"] = replace(_design(content["design"], where.parent), folder=where.parent)
            except InputError as error:
                defects.add(InputError(f"{path}: {error}"))
    scenario = content.get("scenario", "baseline")
    if scenario.endswith(".toml"):
        content["scenario"] = where.parent / scenario
    for key in ("outcomes", "years", "record"):
        if key in content:
            content[key] = tuple(content[key])
    return Experiment(**content)


#: Types of the keys, and how they are spoken of.
_TYPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("name", "question", "expectation", "scenario"), (str, "a text")),
    **dict.fromkeys(("outcomes", "years", "record"), (list, "a list")),
    **dict.fromkeys(("runs", "seed"), (int, "a whole number")),
    **dict.fromkeys(("parameters", "design"), (dict, "a table")),
}


def _check_type(key: str, value: Any, where: str) -> None:
    """Refuse a value of another type than its key has."""
    kind, text = _TYPES[key]
    if not isinstance(value, kind) or isinstance(value, bool) or value == "":
        raise unusable(f"{where}: {key}", found=value, allowed=text)


def _design(content: Mapping[str, Any], folder: Path) -> Design:
    """The design that a table describes; paths are relative to the folder."""
    arguments = dict(content)
    method = arguments.pop("method", None)
    if method not in (*METHODS, FILE):
        raise unknown_name("design.method", found=method, known=(*METHODS, FILE))
    if method == FILE:
        if list(arguments) != ["path"] or not isinstance(arguments["path"], str):
            raise unusable("design", found=list(arguments), allowed="method and path")
        return read_csv(folder / arguments["path"])
    columns = arguments.pop("columns", None)
    if not isinstance(columns, Mapping) or not columns:
        raise unusable("design.columns", found=columns, allowed="a table from addresses to what they take")
    allowed = {"grid": (), "one_at_a_time": ("steps", "base")}.get(method, ("n", "seed"))
    for key in arguments:
        if key not in allowed:
            raise unknown_name("design", found=key, known=("method", "columns", *allowed))
    if "n" in allowed and "n" not in arguments:
        raise unusable("design.n", found="nothing", allowed="a number of points")
    varied = {name: None if value == "declared" else value for name, value in columns.items()}
    return METHODS[method](varied, **arguments)
