"""Rules whose answer is one sum: each row a call, and what it gives, worked out by hand."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from lockin_sim.rules import (  # fmt: skip
    adoption,
    choice,
    contracts,
    diffusion,
    finance,
    pricing,
    regulation,
    restriction,
    users,
    utility,
    voting,
)

NONE, LOG3 = -np.inf, np.log(3.0)


class Sum(NamedTuple):
    """A call of a rule.  Lists are arrays; the comment beside it says how the answer is found."""

    rule: Callable[..., Any]
    given: tuple[Any, ...]
    expected: Any
    named: dict[str, Any] | None = None


#: Common compliance of vendors that speak (1, 0), (.4, .6) and (0, 1) as mixes.
COMMON = diffusion.common_part(np.array([[1.0, 0.0], [0.4, 0.6], [0.0, 1.0]]))
FITS = diffusion.interoperability(COMMON, np.array([[0.5]]))

UTILITY = {
    "quality counts by its weight": Sum(utility.quality_term, ([0.5, -1.0], 2.0), [1.0, -2.0]),
    # price 2 less 20 % is 1.6, log .4700036, times 4; price 1 without finance is worth nothing
    "price counts by its logarithm after finance": Sum(
        utility.price_term, (np.log([2.0, 1.0]), [0.2, 0.0], 4.0), [-1.88001452, 0.0]),
    # at e times the reference income, slope .5: 4 e^-.5
    "the rich mind prices less": Sum(
        utility.price_sensitivity, ([0.0, 1.0],), [4.0, 2.42612264],
        {"price_weight": 4.0, "price_income_slope": 0.5}),
    # bonus 1.5 at home, with a partner of a quarter, and abroad; times .8
    "an offer has its bonus at home and by a partner's part": Sum(
        utility.home_term, ([1.5] * 3, [1.0, 0.25, 0.0], 0.8), [1.2, 0.3, 0.0]),
    "neighbours pull": Sum(utility.network_term, ([0.3, 0.7], 4.0), [1.2, 2.8]),
    "own layers pull": Sum(utility.stack_term, ([0.5, 0.0], 0.8), [0.4, 0.0]),
    # cost 5: nothing for the incumbent, 3.5 for one that fits .3; half of it when a generation frees
    "leaving costs what does not fit the incumbent": Sum(
        utility.switching_term, ([[1.0, 0.3]] * 2, 5.0, [[1.0], [0.5]]), [[0.0, -3.5], [0.0, -1.75]]),
    "nothing installed means nothing to switch": Sum(
        utility.switching_term, (np.ones(2), 5.0, [1.0]), [0.0, 0.0]),
    "affinity pulls both ways": Sum(utility.affinity_term, ([1.0, -0.5], 0.8), [0.8, -0.4]),
    # status 75 : 25: all in the first family .75, one split evenly .5
    "status counts for what a vendor complies with": Sum(
        utility.official_status,
        ([[0.75, 0.25], [0.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]], np.zeros((2, 2), dtype=bool)),
        [[0.75, 0.5], [0.0, 0.0]]),
    # the second country demands the second family; the last offer speaks both
    "where a family is demanded every offer has its status": Sum(
        utility.official_status,
        ([[0.75, 0.25]] * 2, [[1.0, 0.0], [0.4, 0.5], [1.0, 1.0]], [[False, False], [False, True]]),
        [[0.75, 0.425, 1.0], [1.0, 0.55, 1.0]]),
    "status has its weight": Sum(utility.official_term, ([[0.75, 0.5]], 2.0), [[1.5, 1.0]]),
    "distrust needs concern and salience": Sum(
        utility.concern_term, ([0.8, 0.8, 0.0], [0.5, 0.0, 1.0], 2.0), [-0.8, 0.0, 0.0]),
    "the operator's other lot pulls as it fits": Sum(
        utility.sibling_term, ([1.0, 0.3], 1.5), [1.5, 0.45]),
    "at 3,000 km nobody is better suited": Sum(utility.length_term, ([3000.0], [0.5, -0.2]), [0.0, 0.0]),
    "at ten times that by 2.302585 slopes": Sum(
        utility.length_term, ([30000.0], [0.5, -0.2]), [1.15129255, -0.46051702]),
    # ten times the reference income, weight .5: .5 * 2.302585 less
    "staying out is worth less to the rich": Sum(
        utility.outside_option, ([0.0, 2.302585],), [-5.5, -6.6512925],
        {"outside_level": -5.5, "outside_income_weight": 0.5}),
    "staying out may be no option": Sum(
        utility.outside_option, ([1.0],), [NONE], {"outside_level": NONE, "outside_income_weight": 0.5}),
    "salience is as recorded": Sum(utility.salience_now, ([0.9], [0.0], 0.2), [0.9]),
    "salience fades": Sum(utility.salience_now, ([0.9], [5.0], 0.2), [0.9 * np.exp(-1)]),
    "salience may stay": Sum(utility.salience_now, ([0.9], [5.0], 0.0), [0.9]),
}  # fmt: skip

PRICING = {
    "without learning cost stays": Sum(
        pricing.learned_cost, ([1.3, 0.8], [50.0, 2.0], [10.0], [0.0]), [1.3, 0.8]),
    "without volume cost stays": Sum(pricing.learned_cost, ([1.3], [0.0], [10.0], [0.4]), [1.3]),
    # 1 + .5 + .2 less the best spoken, 1, is .7 families; of others, .5 and .2, at 4 % each .028
    "families beyond the first cost, and those of others": Sum(
        pricing.speaking_cost, ([[1.0, 0.5, 0.2], [0.0, 1.0, 0.0]], [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]),
        [0.014 + 0.028, 0.0], {"dual_cost": 0.02, "royalty_rate": 0.04}),
    "a subsidy takes its share off the price, and what is extra counts": Sum(
        pricing.list_price, ([2.0, 2.0, 2.0], [0.5, 0.0, 0.25], [0.042, 0.0, 0.0]), [1.042, 2.0, 1.5]),
    # the second country fines 20 % for the second family, which offers speak to .5, 0 and 1
    "an offer is fined for the part that does not speak what was agreed": Sum(
        pricing.fines, ([[0.0, 0.0], [0.0, 0.2]], [[1.0, 0.5], [1.0, 0.0], [0.0, 1.0]]),
        [[0.0, 0.0, 0.0], [0.1, 0.2, 0.0]]),
    "vendors pass on what data rules cost": Sum(
        pricing.compliant_price, (np.log([3.0, 1.7]), [0.1, 0.0]), np.log([3.3, 1.7])),
    # half of 1.1, three quarters of 1, all of 1.2
    "a state pays its share of what buyers are asked": Sum(
        pricing.subsidised, (np.array([0.1, 0.0, 0.2]), np.array([0.5, 0.25, 0.0])), [-0.45, -0.25, 0.2]),
    # the vendor at 3.0 is not on the market; a tenth of the gap to 1.0 each year
    "quality closes its share of the gap": Sum(
        pricing.catch_up, ([1.0, 0.0, -1.0, 3.0], [True, True, True, False], 0.1), [0.0, 0.1, 0.2, 0.0]),
    "where nobody is on the market nobody learns": Sum(
        pricing.catch_up, ([[1.0, 0.5]], np.zeros((1, 2), dtype=bool), 0.1), [[0.0, 0.0]]),
    "quality drifts where it is not on record any more": Sum(
        pricing.drift, ([1.0, -2.0, 3.0], [1.0, 1.0, 0.0], 0.5), [0.5, -1.0, 0.0]),
}  # fmt: skip

DIFFUSION = {
    # in common .4 of first and second, 0 of first and third, .6 of second and third; half open
    "vendors interoperate by shared standards as far as the domain is open": Sum(
        diffusion.interoperability, (COMMON, [[0.5]]), [[1.0, 0.2, 0.0], [0.2, 1.0, 0.3], [0.0, 0.3, 1.0]]),
    "in a closed domain a vendor fits only itself": Sum(
        diffusion.interoperability, (COMMON, [[0.0]]), np.eye(3)),
    "in an open domain with one standard everything fits": Sum(
        diffusion.interoperability, (np.ones((3, 3)), [[1.0]]), np.ones((3, 3))),
    # .3 of the first and 1 of the second in common: 1; .9 and .2 with a vendor of the first alone: .9
    "vendors of several families meet in the one that both speak best": Sum(
        diffusion.common_family, ([[0.3, 1.0], [0.9, 1.0], [1.0, 0.2]],),
        [[1.0, 1.0, 0.3], [1.0, 1.0, 0.9], [0.3, 0.9, 1.0]]),
    "of mixes vendors have every part in common": Sum(
        diffusion.common_part, ([[0.3, 0.7], [0.6, 0.4]],), [[1.0, 0.7], [0.7, 1.0]]),
    # .5 + .3 * .2; .5 * .2 + .3 + .1 * .3; ...
    "the base that fits an offer": Sum(
        diffusion.fitting_base, ([[0.5, 0.3, 0.1]], FITS), [[0.56, 0.43, 0.19]]),
    "vendors prefer the family of their own sponsor": Sum(
        diffusion.own_preference, ([[0.0, 1.0], [0.0, 0.0]], [[2.0], [2.0]], 0.3),
        [[0.0, 0.6], [0.0, 0.0]]),
    "compliance moves its share of the way to its target": Sum(
        diffusion.next_compliance, ([[1.0, 0.1]], [[1.0, 0.5]], 0.25), [[1.0, 0.2]]),
    # capacity 3, 1 and 4 of 10: the first demands the second family, the first and third the first
    "the base in demanding markets is a share by value": Sum(
        diffusion.demanding_share,
        ([[3.0, 1.0, 4.0]], [[True, True], [False, False], [True, False]], [[10.0]]), [[0.7, 0.3]]),
    "of nothing no share demands": Sum(
        diffusion.demanding_share, (np.zeros((1, 3)), np.ones((3, 2), dtype=bool), [[0.0]]), [[0.0, 0.0]]),
    # .6 * .5 + .2 * .5 + .4 * .1 + .3 * .9
    "in a demanding market everything speaks the family, elsewhere what vendors build": Sum(
        diffusion.reach, ([[0.6, 0.4]], [[[0.2], [0.3]]], [[0.5], [0.1]]), [[0.71]]),
    "reach of the first vendor": Sum(
        diffusion.reach, ([[0.6, 0.4]], [[[0.2], [0.3]]], [[0.5], [0.1]], [[1.0], [0.0]]), [[0.4]]),
    # pull .3 + .2 * .5 against .6 * .6: target .5263, .4737; a tenth of the way from (1, 0)
    "a mix moves its share of the way to the pull": Sum(
        diffusion.next_mix, ([[1.0, 0.0]], [[0.0, 0.3]], [[0.6, 0.2]], [[0.6, 0.5]], 0.1),
        [[0.947368421, 0.052631579]]),
    "without any pull a mix stays": Sum(
        diffusion.next_mix, ([[0.7, 0.3]], *[np.zeros((1, 2))] * 3, 1.0), [[0.7, 0.3]]),
    # use .6, 0, 0, mean .2: drift .5 moves +.2, -.1, -.1, and 1 is the end
    "affinity drifts towards platforms used more than others": Sum(
        diffusion.next_affinity, ([0.9, 0.0, -1.0], [0.6, 0.0, 0.0], 0.5), [1.0, -0.1, -1.0]),
    "market shares are parts of what is deployed": Sum(
        diffusion.market_shares, ([[0.3, 0.1, 0.0], [0.0, 0.0, 0.0]],),
        [[0.75, 0.25, 0.0], [0.0, 0.0, 0.0]]),
    "without platforms nobody uses any": Sum(
        diffusion.platform_use, (np.ones((1, 1, 2)), np.ones((1, 2, 1), dtype=bool), [False]), [[0.0]]),
    # sponsors 0 and 1 keep a fifth of a half; the vendor without a sponsor, last, keeps all
    "vendors of decoupled sponsors work together less": Sum(
        diffusion.pair_openness, ([0.5], [[1.0, 0.2], [0.2, 1.0]], [[0, 1, 2]]),
        [[[0.5, 0.1, 0.5], [0.1, 0.5, 0.5], [0.5, 0.5, 0.5]]]),
}  # fmt: skip

FINANCE = {
    "a loan at the borrower's own rate is no gift": Sum(finance.grant_element, (0.07, 12, 3, 0.07), 0.0),
    # (10 - 2) / .5; more was spent than there is; nobody was going to take it: a hundredth counts
    "money that can be promised": Sum(
        finance.budget, ([10.0, 3.0, 1.0], [2.0, 4.0, 0.0], [0.5, 0.5, 0.0]), [16.0, 0.0, 100.0]),
    # .85 of 2.2 times a contract of 10, half and a quarter of it
    "loans pay their part of a contract and of what comes with it": Sum(
        finance.loans, ([[10.0]], [[0.5, 0.25]], 0.85, [[2.2]]), [[9.35, 4.675]]),
    # .85 * (.6 * 40 % + .1 * 20 % + .3 * 30 %)
    "loans take their financed part times their gift off the price": Sum(
        finance.price_benefit, ([[[0.6, 0.1, 0.3], [0.0, 0.5, 0.0]]], [[40.0, 20.0, 30.0]], 0.85),
        [[0.2975, 0.085]]),
    "loans dearer than the market take nothing off": Sum(
        finance.price_benefit, ([[[0.6, 0.1, 0.3], [0.0, 0.5, 0.0]]], [[-40.0, 20.0, 30.0]], 0.85),
        [[0.0935, 0.085]]),
    # .7 * .5 + .3 * (2 of 8); it rests when nothing was asked
    "take-up is a moving average": Sum(
        finance.take_up, ([0.5, 0.5], [2.0, 0.0], [8.0, 0.0], 0.7), [0.425, 0.5]),
}  # fmt: skip

BUYING = {
    # base 75 : 25; P = (.9, .1) with, (.6, .4) without switching costs: .75 * .3 - .25 * .3
    "the switching pull is what switching costs add to the incumbents": Sum(
        choice.switching_pull, ([0.75, 0.25], [0.9, 0.1], [0.6, 0.4]), [0.225, -0.075]),
    # a tenth of a 3 bn-a-year market for 8 years, bought every 8 years
    "a contract is worth the market of its years": Sum(contracts.contract_value, (0.1, [3.0], [8.0]), [2.4]),
    "expansion is a part of what is installed": Sum(contracts.expansion, ([6.0, 2.0], 0.25), [1.5, 0.5]),
    # Lambda(log 3) = 3/4: L = 5 adds a tenth to .25; what is not there fades; at home all new have it
    "a share moves one lifetime-th of the way": Sum(
        adoption.next_share, ([0.25, 0.5, 0.2], [LOG3, NONE, LOG3], 5.0, [False, False, True]),
        [0.35, 0.4, 0.36]),
    "what lives less than a year is renewed in one": Sum(
        adoption.next_share, ([0.1], [LOG3], 0.5, [False]), [0.75]),
    "shares are parts of the sum of adoptions": Sum(
        adoption.shares, ([[1.0, 0.6, 0.4], [0.0, 0.0, 0.0]],), [[0.5, 0.3, 0.2], [0.0, 0.0, 0.0]]),
    # s = log 4: a quarter between strangers, a half where the fit is .5, all for the own
    "friction is what the cost of switching leaves": Sum(
        users.friction, ([[1.0, 0.5], [0.0, 1.0]], np.log(4.0)), [[1.0, 0.5], [0.25, 1.0]],
        {"noise_scale": 1.0}),
    "noise divides the cost": Sum(
        users.friction, ([[1.0, 0.5], [0.0, 1.0]], np.log(16.0)), [[1.0, 0.5], [0.25, 1.0]],
        {"noise_scale": 2.0}),
}  # fmt: skip

POLITICS = {
    # the first's allies are the second and third, the second's the first; the third has none
    "pressure is the share of allies that restrict": Sum(
        restriction.ally_pressure,
        ([[False, True], [True, False], [True, True]], [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        [[1.0, 0.5], [0.0, 1.0], [0.0, 0.0]]),
    # .6 and .3 of a base of .9, and .1 and 0 of one of .5: .7 and .3 of 1.4
    "dependence is the share of the sensitive base": Sum(
        restriction.sensitive_dependence, ([[[0.6, 0.3]], [[0.1, 0.0]]], [[0.9], [0.5]]), [[0.5, 3 / 14]]),
    "without a sensitive base there is no dependence": Sum(
        restriction.sensitive_dependence, (np.zeros((2, 1, 1)), np.zeros((2, 1))), [[0.0]]),
    # 1 - e^-.05, of which one with a pull of log 3 takes three quarters
    "families share one decision": Sum(
        regulation.prescribing, ([LOG3, 0.0], [True, True], 0.05), [0.03657793, 0.01219264]),
    "pulls beyond any number still decide": Sum(
        regulation.prescribing, ([1e6, -1e6], [True, True], 1.0), [1 - np.exp(-1), 0.0]),
    # .6 and .5: the first proposes family 1 only, the second both evenly
    "proposals are by the families that sponsors propose": Sum(
        voting.proposals, ([0.6, 0.5], [[0.0, 1.0], [0.5, 0.5]]), [0.25, 0.85]),
    "without any proposal behind it what passes changes nothing": Sum(
        voting.status_mix, ([0.6, 0.4], np.zeros(2), [True, True], 0.5), [0.6, 0.4]),
}  # fmt: skip

ROWS = UTILITY | PRICING | DIFFUSION | FINANCE | BUYING | POLITICS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_rule_gives_the_sum(row):
    given = [np.array(value) if isinstance(value, list) else value for value in row.given]
    found = row.rule(*given, **(row.named or {}))
    assert np.shape(found) == np.shape(row.expected)
    np.testing.assert_allclose(found, row.expected, rtol=1e-7, atol=1e-8)
