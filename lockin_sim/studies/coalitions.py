"""Coalitions and venues: who could pass or stop a family's proposals in each body, given the base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.rules import counting, voting
from lockin_sim.runs.cases import Case, run_cases
from lockin_sim.scenario import Named, load_scenario
from lockin_sim.statistics import interval, mean_over_runs
from lockin_sim.studies.ballots import RECORD, Proposal, base_of, cast, settled, utility
from lockin_sim.studies.coalition_rules import cheapest_to_block, cheapest_to_pass
from lockin_sim.studies.leads import offers_of
from lockin_sim.studies.options import provenance
from lockin_sim.studies.outcomes import vendors_of
from lockin_sim.world import Body, World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: A member more willing than another is won over first where both count alike.
_TIE = 1e-6


def coalitions(
    *,
    world: World | None = None,
    scenario: Named = "baseline",
    family: str = "",
    domain: str = "mobile_network",
    year: int | None = None,
    change: Mapping[str, str] | None = None,
    parameters: Parameters | Mapping[str, float] | None = None,
    draws: int = 200,
    runs: int = RUNS.votes,
    seed: int = SEED,
    workers: int | None = None,
    progress: bool | Progress = False,
) -> xr.Dataset:
    """Who could pass or stop a family's proposals on a domain, in each body by its real procedure.

    family    whose proposals; that of the world's case by default
    domain    what they are about; every body is asked, with its mandate or not, so that venues can be
              compared on the same proposal and the same base
    year      of the vote; the last of the world's case by default
    change    economies that change vendor, ISO3 code -> sponsor: all of their base is then of its vendors
    draws     votes drawn in each run, from the chances of the members' ballots and the shock that they share

    Returns a dataset over (body), means over runs.  Whatever the base: ``least_pass`` and ``least_block``,
    fewest members that win against all others, and that stop them.  Given the base, by each member's likelier
    ballot: ``to_pass`` and ``to_block``, fewest members to win over, and to turn away; ``money`` to pass, USD
    bn a year of networks that would have to be bought from the family's owners (NaN where in some run no
    money can).
    By drawn votes: ``passes``, the chance to pass, and ``passes_changed``, what the change of vendor adds to
    it, with 95 % intervals over runs.  Over (body, country): ``pivotal``, the chance that the member's ballot
    decides, given how likely all others are to say yes; ``pivotal_changed``, what the change adds to it;
    ``asked``, share of runs in which it is among the fewest to win over.  NaN for who is no member.
    Raises InputError for anything that cannot be used.
    """
    world = world_of(world)
    given, changed = parameters_of(parameters), dict(change or {})
    span = (world.first_year, world.case.years.horizon if year is None else year)
    proposal = _proposal(world, family, domain, world.horizon(span)[1])
    for code, sponsor in changed.items():
        if code not in world.countries:
            raise unknown_name("change, economy", found=code, known=world.countries, called=world.called)
        offers_of(world, sponsor)
    chosen = load_scenario(scenario)
    values = chosen.configure(given).alone()
    number, seed = whole_number("draws", draws, least=1), whole_number("seed", seed)
    reduce = Assembly(proposal, tuple(changed.items()), values, number, seed)
    case = Case("coalitions", chosen, reduce, given, RECORD)
    found = run_cases(
        [case], world=world, runs=runs, seed=seed, years=span, workers=workers, progress=progress
    )["coalitions"]
    about = provenance(world, parameters=values, runs=runs, seed=seed, years=span)
    about |= {**proposal._asdict(), "scenario": chosen.name, "draws": number}
    return _dataset(
        found, world, proposal, about | {"change": " ".join(f"{c}={s}" for c, s in changed.items())}
    )


def _proposal(world: World, family: str, domain: str, year: int) -> Proposal:
    """The proposal, its names checked."""
    if not world.bodies:
        raise unusable("world", found=world.name, allowed="one with standards bodies")
    family = family or world.case.family
    for what, name, known in (("family", family, world.standards), ("domain", domain, world.domains)):
        if name not in known:
            raise unknown_name(what, found=name, known=known)
    return Proposal(family, domain, year)


@dataclass(frozen=True)
class Assembly:
    """What all bodies make of a proposal in each run.  Called with a dataset and its world."""

    proposal: Proposal
    change: tuple[tuple[str, str], ...]
    parameters: Parameters
    draws: int
    seed: int

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        """Arrays by name, each (run, body) or (run, body, country)."""
        base, p = base_of(ds, self.proposal), self.parameters
        owners = world.owners[world.standards.index(self.proposal.family)]
        theirs = np.stack([vendors_of(world, h) for h in world.sponsors]).T @ owners
        opinions = {
            "now": base,
            "changed": _replaced(base, world, dict(self.change)),
            "owned": np.where(theirs > 0, theirs, 0.0) / max(theirs.sum(), 1.0) + 0.0 * base,
        }
        found = {name: utility(world, p, self.proposal, b) for name, b in opinions.items()}
        size = world.conditions.of("market_size", np.array([self.proposal.year]))[0]
        market = size[world.domains.index(self.proposal.domain)]
        rows = [
            [self._decided(body, world, found, market, run) for body in world.bodies]
            for run in range(len(base))
        ]
        return {name: np.array([[one[name] for one in row] for row in rows]) for name in rows[0][0]}

    def _decided(
        self, body: Body, world: World, found: Mapping[str, Floats], market: Floats, run: int
    ) -> dict[str, Any]:
        """One body in one run."""
        members, n = np.flatnonzero(body.members), len(world.countries)
        now, owned = found["now"][run, members], found["owned"][run, members]
        yes, body_index = now > 0, world.bodies.index(body)
        body = settled(body, self.parameters)
        by_will = 1.0 + _TIE * np.argsort(np.argsort(-now))
        to_pass = cheapest_to_pass(body, yes, by_will)
        bought = np.divide(-now, owned - now, out=np.full(len(now), np.inf), where=owned > np.maximum(now, 0))
        price = np.where(yes, 1.0, np.maximum(bought, 0.0)) * market[members]
        money = cheapest_to_pass(body, yes, np.maximum(price, _TIE))
        rng = np.random.default_rng([self.seed, run, body_index])
        shock, luck = rng.standard_normal((self.draws, 1)), rng.uniform(size=(self.draws, len(members)))
        chance, pivotal = {}, {}
        for which in ("now", "changed"):
            ballots = cast(found[which][run, members], shock, luck, self.parameters)
            chance[which], decides = decisive(body, *ballots)
            pivotal[which] = _laid_out(decides, members, n)
        asked = np.zeros(len(members)) if to_pass is None else to_pass.astype(float)
        block = cheapest_to_block(body, yes, 1.0 + _TIE * np.argsort(np.argsort(now)))
        nobody, everybody, alike = (
            np.zeros(len(members), bool),
            np.ones(len(members), bool),
            np.ones(len(members)),
        )
        return {
            "least_pass": _count(cheapest_to_pass(body, nobody, alike)),
            "least_block": _count(cheapest_to_block(body, everybody, alike)),
            "to_pass": _count(to_pass),
            "to_block": _count(block),
            "money": np.nan if money is None else float(price[money].sum()),
            "passes": chance["now"],
            "passes_changed": chance["changed"] - chance["now"],
            "pivotal": pivotal["now"],
            "pivotal_changed": pivotal["changed"] - pivotal["now"],
            "asked": _laid_out(asked, members, n),
        }


def decisive(body: Body, yes: Bools, votes: Bools) -> tuple[float, Floats]:
    """Share of drawn votes in which a proposal passes, and in which each member's ballot decides.

    yes, votes  (draw, member), who says yes and who votes at all; a member decides where yes passes and no
                does not, the others voting as they do
    Returns the chance to pass and the chance to decide, (member,).
    """
    weight, firm = (array[body.members, None] for array in (body.weight, body.firm_weight))

    def passed(yes: Bools, votes: Bools) -> Bools:
        """Which drawn votes pass by the body's procedure.  (draw,)."""
        counted = counting.count(yes[..., None], votes[..., None], weight, firm)
        won: Bools = voting.PROCEDURES[body.procedure](counted, body.quota, body.blocking)[1]
        return won[..., 0, 0]

    pivotal = np.empty(yes.shape[-1])
    for member in range(yes.shape[-1]):
        turned, there = yes.copy(), votes.copy()
        there[:, member] = True
        turned[:, member] = True
        wins = passed(turned, there)
        turned[:, member] = False
        pivotal[member] = (wins & ~passed(turned, there)).mean()
    return float(passed(yes, votes).mean()), pivotal


def _replaced(base: Floats, world: World, change: Mapping[str, str]) -> Floats:
    """The base after some economies have changed vendor, among a sponsor's as these stand in the world."""
    after = base.copy()
    for code, sponsor in change.items():
        mine = vendors_of(world, sponsor)
        total = base[..., mine].sum(axis=1)
        share = np.where(total.sum(axis=-1, keepdims=True) > 0, total, 1.0)
        i = world.countries.index(code)
        after[:, i] = 0.0
        after[:, i, mine] = share / share.sum(axis=-1, keepdims=True)
    return after


def _laid_out(values: Floats, members: Any, n: int) -> Floats:
    """Values of members among all countries, NaN for who is none."""
    laid = np.full(n, np.nan)
    laid[members] = values
    return laid


def _count(chosen: Bools | None) -> float:
    """How many were chosen, undefined where nobody could be."""
    return np.nan if chosen is None else float(chosen.sum())


_UNITS = {
    "least_pass": "members", "least_block": "members", "to_pass": "members", "to_block": "members",
    "money": "USD bn per year", "pivotal": "1", "pivotal_changed": "1", "asked": "share of runs",
}  # fmt: skip


def _dataset(
    found: Mapping[str, Floats], world: World, proposal: Proposal, about: dict[str, Any]
) -> xr.Dataset:
    """All that was found, as a dataset over bodies and economies."""
    import xarray as xr

    data: dict[str, Any] = {}
    for name, unit in _UNITS.items():
        axes = ("body", "country")[: found[name].ndim - 1]
        mean = found[name].mean(axis=0) if name == "money" else mean_over_runs(found[name])[0]
        data[name] = (axes, mean, {"units": unit})
    for name in ("passes", "passes_changed"):
        mean, low, high, _ = interval(found[name])
        data |= {
            f"{name}{end}": ("body", v, {"units": "1"})
            for end, v in (("", mean), ("_low", low), ("_high", high))
        }
    mandate = world.conditions.of("mandate", np.array([proposal.year]))[0]
    data["mandate"] = ("body", mandate[:, world.domains.index(proposal.domain)])
    data["members"] = ("body", np.array([int(b.members.sum()) for b in world.bodies]))
    return xr.Dataset(
        data, coords={"body": list(world.body_names), "country": list(world.countries)}, attrs=about
    )
