"""What a search found, as one dataset with labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.analysis.search import judged
from lockin_sim.analysis.search.asked import Asked
from lockin_sim.analysis.search.decisions import called, in_words
from lockin_sim.analysis.search.optimiser import Found
from lockin_sim.analysis.search.pathways import Pathway
from lockin_sim.analysis.search.signs import Signpost
from lockin_sim.conventions import Floats
from lockin_sim.statistics import interval

if TYPE_CHECKING:
    import xarray as xr

_AS_GOAL = {"units": "as goal_unit"}
_SHARE = {"units": "1"}


def dataset(
    want: Asked, packages: Sequence[tuple[int, ...]], looked: Floats, by_draw: Floats,
    ways: Sequence[Pathway], found: Found, signposts: Mapping[str, Signpost],
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
      error, ``right`` and ``always``, see :mod:`lockin_sim.analysis.search.pathways`
    * ``archive`` and ``improved`` (generation): packages kept, and improvements so far
    """
    import xarray as xr

    gains, sense = by_draw * want.sense, want.sense
    scale, wanted = judged.scale_of(gains), want.wanted * want.sense
    effect, low, high, _ = interval(by_draw.swapaxes(0, 1))
    regret = judged.regret(gains, scale)
    both = ("package", "goal")
    data: dict[str, Any] = {
        "searched": (both, looked, _AS_GOAL | {"long_name": "mean effect in the draws that were searched"}),
        "effect": (both, effect, _AS_GOAL | {"long_name": "mean effect in fresh draws"}),
        "effect_low": (both, low, _AS_GOAL | {"long_name": "lower end of the 95 % interval"}),
        "effect_high": (both, high, _AS_GOAL | {"long_name": "upper end of the 95 % interval"}),
        "effect_by_draw": (("package", "draw", "goal"), by_draw, _AS_GOAL),
        "worst": (both, judged.worst(gains) * sense, _AS_GOAL | {"long_name": "effect in the worst draw"}),
        "dominated_by": ("package", judged.dominated_by(gains.mean(axis=1))),
        "firm": ("package", judged.firmness(gains, want.seed), _SHARE),
        "satisfies": ("package", judged.satisfied(gains, wanted).mean(axis=1), _SHARE),
        "meets": (both, (gains >= wanted).mean(axis=1), _SHARE),
        "regret": (("package", "draw"), regret, _SHARE),
        "regret_mean": ("package", regret.mean(axis=1), _SHARE),
        "regret_max": ("package", regret.max(axis=1), _SHARE),
        "archive": ("generation", np.array(found.archive)),
        "improved": ("generation", np.array(found.improved)),
        **_levers(want, ways, sense),
    }
    return xr.Dataset(data, coords=_labels(want, packages, ways, signposts, len(found.archive)),
                      attrs=_about(want))  # fmt: skip


def _labels(
    want: Asked, packages: Sequence[tuple[int, ...]], ways: Sequence[Pathway],
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


def _places(want: Asked, levels: Sequence[int]) -> list[float]:
    """Where each setting lies between the first and the last that it may be, 0 to 1."""
    return [at / (len(d.levels) - 1) for d, at in zip(want.decisions, levels, strict=True)]


def _levers(want: Asked, ways: Sequence[Pathway], sense: Floats) -> dict[str, Any]:
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


def _about(want: Asked) -> dict[str, Any]:
    """What was asked for, as attributes."""
    return {
        "scenario": want.base.name, "start": want.start, "review": want.review, "budget": want.budget,
        "generation_size": want.generation, "draws_searched": want.draws, "draws_fresh": want.fresh,
        "search_seed": want.seed, "fresh_seed": want.seed + 1, "pathways_seed": want.seed + 2,
        "levers": json.dumps({d.name: list(d.levels) for d in want.decisions}, ensure_ascii=False),
    }  # fmt: skip
