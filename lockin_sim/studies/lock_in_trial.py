"""Trial of lock-in inside the model: what is left after years of a coin toss between two vendors.

In one year all that an economy has in a layer goes to one vendor, or with the same luck to another; contracts
run on with their dates, nothing is sold, and the rest of the world is as it is.  Both sides share the lasting
tastes of buyers, so that what is left of the difference is state dependence and nothing else: lock-in as in
Arthur (1989) and Farrell and Klemperer (2007).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from lockin_sim.common.conventions import RUNS, Bools, Floats, Integers
from lockin_sim.common.draws import History
from lockin_sim.common.errors import check_whole_number, convert_to_int, resolve_names, unusable
from lockin_sim.common.formats import count, listed, opening
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import estimate_interval
from lockin_sim.common.values import check_listed, check_truth
from lockin_sim.comparisons.structures import ENDS, STRUCTURES, build_structure_options, select_structures
from lockin_sim.comparisons.trial import Options, Setup, build_setup, build_variable_attributes, take_world
from lockin_sim.comparisons.uncertainty import DECLARED, DRAWN
from lockin_sim.comparisons.variants import VARIANTS
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.histories import Given, build_histories, name_history
from lockin_sim.runs.context import now
from lockin_sim.settings.scenario import Named, Scenario, load_scenario
from lockin_sim.studies.random_assignment import (
    ALONE,
    AT_ONCE,
    TOGETHER,
    RandomAssignment,
    RandomAssignmentJob,
)
from lockin_sim.world import BUNDLED, World, resolve_world
from lockin_sim.world.names import format_label, get_sponsor_adjective
from lockin_sim.world.recorded import describe_record
from lockin_sim.world.restrictions import MUST

if TYPE_CHECKING:
    import xarray as xr


#: What goes to a vendor in a layer, and what alone keeps a difference once nothing else does, by who buys.
IN_PLACE = {"operator": "lots", "users": "users", "project": "landings"}
ALONE_KEEPS = {
    "operator": "running contracts alone",
    "users": "the yearly flow of purchases alone",
    "project": "the lifetime of what is built alone",
}

#: What can be switched off from the year after the coin on; of :data:`ALL` only what is in place is left.
CAUSES, ALL = VARIANTS["lock_in"], "all"

#: Causes switched off where none are named.
USUAL = ("nothing", "switching_cost", "others", "tastes", ALL)

#: Runs of a unit.
CHUNK = 16

_POINTS = "points of 100"


@checks_keywords(*Options.__annotations__)
def lock_in(
    places: str | Sequence[str],
    *,
    domain: str = "mobile_network",
    year: int | None = None,
    after: Sequence[int] = (3, 5, 10, 15, 25),
    vendors: tuple[str, ...] = ("huawei", "ericsson"),
    without: str | Sequence[str] = USUAL,
    together: bool = False,
    baseline: Named = "baseline",
    history: Given | None = None,
    runs: int = RUNS.pool,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Measure how much of a difference made by chance is left after some years: a trial inside the model.

    At the end of a year all that an economy has goes to the first vendor, or with the same luck to the
    second: the share of the first vendor's sponsor differs by 100 points, and the trial measures how much of
    the difference is left later.  Economies are tossed one at a time, or ``together`` like those of groups.

    Parameters
    ----------
    places : economies and groups, codes or names: ``["KEN", "Africa", "world"]``.
    domain : any layer but those of systems that are adopted side by side.
    year : year of the coin; None = the last on record.
    after : years after the coin for which to report what is left.
    vendors : two vendors, of different sponsors.
    without : what is switched off from the next year on: "nothing", "switching_cost", "others" (the pull of
        neighbours, of an operator's other lots and of other layers), "tastes", "contracts" (they last a
        year), and "all", the first three: only running contracts, flow or lifetime remain.
    together : whether several named economies share their runs.
    baseline, history, runs : of all runs, as in :func:`lockin_sim.compare`; one run for each draw.
    options : see :class:`Options`; ``posterior`` is "bundled" in the bundled world, None: as declared;
        ``structure`` also names of ``structures`` in ``data/variants.toml``, or "all", for further trials.

    Returns
    -------
    Dataset
        Over (without, place, after): ``left``, points of 100, the mean over draws, with ``left_low`` and
        ``left_high`` (95 %, over draws); ``all_at_once`` with its ends, the points left if all economies of a
        place go to the same vendor.  Over (without, place): ``half_life``, years until half is left, infinite
        if later than the last of ``after``.  Over (economy): ``asked``, the share of draws with a toss, and
        ``why_not``.  Over (structure, place, after): ``structure_left``.  Groups weight by markets.

    Raises
    ------
    InputError : before the first run, for unusable arguments.
    """
    if take_world(options).name == BUNDLED:
        options.setdefault("posterior", "bundled")
    names = _take_structures(options)
    how, scenario = build_setup(runs, **options), load_scenario(baseline)
    question = _build_question(how, places, domain, year, after, vendors)
    luck, refused = _prepare_luck(how, scenario, question, history)
    causes = _check_causes(how.world, question.domain, without)
    job = _build_tosses_job(how, scenario, question, causes, luck, refused, together=together)
    found = _build_lock_in_dataset(job, how, question, refused, name_history(how.history(history)))
    asked: dict[str, Any] = {"domain": domain, "year": year, "after": after, "vendors": vendors}
    asked |= {"baseline": baseline, "history": history, "runs": runs, "together": together}
    return _add_structure_trials(found, names, places, asked, options)


def _take_structures(options: Options) -> tuple[str, ...]:
    """Take the names of structures out of the options, which from then on ask for the declared structure."""
    asked = options.get("structure", DECLARED)
    if asked in (DECLARED, DRAWN):
        return ()
    options["structure"] = DECLARED
    return select_structures(asked)


def _add_structure_trials(
    found: xr.Dataset,
    names: Sequence[str],
    places: str | Sequence[str],
    asked: Mapping[str, Any],
    options: Options,
) -> xr.Dataset:
    """Run a trial under each structure, nothing switched off, and add what is left to the dataset."""
    import xarray as xr

    if not names:
        return found
    trials = [
        lock_in(
            places,
            without="nothing",
            **asked,
            **build_structure_options(name, options.get("posterior"), options),
        )
        for name in names
    ]
    left = {
        f"structure_{name}": xr.concat([one[name].isel(without=0, drop=True) for one in trials], "structure")
        for name in (f"left{end}" for end in ENDS)
    }
    titles = [STRUCTURES[name].title for name in names]
    labels = {"structure": list(names), "structure_label": ("structure", titles)}
    return found.assign(left).assign_coords(labels)


def explain_refusals(
    economies: Sequence[str], *, domain: str, vendors: tuple[str, ...], runs: int, **options: Unpack[Options]
) -> dict[str, str]:
    """Explain why :func:`lock_in` refuses each economy in the last year of the record; "" if accepted.

    Takes arguments of :func:`lock_in` and raises InputError as it does.
    """
    how = build_setup(runs, **options)
    question = _build_question(how, economies, domain, None, (1,), vendors)
    _, refused = _prepare_luck(how, load_scenario("baseline"), question, None)
    return {place: refused[how.world.countries.index(place)] for place in question.places}


# --- the question ---


class TrialQuestion(NamedTuple):
    """Question of a trial.

    places  codes of economies and groups;  domain  index;  coin  year of the toss;  after  years after it, in
    order
    slots   of the first and the second vendor
    """

    places: tuple[str, ...]
    domain: int
    coin: int
    after: list[int]
    slots: tuple[int, int]


def _build_question(
    how: Setup,
    places: str | Sequence[str],
    domain: str,
    year: int | None,
    after: Sequence[int],
    vendors: Sequence[str],
) -> TrialQuestion:
    """Build the question of a trial and check its arguments, which are those of :func:`lock_in`."""
    world, (first, last) = how.world, how.years
    how.parameters.check_runs(how.runs)
    d = world.domains.index(world.code_of("domain", domain, "domain"))
    year = min(max(world.present, first + 1), last - 1) if year is None else year
    coin = check_whole_number("year", year, least=first + 1, most=last - 1)
    lags = _check_years_after(after, coin, last)
    slots = _find_vendor_slots(world, d, vendors)
    return TrialQuestion(world.codes_of("place", places, "country", "group"), d, coin, lags, slots)


def _prepare_luck(
    how: Setup, scenario: Scenario, question: TrialQuestion, history: Given | None
) -> tuple[History | ConditionedHistories | None, list[str]]:
    """Return the luck of all runs, and the reason why each economy is not tossed ("" where it is)."""
    luck = build_histories(
        how.history(history), world=how.world, runs=np.arange(how.runs), parameters=how.parameters
    )
    past = luck.past if isinstance(luck, ConditionedHistories) else luck
    return luck, _list_refusals(how, scenario, question, on_record=past is not None and past.facts)


def _check_causes(world: World, domain: int, without: str | Sequence[str]) -> tuple[str, ...]:
    """Return the causes to switch off.

    Raises InputError for contracts where they end by the layer's lifetime.
    """
    causes = resolve_names("without", without, CAUSES)
    if "contracts" in causes and not world.by_generation[domain]:
        allowed = "others: contracts can be cut to a year only in layers that move by generations"
        raise unusable("without", found="contracts", allowed=allowed)
    return causes


def _build_tosses_job(
    how: Setup,
    scenario: Scenario,
    question: TrialQuestion,
    causes: Sequence[str],
    luck: History | ConditionedHistories | None,
    refused: Sequence[str],
    *,
    together: bool,
) -> RandomAssignmentJob:
    """Build the job of runs that answers a question."""
    check_truth("together", together)
    world, (first, last), (places, d, coin, after, slots) = how.world, how.years, question
    weights = _compute_toss_weights(how, scenario, question, refused)
    tosses = _build_tosses(world, places, weights, together=together and len(places) > 1)
    engine = now().engine_for(
        years=how.runs * _count_simulated_years(coin - first, tosses, causes, max(after)),
        bundled=world.name == BUNDLED,
        compiles=world.compiles,
    )
    return RandomAssignmentJob(
        None if world is resolve_world(None) else world,
        (scenario,),
        scenario.configure(how.parameters),
        luck,
        how.seed,
        (first, coin, coin + max(after), last),
        engine,
        {cause: CAUSES[cause].settings for cause in causes},
        d,
        slots,
        _mask_sponsor_offers(world, d, slots[0]),
        tosses,
        weights,
        _list_vendor_sponsors(world, d, slots),
    )


def _count_simulated_years(
    before: int, tosses: Sequence[RandomAssignment], causes: Collection[str], after: int
) -> int:
    """Count the simulated years of a run: the past once, then both sides of each toss for every cause."""
    return before + 2 * len(tosses) * (1 + len(causes) * after)


def _check_years_after(after: Sequence[int], coin: int, last: int) -> list[int]:
    """Return the numbers of years after the coin, in order.

    Raises InputError for a value that is no number of years, is repeated, or lies beyond the run.
    """
    most = last - coin
    check_listed("after", after, allowed=f"a list of numbers of years, from 1 to {most}")
    lags = [convert_to_int(each) for each in after]
    for lag, each in zip(lags, after, strict=True):
        if lag is None or not 1 <= lag <= most:
            allowed = f"1 to {most} years: a run that ends in {last} has so many after {coin}"
            raise unusable("after", found=each, allowed=allowed)
    if not lags:
        raise unusable("after", found=after, allowed="at least one number of years")
    if repeated := next((lag for lag in lags if lags.count(lag) > 1), None):
        raise unusable("after", words=f"{repeated} twice", allowed="each number of years once")
    return sorted(lag for lag in lags if lag is not None)


def _find_vendor_slots(world: World, domain: int, vendors: Sequence[str]) -> tuple[int, int]:
    """Return the slots of two vendors of a domain.

    Raises InputError for a domain of adopted systems, vendors that do not sell there, or two of the same
    sponsor.
    """
    if world.buyer[domain] == "adopters":
        contracted = [d for d, who in zip(world.domains, world.buyer, strict=True) if who != "adopters"]
        layer = format_label("domain", world.domains[domain])
        allowed = (
            f"one of {', '.join(contracted)}; {layer} is adopted side by side with others, and nobody leaves"
        )
        raise unusable("domain", found=world.domains[domain], allowed=allowed)
    sold = {world.vendors[v]: s for s, v in enumerate(world.slot_vendor[domain].tolist()) if v >= 0}
    sold.pop("local", None)
    chosen = resolve_names("vendors", vendors, sold, world.called("vendor"))
    if len(chosen) != 2:
        raise unusable("vendors", found=list(chosen), allowed="two, such as huawei and ericsson")
    one, other = (sold[name] for name in chosen)
    sponsors = world.slot_sponsor[domain, [one, other]]
    if sponsors[0] == sponsors[1] < len(world.sponsors):
        allowed = (
            f"vendors of two sponsors; both are {get_sponsor_adjective(world.sponsors[int(sponsors[0])])}"
        )
        raise unusable("vendors", found=list(chosen), allowed=allowed)
    return one, other


def _mask_sponsor_offers(world: World, domain: int, slot: int) -> Bools:
    """Return a mask of the offers of a vendor's sponsor; of a vendor without a sponsor, of the vendor.

    (vendor,)
    """
    sponsor = world.slot_sponsor[domain]
    mine: Bools = np.arange(len(sponsor)) == slot
    return mine if sponsor[slot] == len(world.sponsors) else (sponsor == sponsor[slot])


def _list_vendor_sponsors(world: World, domain: int, slots: tuple[int, int]) -> tuple[int, ...]:
    """Return the positions of the sponsors of two vendors; vendors without a sponsor are left out."""
    sponsors = world.slot_sponsor[domain, list(slots)].tolist()
    return tuple(s for s in sponsors if s < len(world.sponsors))


def _list_refusals(how: Setup, scenario: Scenario, question: TrialQuestion, *, on_record: bool) -> list[str]:
    """List the reason why each economy is not tossed in the year of the coin; "" where it is tossed."""
    world, (_, domain, coin, _, slots) = how.world, question
    base = world.as_recorded if on_record else world
    known = scenario.conditions(base, how.years).at(coin - how.years[0])
    offered = world.offered(coin, known.served, known.barrier)[domain]
    lots = np.bincount(world.lots.country[world.lots.domain == domain], minlength=len(world.countries))
    titles = [format_label("vendor", world.vendors[world.slot_vendor[domain, slot]]) for slot in slots]
    orders = known.restriction_order if world.sensitive[domain] else np.zeros_like(known.restriction_order)
    reasons, what = [], IN_PLACE[world.buyer[domain]]
    for country in range(len(world.countries)):
        why = ""
        for slot, title in zip(slots, titles, strict=True):
            sponsor = world.slot_sponsor[domain, slot]
            if world.slot_home[domain, slot] == country:
                why = f"{title} is at home there"
            elif sponsor < len(world.sponsors) and orders[country, sponsor] == MUST:
                why = (
                    f"the state restricts {get_sponsor_adjective(world.sponsors[sponsor])} vendors in {coin}"
                )
            elif not offered[country, slot]:
                why = f"{title} does not sell there in {coin}"
            if why:
                break
        empty = world.buyer[domain] == "operator" and not lots[country]
        if empty or not known.market_size[domain, country] > 0:
            why = f"there are no {what} of {format_label('domain', world.domains[domain])} in {coin}"
        reasons.append(why)
    return reasons


def _compute_toss_weights(
    how: Setup, scenario: Scenario, question: TrialQuestion, refused: Sequence[str]
) -> Floats:
    """Compute the markets of the economies of each place in the year of the coin, USD bn.

    (place, country); 0 for economies not tossed, 1 for a place that is one economy.
    Raises InputError for a place without a tossed economy.
    """
    world, (named, domain, coin, _, _) = how.world, question
    size = scenario.conditions(world, how.years).market_size[coin - how.years[0], domain]
    weights = np.zeros((len(named), len(world.countries)))
    for row, place in zip(weights, named, strict=True):
        if place in world.countries:
            country = world.countries.index(place)
            if refused[country]:
                allowed = f"an economy where either may win; {refused[country]}"
                raise unusable("place", found=place, allowed=allowed)
            row[country] = 1.0
            continue
        members = world.group_masks[world.group_names.index(place)][domain]
        row[:] = size * members * np.array([not why for why in refused])
        if not row.any():
            raise unusable("place", found=place, allowed="a group with an economy where either may win")
    return weights


def _build_tosses(
    world: World, named: Sequence[str], weights: Floats, *, together: bool
) -> tuple[RandomAssignment, ...]:
    """Build the tosses of economies, and of groups at once.

    Economies are tossed by themselves unless ``together``; then they and those of all groups are tossed at
    once with coins of their own, and each group again with one coin.
    """
    groups = [p for p, place in enumerate(named) if place not in world.countries]
    shared = tuple(range(len(named)) if together else groups)
    tosses = [RandomAssignment(ALONE, weights[p] > 0, (p,)) for p in range(len(named)) if p not in shared]
    if shared:
        tosses.append(RandomAssignment(TOGETHER, (weights[list(shared)] > 0).any(axis=0), shared))
    return (*tosses, *(RandomAssignment(AT_ONCE, weights[p] > 0, (p,)) for p in groups))


# --- runs ---


def _run_tosses(job: RandomAssignmentJob, how: Setup) -> dict[str, Any]:
    """Run the job and return the arrays of all runs."""
    first, coin, followed, _ = job.years
    of_a_run = _count_simulated_years(coin - first, job.tosses, job.without, followed - coin)
    arms = count(2 * len(job.tosses), "arm")
    return job.run(
        how.runs,
        chunk=min(how.chunk, CHUNK),
        simulated=how.runs * of_a_run,
        workers=how.workers,
        progress=how.progress,
        description=f"lock-in: {how.runs} draws, {first} to {followed}, {arms}",
    )


# --- as a dataset ---


def _build_lock_in_dataset(
    job: RandomAssignmentJob, how: Setup, question: TrialQuestion, refused: Sequence[str], history: str
) -> xr.Dataset:
    """Run the trial and build its dataset.  history: the name of its kind of history."""
    import xarray as xr

    arrays, alone = _run_tosses(job, how), {ALL: ALONE_KEEPS[how.world.buyer[question.domain]]}
    world, named, at = how.world, question.places, np.array(question.after)
    single = [p for p, place in enumerate(named) if place in world.countries]
    data = _build_left_variables(arrays, single, at, how.draws)
    of_place = {place: _mask_members(world, job.domain, [place]) for place in named}
    members = np.flatnonzero(np.any(list(of_place.values()), axis=0)).tolist()
    record = [describe_record(world, job.domain, *each) for each in of_place.items()]
    free = arrays["free"].mean(axis=0)
    tossed = np.where([bool(why) for why in refused], 0.0, free)[members]
    data["asked"] = (
        "economy",
        tossed,
        build_variable_attributes("share of draws", "draws in which the economy is tossed"),
    )
    why = [refused[c] or _describe_restriction(world, job, free[c], question.coin) for c in members]
    labels = {
        "without": list(job.without),
        "without_label": ("without", [alone.get(cause, CAUSES[cause].title) for cause in job.without]),
        "place": list(named),
        "place_label": ("place", [opening(format_label("group", place)) for place in named]),
        "place_kind": ("place", ["country" if place in world.countries else "group" for place in named]),
        "place_record": ("place", record),
        "after": at,
        "economy": [world.countries[c] for c in members],
        "why_not": ("economy", why),
    }
    about = how.attributes(
        history=history,
        domain=world.domains[job.domain],
        vendors=" ".join(world.vendors[world.slot_vendor[job.domain, slot]] for slot in question.slots),
        in_place=IN_PLACE[world.buyer[job.domain]],
        sponsor=(*world.sponsors, "")[int(world.slot_sponsor[job.domain, question.slots[0]])],
        baseline=job.scenarios[0].name,
        year=question.coin,
        draws=how.runs,
        engine=job.engine,
        followed=max(question.after),
    )
    return xr.Dataset(data, coords=labels, attrs=about)


def _build_left_variables(
    arrays: Mapping[str, Floats], single: list[int], at: Integers, draws: Integers | None
) -> dict[str, Any]:
    """Build the variables on the part of the difference that is left, with their 95 % intervals over draws.

    arrays  ``one``, a place tossed alone, and ``all``, all economies at once.  (run, without, place, year)
    single  positions of the places that are one economy, for which both are the same
    at      years after the toss that are kept
    """
    at_once = arrays["all"].copy()
    at_once[:, :, single] = arrays["one"][:, :, single]
    curves = estimate_interval(100.0 * arrays["one"], draws)[:3]
    together = estimate_interval(100.0 * at_once, draws)[:3]
    axes, left = ("without", "place", "after"), "what is left of 100, {}of the difference"
    data: dict[str, Any] = {}
    for end, curve, joint in zip(("", "_low", "_high"), curves, together, strict=True):
        part = f"{end[1:]} end of the 95 % interval over draws, " if end else ""
        alone, jointly = left.format(part), left.format(f"all economies at once, {part}")
        text = f"years until half is left{', ' + part.rstrip(', ') if part else ''}"
        data[f"left{end}"] = (axes, curve[..., at], build_variable_attributes(_POINTS, alone))
        data[f"all_at_once{end}"] = (axes, joint[..., at], build_variable_attributes(_POINTS, jointly))
        half_life = _compute_half_life(curve)
        data[f"half_life{end}"] = (axes[:2], half_life, build_variable_attributes("years", text))
    return data


def _compute_half_life(curve: Floats) -> Floats:
    """Compute the years until a curve that begins at 100 first reaches 50.  (..., year) to (...)

    Interpolated linearly between years; infinite where 50 is never reached, NaN without a curve.
    """
    below = curve <= 50.0
    later = np.where(below.any(axis=-1), below.argmax(axis=-1), 1)[..., None]
    before, there = (np.take_along_axis(curve, later - back, axis=-1)[..., 0] for back in (1, 0))
    fall = np.where(before > there, before - there, 1.0)
    years = later[..., 0] - 1 + (before - 50.0) / fall
    years_until: Floats = np.where(below.any(axis=-1), years, np.inf)
    return np.where(np.isfinite(curve).all(axis=-1), years_until, np.nan)


def _mask_members(world: World, domain: int, named: Sequence[str]) -> Bools:
    """Return a mask of the economies of any of some places.  (country,)."""
    masks = [
        np.array(world.countries) == place
        if place in world.countries
        else world.group_masks[world.group_names.index(place)][domain]
        for place in named
    ]
    return np.any(masks, axis=0)


def _describe_restriction(world: World, job: RandomAssignmentJob, free: float, year: int) -> str:
    """Describe that an economy is tossed in some draws only, or in no draw; "" if in all draws."""
    if free == 1.0:
        return ""
    whose = listed([get_sponsor_adjective(world.sponsors[s]) for s in job.rivals], "or")
    return f"the state restricts {whose} vendors in {year} in {'some draws' if free else 'every draw'}"
