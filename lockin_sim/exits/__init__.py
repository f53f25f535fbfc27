"""An exit plan: what leaving a vendor would cost one economy, who could pay, and when each lot comes due."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.conventions import NEVER, RUNS, SEED, Bools, Floats
from lockin_sim.draws import GENERATOR, History
from lockin_sim.ensemble import Source, posterior_draws, posterior_history
from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.exits.page import write
from lockin_sim.exits.walk import MOMENTS, Buyer, Walk
from lockin_sim.histories import CONDITIONED, PRIOR, Given, called, histories
from lockin_sim.netcdf import plain
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.results import check_folder
from lockin_sim.rules import finance
from lockin_sim.runs.context import now
from lockin_sim.runs.jobs import all_units, joined
from lockin_sim.runs.provenance import digest, world_digest
from lockin_sim.runs.store import ranges
from lockin_sim.runs.workers import check_numbers
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.simulation import check_progress, simulate
from lockin_sim.titles import scenario_title
from lockin_sim.world import BUNDLED, World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: Draws of a unit, and draws among which the vendor to leave is found where none is named.
CHUNK, FEW = 16, 16

#: Years that are followed at least.
AHEAD = 12

#: Policies that are tried where none is named, beside a cap of the economy's own on the share of one vendor.
POLICIES, CAP = ("digital_oda", "open_ran"), 0.5

#: Units and meanings of variables.
MEANINGS = {
    "cost": ("USD bn", "cost of leaving"),
    "bought_again": ("USD bn", "part of it that was paid ahead and is bought again"),
    "rebate": ("share of the price", "rebate on others' prices that makes up for what is lost"),
    "without_switching": ("share of the price", "the same for a buyer without an incumbent"),
    "chance": ("probability", "chance that the buyer leaves by itself"),
    "cut": ("share of the price", "what loans take off the price of others"),
    "spending": ("USD bn", "spending until the next contract"),
    "contract": ("USD bn", "part of that spending that is paid ahead"),
    "could_lend": ("USD bn", "loans for a contract with somebody else"),
    "supplied": ("share of capacity", "who supplies it when the year begins"),
    "supplier": ("index of vendor, -1 if none", "vendor of the lot"),
    "held": ("share of capacity", "part of the layer that the buyer has from those to leave"),
    "due_year": ("year", "first year in which the lot is up, as things go"),
    "generation_year": ("year", "year in which a generation frees the lot"),
    "restricted": ("1", "whether vendors are restricted"),
    "debt": ("USD bn", "debt when the year begins"),
    "due_to_sponsor": ("USD bn", "principal that falls due of that debt"),
    "owed": ("USD bn", "debt when the year begins"),
    "owed_until": ("year", "year in which the last of it falls due"),
    "due_to_lender": ("USD bn", "principal that falls due of that debt"),
    "stays": ("share of capacity", "part of the layer held after each year"),
    "market_size": ("USD bn per year", "spending at full coverage"),
}


def exit_plan(
    country: str,
    *,
    leaving: str | None = None,
    year: int | None = None,
    suppliers: Mapping[str, str] | None = None,
    policies: Sequence[Named] | None = None,
    baseline: Named = "baseline",
    posterior: Source = None,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float] | None = None,
    history: Given = PRIOR,
    draws: int = RUNS.mechanisms,
    seed: int = SEED,
    workers: int | None = None,
    progress: bool | Progress = False,
    out: str | Path | None = None,
) -> xr.Dataset:
    """What it would cost an economy to leave a vendor: buyer by buyer, now and later, over the posterior.

    country    label such as "KEN"
    leaving    a vendor such as "huawei", or a sponsor such as "CHN": all of its vendors.  None = the foreign
               vendor that runs most of the layers in which a state may restrict vendors, by what is spent
    year       when the plan is made; None = the first after the record
    suppliers  vendor by operator, as ``{"operator 1": "huawei"}``, where the economy knows it: these run all
               lots of the operator when the year begins.  Others are simulated
    policies   scenarios tried beside the baseline, each as if it began in ``year``; None = a cap on any one
               vendor by the economy itself, EU loans, and open interfaces
    posterior  where parameters are drawn from: None = the draws that come with the package, a folder of
               ``lockin calibrate``, or its dataset; parameters that are given are not drawn
    draws      number of draws, at least 2, each a run with luck of its own
    workers    number of processes; None = one for each processor
    out        folder for the page ``exit.html``, tables, dataset and manifest; None = nothing is written

    Returns a dataset over (draw, buyer, moment, ...).  A buyer is a lot of an operator, all users of a
    layer, or all cables that land; a moment is ``now``, before the contract ends; ``renewal``, at its end;
    or ``generation``, when the next generation of the technology frees the lot in part.  ``cost`` is (T8) in
    USD bn, NaN for draws in which the buyer has nothing from those to leave, or nobody else offers.
    ``stays`` is what is held after each year under each policy; the others are said in :data:`MEANINGS`.
    Raises InputError for anything that cannot be used.
    """
    runs = _Runs(load_scenario(baseline), parameters_of(parameters), posterior, history, draws, seed)
    processes = runs.check(workers, progress, out)
    walk, titles = _walk(world_of(world), runs, country, leaving, year, suppliers or {}, policies)
    about = {
        **runs.about(),
        "named": int(leaving is not None),
        "suppliers": "; ".join(f"{o}={v}" for o, v in (suppliers or {}).items()),
        "policies": "; ".join(str(each) for each in policies or () if isinstance(each, str)),
    }
    plan = _dataset(_computed(walk, draws, processes, progress), walk, titles, about)
    if out is not None:
        write(plan, out)
    return plan


class _Runs(NamedTuple):
    """What all runs of a plan are made of, as :func:`exit_plan` takes it."""

    baseline: Scenario
    given: Parameters
    posterior: Source
    history: Given
    draws: int
    seed: int

    def check(self, workers: int | None, progress: bool | Progress, out: str | Path | None) -> int:
        """Processes that compute.  Raises InputError for what cannot be used, before anything is computed."""
        whole_number("draws", self.draws, least=2)
        processes = check_numbers(self.draws, self.seed, workers)
        check_progress(progress)
        now().check()
        if out is not None:
            check_folder(Path(out))
        return processes

    def parameters(self) -> Parameters:
        """Parameters of each draw; what is given is not drawn."""
        self.given.check_runs(self.draws)
        kept = self.given.given()
        drawn = posterior_draws(self.draws, seed=self.seed, source=self.posterior)
        free = {name: values for name, values in drawn.items() if name not in kept}
        return self.baseline.configure(self.given.replace(free))

    def luck(self, world: World) -> History | None:
        """Histories of each draw: near the record those of the posterior's draws, where it has any."""
        own = None
        if self.history == CONDITIONED:
            own = posterior_history(
                self.draws, seed=self.seed, countries=world.countries, source=self.posterior
            )
        return histories(self.history if own is None else own, world=world, runs=np.arange(self.draws))

    def about(self) -> dict[str, Any]:
        """The same as attributes of a dataset."""
        of_a_place = self.posterior is None or isinstance(self.posterior, str | Path)
        return {
            "posterior": str(self.posterior or "bundled") if of_a_place else "given",
            "parameters": "; ".join(f"{name}={value}" for name, value in self.given.given().items()),
            "history": called(self.history),
            "draws": self.draws,
            "seed": self.seed,
        }


def _walk(
    world: World,
    runs: _Runs,
    country: str,
    leaving: str | None,
    year: int | None,
    suppliers: Mapping[str, str],
    policies: Sequence[Named] | None,
) -> tuple[Walk, list[str]]:
    """The job, checked, and the titles of its scenarios."""
    place, when = country_of(world, country), _year_of(world, year)
    last = _last_year(world, place, when)
    tried = _policies_of(policies, world, place, (world.first_year, last), when)
    world = _with_suppliers(world, place, suppliers, when)
    if leaving is not None:
        _offers_of(world, leaving)  # refused before anything is simulated
    buyers, values = _buyers_of(world, place), runs.parameters()
    runs.baseline.conditions(world, (world.first_year, last))
    luck = runs.luck(world)
    whom = _largest(world, place, when, values, runs, luck) if leaving is None else leaving
    walk = Walk(
        world=None if world is world_of(None) else world,
        scenarios=(runs.baseline, *tried.values()),
        parameters=values,
        luck=luck,
        seed=runs.seed,
        years=(world.first_year, when, last),
        country=place,
        leaving=whom,
        gone=_offers_of(world, whom),
        buyers=buyers,
    )
    return walk, [runs.baseline.called, *tried]


def country_of(world: World, label: str) -> int:
    """Position of an economy.  Raises InputError naming the nearest for any other label."""
    if label not in world.countries:
        raise unknown_name("country", found=label, known=world.countries, called=world.called)
    return world.countries.index(label)


def _year_of(world: World, year: int | None) -> int:
    """The year of the plan; None = the first after the record.  Raises InputError outside the world."""
    if year is None:
        return min(max(world.facts_until + 1, world.first_year + 1), world.last_year - 1)
    return whole_number("year", year, least=world.first_year + 1, most=world.last_year - 1)


def _last_year(world: World, country: int, year: int) -> int:
    """Last year that is followed: long enough for every lot's next generation."""
    mine = world.bought_by("operator"), country
    launch, years = world.launch_year[mine], world.roll_out_years[mine]
    following = np.where(launch >= year, launch, NEVER).min(axis=-1, initial=NEVER)
    latest = np.where(launch == following[:, None], launch + years - 1, year)[following < NEVER].max(
        initial=year
    )
    end = world.last_year if world.calendar is None else world.first_year + world.calendar.shape[-3]
    return int(min(max(year + AHEAD, latest), end))


def _buyers_of(world: World, country: int) -> tuple[Buyer, ...]:
    """All who buy in an economy, in the order of the layers."""
    buyers: list[Buyer] = []
    for d, kind in enumerate(world.buyer):
        if kind == "operator":
            lots = np.flatnonzero((world.lots.domain == d) & (world.lots.country == country))
            buyers += [
                Buyer(d, kind, world.lots.operators[world.lots.operator[j]], j, float(world.lots.weight[j]))
                for j in lots.tolist()
            ]
        elif kind != "adopters":
            buyers.append(Buyer(d, kind, "", -1, 1.0))
    return tuple(buyers)


def _offers_of(world: World, leaving: str) -> Bools:
    """Offers of a vendor, or of all vendors of a sponsor, where something is bought.  (domain, vendor).

    Raises InputError for an unknown name, for local suppliers, or who sells nothing that is bought.
    """
    firms = [v for v in world.vendors if v != "local"]
    if leaving == "local":
        allowed = "a vendor or a sponsor; local suppliers are many, at home, and among whom one may turn to"
        raise unusable("leaving", found=leaving, allowed=allowed)
    if leaving not in firms and leaving not in world.sponsors:
        known = [*firms, *world.sponsors]
        raise unknown_name("leaving (a vendor or a sponsor)", found=leaving, known=known)
    if leaving in world.sponsors:
        theirs: Bools = (world.slot_sponsor == world.sponsors.index(leaving)) & (world.slot_vendor >= 0)
    else:
        theirs = world.slot_vendor == world.vendors.index(leaving)
    theirs = theirs & world.traded[:, None]
    if not theirs.any():
        raise unusable("leaving", found=leaving, allowed="who sells something that is bought")
    return theirs


def _with_suppliers(world: World, country: int, suppliers: Mapping[str, str], year: int) -> World:
    """The world in which some operators of an economy have a known supplier when a year begins.

    suppliers  vendor by operator
    Raises InputError for an operator that the economy does not have, or a vendor that does not sell to it.
    """
    won = []
    buyers = [b for b in _buyers_of(world, country) if b.kind == "operator"]
    for operator, vendor in suppliers.items():
        lots = [b for b in buyers if b.operator == operator]
        if not lots:
            raise unknown_name("supplier: operator", found=operator, known={b.operator for b in buyers})
        for buyer in lots:
            slots = world.slot_vendor[buyer.domain]
            names = {world.vendors[v]: slot for slot, v in enumerate(slots.tolist()) if v >= 0}
            if vendor not in names:
                raise unknown_name(f"supplier of {operator}", found=vendor, known=names)
            won.append((year - 1, buyer.lot, names[vendor]))
    return dataclasses.replace(world, facts=world.facts | {"won": np.array(won)}) if won else world


def _policies_of(
    named: Sequence[Named] | None, world: World, country: int, years: tuple[int, int], year: int
) -> dict[str, Scenario]:
    """Policies by title, each as if it began in the year of the plan and lasted as long as it does.

    named  None = a cap on any one vendor by the economy itself, and :data:`POLICIES`
    Raises InputError for one that cannot be used, or that changes parameters.
    """
    tried = {}
    if named is None:
        cap = Scenario(
            name="cap",
            title=f"A cap of {100 * CAP:.0f} % on any one vendor",
            question="What if the economy let no vendor run more than half of a sensitive layer?",
            source="half is assumed",
        ).with_lever("diversification", world.countries[country], from_=year, share_cap=CAP)
        tried[cap.called] = cap
        named = POLICIES if {"EU"} <= set(world.sponsors) and "mobile_network" in world.domains else ()
    for name in named:
        policy = load_scenario(name)
        if policy.parameters:
            found = f"{policy.name}, which changes parameters"
            raise unusable("policies", found=found, allowed="scenarios of levers alone; give --parameter")
        title = scenario_title(policy.name) if policy.title == "" else policy.called
        if title in tried:
            raise unusable("policies", found=f"{title} twice", allowed="each policy once")
        tried[title] = _begun(policy, year)
    for policy in tried.values():
        policy.conditions(world, years)  # refuses what does not fit, before anything is simulated
    return tried


def _begun(policy: Scenario, year: int) -> Scenario:
    """The policy with levers that began before the year moved to it, as long as they were."""
    uses = []
    for use in policy.levers:
        late = max(0, year - use.from_)
        to = None if use.to is None else use.to + late
        uses.append(use.model_copy(update={"from_": use.from_ + late, "to": to}))
    return policy.model_copy(update={"levers": tuple(uses)})


def _largest(
    world: World, place: int, year: int, values: Parameters, runs: _Runs, luck: History | None
) -> str:
    """The foreign vendor that runs most of the layers that a state may restrict, by what is spent there.

    Foreign is a vendor of another country and sponsor, local ones apart.
    Raises InputError where no foreign vendor runs anything.
    """
    few, country = np.arange(min(runs.draws, FEW)), world.countries[place]
    ds = simulate(
        runs.baseline,
        world=world,
        parameters=values.select(few),
        runs=len(few),
        seed=runs.seed,
        years=(world.first_year, year - 1),
        history=PRIOR if luck is None else luck,
        record=("installed",),
    )
    stands = ds["installed"].sel(country=country, year=year - 1).mean("run")
    base = stands.transpose("domain", "vendor").values
    size = world.conditions.of("market_size", np.array([year]))[0, :, place]
    counted = world.sensitive & world.traded
    counted = counted if counted.any() else world.traded
    at_home = np.append(world.home[place], False)[world.slot_sponsor] | (world.slot_home == place)
    foreign = (world.slot_vendor >= 0) & ~world.is_local & ~at_home
    spent = np.zeros(len(world.vendors))
    for d in np.flatnonzero(counted):
        for v in world.slot_vendor[d][foreign[d]]:
            spent[v] += base[d, v] * size[d]
    if not spent.any():
        raise unusable("country", found=country, allowed="one with a foreign vendor, or name whom to leave")
    return world.vendors[int(spent.argmax())]


def _computed(walk: Walk, draws: int, processes: int, progress: bool | Progress) -> dict[str, Floats]:
    """Arrays of all draws, in their order; where :func:`lockin_sim.running` names a store, kept in it."""
    pieces, (first, _, last) = ranges(draws, CHUNK), walk.years
    return joined(
        all_units(
            walk, [(piece,) for piece in pieces], list(map(len, pieces)), processes=processes,
            progress=progress, identity=lambda: _identity(walk, draws),
            said=f"exit plan: {draws} draws, {first} to {last}, {len(walk.scenarios)} scenarios",
        )
    )  # fmt: skip


def _identity(walk: Walk, draws: int) -> dict[str, Any]:
    """All that decides the numbers and the units, by name."""
    world = world_of(walk.world)
    return {
        **walk.code._asdict(),
        "world": f"{world.name} {world_digest(world)}",
        "seed": walk.seed,
        "generator": GENERATOR,
        "draws": draws,
        "draws of a unit": CHUNK,
        "years": list(walk.years),
        "scenarios": [scenario.hash for scenario in walk.scenarios],
        "plan": digest([walk.country, walk.gone, walk.buyers, walk.luck, walk.parameters]),
    }


# --- as a dataset ---


def _dataset(
    arrays: Mapping[str, Floats], walk: Walk, titles: Sequence[str], about: Mapping[str, Any]
) -> xr.Dataset:
    """All of a plan.  arrays, (draw, ...), of :class:`Walk`; titles of the scenarios, the baseline first."""
    import xarray as xr

    world, (first, year, last) = world_of(walk.world), walk.years
    conditions = world.conditions.at(min(year - world.conditions.years[0], len(world.conditions.years) - 1))
    at = ("draw", "buyer")
    owed, falls_due, until = _owed(arrays["lent"], world, walk)
    data: dict[str, Any] = {
        "supplied": (("draw", "domain", "vendor"), _by_vendor(arrays["supplied"], world)),
        "supplier": (at, _suppliers(arrays["supplier"], walk, world)),
        "could_lend": ((*at, "moment", "lender"), arrays["could_lend"]),
        "restricted": (("draw", "sponsor"), arrays["restricted"]),
        "debt": (("draw", "sponsor"), arrays["debt"]),
        "due_to_sponsor": (("draw", "year", "sponsor"), arrays["due_to_sponsor"]),
        "owed": (("draw", "lender"), owed),
        "owed_until": (("draw", "lender"), until),
        "due_to_lender": (("draw", "year", "lender"), falls_due),
        "stays": (("draw", "scenario", "buyer", "year"), arrays["stays"]),
        "market_size": ("domain", conditions.market_size[:, walk.country]),
    }
    data |= {name: (at, arrays[name]) for name in ("held", "due_year", "generation_year")}
    data |= {name: ((*at, "moment"), arrays[name]) for name in list(MEANINGS)[:8]}
    for name, (units, meaning) in MEANINGS.items():
        data[name] = (*data[name], {"units": units, "long_name": meaning})
    lenders = zip(world.lenders.names, world.home[walk.country][world.lenders.sponsor], strict=True)
    vendors = [world.vendors[v] for v in np.unique(world.slot_vendor[walk.gone])]
    attributes = {
        "country": world.countries[walk.country],
        "leaving": walk.leaving,
        **about,
        "year": year,
        "first_year": first,
        "facts_until": world.facts_until,
        "gdp": float(conditions.gdp[walk.country]),
        "world": world.name,
        "sponsor": (*world.sponsors, "")[int(world.slot_sponsor[walk.gone].min())],
        "own_lenders": "; ".join(name for name, own in lenders if own),
        "bundled": int(world.name == BUNDLED),
        "gone": "; ".join(vendors),
        "version": version("lockin-sim"),
    }
    labels = {
        **_labels(walk, world, conditions.tied),
        "scenario": list(titles),
        "year": np.arange(year, last + 1),
        "draw": np.arange(len(owed)),
    }
    return xr.Dataset(data, coords=labels, attrs=plain(attributes))


def _labels(walk: Walk, world: World, tied: Bools) -> dict[str, Any]:
    """Coordinates that the world has.  tied (lender,), in the plan's year."""
    buyers = walk.buyers
    return {
        "buyer": [b.label(world) for b in buyers],
        "domain_of": ("buyer", [world.domains[b.domain] for b in buyers]),
        "kind": ("buyer", [b.kind for b in buyers]),
        "operator": ("buyer", [b.operator for b in buyers]),
        "weight": ("buyer", [b.weight for b in buyers]),
        "moment": list(MOMENTS),
        "domain": list(world.domains),
        "vendor": list(world.vendors),
        "lender": list(world.lenders.names),
        "lender_of": ("lender", [world.sponsors[h] for h in world.lenders.sponsor]),
        "tied": ("lender", tied.astype(int)),
        "sponsor": list(world.sponsors),
    }


def _by_vendor(supplied: Floats, world: World) -> Floats:
    """From slots to vendors.  (draw, domain, vendor)."""
    shares = np.zeros((*supplied.shape[:2], len(world.vendors)))
    for d, slots in enumerate(world.slot_vendor):
        used = np.flatnonzero(slots >= 0)
        shares[:, d, slots[used]] = supplied[:, d, used]
    return shares


def _suppliers(slot: Floats, walk: Walk, world: World) -> Floats:
    """Vendor of each buyer's lot, -1 where nothing is there or no operator buys.  (draw, buyer)."""
    vendors = np.full((len(slot), len(walk.buyers)), -1)
    lots = [n for n, b in enumerate(walk.buyers) if b.lot >= 0]
    for place, n in enumerate(lots):
        vendor = np.append(world.slot_vendor[walk.buyers[n].domain], -1)
        vendors[:, n] = vendor[slot[:, place].astype(int)]
    return vendors


def _owed(lent: Floats, world: World, walk: Walk) -> tuple[Floats, Floats, Floats]:
    """What is owed to each lender when the plan's year begins: loans less what (F6) has repaid of them.

    lent  (draw, year before the plan, lender), USD bn
    Returns what is owed, (draw, lender); what falls due of it, (draw, year, lender); and the year of the last
    payment, (draw, lender), NaN where nothing is owed.
    """
    first, year, last = walk.years
    conditions = walk.scenarios[0].conditions(world, (first, last))
    after = np.arange(year, last + 1)
    left, until = np.zeros((len(lent), lent.shape[-1])), np.full((len(lent), lent.shape[-1]), np.nan)
    due = np.zeros((len(lent), len(after), lent.shape[-1]))
    for k in range(lent.shape[1]):
        terms, signed = conditions.at(k + 1), first + 1 + k
        for h in range(lent.shape[-1]):
            begins, ends, share = finance.repayment(terms.tenor[h], terms.grace[h])
            paid = np.clip(year - signed - begins, 0, ends - begins + 1) * share
            left[:, h] += lent[:, k, h] * (1.0 - paid)
            pays = (after >= signed + begins) & (after <= signed + ends)
            due[..., h] += lent[:, k, h, None] * share * pays
            open_still = (lent[:, k, h] > 0) & (signed + ends >= year)
            until[:, h] = np.where(open_still, np.fmax(until[:, h], signed + ends), until[:, h])
    return left, due, until
