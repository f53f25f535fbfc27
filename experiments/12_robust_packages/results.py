"""Results of a search: how packages perform in new draws, which lever can wait; in words, tables and files.

Gains are effects with the sign that makes more better: (package, draw, goal).  For every lever of the chosen
package three futures of each draw are compared, with the same shocks: the package from its first year;
without the lever; and with the lever added after a review.  A lever pays in a draw if it brings the run
closer to what is wanted, summed over the goals that miss it.  A signpost is a quantity that can be read in
the year of the review, when nobody knows the draw.  Its threshold is chosen in one half of the draws, and
tested in the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.files import write_atomically
from lockin_sim.common.formats import (
    effect_digits,
    joined,
    listed,
    number,
    signed,
    two_digits,
    unit_of,
    with_range,
)
from lockin_sim.common.indices import Area, auc
from lockin_sim.common.statistics import estimate_interval
from lockin_sim.comparisons.effects_reader import read_by_label
from lockin_sim.runs.results import tidy, write_frame

from .decisions import ALIKE, NOTHING, called, in_words

if TYPE_CHECKING:
    import xarray as xr

    from .search import SearchPlan

ANSWER = "answer.md"

#: Number of packages in the table in words.
MOST = 6

# --- domination, satisficing, regret, and levers that wait ----------------------------------------------

#: Bootstrap resamples for the chance that a package is not dominated.
RESAMPLES = 200

#: A lever that pays from the start in this share of draws needs no signpost; one that does in less than the
#: rest may be left out; and one that pays later in less than the rest cannot wait.
NEARLY_ALL = 0.9

#: Minimum excess of an area over one half, in standard errors.
FIRM = 1.96

FIRST, LATER, NEVER, UNTOLD = "now", "signpost", "leave out", "no signpost tells"


def dominated_by(mean: Floats) -> Integers:
    """For each package the first other that is as good on every goal and better on one; -1 for none.

    mean  gains, (package, goal)
    """
    as_good = (mean[:, None] >= mean[None]).all(axis=-1)
    better = (mean[:, None] > mean[None]).any(axis=-1)
    beats = as_good & better  # (who, whom)
    return np.where(beats.any(axis=0), beats.argmax(axis=0), -1)


def firmness(gains: Floats, draws: Integers | None, seed: int) -> Floats:
    """Share of resamples of the draws in which no other package dominates, (package,).

    draws  of the runs, as in :func:`lockin_sim.common.statistics.estimate_interval`
    """
    _, which = np.unique(np.arange(gains.shape[1]) if draws is None else draws, return_inverse=True)
    rng, many = np.random.default_rng(seed), which.max() + 1
    free = np.zeros(len(gains))
    for _ in range(RESAMPLES):
        weight = np.bincount(rng.integers(many, size=many), minlength=many)[which]
        free += dominated_by(np.average(gains, axis=1, weights=weight)) < 0
    return free / RESAMPLES


def satisfied(gains: Floats, wanted: Floats) -> Bools:
    """Draws in which a package achieves everything that is wanted, (package, draw).

    wanted  gains, (goal,)
    """
    return (gains >= wanted).all(axis=-1)


def regret(gains: Floats, scale: Floats) -> Floats:
    """Distance from the best package of each draw, on the goal where it is largest, (package, draw).

    scale  unit of each goal, (goal,); goals with scale 0 are ignored
    """
    behind = gains.max(axis=0) - gains
    in_scale = np.divide(behind, scale, out=np.zeros_like(behind), where=scale > 0)
    return in_scale.max(axis=-1)


def scale_of(gains: Floats) -> Floats:
    """Range of the packages' means, by goal, which a choice among them can move.  (goal,)"""
    return np.ptp(gains.mean(axis=1), axis=0)


def short(gains: Floats, wanted: Floats, scale: Floats) -> Floats:
    """Shortfall of a run from what is wanted, summed over the goals.

    gains (..., goal);  wanted (goal,);  scale (goal,) as in :func:`regret`
    """
    missing = np.maximum(wanted - gains, 0.0)
    return np.divide(missing, scale, out=np.zeros_like(missing), where=scale > 0).sum(axis=-1)


class Signpost(NamedTuple):
    """How well one signpost predicts whether adding a lever pays, with a threshold chosen on other draws.

    above      whether it pays above the threshold, or below
    threshold  in the unit of the signpost
    fitted     area on the draws on which the threshold was chosen
    area       on test draws: chance that a draw in which it pays has the higher reading (or lower)
    right      on test draws: share of correct predictions
    always     on test draws: share of correct predictions from the more frequent case
    """

    above: bool
    threshold: float
    fitted: float
    area: Area
    right: float
    always: float

    @property
    def tells(self) -> bool:
        """Whether it is better on test draws than chance, and than ignoring it."""
        firm = self.area.area - FIRM * self.area.error > 0.5
        return bool(firm) and self.right > self.always


def threshold(sign: Floats, pays: Bools) -> tuple[bool, float]:
    """The side and the threshold that predict best, weighting both kinds of draws equally (Youden 1950).

    sign, pays  (draw,)
    """
    above = auc(sign, pays).area >= 0.5
    turned = sign if above else -sign
    cuts = np.unique(turned)
    middle = (cuts[1:] + cuts[:-1]) / 2 if len(cuts) > 1 else cuts
    rates = [(turned[pays] >= cut).mean() + (turned[~pays] < cut).mean() for cut in middle]
    best = float(middle[int(np.argmax(rates))])
    return bool(above), best if above else -best


def reading(sign: Floats, pays: Bools) -> Signpost | None:
    """Performance of a signpost: fitted on every other draw, tested on the rest.  (draw,)

    None if the fitting half has draws of one kind only.
    """
    known = np.isfinite(sign)
    sign, pays = sign[known], pays[known]
    first = np.arange(len(sign)) % 2 == 0
    if len(sign) < 4 or pays[first].all() or not pays[first].any():
        return None
    above, cut = threshold(sign[first], pays[first])
    turned = sign if above else -sign
    fitted = auc(sign[first], pays[first]).area
    guess = sign >= cut if above else sign <= cut
    rest = ~first
    usual = pays[first].mean() >= 0.5
    return Signpost(
        above, cut, max(fitted, 1 - fitted), auc(turned[rest], pays[rest]),
        float((guess == pays)[rest].mean()), float((pays == usual)[rest].mean()),
    )  # fmt: skip


class Pathway(NamedTuple):
    """Verdict on one lever of the package.

    decision  its position
    loss      additional shortfall from waiting, mean over draws
    at_once   share of the draws in which having it from the start pays
    pays      share of the draws in which adding it after the review pays
    waiting   loss from adding it only then instead of from the start, by goal, as gains: (draw, goal)
    adding    gain from adding it then instead of never, (draw, goal)
    verdict   one of now, signpost, leave out, no signpost tells
    signpost  position of the best one on the fitting half, -1 if none could be read
    """

    decision: int
    loss: float
    at_once: float
    pays: float
    waiting: Floats
    adding: Floats
    verdict: str
    signpost: int
    reading: Signpost | None


def pathway(
    decision: int, gains: Mapping[str, Floats], signs: Floats, wanted: Floats, scale: Floats
) -> Pathway:
    """Judge one lever.

    gains   (draw, goal) of ``whole``, the package; ``without`` the lever; ``later``, added after the review
    signs   readings of the package without it, (draw, signpost)
    wanted, scale   as in :func:`short`
    """
    behind = {name: short(gained, wanted, scale) for name, gained in gains.items()}
    pays = behind["later"] < behind["without"]
    share, at_once = float(pays.mean()), float((behind["whole"] < behind["without"]).mean())
    readings = [reading(sign, pays) for sign in signs.T]
    best, chosen = max(
        ((n, one) for n, one in enumerate(readings) if one),
        key=lambda each: each[1].fitted,
        default=(-1, None),
    )
    hardly = 1 - NEARLY_ALL
    if at_once <= hardly:
        verdict = NEVER
    elif at_once >= NEARLY_ALL or share <= hardly:
        verdict = FIRST
    else:
        verdict = LATER if chosen is not None and chosen.tells else UNTOLD
    return Pathway(
        decision, float((behind["later"] - behind["whole"]).mean()), at_once, share,
        gains["whole"] - gains["later"], gains["later"] - gains["without"], verdict, best, chosen,
    )  # fmt: skip


# --- as a dataset --------------------------------------------------------------------------------------

_AS_GOAL = {"units": "as goal_unit"}
_SHARE = {"units": "1"}


def dataset(
    want: SearchPlan, packages: Sequence[tuple[int, ...]], looked: Floats, by_draw: Floats,
    ways: Sequence[Pathway], past: Mapping[str, Sequence[int]], signposts: Mapping[str, tuple[str, str]],
    drawn: tuple[Integers | None, Integers | None],
) -> xr.Dataset:  # fmt: skip
    """All results along package, goal, decision, draw, generation and lever.

    * of packages: ``setting`` (package, decision), in words; ``searched`` (package, goal), mean effect in the
      search sample; ``effect`` with its 95 % interval, and ``effect_by_draw``, in new draws; ``worst``
      (package, goal), the effect in the draw that is worst for the goal
    * ``dominated_by`` (package), in new draws the place, from 0, of the first package that is as good on
      every goal and better on one, -1 for none; ``firm``, share of resamples in which there is none
    * ``satisfies`` (package), share of the draws in which all that is wanted holds, ``meets`` (package, goal)
      each by itself
    * ``regret`` (package, draw), distance from the best package of the draw on the goal where it is largest,
      in ranges of the packages' means; ``regret_mean``, ``regret_max``
    * of levers of the first package, the one that loses most by waiting first: ``loss``, ``at_once``,
      ``pays``, ``waiting`` and ``adding`` (lever, goal), ``verdict``, ``signpost`` with ``threshold``,
      ``above``, and on test draws ``area`` (AUC) with its standard error, ``right`` and ``always``, see
      :class:`Signpost`
    * ``archive`` and ``improved`` (generation): packages kept, and improvements so far

    drawn  positions of the draws in which packages were tested, and those in which levers waited
    """
    import xarray as xr

    gains, sense = by_draw * want.sense, want.sense
    scale, wanted = scale_of(gains), want.wanted * want.sense
    effect, low, high, _ = estimate_interval(by_draw.swapaxes(0, 1), drawn[0])
    behind = regret(gains, scale)
    both = ("package", "goal")
    data: dict[str, Any] = {
        "searched": (both, looked, _AS_GOAL | {"long_name": "mean effect in the draws that were searched"}),
        "effect": (both, effect, _AS_GOAL | {"long_name": "mean effect in fresh draws"}),
        "effect_low": (both, low, _AS_GOAL | {"long_name": "lower end of the 95 % interval"}),
        "effect_high": (both, high, _AS_GOAL | {"long_name": "upper end of the 95 % interval"}),
        "effect_by_draw": (("package", "draw", "goal"), by_draw, _AS_GOAL),
        "worst": (both, gains.min(axis=1) * sense, _AS_GOAL | {"long_name": "effect in the worst draw"}),
        "dominated_by": ("package", dominated_by(gains.mean(axis=1))),
        "firm": ("package", firmness(gains, drawn[0], want.seed), _SHARE),
        "satisfies": ("package", satisfied(gains, wanted).mean(axis=1), _SHARE),
        "meets": (both, (gains >= wanted).mean(axis=1), _SHARE),
        "regret": (("package", "draw"), behind, _SHARE),
        "regret_mean": ("package", behind.mean(axis=1), _SHARE),
        "regret_max": ("package", behind.max(axis=1), _SHARE),
        **{name: ("generation", np.array(counts)) for name, counts in past.items()},
        **_levers(want, ways, sense, drawn[1]),
    }
    about = {
        "scenario": want.base.name, "start": want.start, "review": want.review, "budget": want.budget,
        "generation_size": want.generation, "draws_searched": want.draws, "draws_fresh": want.fresh,
        "search_seed": want.seed, "fresh_seed": want.seed + 1, "pathways_seed": want.seed + 2,
        "levers": json.dumps({d.name: list(d.levels) for d in want.decisions}, ensure_ascii=False),
    }  # fmt: skip
    labels = _labels(want, packages, ways, signposts, len(past["archive"]))
    return xr.Dataset(data, coords=labels, attrs=about)


def _labels(
    want: SearchPlan, packages: Sequence[tuple[int, ...]], ways: Sequence[Pathway],
    signposts: Mapping[str, tuple[str, str]], generations: int,
) -> dict[str, Any]:  # fmt: skip
    """Coordinates: packages, goals, levers and draws with their titles."""
    decided = want.decisions
    names = {way.decision: list(signposts)[way.signpost] if way.signpost >= 0 else "" for way in ways}
    settings = [[d.word(at) for d, at in zip(decided, levels, strict=True)] for levels in packages]
    places = np.array(packages) / [len(d.levels) - 1 for d in decided]  # 0 to 1
    return {
        "package": np.arange(1, len(packages) + 1),
        "package_title": ("package", [in_words(decided, levels) for levels in packages]),
        "setting": (("package", "decision"), settings),
        "at": (("package", "decision"), places),
        "goal": [goal.name for goal in want.goals],
        "goal_title": ("goal", [goal.title for goal in want.goals]),
        "goal_label": ("goal", [goal.what for goal in want.goals]),
        "goal_unit": ("goal", [goal.unit for goal in want.goals]),
        "goal_sense": ("goal", [goal.sense for goal in want.goals]),
        "goal_wanted": ("goal", want.wanted),
        "decision": [d.name for d in decided],
        "decision_title": ("decision", [d.title for d in decided]),
        "decision_first": ("decision", [d.word(0) for d in decided]),
        "decision_last": ("decision", [d.word(len(d.levels) - 1) for d in decided]),
        "decision_short": ("decision", [called(decided, k) for k in range(len(decided))]),
        "decision_unpriced": ("decision", [d.unpriced for d in decided]),
        "draw": np.arange(want.fresh),
        "generation": np.arange(1, generations + 1),
        "lever": [decided[way.decision].name for way in ways],
        "lever_title": ("lever", [called(decided, way.decision) for way in ways]),
        "signpost": ("lever", list(names.values())),
        "signpost_label": ("lever", [signposts[n][0] if n else "" for n in names.values()]),
        "signpost_unit": ("lever", [signposts[n][1] if n else "" for n in names.values()]),
        "verdict": ("lever", [way.verdict for way in ways]),
    }


def _levers(
    want: SearchPlan, ways: Sequence[Pathway], sense: Floats, drawn: Integers | None
) -> dict[str, Any]:
    """Variables of the levers of the first package."""
    goals = len(want.goals)
    data: dict[str, Any] = {
        name: ("lever", np.array([getattr(way, name) for way in ways]), _SHARE)
        for name in ("loss", "at_once", "pays")
    }
    for name in ("waiting", "adding"):
        ends = [estimate_interval(getattr(way, name) * sense, drawn)[:3] for way in ways]
        for n, key in enumerate((name, f"{name}_low", f"{name}_high")):
            values = np.array([one[n] for one in ends]).reshape(len(ways), goals)
            data[key] = (("lever", "goal"), values, _AS_GOAL)
    for name in ("threshold", "above", "right", "always"):
        data[name] = ("lever", np.array([getattr(way.reading, name, np.nan) for way in ways], dtype=float))
    areas = [way.reading.area if way.reading else Area(np.nan, np.nan) for way in ways]
    area = np.array(areas, dtype=float).reshape(len(ways), 2)
    return data | {"area": ("lever", area[:, 0]), "area_error": ("lever", area[:, 1])}


# --- in words ------------------------------------------------------------------------------------------


def shown(results: xr.Dataset) -> list[int]:
    """Positions of the packages in a short table: the first that no other dominates."""
    free = np.flatnonzero(results["dominated_by"].values < 0)
    return [int(k) for k in free[:MOST]]


def table(results: xr.Dataset) -> list[dict[str, str]]:
    """One row per package, columns by title: its settings, effects on the goals, and robustness."""
    rows = []
    for k in shown(results):
        row = {"": str(int(results["package"].values[k])), "Package": str(results["package_title"].values[k])}
        for goal, title in read_by_label(results, "goal_title").items():
            row[title] = effect_of(results, k, goal)
        row["Satisfies"] = _percent(float(results["satisfies"].values[k]))
        row["Largest regret"] = number(float(results["regret_max"].values[k]), 2)
        rows.append(row)
    return rows


def effect_of(results: xr.Dataset, package: int, goal: str) -> str:
    """Mean effect with its interval, such as '+1.2 points (+1.0 to +1.4)'."""
    here = results.isel(package=package).sel(goal=goal)
    unit = unit_of(str(here["goal_unit"].item()))
    ends = [float(here[name]) * unit.factor for name in ("effect", "effect_low", "effect_high")]
    mean, low, high = (signed(value, effect_digits(*ends)) for value in ends)
    return mean if ends[1] == ends[2] else with_range(joined(mean, unit.short), low, high)


def sentences(results: xr.Dataset) -> list[str]:
    """The packages found, how they perform in new draws, and which lever can wait, one sentence each."""
    looked, archived = results.attrs["packages_looked_at"], results.sizes["package"] - 1
    free = int((results["dominated_by"].values[_acting(results)] < 0).sum())
    if not archived:
        return [
            f"Packages: {looked} tried in {results.attrs['draws_searched']} draws; doing nothing is as good "
            "as any of them.",
            f"Wanted effects: {_wanted(results)}.",
            f"Doing nothing achieves all of them in {_percent(float(results['satisfies'].values[0]))} of new "
            "draws.",
        ]
    lines = [
        f"Packages: {looked} tried in {results.attrs['draws_searched']} draws, {archived} kept, of which "
        f"{free} are not beaten by another on every goal in {results.sizes['draw']} new draws.",
        _holds(results),
        f"Wanted effects: {_wanted(results)}.",
        f"Package 1 ({results['package_title'].values[0]}) achieves all of them in "
        f"{_percent(float(results['satisfies'].values[0]))} of new draws; doing nothing in "
        f"{_percent(float(results['satisfies'].values[_nothing(results)]))}.",
        _least_regret(results),
    ]
    free_of_cost = results["decision_short"].values[results["decision_unpriced"].values.astype(bool)].tolist()
    if free_of_cost:
        lines.append(f"Free in this model, for lack of a price: {listed(free_of_cost)}.")
    if results.sizes["lever"]:
        lines.append(f"Levers of package 1, ordered by the loss from waiting until {_later(results)}:")
    return [*lines, *(lever_in_words(results, k) for k in range(results.sizes["lever"]))]


def _acting(results: xr.Dataset) -> list[int]:
    """Places of the packages that do something."""
    return [k for k in range(results.sizes["package"]) if k != _nothing(results)]


def _nothing(results: xr.Dataset) -> int:
    """Where doing nothing stands among the packages."""
    return int(np.flatnonzero(results["package_title"].values == NOTHING)[0])


def _holds(results: xr.Dataset) -> str:
    """How much better packages look in the search sample."""
    parts, rows = [], _acting(results)
    for goal in results["goal"].values:
        here = results.sel(goal=goal)
        unit, sense = unit_of(str(here["goal_unit"].item())), float(here["goal_sense"])
        better = sense * (here["searched"].values - here["effect"].values)[rows] * unit.factor
        mean = float(better.mean())
        digits = two_digits(mean)
        parts.append(f"{here['goal_title'].item()} by {joined(signed(mean, digits), unit.short)}")
    return f"Better in the search sample than in new draws, mean of packages: {'; '.join(parts)}."


def _wanted(results: xr.Dataset) -> str:
    """Wanted effects of all goals, in words."""
    parts = []
    for goal in results["goal"].values:
        here = results.sel(goal=goal)
        unit = unit_of(str(here["goal_unit"].item()))
        value, most = float(here["goal_wanted"]) * unit.factor, float(here["goal_sense"]) < 0
        digits = next(d for d in range(5) if abs(value - round(value, d)) < 1e-9 or d == 4)
        bound = "at most" if most else "at least"
        parts.append(f"{here['goal_label'].item()} {bound} {joined(signed(value, digits), unit.short)}")
    return "; ".join(parts)


def _least_regret(results: xr.Dataset) -> str:
    """The package that is regretted least where it is regretted most, in a sentence."""
    k = int(results["regret_max"].values.argmin())
    size, package = number(float(results["regret_max"].values[k]), 2), int(results["package"].values[k])
    title = results["package_title"].values[k]
    return f"Package {package} ({title}) has the smallest maximum regret, {size} of a goal's range."


def lever_in_words(results: xr.Dataset, k: int) -> str:
    """Verdict on one lever of the first package."""
    here = results.isel(lever=k)
    title, verdict = str(here["lever_title"].item()), str(here["verdict"].item())
    parts = [_percent(float(here[name])) for name in ("at_once", "pays")]
    pays = f"pays in {parts[0]} of draws from the start, in {parts[1]} if added in {_later(results)}"
    pays += _waiting(here)
    if verdict == FIRST:
        return f"{title}: from the start; {pays}."
    if verdict == NEVER:
        return f"{title}: can be left out; {pays}."
    if not np.isfinite(float(here["area"])):
        return f"{title}: {pays}; no signpost could be read."
    unit = unit_of(str(here["signpost_unit"].item()))
    cut = number(float(here["threshold"]) * unit.factor, 1)
    side = "above" if float(here["above"]) else "below"
    accuracy = (
        f"area {number(float(here['area']), 2)} \N{PLUS-MINUS SIGN} {number(float(here['area_error']), 2)}, "
        f"{_percent(float(here['right']))} of draws predicted correctly, {_percent(float(here['always']))} "
        "without it"
    )
    sign = f"{here['signpost_label'].item()} {side} {joined(cut, unit.level)}"
    if verdict == LATER:
        return f"{title}: wait, and add it where in {results.attrs['review']} {sign} ({accuracy}); {pays}."
    return f"{title}: {pays}; no signpost predicts where, not even the best, {sign} ({accuracy})."


def _waiting(here: xr.Dataset) -> str:
    """Significant benefits of having a lever from the start instead of later."""
    benefits = []
    for goal in here["goal"].values:
        unit = unit_of(str(here["goal_unit"].sel(goal=goal).item()))
        ends = [float(here[name].sel(goal=goal)) for name in ("waiting", "waiting_low", "waiting_high")]
        mean, low, high = (value * unit.factor for value in ends)
        if (low > 0 or high < 0) and abs(mean) >= ALIKE[str(goal)]:
            size = joined(signed(mean, effect_digits(mean, low, high)), unit.short)
            benefits.append(f"{here['goal_label'].sel(goal=goal).item()} {size}")
    return f"; having it from the start instead: {'; '.join(benefits)}" if benefits else ""


def _later(results: xr.Dataset) -> int:
    """First year of levers that wait."""
    return int(results.attrs["review"]) + 1


def _percent(share: float) -> str:
    """A share as a whole number of per cent."""
    return f"{number(100 * share, 0)}\N{NO-BREAK SPACE}%"


# --- in files ---------------------------------------------------------------------------------------


#: Tables of a search by file: axes, plain columns, and columns for each goal with their variables.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]] = {
    "fresh.csv": (
        ("package",), ("package", "dominated_by", "firm", "satisfies", "regret_mean", "regret_max"),
        {"{}_effect": "effect", "{}_low": "effect_low", "{}_high": "effect_high", "{}_worst": "worst",
         "{}_meets": "meets"},
    ),
    "regret.csv": (("package", "draw"), ("package", "draw", "regret"), {"{}": "effect_by_draw"}),
    "pathways.csv": (
        ("lever",),
        ("lever", "lever_title", "verdict", "signpost", "loss", "at_once", "pays", "threshold", "above",
         "area", "area_error", "right", "always"),
        {f"{n}{end}_{{}}": f"{n}{end}" for n in ("waiting", "adding") for end in ("", "_low", "_high")},
    ),
}  # fmt: skip


def write_tables(results: xr.Dataset, folder: Path) -> None:
    """Write the tables of a search, and the answer in words."""
    goals = results["goal"].values.tolist()
    settings = {name: results["setting"].sel(decision=name, drop=True) for name in results["decision"].values}
    searched = {goal: results["searched"].sel(goal=goal, drop=True) for goal in goals}
    front = results.assign(settings | searched)
    write_frame(folder / "front.csv", tidy(front, ("package",), ["package", *settings, *searched]))
    for file, (axes, names, of_goals) in TABLES.items():
        columns = {
            head.format(goal): results[name].sel(goal=goal, drop=True)
            for goal in goals for head, name in of_goals.items()
        }  # fmt: skip
        write_frame(folder / file, tidy(results.assign(columns), axes, [*names, *columns]))
    rows = table(results)
    lines = ["\n\n".join(sentences(results)), ""]
    if rows:
        lines += ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
        lines += ["| " + " | ".join(row.values()) + " |" for row in rows]
    with write_atomically(folder / ANSWER) as unfinished:
        unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
