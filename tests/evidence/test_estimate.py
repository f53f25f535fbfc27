"""Small tools of estimation against textbook answers."""

import numpy as np
import pytest
from scipy import stats

from experiments.estimates.estimates import rate
from experiments.estimates.votes import slope
from lockin_sim.common.errors import InputError
from lockin_sim.evidence.estimate import ABSTAIN, NO, NOT_YES, YES, estimate_share, fit_ordered_logit


def test_a_share_has_its_exact_interval():
    assert estimate_share(0, 10) == (0.0, 0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert estimate_share(10, 10) == (1.0, pytest.approx(0.025 ** (1 / 10)), 1.0)
    exact = stats.binomtest(4, 7).proportion_ci(method="exact")
    assert estimate_share(4, 7)[1:] == (pytest.approx(exact.low), pytest.approx(exact.high))


def test_a_slope_is_that_of_least_squares():
    random = np.random.default_rng(1)
    x = random.normal(size=12)
    y = 2 * x + random.normal(size=12)
    known = stats.linregress(x, y)
    assert slope(y, x) == (pytest.approx(known.slope), pytest.approx(known.stderr), 10)


def test_the_rate_is_that_of_exponential_waits_one_a_family():
    family, years = np.array(["a", "a", "b"]), np.array([1.0, 3.0, 2.0])
    value, low, high = rate(family, years)  # two waits of two years
    assert value == pytest.approx(1 - np.exp(-0.5))
    ends = stats.chi2(4).ppf([0.025, 0.975]) / 2 / 4
    assert (low, high) == (pytest.approx(1 - np.exp(-ends[0])), pytest.approx(1 - np.exp(-ends[1])))


def test_the_interval_of_the_rate_covers_it_as_often_as_it_says():
    random, hits = np.random.default_rng(3), 0
    for waits in random.exponential(1 / 0.4, size=(400, 7)):
        _, low, high = rate(np.arange(7), waits)
        hits += low <= 1 - np.exp(-0.4) <= high
    assert 366 <= hits <= 393  # 380 expected


# --- the ordered logit ---


def logit(share):
    return float(np.log(share / (1 - share)))


def two_by_two(yes, no):
    """Covariates (a constant and a group) and answers of two groups."""
    group = np.repeat([0.0, 0.0, 1.0, 1.0], [yes[0], no[0], yes[1], no[1]])
    answer = np.repeat([YES, NOT_YES, YES, NOT_YES], [yes[0], no[0], yes[1], no[1]])
    return np.column_stack([np.ones(len(group)), group]), answer


def test_two_by_two_gives_the_log_odds_ratio_and_its_textbook_error():
    x, answer = two_by_two((300, 450), (200, 150))
    found = fit_ordered_logit(x, answer, np.arange(len(answer)))
    np.testing.assert_allclose(found.values, [logit(0.6), logit(0.75) - logit(0.6)], atol=1e-6)
    variance = 1 / 300 + 1 / 200 + 1 / 450 + 1 / 150  # Woolf (1955); by leaving out one, little more
    assert variance < found.covariance[1, 1] < 1.01 * variance
    assert not found.banded


def test_saying_everything_twice_adds_no_information():
    x, answer = two_by_two((30, 45), (20, 15))
    once = fit_ordered_logit(x, answer, np.arange(len(answer)))
    twice = fit_ordered_logit(np.tile(x, (2, 1)), np.tile(answer, 2), np.tile(np.arange(len(answer)), 2))
    np.testing.assert_allclose(twice.covariance, once.covariance, rtol=1e-4)
    assert (twice.n, twice.clusters) == (2 * once.n, once.clusters)


def test_a_constant_alone_gives_the_shares_of_yes_and_no():
    answer = np.repeat([YES, NO, ABSTAIN], [50, 30, 20])
    found = fit_ordered_logit(np.ones((100, 1)), answer, np.arange(100))
    u, band = found.values
    assert u == pytest.approx(logit(0.5), abs=1e-6)
    assert -(u + band) == pytest.approx(logit(0.3), abs=1e-6)


def test_ballots_where_nobody_could_abstain_say_nothing_of_the_band():
    answer = np.repeat([YES, NO, ABSTAIN, YES, NOT_YES], [50, 30, 20, 10, 40])
    motion = np.repeat([0, 1], [100, 50])
    found = fit_ordered_logit(np.eye(2)[motion], answer, np.arange(150))
    np.testing.assert_allclose(found.values[:2], [0.0, logit(0.2)], atol=1e-6)
    assert -(found.values[0] + found.values[2]) == pytest.approx(logit(0.3), abs=1e-6)


def test_errors_are_those_of_leaving_out_one_economy_at_a_time():
    x, answer, of = drawn(np.random.default_rng(4))
    found = fit_ordered_logit(x, answer, of)
    left_out = []
    for economy in range(of.max() + 1):
        rest = of != economy
        again = np.unique(of[rest], return_inverse=True)[1]
        left_out.append(fit_ordered_logit(x[rest], answer[rest], again).values)
    moved = np.array(left_out) - found.values
    jackknife = (len(moved) - 1) / len(moved) * (moved**2).sum(axis=0)
    np.testing.assert_allclose(np.diag(found.covariance), jackknife, rtol=0.1)  # to first order


TRUE = np.array([0.5, -0.5, 2.0, 1.5])  # two motions, a covariate, the band


def drawn(random, economies=80, motions=2):
    """Answers from known parameters; the covariate is that of the economy."""
    of, motion = np.repeat(np.arange(economies), motions), np.tile(np.arange(motions), economies)
    covariate = random.normal(size=economies)[of]
    x = np.column_stack([np.eye(motions)[motion], covariate])
    latent = x @ TRUE[:-1] + random.logistic(size=len(of))
    return x, np.select([latent > 0, latent < -TRUE[-1]], [YES, NO], ABSTAIN), of


def test_intervals_cover_known_parameters_as_often_as_they_say():
    random, weights = np.random.default_rng(5), np.eye(len(TRUE))
    inside, values = np.zeros(len(TRUE)), []
    for _ in range(200):
        found = fit_ordered_logit(*drawn(random))
        ends = np.array([found.interval(w) for w in weights])
        inside += (ends[:, 1] <= TRUE) & (ends[:, 2] >= TRUE)
        values.append(found.values)
    # of 200 intervals of 95 %, 181 to 198 hold the truth in all but one series in a thousand
    assert (inside >= 180).all(), inside
    assert (inside <= 198).all(), inside
    np.testing.assert_allclose(np.mean(values, axis=0), TRUE, atol=0.12)


def test_a_placebo_shows_nothing_though_it_goes_with_what_matters():
    random, excluded = np.random.default_rng(6), 0
    for _ in range(100):
        x, answer, of = drawn(random)
        placebo = x[:, 2] + random.normal(size=of.max() + 1)[of]
        found = fit_ordered_logit(np.column_stack([x, placebo]), answer, of)
        _, low, high = found.interval(np.eye(5)[3])
        excluded += low > 0 or high < 0
    assert excluded <= 12  # 5 expected; more than 12 once in a thousand


@pytest.mark.parametrize("other", ["the same again", "tells all apart"])
def test_what_cannot_be_estimated_is_refused(other):
    x, answer, of = drawn(np.random.default_rng(7))
    more = x[:, 2] if other == "the same again" else (answer == YES).astype(float)
    with pytest.raises(InputError, match="160 answers do not determine 5 parameters"):
        fit_ordered_logit(np.column_stack([x, more]), answer, of)
