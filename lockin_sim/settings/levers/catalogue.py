"""Every policy lever of the package: data, money, place, security and standards."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import NEVER
from lockin_sim.rules import contracts
from lockin_sim.settings.levers.declaration import (
    BODY,
    PLACE,
    SPONSOR,
    STANDARD,
    STUDIED,
    Reach,
    amount,
    choice,
    lever,
    resolve_countries,
)

_ON = choice(STUDIED, "whose vendors", "sponsor whose vendors it concerns", SPONSOR)
_WHERE = choice("world", "where it acts", "economy or group where it acts", PLACE)

# --- data: cost, barriers and spread of rules on personal data ---

_RULES = "sponsor whose data rules the targets apply; unset: their own, if any"
_FARTHEST = "added for vendors with the most different rules; neutral 0"
_MODE = "closed: they may not sell; open: they may; recorded (neutral): as recorded"
_LAWS = "hazard of a law of the family where there is none; unset: as recorded"


@lever("country", "Rules on personal data")
def data_protection(
    at: Reach,
    *,
    rules: str | None = choice(None, "whose rules apply", _RULES, SPONSOR),
    cost: float = amount(0.0, "cost if rules differ most", "share of price", 0, 1, _FARTHEST),
) -> None:
    """Apply rules on personal data that cost a vendor more, the more its own jurisdiction's rules differ."""
    if rules is None:
        applied = at.world.home[at.targets].astype(float)
    else:
        applied = np.tile(np.equal(at.world.sponsors, rules).astype(float), (len(at.targets), 1))
    at.conditions.compliance_cost[at.cells()] += cost * applied @ at.world.rule_distance.T


@lever("country", "Barrier where personal data is held")
def data_localisation(
    at: Reach,
    *,
    on: str = _ON,
    mode: str = choice("recorded", "whether they may sell", _MODE, ("closed", "open", "recorded")),
) -> None:
    """Set or remove a barrier to a sponsor's vendors in markets where they would store personal data."""
    if mode == "recorded":
        return
    sponsor = at.sponsor(on)
    closed = (mode == "closed") & ~at.world.home[at.targets, sponsor]
    domains = np.flatnonzero(at.world.personal_data)
    at.conditions.barrier[np.ix_(at.when, domains, at.targets, sponsor)] = closed[:, None]


@lever("vendor", "Spread of laws and protocols")
def adoption(
    at: Reach, *, rate: float | None = amount(None, "chance of a law", "per year", 0, 1, _LAWS)
) -> None:
    """Set the rate at which states without a family's law, on data or protocols, pass it.

    The rate applies before the states' preferences.
    """
    if rate is not None:
        laws = at.targets & at.world.enacted[:, None]
        at.conditions.adoption_rate[at.when] = np.where(laws, rate, at.conditions.adoption_rate[at.when])


# --- money: loans abroad, state support, research and production ---

_UNTIL_PAID = "years to the last payment; unset: as recorded"
_ENVELOPE = "money available for digital loans; unset: as recorded"
_TIED = "whether loans pay only for the sponsor's own vendors; unset: as recorded"
_PART = "part of the cost that the state pays"
_OF_PRICE = "part of the price of its offers that the vendor's state pays; neutral 0"
_INTEREST = "interest rate of the loans; unset: as recorded"
_GRACE = "years before repayment begins; unset: as recorded"
_EARLIER = "years before its date that they have a generation, of which whole ones count; neutral 0"
_SOONER = "added to the offer for each year sooner, assumed: half and twice as much are as likely"
_SCALE = "multiplies the recorded support; neutral 1"
_BETTER = "added to quality after phasing in; neutral 0"
_RISEN = "years until quality has fully risen; neutral 0"


@lever("sponsor", "State loans abroad")
def export_finance(
    at: Reach,
    *,
    envelope: float | None = amount(None, "money for loans", "USD bn per year", 0, 500, _ENVELOPE),
    rate: float | None = amount(None, "interest rate", "per year", 0, 0.3, _INTEREST),
    tenor: float | None = amount(None, "time to the last payment", "years", 1, 50, _UNTIL_PAID),
    grace: float | None = amount(None, "time before repayment", "years", 0, 20, _GRACE),
    tied: bool | None = choice(None, "only for own vendors", _TIED),
) -> None:
    """Set the money and terms of a sponsor's loans for digital infrastructure abroad.

    The envelope is divided among the sponsor's lenders as recorded; each keeps its own terms.  Loans on
    record are scaled by the same factor as the envelope.
    """
    lenders = np.flatnonzero(np.isin(at.world.lenders.sponsor, at.targets))
    cells, now = np.ix_(at.when, lenders), at.conditions
    if envelope is not None:
        before, new = now.envelope[cells], envelope * at.world.lenders.share[lenders]
        scale = np.divide(new, before, out=np.ones_like(before), where=before > 0)
        on_record = np.ix_(at.when, np.arange(now.recorded_loans.shape[1]), lenders)
        recorded = now.recorded_loans[on_record]
        now.recorded_loans[on_record] = np.where(recorded > 0, scale[:, None] * recorded, recorded)
        now.envelope[cells] = new
    terms = ((now.loan_rate, rate), (now.tenor, tenor), (now.grace, grace), (now.tied, tied))
    for array, value in terms:
        if value is not None:
            array[cells] = value


@lever("vendor", "State support of vendors")
def state_support(
    at: Reach,
    *,
    share: float = amount(0.0, _PART, "share of cost", 0, 0.9, f"further {_PART}; neutral 0"),
    scale: float = amount(1.0, "support on record", "factor", 0, 3, _SCALE),
) -> None:
    """Pay part of a vendor's cost from its state's money, in every market.

    The share applies to what remains after recorded support times ``scale``, and after earlier uses of the
    lever.
    """
    before = at.conditions.state_support[at.when]
    there = np.minimum(scale * before, np.maximum(before, 0.9))
    at.conditions.state_support[at.when] = np.where(at.targets, there + (1.0 - there) * share, before)


@lever("vendor", "Subsidy of a purchase")
def purchase_subsidy(
    at: Reach,
    *,
    where: str = _WHERE,
    share: float = amount(0.0, "part of the price", "share of price", 0, 0.9, _OF_PRICE),
) -> None:
    """Pay part of the price of a vendor's offers with money of its state, in some places.

    Buyers are operators and agencies.  Each further use pays part of the price that is left.
    """
    bought = np.zeros(len(at.world.domains), dtype=bool)
    bought[at.world.bought_by("operator")] = True
    cells = at.offers("purchase_subsidy.where", where) & bought[:, None, None]
    before = at.conditions.purchase_subsidy[at.when]
    at.conditions.purchase_subsidy[at.when] = np.where(cells, before + (1.0 - before) * share, before)


@lever("vendor", "Industrial policy")
def industrial_policy(
    at: Reach,
    *,
    quality: float = amount(0.0, "quality added", "utility", -3, 3, _BETTER),
    cost: float = amount(1.0, "unit cost", "factor", 0.5, 2, "multiplies unit cost; neutral 1"),
    phase_in: float = amount(0.0, "time until quality has risen", "years", 0, 20, _RISEN),
) -> None:
    """Support research and production so that chosen vendors become better or cheaper."""
    passed = np.cumsum(at.when)[at.when, None, None]
    reached = np.minimum(1.0, passed / max(phase_in, 1.0))
    at.conditions.quality_path[at.when] += quality * reached * at.targets
    at.conditions.cost_factor[at.when] *= np.where(at.targets, cost, 1.0)


@lever("vendor", "Lead in generations")
def generation_lead(
    at: Reach,
    *,
    years: float = amount(0.0, "lead", "years", 0, 10, _EARLIER),
    worth: float = amount(1.0, "worth of a year sooner", "utility", 0, 3, _SOONER),
) -> None:
    """Release each new generation of some vendors years before its date, where operators buy by generations.

    Networks are then due for the generation as early as the first vendor that may sell in the economy has it.
    Until its date there, an offer that has it is worth more by each year that is left.  No vendor leads on
    record.
    """
    now, launch = at.conditions, at.world.launch_year
    before = now.generation_lead[at.when]
    after = np.maximum(before, int(years) * (at.targets & at.world.by_generation[:, None]))
    year = now.years[at.when][:, None, None, None]
    left = (np.where(launch > year, launch, NEVER).min(axis=-1, initial=NEVER) - year[..., 0])[..., None]
    sooner = [contracts.years_sooner(lead[:, :, None], left) for lead in (before, after)]
    now.place_utility[at.when] += worth * (sooner[1] - sooner[0])
    now.generation_lead[at.when] = after


# --- place: local partners, presence, service areas and training ---

_STAKE = "part of the home bonus due to the partner; neutral 0"
_OFFERED = "open: it is, from its first year; closed: it is not; recorded (neutral): by its service area"
_DRIFT = "added to affinity, -1 to 1, in every year; neutral 0"


@lever("vendor", "Local partner")
def local_partner(
    at: Reach,
    *,
    where: str = _WHERE,
    stake: float = amount(0.0, "partner's part of the home bonus", "share", 0, 1, _STAKE),
) -> None:
    """Give a vendor a local partner through which it enters foreign markets.

    Of several uses the largest stake counts.
    """
    part = at.conditions.home_part[at.when]
    cells = at.offers("local_partner.where", where)
    at.conditions.home_part[at.when] = np.where(cells, np.maximum(part, stake), part)


@lever("vendor", "Presence in a place")
def presence(
    at: Reach,
    *,
    where: str = _WHERE,
    utility: float = amount(0.0, "worth to buyers", "utility", -5, 5, "added to the offer; neutral 0"),
) -> None:
    """Add an advantage or disadvantage to an offer in some places.

    Examples: a cloud region, a public payment rail, a ban on an app, a satellite's ground stations.
    """
    at.conditions.place_utility[at.when] += utility * at.offers("presence.where", where)


@lever("vendor", "Service area")
def service(
    at: Reach,
    *,
    where: str = _WHERE,
    mode: str = choice("recorded", "whether it is offered", _OFFERED, ("open", "closed", "recorded")),
) -> None:
    """Open or close an offer in some places: a vendor leaves a market, or a planned system starts.

    The vendor's own states have a system or a law once it is offered there.
    """
    if mode != "recorded":
        cells, served = at.offers("service.where", where), at.conditions.served
        served[at.when] = np.where(cells, mode == "open", served[at.when])


@lever("sponsor", "Training programmes")
def training(
    at: Reach,
    *,
    where: str = _WHERE,
    drift: float = amount(0.0, "affinity gained each year", "per year", -0.2, 0.2, _DRIFT),
) -> None:
    """Raise affinity with a sponsor year by year through training programmes, scholarships or a brand.

    Affinity grows while the programmes run, and stays afterwards; the sponsor pays for them.
    """
    trained = resolve_countries(at.world, "training.where", where)[:, None] & ~at.world.home[:, at.targets]
    at.conditions.training[np.ix_(at.when, range(len(trained)), at.targets)] += drift * trained
    gained = drift * np.cumsum(at.when)[:, None, None] * trained
    before = at.conditions.affinity[..., at.targets]
    grown = np.where(gained == 0.0, before, np.clip(before + gained, -1.0, 1.0))
    at.conditions.affinity[..., at.targets] = grown


# --- security: attention, pressure, restrictions and caps on a vendor's share ---

_MULTIPLIED = "multiplies the salience, at most 1; neutral 1"
_ORDERS = {"coordinated": 1, "national": 0, "none": -1}
_RESTRICTS = "coordinated: all restrict; none: nobody may; national (neutral): each decides"
_READY = "added to the readiness to restrict; neutral 0"
_REPLACED = "years within which the restricted base must be replaced; 0 (neutral): no deadline"
_CAP = "largest share of a network that one vendor may reach; neutral 1"


@lever("country", "Diplomatic pressure to restrict")
def alliance_pressure(
    at: Reach,
    *,
    on: str = _ON,
    pressure: float = amount(0.0, "readiness to restrict, added", "logit", -5, 5, _READY),
) -> None:
    """Put diplomatic pressure on countries to restrict, or not to restrict, a sponsor's vendors."""
    at.conditions.pressure[at.cells(at.sponsor(on))] += pressure


@lever("sponsor", "Security on the agenda")
def salience(
    at: Reach,
    *,
    factor: float = amount(1.0, "attention", "factor", 0, 50, _MULTIPLIED),
) -> None:
    """Multiply the attention that the security of a sponsor's vendors gets.

    The factor applies on top of the fading of attention after the record.
    """
    recorded = at.conditions.salience[at.cells()]
    raised = np.where(factor == 1.0, recorded, np.minimum(1.0, factor * recorded))
    at.conditions.salience[at.cells()] = raised


@lever("country", "Restriction of vendors")
def restriction(
    at: Reach,
    *,
    on: str = _ON,
    mode: str = choice("national", "who restricts", _RESTRICTS, tuple(_ORDERS)),
    forced_replacement: float = amount(0.0, "deadline for replacement", "years", 0, 30, _REPLACED),
) -> None:
    """Exclude a sponsor's vendors from sensitive domains, or forbid such rules.

    For a decision of a union of states choose the group of its members, such as EU.
    """
    cells = at.cells(at.sponsor(on))
    if _ORDERS[mode]:
        at.conditions.restriction_order[cells] = _ORDERS[mode]
    if forced_replacement:
        at.conditions.phase_out_years[cells] = forced_replacement


@lever("country", "Cap on any one vendor")
def diversification(
    at: Reach, *, share_cap: float = amount(1.0, "largest share of one vendor", "share", 0.05, 1, _CAP)
) -> None:
    """Cap the share of any one vendor in a country's sensitive networks.

    The cap cannot bind a single lot.
    """
    cells, cap = np.ix_(at.when, np.flatnonzero(at.world.sensitive), at.targets), at.conditions.share_cap
    cap[cells] = np.minimum(cap[cells], share_cap)


# --- standards: effort and venue in the bodies, agreements, open interfaces, blocs ---

_PROPOSALS = "multiplies the weight of its proposals; neutral 1"
_PUSH = "multiplies its vendors' preference for its own family; neutral 1"
_TERM = "added to the weight of its proposals during the term; neutral 0"
_VENUE = "body of the effort; unset: all"
_BLOCS = "multiplies interoperability with vendors of other blocs; neutral 1"
_FAMILY = "family that offers must support, once it exists; unset: none"
_OPEN = "minimum interoperability of complying vendors; neutral 0"
_FINE = "added for offers without any support of the family; neutral 0"


@lever("sponsor", "Effort in standards bodies")
def standards_effort(
    at: Reach,
    *,
    effort: float = amount(1.0, "weight of its proposals", "factor", 0, 10, _PROPOSALS),
    body: str | None = choice(None, "in which body", _VENUE, BODY),
    push: float = amount(1.0, "push among its own vendors", "factor", 0, 10, _PUSH),
) -> None:
    """Change how hard a sponsor promotes its standard family, in the bodies and among its own vendors.

    Effort in one body only is lobbying in a venue.
    """
    at.conditions.effort[at.cells(at.bodies(body))] *= effort
    at.conditions.standard_push[at.cells()] *= push


@lever("sponsor", "Elected office in a body")
def elected_office(
    at: Reach,
    *,
    weight: float = amount(0.0, "weight of its proposals, added", "share", 0, 1, _TERM),
    body: str | None = choice(None, "which body", "body led by its national; unset: all", BODY),
) -> None:
    """Let a national of the sponsor lead a body for some years and help to set its agenda.

    Terms on record are in the record table offices.  The effect is not recorded, and no scenario assumes it.
    """
    at.conditions.effort[at.cells(at.bodies(body))] *= 1.0 + weight


@lever("domain", "Where standards are made")
def venue(
    at: Reach,
    *,
    leaves: str | None = choice(None, "body that loses it", "body that loses the domain; unset: none", BODY),
    enters: str | None = choice(None, "body that gains it", "body that gains the domain; unset: none", BODY),
) -> None:
    """Move the mandate to standardise a domain from one body to another."""
    for body, mandated in ((leaves, False), (enters, True)):
        if body is not None:
            at.conditions.mandate[np.ix_(at.when, at.bodies(body), at.targets)] = mandated


@lever("domain", "Mandated open interfaces")
def interoperability(
    at: Reach,
    *,
    openness: float = amount(0.0, "openness of interfaces", "share", 0, 1, _OPEN),
) -> None:
    """Mandate open interfaces: vendors that share a standard must work together (Open RAN)."""
    cells = at.cells()
    at.conditions.openness[cells] = np.maximum(at.conditions.openness[cells], openness)


@lever("sponsor", "Decoupled blocs")
def decoupling(
    at: Reach,
    *,
    compatibility: float = amount(1.0, "compatibility with other blocs", "factor", 0, 1, _BLOCS),
) -> None:
    """Form a bloc of sponsors; its vendors interoperate less with those of other sponsors, in every domain.

    Vendors without a sponsor are in no bloc.
    """
    bloc = np.isin(np.arange(len(at.world.sponsors)), at.targets)
    at.conditions.compatibility[at.when] *= np.where(bloc[:, None] != bloc, compatibility, 1.0)


@lever("country", "Agreements on standards")
def standards_agreement(
    at: Reach,
    *,
    family: str | None = choice(None, "standards that offers must support", _FAMILY, STANDARD),
    fine: float = amount(0.0, "cost of offers that do not", "share of price", 0, 1, _FINE),
) -> None:
    """Require that products sold in some countries support an agreed family of standards.

    Offers of vendors that would not otherwise build to the family cost more.
    """
    if family is None:
        return
    standard = at.world.standards.index(family)
    since = at.when & (at.conditions.years >= at.world.standard_entry[standard])
    cells = np.ix_(since, at.targets, [standard])
    at.conditions.demanded[cells] = True
    at.conditions.fine[cells] += fine
