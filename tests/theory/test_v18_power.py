"""Power in weighted votes (V18): published bodies, exact by dynamic programming."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from lockin_sim.common import indices
from lockin_sim.common.errors import InputError

#: Body: voters by (weight, how many), quota, Shapley-Shubik and normalised Banzhaf by weight, power to act.
BODIES = {
    "textbook": (((50, 1), (49, 1), (1, 1)), 51, (2 / 3, 1 / 6, 1 / 6), (3 / 5, 1 / 5, 1 / 5), 0.375),
    "EEC of 6, 1958": (((4, 3), (2, 2), (1, 1)), 12, (7 / 30, 3 / 20, 0), (5 / 21, 1 / 7, 0), 0.21875),
    "EC of 9, 1973": (
        ((10, 4), (5, 2), (3, 2), (2, 1)), 41,
        (0.178571, 0.080952, 0.057143, 0.009524), (0.167192, 0.091483, 0.066246, 0.015773), 0.146484,
    ),
    "EC of 12, 1986": (
        ((10, 4), (8, 1), (5, 4), (3, 2), (2, 1)), 54,
        (0.134199, 0.111255, 0.063745, 0.042569, 0.011833),
        (0.128713, 0.108911, 0.066607, 0.045905, 0.018002), 0.098145,
    ),
    "EU of 15, 1995": (
        ((10, 4), (8, 1), (5, 4), (4, 2), (3, 3), (2, 1)), 62,
        (0.116667, 0.095460, 0.055175, 0.045360, 0.035254, 0.020690),
        (0.111621, 0.092424, 0.058738, 0.047872, 0.035919, 0.022638), 0.077789,
    ),
    "EU of 27, Nice": (
        ((29, 4), (27, 2), (14, 1), (13, 1), (12, 5), (10, 3), (7, 5), (4, 5), (3, 1)), 255,
        (0.086738, 0.079975, 0.039937, 0.036825, 0.034068, 0.028193, 0.019606, 0.011042, 0.008178),
        (0.077827, 0.074198, 0.042592, 0.039740, 0.036844, 0.030925, 0.021808, 0.012502, 0.009422),
        2_718_774 / 2**27,
    ),
    "UN Security Council": (((7, 5), (1, 10)), 39, (421 / 2145, 4 / 2145), (0.166929, 0.016535), 0.0258789),
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_v18_power_in_published_bodies(case, body):
    """Shapley-Shubik, Banzhaf and the power to act of councils, from six members to twenty-seven."""
    groups, quota, shapley, banzhaf, act = BODIES[body]
    weights = [w for w, count in groups for _ in range(count)]
    first = np.cumsum([0] + [count for _, count in groups])[:-1]
    found = indices.shapley_shubik(weights, quota)[first], indices.banzhaf(weights, quota)[first]
    for (w, _), s, b, expected_s, expected_b in zip(groups, *found, shapley, banzhaf, strict=True):
        case.exactly(f"Shapley-Shubik, weight {w}, {body}", expected_s, s, absolute=6e-7)
        case.exactly(f"Banzhaf, weight {w}, {body}", expected_b, b, absolute=6e-7)
    case.exactly(
        f"power to act, {body}", act, indices.swings(weights, quota)[1] / 2 ** len(weights), absolute=6e-7
    )


#: Millions, as in the annex of the treaty of 2001; from the Seville game theory group's page on Nice.
POPULATIONS = (
    82.038, 59.247, 58.966, 57.612, 39.394, 38.667, 22.489, 15.760, 10.533, 10.290, 10.213, 10.092, 9.980,
    8.854, 8.230, 8.082, 5.393, 5.313, 5.160, 3.744, 3.701, 2.439, 1.978, 1.446, 0.752, 0.429, 0.379,
)  # fmt: skip


def test_v18_two_rules_at_once(case):
    """Nice with votes and members: 16 coalitions of 255 votes have fewer than 14 members."""
    votes = [w for w, count in BODIES["EU of 27, Nice"][0] for _ in range(count)]
    rules, quotas = [votes, [1] * 27], [255, 14]
    case.exactly("winning coalitions", 2_718_758, indices.swings(rules, quotas)[1])
    case.exactly("Shapley-Shubik in all", 1.0, indices.shapley_shubik(rules, quotas).sum())
    hand = [
        [3, 2, 2, 1],
        [1, 1, 1, 1],
    ]  # 5 votes and 3 members: three of the heavy, or two of them and the light
    swings = [
        sum(_wins(hand, (*team, i), (5, 3)) and not _wins(hand, team, (5, 3))
            for size in range(4) for team in combinations([j for j in range(4) if j != i], size))
        for i in range(4)
    ]  # fmt: skip
    for i, power in enumerate(indices.penrose(hand, [5, 3])):
        case.exactly(f"absolute Banzhaf under two rules by hand, voter {i}", swings[i] / 8, power)


def _wins(rules, team, quotas):
    return all(sum(rule[j] for j in team) >= q for rule, q in zip(rules, quotas, strict=True))


@pytest.mark.slow
def test_v18_nice_with_its_three_rules(case):
    """Nice in full: 255 votes, 14 members and 62 % of the people, counted to 100 000."""
    votes = [w for w, count in BODIES["EU of 27, Nice"][0] for _ in range(count)]
    people = np.rint(10 * np.array(POPULATIONS)).astype(int)
    rules, quotas = [votes, [1] * 27, people], [255, 14, int(np.ceil(6.2 * sum(POPULATIONS)))]
    case.exactly("winning coalitions", 2_718_751, indices.swings(rules, quotas)[1])
    case.exactly("Banzhaf of Germany", 0.07782698, indices.banzhaf(rules, quotas)[0], absolute=6e-9)
    shapley = indices.shapley_shubik(rules, quotas)
    for who, place, value in (
        ("Germany", 0, 0.08713655), ("the United Kingdom", 1, 0.08699162),
        ("Spain", 4, 0.07993860), ("Malta", 26, 0.00817527),
    ):  # fmt: skip
        case.exactly(f"Shapley-Shubik of {who}", value, shapley[place], absolute=6e-9)


def test_v18_equal_votes_and_blocs(case):
    """Equal voters decide C(n - 1, q - 1) / 2^(n - 1) of the time, near Penrose's root law; a bloc more."""
    case.exactly("one of 101 equal votes", comb(100, 50) / 2**100, indices.penrose([1] * 101, 51)[0])
    root = float(np.sqrt(2 / (np.pi * 101)))
    case.exactly("square-root law", root, indices.penrose([1] * 101, 51)[0], relative=0.003)
    bloc = [5] + [1] * 15
    case.exactly("absolute Banzhaf of a bloc of 5", 0.789886, indices.penrose(bloc, 11)[0], absolute=6e-7)
    case.exactly("absolute Banzhaf beside it", 0.091644, indices.penrose(bloc, 11)[1], absolute=6e-7)
    case.exactly("Shapley-Shubik of a bloc of 5", 0.3125, indices.shapley_shubik(bloc, 11)[0])
    case.exactly("Shapley-Shubik beside it", 0.6875 / 15, indices.shapley_shubik(bloc, 11)[1])


@pytest.mark.parametrize(
    ("weights", "quota"),
    [
        ([1.5, 1], 2),
        ([], 1),
        ([-1, 2], 1),
        ([1, 1], 0),
        ([1, 1], 3),
        ([[1, 1], [2, 1]], 2),
        ([[1, 1]], [1, 1]),
    ],
)
def test_v18_votes_that_cannot_be_counted_are_refused(weights, quota):
    """Weights are whole numbers and a quota can be met."""
    with pytest.raises(InputError):
        indices.banzhaf(weights, quota)
