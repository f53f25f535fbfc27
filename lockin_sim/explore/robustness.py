"""What effects on fresh draws say of packages: domination, satisficing, regret, and which lever may wait.

All take gains, effects turned so that more is better: (package, draw, goal).

For every lever of the chosen package three futures of each draw are compared, on the same luck: the package
from its first year on; the package without the lever; and the package with the lever added after a review.
A lever pays in a draw where it brings the run nearer to what is wanted, goals that miss it counted
together.  A signpost is a quantity that can be read in the year of the review, when nobody knows the draw.
Its threshold is chosen in one half of the draws, and what it tells is measured in the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.indices import Area, auc

#: Resamples of the draws that say how firm it is that nothing dominates a package.
RESAMPLES = 200

#: A lever that pays from the start in this part of the draws needs no signpost; one that does in less than
#: the rest may be left out; and one that pays later in less than the rest cannot wait.
NEARLY_ALL = 0.9

#: Standard errors by which an area has to be above one half.
FIRM = 1.96

FIRST, LATER, NEVER, UNTOLD = "now", "signpost", "leave out", "no signpost tells"


def dominated_by(mean: Floats) -> Integers:
    """For each package the first other that is as good in every goal and better in one; -1 where none is.

    mean  gains, (package, goal)
    """
    as_good = (mean[:, None] >= mean[None]).all(axis=-1)
    better = (mean[:, None] > mean[None]).any(axis=-1)
    beats = as_good & better  # (who, whom)
    found: Integers = np.where(beats.any(axis=0), beats.argmax(axis=0), -1)
    return found


def firmness(gains: Floats, seed: int) -> Floats:
    """Part of resamples of the draws in which no other package dominates, (package,)."""
    rng, draws = np.random.default_rng(seed), gains.shape[1]
    free = np.zeros(len(gains))
    for _ in range(RESAMPLES):
        free += dominated_by(gains[:, rng.integers(draws, size=draws)].mean(axis=1)) < 0
    return free / RESAMPLES


def satisfied(gains: Floats, wanted: Floats) -> Bools:
    """Draws in which a package reaches everything that is wanted, (package, draw).

    wanted  gains, (goal,)
    """
    met: Bools = (gains >= wanted).all(axis=-1)
    return met


def regret(gains: Floats, scale: Floats) -> Floats:
    """How far a package is behind the best of each draw, in the goal where it is furthest, (package, draw).

    scale  what counts as one in each goal, (goal,); goals without a scale (0) count for nothing
    """
    behind = gains.max(axis=0) - gains
    in_scale = np.divide(behind, scale, out=np.zeros_like(behind), where=scale > 0)
    furthest: Floats = in_scale.max(axis=-1)
    return furthest


def scale_of(gains: Floats) -> Floats:
    """The range of packages' means, by goal: what a choice among them can move.  (goal,)."""
    spread: Floats = np.ptp(gains.mean(axis=1), axis=0)
    return spread


def short(gains: Floats, wanted: Floats, scale: Floats) -> Floats:
    """How far a run stays behind what is wanted, summed over the goals; 0 where all is reached.

    gains (..., goal);  wanted (goal,);  scale (goal,) as in :func:`regret`
    """
    missing = np.maximum(wanted - gains, 0.0)
    total: Floats = np.divide(missing, scale, out=np.zeros_like(missing), where=scale > 0).sum(axis=-1)
    return total


class Reading(NamedTuple):
    """What one signpost tells of whether adding a lever pays, its threshold found on other draws.

    above      whether it pays above the threshold, or below
    threshold  in the unit of the signpost
    area       on draws not used: chance that a draw in which it pays has the higher reading (turned)
    right      on draws not used: part that the threshold tells rightly
    always     on draws not used: part that is right without looking, by what is more frequent in the others
    """

    above: bool
    threshold: float
    area: Area
    right: float
    always: float

    @property
    def tells(self) -> bool:
        """Whether it is better than chance on draws not used, and than not looking."""
        firm = self.area.area - FIRM * self.area.error > 0.5
        return bool(firm) and self.right > self.always


def threshold(sign: Floats, pays: Bools) -> tuple[bool, float]:
    """The side and the threshold that tell best, both kinds of draws counting alike (Youden 1950).

    sign, pays  (draw,)
    """
    above = auc(sign, pays).area >= 0.5
    turned = sign if above else -sign
    cuts = np.unique(turned)
    middle = (cuts[1:] + cuts[:-1]) / 2 if len(cuts) > 1 else cuts
    rates = [(turned[pays] >= cut).mean() + (turned[~pays] < cut).mean() for cut in middle]
    best = float(middle[int(np.argmax(rates))])
    return bool(above), best if above else -best


def reading(sign: Floats, pays: Bools) -> Reading | None:
    """What a signpost tells: found on every other draw, measured on the rest.  (draw,).

    None where the half that it is found on has draws of one kind alone.
    """
    known = np.isfinite(sign)
    sign, pays = sign[known], pays[known]
    first = np.arange(len(sign)) % 2 == 0
    if len(sign) < 4 or pays[first].all() or not pays[first].any():
        return None
    above, cut = threshold(sign[first], pays[first])
    turned = sign if above else -sign
    guess = sign >= cut if above else sign <= cut
    rest = ~first
    usual = pays[first].mean() >= 0.5
    return Reading(
        above, cut, auc(turned[rest], pays[rest]), float((guess == pays)[rest].mean()),
        float((pays == usual)[rest].mean()),
    )  # fmt: skip


class Pathway(NamedTuple):
    """What is said of one lever of the package.

    decision  its position
    loss      how much further runs stay behind what is wanted where it waits, mean over draws
    at_once   part of the draws in which having it from the start pays
    pays      part of the draws in which adding it after the review pays
    waiting   what adding it only then loses against having it from the start, by goal, as gains: (draw, goal)
    adding    what adding it then gains against never, (draw, goal)
    verdict   one of now, signpost, leave out, no signpost tells
    signpost  position of the one that tells best where it was found, -1 if none could be read
    """

    decision: int
    loss: float
    at_once: float
    pays: float
    waiting: Floats
    adding: Floats
    verdict: str
    signpost: int
    reading: Reading | None


def pathway(
    decision: int, gains: Mapping[str, Floats], signs: Floats, wanted: Floats, scale: Floats
) -> Pathway:
    """One lever judged.

    gains   (draw, goal) of ``whole``, the package; ``without`` the lever; ``later``, added after the review
    signs   readings of the package without it, (draw, signpost)
    wanted, scale   as in :func:`short`
    """
    behind = {name: short(gained, wanted, scale) for name, gained in gains.items()}
    pays = behind["later"] < behind["without"]
    loss = float((behind["later"] - behind["whole"]).mean())
    found = [reading(signs[:, k], pays) for k in range(signs.shape[1])]
    best = _best(found, signs, pays)
    share, at_once = float(pays.mean()), float((behind["whole"] < behind["without"]).mean())
    chosen = found[best] if best >= 0 else None
    hardly = 1 - NEARLY_ALL
    if at_once <= hardly:
        verdict = NEVER
    elif at_once >= NEARLY_ALL or share <= hardly:
        verdict = FIRST
    else:
        verdict = LATER if chosen is not None and chosen.tells else UNTOLD
    waiting, adding = gains["whole"] - gains["later"], gains["later"] - gains["without"]
    return Pathway(decision, loss, at_once, share, waiting, adding, verdict, best, chosen)


def _best(found: Sequence[Reading | None], signs: Floats, pays: Bools) -> int:
    """The signpost with the largest area in the half that thresholds are found on; -1 if none has one."""
    areas = []
    for k, one in enumerate(found):
        if one is None:
            areas.append(-np.inf)
            continue
        known = np.isfinite(signs[:, k])
        sign, half = signs[known, k][::2], pays[known][::2]
        area = auc(sign, half).area
        areas.append(max(area, 1 - area))
    best = int(np.argmax(areas))
    return best if np.isfinite(areas[best]) else -1
