"""Sensitivity: which factors of a sweep move an outcome, alone and together, by the indices of SALib."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

#: Part of the resamples inside an interval.
LEVEL = 0.95

_MEANING = {
    "first": ("1", "part of the variance that the factor explains alone"),
    "total": ("1", "part of the variance that is gone without the factor, interactions among it"),
    "second": ("1", "part of the variance that two factors explain together beyond each alone"),
    "mu_star": ("", "mean size of the change over the factor's range, by Morris"),
    "mu": ("", "mean change over the factor's range, by Morris"),
    "sigma": ("", "deviation of that change, which interactions and bends make"),
    "pawn": ("1", "median distance between the outcome's distribution in a slice of the factor and in all"),
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
        work = _Work(points, grouped, n, resamples, seed, report)
        data: dict[str, Any] = {}
        for method in methods:
            data |= _labelled(*getattr(work, method)())
    return _dataset(points, grouped, data, work)


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


class _Work:
    """The three methods on one set of points; each gives estimates and resamples."""

    def __init__(
        self, points: Points, grouped: list[str], n: int, resamples: int, seed: int, report: reporting
    ) -> None:
        self.points, self.grouped, self.n, self.resamples, self.seed = points, grouped, n, resamples, seed
        self.report = report
        self.of = _problem(points.names, grouped)
        self.unit = np.column_stack(
            [(points.x[:, k] - f.low) / (f.high - f.low) for k, f in enumerate(points.factors)]
        )
        self.direct = "groups" not in self.of and not points.dropped
        self.used: dict[str, str] = {}
        self._emulator: Emulator | None = None

    def sobol(self) -> tuple[Found, list[Found]]:
        """Sobol's indices, from the points themselves or the emulator."""
        second = saltelli(self.points.x) if self.direct else None
        if second is not None:
            self.used["sobol"] = "simulated points"
            size = 2 * len(self.points.names) + 2 if second else len(self.points.names) + 2
            return self._of_blocks(
                size, lambda y, x, k: _sobol(self.of, y, second=second, seed=self.seed + k)
            )
        sample = needed("SALib.sample.sobol").sample(self.of, self.n, calc_second_order=True, seed=self.seed)
        size = 2 * len(set(self.grouped)) + 2
        return self._of_emulator(
            "sobol", sample, size, lambda y, x, k: _sobol(self.of, y, second=True, seed=self.seed + k)
        )

    def morris(self) -> tuple[Found, list[Found]]:
        """Elementary effects, from the points themselves or the emulator."""
        levels = morris_levels(self.unit) if self.direct else None
        many = LEVELS if levels is None else levels

        def found(y: Floats, x: Floats, k: int) -> Found:
            """Indices of one block of points."""
            return _morris(self.of, x, y, levels=many, seed=self.seed + k)

        if levels is not None:
            self.used["morris"] = "simulated points"
            return self._of_blocks(len(self.points.names) + 1, found)
        sample = needed("SALib.sample.morris").sample(
            self.of, TRAJECTORIES, num_levels=LEVELS, seed=self.seed
        )
        return self._of_emulator("morris", sample, len(set(self.grouped)) + 1, found)

    def pawn(self) -> tuple[Found, list[Found]]:
        """PAWN from the points themselves, beside a factor without effect."""
        self.used["pawn"] = "simulated points"
        rng = np.random.default_rng(self.seed)
        loose = np.array([f.discrete for f in self.points.factors])
        # levels are drawn apart, so that slices of equal size hold whole levels as far as they can
        x = self.points.x + loose * rng.random(self.points.x.shape) * 0.999
        y, n = self.points.y, len(self.points.y)
        many, nothing = [], []
        for _ in range(self.resamples):
            rows = rng.integers(n, size=n)
            many.append({"pawn": _pawn(self.of, x[rows], y[rows])})
            alone = _problem(["nothing"], ["nothing"])
            nothing.append(float(_pawn(alone, rng.random((n, 1)), y)[0]))
            self.report(1)
        self.nothing = float(np.quantile(nothing, LEVEL))
        return {"pawn": _pawn(self.of, x, y)}, many

    def _of_blocks(
        self, size: int, found: Callable[[Floats, Floats, int], Found]
    ) -> tuple[Found, list[Found]]:
        """Indices of simulated points, and of blocks of them drawn with repetition."""
        x = self.unit.reshape(-1, size, self.unit.shape[1])
        y = self.points.y.reshape(-1, size)
        rng, many = np.random.default_rng(self.seed), []
        for k in range(self.resamples):
            rows = rng.integers(len(y), size=len(y))
            many.append(found(y[rows].ravel(), x[rows].reshape(-1, x.shape[-1]), k))
            self.report(1)
        return found(self.points.y, self.unit, 0), many

    def _of_emulator(
        self, method: str, unit: Floats, size: int, found: Callable[[Floats, Floats, int], Found]
    ) -> tuple[Found, list[Found]]:
        """Indices of the emulator, and of emulators of resampled points, each led astray by its error."""
        self.used[method] = "emulator"
        smooth = self.emulator
        x = np.column_stack([f.from_unit(unit[:, k]) for k, f in enumerate(self.points.factors)])
        rng, many = np.random.default_rng(self.seed), []
        for k in range(self.resamples):
            y = smooth.again(rng).predict(x) + smooth.astray(rng, x)
            rows = rng.integers(len(y) // size, size=len(y) // size)
            drawn, where = y.reshape(-1, size)[rows].ravel(), unit.reshape(-1, size, unit.shape[1])[rows]
            many.append(found(drawn, where.reshape(-1, unit.shape[1]), k))
            self.report(1)
        return found(smooth.predict(x), unit, 0), many

    @property
    def emulator(self) -> Emulator:
        """The stand-in, fitted when it is first asked for."""
        if self._emulator is None:
            self._emulator = emulator.fitted(self.points, self.seed)
        return self._emulator

    def told(self) -> dict[str, Any]:
        """What the stand-in is, where one was used."""
        if self._emulator is None:
            return {"emulator": "none"}
        e = self._emulator
        errors = {f"held_out_error_{k.replace(' ', '_')}": v for k, v in e.errors.items()}
        about = {"emulator": e.kind, "held_out_explained": e.explained, "emulator_error": e.error}
        return about | errors


def _labelled(estimate: Found, many: list[Found]) -> dict[str, Any]:
    """Estimates with the ends of their intervals, which hold them."""
    data: dict[str, Any] = {}
    tail = (1 - LEVEL) / 2
    for name, value in estimate.items():
        resampled = np.stack([one[name] for one in many])
        low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
        axes = ("factor", "other")[: value.ndim]
        unit, text = _MEANING[name]
        for key, numbers in ((name, value), (f"{name}_low", np.minimum(low, value)),
                             (f"{name}_high", np.maximum(high, value))):  # fmt: skip
            data[key] = (axes, numbers, {"units": unit, "long_name": text})
    return data


def _dataset(points: Points, grouped: list[str], data: dict[str, Any], work: _Work) -> xr.Dataset:
    """All indices, as a dataset over factors."""
    import xarray as xr

    names = list(dict.fromkeys(grouped))
    members = [
        ", ".join(n for n, g in zip(points.names, grouped, strict=True) if g == name) for name in names
    ]
    labels = {"factor": names, "other": names, "members": ("factor", members)}
    attrs = points.about | work.told() | {
        "points": len(points.y), "points_dropped": points.dropped, "constant": ", ".join(points.constant),
        "encoded": points.encoded(), "resamples": work.resamples, "base_points": work.n, "seed": work.seed,
        **{f"{method}_from": used for method, used in work.used.items()},
    }  # fmt: skip
    if "pawn" in work.used:
        attrs["pawn_of_nothing"] = work.nothing
    for name in ("mu_star", "mu", "sigma"):
        for end in ("", "_low", "_high"):
            if name in data:
                data[name + end][2]["units"] = points.about["unit"]
    return xr.Dataset(data, coords=labels, attrs=attrs)


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


def _sobol(of: Problem, y: Floats, *, second: bool, seed: int) -> Found:
    """First, total and second order; NaN where nothing varies.  y in the order of SALib's sample."""
    many = _size_of(of)
    if not _sound(y):
        undefined = np.full(many, np.nan)
        return {"first": undefined, "total": undefined, "second": np.full((many, many), np.nan)}
    analyze = needed("SALib.analyze.sobol").analyze
    found = analyze(of, y, calc_second_order=second, num_resamples=2, seed=seed + 1)
    pairs = np.array(found["S2"]) if second else np.full((many, many), np.nan)
    both = np.where(np.isnan(pairs), pairs.T, pairs)
    return {"first": np.array(found["S1"]), "total": np.array(found["ST"]), "second": both}


def _morris(of: Problem, x: Floats, y: Floats, *, levels: int, seed: int) -> Found:
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
    single = [n for n, v in found.data_vars.items() if v.dims == ("factor",)]
    rows: list[dict[str, Any]] = []
    for k, name in enumerate(found["factor"].values.tolist()):
        called = {"factor": name, "title": factor_title(name), "other": ""}
        rows.append(called | {str(n): float(found[n][k]) for n in single})
    if "second" in found:
        pairs = ("second", "second_low", "second_high")
        for j, one in enumerate(found["factor"].values.tolist()):
            for k, other in enumerate(found["factor"].values.tolist()[:j]):
                called = {"factor": other, "title": factor_title(other), "other": one}
                rows.append(called | {n: float(found[n][k, j]) for n in pairs})
    return rows


def write(found: xr.Dataset, path: str | Path) -> Path:
    """Write :func:`table` as CSV; undefined numbers are blank.  Returns the path."""
    rows = table(found)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return write_records(path, names, rows)


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
