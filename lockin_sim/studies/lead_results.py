"""Estimate how much is left of what loans won: the dataset of a financed lead, from the arrays of its runs.

Over (arm, without, regulators, place, domain, year), ``equipment``, ``sales``, ``reach``, ``coverage`` and
``price`` are mean differences from *never*, with the 95 % interval of the mean (``_mean_low``,
``_mean_high``), the range of nine in ten draws without luck (``_low``, ``_high``), at most that if the
chance that luck explains the range (``_luck``) is above 0.05, and the mean level (``_level``); ``debt``
likewise, over all domains. ``money`` is what was lent beyond *never*, USD bn, and ``money_met`` the part that
contracts took, NaN where loans go on. ``won`` is the difference in equipment in the last year with loans,
``arm_until``; ``left`` how many of 100 points won a year has, a ratio of means with Fieller's interval and
the range of draws' ratios, or NaN, and ``left_why`` the reason for NaN; ``held`` how many more are left than
with a cause switched off, with its paired interval. The range of the median is of means over resampled
draws. ``place_record`` describes what is on record of suppliers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.statistics import (
    LUCK,
    DrawRange,
    estimate_draw_range,
    estimate_draw_ratio,
    estimate_interval,
    estimate_ratio,
    is_at_most,
    mean_by_column,
    paired_ratios,
)
from lockin_sim.comparisons.trial import Setup, build_variable_attributes
from lockin_sim.comparisons.variants import VARIANTS
from lockin_sim.world.names import format_label
from lockin_sim.world.recorded import describe_record

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.studies.lead import Key, LoanStudy

#: Runs of each draw: with two, luck within draws is separated from what draws differ by.
EACH = 2

#: The arm that others are compared with, and the one that goes on.
NEVER, CONTINUED = "never", "programme_continued"

#: With nothing switched off, and states that prescribe nothing.
NOTHING, OFF = USUAL = ("nothing", "off")

#: The array with the equipment of every economy, where the median over them is wanted.
ECONOMIES = "economies"

#: Places that are no groups of the world: economies with a loan on record, and the median over economies.
BORROWERS, MEDIAN = "borrowers", "median"

#: Least that loans must have won for its remainder to be shown, at the lower end of its range: one point.
#: Where luck alone could have made the range, the lower end of the interval of the mean is enough.
LEAST = 0.01

#: Bootstrap samples of draws behind the range of a median over economies, and their seed.
RESAMPLED, SEED = 200, 2011

ENDS = (0.05, 0.95)

#: Why it is not said what is left; "" where it is.
TOO_LITTLE, FLOWING, NO_CHANGE, NOT_RUN = (
    "too little won",
    "loans go on",
    "nothing to compare with",
    "not run",
)

#: Units and meanings of outcomes.
MEANINGS = {
    "equipment": ("share", "part of the equipment from the lender's vendors"),
    "sales": ("share", "part of the year's sales by the lender's vendors"),
    "reach": ("share", "part of the equipment that supports the lender's standard"),
    "coverage": ("share", "part of the capacity that is there"),
    "price": (
        "relative to the industry mean cost of the first year",
        "price of what is bought, after finance",
    ),
    "debt": ("USD bn", "debt owed to the lender"),
}

type Values = Mapping[Key, Mapping[str, Floats]]


#: Axes of arms, and all.
ARM = ("arm", "without", "regulators")
AXES = (*ARM, "place", "domain", "year")
OF_DEBT = (*ARM, "place", "year")

#: Labels of each axis.
type Labels = Mapping[str, list[Any]]


def _allocate_array(labels: Labels, *axes: str, of: Any = np.nan) -> Any:
    """Return an array over some axes, filled with ``of``."""
    return np.full([len(labels[axis]) for axis in axes], of)


def _locate_arm(labels: Labels, key: Key) -> tuple[int, ...]:
    """Return the position of an arm along each axis of arms."""
    return tuple(labels[axis].index(label) for axis, label in zip(ARM, key, strict=True))


def build_lead_dataset(values: Values, study: LoanStudy, how: Setup) -> xr.Dataset:
    """Build the dataset of :func:`lockin_sim.lead`.

    values  arrays of each arm by name, see :func:`lockin_sim.studies.lead.compute_lead_arrays`
    """
    import xarray as xr

    keys = list(values)
    labels: Labels = {axis: list(dict.fromkeys(key[n] for key in keys)) for n, axis in enumerate(ARM)} | {
        "place": list(study.places),
        "domain": list(study.domains),
        "year": how.calendar.tolist(),
    }
    draws = None if how.drawn is None else np.repeat(np.arange(how.runs // EACH), EACH)
    data: dict[str, Any] = {}
    for name, (unit, text) in MEANINGS.items():
        axes = OF_DEBT if name == "debt" else AXES
        parts = {part: _allocate_array(labels, *axes) for part in _SAID}
        for key, arrays in values.items():
            for part, values_of in _estimate_outcome(
                arrays, values[NEVER, *key[1:]], name, study, draws
            ).items():
                parts[part][_locate_arm(labels, key)] = values_of
        data |= {
            f"{name}{part}": (axes, parts[part], _build_part_attributes(unit, said.format(text), part))
            for part, said in _SAID.items()
        }
    data |= _estimate_remainder(values, labels, study, draws) | _sum_loans(values, labels, study, draws)
    return xr.Dataset(
        data,
        coords=_build_coordinates(labels, study),
        attrs=how.attributes(**study.attributes(), draws=how.runs // EACH),
    )


#: A mean, the ends of the range of draws, the chance that luck made it, and the ends of the mean's interval.
PARTS = {
    "": "",
    "_low": ", lower end of the range of nine in ten draws",
    "_high": ", upper end of the range of nine in ten draws",
    "_luck": f", chance that luck alone makes draws differ as much; above {LUCK} the range is at most that",
    "_mean_low": ", lower end of the 95 % interval of the mean",
    "_mean_high": ", upper end of the 95 % interval of the mean",
}

#: The same of each outcome, and its level.
_SAID = {part: "{}: difference from never" + said for part, said in PARTS.items()} | {"_level": "{}: mean"}


def _build_part_attributes(unit: str, text: str, part: str) -> dict[str, str]:
    """Build the attributes of a part of a number; a chance has no unit."""
    return build_variable_attributes("1" if part == "_luck" else unit, text)


def _estimate_outcome(
    arrays: Mapping[str, Floats],
    base: Mapping[str, Floats],
    name: str,
    study: LoanStudy,
    draws: Integers | None,
) -> dict[str, Floats]:
    """Estimate the mean difference in an outcome, its range, and its level.  (place, ...)."""
    moved = arrays[name] - base[name]
    parts = _combine_ranges(estimate_draw_range(moved, draws), estimate_interval(moved, draws)) | {
        "_level": mean_by_column(arrays[name])
    }
    if MEDIAN not in study.places:
        return parts
    place = study.places.index(MEDIAN)
    median = {part: np.full(of.shape[1:], np.nan) for part, of in parts.items()}
    if name == "equipment" and ECONOMIES in arrays:
        resampled = compute_economy_medians(arrays[ECONOMIES] - base[ECONOMIES], mask_abroad(study), draws)
        level = compute_economy_medians(arrays[ECONOMIES], mask_abroad(study), None, samples=0)
        median |= _build_median_range(resampled) | {"_level": level[0]}
    return {part: np.insert(of, place, median[part], axis=0) for part, of in parts.items()}


def mask_abroad(study: LoanStudy) -> Bools:
    """Return a mask of the economies outside the lender's home.  (country,)."""
    return ~study.base.home[:, study.base.sponsors.index(study.lender)]


def compute_economy_medians(
    values: Floats, among: Bools, draws: Integers | None, samples: int = RESAMPLED
) -> Floats:
    """Compute medians over economies of means over runs, for all runs and for samples of the draws.

    values  (run, domain, country, year), NaN where nothing is installed;  among  economies that count
    samples  number of samples of the draws, with replacement
    Returns (1 + sample, domain, year), the median of all runs first.
    """
    chosen = values[:, :, among]
    units = np.arange(len(chosen)) if draws is None else draws
    rng, many = np.random.default_rng(SEED), int(units[-1]) + 1
    weight = np.concatenate([np.ones((1, many)), rng.multinomial(many, np.full(many, 1 / many), samples)])
    known = np.isfinite(chosen)
    flat, runs = np.where(known, chosen, 0.0).reshape(len(chosen), -1), weight[:, units]
    total = runs @ known.reshape(len(chosen), -1)
    mean = np.divide(runs @ flat, total, out=np.full(total.shape, np.nan), where=total > 0)
    mean = mean.reshape(-1, *chosen.shape[1:])
    ordered = np.sort(mean, axis=2)  # undefined ones last
    count = np.isfinite(mean).sum(axis=2, keepdims=True)
    middle = [
        np.take_along_axis(ordered, np.maximum(at, 0), axis=2)[:, :, 0]
        for at in ((count - 1) // 2, count // 2)
    ]
    return np.where(count[:, :, 0] > 0, (middle[0] + middle[1]) / 2, np.nan)


def _build_median_range(medians: Floats) -> dict[str, Floats]:
    """Return a median and the ends of the range of its mean.  (1 + sample, ...), see
    :func:`compute_economy_medians`.

    Samples lie lower on average, since economies that few draws move stand still in some; that bias is
    removed. Source: Efron and Tibshirani (1993), An introduction to the bootstrap, on bias.
    """
    median, samples = medians[0], medians[1:]
    low, high = np.quantile(samples - samples.mean(axis=0), ENDS, axis=0)
    unknown = np.full(median.shape, np.nan)  # the range is that of the mean
    return _combine_ranges(DrawRange(median + low, median + high, unknown), (median, unknown, unknown))


def _estimate_remainder(
    values: Values, labels: Labels, study: LoanStudy, draws: Integers | None
) -> dict[str, Any]:
    """Estimate what was won by the last loan, and what is left of 100 points or why that is not shown."""
    places = AXES[:-1]
    won = {part: _allocate_array(labels, *places) for part in PARTS}
    left = {part: _allocate_array(labels, *AXES) for part in PARTS}
    why = _allocate_array(labels, *places, of=np.array(NOT_RUN, dtype=object))
    for key in values:
        at, last = _locate_arm(labels, key), study.ends(key[0])
        if last is None:
            why[at] = NO_CHANGE if key[0] == NEVER else FLOWING
            continue
        of_won, of_left, least = _estimate_won_and_left(
            values[key], values[NEVER, *key[1:]], labels["year"].index(last), study, draws
        )
        little = ~(least >= LEAST)
        why[at] = np.where(np.isnan(of_won[""]), NOT_RUN, np.where(little, TOO_LITTLE, ""))
        for part in PARTS:
            won[part][at] = of_won[part]
            factor = 1.0 if part == "_luck" else 100.0
            left[part][at] = np.where(little[..., None], np.nan, factor * of_left[part])
    whole, rest = "equipment won by the last year with loans", "what a year has of what was won"
    data: dict[str, Any] = {}
    for part, end in PARTS.items():
        data[f"won{part}"] = places, won[part], _build_part_attributes("share", whole + end, part)
        data[f"left{part}"] = AXES, left[part], _build_part_attributes("of 100 points won", rest + end, part)
    said = build_variable_attributes("", "why it is not said what is left")
    data["left_why"] = places, why.astype(str), said
    return data | _estimate_held_by_causes(values, labels, study, draws, left[""])


#: A mean, and the ends of its 95 % interval, by the end of their names.
MEAN_ENDS = {part: PARTS[part] for part in ("", "_mean_low", "_mean_high")}


def _estimate_held_by_causes(
    values: Values, labels: Labels, study: LoanStudy, draws: Integers | None, left: Floats
) -> dict[str, Any]:
    """Estimate how many more of 100 points won are left in the model as it is than without a cause, by draw.

    left  what is left, (arm, without, regulators, place, domain, year)
    """
    held = {part: _allocate_array(labels, *AXES) for part in MEAN_ENDS}
    places = [place for place, name in enumerate(study.places) if name != MEDIAN]
    for key in values:
        usual, last = (key[0], *USUAL), study.ends(key[0])
        if last is None or key == usual or key[2] != OFF or usual not in values:
            continue
        at, end = _locate_arm(labels, key), labels["year"].index(last)
        moved = [values[one]["equipment"] - values[NEVER, *one[1:]]["equipment"] for one in (usual, key)]
        one, other = ((each, each[..., [end]]) for each in moved)
        known = np.isfinite(left[_locate_arm(labels, usual)] + left[at])[places]
        for part, of in zip(MEAN_ENDS, paired_ratios(one, other, draws), strict=True):
            held[part][at][places] = np.where(known, 100.0 * of, np.nan)
    text = "of 100 points won, how many more are left as the model is than without a cause"
    return {
        f"held{part}": (AXES, held[part], _build_part_attributes("of 100 points won", text + said, part))
        for part, said in MEAN_ENDS.items()
    }


def _sum_loans(values: Values, labels: Labels, study: LoanStudy, draws: Integers | None) -> dict[str, Any]:
    """Sum what arms lent beyond *never*, USD bn, and estimate the part of it that contracts took."""
    axes, groups = (*ARM, "place"), [n for n, place in enumerate(study.places) if place != MEDIAN]
    data = {name: _allocate_array(labels, *axes) for name in ("money", "money_met", *_MET)}
    for key, arrays in values.items():
        at = (*_locate_arm(labels, key), groups)
        lent, unmet = (
            np.nansum(arrays[name] - values[NEVER, *key[1:]][name], axis=-1) for name in ("money", "unmet")
        )
        data["money"][at] = whole = mean_by_column(lent)
        if study.ends(key[0]) is not None:
            met = np.full(whole.shape, np.nan)
            data["money_met"][at] = np.divide(mean_by_column(lent - unmet), whole, out=met, where=whole > 0)
            for name, end in zip(_MET, estimate_ratio(lent - unmet, lent, draws)[1:3], strict=True):
                data[name][at] = end
    taken = "part of the money that contracts took; the rest was not met by a contract on record"
    said = {"money": ("USD bn", "lent beyond never"), "money_met": ("1", taken)}
    said |= {name: ("1", taken + PARTS[name.removeprefix("money_met")]) for name in _MET}
    return {name: (axes, data[name], build_variable_attributes(*said[name])) for name in data}


#: Names of the ends of the interval of the part of the money that contracts took.
_MET = ("money_met_mean_low", "money_met_mean_high")


def _combine_ranges(own: DrawRange, mean: Sequence[Any]) -> dict[str, Floats]:
    """Combine a mean and its ranges by name.  own: range of draws;  mean: the mean and its interval."""
    return dict(zip(PARTS, (mean[0], *own, *mean[1:3]), strict=True))


def _estimate_won_and_left(
    arrays: Mapping[str, Floats],
    base: Mapping[str, Floats],
    end: int,
    study: LoanStudy,
    draws: Integers | None,
) -> tuple[dict[str, Floats], dict[str, Floats], Floats]:
    """Estimate what was won at the end, the part that each year has, and the least that was won.

    Returns (place, domain), (place, domain, year) and (place, domain).
    """
    moved = arrays["equipment"] - base["equipment"]
    at_end = moved[..., end]
    won = _combine_ranges(estimate_draw_range(at_end, draws), estimate_interval(at_end, draws))
    mean, own = estimate_draw_ratio(moved, moved[..., [end]], draws)
    left = _combine_ranges(own, (mean, *estimate_ratio(moved, moved[..., [end]], draws)[1:3]))
    low = won["_low"]
    least = np.where(is_at_most(won["_luck"]), np.fmax(low, won["_mean_low"]), low)
    if MEDIAN not in study.places:
        return won, left, least
    place = study.places.index(MEDIAN)
    of_won = of_left = dict.fromkeys(PARTS, np.asarray(np.nan))
    if ECONOMIES in arrays:
        samples = compute_economy_medians(arrays[ECONOMIES] - base[ECONOMIES], mask_abroad(study), draws)
        whole = samples[..., [end]]
        ratios = np.divide(samples, whole, out=np.zeros(samples.shape), where=whole != 0)
        of_won, of_left = _build_median_range(samples[..., end]), _build_median_range(ratios)
    won, left = (
        {part: np.insert(of[part], place, more[part], axis=0) for part in PARTS}
        for of, more in ((won, of_won), (left, of_left))
    )
    return won, left, np.insert(least, place, of_won["_low"], axis=0)


def _build_coordinates(labels: Labels, study: LoanStudy) -> dict[str, Any]:
    """Build the coordinates: labels of all axes, titles of arms and places, and the record of economies."""
    world = study.base
    until = [study.ends(arm) or -1 for arm in labels["arm"]]
    of_place = {
        BORROWERS: f"economies that borrowed from {format_label('sponsor', study.lender)}",
        MEDIAN: "the median economy",
    }
    # the median is over economies abroad, whatever they buy
    groups = {MEDIAN: np.tile(mask_abroad(study), (len(world.domains), 1))} | study.groups
    layers = [world.domains.index(domain) for domain in labels["domain"]]
    record = [
        [describe_record(world, d, place, groups[place][d]) for d in layers] for place in labels["place"]
    ]
    cuts = VARIANTS["lead"]
    return dict(labels) | {
        "arm_label": ("arm", [study.said(arm) for arm in labels["arm"]]),
        "arm_until": ("arm", until),
        "without_label": ("without", [cuts[cut].title for cut in labels["without"]]),
        "place_label": ("place", [of_place.get(p) or format_label("group", p) for p in labels["place"]]),
        "place_record": (("place", "domain"), record),
        "domain_label": ("domain", [format_label("domain", d) for d in labels["domain"]]),
    }
