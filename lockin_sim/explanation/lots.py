"""Why an operator took an offer for one of its lots."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.agents import Country, Operator
from lockin_sim.agents.operator import Signed
from lockin_sim.explanation.told import Explanation, opening_of, per_cent, told, vendor_of
from lockin_sim.model.decisions import Due, Terms
from lockin_sim.rules import choice
from lockin_sim.wording import listed


class _Lot(NamedTuple):
    """One lot, and how its tender ended."""

    operator: Operator
    signed: Signed
    row: int  # of the tender

    @property
    def weight(self) -> float:
        """Share of the country's capacity."""
        return float(self.operator.weight[self.place])

    @property
    def place(self) -> int:
        """Position among the operator's lots."""
        return int(self.signed.tender.rows[self.row])

    @property
    def name(self) -> str:
        """Its operator, and which of its lots."""
        many = len(self.operator.lots) > 1
        return f"{self.operator.label}, lot {self.place + 1}" if many else self.operator.label

    @property
    def incumbent(self) -> int:
        """Slot that runs it, -1 if nothing is there."""
        return int(self.operator.incumbent[self.place])


def explain_lot(country: Country, d: int, operator: str | None) -> Explanation:
    """The largest lot that is up in a domain, or the largest as if it were.

    operator  name of the operator, None for any
    """
    of_domain = [each for each in country.operators if each.domain == d]
    asked = [each for each in of_domain if operator in (None, each.label)]
    if not asked:
        raise ValueError(f"{country!r} has no operators in {country.model.world.domains[d]}")
    up = [
        _Lot(each, each.signed, row)
        for each in asked
        if each.signed is not None
        for row in range(len(each.signed.tender.rows))
    ]
    by_size = sorted(up, key=lambda lot: -lot.weight)
    lot = by_size[0] if by_size else _as_if(asked)
    return told(
        country,
        d,
        _sentence(country, lot, by_size[1:], drawn=bool(up)),
        Terms(*(_row(term, lot.row) for term in lot.signed.terms)),
        _by_vendor(country, lot),
        lot.signed.offers[lot.row] + country.model.parameters.noise_scale * lot.signed.shock[lot.row],
        operator=lot.operator.label,
        weight=lot.weight,
        up=int(bool(up)),
    )


def _as_if(operators: list[Operator]) -> _Lot:
    """The largest lot, had it been up."""
    operator = max(operators, key=lambda each: each.weight.max())
    place = int(operator.weight.argmax())
    exists, no = operator.incumbent >= 0, np.zeros(len(operator.lots), dtype=bool)
    tender = operator.put_up(np.array([place]), operator.generation, Due(exists, ~exists, no, no))
    return _Lot(operator, operator.decide(tender), 0)


def _row(values: object, row: int) -> np.ndarray:
    """One row of (row, vendor), (1, vendor) or a number."""
    table = np.atleast_2d(np.asarray(values))
    result: np.ndarray = table[row if len(table) > 1 else 0]
    return result


def _by_vendor(country: Country, lot: _Lot) -> dict[str, tuple[np.ndarray, str]]:
    """What a lot's choice is made of, by vendor: values and unit."""
    model, d, signed = country.model, lot.operator.domain, lot.signed
    world = model.world
    probability, _ = choice.logit(signed.offers[lot.row], noise_scale=model.parameters.noise_scale)
    sponsor = world.slot_sponsor[d]
    cut = country.outlook.benefit[d, 0]
    lender = np.array(world.lenders.names)[country.given[sponsor].argmax(axis=-1)]
    return {
        "utility": (signed.offers[lot.row], "utility"),
        "shock": (signed.shock[lot.row], "standard Gumbel"),
        "probability": (probability, "1"),
        "base": (country.outlook.installed[d, 0], "share of the country's capacity"),
        "price": (model.board.list_price[d], "1 (industry mean cost of the first year)"),
        "price_cut": (cut, "share of the price that loans take off"),
        "lender": (np.where(cut > 0, lender, ""), "who lends most of that"),
    }


def _sentence(country: Country, lot: _Lot, others: list[_Lot], *, drawn: bool) -> str:
    """What was up, why, and how it ended."""
    d = lot.operator.domain
    what = f"{lot.name} ({per_cent(lot.weight)} of the country's capacity)"
    if drawn:
        text = f"{opening_of(country, d)}: {what} is up because {_reason(lot)}; it {_outcome(country, lot)}."
    else:
        text = (
            f"{opening_of(country, d)}: no lot is up in this run and year; had the largest, {what}, been, it "
            f"{_outcome(country, lot, would=True)}."
        )
    if others:
        also = listed([f"{each.name}, which {_outcome(country, each)}" for each in others])
        text += f" Also up: {also}."
    return text


def _reason(lot: _Lot) -> str:
    """Why a lot is on the market."""
    due = Due(*(bool(flag[lot.row, 0]) for flag in lot.signed.tender.due))  # type: ignore[arg-type]
    if due.considered:
        return "nothing is there yet and building is on the agenda"
    if due.early:
        return "its restricted incumbent must go"
    return "a new generation has arrived" if due.freed else "its contract ends"


def _outcome(country: Country, lot: _Lot, *, would: bool = False) -> str:
    """How a tender ended: "stays with huawei"; or how it would have."""
    d, incumbent = lot.operator.domain, lot.incumbent
    signed = bool(lot.signed.chosen.signed[lot.row, 0])
    slot = int(lot.signed.slot[lot.row])
    if not signed and not (lot.signed.offers[lot.row] > -np.inf).any():
        return "would find no offer that may be taken" if would else "finds no offer that may be taken"
    if not signed:
        return "would stay unbuilt" if would else "stays unbuilt"
    winner = vendor_of(country, d, slot)
    if incumbent < 0:
        return f"would be built by {winner}" if would else f"is built by {winner}"
    if incumbent == slot:
        return f"would stay with {winner}" if would else f"stays with {winner}"
    before = vendor_of(country, d, incumbent)
    return f"would go from {before} to {winner}" if would else f"goes from {before} to {winner}"
