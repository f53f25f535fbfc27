"""What a search found, as one dataset with labels, in words, tables and files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.explore.decisions import ALIKE, NOTHING, called, in_words
from lockin_sim.explore.robustness import (
    FIRST,
    LATER,
    NEVER,
    Pathway,
    dominated_by,
    firmness,
    regret,
    satisfied,
    scale_of,
)
from lockin_sim.files import whole_file
from lockin_sim.netcdf import write_dataset
from lockin_sim.results import check_folder as check_place
from lockin_sim.results import more_files, new_folder, write_csv, write_manifest
from lockin_sim.statistics import interval
from lockin_sim.wording import effect_digits, joined, listed, number, signed, two_digits, unit_of

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.explore.search import Front, Plan, Signpost

DATASET, ANSWER = "search.nc", "answer.md"

#: Tables of a search.
FRONT, FRESH, DRAWS, PATHWAYS = "front.csv", "fresh.csv", "regret.csv", "pathways.csv"

#: Where in the folder the runs are kept, and the key of the manifest.
RUNS, KIND = "runs", "search"

#: Packages of the table in words.
MOST = 6

_AS_GOAL = {"units": "as goal_unit"}
_SHARE = {"units": "1"}


def dataset(
    want: Plan, packages: Sequence[tuple[int, ...]], looked: Floats, by_draw: Floats,
    ways: Sequence[Pathway], found: Front, signposts: Mapping[str, Signpost],
) -> xr.Dataset:  # fmt: skip
    """Everything along package, goal, decision, draw, generation and lever.

    * of packages: ``setting`` (package, decision), in words; ``searched`` (package, goal), mean effect in the
      draws that were searched; ``effect`` with its 95 % interval, and ``effect_by_draw``, in fresh ones;
      ``worst`` (package, goal), the effect in the draw that is worst for the goal
    * ``dominated_by`` (package), on fresh draws the number of the first package that is as good in every goal
      and better in one, -1 where none is; ``firm``, part of resampled draws in which none is
    * ``satisfies`` (package), part of the draws in which all that is wanted holds, ``meets`` (package, goal)
      each by itself
    * ``regret`` (package, draw), how far behind the best package of the draw in the goal where it is
      furthest, in ranges of the packages' means; ``regret_mean``, ``regret_max``
    * of levers of the first package, the one first with which waiting loses most: ``loss``, ``at_once``,
      ``pays``, ``waiting`` and ``adding`` (lever, goal), ``verdict``,
      ``signpost`` with ``threshold``, ``above``, and on draws not used ``area`` (AUC) with its standard
      error, ``right`` and ``always``, see :mod:`lockin_sim.explore.robustness`
    * ``archive`` and ``improved`` (generation): packages kept, and improvements so far
    """
    import xarray as xr

    gains, sense = by_draw * want.sense, want.sense
    scale, wanted = scale_of(gains), want.wanted * want.sense
    effect, low, high, _ = interval(by_draw.swapaxes(0, 1))
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
        "firm": ("package", firmness(gains, want.seed), _SHARE),
        "satisfies": ("package", satisfied(gains, wanted).mean(axis=1), _SHARE),
        "meets": (both, (gains >= wanted).mean(axis=1), _SHARE),
        "regret": (("package", "draw"), behind, _SHARE),
        "regret_mean": ("package", behind.mean(axis=1), _SHARE),
        "regret_max": ("package", behind.max(axis=1), _SHARE),
        "archive": ("generation", np.array(found.archive)),
        "improved": ("generation", np.array(found.improved)),
        **_levers(want, ways, sense),
    }
    return xr.Dataset(data, coords=_labels(want, packages, ways, signposts, len(found.archive)),
                      attrs=_about(want))  # fmt: skip


def _labels(
    want: Plan, packages: Sequence[tuple[int, ...]], ways: Sequence[Pathway],
    signposts: Mapping[str, Signpost], generations: int,
) -> dict[str, Any]:  # fmt: skip
    """The coordinates: packages, goals, levers and draws with their titles."""
    decided = want.decisions
    names = {way.decision: list(signposts)[way.signpost] if way.signpost >= 0 else "" for way in ways}
    settings = [[d.word(at) for d, at in zip(decided, levels, strict=True)] for levels in packages]
    return {
        "package": np.arange(1, len(packages) + 1),
        "package_title": ("package", [in_words(decided, levels) for levels in packages]),
        "setting": (("package", "decision"), settings),
        "at": (("package", "decision"), [_places(want, levels) for levels in packages]),
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
        "signpost_label": ("lever", [signposts[n].label if n else "" for n in names.values()]),
        "signpost_unit": ("lever", [signposts[n].unit if n else "" for n in names.values()]),
        "verdict": ("lever", [way.verdict for way in ways]),
    }


def _places(want: Plan, levels: Sequence[int]) -> list[float]:
    """Where each setting lies between the first and the last that it may be, 0 to 1."""
    return [at / (len(d.levels) - 1) for d, at in zip(want.decisions, levels, strict=True)]


def _levers(want: Plan, ways: Sequence[Pathway], sense: Floats) -> dict[str, Any]:
    """What is said of the levers of the first package."""
    goals = len(want.goals)
    data: dict[str, Any] = {
        name: ("lever", np.array([getattr(way, name) for way in ways]), _SHARE)
        for name in ("loss", "at_once", "pays")
    }
    for name in ("waiting", "adding"):
        found = [interval(getattr(way, name) * sense)[:3] for way in ways]
        for n, key in enumerate((name, f"{name}_low", f"{name}_high")):
            values = np.array([one[n] for one in found]).reshape(len(ways), goals)
            data[key] = (("lever", "goal"), values, _AS_GOAL)
    read = [way.reading for way in ways]
    numbers = {
        "threshold": [np.nan if one is None else one.threshold for one in read],
        "above": [np.nan if one is None else float(one.above) for one in read],
        "area": [np.nan if one is None else one.area.area for one in read],
        "area_error": [np.nan if one is None else one.area.error for one in read],
        "right": [np.nan if one is None else one.right for one in read],
        "always": [np.nan if one is None else one.always for one in read],
    }
    return data | {name: ("lever", np.array(values, dtype=float)) for name, values in numbers.items()}


def _about(want: Plan) -> dict[str, Any]:
    """What was asked for, as attributes."""
    return {
        "scenario": want.base.name, "start": want.start, "review": want.review, "budget": want.budget,
        "generation_size": want.generation, "draws_searched": want.draws, "draws_fresh": want.fresh,
        "search_seed": want.seed, "fresh_seed": want.seed + 1, "pathways_seed": want.seed + 2,
        "levers": json.dumps({d.name: list(d.levels) for d in want.decisions}, ensure_ascii=False),
    }  # fmt: skip


def shown(found: xr.Dataset) -> list[int]:
    """Positions of packages that a short table has: what no other dominates, the first ones of it."""
    free = np.flatnonzero(found["dominated_by"].values < 0)
    return [int(k) for k in free[:MOST]]


def table(found: xr.Dataset) -> list[dict[str, str]]:
    """One row a package, columns by title: what it sets, effects on the goals, and how it holds."""
    rows = []
    for k in shown(found):
        row = {"": str(int(found["package"].values[k])), "Package": str(found["package_title"].values[k])}
        for goal, title in zip(found["goal"].values, found["goal_title"].values, strict=True):
            row[str(title)] = effect_of(found, k, str(goal))
        row["Satisfies"] = _percent(float(found["satisfies"].values[k]))
        row["Largest regret"] = number(float(found["regret_max"].values[k]), 2)
        rows.append(row)
    return rows


def effect_of(found: xr.Dataset, package: int, goal: str) -> str:
    """Mean effect with its interval, as '+1.2 points (+1.0 to +1.4)'."""
    here = found.isel(package=package).sel(goal=goal)
    unit = unit_of(str(here["goal_unit"].item()))
    ends = [float(here[name]) * unit.factor for name in ("effect", "effect_low", "effect_high")]
    mean, low, high = (signed(value, effect_digits(*ends)) for value in ends)
    return mean if ends[1] == ends[2] else f"{joined(mean, unit.short)} ({low} to {high})"


def sentences(found: xr.Dataset) -> list[str]:
    """What was found, how it holds on fresh draws, and which lever may wait, one sentence each."""
    looked, kept = found.attrs["packages_looked_at"], found.sizes["package"] - 1
    free = int((found["dominated_by"].values[_found(found)] < 0).sum())
    said = [
        f"Packages: {looked} looked at in {found.attrs['draws_searched']} draws, {kept} kept, of which in "
        f"{found.sizes['draw']} fresh draws no other beats {free} in every goal.",
        _holds(found),
        f"Wanted of effects: {_wanted(found)}.",
        f"Package 1 ({found['package_title'].values[0]}) reaches all of it in "
        f"{_percent(float(found['satisfies'].values[0]))} of fresh draws; doing nothing in "
        f"{_percent(float(found['satisfies'].values[_nothing(found)]))}.",
        _least_regret(found),
    ]
    free_of_cost = found["decision_short"].values[found["decision_unpriced"].values.astype(bool)].tolist()
    if free_of_cost:
        said.append(f"Without a price in this model, and so never too dear here: {listed(free_of_cost)}.")
    if found.sizes["lever"]:
        said.append(f"Levers of package 1, first the one that loses most by waiting until {_later(found)}:")
    return [*said, *(pathway(found, k) for k in range(found.sizes["lever"]))]


def _found(found: xr.Dataset) -> list[int]:
    """Where the packages stand that do something."""
    return [k for k in range(found.sizes["package"]) if k != _nothing(found)]


def _nothing(found: xr.Dataset) -> int:
    """Where doing nothing stands among the packages."""
    return int(np.flatnonzero(found["package_title"].values == NOTHING)[0])


def _holds(found: xr.Dataset) -> str:
    """By how much packages look better in the draws that they were chosen in."""
    parts, rows = [], _found(found)
    for goal in found["goal"].values:
        here = found.sel(goal=goal)
        unit, sense = unit_of(str(here["goal_unit"].item())), float(here["goal_sense"])
        better = sense * (here["searched"].values - here["effect"].values)[rows] * unit.factor
        mean = float(better.mean())
        digits = two_digits(mean)
        parts.append(f"{here['goal_title'].item()} by {joined(signed(mean, digits), unit.short)}")
    return f"Better in the draws that were searched than in fresh ones, mean of packages: {'; '.join(parts)}."


def _wanted(found: xr.Dataset) -> str:
    """What is wanted of every goal, in words."""
    parts = []
    for goal in found["goal"].values:
        here = found.sel(goal=goal)
        unit = unit_of(str(here["goal_unit"].item()))
        value, most = float(here["goal_wanted"]) * unit.factor, float(here["goal_sense"]) < 0
        digits = next(d for d in range(5) if abs(value - round(value, d)) < 1e-9 or d == 4)
        bound = "at most" if most else "at least"
        parts.append(f"{here['goal_label'].item()} {bound} {joined(signed(value, digits), unit.short)}")
    return "; ".join(parts)


def _least_regret(found: xr.Dataset) -> str:
    """The package that is regretted least where it is regretted most, in a sentence."""
    k = int(found["regret_max"].values.argmin())
    return (
        f"The smallest largest regret, {number(float(found['regret_max'].values[k]), 2)} of a goal's range, "
        f"has package {int(found['package'].values[k])} ({found['package_title'].values[k]})."
    )


def pathway(found: xr.Dataset, k: int) -> str:
    """What is said of one lever of the first package."""
    here = found.isel(lever=k)
    title, verdict = str(here["lever_title"].item()), str(here["verdict"].item())
    parts = [_percent(float(here[name])) for name in ("at_once", "pays")]
    pays = f"pays in {parts[0]} of draws from the start, in {parts[1]} if added in {_later(found)}"
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
    told = (
        f"area {number(float(here['area']), 2)} \N{PLUS-MINUS SIGN} {number(float(here['area_error']), 2)}, "
        f"{_percent(float(here['right']))} of draws told rightly, {_percent(float(here['always']))} "
        "without looking"
    )
    sign = f"{here['signpost_label'].item()} {side} {joined(cut, unit.level)}"
    if verdict == LATER:
        return f"{title}: wait, and add it where in {found.attrs['review']} {sign} ({told}); {pays}."
    return f"{title}: {pays}; no signpost tells where: the best, {sign}, does not ({told})."


def _waiting(here: xr.Dataset) -> str:
    """What having a lever from the start does beyond having it later, where chance could not."""
    said = []
    for goal in here["goal"].values:
        unit = unit_of(str(here["goal_unit"].sel(goal=goal).item()))
        ends = [float(here[name].sel(goal=goal)) for name in ("waiting", "waiting_low", "waiting_high")]
        mean, low, high = (value * unit.factor for value in ends)
        if (low > 0 or high < 0) and abs(mean) >= ALIKE[str(goal)]:
            size = joined(signed(mean, effect_digits(mean, low, high)), unit.short)
            said.append(f"{here['goal_label'].sel(goal=goal).item()} {size}")
    return f"; having it from the start instead: {'; '.join(said)}" if said else ""


def _later(found: xr.Dataset) -> int:
    """First year of levers that wait."""
    return int(found.attrs["review"]) + 1


def _percent(share: float) -> str:
    """A share as a whole number of per cent."""
    return f"{number(100 * share, 0)}\N{NO-BREAK SPACE}%"


def check_folder(folder: Path) -> None:
    """Raises InputError unless the folder is new, empty, or one of an earlier search."""
    check_place(folder, (RUNS,), KIND)


def write(found: xr.Dataset, folder: Path) -> None:
    """All files of a search; figures last, so that one that fails loses nothing."""
    with new_folder(folder, (RUNS,), KIND) as made:
        write_dataset(found, made / DATASET)
        _write_tables(found, made)
        write_manifest(made, {KIND: found.attrs})
    with more_files(folder) as made:
        _write_figures(found, made)


def write_tables(found: xr.Dataset, folder: Path) -> None:
    """Tables, the answer in words, and then figures."""
    _write_tables(found, folder)
    _write_figures(found, folder)


def _write_figures(found: xr.Dataset, folder: Path) -> None:
    """All figures."""
    from lockin_sim import plots

    for save in plots.saving(KIND, found, folder).values():
        save()


def _write_tables(found: xr.Dataset, folder: Path) -> None:
    """Tables, and the answer in words."""
    goals = [str(goal) for goal in found["goal"].values]
    decisions = [str(name) for name in found["decision"].values]
    write_csv(folder / FRONT, ("package", *decisions, *goals), _front(found))
    judged = ("dominated_by", "firm", "satisfies", "regret_mean", "regret_max")
    ends = [f"{goal}_{end}" for goal in goals for end in ("effect", "low", "high", "worst", "meets")]
    write_csv(folder / FRESH, ("package", *judged, *ends), _fresh(found, judged))
    write_csv(folder / DRAWS, ("package", "draw", "regret", *goals), _draws(found))
    write_csv(folder / PATHWAYS, *_pathway_rows(found, goals))
    with whole_file(folder / ANSWER) as unfinished:
        unfinished.write_text(_answer(found), encoding="utf-8")


def _front(found: xr.Dataset) -> Iterator[Sequence[Any]]:
    """Settings and mean effects in the draws that were searched."""
    for which, settings, means in zip(
        found["package"].values, found["setting"].values, found["searched"].values, strict=True
    ):
        yield [which, *settings, *means]


def _fresh(found: xr.Dataset, judged: Sequence[str]) -> Iterator[Sequence[Any]]:
    """Rows of packages on fresh draws."""
    names = ("effect", "effect_low", "effect_high", "worst", "meets")
    by_goal = np.stack([found[name].transpose("package", "goal").values for name in names], axis=-1)
    for k, which in enumerate(found["package"].values):
        yield [which, *(found[name].values[k] for name in judged), *by_goal[k].ravel()]


def _draws(found: xr.Dataset) -> Iterator[Sequence[Any]]:
    """Rows of packages by draw."""
    effects = found["effect_by_draw"].transpose("package", "draw", "goal").values
    for k, which in enumerate(found["package"].values):
        for draw in range(found.sizes["draw"]):
            yield [which, draw, found["regret"].values[k, draw], *effects[k, draw]]


def _pathway_rows(found: xr.Dataset, goals: Sequence[str]) -> tuple[Sequence[str], Iterator[Sequence[Any]]]:
    """Head and rows of the pathways."""
    words = ("lever", "lever_title", "verdict", "signpost")
    numbers = ("loss", "at_once", "pays", "threshold", "above", "area", "area_error", "right", "always")
    several = ("waiting", "waiting_low", "waiting_high", "adding", "adding_low", "adding_high")
    head = (*words, *numbers, *(f"{name}_{goal}" for goal in goals for name in several))

    def rows() -> Iterator[Sequence[Any]]:
        """A row for every lever."""
        for k in range(found.sizes["lever"]):
            by_goal = [found[name].values[k, g] for g in range(len(goals)) for name in several]
            yield [*(found[name].values[k] for name in (*words, *numbers)), *by_goal]

    return head, rows()


def _answer(found: xr.Dataset) -> str:
    """Sentences, and the table of packages in Markdown."""
    rows = table(found)
    lines = ["\n\n".join(sentences(found)), ""]
    if rows:
        lines += ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
        lines += ["| " + " | ".join(row.values()) + " |" for row in rows]
    return "\n".join(lines) + "\n"
