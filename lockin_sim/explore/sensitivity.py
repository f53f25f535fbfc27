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
from lockin_sim.wording import opening

if TYPE_CHECKING:
    import xarray as xr

METHODS = ("sobol", "morris", "pawn")

#: Trajectories of Morris, and levels, where they are of the emulator.
TRAJECTORIES, LEVELS = 64, 4

#: What an index is made of where it is not an emulator.
SIMULATED = "simulated points"

#: Part of the resamples inside an interval.
LEVEL = 0.95

#: What the indices without a unit are, and those in the unit of the outcome.
_SHARES = {
    "first": "part of the variance that the factor explains alone",
    "total": "part of the variance that is gone without the factor, interactions among it",
    "second": "part of the variance that two factors explain together beyond each alone",
    "pawn": "median distance between the outcome's distribution in a slice of the factor and in all",
}
_CHANGES = {
    "mu_star": "mean size of the change over the factor's range, by Morris",
    "mu": "mean change over the factor's range, by Morris",
    "sigma": "deviation of that change, which interactions and bends make",
}

#: Slices of PAWN, as many as leave each points enough for a distribution; powers of two, since SALib steps
#: from 0 to 1 by adding up fractions.
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
    progress: bool | Progress = False,
) -> xr.Dataset:
    """Which factors of a sweep move an outcome, by Sobol, Morris and PAWN (SALib).

    source      a store of ``lockin sweep``, or the dataset of ``sweep``, ``evaluate`` or ``open_results``
    outcome, year   what is explained, mean over runs; None = the only outcome, the last year
    methods     of :data:`METHODS`
    groups      factors by name of a group, which counts as one factor; the others stay alone
    n           base points of the Sobol sample of the emulator, a power of two
    resamples   for intervals of 95 %
    seed        of samples and resamples
    missing     about points that are not defined: "refuse", or "drop" to leave them out, counted
    progress    True shows a bar on a terminal; a function is called with the number of resamples done

    Where the design is a method's own (``SALib.sample.sobol`` or ``morris``, no point left out, no groups)
    the method has the simulated points, and its interval is of resampled blocks.  Elsewhere it has an
    emulator, see :mod:`lockin_sim.explore.emulator`: its interval is of emulators fitted to resampled
    points, each led astray by a random function as large as the error on held-out points.  PAWN has the
    simulated points of any design; ``pawn_of_nothing`` is the 95 % quantile for a factor without effect.

    Returns a dataset over ``factor`` (and ``other``): ``first``, ``total``, ``second``, ``mu_star``, ``mu``,
    ``sigma``, ``pawn``, each with ``_low`` and ``_high``, NaN where nothing is defined.  Attributes say what
    was used, left out and numbered.
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
    with reporting(progress, resamples * len(methods)) as report:
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
    """All indices over factors, with who is in each and what was used and left out."""
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
    """The group of each factor: its own name where it is in none."""
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
    """An estimate beside the ends of its interval, which holds it."""
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    ends = {name: value, f"{name}_low": np.minimum(low, value), f"{name}_high": np.maximum(high, value)}
    unit, text = ("1", _SHARES[name]) if name in _SHARES else (unit, _CHANGES[name])
    axes = ("factor", "other")[: value.ndim]
    return {key: (axes, numbers, {"units": unit, "long_name": text}) for key, numbers in ends.items()}


class _Study:
    """The three methods on one set of points; each gives estimates and resamples.

    about  what each method was given, and what the emulator is where one was fitted
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
        """Sobol's indices, from the points themselves or the emulator."""
        second, sample = saltelli(self.points.x) if self.whole else None, None
        if second is None:
            second, draw = True, needed("SALib.sample.sobol").sample
            sample = draw(self.problem, self.n, calc_second_order=True, seed=self.seed)
        size = 2 * self.size + 2 if second else self.size + 2
        return self._of_blocks("sobol", sample, size, partial(_sobol, self.problem, second=second))

    def morris(self) -> tuple[Found, list[Found]]:
        """Elementary effects, from the points themselves or the emulator."""
        levels, sample = morris_levels(self.unit) if self.whole else None, None
        if levels is None:
            levels, draw = LEVELS, needed("SALib.sample.morris").sample
            sample = draw(self.problem, TRAJECTORIES, num_levels=LEVELS, seed=self.seed)
        return self._of_blocks("morris", sample, self.size + 1, partial(_morris, self.problem, levels=levels))

    def pawn(self) -> tuple[Found, list[Found]]:
        """PAWN from the points themselves, beside a factor without effect."""
        rng = np.random.default_rng(self.seed)
        loose = np.array([f.discrete for f in self.points.factors])
        # levels are drawn apart, so that slices of equal size hold whole levels as far as they can
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
        """Indices at points, and of blocks of them drawn with repetition.

        sample   points of the unit cube where emulators of resampled points answer, each led astray by its
                 error; None = the simulated points
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
        """The stand-in, fitted when it is first needed."""
        made = emulator.fitted(self.points, self.seed)
        errors = {f"held_out_error_{k.replace(' ', '_')}": v for k, v in made.errors.items()}
        about = {"emulator": made.kind, "held_out_explained": made.explained, "emulator_error": made.error}
        self.about |= about | errors
        return made


# --- indices by SALib ---


def _size_of(of: Problem) -> int:
    """Number of factors, groups counted as one."""
    return len(set(of["groups"] if "groups" in of else of["names"]))


def _problem(names: list[str], groups: list[str]) -> Problem:
    """What SALib calls a problem: factors from 0 to 1, in groups where a group has several."""
    made: Problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    return made | {"groups": groups} if len(set(groups)) < len(names) else made


def _sound(y: Floats) -> bool:
    """Whether there is anything to explain.

    Raises InputError for numbers that are none: SALib would make zeros of them.
    """
    if not np.isfinite(y).all():
        found = f"{int((~np.isfinite(y)).sum())} responses that are no numbers"
        raise InputError(f"sensitivity: found {found}; allowed: numbers at all points.")
    return float(np.ptp(y)) > 1e-12 * max(1.0, float(np.abs(y).max()))


def _sobol(of: Problem, x: Floats, y: Floats, seed: int, *, second: bool) -> Found:
    """First, total and second order; NaN where nothing varies.  x, y in the order of SALib's sample."""
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
    """Median Kolmogorov-Smirnov distance of slices' distributions from that of all; of a group the mean."""
    if not _sound(y):
        return np.full(_size_of(of), np.nan)
    wanted = len(y) // POINTS_A_SLICE
    slices = next((many for many in SLICES if many <= wanted), SLICES[-1])
    found: Floats = np.array(needed("SALib.analyze.pawn").analyze(of, x, y, S=slices)["median"])
    return found


# --- designs of its methods ---


def saltelli(x: Floats) -> bool | None:
    """Whether points are of ``SALib.sample.sobol``: True with second order, False without, None if not.

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
    """Levels of a design of ``SALib.sample.morris``, of points from 0 to 1; None if it is none.

    Each trajectory changes every factor once, by one and the same step.
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


def table(found: xr.Dataset) -> list[dict[str, Any]]:
    """One row a factor, and one for each pair of them with second order: numbers by name, NaN undefined."""
    names = found["factor"].values.tolist()
    single = [str(n) for n, v in found.data_vars.items() if v.dims == ("factor",)]
    rows = [
        {"factor": name, "title": factor_title(name), "other": ""} | {n: float(found[n][k]) for n in single}
        for k, name in enumerate(names)
    ]
    pairs = [n for n in ("second", "second_low", "second_high") if n in found]
    rows += [
        {"factor": names[k], "title": factor_title(names[k]), "other": names[j]}
        | {n: float(found[n][k, j]) for n in pairs}
        for j in range(len(names) if pairs else 0) for k in range(j)
    ]  # fmt: skip
    return rows


def write(found: xr.Dataset, path: str | Path) -> Path:
    """Write :func:`table` as CSV; undefined numbers are blank.  Returns the path."""
    return write_records(path, table(found))


def sentences(found: xr.Dataset) -> list[str]:
    """What moves the outcome most, and what was done to find out, one sentence each."""
    said = []
    name, year = found.attrs["label"], found.attrs["year"]
    if "total" in found and np.isfinite(found["total"].values).any():
        order = np.argsort(-found["total"].values)
        parts = [
            f"{factor_title(found['factor'].values[k])} {found['total'].values[k]:.2f} "
            f"({found['total_low'].values[k]:.2f} to {found['total_high'].values[k]:.2f})"
            for k in order[:3]
        ]
        said.append(f"{opening(name)} in {year}: total effects {'; '.join(parts)}.")
    elif "total" in found:
        said.append(f"{opening(name)} in {year} is the same at all points: there is nothing to explain.")
    if found.attrs["emulator"] != "none":
        explained = f"{100 * found.attrs['held_out_explained']:.0f} %"
        said.append(
            f"By an emulator ({found.attrs['emulator']}) that explains {explained} of the variance of "
            "held-out points; its error is in the intervals."
        )
    if found.attrs["points_dropped"]:
        said.append(f"{found.attrs['points_dropped']} points that are not defined were left out.")
    if found.attrs["encoded"]:
        said.append(f"Numbered: {found.attrs['encoded']}.")
    if found.attrs["constant"]:
        said.append(f"Never differs, and is left out: {found.attrs['constant']}.")
    return said
