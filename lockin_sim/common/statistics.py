"""Compute statistics over paired runs: means, spread, intervals, ratios, and required numbers of runs.

The first axis is the run.  Undefined values are left out and counted; they never become zero.

Runs that share a draw of the parameters are not independent: they know one set of parameters.  Functions take
the draw of each run as ``draws``, integers over (run,); None = every run counts by itself.  An error comes
from the differences between draws, each weighted by its part of the runs, and from chance within them.  So it
stays an error of the mean over the *posterior*, however many runs share its draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from scipy.special import fdtrc, ndtri, stdtrit

from lockin_sim.common.conventions import Bools, Floats, Integers

#: A smaller difference is none: sums in another order differ by as much.
ROUNDING = 1e-12

#: Confidence of all intervals.
CONFIDENCE = 0.95

#: Quantiles over runs beside a mean.
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}

#: Statistics of :func:`summarise_levels`, in order.
STATISTICS = ("mean", *QUANTILES)

#: Confidence of the interval of a share of runs.
SHARE_CONFIDENCE = 0.9

#: Numbers of runs with tabulated Student's t.  The last is as good as any number of runs.
_RUNS = np.concatenate([np.arange(2.0, 256.0), 2.0 ** np.arange(8, 41)])


class Estimate[V: (float, Floats)](NamedTuple):
    """Mean with its uncertainty, for one quantity or an array, in the unit shown.

    low, high  ends of its range over runs, or of its interval; NaN if undefined
    """

    mean: V
    low: V
    high: V

    @property
    def known(self) -> Bools:
        """Whether the mean is defined."""
        result: Bools = np.isfinite(self.mean)
        return result

    @property
    def distinct(self) -> Bools:
        """Whether the interval excludes zero; an undefined interval does not."""
        result: Bools = np.greater(self.low, 0) | np.less(self.high, 0)
        return result

    @property
    def unmoved(self) -> Bools:
        """Whether the value is zero in every run, as where its mechanism is switched off."""
        result: Bools = np.equal(self.mean, 0) & np.equal(self.low, 0) & np.equal(self.high, 0)
        return result


def difference(values: Floats, reference: Floats) -> Floats:
    """Subtract by run; NaN where a member of the pair is undefined."""
    return np.where(np.isfinite(values) & np.isfinite(reference), values - reference, np.nan)


def mean_over_runs(values: Floats) -> tuple[Floats, Integers]:
    """Compute the mean of finite values over the first axis, NaN if there are none, and their number."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0), count


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Compute the mean of defined values over the last axis; NaN if there are none.  Shapes broadcast."""
    known = np.isfinite(values)
    weight = np.where(known, weights, 0.0)
    total = weight.sum(axis=-1)
    part = np.where(known, values, 0.0) * weight
    result: Floats = np.divide(part.sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total > 0)
    return result


def mean_by_column(values: Floats) -> Floats:
    """Compute the mean of finite values over the first axis; NaN if there are none."""
    return mean_over_runs(values)[0]


def quantiles(values: Floats, *probabilities: float, draws: Integers | None = None) -> Floats:
    r"""Compute quantiles of finite values over the first axis; NaN if there are none.  (probability, ...).

    The interval between two quantiles contains that part of *further* runs: the probability is moved away
    from a half by the factor :math:`(n + 1)/n`, where n is the effective number of draws.  Limited by the
    least and the largest value, from one sort of all columns together.

    Source: Hyndman and Fan (1996); type 6 where every run counts by itself.
    """
    known = np.isfinite(values)
    ordered, count = np.sort(np.where(known, values, np.nan), axis=0), known.sum(axis=0)  # NaN goes last
    effective = np.maximum(_Parts(known, draws).effective, 1.0)
    quantiles = np.full((len(probabilities), *values.shape[1:]), np.nan)
    for number, probability in enumerate(probabilities):
        beyond = 0.5 + (probability - 0.5) * (effective + 1) / effective
        place = np.clip(beyond * count - 0.5, 0, np.maximum(count - 1, 0))
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        low, high = (np.take_along_axis(ordered, at[None], axis=0)[0] for at in (below, above))
        part = place - below
        # from the nearer end, so that it never exceeds the other one
        quantiles[number] = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part))
    return quantiles


def summarise_levels(values: Floats, draws: Integers | None) -> tuple[Floats, Integers]:
    """Compute mean, quantiles and number of finite values over runs.  (run, ...) -> (..., statistic)."""
    mean, count = mean_over_runs(values)
    return np.stack([mean, *quantiles(values, *QUANTILES.values(), draws=draws)], axis=-1), count


def estimate_interval(values: Floats, draws: Integers | None) -> tuple[Floats, Floats, Floats, Integers]:
    """Compute the mean over runs, the ends of its interval by Student's t, and the number of runs.

    An interval of one draw is undefined.

    draws  of the runs, see this module; degrees of freedom are the effective draws minus one
    """
    mean, count = mean_over_runs(values)
    parts = _Parts(np.isfinite(values), draws)
    apart = parts.means(values) - mean
    half = parts.t * np.sqrt(parts.variance(apart, apart))
    return mean, mean - half, mean + half, count


def estimate_paired_difference(
    values: Floats, reference: Floats, draws: Integers | None
) -> tuple[Floats, Floats, Floats, Integers]:
    """Compute the mean difference by run, the ends of its interval by Student's t, and the number of pairs.

    Leaves out a pair with an undefined member; one pair has a mean without an interval.

    values, reference  (run, ...)
    draws  as in :func:`estimate_interval`
    """
    return estimate_interval(difference(values, reference), draws)


def summarise_single_runs(
    values: Floats, draws: Integers | None
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Compute the spread of a difference over the first axis; NaN without finite values.

    Returns 5 % and 95 % quantiles, the shares of runs above and below zero, and the effective number of
    draws.
    """
    low, high = quantiles(values, QUANTILES["q05"], QUANTILES["q95"], draws=draws)
    known = np.isfinite(values)
    count = known.sum(axis=0)
    above, below = (
        np.divide(signs.sum(axis=0), count, out=np.full(count.shape, np.nan), where=count > 0)
        for signs in (values > ROUNDING, values < -ROUNDING)
    )
    effective = np.broadcast_to(_Parts(known, draws).effective, count.shape)
    return low, high, above, below, np.where(count > 0, effective, np.nan)


def least_share(share: Floats, draws: Floats) -> Floats:
    """Compute the lower end of the 90 % interval of a share of runs, for an effective number of draws.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    z = float(ndtri(0.5 + SHARE_CONFIDENCE / 2))
    middle, over = share + z**2 / (2 * draws), 1 + z**2 / draws
    return (middle - z * np.sqrt(share * (1 - share) / draws + (z / (2 * draws)) ** 2)) / over


class _Parts:
    """Parts of the runs by draw.

    known  where values are defined.  (run, ...)
    draws  as in :func:`estimate_interval`
    """

    def __init__(self, known: Bools, draws: Integers | None) -> None:
        if known.all():  # the same for all columns
            known = np.ones((len(known), *(1,) * (known.ndim - 1)), dtype=bool)
        self.draws = draws
        self.sizes = _sums(known.astype(float), draws)  # runs of each draw.  (draw, ...)
        self.part = self.sizes / np.maximum(self.sizes.sum(axis=0), 1)  # as a share of all

    @property
    def effective(self) -> Floats:
        """Effective number of draws (Kish 1965); 0 without runs.

        That many draws of equal size would have the same error.
        """
        squares = (self.part**2).sum(axis=0)
        return np.divide(1.0, squares, out=np.zeros(squares.shape), where=squares > 0)

    @property
    def t(self) -> Floats:
        """Student's t at the confidence of all intervals; NaN for one draw."""
        return _t(self.effective - 1)

    def means(self, values: Floats) -> Floats:
        """Compute means by draw; 0 for a draw without runs.  (draw, ...)."""
        total = _sums(np.where(np.isfinite(values), values, 0.0), self.draws)
        return np.divide(total, self.sizes, out=np.zeros(total.shape), where=self.sizes > 0)

    def variance(self, one: Floats, other: Floats) -> Floats:
        """Compute the variance of the mean over runs, or the covariance of two means, from draws' means.

        NaN for one draw.  Unbiased if draws differ by more than chance, and nearly so if they do not; for
        independent runs it is the usual one.

        Source: Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with
        multi-stage samples.
        """
        squares = (self.part**2).sum(axis=0)
        left = 1 - 2 * self.part + squares  # what the mean leaves of a draw's own deviation
        factor = np.divide(self.part**2, left, out=np.zeros(self.part.shape), where=left > 1e-12)
        return np.where(squares < 1 - 1e-12, (factor * one * other).sum(axis=0), np.nan)


def _sums(values: Floats, draws: Integers | None) -> Floats:
    """Sum over the runs of each draw, in the order of its number.  (run, ...) -> (draw, ...)."""
    if draws is None:
        return values
    if len(draws) != len(values):
        raise ValueError(f"{len(draws)} draws of {len(values)} runs")
    order = np.argsort(draws, kind="stable")
    first = np.unique(np.asarray(draws)[order], return_index=True)[1]
    return np.add.reduceat(values[order], first, axis=0)


def _t(free: Floats) -> Floats:
    """Compute Student's t at the confidence of all intervals, for degrees of freedom; NaN for none."""
    some, place = np.unique(free, return_inverse=True)  # few differ, and each is found by iteration
    t = np.where(some > 1e-9, stdtrit(np.maximum(some, 1e-9), 0.5 + CONFIDENCE / 2), np.nan)
    return t[place]


@dataclass(frozen=True)
class Precision:
    r"""Width of the interval of a mean as a function of the number of runs.

    Its variance is :math:`a + b/n`: a remains however many runs share the draws, b vanishes with more runs.

    lasting  a
    fading   b.  (...)
    draws    effective number of all draws that runs may have; inf if every run counts by itself
    """

    lasting: Floats
    fading: Floats
    draws: float

    @classmethod
    def of(cls, differences: Floats, draws: Integers | None, effective: float) -> Self:
        """Estimate the precision from differences by run.

        Where no two runs share a draw, all variance is attributed to chance within draws.

        draws      as in :func:`estimate_interval`
        effective  effective number of all draws
        """
        parts = _Parts(np.isfinite(differences), draws)
        mean, count = mean_over_runs(differences)
        moved = parts.means(differences) - mean
        now, lasting = parts.variance(moved, moved), np.zeros(mean.shape)
        if draws is not None:
            squares = _sums(np.where(np.isfinite(differences), differences - mean, 0.0) ** 2, draws)
            left = (squares - parts.sizes * moved**2).sum(axis=0)
            repeats = count - (parts.sizes > 0).sum(axis=0)
            within = np.divide(left, repeats, out=np.full(mean.shape, np.inf), where=repeats > 0)
            between = now - within / np.maximum(count, 1)
            lasting = np.clip(between * parts.effective / effective, 0.0, now)
        return cls(lasting, (now - lasting) * np.maximum(count, 1), effective)

    @cached_property
    def _t(self) -> Floats:
        """Student's t for the numbers of runs in ``_RUNS``, with the degrees of freedom of runs and draws."""
        return _t(1 / (1 / (_RUNS - 1) + 1 / max(self.draws - 1, 1e-9)))

    def width(self, runs: Floats) -> Floats:
        """Compute the width at a number of runs that define the difference, at least 2."""
        t = np.interp(1 / runs, 1 / _RUNS[::-1], self._t[::-1])  # nearly linear in 1 / runs
        return 2 * t * np.sqrt(self.lasting + self.fading / runs)

    @property
    def floor(self) -> Floats:
        """Limit of the width for many runs; 0 if every run counts by itself."""
        result: Floats = 2 * self._t[-1] * np.sqrt(self.lasting)
        return result


def count_runs_needed(
    differences: Floats, width: Floats, draws: Integers | None, effective: float = np.inf
) -> Floats:
    """Compute the number of runs at which the interval of a mean difference should reach a target width.

    The least for which :class:`Precision` does, divided by the share of runs that define the difference; inf
    if no number of runs does; NaN if fewer than two draws define it, or the width is not positive.

    differences  (run, ...)
    width  in the unit of the differences.  (...)
    draws, effective  as in :class:`Precision`
    """
    here, count = Precision.of(differences, draws, effective), np.isfinite(differences).sum(axis=0)
    usable = np.isfinite(here.fading) & (np.asarray(width) > 0)
    low, high = np.full(usable.shape, 2.0), np.full(usable.shape, _RUNS[-1])
    while (low < high).any():
        middle = np.floor((low + high) / 2)
        narrow = here.width(middle) <= width
        low, high = np.where(narrow, low, middle + 1), np.where(narrow, middle, high)
    pairs = np.where(high < _RUNS[-1], high, np.inf)
    return np.where(usable, np.ceil(pairs * len(differences) / np.maximum(count, 1)), np.nan)


def estimate_ratio(
    part: Floats, whole: Floats, draws: Integers | None
) -> tuple[Floats, Floats, Floats, Integers]:
    r"""Compute the mean of one paired difference over the mean of another, with Fieller's interval.

    The interval contains all r for which the mean of :math:`a - r\,b` does not differ from zero by Student's
    t.

    part, whole  a and b.  (run, ...)
    draws  as in :func:`estimate_interval`

    Returns the ratio, its ends, and the number of runs that define both.  The first three are NaN if the
    interval of b includes zero.

    Source: Fieller (1954).
    """
    known = np.isfinite(part) & np.isfinite(whole)
    a, b = np.where(known, part, np.nan), np.where(known, whole, np.nan)
    (top, count), (bottom, _) = mean_over_runs(a), mean_over_runs(b)
    parts = _Parts(known, draws)
    da, db = parts.means(a) - top, parts.means(b) - bottom
    aa, ab, bb = (parts.t**2 * parts.variance(x, y) for x, y in ((da, da), (da, db), (db, db)))
    # the ends solve (bottom^2 - bb) r^2 - 2 (top bottom - ab) r + (top^2 - aa) = 0
    lead, middle, last = bottom**2 - bb, top * bottom - ab, top**2 - aa
    known_ratio = lead > 0
    root = np.sqrt(np.maximum(0.0, middle**2 - lead * last))
    ends = [
        np.divide(x, y, out=np.full(lead.shape, np.nan), where=known_ratio)
        for x, y in ((top, bottom), (middle - root, lead), (middle + root, lead))
    ]
    return ends[0], ends[1], ends[2], count


def paired_ratios(
    one: tuple[Floats, Floats], other: tuple[Floats, Floats], draws: Integers | None
) -> tuple[Floats, Floats, Floats]:
    """Compute the difference of two ratios of means over the same runs, with its paired 95 % interval.

    The interval is of the linearised difference, so that what both share by run cancels (delta method).

    one, other  part and whole of each ratio.  (run, ...)
    draws  as in :func:`estimate_interval`
    """
    size, apart = [], []
    for part, whole in (one, other):
        over, under = mean_over_runs(part)[0], mean_over_runs(whole)[0]
        mean = np.divide(over, under, out=np.full(over.shape, np.nan), where=under != 0)
        size.append(mean)
        apart.append(np.divide(part - mean * whole, under, out=np.full(part.shape, np.nan), where=under != 0))
    _, low, high, _ = estimate_interval(apart[0] - apart[1], draws)
    moved = size[0] - size[1]
    return moved, moved + low, moved + high


# --- what draws have of their own, without luck ---

#: Level of the test for luck: if luck alone makes draws differ as much more often, their range is "at most".
LUCK = 0.05


class DrawRange(NamedTuple):
    """Range of nine in ten draws' own values; its ends are NaN if undefined.

    luck  chance that luck alone makes draws differ as much, see :func:`chance_of_luck`; NaN if undefined, or
          if all runs have the same parameters
    """

    low: Floats
    high: Floats
    luck: Floats


def is_at_most(luck: Floats) -> Bools:
    """Whether luck alone could have made a range.

    The range then contains this luck: draws differ by *at most* that.
    """
    result: Bools = np.greater(luck, LUCK)
    return result


def _by_draw(values: Floats, draws: Integers) -> Floats:
    """Split runs by draw.  (run, ...) -> (draw, run of the draw, ...).

    Raises ValueError unless all draws have the same number of runs.
    """
    sizes = np.unique(draws, return_counts=True)[1]
    if len(draws) != len(values) or np.ptp(sizes):
        raise ValueError(f"{len(values)} runs of {len(sizes)} draws, with {min(sizes)} to {max(sizes)} each")
    return values[np.argsort(draws, kind="stable")].reshape(len(sizes), -1, *values.shape[1:])


def chance_of_luck(values: Floats, draws: Integers) -> Floats:
    """Compute the p value of an analysis of variance: draws that do not differ would seem to by luck.

    values  finite.  (run, ...)
    draws   of the runs, equally many of each

    0 where runs of a draw have no luck; 1 where each draw has one run, which does not show luck; NaN for one
    draw.  Of draws that do not differ about 5 % are below :data:`LUCK`, and up to 12 % where luck is rare
    jumps.

    Source: Fisher (1925), Statistical methods for research workers; on luck that is not normal Box and
    Andersen (1955).
    """
    runs = _by_draw(values, draws)
    many, each = runs.shape[:2]
    if many == 1 or each == 1:
        return np.full(values.shape[1:], np.nan if many == 1 else 1.0)

    means = runs.mean(axis=1)
    between = each * ((means - means.mean(axis=0)) ** 2).sum(axis=0) / (many - 1)
    within = ((runs - means[:, None]) ** 2).sum(axis=(0, 1)) / (many * (each - 1))
    f = np.divide(between, within, out=np.full(between.shape, np.inf), where=~(within <= ROUNDING**2))
    chance: Floats = fdtrc(many - 1, many * (each - 1), f)
    return chance


def shrink_to_draws(values: Floats, draws: Integers) -> Floats:
    r"""Shrink means by draw until their spread is that of the draws, without the luck of their runs.

    values  finite, of quantities that vary together.  (run, ..., quantity)
    draws   of the runs, equally many of each; several runs of a draw show how large luck is

    Returns (draw, ..., quantity).  The means :math:`m_d` by draw are brought nearer to the mean of all,
    :math:`m + A\,(m_d - m)`, until their covariance :math:`T` is that between draws, :math:`B = T - W`.
    :math:`A = T^{-1/2} (T^{1/2} B T^{1/2})^{1/2} T^{-1/2}` moves them least.  W is the covariance of luck in
    such means, estimated within draws, times :math:`(n - 5)/(n - 1)` for n draws: B is uncertain, so a range
    of 90 % of its spread would hold less than 90 % on average, to first order by :math:`z^2 + 1 = 3.7`
    such parts of W.  Where each draw has one run, means stay as they are.

    Sources: Louis (1984), Estimating a population of parameter values using Bayes and empirical Bayes
    methods; Searle, Casella and McCulloch (1992), Variance components; Olkin and Pukelsheim (1982); Morris
    (1983), Parametric empirical Bayes inference, who has :math:`(n - 3)/(n - 1)` for means.
    """
    runs = _by_draw(values, draws)
    many, each = runs.shape[:2]
    means = runs.mean(axis=1)
    if many == 1 or each == 1:
        return means

    middle = means.mean(axis=0)
    apart, luck = means - middle, runs - means[:, None]
    seen = np.einsum("d...i,d...j->...ij", apart, apart) / (many - 1)
    within = np.einsum("dr...i,dr...j->...ij", luck, luck) / (many * (each - 1))
    root, inverse = _roots(seen)
    between = seen - max(many - 5, 0) / (many - 1) * within / each
    nearer = inverse @ _roots(root @ between @ root)[0] @ inverse
    result: Floats = middle + (nearer @ apart[..., None])[..., 0]
    return result


def _roots(matrix: Floats) -> tuple[Floats, Floats]:
    """Compute the square root of symmetric matrices without negative eigenvalues, and its pseudo-inverse.

    (..., k, k).
    """
    size, axes = np.linalg.eigh(matrix)
    least = 1e-12 * np.abs(size).max(axis=-1, keepdims=True)
    root = np.sqrt(np.where(size > least, size, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros(root.shape), where=root > 0)
    turned = axes.swapaxes(-1, -2)
    return (axes * root[..., None, :]) @ turned, (axes * inverse[..., None, :]) @ turned


def estimate_draw_range(values: Floats, draws: Integers | None) -> DrawRange:
    r"""Compute the range of nine in ten draws' own values; of runs, if all have the same parameters.

    values  (run, ...)
    draws   as in :func:`estimate_interval`, with equally many runs of each

    A run is :math:`y_{dr} = m + b_d + e_{dr}`: the effect of its draw, and luck.  The range is that of
    :math:`b_d`; the mean over the runs of a draw still contains luck.

    - Where luck alone would hardly make draws differ as much, :func:`shrink_to_draws` removes their luck.
    - Where it could (:func:`is_at_most`), its part of the differences is unknown.  Then the range is that of
    the means as they are, with their luck: draws differ by *at most* that.

    Ranges of 64 draws hold 90 % of further ones on average where these differ much, and more where they
    differ little or not at all: ``tests/unit/test_own_values.py`` plants such draws.  Fewer than 20 draws
    have a range from the smallest to the largest, which holds (n - 1) of n + 1 draws.
    NaN where a run does not define it, and for one draw.
    """
    known = np.isfinite(values).all(axis=0)
    own, luck = values, np.full(known.shape, np.nan)
    if draws is not None:
        values = np.where(known, values, 0.0)
        luck = np.where(known, chance_of_luck(values, draws), np.nan)
        means = _by_draw(values, draws).mean(axis=1)
        own = np.where(is_at_most(luck), means, shrink_to_draws(values[..., None], draws)[..., 0])
        known = known & np.isfinite(luck)
    low, high = quantiles(own, QUANTILES["q05"], QUANTILES["q95"])
    return DrawRange(np.where(known, low, np.nan), np.where(known, high, np.nan), luck)


def estimate_draw_ratio(part: Floats, whole: Floats, draws: Integers | None) -> tuple[Floats, DrawRange]:
    r"""Compute a ratio of mean differences, and the range of nine in ten draws' own ratios.

    With one set of parameters the range is Fieller's interval.

    part, whole  NaN where undefined.  (run, ...)
    draws  as in :func:`estimate_draw_range`

    With the mean ratio :math:`q`, a draw's own is :math:`q + (a - q\,b) / b` of its own part a and whole b.
    Where luck alone could have made draws differ in :math:`a - q\,b`, its luck stays in, as in
    :func:`estimate_draw_range`.
    """
    if draws is None:
        mean, low, high, _ = estimate_ratio(part, whole, draws)
        return mean, DrawRange(low, high, np.full(mean.shape, np.nan))
    known = (np.isfinite(part) & np.isfinite(whole)).all(axis=0)
    both = np.where(known[..., None], np.stack(np.broadcast_arrays(part, whole), axis=-1), 0.0)
    over, under = np.moveaxis(both.mean(axis=0), -1, 0)
    known = known & (under != 0)
    mean = np.divide(over, under, out=np.zeros(over.shape), where=known)

    # what each run has beyond the mean part of its whole
    beyond = both[..., 0] - mean * both[..., 1]
    luck = np.where(known, chance_of_luck(beyond, draws), np.nan)
    own = shrink_to_draws(both, draws)
    below = own[..., 1]
    above = np.where(is_at_most(luck), _by_draw(beyond, draws).mean(axis=1), own[..., 0] - mean * below)
    each = mean + np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)
    low, high = quantiles(each, QUANTILES["q05"], QUANTILES["q95"])
    low, high = (np.where(np.isfinite(luck), end, np.nan) for end in (low, high))
    return np.where(known, mean, np.nan), DrawRange(low, high, luck)
