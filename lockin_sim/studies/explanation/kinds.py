"""Explain each kind of buyer's decision: an operator's lot, users, a cable, adopters of systems and rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.agents import Country, Operator
from lockin_sim.agents.operator import Award, Project
from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.draws import label_keys
from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import listed, number
from lockin_sim.common.prose import render_sentence
from lockin_sim.model import stages
from lockin_sim.model.decisions import DueLots, UtilityTerms, compute_loan_utility, compute_user_moves
from lockin_sim.model.seen import projects_see
from lockin_sim.model.stages import JudgedOffers
from lockin_sim.rules import choice, diffusion
from lockin_sim.studies.explanation.reasons import describe_reasons
from lockin_sim.world import names

#: Vendors that a sentence names at most, and the share from which it names one.
MOST_NAMED, LEAST_NAMED = 3, 0.005

_PRICE = "1 (industry mean cost of the first year)"


class ExplainedChoice(NamedTuple):
    """Explained decision of one kind of buyer in a domain.

    terms    of the offers, (vendor,) each, or numbers
    columns  values and unit by name, (vendor,)
    best     (vendor,), value by which the vendors are sorted, the largest first
    about    attributes of this kind of buyer
    price_weight  utility of a log point of price; None where nothing is paid
    lot      index of the lot among the world's, -1 for other buyers
    """

    sentence: str
    terms: UtilityTerms
    columns: dict[str, tuple[NDArray[Any], str]]
    best: Floats
    about: dict[str, object]
    price_weight: float | None = None
    lot: int = -1


def _describe_setting(country: Country, d: int) -> str:
    """Describe country, year and domain in words."""
    return (
        f"{_find_country_name(country)} {country.model.year}, "
        f"{names.format_label('domain', country.model.world.domains[d])}"
    )


def _find_country_name(country: Country) -> str:
    """Return the name of a country in English, or its label."""
    called = country.model.world.called("country")
    return next((name for name, label in called.items() if label == country.label), country.label)


def _read_price_weight(judged: JudgedOffers) -> float:
    """Return the utility of a log point of price to one customer (U14)."""
    return float(np.asarray(judged.weights.price)[0])


def list_vendor_names(country: Country, d: int, slots: Any) -> list[str]:
    """List the names of the vendors in some slots."""
    return [_find_vendor_name(country, d, slot) for slot in slots]


def _find_vendor_name(country: Country, d: int, slot: int) -> str:
    """Return the name of the vendor in a slot."""
    world = country.model.world
    return names.format_label("vendor", world.vendors[world.slot_vendor[d, slot]])


def _format_percent(share: float) -> str:
    """Format a share in per cent, such as ``37 %``."""
    return f"{100 * share:.0f} %"


# --- an operator's lot ---


class _TenderedLot(NamedTuple):
    """Lot in a tender, with the tender's result."""

    operator: Operator
    signed: Award
    row: int  # of the tender

    @property
    def place(self) -> int:
        """Position among the operator's lots."""
        return int(self.signed.tender.lot[self.row])

    @property
    def number(self) -> int:
        """Number among the world's lots."""
        return int(self.operator.lots[self.place])

    @property
    def weight(self) -> float:
        """Share of the country's capacity."""
        return float(self.operator.weight[self.place])

    @property
    def name(self) -> str:
        """Operator's label, with the number of the lot if the operator has several."""
        many = len(self.operator.lots) > 1
        return f"{self.operator.label}, lot {self.place + 1}" if many else self.operator.label

    def outcome(self, country: Country, *, would: bool = False) -> str:
        """Describe how the tender ended: "stays with huawei"; with ``would``, how it would have ended."""
        slot, incumbent = int(self.signed.done.slot[self.row, 0]), int(self.operator.incumbent[self.place])
        if not self.signed.done.signed[self.row, 0]:
            end = "unbuilt" if (self.signed.judged.offers[self.row] > -np.inf).any() else "no offer"
        else:
            end = "built" if incumbent < 0 else "stays" if incumbent == slot else "goes"
        before, after = list_vendor_names(country, self.operator.domain, [incumbent, slot])
        return render_sentence("explain.outcome", end=end, before=before, after=after, would=would)


def _select_lot(operators: list[Operator]) -> tuple[_TenderedLot, list[_TenderedLot], str]:
    """Select the largest lot that was tendered this year, or the largest of all as if it were due.

    Returns it, the other lots tendered, and why it was: ``considered``, ``early``, ``freed`` or ``ended``,
    empty if it was not.
    """
    tendered = [
        _TenderedLot(each, signed, row)
        for each in operators
        if (signed := each.signed) is not None
        for row in range(len(signed.tender.lot))
    ]
    if tendered:
        lot, *others = sorted(tendered, key=lambda each: -each.weight)
        tender = lot.signed.tender
        reasons = [name for name in ("considered", "early", "freed") if getattr(tender, name)[lot.row, 0]]
        return lot, others, (*reasons, "ended")[0]
    largest = max(operators, key=lambda each: each.weight.max())
    exists, no = largest.incumbent >= 0, np.zeros(len(largest.lots), dtype=bool)
    place = np.array([int(largest.weight.argmax())])
    tender = largest.put_up(place, largest.generation, DueLots(exists, ~exists, no, no))
    return _TenderedLot(largest, largest.decide(tender), 0), [], ""


def _explain_lot(country: Country, d: int, operator: str | None) -> ExplainedChoice:
    """Explain the largest lot due for renewal in a domain, or the largest as if it were due.

    Raises InputError where no operator of the country buys in the domain.
    """
    operators = [each for each in country.operators if each.domain == d and operator in (None, each.label)]
    if not operators:
        allowed = f"one in which operators of {country.label} buy"
        raise unusable("explain domain", found=country.model.world.domains[d], allowed=allowed)
    lot, others, reason = _select_lot(operators)
    signed, model, sponsor = lot.signed, country.model, country.model.world.slot_sponsor[d]
    judged, shock = signed.judged.at(lot.row), signed.done.shock[lot.row]
    offers, terms, cut = judged.offers, judged.terms, np.asarray(judged.offer.benefit)
    lenders, lends = [*model.world.lenders.names, ""], np.pad(country.loan_share[sponsor], ((0, 0), (0, 1)))
    lender = np.array(lenders)[lends.argmax(axis=-1)]
    luck, weight = model.parameters.noise_scale * shock, _read_price_weight(judged)
    best, incumbent, why = offers + luck, int(lot.operator.incumbent[lot.place]), ""
    also = [f"{each.name}, which {each.outcome(country)}" for each in others]
    if signed.done.signed[lot.row, 0]:
        loans = compute_loan_utility(judged.offer, judged.weights)
        parts = terms._asdict() | {"price": terms.price - loans, "loans": loans, "chance": luck}
        called = partial(_find_vendor_name, country, d)
        why = describe_reasons(best, weight, parts, called, against=incumbent, incumbent=incumbent)
    return ExplainedChoice(
        render_sentence(
            "explain.lot",
            where=_describe_setting(country, d),
            name=lot.name,
            weight=_format_percent(lot.weight),
            reason=reason,
            outcome=lot.outcome(country, would=not reason),
        )
        + why
        + (" " + render_sentence("explain.other_lots", others=also) if also else ""),
        terms,
        {
            "utility": (offers, "utility"),
            "shock": (shock, "standard Gumbel"),
            "probability": (choice.logit(offers, noise_scale=model.parameters.noise_scale)[0], "1"),
            "base": (country.view.installed[0, d, 0], "share of the country's capacity"),
            "list_price": (model.board.list_price[d], _PRICE),
            "price_cut": (cut, "share of the price that loans take off"),
            "lender": (np.where(cut > 0, lender, ""), "who lends most of that"),
        },
        best,
        {"operator": lot.operator.label, "lot": lot.number, "weight": lot.weight, "up": int(bool(reason))},
        weight,
        lot.number,
    )


# --- users ---


def _explain_users(country: Country, d: int, _: str | None) -> ExplainedChoice:
    """Explain the offers to the users of a domain, shares before and after, and the flow of leavers.

    The leavers are those of the largest vendor.
    """
    moved, noise_scale = country.moved, country.model.parameters.noise_scale
    assert moved is not None
    row = int(np.flatnonzero(moved.domains == d)[0])
    judged, before, after = moved.judged.at(0, row, 0), moved.before[row, 0], moved.flowed.installed[row, 0]
    largest, deployed = int(before.argmax()), before.sum()
    leaving = np.zeros_like(moved.before[row])
    leaving[0, largest] = 1.0
    appeal, went = compute_user_moves(leaving, judged.offers[None], moved.friction[row], noise_scale)
    goes = went.gained[0]
    early = float(np.broadcast_to(moved.flowed.early, moved.before.shape)[row].sum())
    was, becomes = diffusion.market_shares(before), diffusion.market_shares(after)
    leading = [v for v in np.argsort(-becomes, kind="stable")[:MOST_NAMED] if becomes[v] > 0]
    renewed = float(moved.flowed.renewed[row].sum())
    becoming = zip(leading, list_vendor_names(country, d, leading), strict=True)
    sentence = render_sentence(
        "explain.users",
        where=_describe_setting(country, d),
        deployed=_format_percent(deployed),
        then=_format_percent(after.sum()),
        renewed=_format_percent(renewed / deployed) if deployed > 0 else "",
        early=_format_percent(early / deployed) if early > 0 else "",
        shares=[
            f"{vendor} {_format_percent(was[v])} to {_format_percent(becomes[v])}" for v, vendor in becoming
        ],
    )
    if deployed > 0:
        order = np.argsort(-goes, kind="stable")
        to = [v for v in order if v != largest and goes[v] >= LEAST_NAMED][:MOST_NAMED]
        named, *others = list_vendor_names(country, d, [largest, *to])
        going = [f"{_format_percent(goes[v])} to {vendor}" for v, vendor in zip(to, others, strict=True)]
        sentence += " " + render_sentence(
            "explain.leavers", largest=named, back=_format_percent(goes[largest]), to=going
        )
    world, weight = country.model.world, _read_price_weight(judged)
    fit, relative = country.view.fit[0, d, largest], world.relative_switching[d]
    theirs = stages.users_leave(judged, fit, relative, country.model.parameters)
    if deployed > 0:
        called = partial(_find_vendor_name, country, d)
        sentence += describe_reasons(theirs.offers, weight, theirs.terms._asdict(), called, incumbent=largest)
    return ExplainedChoice(
        sentence,
        judged.terms,
        {
            "utility": (judged.offers, "utility, without the cost of switching"),
            "probability": (appeal.chance[0], "chance that a new user takes it"),
            "before": (before, "share of the country's capacity"),
            "after": (after, "share of the country's capacity"),
            "goes_to": (goes, "part of those who leave the largest vendor"),
            "list_price": (country.model.board.list_price[d], _PRICE),
        },
        theirs.offers if deployed > 0 else judged.offers,
        {"largest": world.vendors[world.slot_vendor[d, largest]] if before.any() else ""},
        weight,
    )


# --- projects ---


def _find_barred_vendors(country: Country, d: int) -> Bools:
    """Return a mask of the suppliers that a state does not let land anything.  (vendor,)."""
    seen = projects_see(country.here(d), country.view, country.promised)
    return np.broadcast_to(seen.barred, country.taste[d].shape)


def _explain_project(country: Country, d: int, _: str | None) -> ExplainedChoice:
    """Explain the largest project that lands in a country this year, or a planned one of usual length."""
    model, world = country.model, country.model.world
    projects = sorted(country.arrivals, key=lambda each: (-len(each.landings), -each.length))
    arrived = bool(projects)
    if not arrived:
        assert world.routes is not None
        key = model.stream("project") ^ label_keys([f"{country.label} as if"])
        projects = [Project([country], float(world.routes.usual_length[country.place]), 0.0, key)]
        projects[0].choose()
    project, judged, shock = projects[0], projects[0].judged.at(0), projects[0].shock.reshape(-1)
    probability, _ignored = choice.logit(judged.offers, noise_scale=model.parameters.noise_scale)
    winner, *others = (  # empty where nobody may
        list_vendor_names(country, d, [int(each.winner.argmax())])[0] if each.winner.any() else ""
        for each in projects
    )
    # suppliers that landing states restrict, and which do: "hmn by United States"
    slots, vetoes = np.flatnonzero(world.slot_vendor[d] >= 0), []
    for slot, vendor in zip(slots, list_vendor_names(country, d, slots), strict=True):
        states = [
            _find_country_name(each) for each in project.landings if _find_barred_vendors(each, d)[slot]
        ]
        vetoes += [f"{vendor} by {listed(states)}"] if states else []
    luck, weight = model.parameters.noise_scale * shock, _read_price_weight(judged)
    best = judged.offers + luck
    parts = judged.terms._asdict() | {"chance": luck}
    why = describe_reasons(best, weight, parts, partial(_find_vendor_name, country, d)) if winner else ""
    return ExplainedChoice(
        render_sentence(
            "explain.project",
            where=_describe_setting(country, d),
            length=number(project.length, 0),
            winner=winner,
            landings=[_find_country_name(each) for each in project.landings] if arrived else [],
            vetoes=vetoes,
            others=[other or "nobody" for other in others],
        )
        + why,
        judged.terms,
        {
            "utility": (judged.offers, "utility"),
            "shock": (shock, "standard Gumbel"),
            "probability": (probability, "1"),
            "base": (country.view.installed[0, d, 0], "share of the landings in the country"),
            "list_price": (model.board.list_price[d], _PRICE),
        },
        best,
        {
            "landings": [each.label for each in project.landings],
            "length": project.length,
            "up": int(arrived),
        },
        weight,
    )


# --- adopters ---


def _explain_adopters(country: Country, d: int, _: str | None) -> ExplainedChoice:
    """Explain the systems or families of rules of a domain, and the result for each."""
    model, adopted, world = country.model, country.adopted, country.model.world
    row = int(np.flatnonzero(model.bought_by["adopters"] == d)[0])
    judged, used = adopted.judged.at(0, row, 0), np.flatnonzero(world.slot_vendor[d] >= 0)
    before, after, enacted = adopted.before[row], adopted.adoption[row], bool(world.enacted[d])
    rate = model.now.adoption_rate[d]
    chance = stages.adopters_chance(judged.offers, enacted, before, adopted.own[row], rate)
    own = list_vendor_names(country, d, np.flatnonzero(adopted.own[row]))
    if enacted:
        meaning = "chance that the law is in force a year later"
        in_force, passed = (
            list_vendor_names(country, d, used[which[used]]) for which in (before > 0, after > before)
        )
        sentence = render_sentence(
            "explain.laws", where=_describe_setting(country, d), in_force=in_force, passed=passed, own=own
        )
    else:
        meaning = "chance that a new device reads it"
        order = used[np.argsort(-after[used], kind="stable")]
        order = order[np.maximum(before, after)[order] >= LEAST_NAMED]
        read = [
            f"{vendor} ({_format_percent(before[v])} of them before, {_format_percent(after[v])} after)"
            for v, vendor in zip(order, list_vendor_names(country, d, order), strict=True)
        ]
        sentence = render_sentence("explain.systems", where=_describe_setting(country, d), read=read, own=own)
    return ExplainedChoice(
        sentence,
        judged.terms,
        {
            "utility": (judged.offers, "utility"),
            "probability": (chance, meaning),
            "before": (before, "adoption, 0 to 1"),
            "after": (after, "adoption, 0 to 1"),
        },
        judged.offers,
        {"own": own},
    )


#: What is explained, by who buys.
DECISIONS: dict[str, Callable[[Country, int, str | None], ExplainedChoice]] = {
    "operator": _explain_lot,
    "users": _explain_users,
    "project": _explain_project,
    "adopters": _explain_adopters,
}
