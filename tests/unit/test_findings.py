"""How a finding is written and said: any sign, any unit, and where nothing is defined."""

import math

import pytest

from lockin_sim.common.findings import CHANCE, DRAWS, FEWEST, FUTURES, PROBABLE, Finding, Verdict
from lockin_sim.common.formats import effect_digits, unit_of
from lockin_sim.common.prose import render_sentence
from lockin_sim.common.statistics import Estimate
from lockin_sim.studies.printing import format_level


def found(size, low, high, doubt=CHANCE, **more):
    return Finding("it", size, low, high, doubt=doubt, **more)


@pytest.mark.parametrize(
    ("size", "agree", "draws", "away", "runs", "least", "verdict"),
    [
        (-3.1, 0.90, 53, 2.5, FEWEST, None, Verdict.LOWERS),
        (-3.1, 0.90, 39, 2.5, FEWEST, None, Verdict.PROBABLY_LOWERS),  # of few draws more must agree
        (-3.1, 0.91, 39, 2.5, FEWEST, None, Verdict.LOWERS),
        (3.1, 0.95, 53, 2.5, 500, None, Verdict.RAISES),
        (3.1, 0.95, 53, 0.04, 500, None, Verdict.PROBABLY_RAISES),  # another 500 might find it too small
        (-3.1, 0.89, 500, 2.5, 500, None, Verdict.PROBABLY_LOWERS),
        (3.1, 0.80, 53, 0.01, 500, None, Verdict.PROBABLY_RAISES),
        (3.1, 0.95, 53, -0.01, 500, None, Verdict.UNCLEAR),  # the mean may be zero
        (3.1, 0.95, 53, math.nan, 500, None, Verdict.UNCLEAR),  # or is of one draw
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
    assert not wide.known or wide.flipped.clear is wide.clear


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


@pytest.mark.parametrize(
    ("agree", "same", "said"),
    [
        (0.86, 0.0, "the same direction in 86 % of futures"),
        (0.39, 0.52, "no change in 52 % of futures, the same direction in 81 % of the rest"),
        (0.002, 0.997, "no change in 99.7 % of futures, the same direction in 67 % of the rest"),
    ],
)
def test_futures_without_any_change_are_not_said_to_disagree(agree, same, said):
    unclear = found(-3.1, -9.0, 1.0, FUTURES, sign_share=agree, zero_share=same, draws=53, away=-1.0, runs=64)
    found_said = render_sentence("findings.changes", f=unclear, what="it").replace("\N{NO-BREAK SPACE}", " ")
    assert said in found_said
    assert ("but the mean may be zero" in found_said) is (agree >= PROBABLE)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((14.9, 9.4, 21.7), "15 bn USD (9 to 22)"),
        ((254.0, 209.0, 311.0), "250 bn USD (210 to 310)"),
        ((8.8, 4.8, 15.0), "8.8 bn USD (4.8 to 15.0)"),
        ((46.2, 0.0, 202.0), "46 bn USD (0 to 202)"),
        ((0.21, 0.0, 0.4), "0.21 bn USD (0.00 to 0.40)"),
    ],
)
def test_a_sum_over_draws_has_two_significant_digits(numbers, said):
    assert (
        render_sentence("findings.drawn", f=found(*numbers, DRAWS, unit=unit_of("USD bn"))).replace(
            "\N{NO-BREAK SPACE}", " "
        )
        == said
    )


def test_who_pays_is_said_with_its_range():
    eu, china = found(3.2, 0.8, 9.0, unit=unit_of("USD bn")), found(-5.9, -11.0, -2.0, unit=unit_of("USD bn"))
    payers = (eu._replace(what="the EU"), china._replace(what="China"))
    said = render_sentence("findings.pays", f=found(1.0, 0.5, 2.0, payers=payers), last=2050)
    expected = "the EU 3.2 bn USD more (0.8 to 9.0) and China 5.9 bn USD less (2.0 to 11.0) until 2050"
    assert said.strip().replace("\N{NO-BREAK SPACE}", " ") == expected


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ((0.541, 0.1, 0.9), "0.54 (0.10 to 0.90)"),
        ((254.0, 4.0, 311.0), "254 (4 to 311)"),
        ((254.0, 0.0, 311.0), "250 (0 to 310)"),
        ((12.3, 12.3, 12.3), "12"),
    ],
)
def test_a_level_has_two_significant_digits_and_no_end_that_is_taken_for_zero(level, said):
    assert format_level(Estimate(*level)) == said
