"""Is luck random enough: a battery over runs, years and labels, as the engines draw it.

Each check gives the chance that independent uniform numbers deviate as much; below 1e-7 is a defect.
"""

import numpy as np
import pytest
from scipy import stats

from lockin_sim.common.draws import Draws, combine, label_keys

LEAST = 1e-7
SIDE = 512


def labels(name, count):
    return label_keys([f"{name} {i}" for i in range(count)])


def over_runs(seed, n):
    """One cell in many runs: counters that count in their upper bits."""
    return Draws.uniform(Draws(seed, range(n)).stream("offer", 2020), label_keys(["KEN"]))


def over_labels(seed, n):
    """One run, cells of a table whose labels meet by exclusive or, and some put together from three."""
    rows = combine(labels("row", n // SIDE)[:, None], labels("country", 1))
    stream = Draws(seed, [7]).stream("taste")[:, None, None] ^ rows
    return Draws.uniform(stream, labels("vendor", SIDE)).reshape(-1)


def over_years(seed, n):
    """Year after year, some cells of some runs: a key a year."""
    draws, cells = Draws(seed, range(16)), labels("lot", SIDE)
    years = range(2000, 2000 + n // (16 * SIDE))
    return np.stack([Draws.uniform(draws.stream("contract", y)[:, None], cells) for y in years]).reshape(-1)


def over_names(seed, n):
    """The same cell and run under many names, then in the next run: neighbours differ in the key alone."""
    draws = Draws(seed, range(n // SIDE))
    found = [Draws.uniform(draws.stream(f"shock {k}", 2030), label_keys(["DEU"])) for k in range(SIDE)]
    return np.stack(found, axis=1).reshape(-1)


SOURCES = {"runs": over_runs, "labels": over_labels, "years": over_years, "names": over_names}


def two_sided(z):
    return float(2 * stats.norm.sf(abs(z)))


def fits(observed, expected):
    """Chance of a larger chi-square."""
    expected = np.broadcast_to(expected, observed.shape)
    chi_square = ((observed - expected) ** 2 / expected).sum()
    return float(min(1.0, 2 * min(stats.chi2.sf(chi_square, observed.size - 1),
                                  stats.chi2.cdf(chi_square, observed.size - 1))))  # fmt: skip


def counted(number, expected):
    """Chance that a Poisson number is as far out, on its side, doubled."""
    return float(2 * min(stats.poisson.sf(number - 1, expected), stats.poisson.cdf(number, expected)))


def uniformity(u):
    distance = np.abs(np.sort(u) - (np.arange(u.size) + 0.5) / u.size).max() + 0.5 / u.size
    yield float(stats.kstwobign.sf(distance * np.sqrt(u.size)))


def bits(u):
    """Each of the 32 bits, each byte, and each bit against the same bit of the next number."""
    word = (u * 2.0**32).astype(np.uint32)
    for shift in range(0, 32, 8):
        yield fits(np.bincount(word >> shift & 255, minlength=256), u.size / 256)
    changed = word[1:] ^ word[:-1]
    for bit in range(32):
        for which in (word, changed):
            ones = int((which >> bit & 1).sum())
            yield two_sided((ones - which.size / 2) / np.sqrt(which.size / 4))


def serial(u):
    """Correlations of near numbers and of rows, and pairs and triples in a square and a cube."""
    x = u - 0.5
    for lag in (1, 2, 3, 16, SIDE - 1, SIDE, SIDE + 1, 16 * SIDE):
        yield two_sided(12 * float(x[lag:] @ x[:-lag]) / np.sqrt(u.size - lag))
    for side, together in ((32, 2), (8, 3)):
        place = (u[: u.size // together * together] * side).astype(np.int64).reshape(-1, together)
        cell = place @ side ** np.arange(together)
        yield fits(np.bincount(cell, minlength=side**together), cell.size / side**together)


def spectrum(u):
    """Powers of all frequencies are exponential: the largest, and the whole."""
    power = np.abs(np.fft.rfft((u - 0.5) * np.sqrt(12 / u.size))[1:-1]) ** 2
    yield float(-np.expm1(power.size * np.log1p(-np.exp(-power.max()))))
    distance = np.abs(-np.expm1(-np.sort(power)) - (np.arange(power.size) + 0.5) / power.size).max()
    yield float(stats.kstwobign.sf(distance * np.sqrt(power.size)))


def gaps(u):
    """Numbers until the next in a part of the interval: geometric."""
    for low, high in ((0.0, 0.1), (0.45, 0.55), (0.9, 1.0)):
        gap = np.diff(np.flatnonzero((u >= low) & (u < high))) - 1
        found = np.bincount(np.minimum(gap, 40), minlength=41)
        chance = 0.1 * 0.9 ** np.arange(41)
        chance[40] = 0.9**40
        yield fits(found, chance * gap.size)


def collisions(u):
    """Pairs of numbers in urns, 64 times as many: how many fall where one is."""
    pairs = u[: u.size // 2 * 2].reshape(-1, 2)
    side = 2 ** int(np.log2(64 * len(pairs)) / 2)
    urn = (pairs[:, 0] * side).astype(np.int64) * side + (pairs[:, 1] * side).astype(np.int64)
    expected = len(pairs) - side**2 * -np.expm1(len(pairs) * np.log1p(-1 / side**2))
    yield counted(len(urn) - len(np.unique(urn)), expected)


def birthdays(u):
    """Equal spacings among 4,096 days of a year of 2**32, in all samples: Poisson of mean 4 each."""
    days = np.sort((u[: u.size // 4096 * 4096] * 2.0**32).astype(np.int64).reshape(-1, 4096), axis=1)
    spacing = np.sort(np.diff(days, axis=1), axis=1)
    yield counted(int((np.diff(spacing, axis=1) == 0).sum()), 4.0 * len(days))


CHECKS = (
    uniformity, bits, serial, spectrum, gaps, collisions, birthdays,
)  # fmt: skip


AT_LENGTH = [pytest.param(seed, 2**23, marks=pytest.mark.slow) for seed in (1, 2, 3)]


@pytest.mark.parametrize(("seed", "count"), [(0, 2**19), *AT_LENGTH])  # a hundred million numbers in all
@pytest.mark.parametrize("source", SOURCES)
def test_luck_passes_a_battery(source, seed, count):
    numbers = SOURCES[source](seed, count)
    for check in CHECKS:
        assert min(check(numbers)) > LEAST, f"{check.__name__} over {source}"


def _congruential(n):
    """RANDU, whose triples lie on fifteen planes."""
    state, found = 1, []
    for _ in range(n):
        state = state * 65539 % 2**31
        found.append(state)
    return (np.array(found) + 0.5) / 2**31


FAULTS = {
    "a slope of one per cent": ("uniformity", lambda u: u**1.01),
    "a bit that stays": ("bits", lambda u: (u * 2.0**32).astype(np.uint32).__or__(1) / 2.0**32),
    "rows that return": ("serial", lambda u: np.where(np.arange(u.size) % 50, u, np.roll(u, SIDE))),
    "a hidden period": ("spectrum", lambda u: 0.98 * u + 0.02 * np.sin(np.arange(u.size) / 3) ** 2),
    "clusters": ("gaps", lambda u: u.reshape(-1, 2)[:, np.where(np.arange(4) % 3, 1, 0)].reshape(-1)),
    "half of all numbers twice": ("collisions", lambda u: np.tile(u[: u.size // 2], 2)),
    "too even a lattice": ("birthdays", lambda u: (np.arange(u.size) * 0.6180339887498949) % 1.0),
    "three numbers in a plane": ("serial", lambda u: _congruential(u.size)),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_battery_finds(fault):
    check, planted = FAULTS[fault]
    (found,) = (each for each in CHECKS if each.__name__ == check)
    assert min(found(planted(over_runs(0, 2**19)))) < LEAST


@pytest.mark.parametrize("count", [2**19, pytest.param(2**24, marks=pytest.mark.slow)])
def test_normal_shocks_have_the_tails_of_the_law(count):
    """Beyond 1 to 5 standard deviations on either side, as many as a binomial number may be."""
    stream = Draws(11, range(count // SIDE)).stream("taste")[:, None]
    shock = Draws.normal(stream, labels("lot", SIDE))
    for deviations in np.arange(1.0, 5.1, 0.5):
        chance = float(stats.norm.sf(deviations))
        for beyond in (shock > deviations, shock < -deviations):
            number = int(beyond.sum())
            law = stats.binom(count, chance)
            assert min(law.cdf(number), law.sf(number - 1)) > LEAST, (deviations, number, count * chance)
