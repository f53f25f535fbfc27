"""Discovery: conditions under which a policy fails, as boxes by PRIM and, as a second view, a tree (CART).

The EMA Workbench receives numbers under neutral names: its PRIM fails on words and whole numbers, and it
drops a column called scenario.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.conventions import SEED, Bools, Floats
from lockin_sim.design import factor_title, word_title
from lockin_sim.errors import InputError, unknown_name, unusable, whole_number
from lockin_sim.explore.points import Points, is_truth, needed, opened, points_of, write_records
from lockin_sim.progress import Progress, reporting
from lockin_sim.simulation import check_progress
from lockin_sim.wording import listed, opening, quoted

if TYPE_CHECKING:
    import xarray as xr

#: Maximum number of PRIM boxes, each from points left by earlier ones, and their minimum share of failures.
MOST_BOXES, WORTH_ANOTHER = 3, 0.15

#: Minimum number of points that fail, and that do not.
FEWEST = 5

#: Words for true and false.
_TRUTHS = {"true": "1", "false": "0"}

_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_LIMIT = re.compile(rf"\s*(<=|>=|<|>)\s*([-+]?{_NUMBER}(?:[eE][-+]?[0-9]+)?)\s*")
_PART = re.compile(rf"\s*(lowest|highest)\s+({_NUMBER})\s*%\s*")

#: Minimum share of points in a box.
LEAST_MASS = 0.05

#: Significance level at which limits are removed from a box.
CHANCE = 0.05

#: Minimum gain per limit in the harmonic mean of coverage and density, which keeps boxes simple.
WORTH = 0.03

#: Statistics of a box.
NUMBERS = ("coverage", "density", "mass")


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
    progress: bool | Progress | None = None,
) -> xr.Dataset:
    """Find conditions under which an outcome fails: PRIM boxes, a tree as a second view, and scores of
    factors.

    source, outcome, year, missing   as in :func:`lockin_sim.sensitivity`
    failing    what counts as failing, for the mean over runs: ``"< 0.3"``, ``">= 12"``, ``"lowest 20 %"`` or
               ``"highest 10 %"``, in the unit of the outcome
    within     values of factors to restrict points to: ``{"scenario": "open_ran"}``
    resamples  bootstrap resamples in which the first box is found again, and tested on the points not drawn
    progress   None shows a bar on a terminal or in a notebook; a function is called with resamples done

    Returns a dataset over ``box`` (PRIM's in order, then the tree's) and ``feature`` (a factor, or one of its
    words): ``low`` and ``high``, infinite where a feature is free; ``coverage``, ``density``, ``mass`` and
    the limits in ``words``; ``recurrence``, share of the resamples that limit the feature; ``score``;
    ``fails`` and the points.  Attributes define failing, count what was left out, and give density and
    coverage on points not drawn.
    Raises InputError for anything that cannot be used, and for a missing package.
    """
    import xarray as xr

    for module in ("ema_workbench.analysis.prim", "sklearn.tree"):
        needed(module)
    resamples, seed = whole_number("resamples", resamples, least=1), whole_number("seed", seed)
    points = points_of(_within(source, within), outcome, year, missing)
    fails, said = _failing(points, failing)
    features, x = _features(points)
    boxes = {f"PRIM {n}": box for n, box in enumerate(_boxes(x, fails), start=1)}
    if (second := _tree(x, fails)) is not None:
        boxes["CART"] = second
    with reporting(check_progress(progress), resamples, unit="resamples") as report:
        recurrence, outside = _again(x, fails, resamples, seed, report)
    data: dict[str, Any] = {
        end: (("box", "feature"), np.reshape([getattr(b, end) for b in boxes.values()], (-1, x.shape[1])))
        for end in ("low", "high")
    }
    data |= {n: ("box", np.array([getattr(b, n) for b in boxes.values()], dtype=float)) for n in NUMBERS}
    data |= {"recurrence": ("feature", recurrence), "score": ("feature", _scores(x, fails, seed))}
    data |= {"x": (("point", "feature"), x), "fails": ("point", fails), "y": ("point", points.y)}
    about = points.about | {
        "failing": said, "points": len(fails), "points_failing": int(fails.sum()),
        "points_dropped": points.dropped, "constant": ", ".join(points.constant), "resamples": resamples,
        "within": ", ".join(f"{k} = {v}" for k, v in (within or {}).items()), "seed": seed,
        "density_outside": outside[0], "coverage_outside": outside[1],
    }  # fmt: skip
    ds = xr.Dataset(data, coords={"box": list(boxes)} | features, attrs=about)
    return ds.assign_coords(words=("box", [listed(limits(ds, name)) for name in boxes]))


def _within(source: Any, within: Mapping[str, Any] | None) -> Any:
    """The points with some values; true and false may be words."""
    if not within:
        return source
    ds = opened(source)
    columns = [str(n) for n, c in ds.coords.items() if c.dims == ("point",) and n != "point"]
    chosen = np.ones(ds.sizes["point"], dtype=bool)
    for name, value in within.items():
        if name not in columns:
            raise unknown_name("within", found=name, known=columns)
        values, text, truths = ds[name].values, str(value), is_truth(name)
        if values.dtype.kind in "UOT":
            same = values == text
        else:
            try:
                same = values == float(_TRUTHS.get(text.strip().lower(), text) if truths else text)
            except ValueError:
                same = np.zeros(len(values), dtype=bool)
        if not same.any():
            known = "true, false" if truths else ", ".join(np.unique(ds[name].astype(str))[:8].tolist())
            raise unusable(f"within: {name}", found=value, allowed=f"a value of some points, as {known}")
        chosen &= same
    if not chosen.any():
        raise unusable("within", found=dict(within), allowed="values that some points have together")
    return ds.isel(point=np.flatnonzero(chosen))


def _failing(points: Points, failing: str) -> tuple[Bools, str]:
    """Which points fail, and the criterion in words.  Raises InputError if too few do, or do not."""
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
    """PRIM boxes, each of the points outside earlier ones, while they contain enough failures."""
    boxes: list[Box] = []
    remaining = np.ones(len(x), dtype=bool)
    while len(boxes) < MOST_BOXES:
        box = _prim(x, fails, remaining)
        if box is None:
            break
        inside = box.holds(x) & remaining
        if boxes and (fails & inside).sum() < WORTH_ANOTHER * fails.sum():
            break
        boxes.append(box)
        remaining &= ~inside
        if remaining.mean() < 2 * LEAST_MASS:
            break
    return boxes


def _again(
    x: Floats, fails: Bools, resamples: int, seed: int, report: reporting
) -> tuple[Floats, tuple[float, float]]:
    """How often resamples limit each feature, with mean density and coverage on the points not drawn."""
    rng, n = np.random.default_rng(seed), len(x)
    limited, unseen = np.zeros(x.shape[1]), []
    for _ in range(resamples):
        rows = rng.integers(n, size=n)
        box = _prim(x[rows], fails[rows])
        report(1)
        if box is None:
            continue
        limited += box.bound
        others = np.setdiff1d(np.arange(n), rows)
        inside, failed = box.holds(x[others]), fails[others]
        if inside.any() and failed.any():
            unseen.append((failed[inside].mean(), inside[failed].mean()))
    density, coverage = np.mean(unseen, axis=0).tolist() if unseen else (np.nan, np.nan)
    return limited / resamples, (density, coverage)


# --- boxes ---


class Box(NamedTuple):
    """Limits of some features, between which points fail more often.

    low, high   (feature,), -inf and inf where a feature is free
    coverage    share of all failures that are inside;  density  share of points inside that fail
    mass        share of all points that are inside
    """

    low: Floats
    high: Floats
    coverage: float
    density: float
    mass: float

    @property
    def bound(self) -> Bools:
        """Features with a limit.  (feature,)"""
        return np.isfinite(self.low) | np.isfinite(self.high)

    def holds(self, x: Floats) -> Bools:
        """Points inside.  x (point, feature)"""
        inside: Bools = ((x >= self.low) & (x <= self.high)).all(axis=1)
        return inside


def _features(points: Points) -> tuple[dict[str, Any], Floats]:
    """Features of the points: factors, and a column of 0 and 1 for each word of a factor of words.

    Returns their names and kinds as coordinates, and (point, feature).
    """
    names, kinds, columns = [], [], []
    for factor, column in zip(points.factors, points.x.T, strict=True):
        for level in range(len(factor.levels)):
            names.append(f"{factor.name} = {factor.word(level)}")
            kinds.append("word")
            columns.append((column == level).astype(float))
        if not factor.levels:
            names.append(factor.name)
            kinds.append("truth" if factor.discrete else "number")
            columns.append(column)
    return {"feature": names, "kind": ("feature", kinds)}, np.column_stack(columns)


@contextmanager
def _quietly() -> Iterator[None]:
    """Without warnings of how the Workbench uses pandas, which no reader could mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _frame(x: Floats) -> Any:
    """Points as the table that the EMA Workbench reads."""
    pandas = needed("pandas")
    return pandas.DataFrame(x.astype(float), columns=[f"x{k}" for k in range(x.shape[1])])


def _measured(low: Floats, high: Floats, x: Floats, fails: Bools) -> Box:
    """A box with its coverage, density and mass among the points."""
    box = Box(low, high, np.nan, np.nan, np.nan)
    inside = box.holds(x)
    caught = float((fails & inside).sum())
    density = caught / inside.sum() if inside.any() else np.nan
    return Box(low, high, caught / fails.sum(), float(density), float(inside.mean()))


def _prim(x: Floats, fails: Bools, remaining: Bools | None = None) -> Box | None:
    """The best box of PRIM; None if there is none.

    Of the boxes on the way from all points to the densest one, the one with the largest harmonic mean of
    coverage and density minus :data:`WORTH` per limit, without limits that are not significant (quasi-p of
    Bryant and Lempert 2010 of at least :data:`CHANCE`). x (point, feature), fails (point,); remaining
    (point,), points outside earlier boxes
    Source: Friedman and Fisher (1999), as in the EMA Workbench.
    """
    mine = np.ones(len(x), dtype=bool) if remaining is None else remaining
    if not fails[mine].any() or fails[mine].all():
        return None
    with _quietly():
        module = needed("ema_workbench.analysis.prim")
        search = module.Prim(_frame(x[mine]), fails[mine].astype(int), mass_min=LEAST_MASS)
        algorithm = search.find_box()
    if algorithm is None:
        return None
    steps = algorithm.peeling_trajectory
    best = int(
        _quality(*(steps[name].to_numpy(float) for name in ("coverage", "density", "res_dim"))).argmax()
    )
    low, high = algorithm.box_lims[best].to_numpy(float)
    # limits at the ends of the sampled range do not count
    low = np.where(low > x[mine].min(axis=0), low, -np.inf)
    high = np.where(high < x[mine].max(axis=0), high, np.inf)
    chance = algorithm.p_values[best] if best < len(algorithm.p_values) else {}
    for name, (at_low, at_high) in chance.items():
        k = int(name.removeprefix("x"))
        low[k] = -np.inf if at_low >= CHANCE or at_low < 0 else low[k]
        high[k] = np.inf if at_high >= CHANCE or at_high < 0 else high[k]
    box = _measured(low, high, x, fails)
    return box if box.bound.any() else None


def _quality(coverage: Floats | float, density: Floats | float, limits: Floats | float) -> Floats:
    """Harmonic mean of coverage and density minus :data:`WORTH` per limit."""
    quality: Floats = 2.0 * coverage * density / np.maximum(coverage + density, 1e-12) - WORTH * limits
    return quality


def _tree(x: Floats, fails: Bools) -> Box | None:
    """The best leaf of a tree, by the same measure; None if the tree has one leaf.

    The Workbench's own tree fails on one column and on few points, and picks at random between equal splits;
    so this uses the tree of scikit-learn beneath it, with a fixed seed.
    """
    tree = needed("sklearn.tree").DecisionTreeClassifier(
        min_samples_leaf=max(int(LEAST_MASS * len(x)), 1), random_state=0
    )
    grown = tree.fit(x, fails).tree_
    free = np.full(x.shape[1], np.inf)
    boxes = [_measured(low, high, x, fails) for low, high in _leaves(grown, 0, -free, free)]
    boxes = [b for b in boxes if b.bound.any() and np.isfinite(b.density) and b.coverage > 0]
    qualities = [_quality(b.coverage, b.density, float(b.bound.sum())) for b in boxes]
    return boxes[int(np.argmax(qualities))] if boxes else None


def _leaves(grown: Any, node: int, low: Floats, high: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Limits of every leaf below a node of a tree, given the node's own."""
    k, cut = int(grown.feature[node]), float(grown.threshold[node])
    if k < 0:
        yield low, high
        return
    below, above = high.copy(), low.copy()
    below[k], above[k] = min(high[k], cut), max(low[k], cut)
    yield from _leaves(grown, int(grown.children_left[node]), low, below)
    yield from _leaves(grown, int(grown.children_right[node]), above, high)


def _scores(x: Floats, fails: Bools, seed: int) -> Floats:
    """Importance of each feature in extra trees, (feature,); the sum is 1."""
    with _quietly():
        module = needed("ema_workbench.analysis.feature_scoring")
        a_third = max(round(x.shape[1] / 3), 1)  # the Workbench's default, but at least one column
        importances, _ = module.get_ex_feature_scores(
            _frame(x), fails.astype(int), max_features=a_third, random_state=seed
        )
    by_name = importances.iloc[:, 0].to_dict()
    score = np.array([float(by_name[f"x{k}"]) for k in range(x.shape[1])])
    if not np.isfinite(score).all():
        raise InputError("discover: found an undefined score; allowed: points that differ.")
    return score


# --- in words and rows ---


def limits(discovery: xr.Dataset, box: str) -> list[str]:
    """The limits of a box in words, the most frequently recurring features first."""
    at = discovery.sel(box=box)
    said = []
    for k in np.argsort(-discovery["recurrence"].values, kind="stable"):
        low, high = float(at["low"][k]), float(at["high"][k])
        if np.isfinite(low) or np.isfinite(high):
            said.append(
                _limit(str(discovery["feature"].values[k]), str(discovery["kind"].values[k]), low, high)
            )
    return said


def _limit(name: str, kind: str, low: float, high: float) -> str:
    """One limit of a box in words."""
    if kind == "word":
        factor, _, word = name.rpartition(" = ")
        shown = quoted(word_title(factor, word))
        return f"{factor_title(factor)} is {'' if np.isfinite(low) else 'not '}{shown}"
    called = factor_title(name)
    if kind == "truth":
        return f"{called} is {'true' if np.isfinite(low) else 'false'}"
    if np.isfinite(low) and np.isfinite(high):
        return f"{called} is between {low:.3g} and {high:.3g}"
    return f"{called} is above {low:.3g}" if np.isfinite(low) else f"{called} is below {high:.3g}"


def sentences(discovery: xr.Dataset) -> list[str]:
    """The conditions of failure, how sure they are, and the second view."""
    a = discovery.attrs
    within = f" with {a['within']}" if a["within"] else ""
    share = a["points_failing"] / a["points"]
    lines = [
        f"{opening(a['label'])} in {a['year']} fails ({a['failing']}) at {a['points_failing']} of "
        f"{a['points']} points{within}, {100 * share:.0f} %."
    ]
    names = [str(name) for name in discovery["box"].values]
    if not any(name.startswith("PRIM") for name in names):
        lines.append("No box contains failures more often than chance: failures are scattered.")
    for name in names:
        at = discovery.sel(box=name)
        density, coverage = (100 * float(at[n]) for n in ("density", "coverage"))
        lines.append(
            f"{name}: it fails where {at['words'].item()}: {density:.0f} % of the points there fail "
            f"(density), and {coverage:.0f} % of all failures are there (coverage)."
        )
    again = [
        f"{factor_title(discovery['feature'].values[k])} {100 * discovery['recurrence'].values[k]:.0f} %"
        for k in np.argsort(-discovery["recurrence"].values, kind="stable")[:5]
        if discovery["recurrence"].values[k] > 0
    ]
    if again:
        lines.append(
            f"In {a['resamples']} resamples, boxes limit these factors: {listed(again)} of resamples; on "
            f"the points not drawn, density is {100 * a['density_outside']:.0f} % and coverage "
            f"{100 * a['coverage_outside']:.0f} %."
        )
    if a["points_dropped"]:
        lines.append(f"{a['points_dropped']} undefined points were left out.")
    return lines


def table(discovery: xr.Dataset) -> list[dict[str, Any]]:
    """One row per box and feature with a limit, NaN where an end is free; and one per feature without box."""
    features = discovery["feature"].values.tolist()
    rows: list[dict[str, Any]] = []
    for name in discovery["box"].values.tolist():
        at = discovery.sel(box=name)
        numbers = {n: float(at[n]) for n in NUMBERS}
        for k, feature in enumerate(features):
            ends = {end: float(at[end][k]) for end in ("low", "high")}
            if np.isfinite([*ends.values()]).any():
                ends = {end: value if np.isfinite(value) else np.nan for end, value in ends.items()}
                rows.append(
                    {"box": name, "feature": feature, "title": factor_title(feature)} | ends | numbers
                )
    for k, feature in enumerate(features):
        along = {n: float(discovery[n][k]) for n in ("recurrence", "score")}
        rows.append({"box": "", "feature": feature, "title": factor_title(feature)} | along)
    return rows


def write(discovery: xr.Dataset, path: str | Path) -> Path:
    """Write :func:`table` as CSV; free and undefined ends are blank.  Returns the path."""
    head = ("box", "feature", "title", "low", "high", "density", "coverage", "mass", "recurrence", "score")
    return write_records(path, [dict.fromkeys(head, "") | row for row in table(discovery)])
