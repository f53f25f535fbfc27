"""Merge datasets whose runs were simulated separately: other runs of the same points, or other points.

``xarray.concat`` joins any datasets and keeps the attributes of the first, so that runs of two seeds claim to
be of one.  A merge first checks that everything that determines the numbers is the same, and keeps the origin
of each run and point beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.common.errors import unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.netcdf import plain_value
from lockin_sim.common.values import check_listed
from lockin_sim.model.measures.recorder import RUN_OF_SEED, build_seed_coordinate
from lockin_sim.runs.store import DONE, FAILED, IDENTITY, NOT_RUN, UNIT_POINTS, UNIT_RUNS
from lockin_sim.settings.design.table import compute_design_hash

if TYPE_CHECKING:
    import xarray as xr

#: Coordinates of merged points: the hash of the design of each, and its number there.
DESIGN_HASH, POINT_OF_DESIGN = "design_hash", "point_of_design"

#: Attributes of a merged dataset that are computed again, that list what the datasets have, or that are as
#: small as in any; all others must be the same in all datasets.
COUNTED = ("seed", "runs", "points", "design", DESIGN_HASH, "runs_done", "runs_failed", "runs_missing")
LISTED = ("design_method", "machine", "processor", "python", "numpy", "commit")
SMALLEST = (UNIT_POINTS, UNIT_RUNS)

#: How a dataset names a parameter, and an identity a scenario of some points.
PARAMETER, SCENARIO = "parameter_", "scenario "

#: Coordinates that say where runs and points come from.
ORIGINS = {"seed", RUN_OF_SEED, DESIGN_HASH, POINT_OF_DESIGN}

#: What can be merged, in words.
ALLOWED = "datasets of ls.simulate, ls.evaluate or ls.sweep, or folders of sweeps"


class DatasetPart(NamedTuple):
    """Dataset to merge.

    name      in messages
    settings  everything that must be the same in all datasets, by name
    points    values of the design at each point; one empty point for a dataset without points
    runs      seed and number of each run
    """

    name: str
    ds: xr.Dataset
    settings: dict[str, Any]
    points: tuple[tuple[Any, ...], ...]
    runs: tuple[tuple[int, int], ...]


@checks_keywords()
def merge(datasets: Iterable[str | Path | xr.Dataset]) -> xr.Dataset:
    """Merge datasets of one study that was simulated in parts.

    Either the datasets have the same points and other runs, such as those of another seed, or the same runs
    and other points, such as the other half of a design; or they are all blocks of such a table.

    Parameters
    ----------
    datasets : datasets of :func:`lockin_sim.simulate`, :func:`lockin_sim.evaluate` or
        :func:`lockin_sim.sweep`, or folders of sweeps, in the order of the result.

    Returns
    -------
    Dataset
        In memory, with ``seed`` as a coordinate of ``run``.  Merged points are numbered from 0; their
        ``design_hash`` and ``point_of_design`` say where each comes from.  Runs keep their numbers, unless
        there are several seeds: then they are numbered from 0, and ``run_of_seed`` is the number of each
        under its seed.  Attributes are those of the whole: ``seed`` lists all seeds, and ``design_hash`` is
        that of all points.

    Raises
    ------
    InputError
        For a run of a point that is in two datasets, and for datasets of different worlds, versions of the
        code, scenarios, parameters, years, outcomes or other settings, with both values.

    Examples
    --------
    >>> how = {"outcomes": ["switching_pull"], "years": [2015], "runs": 2}
    >>> points = {"switching_cost": [1.0, 3.0]}
    >>> both = ls.merge([ls.evaluate(points, seed=seed, **how) for seed in (1, 2)])
    >>> both["seed"].values.tolist()
    [1, 1, 2, 2]
    """
    parts = _parts_of(datasets)
    _check_settings(parts)
    _check_overlaps(parts)
    table = _table_of(parts)
    return _described(_joined(table), table, parts)


# --- what is given ---


def _parts_of(datasets: Any) -> list[DatasetPart]:
    """Open the datasets.  Raises InputError for anything else."""
    import xarray as xr

    if isinstance(datasets, xr.Dataset):
        raise unusable("merge", words="one dataset", allowed=f"a list of {ALLOWED}")
    check_listed("merge", datasets, allowed=f"a list of {ALLOWED}")
    parts = [_part_of(each, f"dataset {number}") for number, each in enumerate(datasets, start=1)]
    if not parts:
        raise unusable("merge", words="none", allowed=f"a list of {ALLOWED}")
    return parts


def _part_of(given: Any, name: str) -> DatasetPart:
    """Open a dataset or a store, and collect what is to be compared."""
    import xarray as xr

    from lockin_sim.runs.store_datasets import open_sweep

    if isinstance(given, str | Path) and str(given):
        given, name = open_sweep(given), str(given)
    if not isinstance(given, xr.Dataset):
        raise unusable(f"merge: {name}", found=given, allowed=ALLOWED)
    attributes: dict[Any, Any] = given.attrs
    if "run" not in given.dims or not {"version", "seed"} <= attributes.keys():
        raise unusable(f"merge: {name}", words="a dataset without runs, version and seed", allowed=ALLOWED)
    identity = _identity_of(attributes)
    if missing := [column for column in identity.get("columns", ()) if column not in given.coords]:
        what = f"a dataset without its coordinates {', '.join(missing)}"
        raise unusable(f"merge: {name}", words=what, allowed=ALLOWED)
    known = identity if "point" in given.dims else attributes.get("world_hash")
    if not known or attributes.get("history_hash") == "":
        allowed = "datasets of this version, without a term, other parts or histories of one's own"
        raise unusable(f"merge: {name}", words="no hash of all that it was simulated with", allowed=allowed)

    values = [given[column].values.tolist() for column in identity.get("columns", ())]
    points = zip(*([None if v != v else v for v in column] for column in values), strict=True)
    seeds = given["seed"].values.tolist() if "seed" in given.coords else [attributes["seed"]]
    numbers = given[RUN_OF_SEED if RUN_OF_SEED in given.coords else "run"].values.tolist()
    try:
        runs = tuple((int(seed), int(run)) for seed, run in zip(cycle(seeds), numbers, strict=False))
    except (TypeError, ValueError) as error:
        raise unusable(f"merge: {name}", words="runs without a seed or a number", allowed=ALLOWED) from error
    return DatasetPart(name, given, _settings(attributes, identity), tuple(points) or ((),), runs)


def _identity_of(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """Read everything that determined the numbers of points, by name; {} if the dataset lacks it."""
    try:
        identity = json.loads(attributes.get(IDENTITY, "{}"))
    except (TypeError, ValueError):
        return {}
    return (
        identity if isinstance(identity, dict) and {"columns", "scenario", "world"} <= identity.keys() else {}
    )


def _settings(attributes: Mapping[Any, Any], identity: Mapping[str, Any]) -> dict[str, Any]:
    """Collect what must be the same: attributes, identity, and the hash of each scenario."""
    apart, known = (*COUNTED, *LISTED, *SMALLEST, IDENTITY), dict(identity)
    if known:
        known["world_hash"] = known.pop("world")["hash"]
        known |= {f"{SCENARIO}{name}": found for name, found in known.pop("scenario").items()}
    return {str(name): value for name, value in {**known, **attributes}.items() if name not in apart}


# --- checks ---


def _check_settings(parts: Sequence[DatasetPart]) -> None:
    """Refuse datasets that differ in a setting; the first one is named."""
    names = dict.fromkeys(name for part in parts for name in part.settings)
    for name in names:
        if _is_by_run(name, parts):
            continue
        # points of one part may use scenarios that those of another do not
        known = [part for part in parts if name in part.settings or not name.startswith(SCENARIO)]
        for part in known[1:]:
            one, other = (each.settings.get(name) for each in (known[0], part))
            if not _is_same(one, other):
                _refuse(name, (known[0].name, _shown(one)), (part.name, _shown(other)))


def _check_shared(one: tuple[str, xr.Dataset], other: tuple[str, xr.Dataset], axis: str) -> None:
    """Refuse datasets whose variables differ, or differ in values without the axis that is joined.

    one, other  names and datasets
    """
    first, second = one[1].variables, other[1].variables
    names, others = ({*map(str, variables)} - ORIGINS for variables in (first, second))
    if names != others:
        alone = [", ".join(sorted(some)) or "nothing" for some in (names - others, others - names)]
        _refuse("variables", (one[0], f"{alone[0]} alone"), (other[0], f"{alone[1]} alone"))
    for name in sorted(names, key=lambda name: (name not in one[1].dims, name)):  # labels first
        of, others_of = first[name], second[name]
        same = of.equals(others_of)  # type: ignore[no-untyped-call]
        if axis not in (*of.dims, *others_of.dims) and not same:
            _refuse(name, *((where, _shown(ds[name].values.tolist())) for where, ds in (one, other)))


def _check_overlaps(parts: Sequence[DatasetPart]) -> None:
    """Refuse a run of a point that two datasets have, or one has twice."""
    for part in parts:
        if len({*part.runs}) < len(part.runs):
            raise unusable(f"merge: {part.name}", words="a run of a seed twice", allowed="each run once")
    for one, other in combinations(parts, 2):
        runs, points = {*one.runs} & {*other.runs}, {*one.points} & {*other.points}
        if runs and points:
            (seed, run), point = min(runs), next(each for each in other.points if each in points)
            columns = zip(other.settings.get("columns", ()), point, strict=True)
            where = ", ".join(f"{name} {value}" for name, value in columns)
            found = (
                f"run {run} of seed {seed}{f' at {where}' if where else ''} in {one.name} and {other.name}"
            )
            raise unusable("merge", words=found, allowed="each run of a point in one of them")


def _refuse(setting: str, one: tuple[str, str], other: tuple[str, str]) -> None:
    """Raise InputError for a difference between two datasets.

    one, other  their names, and what they have
    """
    found = " and ".join(f"{value} in {name}" for name, value in (one, other))
    raise unusable(f"merge: {setting}", words=found, allowed="the same in all")


def _shown(value: Any) -> str:
    """Format a setting or labels for a message, with long lists shortened."""
    if _is_list(value) and len(value) > 8:
        return f"{list(value[:8])} ... ({len(value)})"
    return "nothing" if value is None else repr(value)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two settings are equal, lists included."""
    if _is_list(one) and _is_list(other):
        return np.array_equal(one, other)
    return not _is_list(one) and not _is_list(other) and bool(one == other)


def _is_list(value: object) -> bool:
    """Whether an attribute has several values."""
    return isinstance(value, list | tuple | np.ndarray)


def _is_by_run(name: str, parts: Sequence[DatasetPart]) -> bool:
    """Whether a setting is a parameter of each run, and runs are numbered from 0."""
    listed = name.startswith(PARAMETER) and any(_is_list(part.settings.get(name)) for part in parts)
    return listed and _is_numbered(parts)


def _is_numbered(parts: Sequence[DatasetPart]) -> bool:
    """Whether runs are numbered from 0: those of several seeds, or of a merged dataset."""
    return len(_seeds_of(parts)) > 1 or any(RUN_OF_SEED in part.ds.coords for part in parts)


def _seeds_of(parts: Iterable[DatasetPart]) -> list[int]:
    """List all seeds, each once, in order."""
    return list(dict.fromkeys(seed for part in parts for seed, _ in part.runs))


# --- the whole ---


def _table_of(parts: Sequence[DatasetPart]) -> list[list[DatasetPart]]:
    """Group datasets by their points.

    Raises InputError for points with other runs than the first ones have.
    """
    rows: dict[Any, list[DatasetPart]] = {}
    for part in parts:
        rows.setdefault(part.points, []).append(part)
    table = list(rows.values())
    for row in table[1:]:
        if {run for part in row for run in part.runs} != {run for part in table[0] for run in part.runs}:
            found = f"other runs in {row[0].name} than in {table[0][0].name}, and other points"
            allowed = "the same points in the same order with other runs, or other points with the same runs"
            raise unusable("merge", words=found, allowed=allowed)
    return table


def _joined(table: Sequence[Sequence[DatasetPart]]) -> xr.Dataset:
    """Join all points and runs, with the design of each point and its number there as coordinates."""
    import xarray as xr

    how: dict[str, Any] = {"data_vars": "minimal", "coords": "minimal", "compat": "override", "join": "exact"}
    how["combine_attrs"] = "drop_conflicts"
    order, rows = _runs_of(table[0]), list[tuple[str, xr.Dataset]]()
    for row in table:
        beside = [(part.name, _with_origins(part, row[0].ds)) for part in row]
        for part in beside[1:]:
            _check_shared(beside[0], part, "run")
        places = {run: place for place, run in enumerate(_runs_of(row))}
        whole = xr.concat([ds for _, ds in beside], dim="run", **how)
        rows.append((row[0].name, whole.isel(run=[places[run] for run in order])))
    for one in rows[1:]:
        _check_shared(rows[0], one, "point")
    return xr.concat([ds for _, ds in rows], dim="point", **how) if len(rows) > 1 else rows[0][1]


def _runs_of(row: Sequence[DatasetPart]) -> list[tuple[int, int]]:
    """List seed and number of all runs of datasets with the same points."""
    return [run for part in row for run in part.runs]


def _with_origins(part: DatasetPart, first: xr.Dataset) -> xr.Dataset:
    """Add the origin of each point to a dataset, and number runs as under their seeds.

    first  dataset with the same points, for their labels
    """
    ds, numbers = part.ds.drop_vars(("seed", RUN_OF_SEED), errors="ignore"), [run for _, run in part.runs]
    ds = ds.assign_coords(run=("run", np.array(numbers), ds["run"].attrs))
    if "point" not in ds.dims:
        return ds
    if DESIGN_HASH not in ds.coords:
        hashes = np.full(ds.sizes["point"], ds.attrs[DESIGN_HASH])
        ds = ds.assign_coords(
            {
                DESIGN_HASH: ("point", hashes, {"long_name": "hash of the design of the point"}),
                POINT_OF_DESIGN: ("point", ds["point"].values, {"long_name": "number of the point there"}),
            }
        )
    return ds.assign_coords(point=first["point"].variable)


def _described(
    ds: xr.Dataset, table: Sequence[Sequence[DatasetPart]], parts: Sequence[DatasetPart]
) -> xr.Dataset:
    """Make the labels of a joined dataset unique, and set its attributes."""
    runs, seeds = _runs_of(table[0]), _seeds_of(parts)
    known = [plain_value(seed) for seed, _ in runs]
    origins: dict[str, Any] = {"seed": ("run", np.array(known), build_seed_coordinate(0, 1)[2])}
    if _is_numbered(parts):
        numbers = [number for _, number in runs]
        origins["run"] = ("run", np.arange(len(runs)), ds["run"].attrs)
        origins[RUN_OF_SEED] = ("run", np.array(numbers), {"long_name": "number of the run under its seed"})
    if len(table) > 1:
        origins["point"] = ("point", np.arange(ds.sizes["point"]), ds["point"].attrs)
    ds = ds.assign_coords(origins)

    about = _attributes(ds, parts, seeds)
    if DESIGN_HASH in ds.coords and (ds[DESIGN_HASH] == about[DESIGN_HASH]).all():
        ds = ds.drop_vars((DESIGN_HASH, POINT_OF_DESIGN))
    for name in (name for name in about if _is_by_run(str(name), parts)):
        own = ((part.ds["run"].values.tolist(), part.settings[name]) for part in table[0])
        about[name] = [of[run] if _is_list(of) else of for labels, of in own for run in labels]
    ds.attrs = about
    return ds


def _attributes(ds: xr.Dataset, parts: Sequence[DatasetPart], seeds: Sequence[int]) -> dict[Any, Any]:
    """Build the attributes of the joined dataset, in the order of those of the first."""
    first, known = parts[0].ds.attrs, [plain_value(seed) for seed in seeds]
    several = known if all(isinstance(seed, int) for seed in known) else "; ".join(map(str, known))
    counted: dict[Any, Any] = {"seed": first["seed"] if len(seeds) == 1 else several, "runs": ds.sizes["run"]}
    if identity := _identity_of(first):
        columns = {name: ds[name].values for name in identity["columns"]}
        counted |= {
            DESIGN_HASH: compute_design_hash(columns),
            "design": compute_design_hash(columns),
            "points": ds.sizes["point"],
        }
        scenarios = {
            name.removeprefix(SCENARIO): found
            for part in parts
            for name, found in part.settings.items()
            if name.startswith(SCENARIO)
        }
        whole = identity | {key: value for key, value in counted.items() if key in identity}
        counted[IDENTITY] = json.dumps(whole | {"scenario": scenarios}, sort_keys=True)
    if "status" in ds:
        states = {"runs_done": DONE, "runs_failed": FAILED, "runs_missing": NOT_RUN}
        counted |= {name: int((ds["status"] == state).sum()) for name, state in states.items()}
    for name in LISTED:
        counted[name] = "; ".join(dict.fromkeys(str(part.ds.attrs.get(name, "unknown")) for part in parts))
    for name in (name for name in SMALLEST if name in first):
        counted[name] = min(int(part.ds.attrs.get(name, 1)) for part in parts)
    return {name: counted.get(name, value) for name, value in first.items()}
