"""Sensitivity: which factors of a sweep move an outcome, alone and together, by the indices of SALib."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import SEED, Floats
from lockin_sim.design import factor_title
from lockin_sim.errors import InputError, unknown_name, unusable, whole_number
from lockin_sim.explore import emulator
from lockin_sim.explore.emulator import Emulator
from lockin_sim.explore.points import Points, needed, points_of, write_records
from lockin_sim.progress import Progress, reporting
from lockin_sim.simulation import check_progress
from lockin_sim.wording import opening

if TYPE_CHECKING:
    import xarray as xr

METHODS = ("sobol", "morris", "pawn")

#: Trajectories and levels of Morris on the emulator.
TRAJECTORIES, LEVELS = 64, 4

#: Source of indices that do not use an emulator.
SIMULATED = "simulated points"

#: Share of the resamples inside an interval.
LEVEL = 0.95

#: Meaning of the indices without a unit, and of those in the unit of the outcome.
_SHARES = {
    "first": "share of the variance that the factor explains alone",
    "total": "share of the variance that involves the factor, interactions included",
    "second": "share of the variance that two factors explain together beyond each alone",
    "pawn": "median distance between the outcome's distribution in a slice of the factor and in all",
}
_CHANGES = {
    "mu_star": "mean absolute change over the factor's range, by Morris",
    "mu": "mean change over the factor's range, by Morris",
    "sigma": "standard deviation of that change, from interactions and nonlinearity",
}

#: Numbers of slices of PAWN, with enough points in each; powers of two, since SALib adds up fractions from 0
#: to 1.
SLICES, POINTS_A_SLICE = (16, 8, 4, 2), 16

type Problem = dict[str, Any]
type Found = dict[str, Floats]


def sensitivity(
    source: str | Path | xr.Dataset,
    outcome: str | None = None,
    year: int | None = None,
    *,
    methods: Sequence[str] = METHODS,
    groups: Mapping[str, Sequence[str]] | None = None,
    n: int = 256,
    resamples: int = 60,
    seed: int = SEED,
    missing: str = "refuse",
    progress: bool | Progress | None = None,
) -> xr.Dataset:
    """Rank the factors of a sweep by how much they move an outcome: Sobol, Morris and PAWN (SALib).

    source      a store of ``lockin sweep``, or the dataset of ``sweep``, ``evaluate`` or ``open_results``
    outcome, year   to explain, mean over runs; None = the only outcome, the last year
    methods     of :data:`METHODS`
    groups      factors by name of a group, which counts as one factor; the others stay separate
    n           base points of the Sobol sample of the emulator, a power of two
    resamples   for 95 % intervals
    seed        of samples and resamples
    missing     treatment of undefined points: "refuse", or "drop" to leave them out and count them
    progress    None shows a bar on a terminal or in a notebook; a function is called with resamples done

    If the design is the method's own (``SALib.sample.sobol`` or ``morris``, complete, without groups), the
    method uses the simulated points, with an interval from resampled blocks.  Otherwise it uses an emulator,
    see :mod:`lockin_sim.explore.emulator`, with an interval from emulators fitted to resampled points, each
    distorted by a random function as large as the error on held-out points.  PAWN uses the simulated points
    of any design; ``pawn_of_nothing`` is the 95 % quantile for a factor without effect.

    Returns a dataset over ``factor`` (and ``other``): ``first``, ``total``, ``second``, ``mu_star``, ``mu``,
    ``sigma``, ``pawn``, each with ``_low`` and ``_high``, NaN where undefined.  Attributes say what was used,
    left out and encoded.
    Raises InputError for anything that cannot be used, and for a missing package.
    """
    for module in ("SALib", "sklearn"):
        needed(module)
    seed, n = whole_number("seed", seed), whole_number("n", n, least=8)
    resamples = whole_number("resamples", resamples, least=20)
    for method in methods:
        if method not in METHODS:
            raise unknown_name("methods", found=method, known=METHODS)
    if not methods or n & (n - 1):
        raise unusable("n", found=n, allowed="a power of two, with at least one method")
    points = points_of(source, outcome, year, missing)
    grouped = _grouped(points.names, groups)
    with reporting(check_progress(progress), resamples * len(methods), unit="resamples") as report:
        study = _Study(points, grouped, n, resamples, seed, report)
        data: dict[str, Any] = {}
        for method in methods:
            estimate, resampled = getattr(study, method)()
            for name, value in estimate.items():
                data |= _with_ends(
                    name, value, np.stack([one[name] for one in resampled]), points.about["unit"]
                )
    about = study.about | {"resamples": resamples, "base_points": n, "seed": seed}
    return _dataset(points, grouped, data, about)


def _dataset(points: Points, grouped: list[str], data: dict[str, Any], about: dict[str, Any]) -> xr.Dataset:
    """All indices over factors, with members of groups and provenance."""
    import xarray as xr

    names = list(dict.fromkeys(grouped))
    members = [
        ", ".join(n for n, g in zip(points.names, grouped, strict=True) if g == name) for name in names
    ]
    labels = {"factor": names, "other": names, "members": ("factor", members)}
    used = {"points": len(points.y), "points_dropped": points.dropped, "encoded": points.encoded()}
    used["constant"] = ", ".join(points.constant)
    return xr.Dataset(data, coords=labels, attrs=points.about | used | about)


def _grouped(names: Sequence[str], groups: Mapping[str, Sequence[str]] | None) -> list[str]:
    """The group of each factor: its own name if it is in none."""
    of = dict(zip(names, names, strict=True))
    for group, members in (groups or {}).items():
        if isinstance(members, str) or group in names:
            raise unusable(f"groups: {group}", found=members, allowed="a new name, with a list of factors")
        for member in members:
            if member not in of:
                raise unknown_name(f"groups: {group}", found=member, known=names)
            if of[member] != member:
                raise InputError(f"groups: {member} is in {of[member]} and {group}; allowed: one of them.")
            of[member] = group
    return [of[name] for name in names]


def _with_ends(name: str, value: Floats, resampled: Floats, unit: str) -> dict[str, Any]:
    """An estimate with an interval that includes it."""
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    ends = {name: value, f"{name}_low": np.minimum(low, value), f"{name}_high": np.maximum(high, value)}
    unit, text = ("1", _SHARES[name]) if name in _SHARES else (unit, _CHANGES[name])
    axes = ("factor", "other")[: value.ndim]
    return {key: (axes, numbers, {"units": unit, "long_name": text}) for key, numbers in ends.items()}


class _Study:
    """The three methods on one set of points, with estimates and resamples.

    about  input of each method, and the emulator if one was fitted
    """

    def __init__(
        self, points: Points, grouped: list[str], n: int, resamples: int, seed: int, report: reporting
    ) -> None:
        self.points, self.n, self.resamples, self.seed, self.report = points, n, resamples, seed, report
        self.problem, self.size = _problem(points.names, grouped), len(set(grouped))
        columns = [(points.x[:, k] - f.low) / (f.high - f.low) for k, f in enumerate(points.factors)]
        self.unit, self.whole = np.column_stack(columns), "groups" not in self.problem and not points.dropped
        self.about: dict[str, Any] = {"emulator": "none"}

    def sobol(self) -> tuple[Found, list[Found]]:
        """Sobol's indices, from the points or the emulator."""
        second, sample = saltelli(self.points.x) if self.whole else None, None
        if second is None:
            second, draw = True, needed("SALib.sample.sobol").sample
            sample = draw(self.problem, self.n, calc_second_order=True, seed=self.seed)
        size = 2 * self.size + 2 if second else self.size + 2
        return self._of_blocks("sobol", sample, size, partial(_sobol, self.problem, second=second))

    def morris(self) -> tuple[Found, list[Found]]:
        """Elementary effects, from the points or the emulator."""
        levels, sample = morris_levels(self.unit) if self.whole else None, None
        if levels is None:
            levels, draw = LEVELS, needed("SALib.sample.morris").sample
            sample = draw(self.problem, TRAJECTORIES, num_levels=LEVELS, seed=self.seed)
        return self._of_blocks("morris", sample, self.size + 1, partial(_morris, self.problem, levels=levels))

    def pawn(self) -> tuple[Found, list[Found]]:
        """PAWN from the points, with a factor without effect for comparison."""
        rng = np.random.default_rng(self.seed)
        loose = np.array([f.discrete for f in self.points.factors])
        # separate equal levels, so that slices of equal size contain whole levels if possible
        x = self.points.x + loose * rng.random(self.points.x.shape) * 0.999
        y, n = self.points.y, len(self.points.y)
        alone, many, nothing = _problem(["nothing"], ["nothing"]), [], []
        for _ in range(self.resamples):
            rows = rng.integers(n, size=n)
            many.append({"pawn": _pawn(self.problem, x[rows], y[rows])})
            nothing.append(float(_pawn(alone, rng.random((n, 1)), y)[0]))
            self.report(1)
        self.about |= {"pawn_from": SIMULATED, "pawn_of_nothing": float(np.quantile(nothing, LEVEL))}
        return {"pawn": _pawn(self.problem, x, y)}, many

    def _of_blocks(
        self, method: str, sample: Floats | None, size: int, indices: Callable[[Floats, Floats, int], Found]
    ) -> tuple[Found, list[Found]]:
        """Indices of points, and of bootstrap samples of their blocks.

        sample   points of the unit cube for emulators of resampled points, each distorted by its error; None
                 = the simulated points
        indices  of points, responses and a seed
        """
        unit, y = (self.unit, self.points.y) if sample is None else (sample, None)
        x = np.column_stack([f.from_unit(unit[:, k]) for k, f in enumerate(self.points.factors)])
        self.about[f"{method}_from"] = SIMULATED if sample is None else "emulator"
        blocks, many = unit.reshape(-1, size, unit.shape[1]), []
        rng = np.random.default_rng(self.seed)
        for k in range(self.resamples):
            again = self.emulator.again(rng).predict(x) + self.emulator.astray(rng, x) if y is None else y
            rows = rng.integers(len(blocks), size=len(blocks))
            drawn = again.reshape(-1, size)[rows].ravel()
            many.append(indices(blocks[rows].reshape(-1, unit.shape[1]), drawn, self.seed + k))
            self.report(1)
        return indices(unit, self.emulator.predict(x) if y is None else y, self.seed), many

    @cached_property
    def emulator(self) -> Emulator:
        """The emulator, fitted on first use."""
        fitted_emulator = emulator.fitted(self.points, self.seed)
        errors = {f"held_out_error_{k.replace(' ', '_')}": v for k, v in fitted_emulator.errors.items()}
        about = {
            "emulator": fitted_emulator.kind,
            "held_out_explained": fitted_emulator.explained,
            "emulator_error": fitted_emulator.error,
        }
        self.about |= about | errors
        return fitted_emulator


# --- indices by SALib ---


def _size_of(of: Problem) -> int:
    """Number of factors, groups counted as one."""
    return len(set(of["groups"] if "groups" in of else of["names"]))


def _problem(names: list[str], groups: list[str]) -> Problem:
    """SALib's definition of factors from 0 to 1, in groups if any has several."""
    problem: Problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    return problem | {"groups": groups} if len(set(groups)) < len(names) else problem


def _sound(y: Floats) -> bool:
    """Whether responses vary.

    Raises InputError for undefined responses, which SALib would turn into zeros.
    """
    if not np.isfinite(y).all():
        found = f"{int((~np.isfinite(y)).sum())} undefined responses"
        raise InputError(f"sensitivity: found {found}; allowed: numbers at all points.")
    return float(np.ptp(y)) > 1e-12 * max(1.0, float(np.abs(y).max()))


def _sobol(of: Problem, x: Floats, y: Floats, seed: int, *, second: bool) -> Found:
    """First, total and second order; NaN without variation.  x, y in the order of SALib's sample"""
    many = _size_of(of)
    if not _sound(y):
        undefined = np.full(many, np.nan)
        return {"first": undefined, "total": undefined, "second": np.full((many, many), np.nan)}
    analyze = needed("SALib.analyze.sobol").analyze
    found = analyze(of, y, calc_second_order=second, num_resamples=2, seed=seed + 1)
    pairs = np.array(found["S2"]) if second else np.full((many, many), np.nan)
    both = np.where(np.isnan(pairs), pairs.T, pairs)
    return {"first": np.array(found["S1"]), "total": np.array(found["ST"]), "second": both}


def _morris(of: Problem, x: Floats, y: Floats, seed: int, *, levels: int) -> Found:
    """Mean elementary effect, its mean size, and its deviation, NaN for a group; in the outcome's unit."""
    many = _size_of(of)
    if not _sound(y):
        return {name: np.full(many, np.nan) for name in ("mu", "mu_star", "sigma")}
    analyze = needed("SALib.analyze.morris").analyze
    found = analyze(dict(of), x, y, num_levels=levels, num_resamples=2, seed=seed)
    return {
        name: np.array(np.ma.filled(found[name], np.nan), dtype=float) for name in ("mu", "mu_star", "sigma")
    }


def _pawn(of: Problem, x: Floats, y: Floats) -> Floats:
    """Median Kolmogorov-Smirnov distance between slices' distributions and the whole; for a group the
    mean."""
    if not _sound(y):
        return np.full(_size_of(of), np.nan)
    wanted = len(y) // POINTS_A_SLICE
    slices = next((many for many in SLICES if many <= wanted), SLICES[-1])
    found: Floats = np.array(needed("SALib.analyze.pawn").analyze(of, x, y, S=slices)["median"])
    return found


# --- designs of the methods ---


def saltelli(x: Floats) -> bool | None:
    """Whether points are from ``SALib.sample.sobol``: True with second order, False without, None if not.

    Each block is a point A, A with one factor of B at a time, with second order B with one factor of A at a
    time, and B.
    """
    n, k = x.shape
    for second, size in ((True, 2 * k + 2), (False, k + 2)):
        if n % size or n < 2 * size:
            continue
        blocks = x.reshape(-1, size, k)
        a, b = blocks[:, 0], blocks[:, -1]
        one = np.eye(k, dtype=bool)
        mixed = np.where(one[None], b[:, None], a[:, None])
        fits = np.array_equal(blocks[:, 1 : k + 1], mixed)
        if second:
            other = np.where(one[None], a[:, None], b[:, None])
            fits = fits and np.array_equal(blocks[:, k + 1 : -1], other)
        if fits:
            return second
    return None


def morris_levels(unit: Floats) -> int | None:
    """Levels of a design of ``SALib.sample.morris``, from points from 0 to 1; None for any other.

    Each trajectory changes every factor once, by the same step.
    """
    n, k = unit.shape
    if n % (k + 1) or n < 2 * (k + 1):
        return None
    steps = np.diff(unit.reshape(-1, k + 1, k), axis=1)
    moved = np.abs(steps) > 1e-9
    if not ((moved.sum(axis=2) == 1).all() and (moved.sum(axis=1) == 1).all()):
        return None
    sizes = np.abs(steps[moved])
    if np.ptp(sizes) > 1e-6 or sizes[0] <= 0.5:
        return None
    levels = 2 * sizes[0] / (2 * sizes[0] - 1)
    return round(levels) if abs(levels - round(levels)) < 1e-4 else None


# --- in words and rows ---


def table(indices: xr.Dataset) -> list[dict[str, Any]]:
    """One row per factor, and one per pair of factors with second order: numbers by name, NaN undefined."""
    names = indices["factor"].values.tolist()
    single = [str(n) for n, v in indices.data_vars.items() if v.dims == ("factor",)]
    rows = [
        {"factor": name, "title": factor_title(name), "other": ""} | {n: float(indices[n][k]) for n in single}
        for k, name in enumerate(names)
    ]
    pairs = [n for n in ("second", "second_low", "second_high") if n in indices]
    rows += [
        {"factor": names[k], "title": factor_title(names[k]), "other": names[j]}
        | {n: float(indices[n][k, j]) for n in pairs}
        for j in range(len(names) if pairs else 0) for k in range(j)
    ]  # fmt: skip
    return rows


def write(indices: xr.Dataset, path: str | Path) -> Path:
    """Write :func:`table` as CSV; undefined numbers are blank.  Returns the path."""
    return write_records(path, table(indices))


def sentences(indices: xr.Dataset) -> list[str]:
    """The factors that move the outcome most, and the method, one sentence each."""
    lines = []
    name, year = indices.attrs["label"], indices.attrs["year"]
    if "total" in indices and np.isfinite(indices["total"].values).any():
        order = np.argsort(-indices["total"].values)
        parts = [
            f"{factor_title(indices['factor'].values[k])} {indices['total'].values[k]:.2f} "
            f"({indices['total_low'].values[k]:.2f} to {indices['total_high'].values[k]:.2f})"
            for k in order[:3]
        ]
        lines.append(f"{opening(name)} in {year}: total effects {'; '.join(parts)}.")
    elif "total" in indices:
        lines.append(f"{opening(name)} in {year} is the same at all points, so there is nothing to explain.")
    if indices.attrs["emulator"] != "none":
        explained = f"{100 * indices.attrs['held_out_explained']:.0f} %"
        lines.append(
            f"By an emulator ({indices.attrs['emulator']}) that explains {explained} of the variance of "
            "held-out points; intervals include its error."
        )
    if indices.attrs["points_dropped"]:
        lines.append(f"{indices.attrs['points_dropped']} undefined points were left out.")
    if indices.attrs["encoded"]:
        lines.append(f"Encoding: {indices.attrs['encoded']}.")
    if indices.attrs["constant"]:
        lines.append(f"Constant, and left out: {indices.attrs['constant']}.")
    return lines
