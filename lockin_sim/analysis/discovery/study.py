"""In which worlds a policy fails: the call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.analysis.discovery import boxes
from lockin_sim.analysis.discovery.boxes import Box, Feature
from lockin_sim.analysis.discovery.told import limits
from lockin_sim.analysis.needs import needed
from lockin_sim.analysis.points import Points, is_truth, opened, points_of
from lockin_sim.conventions import Bools, Floats
from lockin_sim.defaults import SEED
from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.progress import Progress, reporting
from lockin_sim.wording import listed

if TYPE_CHECKING:
    import xarray as xr

#: Boxes by PRIM at most, each of what the ones before leave; another has to hold this part of all failures.
MOST_BOXES, WORTH_ANOTHER = 3, 0.15

#: Fewest points that fail, and that do not.
FEWEST = 5

#: Words that a truth may be said in.
_TRUTHS = {"true": 1, "false": 0}

_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_LIMIT = re.compile(rf"\s*(<=|>=|<|>)\s*([-+]?{_NUMBER}(?:[eE][-+]?[0-9]+)?)\s*")
_PART = re.compile(rf"\s*(lowest|highest)\s+({_NUMBER})\s*%\s*")


def discover(
    source: str | Path | xr.Dataset,
    outcome: str | None = None,
    year: int | None = None,
    *,
    failing: str,
    within: Mapping[str, Any] | None = None,
    resamples: int = 20,
    seed: int = SEED,
    missing: str = "refuse",
    progress: bool | Progress = False,
) -> xr.Dataset:
    """In which worlds an outcome fails: boxes by PRIM, a tree as a second view, and scores of factors.

    source, outcome, year, missing   as in :func:`lockin_sim.sensitivity`
    failing    what counts as failing, of the mean over runs: ``"< 0.3"``, ``">= 12"``, ``"lowest 20 %"`` or
               ``"highest 10 %"``, in the unit of the outcome
    within     values of factors, of which only points are looked at: ``{"scenario": "open_ran"}``
    resamples  how often the first box is searched again, in points drawn with repetition; what was not drawn
               says how dense it is where it has not seen
    progress   True shows a bar on a terminal; a function is called with the number of resamples done

    Returns a dataset over ``box`` (PRIM's in the order found, then the tree's) and ``feature`` (a factor, or
    one of its words): ``low`` and ``high``, infinite where a feature is free; ``coverage``, ``density``,
    ``mass`` and its limits in ``words``; ``recurrence``, part of the resamples that limit the feature;
    ``score``; ``fails`` and the points.  Attributes say what failing is, what was left out, and density and
    coverage on points not drawn.
    Raises InputError for anything that cannot be used, and for a missing package.
    """
    for module in ("ema_workbench.analysis.prim", "sklearn.tree"):
        needed(module)
    resamples, seed = whole_number("resamples", resamples, least=1), whole_number("seed", seed)
    points = points_of(_within(source, within), outcome, year, missing)
    fails, said = _failing(points, failing)
    features, x = boxes.features(points)
    found = _boxes(x, fails)
    second = boxes.tree(x, fails)
    with reporting(progress, resamples) as report:
        recurrence, outside = _again(x, fails, resamples, seed, report)
    labelled = {f"PRIM {n + 1}": box for n, box in enumerate(found)}
    if second is not None:
        labelled["CART"] = second
    about = points.about | {
        "failing": said, "points": len(fails), "points_failing": int(fails.sum()),
        "points_dropped": points.dropped, "constant": ", ".join(points.constant), "resamples": resamples,
        "within": ", ".join(f"{k} = {v}" for k, v in (within or {}).items()), "seed": seed,
        "density_outside": outside[0], "coverage_outside": outside[1],
    }  # fmt: skip
    score = boxes.scores(x, fails, seed)
    return _dataset(points, features, x, fails, labelled, {"recurrence": recurrence, "score": score}, about)


def _within(source: Any, within: Mapping[str, Any] | None) -> Any:
    """The points with some values."""
    if not within:
        return source
    ds = opened(source)
    chosen = np.ones(ds.sizes["point"], dtype=bool)
    for name, value in within.items():
        columns = [str(n) for n, c in ds.coords.items() if c.dims == ("point",) and n != "point"]
        if name not in columns:
            raise unknown_name("within", found=name, known=columns)
        values, truths = ds[name].values, is_truth(name)
        same = _same(values, value, truths=truths)
        if not same.any():
            known = "true, false" if truths else ", ".join(np.unique(values.astype(str))[:8].tolist())
            raise unusable(f"within: {name}", found=value, allowed=f"a value of some points, as {known}")
        chosen &= same
    if not chosen.any():
        raise unusable("within", found=dict(within), allowed="values that some points have together")
    return ds.isel(point=np.flatnonzero(chosen))


def _same(values: np.ndarray, wanted: Any, *, truths: bool) -> Bools:
    """Which values of a column are the one that is wanted; a truth may be said in a word."""
    if values.dtype.kind in "UOT":
        return np.asarray(values == str(wanted), dtype=bool)
    said = str(wanted).strip().lower()
    try:
        number = float(_TRUTHS[said] if truths and said in _TRUTHS else wanted)
    except (TypeError, ValueError):
        return np.zeros(len(values), dtype=bool)
    return np.asarray(values == number, dtype=bool)


def _failing(points: Points, failing: str) -> tuple[Bools, str]:
    """Which points fail, and what that is, in words.  Raises InputError where too few do, or do not."""
    name, y = points.about["outcome"], points.y
    limit, part = _LIMIT.fullmatch(str(failing)), _PART.fullmatch(str(failing))
    if limit:
        sign, end = limit[1], float(limit[2])
        said = f"{name} {sign} {end:g}"
    elif part and 0 < float(part[2]) < 100:
        lowest, share = part[1] == "lowest", float(part[2]) / 100
        sign, end = "<=" if lowest else ">=", float(np.quantile(y, share if lowest else 1 - share))
        said = f"{name} {sign} {end:.4g}, the {part[1]} {float(part[2]):g} %"
    else:
        allowed = "'< 0.3', '>= 12', 'lowest 20 %' or 'highest 10 %'"
        raise unusable("failing", found=failing, allowed=allowed)
    compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[sign]
    fails: Bools = compare(y, end)
    if min(fails.sum(), (~fails).sum()) < FEWEST:
        ends = f"{name} lies between {y.min():.4g} and {y.max():.4g}"
        text = f"at least {FEWEST} of {len(y)} points that do, and as many that do not; {ends}"
        raise unusable(f"failing: {said}", found=f"{int(fails.sum())} points", allowed=text)
    return fails, said


def _boxes(x: Floats, fails: Bools) -> list[Box]:
    """Boxes by PRIM, each of points that the ones before do not hold, while they hold enough failures."""
    found: list[Box] = []
    remaining = np.ones(len(x), dtype=bool)
    while len(found) < MOST_BOXES:
        box = boxes.prim(x, fails, remaining)
        if box is None:
            break
        inside = box.holds(x) & remaining
        if found and (fails & inside).sum() < WORTH_ANOTHER * fails.sum():
            break
        found.append(box)
        remaining &= ~inside
        if remaining.mean() < 2 * boxes.LEAST_MASS:
            break
    return found


def _again(
    x: Floats, fails: Bools, resamples: int, seed: int, report: reporting
) -> tuple[Floats, tuple[float, float]]:
    """How often each feature is limited again, and mean density and coverage where a box has not seen."""
    rng, n = np.random.default_rng(seed), len(x)
    limited, density, coverage = np.zeros(x.shape[1]), [], []
    for _ in range(resamples):
        rows = rng.integers(n, size=n)
        box = boxes.prim(x[rows], fails[rows])
        report(1)
        if box is None:
            continue
        limited += box.bound
        unseen = np.setdiff1d(np.arange(n), rows)
        inside, failed = box.holds(x[unseen]), fails[unseen]
        if inside.any() and failed.any():
            density.append(float(failed[inside].mean()))
            coverage.append(float(inside[failed].mean()))
    means = tuple(float(np.mean(found)) if found else np.nan for found in (density, coverage))
    return limited / resamples, (means[0], means[1])


def _dataset(
    points: Points, features: list[Feature], x: Floats, fails: Bools, labelled: Mapping[str, Box],
    along: Mapping[str, Floats], about: Mapping[str, Any],
) -> xr.Dataset:  # fmt: skip
    """All that was found, as a dataset over boxes, features and steps of peeling."""
    import xarray as xr

    names = [named(points, feature) for feature in features]
    shape = len(labelled), len(names)
    data: dict[str, Any] = {
        end: (("box", "feature"), np.array([getattr(b, end) for b in labelled.values()]).reshape(shape))
        for end in ("low", "high")
    }
    for number in ("coverage", "density", "mass"):
        data[number] = ("box", np.array([getattr(b, number) for b in labelled.values()], dtype=float))
    data |= {name: ("feature", values) for name, values in along.items()}
    data |= {"x": (("point", "feature"), x), "fails": ("point", fails), "y": ("point", points.y)}
    factors = [points.factors[f.factor] for f in features]
    labels = {
        "box": list(labelled), "feature": names,
        "kind": ("feature", ["word" if f.level >= 0 else "truth" if g.discrete else "number"
                             for f, g in zip(features, factors, strict=True)]),
    }  # fmt: skip
    ds = xr.Dataset(data, coords=labels, attrs=dict(about))
    return ds.assign_coords(words=("box", [listed(limits(ds, name)) for name in labelled]))


def named(points: Points, feature: Feature) -> str:
    """Name of a feature: the factor, or the factor and a word."""
    factor = points.factors[feature.factor]
    return factor.name if feature.level < 0 else f"{factor.name} = {factor.word(feature.level)}"
