"""Exit plans: the cost for one economy of leaving a vendor, who could pay, and when each lot is renewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from lockin_sim.common.conventions import MOST_DRAWS, NEVER, RUNS, Bools, Floats
from lockin_sim.common.draws import History
from lockin_sim.common.engines import EngineName
from lockin_sim.common.errors import check_whole_number, resolve_name, unusable
from lockin_sim.common.files import check_path
from lockin_sim.common.formats import count
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.netcdf import plain
from lockin_sim.common.values import check_listed
from lockin_sim.comparisons.trial import ArmOptions, Setup, build_setup, take_world
from lockin_sim.model import decisions
from lockin_sim.model.scripted_contracts import Takeovers, with_takeovers
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.histories import PRIOR, Given, build_histories, choose_history, name_history
from lockin_sim.rules import finance
from lockin_sim.runs.context import now
from lockin_sim.runs.results import check_folder
from lockin_sim.runs.simulation import simulate
from lockin_sim.runs.workers import check_numbers
from lockin_sim.settings.ensemble import BUNDLED_NAME, Source
from lockin_sim.settings.parameters import Parameters, resolve_parameters
from lockin_sim.settings.scenario import Named, Scenario, load_scenario
from lockin_sim.settings.titles import scenario_title
from lockin_sim.studies.exit_costs import COSTS, MOMENTS, ExitBuyer, ExitRuns
from lockin_sim.world import BUNDLED, World, resolve_world
from lockin_sim.world.recorded import COUNTRY_RECORD, contracts_of, recorded_layers, recorded_networks

if TYPE_CHECKING:
    import xarray as xr

#: Runs among which the vendor to leave is looked for where none is named.
FEW = 16

#: Years that are followed at least.
AHEAD = 12

#: Policies that are tried where none is named, beside a cap of the economy's own on the share of one vendor.
POLICIES, CAP = ("digital_oda", "open_ran"), 0.5

_COST, _LENT, _DUE = ("draw", "buyer", "moment"), ("draw", "lender"), ("draw", "year", "lender")

#: Axes, units and meaning of each variable.
MEANINGS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "cost": (_COST, "USD bn", "cost of leaving"),
    "bought_again": (_COST, "USD bn", "part of it that was paid ahead and is bought again"),
    "rebate": (_COST, "share of the price", "rebate on others' prices that makes up for what is lost"),
    "without_switching": (_COST, "share of the price", "the same for a buyer without an incumbent"),
    "chance": (_COST, "probability", "chance that the buyer leaves by itself"),
    "cut": (_COST, "share of the price", "what loans take off the price of others"),
    "spending": (_COST, "USD bn", "spending until the next contract"),
    "contract": (_COST, "USD bn", "part of that spending that is paid ahead"),
    "could_lend": ((*_COST, "lender"), "USD bn", "loans for a contract with somebody else"),
    "supplied": (("draw", "domain", "vendor"), "share of capacity", "who supplies it when the year begins"),
    "position": (("draw",), "index of draw", "which draw of the posterior it is"),
    "supplier": (_COST[:2], "index of vendor, -1 if none", "vendor of the lot"),
    "held": (_COST[:2], "share of capacity", "part of the layer under contract with those to leave"),
    "due_year": (_COST[:2], "year", "first year in which the lot comes up for renewal, as things stand"),
    "generation_year": (_COST[:2], "year", "year in which a generation frees the lot"),
    "restricted": (("draw", "sponsor"), "1", "whether vendors are restricted"),
    "debt": (("draw", "sponsor"), "USD bn", "debt when the year begins"),
    "due_to_sponsor": (("draw", "year", "sponsor"), "USD bn", "principal that falls due of that debt"),
    "owed": (_LENT, "USD bn", "debt when the year begins"),
    "owed_until": (_LENT, "year", "year in which the last of it falls due"),
    "due_to_lender": (_DUE, "USD bn", "principal that falls due of that debt"),
    "stays": (
        ("draw", "scenario", "buyer", "year"), "share of capacity",
        "part of the layer under contract after each year",
    ),
    "market_size": (("domain",), "USD bn per year", "spending at full coverage"),
}  # fmt: skip


@checks_keywords(*ArmOptions.__annotations__)
def exit_plan(
    country: str,
    *,
    leaving: str | None = None,
    year: int | None = None,
    suppliers: Mapping[str, str] | None = None,
    policies: Sequence[Named] | None = None,
    baseline: Named = "baseline",
    posterior: Source = BUNDLED_NAME,
    history: Given | None = None,
    runs: int = RUNS.pool,
    out: str | Path | None = None,
    **options: Unpack[ArmOptions],
) -> xr.Dataset:
    """Estimate the cost for an economy of leaving a vendor: buyer by buyer, now and later, over draws.

    country    code or name, "KEN" or "Kenya"
    leaving    a vendor such as "Huawei", or a sponsor such as "CHN" for all of its vendors.  None = the
               foreign vendor with the most spending in layers in which a state may restrict vendors
    year       year of the plan; None = the first that can still be decided
    suppliers  known vendors by operator, as ``{"operator 1": "huawei"}``, which run all lots of the operator
               when the year begins; the suppliers of all other operators are simulated
    policies   scenarios to compare with the baseline, each as if it began in ``year``; None = a cap on any
               one vendor by the economy itself, EU loans, and open interfaces
    posterior  source of the drawn parameters: "bundled" = the draws that come with the package, a folder of
               ``lockin calibrate``, or its dataset; None = the declared parameters in all runs
    history    as in :func:`lockin_sim.compare`; by default runs in the bundled world meet the record up to
               the present
    runs       number of runs, at least 2, each with its own draw and luck
    out        folder for the page ``exit.html``, tables, dataset and manifest; None = nothing is written
    options    see :class:`lockin_sim.comparisons.trial.Options`

    Returns a dataset over (draw, buyer, moment, ...).  A buyer is a lot of an operator, all users of a
    layer, or all cables that land; a moment is ``now``, before the contract ends; ``renewal``, at its end;
    or ``generation``, when the next generation of the technology frees the lot in part.  ``cost`` is (T8) in
    USD bn, NaN for draws in which the buyer has nothing to leave, or no other vendor makes an offer.
    ``stays`` is the part under contract after each year under each policy; old equipment stays in use until
    its swap is complete.  All variables are described in :data:`MEANINGS`.
    Raises InputError for an argument that cannot be used.
    """
    if out is not None:
        check_folder(check_path("out", out, "the path of a folder"))
    [plan] = compute_exit_plans(
        [country], leaving=leaving, year=year, suppliers=suppliers, policies=policies, baseline=baseline,
        posterior=posterior, history=history, runs=runs, **options,
    )  # fmt: skip
    if out is not None:
        from lockin_sim.pages.exit_page import write_exit_page

        write_exit_page(plan, out)
    return plan


def compute_exit_plans(
    countries: Sequence[str],
    *,
    leaving: str | None = None,
    year: int | None = None,
    suppliers: Mapping[str, str] | None = None,
    policies: Sequence[Named] | None = None,
    baseline: Named = "baseline",
    posterior: Source = BUNDLED_NAME,
    history: Given | None = None,
    runs: int = RUNS.pool,
    **options: Unpack[ArmOptions],
) -> Iterator[xr.Dataset]:
    """Compute exit plans of several economies from shared runs, one dataset per economy.

    Each plan equals the plan that :func:`exit_plan` returns for the economy alone.  Arguments as of
    :func:`exit_plan`; all economies leave the same vendor and try the same policies.
    Raises InputError for an argument that cannot be used, before the first run.
    """
    scenario, world = load_scenario(baseline), take_world(options)
    fixed = resolve_parameters(options.get("parameters"), (world.first_year, world.last_year))
    fixed.check_runs(check_whole_number("runs", runs, least=2, most=MOST_DRAWS))
    places = _resolve_countries(world, countries, shared=leaving is not None and policies is not None)
    first, year = world.first_year, _resolve_plan_year(world, year)
    lasts = {place: _compute_last_year(world, place, year) for place in places}
    last = max(lasts.values())
    history = choose_history(world, (first, last), history)
    tried = _load_policies(policies, world, places[0], (first, last), year)
    world, buyers, known = _install_suppliers(world, places, suppliers, year)
    leaving = None if leaving is None else _resolve_leaving(world, leaving)
    how = build_setup(runs, posterior=posterior, years=(first, world.last_year), **options | {"world": world})
    check_numbers(runs, how.seed, how.workers)
    past, values = how.history(history), scenario.configure(how.parameters)
    luck = build_histories(past, world=world, runs=np.arange(runs), parameters=how.parameters)
    scenario.conditions(world, (first, last))
    scenarios = (scenario, *tried.values())
    simulated = runs * (year - first + len(scenarios) * (last - year + 1))
    engine = now().engine_for(years=simulated, bundled=world.name == BUNDLED, compiles=world.compiles)
    shared = (values, luck, how.seed)
    whom = leaving or _find_largest_foreign_vendor(world, places[0], year, scenario, engine, runs, *shared)
    walk = ExitRuns(
        None if world is resolve_world(None) else world,
        scenarios,
        *shared,
        (first, year, last),
        engine,
        tuple(lasts),
        whom,
        _build_offer_mask(world, whom),
        buyers,
    )
    about = _build_plan_attributes(how, history, known, policies)
    about |= {"draws": runs, "engine": engine, "named": int(leaving is not None)}
    arrays = walk.run(
        runs, chunk=how.chunk, simulated=simulated, workers=how.workers, progress=how.progress,
        description=f"exit plan: {runs} runs, {first} to {last}, {count(len(scenarios), 'scenario')}",
    )  # fmt: skip
    position = {"position": (np.arange(runs) if how.drawn is None else how.drawn.draws).astype(float)}
    names, plans = [scenario.called, *tried], (walk.alone(place, lasts[place]) for place in places)
    return (
        _build_plan_dataset(_extract_country_arrays(arrays, walk, plan) | position, plan, names, about)
        for plan in plans
    )


def _build_plan_attributes(
    how: Setup, history: Given, suppliers: Mapping[str, str], policies: Sequence[Named] | None
) -> dict[str, Any]:
    """Build the attributes that repeat a plan: provenance, history, known suppliers and named policies."""
    return how.attributes(
        history=name_history(history),
        suppliers="; ".join(f"{operator}={vendor}" for operator, vendor in suppliers.items()),
        policies="; ".join(str(each) for each in policies or () if isinstance(each, str)),
    )


def _install_suppliers(
    world: World, places: Sequence[int], suppliers: Mapping[str, str] | None, year: int
) -> tuple[World, tuple[ExitBuyer, ...], dict[str, str]]:
    """Return the world with suppliers that the caller knows, the buyers of all places, and the suppliers.

    suppliers  vendor by operator or layer, as :func:`exit_plan` takes them;  year  of the plan
    """
    buyers = tuple(buyer for place in places for buyer in _list_buyers(world, place))
    known = _resolve_suppliers(world, buyers, {} if suppliers is None else suppliers)
    return _with_suppliers(world, buyers, known, year), buyers, known


def _resolve_countries(world: World, countries: Sequence[str], *, shared: bool) -> list[int]:
    """Return the indices of economies from their codes or names.

    shared  whether the caller gave both the vendor to leave and the policies
    Raises InputError for an unknown economy, and for several economies if ``shared`` is False.
    """
    if len(countries) > 1 and not shared:
        allowed = "the same leaving= and policies= of all; without them each economy has its own"
        raise unusable("exit plans", words=f"{len(countries)} economies", allowed=allowed)
    return [world.countries.index(world.code_of("country", each, "country")) for each in countries]


def _resolve_plan_year(world: World, year: int | None) -> int:
    """Check the year of a plan; None = the first year after the present.

    Raises InputError for a year outside the run.
    """
    first, last = world.first_year + 1, world.last_year - 1
    usual = min(max(world.present + 1, first), last)
    return check_whole_number("year", usual if year is None else year, least=first, most=last)


def _extract_country_arrays(
    arrays: Mapping[str, Floats], walk: ExitRuns, alone: ExitRuns
) -> dict[str, Floats]:
    """Extract the arrays of one economy, up to its own last year, from the arrays of several economies.

    walk   the runs of all economies;  alone  the runs of the one economy
    Years of renewals and generations after the last year become NaN, as do their costs.
    """
    (country,), (_, year, last) = alone.countries, alone.years
    mine = np.flatnonzero([buyer.country == country for buyer in walk.buyers])
    own = {"lent": arrays["lent"][:, walk.countries.index(country)]}
    for name, (axes, *_) in MEANINGS.items():
        if name not in arrays:
            continue
        of_buyers = "buyer" in axes
        place = mine if of_buyers else walk.countries.index(country)
        own[name] = arrays[name].take(place, axis=axes.index("buyer") if of_buyers else 1)
        if "year" in axes:
            own[name] = own[name].take(range(last - year + 1), axis=axes.index("year"))
    for name in ("due_year", "generation_year"):
        own[name] = np.where(own[name] > last, np.nan, own[name])
    later = np.isnan(own["generation_year"])
    for name in (*COSTS, "could_lend"):
        own[name][:, :, MOMENTS.index("generation")][later] = np.nan
    return own


def _compute_last_year(world: World, country: int, year: int) -> int:
    """Return the last simulated year: at least :data:`AHEAD` years on, and the end of the next roll-outs.

    Limited by the end of the world's data.
    """
    mine = world.bought_by("operator"), country
    launch, years = world.launch_year[mine], world.roll_out_years[mine]
    following = decisions.find_next_generation_year(
        launch, year - 1
    )  # a generation of the year itself counts
    latest = np.where(launch == following[:, None], launch + years - 1, year)[following < NEVER].max(
        initial=year
    )
    end = world.last_year if world.calendar is None else world.first_year + world.calendar.shape[-3]
    return int(min(max(year + AHEAD, latest), end))


def _list_buyers(world: World, country: int) -> tuple[ExitBuyer, ...]:
    """List all buyers of an economy, in the order of the layers: lots, and users or projects as a whole."""
    buyers: list[ExitBuyer] = []
    for d, kind in enumerate(world.buyer):
        if kind == "operator":
            lots = np.flatnonzero((world.lots.domain == d) & (world.lots.country == country))
            for j in lots.tolist():
                operator = world.lots.operators[world.lots.operator[j]]
                buyers.append(ExitBuyer(country, d, kind, operator, j, float(world.lots.weight[j])))
        elif kind != "adopters":
            buyers.append(ExitBuyer(country, d, kind, "", -1, 1.0))
    return tuple(buyers)


def _resolve_leaving(world: World, leaving: str) -> str:
    """Return the code of the vendor or sponsor to leave.

    Raises InputError for an unknown name, for local suppliers, and for a vendor or sponsor that sells nothing
    in the world.
    """
    code = world.code_of("leaving (a vendor or a sponsor)", leaving, "vendor", "sponsor")
    if code == "local":
        allowed = "a vendor or a sponsor; local suppliers are many firms, to which buyers may turn"
        raise unusable("leaving", found=leaving, allowed=allowed)
    _build_offer_mask(world, code)
    return code


def _build_offer_mask(world: World, leaving: str) -> Bools:
    """Build a mask of the offers of a vendor, or of all vendors of a sponsor, in traded layers.

    Returns (domain, vendor).  Raises InputError where the mask is empty.
    """
    if leaving in world.sponsors:
        theirs: Bools = (world.slot_sponsor == world.sponsors.index(leaving)) & (world.slot_vendor >= 0)
    else:
        theirs = world.slot_vendor == world.vendors.index(leaving)
    theirs = theirs & world.traded[:, None]
    if not theirs.any():
        raise unusable("leaving", found=leaving, allowed="a vendor or sponsor that sells something here")
    return theirs


def _resolve_suppliers(world: World, buyers: Sequence[ExitBuyer], named: Mapping[str, str]) -> dict[str, str]:
    """Check suppliers named by the caller and return the vendor by operator, by their labels in the world.

    Raises InputError for an operator that the economy does not have, an operator given twice, or a vendor
    that does not sell in all layers in which the operator buys.
    """
    sell: dict[str, set[str]] = {}  # in all layers in which an operator buys
    for buyer in buyers:
        if buyer.kind == "operator":
            here = set(_map_vendor_slots(world, buyer.domain))
            sell[buyer.operator] = here & sell.get(buyer.operator, here)
    if not isinstance(named, Mapping):
        raise unusable("suppliers", found=named, allowed="vendors by operator, as {'operator 1': 'nokia'}")
    suppliers: dict[str, str] = {}
    for name, vendor in named.items():
        operator = resolve_name("supplier: operator", found=name, known=sell)
        if operator in suppliers:
            raise unusable("supplier: operator", words=f"{operator} twice", allowed="each once")
        where, known = f"supplier of {operator}", sell[operator]
        suppliers[operator] = resolve_name(where, found=vendor, known=known, called=world.called("vendor"))
    return suppliers


def _map_vendor_slots(world: World, domain: int) -> dict[str, int]:
    """Map each vendor of a domain to its slot."""
    return {world.vendors[v]: slot for slot, v in enumerate(world.slot_vendor[domain].tolist()) if v >= 0}


def _with_suppliers(
    world: World, buyers: Sequence[ExitBuyer], suppliers: Mapping[str, str], year: int
) -> World:
    """Return the world with the lots of some operators taken over by known suppliers before a year begins.

    suppliers  vendor by operator, as :func:`_resolve_suppliers` returns it
    """
    rows = [
        (year - 1, buyer.lot, _map_vendor_slots(world, buyer.domain)[suppliers[buyer.operator]])
        for buyer in buyers
        if buyer.operator in suppliers
    ]
    return with_takeovers(world, Takeovers.of(rows)) if rows else world


def _load_policies(
    named: Sequence[Named] | None, world: World, country: int, years: tuple[int, int], year: int
) -> dict[str, Scenario]:
    """Load the policies to compare, by title; each begins in the year of the plan at the earliest.

    named  None = a cap on any one vendor by the economy itself, and :data:`POLICIES`
    Raises InputError for a policy that cannot be used, comes twice, or changes parameters.
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
    check_listed("policies", named, allowed="a list of names, paths of TOML files or Scenarios, or None")
    for name in named:
        policy = load_scenario(name)
        if policy.parameters:
            found = f"{policy.name}, which changes parameters"
            raise unusable("policies", words=found, allowed="scenarios of levers alone; give --parameter")
        title = scenario_title(policy.name) if policy.title == "" else policy.called
        if title in tried:
            raise unusable("policies", words=f"{title} twice", allowed="each policy once")
        tried[title] = _postpone_levers(policy, year)
    for policy in tried.values():
        policy.conditions(world, years)  # refuses what does not fit, before anything is simulated
    return tried


def _postpone_levers(policy: Scenario, year: int) -> Scenario:
    """Move the levers of a policy that begin before ``year`` to ``year``, with the same duration."""
    uses = []
    for use in policy.levers:
        late = max(0, year - use.from_)
        until = None if use.to is None else use.to + late
        uses.append(use.model_copy(update={"from_": use.from_ + late, "to": until}))
    return policy.model_copy(update={"levers": tuple(uses)})


def _find_largest_foreign_vendor(
    world: World, place: int, year: int, scenario: Scenario, engine: EngineName, draws: int,
    values: Parameters, luck: History | ConditionedHistories | None, seed: int,
) -> str:  # fmt: skip
    """Find the foreign vendor with the highest spending in layers in which a state may restrict vendors.

    A vendor is foreign if it has another home country and another sponsor; local vendors are left out.
    Estimated from at most :data:`FEW` runs of the baseline up to the year before the plan.
    Raises InputError where no foreign vendor has an installed base.
    """
    few = np.arange(min(draws, FEW))
    ds = simulate(
        scenario, world=world, parameters=values.select(few), runs=len(few), seed=seed,
        years=(world.first_year, year - 1), history=PRIOR if luck is None else luck, record=("installed",),
        progress=False, engine=engine,
    )  # fmt: skip
    stands = ds["installed"].sel(country=world.countries[place], year=year - 1).mean("run")
    base = stands.transpose("domain", "vendor").values
    size = world.conditions.of("market_size", np.array([year]))[0, :, place]
    counted = world.sensitive & world.traded
    counted = counted if counted.any() else world.traded
    at_home = np.append(world.home[place], False)[world.slot_sponsor] | (world.slot_home == place)
    foreign = (world.slot_vendor >= 0) & ~world.is_local & ~at_home & counted[:, None]
    spent = np.zeros(len(world.vendors))
    for d, v in zip(np.nonzero(foreign)[0], world.slot_vendor[foreign], strict=True):
        spent[v] += base[d, v] * size[d]
    if not spent.any():
        allowed = "one with a foreign vendor, or name whom to leave"
        raise unusable("country", found=world.countries[place], allowed=allowed)
    return world.vendors[int(spent.argmax())]


# --- as a dataset ---


def _build_plan_dataset(
    arrays: Mapping[str, Floats], walk: ExitRuns, titles: Sequence[str], about: Mapping[str, Any]
) -> xr.Dataset:
    """Build the dataset of the plan of one economy.

    arrays  (draw, ...), of the runs in ``walk``;  titles  of the scenarios, the baseline first
    about   attributes
    """
    import xarray as xr

    world, buyers, (_, year, last) = resolve_world(walk.world), walk.buyers, walk.years
    (country,) = walk.countries
    conditions = world.conditions.at(min(year - world.conditions.years[0], len(world.conditions.years) - 1))
    sizes = {"market_size": conditions.market_size[:, country]}
    values = {**arrays, **_compute_debt(arrays["lent"], world, walk), **sizes}
    data = {
        name: (axes, values[name], {"units": units, "long_name": meaning})
        for name, (axes, units, meaning) in MEANINGS.items()
    }
    lenders = zip(world.lenders.names, world.home[country][world.lenders.sponsor], strict=True)
    attributes = {
        "country": world.countries[country],
        "leaving": walk.leaving,
        **about,
        "year": year,
        "gdp": float(conditions.gdp[country]),
        "sponsor": (*world.sponsors, "")[int(world.slot_sponsor[walk.gone].min())],
        "own_lenders": "; ".join(name for name, own in lenders if own),
        **_build_record_attributes(world, walk, country),
        "bundled": int(world.name == BUNDLED),
        "gone": "; ".join(world.vendors[v] for v in np.unique(world.slot_vendor[walk.gone])),
    }
    labels = {
        "buyer": [b.label(world) for b in buyers],
        "domain_of": ("buyer", [world.domains[b.domain] for b in buyers]),
        **{name: ("buyer", [getattr(b, name) for b in buyers]) for name in ("kind", "operator", "weight")},
        "moment": list(MOMENTS),
        "domain": list(world.domains),
        "vendor": list(world.vendors),
        "lender": list(world.lenders.names),
        "lender_of": ("lender", [world.sponsors[h] for h in world.lenders.sponsor]),
        "tied": ("lender", conditions.tied.astype(int)),
        "sponsor": list(world.sponsors),
        "scenario": list(titles),
        "year": np.arange(year, last + 1),
        "draw": np.arange(len(arrays["held"])),
    }
    return xr.Dataset(data, coords=labels, attrs=plain(attributes))


def _build_record_attributes(world: World, walk: ExitRuns, country: int) -> dict[str, str]:
    """Return attributes about the record of an economy; empty in a world without a record.

    They hold what is known of its networks, the recorded layers, and the operators whose recorded suppliers
    hold in the runs when the plan begins.
    """
    if not (layers := recorded_layers(world)):
        return {}
    lots, states, last = world.lots, contracts_of(world).held, min(walk.years[1] - 1, world.present)
    now = states[states[:, 0] == last, 1]
    mine = now[lots.country[now] == country] if walk.luck is not None else now[:0]
    return {
        COUNTRY_RECORD: str(recorded_networks(world)[country]),
        "recorded_layers": "; ".join(world.domains[d] for d in layers),
        "recorded_operators": "; ".join(lots.operators[o] for o in np.unique(lots.operator[mine])),
    }


def _compute_debt(lent: Floats, world: World, walk: ExitRuns) -> dict[str, Floats]:
    """Compute the debt to each lender when the plan's year begins: loans less repayments by (F6).

    lent  (draw, year before the plan, lender), USD bn
    Returns ``owed`` (draw, lender); ``due_to_lender`` (draw, year, lender), the principal that falls due; and
    ``owed_until`` (draw, lender), the year of the last payment, NaN where nothing is owed.
    """
    first, year, last = walk.years
    conditions = walk.scenarios[0].conditions(world, (first, last))
    after, (draws, years, lenders) = np.arange(year, last + 1), lent.shape
    owed, until = np.zeros((draws, lenders)), np.full((draws, lenders), np.nan)
    due = np.zeros((draws, len(after), lenders))
    for k, h in np.ndindex(years, lenders):
        terms, signed, loan = conditions.at(k + 1), first + 1 + k, lent[:, k, h]
        begins, ends, share = finance.repayment(float(terms.tenor[h]), float(terms.grace[h]))
        paid = np.clip(year - signed - begins, 0, ends - begins + 1) * share
        owed[:, h] += loan * (1.0 - paid)
        due[..., h] += loan[:, None] * share * ((after >= signed + begins) & (after <= signed + ends))
        if signed + ends >= year:
            until[:, h] = np.where(loan > 0, np.fmax(until[:, h], signed + ends), until[:, h])
    return {"owed": owed, "owed_until": until, "due_to_lender": due}
