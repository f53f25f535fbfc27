"""Coalitions and venues: who could pass or block a family's proposals in each body, given the installed
base."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np
from scipy.optimize import LinearConstraint, milp

from lockin_sim.conventions import RUNS, Bools, Floats, Integers
from lockin_sim.errors import unusable, whole_number
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Voter
from lockin_sim.parameters import Parameters
from lockin_sim.rules import counting, voting
from lockin_sim.runs.jobs import Case
from lockin_sim.scenario import Named, load_scenario
from lockin_sim.statistics import interval, means
from lockin_sim.studies.contrast import Options, setup
from lockin_sim.studies.outcomes import vendors_of
from lockin_sim.world import Body, World

if TYPE_CHECKING:
    import xarray as xr

#: Breaks ties between members of equal weight: the more willing is won over first.
_TIE = 1e-6

#: Tolerance of shares, which tables give to five digits, when they become whole votes.
_DIGITS = 1e-3

#: Variables by body, or by member, with their units.
_UNITS = {
    "least_pass": "members", "least_block": "members", "to_pass": "members", "to_block": "members",
    "money": "USD bn per year", "pivotal": "1", "pivotal_changed": "1", "asked": "share of runs",
}  # fmt: skip


class Proposal(NamedTuple):
    """What is voted on."""

    family: str
    domain: str
    year: int


def coalitions(
    *,
    scenario: Named = "baseline",
    family: str = "",
    domain: str = "mobile_network",
    year: int | None = None,
    change: Mapping[str, str] | None = None,
    draws: int = 200,
    runs: int = RUNS.votes,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Find who could pass or block a family's proposals on a domain, by the procedure of each body.

    Parameters
    ----------
    scenario, runs, options : as in :func:`lockin_sim.simulate`; years end with the vote.
    family : whose proposals; by default the family under study.
    domain : subject of the proposals; every body votes, with or without a mandate, so that venues can be
        compared on the same proposal and the same base.
    year : of the vote; by default the last of the world's case.
    change : economies that change vendor, ISO3 code -> sponsor, whose vendors then have all of their base.
    draws : votes drawn in each run, from the members' chances to vote yes and the shock that they share.

    Returns
    -------
    Dataset
        Over (body), means over runs.  Whatever the base: ``least_pass`` and ``least_block``, the fewest
        members that can pass a proposal against all others, and that can block it.  Given the base, by each
        member's likelier ballot: ``to_pass`` and ``to_block``, the fewest members to win over, and to turn
        away; ``money`` to pass, USD bn a year of networks to buy from the family's owners (NaN where money
        cannot do it in some run).  By drawn votes: ``passes``, the chance to pass, and ``passes_changed``, by
        how much the change of vendor raises it, with 95 % intervals over runs.  Over (body, country):
        ``pivotal``, the chance that the member's ballot decides, given how likely all others are to say yes;
        ``pivotal_changed``, by how much the change raises it; ``asked``, share of runs in which it is among
        the fewest to win over. NaN for non-members.

    Raises
    ------
    InputError
        For anything that cannot be used.
    """
    how = setup(runs, **options)
    world, chosen = how.world, load_scenario(scenario)
    changed = {
        world.code_of("change", economy, "country"): world.code_of("change", sponsor, "sponsor")
        for economy, sponsor in (change or {}).items()
    }
    span = world.horizon((world.first_year, world.case.years.horizon if year is None else year))
    proposal = _proposal(world, family, domain, span[1])
    values = chosen.configure(how.parameters).alone()
    number = whole_number("draws", draws, least=1)
    how = dataclasses.replace(how, years=span, seed=whole_number("seed", how.seed))
    reduce = Assembly(proposal, tuple(changed.items()), values.at(span[1]), number, how.seed)
    case = Case("coalitions", chosen, reduce, how.parameters, ("installed",))
    arrays = how.run([case])["coalitions"]
    about = {**proposal._asdict(), "scenario": chosen.name, "draws": number}
    about["change"] = " ".join(f"{c}={s}" for c, s in changed.items())
    made = dataclasses.replace(how, parameters=values).attributes(**about)
    return _dataset(arrays, world, proposal).assign_attrs(made)


def _proposal(world: World, family: str, domain: str, year: int) -> Proposal:
    """The proposal, after checks of all names."""
    if not world.bodies:
        raise unusable("world", found=world.name, allowed="one with standards bodies")
    family = world.code_of("family", family or world.case.family, "standard")
    return Proposal(family, world.code_of("domain", domain, "domain"), year)


def _dataset(arrays: Mapping[str, Floats], world: World, proposal: Proposal) -> xr.Dataset:
    """Results of all runs as a dataset over bodies and economies."""
    import xarray as xr

    data: dict[str, Any] = {}
    for name, unit in _UNITS.items():
        axes = ("body", "country")[: arrays[name].ndim - 1]
        mean = arrays[name].mean(axis=0) if name == "money" else means(arrays[name])
        data[name] = (axes, mean, {"units": unit})
    for name in ("passes", "passes_changed"):
        for end, value in zip(("", "_low", "_high"), interval(arrays[name], None)[:3], strict=True):
            data[f"{name}{end}"] = ("body", value, {"units": "1"})
    mandate = world.conditions.of("mandate", np.array([proposal.year]))[0]
    data["mandate"] = ("body", mandate[:, world.domains.index(proposal.domain)])
    data["members"] = ("body", np.array([int(b.members.sum()) for b in world.bodies]))
    return xr.Dataset(data, coords={"body": list(world.body_names), "country": list(world.countries)})


@dataclass(frozen=True)
class Assembly:
    """Votes of all bodies on a proposal in each run.  Called with a dataset and its world."""

    proposal: Proposal
    change: tuple[tuple[str, str], ...]
    parameters: Parameters
    draws: int
    seed: int

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        """Arrays by name, each (run, body) or (run, body, country)."""
        at, p = self.proposal, self.parameters
        installed = ds["installed"].sel(domain=at.domain, year=at.year)
        base = np.nan_to_num(installed.transpose("run", "country", "vendor").values.astype(np.float64))
        owners = world.owners[world.standards.index(at.family)]
        theirs = np.stack([vendors_of(world, h) for h in world.sponsors]).T @ owners
        bases = {
            "now": base,
            "changed": _replaced(base, world, dict(self.change)),
            "owned": np.where(theirs > 0, theirs, 0.0) / max(theirs.sum(), 1.0) + 0.0 * base,
        }
        opinions = {name: utility(world, p, at, b) for name, b in bases.items()}
        size = world.conditions.of("market_size", np.array([at.year]))[0]
        market = size[world.domains.index(at.domain)]
        rows = [
            [self._decided(body, b, {name: v[place] for name, v in opinions.items()}, market, run)
             for b, body in enumerate(world.bodies)]
            for place, run in enumerate(ds["run"].values.tolist())
        ]  # fmt: skip
        return {name: np.array([[one[name] for one in row] for row in rows]) for name in rows[0][0]}

    def _decided(
        self, body: Body, position: int, opinions: Mapping[str, Floats], market: Floats, run: int
    ) -> dict[str, Any]:
        """Results of one body in one run.  opinions, market  (country,)"""
        members, n = np.flatnonzero(body.members), len(market)
        now, owned = opinions["now"][members], opinions["owned"][members]
        yes, body = now > 0, settled(body, self.parameters)
        to_pass = cheapest_to_pass(body, yes, 1.0 + _TIE * np.argsort(np.argsort(-now)))
        to_block = cheapest_to_block(body, yes, 1.0 + _TIE * np.argsort(np.argsort(now)))
        bought = np.divide(-now, owned - now, out=np.full(len(now), np.inf), where=owned > np.maximum(now, 0))
        price = np.where(yes, 1.0, np.maximum(bought, 0.0)) * market[members]
        money = cheapest_to_pass(body, yes, np.maximum(price, _TIE))
        rng = np.random.default_rng([self.seed, run, position])
        shock, luck = rng.standard_normal((self.draws, 1)), rng.uniform(size=(self.draws, len(members)))
        (chance, pivotal), (chance_changed, pivotal_changed) = (
            decisive(body, *cast(opinions[which][members], shock, luck, self.parameters))
            for which in ("now", "changed")
        )
        alike = np.ones(len(members))
        asked = np.zeros(len(members)) if to_pass is None else to_pass.astype(float)
        of_members = {"pivotal": pivotal, "pivotal_changed": pivotal_changed - pivotal, "asked": asked}
        laid_out = {name: np.full(n, np.nan) for name in of_members}  # NaN for non-members
        for name, values in of_members.items():
            laid_out[name][members] = values
        return {
            "least_pass": _count(cheapest_to_pass(body, alike == 0, alike)),
            "least_block": _count(cheapest_to_block(body, alike == 1, alike)),
            "to_pass": _count(to_pass),
            "to_block": _count(to_block),
            "money": np.nan if money is None else float(price[money].sum()),
            "passes": chance,
            "passes_changed": chance_changed - chance,
            **laid_out,
        }


def _replaced(base: Floats, world: World, change: Mapping[str, str]) -> Floats:
    """The base after some economies have changed vendor; a sponsor's vendors share it as in the world's
    base."""
    after = base.copy()
    for code, sponsor in change.items():
        mine = vendors_of(world, sponsor)
        total = base[..., mine].sum(axis=1)
        share = np.where(total.sum(axis=-1, keepdims=True) > 0, total, 1.0)
        i = world.countries.index(code)
        after[:, i] = 0.0
        after[:, i, mine] = share / share.sum(axis=-1, keepdims=True)
    return after


def _count(chosen: Bools | None) -> float:
    """Number of members chosen; NaN if no choice exists."""
    return np.nan if chosen is None else float(chosen.sum())


# --- members' opinions and votes ---


def utility(world: World, p: Parameters, at: Proposal, base: Floats) -> Floats:
    """Vote utility of each country, before the shock that all share.  (run, country)

    p     one set of scalars
    base  (run, country, vendor), that of the run or another
    Affinity is that on record, without the drift through the use of platforms.
    """
    d, s = world.domains.index(at.domain), world.standards.index(at.family)
    by_slot = np.where(world.slot_vendor[d] >= 0, base[..., world.slot_vendor[d]], 0.0)
    affinity = world.conditions.of("affinity", np.array([at.year]))[0]
    voter = Voter(by_slot, affinity @ world.ties, world.democracy[:, None])
    usual = world.usual_base[d, None]
    return decisions.inclination(voter, world.owned_slots[d], usual, world.challenger, p)[..., s]


def cast(utility: Floats, shock: Floats, luck: Floats, p: Parameters) -> tuple[Bools, Bools]:
    """Draw votes: who says yes, and who votes.  (draw, country) each

    utility  (country,)
    shock    (draw, 1), standard normal, shared by all;  luck (draw, country), uniform in (0, 1)
    """
    yes, votes = decisions.ballot(utility[:, None], shock[..., None], luck[..., None], p)
    return yes[..., 0], votes[..., 0]


def settled(body: Body, p: Parameters) -> Body:
    """The body with its hurdle as a number, from the parameter where it has none of its own."""
    return dataclasses.replace(body, quota=float(decisions.quota_of(body, p)))


def decisive(body: Body, yes: Bools, votes: Bools) -> tuple[float, Floats]:
    """Share of drawn votes in which a proposal passes, and in which each member's ballot decides.

    yes, votes  (draw, member), who says yes and who votes at all; a member decides if its yes passes and its
                no does not, with the others' votes unchanged
    Returns the chance to pass and the chance to decide, (member,).
    """
    weight, firm = (array[body.members, None] for array in (body.weight, body.firm_weight))

    def passed(yes: Bools, votes: Bools) -> Bools:
        """Drawn votes that pass by the body's procedure.  (draw,)"""
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


# --- least coalitions ---


def winning(body: Body) -> tuple[Integers, list[int]]:
    """Weights (rule, member) and the least yes-weight of each rule, with all members voting: every procedure
    of ``rules/voting.py`` is one weighted vote, or several that must all be won.

    A blocking share is a second rule: a share of yes votes in ISO/IEC, a veto by more than that share of the
    room in the IETF.
    Raises ValueError for a procedure whose rules are not known.
    """
    own, quota = body.weight[body.members], body.quota
    heads, weight = (own > 0).astype(int), whole(own)
    n, total = int(heads.sum()), int(weight.sum())
    match body.procedure:
        case "double_two_thirds":
            full = (own >= 1).astype(int)
            return np.stack([full, heads]), [least(quota, int(full.sum())), least(1 - body.blocking, n)]
        case "rough_consensus":
            veto = (weight > body.blocking * total).astype(int)
            if veto.any():
                return np.stack([weight, veto]), [least(quota, total), int(veto.sum())]
            return weight[None], [least(quota, total)]
        case "chambers":
            private = whole(body.firm_weight[body.members])
            return np.stack([heads, private]), [more(quota, n), more(quota, int(private.sum()))]
        case "weighted_firms":
            return weight[None], [least(quota, total)]
        case "one_country_one_vote":
            return heads[None], [more(quota, n)]
        case "invited_forum":
            return weight[None], [more(quota, total)]
    raise ValueError(f"procedure {body.procedure}: its rules as weighted votes are not known")


def whole(weight: Floats) -> Integers:
    """Whole numbers in the same proportions as weights, of which the finest are halves."""
    doubled = np.rint(2 * weight).astype(int)
    return doubled // 2 if (doubled % 2 == 0).all() else doubled


def least(share: float, total: int) -> int:
    """Smallest whole number that reaches a share of a total."""
    return int(np.ceil(share * total - _DIGITS))


def more(share: float, total: int) -> int:
    """Smallest whole number above a share of a total."""
    return int(np.floor(share * total + _DIGITS)) + 1


def cheapest_to_pass(body: Body, yes: Bools, price: Floats) -> Bools | None:
    """The cheapest members to win over so that a proposal passes.  (member,)

    price  (member,), of winning each over, above 0; infinite: cannot be won over
    None if it cannot be done.
    """
    weights, quotas = winning(body)
    missing = np.array(quotas) - weights @ yes
    return _cheapest(weights, missing, price, ~yes)


def cheapest_to_block(body: Body, yes: Bools, price: Floats) -> Bools | None:
    """The cheapest members to turn away from yes so that a proposal fails under one rule.  (member,)"""
    weights, quotas = winning(body)
    over = weights @ yes - np.array(quotas) + 1
    found = [_cheapest(w[None], over[[r]], price, yes) for r, w in enumerate(weights)]
    known = [chosen for chosen in found if chosen is not None]
    return min(known, key=lambda chosen: float(price[chosen].sum())) if known else None


def _cheapest(weights: Integers, missing: Integers, price: Floats, free: Bools) -> Bools | None:
    """The cheapest free members whose weights cover what is missing under every rule."""
    able = free & np.isfinite(price)
    chosen = np.zeros(len(price), dtype=bool)
    if (missing <= 0).all():
        return chosen
    if (weights[:, able].sum(axis=1) < missing).any():
        return None
    found = milp(
        price[able],
        constraints=LinearConstraint(weights[:, able], lb=missing),
        integrality=np.ones(int(able.sum())),
        bounds=(0, 1),
    )
    if not found.success:
        raise RuntimeError(f"least coalition: {found.message}")
    chosen[np.flatnonzero(able)[found.x > 0.5]] = True
    return chosen
