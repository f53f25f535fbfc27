"""Declarations of every scalar of the model: name, default, range and source.

A declaration drives validation, documentation, sweep bounds, priors and sliders.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common import domains, notebook
from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import InputError, unknown_name, unusable
from lockin_sim.common.formats import MINUS, spoken
from lockin_sim.common.values import ByYear, arrays_in, format_value, select_runs
from lockin_sim.settings.declared import Declaration, check_parameter_value, parameter

#: Values of parameters by name: numbers, arrays of one number a run, or either by the year they begin.
type ByName = Mapping[str, float | Floats | Mapping[int, float | Floats]]

_TRIED = "assumed: magnitude found usable in a prototype; sign from theory"

#: What decides for all years of a run how it is made, see :meth:`Parameters.ever`.
OF_ALL_YEARS = ("affinity_drift", "regulation_rate")


class _KeywordChecked:
    """Base class that rejects values without a name and unknown names.

    The signature of a derived class is that of the names, for editors and type checkers.
    """

    if not TYPE_CHECKING:  # editors and type checkers shall see the names that __init__ takes

        def __new__(cls, /, *others: object, **values: float | Floats) -> Self:
            """Create an empty instance.  Raises InputError for an unnamed value or an unknown name."""
            known = collect_declarations()
            if others:
                raise _build_unnamed_error("Parameters", others[0])
            for name in values:
                if name not in known:
                    raise unknown_name("parameter", found=name, known=known)
            return super().__new__(cls)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Parameters(_KeywordChecked):
    """Scalars of the model: numbers, arrays (run,), or either by year.

    By year, as in ``{2010: 5, 2040: 2}``, a value holds from its year until the next year named; before the
    first year named the default holds.
    Raises :class:`InputError` for an unknown name, a wrong type or a value outside ``valid``.
    """

    # --- choice (utility units unless said otherwise; the Gumbel scale is noise_scale) ---
    quality_weight: float | Floats = parameter("weight of quality",
        1.0, unit="1", valid=domains.PULL, range=(0, 2), symbol=r"\beta_q", source="normalisation",
        doc="Weight of vendor quality.")  # fmt: skip
    price_weight: float | Floats = parameter("weight of price",
        4.0, unit="utility per log price", valid=domains.WEIGHT, range=(0, 8), symbol=r"\beta_p",
        source=_TRIED,
        doc="Disutility of a log point of the effective price.")  # fmt: skip
    price_income_slope: float | Floats = parameter("how much more poor buyers mind prices",
        0.08, unit="per log income", valid=domains.SLOPE, range=(0, 0.4), symbol=r"\eta",
        source="assumed: poorer buyers mind the price more",
        doc="Fall of the weight of price with log income per head.")  # fmt: skip
    network_weight: float | Floats = parameter("pull of compatible neighbours",
        4.0, unit="utility", valid=domains.PULL, range=(0, 8), symbol=r"\beta_n",
        source="estimated: contracts of operators that were read, flat prior",
        doc="Pull of the neighbours' base that interoperates with an offer.")  # fmt: skip
    regional_weight: float | Floats = parameter("part of nearby economies in neighbours' pull",
        0.7, unit="1", valid=domains.SHARE, range=(0, 1), symbol=r"\omega",
        source="estimated: contracts of operators that were read, flat prior; they hardly tell",
        doc="Part of the weight of neighbours that economies across a border or nearby have; the rest goes "
            "with trade.")  # fmt: skip
    stack_weight: float | Floats = parameter("pull of the same state's vendors in other layers",
        0.8, unit="utility", valid=domains.WEIGHT, range=(0, 3), symbol=r"\beta_k", source=_TRIED,
        doc="Pull of the country's own other layers from vendors of the same sponsor.")  # fmt: skip
    affinity_weight: float | Floats = parameter("pull of political affinity",
        0.25, unit="utility", valid=domains.WEIGHT, range=(0, 3), symbol=r"\beta_a",
        source="assumed: low, or Europe would hardly have bought Chinese networks",
        doc="Pull of political affinity with the sponsor of an offer.")  # fmt: skip
    official_weight: float | Floats = parameter("pull of official standards",
        0.6, unit="utility", valid=domains.WEIGHT, range=(0, 3), symbol=r"\beta_o", source=_TRIED,
        doc="Pull of the official status of the standards that an offer complies with.")  # fmt: skip
    home_preference: float | Floats = parameter("preference for home vendors",
        1.0, unit="1", valid=domains.WEIGHT, range=(0.4, 1.6), symbol=r"\beta_h",
        source="estimated: standard deviation of the joint fit of bonuses at home, 0.3",
        doc="Multiplies the home bonus of every offer.")  # fmt: skip
    own_network_weight: float | Floats = parameter("pull of users in the same country",
        1.0, unit="1", valid=domains.WEIGHT, range=(0, 2), symbol=r"\beta_g",
        source="assumed: shares do not identify it; its range is always reported",
        doc="Multiplies the pull that the users of the own country have on one another.")  # fmt: skip
    switching_cost: float | Floats = parameter("cost of switching vendors",
        3.0, unit="utility", valid=domains.WEIGHT, range=(0, 5), symbol=r"\beta_s",
        source="estimated: contracts of operators that were read, flat prior",
        doc="Cost of leaving an incumbent that the new offer does not fit, in mobile networks.")  # fmt: skip
    carry_over: float | Floats = parameter("switching cost left at a new generation",
        1.0, unit="1", valid=domains.WEIGHT, range=(0.5, 1.3), symbol=r"c", neutral=1.0,
        source="normalisation",
        doc="Multiplies the part of the switching cost left when a generation frees the buyer.")  # fmt: skip
    concern_weight: float | Floats = parameter("weight of security concern",
        3.0, unit="utility", valid=domains.WEIGHT, range=(0, 6), symbol=r"\beta_c",
        source="assumed: sales in the EU of 2019 are then nearer to the record",
        doc="Distrust of a vendor by concern about its sponsor times salience, below a ban.")  # fmt: skip
    sibling_pull: float | Floats = parameter("pull of the operator's other network part",
        1.0, unit="utility", valid=domains.WEIGHT, range=(0, 3), symbol=r"\beta_b",
        source="assumed", doc="Pull of what the operator runs in its other lot.")  # fmt: skip
    taste_country: float | Floats = parameter("spread of countries' lasting tastes",
        0.3, unit="utility", valid=domains.WEIGHT, range=(0, 0.6), symbol=r"\sigma_i",
        source="estimated: contracts that were read, flat prior; little is left beside operators' tastes",
        doc="Standard deviation of the lasting taste of a country for a vendor.")  # fmt: skip
    taste_operator: float | Floats = parameter("spread of operators' lasting tastes",
        1.7, unit="utility", valid=domains.WEIGHT, range=(0.4, 3), symbol=r"\sigma_o",
        source="estimated: contracts of operators that were read, flat prior",
        doc="Standard deviation of the lasting taste of an operator for a vendor.")  # fmt: skip
    taste_persistence: float | Floats = parameter("how far operators' tastes outlast a generation",
        0.7, unit="1", valid=domains.SHARE, range=(0.4, 1), symbol=r"\rho_o", neutral=1.0,
        source="estimated: contracts that were read, flat prior; 1 would be tastes that last",
        doc="Correlation of an operator's tastes with those of the generation before.")  # fmt: skip
    noise_scale: float | Floats = parameter("chance in single choices",
        1.0, unit="utility", valid=domains.WEIGHT, range=(0.2, 2), symbol=r"\lambda", source="normalisation",
        neutral=1.0, doc="Scale of the Gumbel shock of each offer; 0 is best response.")  # fmt: skip
    outside_level: float | Floats = parameter("appeal of not building",
        -5.5, unit="utility", valid=domains.LEVEL, range=(-8, 0), symbol=r"u_0", neutral=-math.inf,
        source="assumed: greenfield coverage then grows over about a decade",
        doc="Utility of leaving new capacity unbuilt at the reference income; -inf: never.")  # fmt: skip
    outside_income_weight: float | Floats = parameter("how much more rich markets build",
        0.5, unit="utility per log income", valid=domains.WEIGHT, range=(0, 2), symbol=r"\beta_y",
        source="assumed", doc="Fall of the outside option with log income per head.")  # fmt: skip

    # --- demand ---
    greenfield_rate: float | Floats = parameter("pace of first building",
        0.15, unit="per year", valid=domains.SHARE, range=(0.05, 1), symbol=r"\gamma", neutral=1.0,
        source="assumed", doc="Yearly chance that what is not deployed is considered.")  # fmt: skip
    contract_end_rate: float | Floats = parameter("contracts that end between generations",
        0.05, unit="per year", valid=domains.SHARE, range=(0, 0.2), symbol=r"h",
        source="assumed",
        doc="Yearly chance that a contract ends between two generations.")  # fmt: skip
    expansion_share: float | Floats = parameter("spending without a tender",
        0.8, unit="1", valid=domains.SHARE, range=(0, 0.9), symbol=r"e",
        source="assumed: bunched renewals alone would make sales swing",
        doc="Part of the spending of operators that goes to their incumbents without a tender.")  # fmt: skip

    # --- price and quality ---
    learning_scale: float | Floats = parameter("strength of learning by doing",
        1.0, unit="1", valid=domains.FACTOR, range=(0, 2), symbol=r"\ell", source="normalisation",
        doc="Multiplies the learning exponents of all domains.")  # fmt: skip
    trend_after_record: float | Floats = parameter("quality trends held after the record",
        0.0, unit="1", valid=domains.SHARE, range=(0, 1), symbol=r"z",
        source="structural alternative: 0 is no news, 1 holds the last quality",
        doc="Quality after the last record: 0 where expected shares stand still, 1 held.")  # fmt: skip
    quality_drift: float | Floats = parameter("drift of qualities over the record",
        1.0, unit="1", valid=domains.DRIFT, range=(0.5, 2), symbol=r"d", neutral=1.0,
        source="structural alternative: the record is met with half and with twice the drift of the fit",
        doc="How far the fit of the history lets vendors' qualities move, over how far it does.")  # fmt: skip
    quality_spread: float | Floats = parameter("drift of qualities after the record",
        0.34, unit="utility per root of a year", valid=domains.WEIGHT, range=(0.25, 0.47), symbol=r"\sigma_q",
        source="estimated: changes of vendors' qualities between years on record",
        doc="Standard deviation of a vendor's change of quality in a year, from the present on.")  # fmt: skip
    sponsor_quality: float | Floats = parameter("quality of the sponsor under study",
        0.0, unit="utility", valid=domains.PULL, range=(-0.6, 0.6), symbol=r"q_h",
        source="estimated: standard deviation of the joint fit of qualities, 0.3",
        doc="Added to what vendors of the sponsor under study offer operators, in all years.")  # fmt: skip
    sponsor_quality_trend: float | Floats = parameter("trend of the quality of the sponsor under study",
        0.0, unit="utility per decade", valid=domains.PULL, range=(-2.6, 2.6), symbol=r"\dot q_h",
        source="estimated: standard deviation of the joint fit of qualities, 1.3",
        doc="The same for each decade behind the middle of the record, until it ends.")  # fmt: skip
    catch_up_rate: float | Floats = parameter("pace of catching up in quality",
        0.0, unit="per year", valid=domains.SHARE, range=(0, 0.2), symbol=r"\kappa_q",
        source="off: to be tried",
        doc="Share of its quality gap to the frontier that a vendor closes in a year.")  # fmt: skip
    penetration_discount: float | Floats = parameter("discount for new customers",
        0.0, unit="log price", valid=domains.LOG_PRICE, range=(0, 0.3), symbol=r"\delta_p",
        source="assumed: none",
        doc="Log discount offered to customers that own none of the vendor's base.")  # fmt: skip
    lock_in_markup: float | Floats = parameter("markup for locked-in customers",
        0.0, unit="log price", valid=domains.LOG_PRICE, range=(0, 0.3), symbol=r"\mu", source="assumed: none",
        doc="Log markup charged to customers whose whole base is the vendor's.")  # fmt: skip

    # --- finance ---
    financed_share: float | Floats = parameter("part of a contract that loans can pay",
        0.85, unit="1", valid=domains.SHARE, range=(0, 1), symbol=r"\phi",
        source="OECD Arrangement: down payment of at least 15 % (general knowledge, assumed)",
        doc="Share of a contract that a sponsor's loan can pay.")  # fmt: skip
    financed_base: float | Floats = parameter("what loans pay beyond radio equipment",
        2.2, unit="1", valid=domains.POSITIVE, range=(1, 3), symbol=r"b", neutral=1.0,
        source="estimated: telecom equipment over radio equipment",
        doc="What loans for mobile networks pay, backbones included, over spending on radio.")  # fmt: skip
    loan_weight: float | Floats = parameter("weight of what loans take off prices",
        1.0, unit="1", valid=domains.UP_TO_TWICE, range=(0.5, 1.5), symbol=r"w", neutral=1.0,
        source="assumed: no record shows how much cheap money counts beside a lower price",
        doc="Exponent of the price after loans over that before: 0.5 halves their effect.")  # fmt: skip
    loan_early: float | Floats = parameter("years by which a loan may pay ahead",
        1.0, unit="years", valid=domains.EARLY, range=(0, 2), symbol=r"a",
        source="assumed: contracts on record are dated by signature, loans by agreement",
        doc="Whole years before the year of a loan on record in which it may pay for contracts.")  # fmt: skip
    loan_wait: float | Floats = parameter("years that a loan waits for contracts",
        3.0, unit="years", valid=domains.WAIT, range=(1, 5), symbol=r"w_l",
        source="assumed: money of export credits is drawn over some years",
        doc="Whole years after the year of a loan on record in which it may pay for contracts.")  # fmt: skip
    take_up_memory: float | Floats = parameter("memory of how many loans were taken",
        0.7, unit="1", valid=domains.SHARE, range=(0, 0.95), symbol=r"\omega", source="assumed", neutral=0.7,
        doc="Weight of the past when a sponsor forecasts which share of its loans is taken.")  # fmt: skip

    # --- standards bodies ---
    effort_returns: float | Floats = parameter("returns of further effort in bodies",
        0.5, unit="1", valid=domains.SHARE, range=(0, 1), neutral=1.0, symbol=r"\rho_e",
        source="assumed: no record shows how much further proposals count",
        doc="Elasticity of a sponsor's contributions in its effort beyond the usual.")  # fmt: skip
    agenda_elasticity: float | Floats = parameter("how contributions to bodies follow sales",
        0.9, unit="1", valid=domains.ELASTICITY, range=(0, 2.3), symbol=r"\epsilon",
        source="estimated: contributions of three firms to 3GPP against their sales; interval includes zero",
        doc="Elasticity of a sponsor's contributions in its share of the last years' sales.")  # fmt: skip
    tolerance: float | Floats = parameter("tolerance of challengers' proposals",
        0.5, unit="vote utility", valid=domains.PULL, range=(-1.5, 2.5), symbol=r"\tau_c",
        source="estimated: constants of four motions",
        doc="Readiness of members to let a challenger's proposal pass.")  # fmt: skip
    tolerance_incumbent: float | Floats = parameter("tolerance of incumbents' proposals",
        5.6, unit="vote utility", valid=domains.PULL, range=(1.2, 10), symbol=r"\tau_i",
        source="estimated: constants of two motions",
        doc="Readiness of members to let a proposal for a family of incumbents pass.")  # fmt: skip
    vested_interest: float | Floats = parameter("pull of installed equipment on votes",
        0.6, unit="vote utility", valid=domains.PULL, range=(-1.2, 2.5), symbol=r"\theta_v",
        source="estimated: 525 ballots against Chinese projects before them; the interval includes zero",
        doc="Pull on a vote of what a family's owners built there beyond the usual.")  # fmt: skip
    vote_affinity: float | Floats = parameter("pull of affinity on votes on challengers",
        3.8, unit="vote utility", valid=domains.PULL, range=(3.1, 4.5), symbol=r"\theta_{ac}",
        source="estimated: ordered logit of 525 ballots on four motions",
        doc="Pull of affinity with a challenger's owners over that with their rivals.")  # fmt: skip
    vote_affinity_incumbent: float | Floats = parameter("pull of affinity on votes on incumbents",
        6.1, unit="vote utility", valid=domains.PULL, range=(2.7, 9.5), symbol=r"\theta_{ai}",
        source="estimated: ordered logit of 260 ballots on two motions",
        doc="Pull of affinity with incumbents' owners over that with their rivals.")  # fmt: skip
    vote_democracy: float | Floats = parameter("how much democracies mind challengers",
        1.6, unit="vote utility", valid=domains.PULL, range=(0.3, 2.8), symbol=r"\theta_d",
        source="estimated: ordered logit of 525 ballots on four motions",
        doc="How much a full democracy minds a challenger, and welcomes incumbents.")  # fmt: skip
    cycle_shock_scale: float | Floats = parameter("chance that all voters share",
        1.0, unit="vote utility", valid=domains.WEIGHT, range=(0.6, 2.9), symbol=r"\sigma_c",
        source="estimated: differences between six motions",
        doc="Standard deviation of the shock that all members share on a proposal.")  # fmt: skip
    abstention_band: float | Floats = parameter("readiness to abstain",
        2.7, unit="vote utility", valid=domains.WEIGHT, range=(1.9, 3.5), symbol=r"\beta",
        source="estimated: ordered logit of 525 ballots on four motions",
        doc="Width of the band between yes and no in which members abstain.")  # fmt: skip
    contested_share: float | Floats = parameter("part of a body's work decided by vote",
        0.2, unit="1", valid=domains.SHARE, range=(0.1, 0.6), symbol=r"q", neutral=1.0, source="assumed",
        doc="Part of a body's work on which a vote decides; the rest is adopted as it is.")  # fmt: skip
    contested_hurdle: float | Floats = parameter("majority that a contested motion needs",
        0.67, unit="1", valid=domains.SHARE, range=(0.5, 0.75), symbol=r"Q", neutral=0.5,
        source="assumed: majorities passed motions in the UN, lack of consensus stopped New IP",
        doc="Share of the votes cast that a contested motion needs at the ITU.")  # fmt: skip
    turnover: float | Floats = parameter("standards replaced in a cycle",
        0.15, unit="per cycle", valid=domains.SHARE, range=(0, 0.5), symbol=r"\eta",
        source="assumed: against the rise of China-led ISO/IEC standards from 0.7 to 1.8 % in six years",
        doc="Share of a body's live standards that one cycle replaces.")  # fmt: skip
    forum_weight: float | Floats = parameter("weight of forums by invitation",
        0.0, unit="1", valid=domains.SHARE, range=(0, 1), symbol=r"\beta_f",
        source="structural alternative: 0 is a forum that binds nobody, 0.5 a body like the ITU",
        doc="Weight of forums by invitation in the official status that buyers and vendors see.")  # fmt: skip

    # --- restrictions ---
    restriction_rate: float | Floats = parameter("pace of restrictions",
        1.6, unit="per year", valid=domains.WEIGHT, range=(0.2, 3.1), symbol=r"r",
        source="estimated: survival likelihood on 69 dated stances and a count of the EU's, error 0.7",
        doc="Yearly hazard of a restriction at full salience and full readiness.")  # fmt: skip
    lifting_rate: float | Floats = parameter("pace of lifting restrictions",
        0.02, unit="per year", valid=domains.WEIGHT, range=(0, 0.056), symbol=r"r_-",
        source="assumed: none was lifted in 54 restriction-years, so at most 0.056",
        doc="Yearly hazard of lifting a restriction at half readiness; twice that at none.")  # fmt: skip
    restriction_intercept: float | Floats = parameter("readiness to restrict without concern",
        -5.1, unit="logit", valid=domains.PULL, range=(-6.8, -3.4), symbol=r"b_0",
        source="estimated: standard error 0.9",
        doc="Readiness to restrict of a country without any concern.")  # fmt: skip
    restriction_concern: float | Floats = parameter("effect of concern on restrictions",
        5.3, unit="logit", valid=domains.PULL, range=(2.6, 8.1), symbol=r"b_c",
        source="estimated: standard error 1.4",
        doc="Effect of concern about the sponsor on the readiness to restrict.")  # fmt: skip
    restriction_votes: float | Floats = parameter("effect of UN votes on restrictions",
        0.69, unit="logit per standard deviation", valid=domains.PULL, range=(0.1, 1.3), symbol=r"b_u",
        source="estimated: standard error 0.31",
        doc="Effect of voting with the sponsor's rival on the readiness to restrict.")  # fmt: skip
    restriction_alliance: float | Floats = parameter("effect of allies' restrictions",
        0.0, unit="logit", valid=domains.PULL, range=(0, 2), symbol=r"b_a",
        source="not identified by the record: off",
        doc="Effect of the share of allies that restrict.")  # fmt: skip
    restriction_dependence: float | Floats = parameter("restraint by dependence",
        0.0, unit="logit", valid=domains.PULL, range=(0, 3), symbol=r"b_d",
        source="not identified by the record: off",
        doc="Restraint by the sponsor's share of the sensitive base.")  # fmt: skip
    salience_fading: float | Floats = parameter("fading of attention to security",
        0.2, unit="per year", valid=domains.WEIGHT, range=(0, 0.5), symbol=r"\phi_S",
        source="assumed: the record says at least two years and no more",
        doc="Rate at which salience of vendor security fades after its record; 0: it stays.")  # fmt: skip

    # --- standards carried by vendors ---
    compliance_rate: float | Floats = parameter("pace at which vendors change standards",
        0.33, unit="per year", valid=domains.SHARE, range=(0.15, 0.52), symbol=r"\alpha",
        source="estimated: waits of rivals in nine cases of seven families",
        doc="Share of the way to their target that vendors move their compliance in a year.")  # fmt: skip
    own_standard_preference: float | Floats = parameter("preference for one's own standards",
        0.15, unit="1", valid=domains.SHARE, range=(0, 0.4), symbol=r"\psi",
        source="assumed: owners then comply with their new family in about 0.6 of what they sell",
        doc="Part of a vendor's products that supports its sponsor's family at a usual push.")  # fmt: skip
    compliance_travel: float | Floats = parameter("spread of demanded standards abroad",
        0.57, unit="1", valid=domains.SHARE, range=(0.18, 0.9), symbol=r"\tau_D",
        source="estimated: of seven families demanded somewhere, those that rivals took abroad",
        doc="How far what some markets demand is also built for the others.")  # fmt: skip
    compliance_pull: float | Floats = parameter("pull of the bodies on vendors",
        1.0, unit="1", valid=domains.SHARE, range=(0.3, 1), symbol=r"\tau_F", source="assumed",
        doc="How far vendors follow the status of a family in the bodies.")  # fmt: skip
    dual_cost: float | Floats = parameter("cost of a further standard",
        0.01, unit="share of price", valid=domains.PRICE_SHARE, range=(0, 0.05), symbol=r"\delta",
        source="assumed",
        doc="Added to the price for each family that an offer supports beyond its first.")  # fmt: skip
    royalty_rate: float | Floats = parameter("royalty on others' standards",
        0.0, unit="share of price", valid=domains.PRICE_SHARE, range=(0, 0.05), symbol=r"\rho",
        source="off: rates and their netting out are not public",
        doc="Paid on each family that an offer supports and its own sponsor does not own.")  # fmt: skip
    exclusive_compliance: float | Floats = parameter("one standard instead of several",
        0.0, unit="1", valid=domains.SHARE, range=(0, 1), symbol=r"E",
        source="structural alternative: 0 vendors support several families, 1 one instead of another",
        doc="From one half on, more of one family is less of the others.")  # fmt: skip
    affinity_drift: float | Floats = parameter("drift of affinity to platforms' states",
        0.0, unit="per year", valid=domains.SHARE, range=(0, 0.1), symbol=r"\chi", source="off: to be tried",
        doc="Yearly drift of affinity towards the sponsors of the platforms that people use.")  # fmt: skip

    # --- states that prescribe standards ---
    regulation_rate: float | Floats = parameter("pace at which states prescribe standards",
        0.0, unit="per year", valid=domains.WEIGHT, range=(0, 0.1), symbol=r"r_p",
        source="structural alternative: 0 is off; states chose standards of television at 0.06",
        doc="Yearly hazard that a state prescribes one of several families in a domain.")  # fmt: skip
    regulation_equipment: float | Floats = parameter("pull of installed equipment on regulators",
        0.0, unit="logit", valid=domains.PULL, range=(0, 3), symbol=r"g_k",
        source="off: in television it led away from the record; channel width or region, nobody can tell",
        doc="Pull of the part of the own base that is built to a family.")  # fmt: skip
    regulation_neighbours: float | Floats = parameter("pull of neighbours' regulators",
        2.7, unit="logit", valid=domains.PULL, range=(0, 6), symbol=r"g_n",
        source="estimated: decisions on television; the interval includes zero",
        doc="Pull of neighbours that prescribe a family.")  # fmt: skip
    regulation_loans: float | Floats = parameter("pull of loans on regulators",
        1.7, unit="logit per log project", valid=domains.PULL, range=(-0.9, 4.3), symbol=r"g_f",
        source="estimated: Chinese projects before decisions on television; the interval includes zero",
        doc="Pull of what is owed to a family's owners, in projects.")  # fmt: skip
    regulation_treaty: float | Floats = parameter("pull of treaties on regulators",
        2.9, unit="logit", valid=domains.PULL, range=(0, 7.1), symbol=r"g_t",
        source="estimated: decisions on television; 95 of 98 states in a treaty took its standard",
        doc="Pull of a treaty that binds a state to a family.")  # fmt: skip
    withdrawal_rate: float | Floats = parameter("pace at which states withdraw standards",
        0.04, unit="per year", valid=domains.WEIGHT, range=(0.02, 0.08), symbol=r"r_w",
        source="estimated: decisions on television that were reversed before any broadcast",
        doc="Yearly hazard of withdrawing a prescription for which there is no equipment yet.")  # fmt: skip
    withdrawal_threshold: float | Floats = parameter("equipment that makes a standard stay",
        0.05, unit="1", valid=domains.SHARE, range=(0.01, 0.2), symbol=r"K_0",
        source="assumed: no state changed a standard of television that was on the air",
        doc="Part of the base built to a family from which on it is no longer withdrawn.")  # fmt: skip

    def __post_init__(self) -> None:
        for name, declared in collect_declarations().items():
            object.__setattr__(self, name, check_parameter_value(declared, getattr(self, name)))
        _ = self.runs  # raises for arrays of different lengths

    @classmethod
    def neutral(cls, /, *others: object, **values: float | Floats) -> Self:
        """Build parameters at which every mechanism is off, except those named."""
        if others:
            raise _build_unnamed_error("Parameters.neutral", others[0])
        return cls(**({name: d.neutral for name, d in collect_declarations().items()} | values))

    def replace(self, values: ByName) -> Self:
        """Return a copy with some values changed, given by name."""
        if not isinstance(values, Mapping):
            raise _build_unnamed_error("Parameters.replace", values)
        changed: dict[str, Any] = {str(name): value for name, value in values.items()}
        return type(self)(**(self.as_dict() | changed))

    def as_dict(self) -> dict[str, float | Floats]:
        """Return all values by name."""
        return {name: getattr(self, name) for name in collect_declarations()}

    def changed(self) -> dict[str, Any]:
        """Return the values that differ from the default, by name.

        Arrays are returned as lists, and numbers by year as dictionaries.
        """
        return {
            name: value.plain() if isinstance(value, ByYear) else np.asarray(value).tolist()
            for name, value in self._select_changed_values().items()
        }

    # --- by year ---

    @cached_property
    def turns(self) -> tuple[int, ...]:
        """Sorted years from which any value by year holds; empty if all values hold for all years."""
        return tuple(sorted({year for name in self.changing for year in getattr(self, name).years}))

    @cached_property
    def changing(self) -> frozenset[str]:
        """Names of the parameters whose values are by year."""
        return frozenset(name for name, value in self.as_dict().items() if isinstance(value, ByYear))

    def since(self, year: int) -> int | None:
        """Return the latest change year up to a year; None before the first change year."""
        return max((turn for turn in self.turns if turn <= year), default=None)

    def at(self, year: int) -> Self:
        """Return the parameters that hold in a year, with no value by year."""
        if not self.turns:
            return self
        known = collect_declarations()
        return self.replace(
            {name: getattr(self, name).at(year, known[name].default) for name in self.changing}
        )

    def until(self, year: int) -> Self:
        """Return a copy without changes after a year, for a run that ends in that year."""
        known = collect_declarations()
        earlier = {n: {k: v for k, v in self.changed()[n].items() if k <= year} for n in self.changing}
        return self.replace({n: value or known[n].default for n, value in earlier.items()})

    def same_until(self, other: Parameters, years: tuple[int, int]) -> int:
        """Return the position of the first year in which a value differs from other parameters.

        years  first and last year to compare
        Returns the number of years if no value differs, and 0 if only one of the two has a parameter of
        :data:`OF_ALL_YEARS` other than 0.
        """
        first, last = years
        if self is other:
            return last - first + 1
        if any(self.ever(name) != other.ever(name) for name in OF_ALL_YEARS):
            return 0
        starts = sorted({first, *self.turns, *other.turns})
        differ = (year - first for year in starts if self.at(year) != other.at(year))
        return min(next(differ, last + 1 - first), last + 1 - first)

    def ever(self, name: str) -> bool:
        """Whether a parameter is other than 0 in any run and year."""
        value = getattr(self, name)
        if isinstance(value, ByYear):
            return any(map(np.any, value.numbers)) or collect_declarations()[name].default != 0
        return bool(np.any(value))

    def check_years(self, years: tuple[int, int]) -> None:
        """Check that all values by year begin in a year of the run.  Raises InputError otherwise."""
        for name in sorted(self.changing):
            beyond = [k for k in getattr(self, name).years if not years[0] <= k <= years[1]]
            if beyond:
                allowed = f"years of the run, {years[0]} to {years[1]}"
                raise unusable(f"parameter {name}: year", found=beyond[0], allowed=allowed)

    def constant(self, name: str, why: str) -> float | Floats:
        """Return the value of a parameter that must hold for all years: a number or an array (run,).

        Raises InputError for a value by year, with the reason ``why``.
        """
        value = getattr(self, name)
        if isinstance(value, ByYear):
            raise unusable(f"parameter {name}", found=value.plain(), allowed=f"one number, for {why}")
        constant: float | Floats = value
        return constant

    def __eq__(self, other: object) -> bool:
        if type(other) is not Parameters:
            return NotImplemented
        return all(np.array_equal(value, getattr(other, name)) for name, value in self.as_dict().items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return the values that differ from the defaults, and the number of values at their defaults."""
        said = [f"{name}={format_value(value)}" for name, value in self._select_changed_values().items()]
        defaults = f"{len(collect_declarations()) - len(said)} at their defaults"
        return f"Parameters({', '.join([*said, defaults])})"

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: a table of changed values, and a folded table of the other values."""
        known, changed = collect_declarations(), self._select_changed_values()
        heads = ["parameter", "title", "value", "default", "unit", "meaning"]

        def rows(names: Iterable[str]) -> Iterator[list[str]]:
            """Iterate over table rows of some parameters."""
            for name in names:
                d = known[name]
                yield [name, d.title, format_value(getattr(self, name)), f"{d.default:g}", d.unit, d.doc]

        others = notebook.table(heads, rows(name for name in known if name not in changed), words=(1, 4, 5))
        text = f"Parameters: {len(changed)} of {len(known)} are not at their defaults"
        shown = [notebook.table(heads, rows(changed), words=(1, 4, 5))] if changed else []
        parts = [notebook.sentence(text), *shown, notebook.folded("At their defaults", others)]
        return "\n".join(parts)

    def _select_changed_values(self) -> dict[str, float | Floats]:
        """Return the values that differ from the declared defaults, by name."""
        known = collect_declarations()
        return {n: v for n, v in self.as_dict().items() if not np.array_equal(v, known[n].default)}

    @property
    def runs(self) -> int | None:
        """Length of the arrays, or None if all values are numbers."""
        lengths = {name: len(each) for name, v in self.as_dict().items() for each in arrays_in(v)}
        if len(set(lengths.values())) > 1:
            unlike = {name: n for n, name in {n: name for name, n in lengths.items()}.items()}
            raise InputError(f"parameters: arrays of different lengths {unlike}; allowed: one number a run")
        return next(iter(lengths.values()), None)

    def check_runs(self, runs: int) -> None:
        """Check that arrays have one number for each of so many runs.  Raises InputError otherwise."""
        if self.runs not in (None, runs):
            raise unusable("parameters: run axis", found=self.runs, allowed=f"the number of runs, {runs}")

    def alone(self) -> Self:
        """Return the parameters if each value is one number for all runs.  Raises InputError for arrays."""
        if self.runs is not None:
            raise unusable("parameters", words=f"values for {self.runs} runs", allowed="one number for each")
        return self

    def select(self, runs: NDArray[np.integer] | slice | int) -> Self:
        """Return the values of some runs; with an integer, plain numbers of that run."""
        if self.runs is None:
            return self
        return type(self)(**{name: select_runs(value, runs) for name, value in self.as_dict().items()})


def resolve_parameters(parameters: object, years: tuple[int, int] | None = None) -> Parameters:
    """Resolve an argument to parameters: parameters unchanged, values by name, or the defaults for None.

    years  first and last year of the run, in which values by year must begin; None: they are not checked
    Raises InputError for anything else, an unknown name or an unusable value.
    """
    if isinstance(parameters, Parameters):
        if years is not None:
            parameters.check_years(years)
        return parameters
    if not isinstance(parameters, Mapping | None):
        raise unusable(
            "parameters", found=parameters, allowed="Parameters, a mapping from names to numbers, or None"
        )
    return resolve_parameters(
        Parameters(**{str(name): value for name, value in (parameters or {}).items()}), years
    )


def collect_fixed_values(parameters: Parameters | ByName | None) -> Mapping[str, Any]:
    """Return the values that an argument sets, by name.

    Parameters set the values that differ from the default; a mapping sets all its values; None sets nothing.
    """
    return parameters.changed() if isinstance(parameters, Parameters) else parameters or {}


@cache
def collect_declarations() -> Mapping[str, Declaration]:
    """Return the declarations of all parameters by name, in the order of the model."""
    declared = {}
    for field in dataclasses.fields(Parameters):
        title, neutral, *facts = field.metadata["facts"]
        declared[field.name] = Declaration(field.name, title, field.default, neutral, *facts)  # type: ignore[arg-type]
    return MappingProxyType(declared)


def parameter_title(name: str) -> str:
    """Return the title of a parameter in print; for a name unknown to the model, the name in words."""
    known = collect_declarations()
    return known[name].title if name in known else spoken(name)


def format_parameter_value(value: Any) -> str:
    """Format the value of a parameter for print: '0.5', '0 from 2036', or 'differs by run'."""
    if isinstance(value, ByYear):
        value = value.as_dict()
    if isinstance(value, Mapping):
        return ", ".join(f"{format_parameter_value(number)} from {year}" for year, number in value.items())
    return f"{float(value):g}".replace("-", MINUS) if np.ndim(value) == 0 else "differs by run"


def _build_unnamed_error(where: str, found: object) -> InputError:
    """Build the error for a value given without the name of its parameter."""
    return unusable(where, found=found, allowed="numbers by the names of parameters, as switching_cost=2.5")
