"""Study of the financed first mover: what loans win, what is left afterwards, and whether a standard follows.

A state lends to win sales for its vendors; its standard may follow.  Every arm has the same tastes, luck and
parameters, so that only loans make arms differ, and what is left of the difference after the last loan is
state dependence: nothing else distinguishes the arms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np

from lockin_sim.common.conventions import RUNS, Bools, Floats, Integers
from lockin_sim.common.errors import check_whole_number, resolve_name, resolve_names, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.values import number
from lockin_sim.comparisons.arms import build_arm_trial
from lockin_sim.comparisons.structures import (
    AFTER,
    AFTER_COIN,
    ENDS,
    build_structure_options,
    find_rival_vendors,
    repeat_by_structure,
    select_structures,
)
from lockin_sim.comparisons.trial import Arm, ArmOptions, Measure, Setup, Trial, build_setup, take_world
from lockin_sim.comparisons.uncertainty import sample_in_ranges
from lockin_sim.comparisons.variants import VARIANTS, mask_sponsor_offers
from lockin_sim.model.measures import VARIABLES, Alone, Reading
from lockin_sim.record.histories import name_history
from lockin_sim.settings.ensemble import BUNDLED_NAME, Source
from lockin_sim.settings.parameters import ByName, collect_declarations
from lockin_sim.settings.scenario import Scenario, load_scenario
from lockin_sim.studies.lead_results import (
    ARM,
    BORROWERS,
    CONTINUED,
    EACH,
    ECONOMIES,
    MEAN_ENDS,
    MEDIAN,
    NEVER,
    NOTHING,
    OFF,
    USUAL,
    build_lead_dataset,
)
from lockin_sim.studies.lock_in_trial import CHUNK as COIN_CHUNK
from lockin_sim.studies.lock_in_trial import lock_in
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Arms that lend for some years.
AS_LENT, PROGRAMME = "as_lent_then_stopped", "programme"

#: Arms, with what each is.
ARMS = {
    NEVER: "no loan from {since} on",
    AS_LENT: "loans as on record to {recorded}, then none",
    PROGRAMME: "{programme:g} bn USD a year, {since} to {until}, then none",
    CONTINUED: "{programme:g} bn USD a year from {since} on",
}

#: What may be switched off, or be otherwise.
WITHOUT = VARIANTS["lead"]
#: Whether states may prescribe standards by themselves; where they may, at rates and pulls drawn evenly from
#: the declared ranges of all parameters with these beginnings.
REGULATORS = (OFF, "on")
REGULATING = ("regulation_", "withdrawal_")

#: Runs computed together: twice as many as elsewhere, since little is kept of each, for a tenth of the time.
CHUNK = 32

#: Sizes of a programme.
PROGRAMMES = "bn USD a year above 0, 500 at most"

#: How a programme is allotted: to each borrower its part of the lender's loans on record, or by the model.
RECORD, RULE = ALLOTMENTS = ("record", "rule")

#: Variables of economies that are added up over a place, by what they are called.
MONEY = {"debt": "debt", "money": "lent", "unmet": "loans_unmet"}

#: Variables of groups behind what is measured in a place and domain, see :mod:`.lead_results`.
OUTCOMES = {
    "equipment": "group_sponsor_share",
    "sales": "group_sales_sponsor_share",
    "reach": "group_reach",
    "coverage": "group_coverage",
    "price": "group_price_paid",
}


type Key = tuple[str, str, str]


@checks_keywords(*ArmOptions.__annotations__)
def lead(
    lender: str | None = None,
    *,
    programme: float = 3.5,
    since: int = 2011,
    until: int = 2030,
    allotment: str | None = None,
    places: Sequence[str] | str | None = None,
    domains: Sequence[str] | str = ("mobile_network",),
    without: Sequence[str] | str = tuple(WITHOUT),
    regulators: Sequence[str] | str = REGULATORS,
    structure: Sequence[str] | str = (),
    posterior: Source = BUNDLED_NAME,
    runs: int = RUNS.pool,
    **options: Unpack[ArmOptions],
) -> xr.Dataset:
    """Measure what a state's loans win for its vendors, how much is left, and whether its standard follows.

    Parameters
    ----------
    lender : the state that lends; None = the sponsor under study, China in the bundled world.
    programme : loans in place of the loans on record, USD bn a year.
    since, until : first and last year of the programme.
    allotment : "record", to each borrower its part of the loans on record, which wait as these do; "rule",
        by the model's rule; None = "record" where loans of the lender are on record, else "rule".
    places : groups of markets, economies, "borrowers" (economies with a loan of the lender on record) and
        "median" (over economies abroad: of equipment alone, where nothing is switched off); None = Africa,
        the borrowers where there are any, and the median.
    domains : domains, each measured by itself.
    without : what *never* and *programme* also change: names under ``lead`` in ``data/variants.toml``.
    regulators : "off"; "on": states may prescribe standards, in *never* and *programme* as they are.
    structure : other structures that the record allows: names under ``structures`` in
        ``data/variants.toml``, or "all"; each repeats the main numbers, and the trial of :func:`lock_in`.
    posterior : source of draws; None = the default parameters in all runs.
    runs : number of draws, each with two runs.
    options : see :class:`lockin_sim.comparisons.trial.Options`.

    Returns
    -------
    Dataset
        Over (arm, without, regulators, place, domain, year): outcomes, ``won``, ``left``, ``held`` and
        ``money``, each with its ranges, see :mod:`lockin_sim.studies.lead_results`; ``by_structure``, see
        :mod:`lockin_sim.comparisons.structures`.  NaN for combinations that were not run.

    Raises
    ------
    InputError : before the first run, for unusable arguments.
    """
    world = take_world(options)
    cuts = dict.fromkeys((NOTHING, *resolve_names("without", without, WITHOUT)))
    rules = dict.fromkeys((OFF, *resolve_names("regulators", regulators, REGULATORS)))
    money = number("programme", programme, allowed=PROGRAMMES, low=1e-6, high=500.0)
    study = LoanStudy.of(
        world, lender, places, domains, money, _check_programme_years(world, since, until), allotment
    )
    options |= {"world": study.world, "chunk": options.get("chunk", CHUNK)}
    how = _pair_runs(
        build_setup(EACH * check_whole_number("runs", runs, least=1), posterior=posterior, **options)
    )
    arms = build_lead_arms(study, how, cuts, rules)
    under = _plan_structure_runs(select_structures(structure), study, runs, posterior, options)
    found = build_lead_dataset(_run_lead_arms(arms, study, how), study, how)
    found = found.assign_attrs(histories=name_history(how.history(None)))
    return found if under is None else found.merge(under())


def _run_lead_arms(arms: Mapping[Key, Arm], study: LoanStudy, how: Setup) -> dict[Key, dict[str, Floats]]:
    """Run all arms and return their arrays by label; by economy only where nothing is switched off."""
    usual, others = study.measure(how, median=True), study.measure(how)
    build_arm_trial({" ".join(key): arm for key, arm in arms.items()}, others, how)  # refuses them by name
    trial = Trial(ARM, arms, usual, how)
    alone = {trial.of_arm(*key).label for key in arms if key[1:] == USUAL}
    cases = [
        case if case.label in alone else replace(case, reduce=others.of, record=others.record)
        for case in trial.cases
    ]
    arrays, values = how.run(cases), dict[Key, dict[str, Floats]]()
    for key in arms:
        measured = arrays[trial.of_arm(*key).label]
        values[key] = {n: v for n, v in measured.items() if n != ECONOMIES or key[1:] == USUAL}
    return values


def _check_programme_years(world: World, since: int, until: int) -> tuple[int, int]:
    """Return first and last year of a programme.

    Raises InputError unless the programme begins after the first year and at least one year follows its last.
    """
    first, last = world.horizon(None)
    since = check_whole_number("since", since, least=first + 1, most=last - 1)
    if check_whole_number("until", until) < since:
        raise unusable("until", found=until, allowed=f"a year from {since}, in which the programme begins")
    if until >= last:
        raise unusable(
            "until", found=until, allowed=f"a year before {last}, so that at least one year follows"
        )
    return since, until


def _pair_runs(how: Setup) -> Setup:
    """Return the set-up with each draw repeated for a pair of runs."""
    if how.drawn is None:
        return how
    drawn = replace(how.drawn, draws=np.repeat(how.drawn.draws[: how.runs // EACH], EACH))
    return replace(how, drawn=drawn, parameters=drawn.parameters)


def _plan_structure_runs(
    names: Sequence[str], study: LoanStudy, runs: int, posterior: Source, options: ArmOptions
) -> Callable[[], xr.Dataset] | None:
    """Return a function that runs the study under other structures; None without any structure.

    The function is :func:`.repeat_by_structure`.  Raises InputError where the median is the only place.
    """
    if not names:
        return None
    places = [place for place in study.places if place != MEDIAN]
    if not places:
        raise unusable("structure", words="places: only the median", allowed="a group or an economy first")
    one = replace(study, places=(places[0],), domains=study.domains[:1])

    def numbers(name: str) -> dict[str, tuple[float, ...]]:
        """Compute the quantities of a structure by name, from its loans and its coin."""
        own = build_structure_options(name, posterior, {**options, "world": study.base})
        here = replace(one, base=own["world"])
        how = _pair_runs(build_setup(EACH * runs, **own | {"world": here.world}))
        arms = build_lead_arms(here, how, {NOTHING: None}, {OFF: None})
        lending = {key: arm for key, arm in arms.items() if key[0] != CONTINUED}
        found = build_lead_dataset(_run_lead_arms(lending, here, how), here, how).isel(place=0, domain=0)
        loans = extract_lead_quantities(found.sel(without=NOTHING, regulators=OFF), here)
        return loans | measure_coin_quantities(here, runs, own)

    return partial(repeat_by_structure, names, numbers)


def extract_lead_quantities(found: xr.Dataset, study: LoanStudy) -> dict[str, tuple[float, ...]]:
    """Extract what loans won, and what is left of it, by arm, each with its 95 % interval."""
    quantities = {}
    for arm, prefix in ((AS_LENT, "lent_"), (PROGRAMME, "")):
        row, until = found.sel(arm=arm), study.ends(arm) or 0
        quantities[f"{prefix}won"] = tuple(100.0 * float(row[f"won{end}"]) for end in MEAN_ENDS)
        for after in AFTER:
            at = row.reindex(year=[until + after]).isel(year=0)
            quantities[f"{prefix}left_{after}"] = tuple(float(at[f"left{end}"]) for end in MEAN_ENDS)
    return quantities


def measure_coin_quantities(
    study: LoanStudy, runs: int, options: Mapping[str, Any]
) -> dict[str, tuple[float, ...]]:
    """Measure what is left of a coin between the lender's first vendor and another vendor.

    NaN where there is no such pair of vendors, or the place is the borrowers.
    """
    place, domain = study.places[0], study.domains[0]
    vendors = None if place == BORROWERS else find_rival_vendors(study.base, study.lender, domain)
    names = [f"coin_{after}" for after in AFTER_COIN]
    if vendors is None:
        return dict.fromkeys(names, (np.nan,) * len(ENDS))
    coin = lock_in(
        place,
        domain=domain,
        after=AFTER_COIN,
        vendors=vendors,
        without=NOTHING,
        runs=runs,
        **{**options, "world": study.base, "chunk": COIN_CHUNK},
    ).isel(without=0, place=0)
    return {
        name: tuple(float(coin[f"left{end}"].sel(after=after)) for end in ENDS)
        for name, after in zip(names, AFTER_COIN, strict=True)
    }


# --- the question ---


@dataclass(frozen=True)
class LoanStudy:
    """Question about a lender.

    base         the world
    lender       code of the sponsor that lends
    places       codes of groups and economies, and the names of those that are neither
    domains      codes
    programme    USD bn a year;  since, until  its first and last year
    allotment    one of :data:`ALLOTMENTS`
    """

    base: World
    lender: str
    places: tuple[str, ...]
    domains: tuple[str, ...]
    programme: float
    since: int
    until: int
    allotment: str

    @classmethod
    def of(
        cls,
        world: World,
        lender: str | None,
        places: Sequence[str] | str | None,
        domains: Sequence[str] | str,
        programme: float,
        years: tuple[int, int],
        allotment: str | None = None,
    ) -> LoanStudy:
        """Build the question from unchecked arguments.

        Raises InputError for an unusable lender, place, domain or allotment.
        """
        named = next(iter(world.case.sponsors), None) if lender is None else lender
        who = resolve_name("lender", found=named, known=list_lenders(world), called=world.called("sponsor"))
        some = find_borrowers(world, who).any()
        africa = [name for name in ("Africa",) if name in world.group_names]
        usual = [*africa, *([BORROWERS] if some else []), MEDIAN]
        own = (BORROWERS, MEDIAN)
        codes, titles = (*own, *world.codes("group", "country")), world.called("group", "country")
        read = resolve_names("places", usual if places is None else places, codes, titles)
        if BORROWERS in read and not some:
            raise unusable("places", found=BORROWERS, allowed=f"other places: no loan of {who} is on record")
        abroad = ~world.home[:, world.sponsors.index(who)]
        for place, mask in _mask_markets(world, who, read).items():
            if not (mask & abroad).any():
                allowed = f"places outside {who}, whose loans go abroad"
                raise unusable("places", words=f"{place}, which is the lender's own", allowed=allowed)
        sold = mask_sponsor_offers(world, who).any(axis=-1)
        sells = [
            d
            for d, buys, any_offer in zip(world.domains, world.buyer, sold, strict=True)
            if any_offer and buys != "adopters"
        ]
        layers = resolve_names("domains", domains, sells, world.called("domain"))
        return cls(
            world, who, read, layers, programme, *years, _choose_allotment(world, who, years[0], allotment)
        )

    @cached_property
    def groups(self) -> dict[str, Bools]:
        """Mask of the markets of every place but the median.  (domain, country)."""
        return _mask_markets(self.base, self.lender, self.places)

    @cached_property
    def world(self) -> World:
        """World in which nothing but the places is measured."""
        base = self.base.facts.get("recorded", self.base)
        shown = {name: mask for name, mask in self.groups.items() if name != "world"}
        return replace(self.base, groups=shown, facts=self.base.facts | {"recorded": base})

    @cached_property
    def unlent(self) -> World:
        """World without the lender's loans on record from the first year of the programme on."""
        if self.base.recorded_loans is None:
            return self.world
        loans = self.base.recorded_loans.copy()
        loans[self.since - self.base.first_year :, :, self._lenders] = NOT_ON_RECORD
        return replace(self.world, recorded_loans=loans)

    @cached_property
    def allotted(self) -> World:
        """World with the programme, without an end, in place of the lender's loans on record.

        With allotment by rule, the world without these loans.
        """
        if self.allotment == RULE:
            return self.unlent
        loans, draft = cast(Floats, self.base.recorded_loans).copy(), self.base.conditions.draft()
        cells = np.s_[self.since - self.base.first_year :, :, self._lenders]
        for recorded in (loans, draft.recorded_loans):
            recorded[cells] = self.programme * compute_recorded_loan_shares(self.base, self.lender)
        of_lender = np.maximum(draft.recorded_loans[cells], 0.0).sum(axis=1)
        draft.envelope[cells[0], cells[2]] = of_lender
        return replace(self.world, recorded_loans=loans, conditions=draft.finished())

    @property
    def _lenders(self) -> Integers:
        """Positions of the state's lenders."""
        return np.flatnonzero(self.base.lenders.sponsor == self.base.sponsors.index(self.lender))

    @property
    def recorded(self) -> int:
        """Last year with a loan of the lender on record; without any, the last year of the record."""
        first, loans = self.base.first_year, self.base.recorded_loans
        if loans is None or not (known := (loans[:, :, self._lenders] >= 0).any(axis=(1, 2))).any():
            return self.base.case.years.recorded
        return first + int(np.flatnonzero(known)[-1])

    @property
    def standard(self) -> str | None:
        """Family of which the lender owns the largest part; None if it owns none."""
        owned = self.base.owners[:, self.base.sponsors.index(self.lender)]
        return self.base.standards[int(owned.argmax())] if owned.max() > 0 else None

    def measure(self, how: Setup, *, median: bool = False) -> Measure:
        """Build the measure of a run.  median: whether also by economy, for the median over economies."""
        places = tuple(place for place in self.places if median or place != MEDIAN)
        whose = {"sponsor": self.lender, "standard": self.standard}
        record = [_build_reading(name, whose) for name in (*OUTCOMES.values(), *MONEY.values())]
        record += [_build_economy_reading(self.lender, self.domains)] if MEDIAN in places else []
        of = partial(
            compute_lead_arrays,
            lender=self.lender,
            standard=self.standard,
            places=places,
            domains=self.domains,
        )
        return Measure(of, ("place", "domain", "year"), {"year": how.calendar}, Alone(record))

    def attributes(self) -> dict[str, Any]:
        """Build the attributes of a dataset that state the question."""
        about = {"lender": self.lender, "standard": self.standard or "", "programme": self.programme}
        about |= {"since": self.since, "until": self.until, "recorded_until": self.recorded}
        return about | {"allotment": self.allotment}

    def said(self, arm: str) -> str:
        """Describe an arm in words."""
        facts = {"since": self.since, "until": self.until, "recorded": self.recorded}
        return ARMS[arm].format(programme=self.programme, **facts)

    def ends(self, arm: str) -> int | None:
        """Return the last year in which an arm lends; None where it always or never lends."""
        return {AS_LENT: self.recorded, PROGRAMME: self.until}.get(arm)


def _build_reading(name: str, whose: Mapping[str, str | None]) -> Reading:
    """Build the reading of a variable for a sponsor or standard, where the variable has these axes."""
    mine = ((axis, label) for axis, label in whose.items() if axis in VARIABLES[name].axes and label)
    return Reading(name, at=tuple(mine))


def _build_economy_reading(lender: str, domains: Iterable[str]) -> Reading:
    """Build the reading of a sponsor's part of what economies have in some domains."""
    return Reading("country_sponsor_share", at=(("domain", tuple(domains)), ("sponsor", lender)))


#: In place of an amount: the rule decides who borrows.
NOT_ON_RECORD = -1.0


def list_lenders(world: World) -> list[str]:
    """List the sponsors that lend."""
    return [name for place, name in enumerate(world.sponsors) if (world.lenders.sponsor == place).any()]


def _mask_markets(world: World, lender: str, places: Sequence[str]) -> dict[str, Bools]:
    """Return the mask of the markets of every place but the median.  (domain, country)."""
    masks: dict[str, Bools] = dict(zip(world.group_names, world.group_masks, strict=True))
    shape = len(world.domains), len(world.countries)

    def markets(place: str) -> Bools:
        """Return the mask of the markets of one place."""
        inside = find_borrowers(world, lender) if place == BORROWERS else np.array(world.countries) == place
        return masks.get(place, np.broadcast_to(inside, shape))

    return {place: markets(place) for place in places if place != MEDIAN}


def find_borrowers(world: World, lender: str) -> Bools:
    """Return a mask of the economies with a loan of a sponsor on record.  (country,)."""
    sponsor, borrowed = world.sponsors.index(lender), np.zeros(len(world.countries), dtype=bool)
    if world.recorded_loans is not None:
        mine = world.recorded_loans[:, :, world.lenders.sponsor == sponsor]
        borrowed |= (mine > 0).any(axis=(0, 2))
    if world.recorded_instalments is not None:  # of loans of the first year and before
        borrowed |= (world.recorded_instalments[..., sponsor] > 0).any(axis=0)
    return borrowed


def _choose_allotment(world: World, lender: str, since: int, name: str | None) -> str:
    """Choose how a programme from a year on is allotted.

    Raises InputError for an allotment by record where no loan is on record, or beyond the known facts.
    """
    facts = int(world.conditions.years[-1])
    some = (
        world.recorded_loans is not None
        and compute_recorded_loan_shares(world, lender).any()
        and since <= facts
    )
    if name is None:
        return RECORD if some else RULE
    name = resolve_name("allotment", found=name, known=ALLOTMENTS)
    if name == RECORD and not some:
        why = f"as no loan of {lender} is on record" if since <= facts else f"from {facts + 1} on"
        raise unusable("allotment", found=name, allowed=f"'{RULE}' alone, {why}")
    return name


def compute_recorded_loan_shares(world: World, lender: str) -> Floats:
    """Compute each economy's and lender's part of a sponsor's loans on record; zeros without any.

    (country, lender of the sponsor)
    """
    mine = world.lenders.sponsor == world.sponsors.index(lender)
    lent = np.maximum(cast(Floats, world.recorded_loans)[:, :, mine], 0.0).sum(axis=0)
    parts: Floats = lent / (lent.sum() or 1.0)
    return parts


# --- arms ---


def build_lead_arms(
    study: LoanStudy, how: Setup, without: Mapping[str, Any], regulators: Mapping[str, Any]
) -> dict[Key, Arm]:
    """Build every arm to run, by its labels."""
    base, state = load_scenario("baseline"), f"loans of {study.lender}"

    def lending(name: str, *spans: tuple[int, int | None, float]) -> Scenario:
        """Return the baseline with loans over some years, each span (first, last, USD bn a year)."""
        scenario = base
        for first, last, money in spans:
            scenario = scenario.with_lever(
                "export_finance", study.lender, from_=first, to=last, envelope=money
            )
        return scenario.model_copy(update={"name": f"{state}: {name}", "title": study.said(name)})

    nothing, money, after = 0.0, study.programme, study.until + 1
    scenarios = {
        NEVER: lending(NEVER, (study.since, None, nothing)),
        AS_LENT: lending(AS_LENT, (study.recorded + 1, None, nothing)),
        PROGRAMME: lending(PROGRAMME, (study.since, study.until, money), (after, None, nothing)),
        CONTINUED: lending(CONTINUED, (study.since, None, money)),
    }
    if study.allotment == RECORD:  # the world has the programme
        scenarios |= {PROGRAMME: lending(PROGRAMME, (after, None, nothing)), CONTINUED: lending(CONTINUED)}
    rules = _sample_regulator_parameters(how)
    arms = {}
    for arm, scenario in scenarios.items():
        for cut in without:
            for rule in regulators:
                usual, alone = (cut, rule) == USUAL, cut == NOTHING or rule == OFF
                if not usual and not (alone and arm in (NEVER, PROGRAMME)):
                    continue
                parameters = _build_cut_settings(cut, after) if rule == OFF else rules
                world = None if arm == AS_LENT else study.allotted
                arms[arm, cut, rule] = Arm(scenario, parameters or None, world)
    return arms


def _build_cut_settings(cut: str, after: int) -> dict[str, Any]:
    """Build the parameters of a row of :data:`WITHOUT`.  after: the first year without loans."""
    row = WITHOUT[cut]
    return {name: {after: value} if row.after else value for name, value in row.settings.items()}


def _sample_regulator_parameters(how: Setup) -> ByName:
    """Sample rates and pulls of regulators evenly from their ranges, once for each draw."""
    names = [name for name in collect_declarations() if name.startswith(REGULATING)]
    values = sample_in_ranges(names, max(how.runs // EACH, 2), "latin_hypercube", how.seed)
    return {name: np.repeat(value, EACH)[: how.runs] for name, value in values.items()}


# --- what is measured ---


def compute_lead_arrays(
    ds: xr.Dataset,
    world: World,
    *,
    lender: str,
    standard: str | None,
    places: Sequence[str],
    domains: Sequence[str],
) -> dict[str, Floats]:
    """Compute every outcome, and debts and loans of :data:`MONEY`, in each place.

    Outcomes are (run, place, domain, year), debts and loans (run, place, year), and if the median is wanted
    ``economies``, equipment, is (run, domain, country, year).
    """
    groups, layers = [place for place in places if place != MEDIAN], list(domains)
    arrays, whose = {}, {"sponsor": lender, "standard": standard}
    for name, variable in OUTCOMES.items():
        if standard is None and "standard" in VARIABLES[variable].axes:
            arrays[name] = np.full((ds.sizes["run"], len(groups), len(layers), ds.sizes["year"]), np.nan)
        else:
            chosen = _build_reading(variable, whose).of(ds).sel(group=groups, domain=layers)
            arrays[name] = chosen.transpose("run", "group", "domain", "year").values
    inside = world.group_masks[[world.group_names.index(name) for name in groups]].any(axis=1)
    for name, variable in MONEY.items():
        of_economies = _build_reading(variable, whose).of(ds).transpose("run", "country", "year").values
        arrays[name] = np.einsum("gc,rcy->rgy", inside * 1.0, of_economies)
    if MEDIAN in places:
        mine = _build_economy_reading(lender, domains).of(ds)
        arrays[ECONOMIES] = mine.transpose("run", "domain", "country", "year").values.astype(np.float32)
    return arrays
