"""Why somebody chose whom: every offer of one decision, with its utility term by term."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim import notebook
from lockin_sim.agents import Country, LockInModel, Operator
from lockin_sim.agents.operator import Project, Signed
from lockin_sim.conventions import SEED, STAGES, Floats
from lockin_sim.draws import label_keys
from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.histories import PRIOR, Given, histories
from lockin_sim.model.decisions import Due, Terms, terms_at, worth
from lockin_sim.parameters import Parameters
from lockin_sim.prose import say
from lockin_sim.rules import adoption, choice, diffusion
from lockin_sim.rules import users as rules_of_users
from lockin_sim.scenario import Named
from lockin_sim.wording import listed, number
from lockin_sim.world import World, names, world_of

if TYPE_CHECKING:
    import xarray as xr

#: Vendors that a sentence names at most, and the share from which it names one.
MOST_NAMED, LEAST_NAMED = 3, 0.005

_PRICE = "1 (industry mean cost of the first year)"


@dataclass(frozen=True)
class Explanation:
    """One decision, explained.

    data      dataset over (vendor, term), best offer first: ``terms`` in utility units; and over (vendor):
              ``utility`` (their sum, -inf for an offer that may not be taken), ``probability``, and what else
              this kind of buyer decides on
    sentence  what happened, in words
    """

    data: xr.Dataset
    sentence: str

    def __str__(self) -> str:
        """The sentence and the table, best offer first."""
        columns, rows = self._table()
        first = max([12, *(len(vendor) + 2 for vendor, _ in rows)])
        widths = [max(10, len(column) + 2) for column in columns]
        lines = [" " * first + "".join(f"{c:>{w}}" for c, w in zip(columns, widths, strict=True))]
        for vendor, numbers in rows:
            cells = (f"{x:>{w}.3f}" for x, w in zip(numbers, widths, strict=True))
            lines.append(f"{vendor:<{first}}" + "".join(cells))
        return "\n".join([self.sentence, "", *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """For notebooks."""
        columns, rows = self._table()
        cells = ([vendor, *(f"{x:.2f}" for x in numbers)] for vendor, numbers in rows)
        return notebook.sentence(self.sentence) + "\n" + notebook.table(["", *columns], cells)

    def _table(self) -> tuple[list[str], list[tuple[str, list[float]]]]:
        """Heads of the columns, and each vendor's numbers; terms that are nothing for all are left out."""
        d = self.data
        counts = (d.terms != 0).any("vendor").values
        by_vendor = [str(name) for name, values in d.data_vars.items() if values.dims == ("vendor",)]
        shown = [name for name in by_vendor if d[name].dtype.kind == "f"]
        columns = [*d.term.values[counts].tolist(), *shown]
        numbers = np.column_stack([d.terms.values[:, counts], *(d[name].values for name in shown)])
        numbers[np.abs(numbers) < 5e-4] = 0.0  # no minus before what is shown as nothing
        vendors = [names.name_of("vendor", v) for v in d.vendor.values]
        return columns, [(name, row.tolist()) for name, row in zip(vendors, numbers, strict=True)]


def explain(
    scenario: Named = "baseline",
    *,
    country: str,
    domain: str,
    year: int,
    run: int = 0,
    seed: int = SEED,
    operator: str | None = None,
    history: Given = PRIOR,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float] | None = None,
) -> Explanation:
    """Every offer of one decision of a country, term by term, and how it ended.

    scenario, world, parameters, seed, history  as in :func:`lockin_sim.simulate`
    country   label such as "KEN"
    domain    label such as "mobile_network"; who buys there decides what is explained
    year      year of the decision, after the first of the world
    run       number of the run
    operator  where operators buy, the name of one of them; None = all, and the largest lot that is up

    Operators: one lot, or where none is up the largest as if it were.  Users: the offers, shares before and
    after, and where those go who leave the largest vendor.  Projects: a cable that lands in the country, or
    where none does one of the usual length.  Adopters: each system or family of rules apart.
    Raises InputError for an unknown name or a year outside the world.
    """
    world = world_of(world)
    year = whole_number("explain year", year, least=world.first_year + 1, most=world.last_year)
    for name, value, known in (("country", country, world.countries), ("domain", domain, world.domains)):
        if value not in known:
            called = world.called if name == "country" else None
            raise unknown_name(f"explain {name}", found=value, known=known, called=called)
    seed = whole_number("explain seed", seed)
    model = LockInModel(
        scenario,
        world=world,
        parameters=parameters,
        seed=seed,
        run=run,
        years=(world.first_year, year),
        record=(),
        history=histories(history, world=world, runs=np.array([run])),
    )
    _check_operator(model, country, domain, operator)
    _walk_to_the_choice(model, year)
    buyer, d = model.country(country), world.domains.index(domain)
    decision = _DECISIONS[world.buyer[d]](buyer, d, operator)
    return Explanation(_dataset(buyer, d, decision), decision.sentence)


def _check_operator(model: LockInModel, country: str, domain: str, operator: str | None) -> None:
    """Raises InputError for an operator that the country does not have there."""
    known = {each.label for each in model.operators(country, domain)}
    if operator is not None and not known:
        raise unusable("explain operator", found=operator, allowed=f"None: no operator buys in {domain}")
    if operator is not None and operator not in known:
        raise unknown_name("explain operator", found=operator, known=known)


def _walk_to_the_choice(model: LockInModel, year: int) -> None:
    """Simulate until everybody has decided in a year, but nobody has acted on it."""
    while model.year < year - 1:
        model.step()
    model.begin_year()
    for stage in STAGES[: STAGES.index("choice")]:
        getattr(model, stage)()
    model.decide()


class _Decision(NamedTuple):
    """What one kind of buyer decided in a domain.

    terms    of the offers, (vendor,) each, or numbers
    columns  values and unit by name, (vendor,)
    best     (vendor,), what the vendors are sorted by, the largest first
    about    attributes of this kind of buyer
    """

    sentence: str
    terms: Terms
    columns: dict[str, tuple[NDArray[Any], str]]
    best: Floats
    about: dict[str, object]


def _dataset(country: Country, d: int, decision: _Decision) -> xr.Dataset:
    """A decision as :class:`Explanation` holds it."""
    import xarray as xr

    model, world = country.model, country.model.world
    used = np.flatnonzero(world.slot_vendor[d] >= 0)
    order = used[np.argsort(-decision.best[used], kind="stable")]
    table = np.stack([np.broadcast_to(term, decision.best.shape) for term in decision.terms], axis=-1)
    data: dict[str, Any] = {"terms": (("vendor", "term"), table[order], {"units": "utility"})}
    data |= {name: ("vendor", values[order], {"units": u}) for name, (values, u) in decision.columns.items()}
    vendors = [world.vendors[v] for v in world.slot_vendor[d, order]]
    about = {
        "country": country.label,
        "domain": world.domains[d],
        "buyer": world.buyer[d],
        "year": model.year,
        "noise_scale": model.parameters.noise_scale,
    }
    return xr.Dataset(
        data, coords={"vendor": vendors, "term": list(Terms._fields)}, attrs=about | decision.about
    )


def _where(country: Country, d: int) -> str:
    """Where and when, in words."""
    return f"{_name(country)} {country.model.year}, {names.name_of('domain', country.model.world.domains[d])}"


def _name(country: Country) -> str:
    """The name of a country in English, or its label."""
    called = country.model.world.called
    return next((name for name, label in called.items() if label == country.label), country.label)


def _vendors(country: Country, d: int, slots: Any) -> list[str]:
    """What the vendors in some slots are called."""
    world = country.model.world
    return [names.name_of("vendor", world.vendors[v]) for v in world.slot_vendor[d, slots]]


def _percent(share: float) -> str:
    """A share in words, such as ``37 %``."""
    return f"{100 * share:.0f} %"


# --- an operator's lot ---


class _Lot(NamedTuple):
    """One lot, and how its tender ended."""

    operator: Operator
    signed: Signed
    row: int  # of the tender

    @property
    def place(self) -> int:
        """Position among the operator's lots."""
        return int(self.signed.tender.rows[self.row])

    @property
    def weight(self) -> float:
        """Share of the country's capacity."""
        return float(self.operator.weight[self.place])

    @property
    def name(self) -> str:
        """Its operator, and which of its lots."""
        many = len(self.operator.lots) > 1
        return f"{self.operator.label}, lot {self.place + 1}" if many else self.operator.label

    def outcome(self, country: Country, *, would: bool = False) -> str:
        """How its tender ended: "stays with huawei"; or how it would have."""
        slot, incumbent = int(self.signed.done.slot[self.row, 0]), int(self.operator.incumbent[self.place])
        if not self.signed.done.signed[self.row, 0]:
            end = "unbuilt" if (self.signed.asked.offers[self.row] > -np.inf).any() else "no offer"
        else:
            end = "built" if incumbent < 0 else "stays" if incumbent == slot else "goes"
        before, after = _vendors(country, self.operator.domain, [incumbent, slot])
        return say("explain.outcome", end=end, before=before, after=after, would=would)


def _of_lot(country: Country, d: int, operator: str | None) -> _Decision:
    """The largest lot that is up in a domain, or the largest as if it were."""
    operators = [each for each in country.operators if each.domain == d and operator in (None, each.label)]
    if not operators:
        allowed = f"one in which operators of {country.label} buy"
        raise unusable("explain domain", found=country.model.world.domains[d], allowed=allowed)
    up = [
        _Lot(each, signed, row)
        for each in operators
        if (signed := each.signed) is not None
        for row in range(len(signed.tender.rows))
    ]
    if up:
        lot, *others = sorted(up, key=lambda each: -each.weight)
        due = lot.signed.tender.due
        reasons = [name for name in ("considered", "early", "freed") if getattr(due, name)[lot.row, 0]]
        reason = (*reasons, "ended")[0]
    else:
        largest = max(operators, key=lambda each: each.weight.max())
        exists, no = largest.incumbent >= 0, np.zeros(len(largest.lots), dtype=bool)
        place = np.array([int(largest.weight.argmax())])
        tender = largest.put_up(place, largest.generation, Due(exists, ~exists, no, no))
        lot, others, reason = _Lot(largest, largest.decide(tender), 0), [], ""
    signed, model, sponsor = lot.signed, country.model, country.model.world.slot_sponsor[d]
    offers, shock = signed.asked.offers[lot.row], signed.done.shock[lot.row]
    cut = country.benefit[sponsor] * model.world.financeable[d]
    lender = np.array(model.world.lenders.names)[country.given[sponsor].argmax(axis=-1)]
    terms = (np.atleast_2d(np.asarray(term)) for term in signed.asked.terms)
    return _Decision(
        say(
            "explain.lot", where=_where(country, d), name=lot.name, weight=_percent(lot.weight),
            reason=reason, outcome=lot.outcome(country, would=not up),
            others=[f"{each.name}, which {each.outcome(country)}" for each in others],
        ),
        Terms(*(term[lot.row if len(term) > 1 else 0] for term in terms)),
        {
            "utility": (offers, "utility"),
            "shock": (shock, "standard Gumbel"),
            "probability": (choice.logit(offers, noise_scale=model.parameters.noise_scale)[0], "1"),
            "base": (country.view.installed[0, d, 0], "share of the country's capacity"),
            "price": (model.board.list_price[d], _PRICE),
            "price_cut": (cut, "share of the price that loans take off"),
            "lender": (np.where(cut > 0, lender, ""), "who lends most of that"),
        },
        offers + model.parameters.noise_scale * shock,
        {"operator": lot.operator.label, "weight": lot.weight, "up": int(bool(up))},
    )  # fmt: skip


# --- users ---


def _of_users(country: Country, d: int, _: str | None) -> _Decision:
    """The offers to the users of a domain, shares before and after, and where leavers of the largest go."""
    moved, noise_scale = country.moved, country.model.parameters.noise_scale
    assert moved is not None
    row = int(np.flatnonzero(moved.domains == d)[0])
    offers, before, after = moved.offers[row, 0], moved.before[row, 0], moved.flowed.installed[row, 0]
    appeal = rules_of_users.appeal(moved.offers[row], noise_scale=noise_scale)
    largest, deployed = int(before.argmax()), before.sum()
    leaving = np.zeros_like(moved.before[row])
    leaving[0, largest] = 1.0
    goes = rules_of_users.moves(leaving, appeal, moved.friction[row], noise_scale=noise_scale).gained[0]
    early = float(np.broadcast_to(moved.flowed.early, moved.before.shape)[row].sum())
    was, becomes = diffusion.market_shares(before), diffusion.market_shares(after)
    leading = [v for v in np.argsort(-becomes, kind="stable")[:MOST_NAMED] if becomes[v] > 0]
    renewed = float(moved.flowed.renewed[row].sum())
    becoming = zip(leading, _vendors(country, d, leading), strict=True)
    sentence = say(
        "explain.users", where=_where(country, d), deployed=_percent(deployed), then=_percent(after.sum()),
        renewed=_percent(renewed / deployed) if deployed > 0 else "",
        early=_percent(early / deployed) if early > 0 else "",
        shares=[f"{vendor} {_percent(was[v])} to {_percent(becomes[v])}" for v, vendor in becoming],
    )  # fmt: skip
    if deployed > 0:
        order = np.argsort(-goes, kind="stable")
        to = [v for v in order if v != largest and goes[v] >= LEAST_NAMED][:MOST_NAMED]
        named, *others = _vendors(country, d, [largest, *to])
        going = [f"{_percent(goes[v])} to {vendor}" for v, vendor in zip(to, others, strict=True)]
        sentence += " " + say("explain.leavers", largest=named, back=_percent(goes[largest]), to=going)
    world = country.model.world
    return _Decision(
        sentence,
        terms_at(moved.terms, row, 0),
        {
            "utility": (offers, "utility, without the cost of switching"),
            "probability": (appeal.chance[0], "chance that a new user takes it"),
            "before": (before, "share of the country's capacity"),
            "after": (after, "share of the country's capacity"),
            "goes_to": (goes, "part of those who leave the largest vendor"),
            "price": (country.model.board.list_price[d], _PRICE),
        },
        offers,
        {"largest": world.vendors[world.slot_vendor[d, largest]] if before.any() else ""},
    )


# --- projects ---


def _of_project(country: Country, d: int, _: str | None) -> _Decision:
    """The largest project that lands in a country this year, or one of the usual length as if planned."""
    model, world = country.model, country.model.world
    projects = sorted(country.arrivals, key=lambda each: (-len(each.landings), -each.length))
    arrived = bool(projects)
    if not arrived:
        assert world.routes is not None
        key = model.stream("project") ^ label_keys([f"{country.label} as if"])
        projects = [Project([country], float(world.routes.usual_length[country.place]), 0.0, key)]
        projects[0].choose()
    project, offers, shock = projects[0], projects[0].offers[0], projects[0].shock.reshape(-1)
    probability, _ignored = choice.logit(project.offers, noise_scale=model.parameters.noise_scale)
    winner, *others = (  # empty where nobody may
        _vendors(country, d, [int(each.winner.argmax())])[0] if each.winner.any() else "" for each in projects
    )
    # suppliers that landing states restrict, and which do: "hmn by United States"
    slots, vetoes = np.flatnonzero(world.slot_vendor[d] >= 0), []
    for slot, vendor in zip(slots, _vendors(country, d, slots), strict=True):
        sponsor, bars = world.slot_sponsor[d, slot], world.sensitive[d]
        states = [_name(each) for each in project.landings if bars and each.view.barred[0, 0, sponsor]]
        vetoes += [f"{vendor} by {listed(states)}"] if states else []
    return _Decision(
        say(
            "explain.project", where=_where(country, d), length=number(project.length, 0), winner=winner,
            landings=[_name(each) for each in project.landings] if arrived else [], vetoes=vetoes,
            others=[other or "nobody" for other in others],
        ),
        terms_at(project.terms, 0),
        {
            "utility": (offers, "utility"),
            "shock": (shock, "standard Gumbel"),
            "probability": (probability[0], "1"),
            "base": (country.view.installed[0, d, 0], "share of the landings in the country"),
            "price": (model.board.list_price[d], _PRICE),
        },
        offers + model.parameters.noise_scale * shock,
        {
            "landings": [each.label for each in project.landings],
            "length": project.length,
            "up": int(arrived),
        },
    )  # fmt: skip


# --- adopters ---


def _of_adopters(country: Country, d: int, _: str | None) -> _Decision:
    """The systems or families of rules of a domain, and what became of each."""
    model, adopted, world = country.model, country.adopted, country.model.world
    row = int(np.flatnonzero(model.bought_by["adopters"] == d)[0])
    terms = terms_at(adopted.terms, row, 0)
    before, after, used = (
        adopted.before[row],
        adopted.adoption[row],
        np.flatnonzero(world.slot_vendor[d] >= 0),
    )
    utility = worth(terms, adopted.there[row])
    own = _vendors(country, d, np.flatnonzero(adopted.own[row]))
    if world.enacted[d]:
        chance = np.where(before > 0, 1.0, adoption.passing(utility, model.now.adoption_rate[d]))
        meaning = "chance that the law is in force a year later"
        in_force, passed = (_vendors(country, d, used[which[used]]) for which in (before > 0, after > before))
        sentence = say("explain.laws", where=_where(country, d), in_force=in_force, passed=passed, own=own)
    else:
        chance, meaning = choice.logistic(utility), "chance that a new device reads it"
        order = used[np.argsort(-after[used], kind="stable")]
        order = order[np.maximum(before, after)[order] >= LEAST_NAMED]
        read = [
            f"{vendor} ({_percent(before[v])} of them before, {_percent(after[v])} after)"
            for v, vendor in zip(order, _vendors(country, d, order), strict=True)
        ]
        sentence = say("explain.systems", where=_where(country, d), read=read, own=own)
    return _Decision(
        sentence,
        terms,
        {
            "utility": (utility, "utility"),
            "probability": (chance, meaning),
            "before": (before, "adoption, 0 to 1"),
            "after": (after, "adoption, 0 to 1"),
        },
        utility,
        {"own": own},
    )


#: What is explained, by who buys.
_DECISIONS: dict[str, Callable[[Country, int, str | None], _Decision]] = {
    "operator": _of_lot,
    "users": _of_users,
    "project": _of_project,
    "adopters": _of_adopters,
}
