"""How a finding is written and said: any sign, any unit, and where nothing is defined."""

import math

import pytest

from lockin_sim.common.wording import Unit, effect_digits
from lockin_sim.words.findings import CHANCE, DRAWS, FEWEST, FUTURES, RUNS, SINGLE, Finding, Verdict
from lockin_sim.words.prose import say

NONE = (math.nan, math.nan, math.nan)


def found(size, low, high, doubt=CHANCE, **more):
    return Finding("it", size, low, high, doubt=doubt, **more)


def plain(text):
    """With ordinary spaces and minus signs."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").replace("−", "-")


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((5.2, 3.4, 7.2), "5.2 % (90 % of runs: 3.4 to 7.2)"),
        ((42.7, 33.6, 47.8), "43 % (90 % of runs: 34 to 48)"),
        ((22.84, 22.2, 23.6), "22.8 % (90 % of runs: 22.2 to 23.6)"),
        (NONE, "not defined in any run"),
    ],
)
def test_levels_say_how_far_runs_differ(numbers, said):
    assert plain(say("findings.level", f=found(*numbers, RUNS))) == said


@pytest.mark.parametrize(
    ("size", "agree", "draws", "away", "runs", "least", "verdict"),
    [
        (-3.1, 0.90, 53, 2.5, FEWEST, None, Verdict.LOWERS),
        (-3.1, 0.90, 39, 2.5, FEWEST, None, Verdict.PROBABLY_LOWERS),  # of few draws more must agree
        (-3.1, 0.91, 39, 2.5, FEWEST, None, Verdict.LOWERS),
        (3.1, 0.95, 53, 2.5, 500, None, Verdict.RAISES),
        (3.1, 0.95, 53, 0.04, 500, None, Verdict.PROBABLY_RAISES),  # another 500 might find it too small
        (3.1, 0.95, 53, math.nan, 500, None, Verdict.PROBABLY_RAISES),
        (-3.1, 0.89, 500, 2.5, 500, None, Verdict.PROBABLY_LOWERS),
        (3.1, 0.80, 53, -1.0, 500, None, Verdict.PROBABLY_RAISES),
        (-3.1, 0.79, 500, 2.5, 500, None, Verdict.UNCLEAR),
        (-3.1, 1.0, 53, 2.5, FEWEST - 1, None, Verdict.FEW),
        (-0.049, 1.0, 53, 0.04, FEWEST, None, Verdict.SMALL),  # in percentage points
        (-0.06, 1.0, 53, 0.051, FEWEST, None, Verdict.LOWERS),
        (-0.06, 1.0, 53, 0.049, FEWEST, None, Verdict.PROBABLY_LOWERS),
        (-0.2, 1.0, 53, 0.1, FEWEST, 0.3, Verdict.SMALL),  # of an outcome with a size of its own
        (math.nan, math.nan, 0, math.nan, FEWEST, None, Verdict.UNDEFINED),
    ],
)
def test_a_direction_is_claimed_of_what_is_surely_large_enough_and_alike_in_nine_of_ten_futures(
    size, agree, draws, away, runs, least, verdict
):
    wide = found(
        size, -9.0, 9.0, FUTURES, sign_share=agree, draws=draws, away=away, runs=runs, least=least
    )  # fmt: skip
    assert wide.verdict is verdict
    assert wide.clear is (verdict in (Verdict.LOWERS, Verdict.RAISES))
    assert wide.probable is (wide.clear or verdict.startswith("probably"))
    if wide.known:
        assert wide.flipped.clear is wide.clear
        begins = {
            Verdict.LOWERS: "lowers it by",
            Verdict.RAISES: "raises it by",
            Verdict.PROBABLY_LOWERS: "probably lowers it by",
            Verdict.PROBABLY_RAISES: "probably raises it by",
            Verdict.SMALL: "hardly changes it",
            Verdict.UNCLEAR: "has no clear effect on it",
            Verdict.FEW: "has an unclear effect on it",
        }
        assert plain(say("findings.changes", f=wide, what="it")).startswith(begins[verdict])


def test_each_kind_of_doubt_has_its_digits():
    numbers = (0.52, 0.13, 4.2)
    assert [found(*numbers, doubt).digits for doubt in (CHANCE, SINGLE, DRAWS, RUNS)] == [2, 1, 0, 2]
    bn = Unit(1.0, "bn USD", "bn USD", "bn USD")
    assert [found(x, x, x, DRAWS, unit=bn).digits for x in (45.0, 4.5, 0.45)] == [0, 1, 2]
    assert say("findings.drawn", f=found(0.0, 0.0, 0.0, DRAWS, unit=bn)) == "nothing"
    assert plain(say("findings.drawn", f=found(12.3, 3.1, 30.4, DRAWS))) == "12 % (3 to 30)"


def test_a_gain_of_utility_is_a_fall_of_price():
    price = found(0.02, 0.01, 0.03).scaled(-50.0, Unit(1.0, "%", "%", "%"))
    assert (price.size, price.low, price.high) == pytest.approx((-1.0, -1.5, -0.5))
    assert price.flipped.size == 1.0


def test_who_pays_is_said_once_for_all():
    usd = Unit(1.0, "USD bn", "USD bn", "USD bn")
    payers = (
        Finding("the EU pays", 230.0, 220.0, 240.0, usd),
        Finding("China pays", -13.0, -14.0, -12.0, usd),
    )
    said = plain(say("findings.pays", f=found(1, 1, 1, payers=payers), last=2050))
    assert said == "the EU pays 230 bn USD more and China pays 13 bn USD less until 2050"
    unclear = Finding("the EU pays", 3.0, -5.0, 9.0, usd, FUTURES, sign_share=0.7, runs=FEWEST)
    said = plain(say("findings.pays", f=found(1, 1, 1, payers=(unclear, payers[1])), last=2050))
    assert (
        said == "the EU pays an unclear sum (+3.0 bn USD on average) and China pays 13 bn USD less until 2050"
    )
    probable = unclear._replace(sign_share=0.85)
    said = plain(say("findings.pays", f=found(1, 1, 1, payers=(probable, payers[1])), last=2050))
    assert said == "the EU pays probably 3.0 bn USD more and China pays 13 bn USD less until 2050"
    assert say("findings.pays", f=found(1, 1, 1), last=2050) == "not examined"


def test_a_probable_effect_says_how_many_futures_agree():
    some = found(-1.2, -2.5, 0.4, FUTURES, sign_share=0.84, draws=53, away=0.5, runs=FEWEST)
    assert plain(say("findings.changes", f=some, what="it")) == (
        "probably lowers it by 1.2 percentage points (the same direction in 84 % of futures; "
        "90 % of futures: -0.4 to 2.5)"
    )


@pytest.mark.parametrize(
    ("numbers", "digits"),
    [
        ((-16.55, -17.2, -15.8), 0),
        ((5.0, 4.98, 5.02), 1),
        ((-1564.0, -1602.0, -1527.0), -2),
        ((-0.281, -0.4, -0.1), 2),
        ((-0.281, -0.4, -0.004), 3),
        ((0.003, -5.0, 5.0), 0),
        ((0.003, -0.2, 0.3), 1),
        ((-4.3, -10.5, 1.9), 0),
        ((-140.0, -340.0, 60.0), -1),
    ],
)
def test_effects_have_two_significant_digits_and_ends_that_are_not_zero(numbers, digits):
    assert effect_digits(*numbers) == digits


def test_a_sentence_that_lacks_a_fact_is_an_error():
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        say("findings.range")
