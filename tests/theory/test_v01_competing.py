"""Competing technologies: each adopter chooses once, knowing how many chose before (V01, V02, V35)."""

import numpy as np
import pytest
from theory import exact
from theory.regions import hoeffding
from theory.runs import arthur


def adopters(case, steps, *, copies, runs, p=0.5, lead=0, returns=1.0, low=1, high=1, engine="core"):
    """Lead of A over B after each adoption, (run, step, copy).

    Of two kinds of adopters, R (chance p) likes A by (low - 1/2) returns and S likes B by (high - 1/2).
    """
    drawn = case.rng.random((runs, steps + abs(lead), copies))
    likes = np.where(drawn < p, low - 0.5, 0.5 - high) * (abs(returns) or 1.0)
    return arthur(case.seed(), likes, returns, lead=lead, engine=engine)


CASES = [
    ("core", 48, 50, 25, 0.5, 5, 5, 2),
    ("core", 48, 50, 20, 0.5, 3, 3, 1),
    ("core", 48, 50, 36, 0.42, 7, 4, 1),
    *(
        pytest.param(*case, marks=pytest.mark.slow)
        for case in (
            ("core", 48, 50, 50, 0.5, 10, 10, 0),
            ("core", 48, 50, 50, 0.5, 10, 10, 5),
            ("core", 48, 50, 40, 0.55, 6, 9, -2),
        )
    ),
    ("mesa", 1, 60, 12, 0.5, 3, 2, 1),
]


@pytest.mark.parametrize(("engine", "runs", "copies", "steps", "p", "low", "high", "lead"), CASES)
def test_v35_lock_in_by_a_given_time(case, engine, runs, copies, steps, p, low, high, lead):
    """Increasing returns: the lead walks until one kind gives up its favourite; locked in by then, or not."""
    d = adopters(
        case, steps, copies=copies, runs=runs, p=p, low=low, high=high, lead=lead, returns=0.3, engine=engine
    )
    to_b, to_a = (d <= -low).any(axis=1), (d >= high).any(axis=1)
    at_low, at_high = exact.walk(p, low, high, lead, steps)
    what = f"L = {low}, U = {high}, head start {lead}, p = {p}, {steps} adopters"
    case.proportion(f"locked in to A: {what}", at_high[-1], to_a & ~to_b)
    case.proportion(f"locked in to B: {what}", at_low[-1], to_b & ~to_a)
    case.proportion(f"still open: {what}", 1 - at_low[-1] - at_high[-1], ~to_a & ~to_b)
    first = np.where(to_a | to_b, ((d <= -low) | (d >= high)).argmax(axis=1) + 1, steps)
    mean = float((1 - (at_low + at_high))[:-1].sum())  # of min(T, steps): sum of survival
    case.check(
        f"mean adopters before lock-in, at most {steps}",
        mean,
        first.mean(),
        hoeffding(mean, first.size, high=steps),
        first.size,
    )
    after = np.diff(np.where(to_a[:, None], d, -d), axis=1)
    settled = (np.arange(1, steps)[:, None] >= first[:, None]) & (to_a | to_b)[:, None]
    case.exactly("adopters who leave the winner after lock-in", 0.0, (after[settled] < 0).sum())


AT_LENGTH = [(400, 5, 5, 0, 0.5, 20), (400, 5, 5, 3, 0.5, 20), (700, 10, 10, 9, 0.5, 10)]


@pytest.mark.parametrize(
    ("steps", "low", "high", "lead", "p", "runs"),
    [(100, 4, 4, 1, 0.6, 16), *(pytest.param(*case, marks=pytest.mark.slow) for case in AT_LENGTH)],
)
def test_v01_who_wins_in_the_end(case, steps, low, high, lead, p, runs):
    """In the end one technology has the market, with the gambler's chances: (L + d) / (L + U) for p = 1/2."""
    d = adopters(case, steps, copies=25, runs=runs, p=p, low=low, high=high, lead=lead, returns=0.7)
    at_low, at_high = exact.walk(p, low, high, lead, steps)
    left = 1 - at_low[-1] - at_high[-1]
    assert left < 2e-3
    case.exactly(f"open after {steps} adopters", exact.ruin(p, low, high, lead), at_high[-1], absolute=left)
    what = f"A has the market, L = {low}, U = {high}, head start {lead}, p = {p}"
    case.proportion(what, at_high[-1], (d >= high).any(axis=1), lead=lead, low=low, high=high)


@pytest.mark.parametrize("lead", [-4, 2, *(pytest.param(d, marks=pytest.mark.slow) for d in (-1, 3))])
def test_v01_head_start(case, lead):
    """Each adopter of a head start is worth 1 / (L + U) of the market in the end: the first-mover effect."""
    steps, low = 130, 5
    d = adopters(case, steps, copies=25, runs=16, low=low, high=low, lead=lead, returns=0.7)
    _, at_high = exact.walk(0.5, low, low, lead, steps)
    hits = (d >= low).any(axis=1)
    case.proportion(
        f"A has the market within {steps} adopters, head start {lead}",
        at_high[-1],
        hits,
        lead=lead,
        ruin=exact.ruin(0.5, low, low, lead),
        low=low,
    )


@pytest.mark.parametrize(
    ("engine", "runs", "copies", "steps", "barrier"),
    [("core", 16, 25, 101, 5), ("core", 16, 50, 60, 3), ("mesa", 1, 60, 9, 2)],
)
def test_v02_diminishing_returns_share_the_market(case, engine, runs, copies, steps, barrier):
    """Diminishing returns turn the lead back at both barriers: no history, shares go to one half."""
    d = adopters(
        case, steps, copies=copies, runs=runs, low=barrier, high=barrier, returns=-0.4, engine=engine
    )
    case.exactly("largest lead ever", barrier, np.abs(d).max())
    law = exact.reflected(0.5, barrier, steps)
    case.counts(
        f"lead after {steps} adopters",
        law[law > 0],
        np.bincount(d[:, -1].astype(int).ravel() + barrier, minlength=2 * barrier + 1)[law > 0],
    )
