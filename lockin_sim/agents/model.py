"""The Mesa model, whose step runs every stage of the schedule of a year on the agents."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import partial
from operator import attrgetter
from typing import Any

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet
from mesa.datacollection import DataCollector
from mesa.experimental.scenarios import Scenario as MesaScenario
from numpy.typing import NDArray

from lockin_sim.agents.country import Country
from lockin_sim.agents.ledger import Lending, OrderBook, collect_flows, collect_state
from lockin_sim.agents.operator import Operator, Project, plan_projects
from lockin_sim.agents.vendor import PostedBoard, StandardsBody, Vendor, build_board
from lockin_sim.common.conventions import STAGES, Floats, Integers
from lockin_sim.common.draws import Draws, History, Stream
from lockin_sim.common.errors import InputError, check_whole_number, resolve_name, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.model import decisions, sales
from lockin_sim.model.measures import VARIABLES, groups_measured, in_order, measure, names_of, recorded
from lockin_sim.model.sales import contributions
from lockin_sim.model.start import (
    fixed_taste,
    generation_starts,
    initial_state,
    operator_taste,
    tastes_drift,
)
from lockin_sim.model.state import State
from lockin_sim.rules import diffusion
from lockin_sim.settings.parameters import ByName, Parameters, collect_declarations, resolve_parameters
from lockin_sim.settings.scenario import Named, load_scenario
from lockin_sim.world import World, resolve_world

__all__ = [
    "MesaScenario",
    "EmptyMesaScenario",
    "find_agent",
    "check_single_run",
    "resolve_seed",
    "unpack_mesa_scenario",
    "detach_mesa_scenario",
]

#: Seeds that are drawn stay below this, so that any file format keeps them as they are.
_SEEDS = 2**53


class EmptyMesaScenario(MesaScenario):
    """Empty Mesa scenario of a model that is fully defined by its arguments.

    Mesa's visualisation passes the arguments on unchanged when it rebuilds a model with an empty scenario.
    """

    def __len__(self) -> int:
        """Return 0: the scenario has no parameters of its own."""
        return 0


def resolve_seed(seed: object, rng: Any) -> int:
    """Return the seed given by `seed` or `rng`; draw a fresh seed if both are None.

    seed  a whole number of at least 0
    rng   a whole number, a sequence of numbers, a SeedSequence, a Generator (one number
          is drawn) or a BitGenerator
    Raises InputError for any other value, or if both are given.
    """
    if seed is not None and rng is not None:
        raise unusable("rng", found=rng, allowed="None beside a seed: they say the same")
    if seed is not None:
        return check_whole_number("seed", seed)
    if isinstance(rng, int | np.integer):
        return check_whole_number("rng", rng)
    try:
        return int(np.random.default_rng(rng).integers(_SEEDS))
    except (TypeError, ValueError) as error:
        allowed = "what numpy.random.default_rng takes: a seed, a SeedSequence or a Generator"
        raise unusable("rng", found=rng, allowed=allowed) from error


def unpack_mesa_scenario(scenario: MesaScenario) -> tuple[str, Any, dict[str, Any]]:
    """Return the policy name, the rng and the parameters by name held by a Mesa scenario.

    The policy name is the value under ``policy``, by default ``baseline``.  Mesa 3 keeps the rng as given.
    Mesa 4 keeps a generator and its initial state, from which the same generator is rebuilt on every call,
    and from a pickled copy too.
    """
    values = dict(scenario)
    rng = values.pop("rng", None)
    began = getattr(scenario, "initial_rng_state", None)
    if began is not None:
        rng = np.random.Generator(getattr(np.random, began["bit_generator"])())
        rng.bit_generator.state = began
    return values.pop("policy", "baseline"), rng, values


def detach_mesa_scenario(scenario: MesaScenario) -> MesaScenario:
    """Return the Mesa scenario, or a copy if the scenario already belongs to a model.

    In Mesa 3 a scenario belongs to one model.
    """
    if getattr(scenario, "model", None) is None:
        return scenario
    return type(scenario)(**dict(scenario), _scenario_id=scenario._scenario_id)


def check_single_run(values: Parameters) -> Parameters:
    """Return the parameters unchanged.  Raises InputError if any parameter is an array over runs."""
    if values.runs is not None:
        raise unusable(
            "parameters", words="an array", allowed="numbers, or numbers by year: the Mesa engine is one run"
        )
    return values


def compute_past(
    history: Any, world: World, run: int, years: tuple[int, int], parameters: Parameters
) -> History | None:
    """Return the past shocks of one run, None for its own; arguments as in :class:`LockInModel`."""
    if isinstance(history, History):
        return history
    histories = importlib.import_module("lockin_sim.record.histories")  # by name: it lies above the engines
    chosen = histories.choose_history(world, years, history)
    how = {"world": world, "runs": np.array([run]), "parameters": parameters}
    past: History | None = histories.compute_histories(chosen, **how)
    return past


def find_agent[A](
    kind: type[A], word: str, label: str, agents: Iterable[Any], called: Mapping[str, str] | None = None
) -> A:
    """Return the agent with the given code or title.  Raises InputError for an unknown name.

    kind  class of the agents;  word  kind of the agent in messages;  called  titles by code
    """
    known: dict[str, A] = {agent.label: agent for agent in agents}
    return known[resolve_name(word, found=label, known=known, called=called)]


#: Attributes of agents that are kept each year; plain numbers and words, cheap to copy.
OF_AGENTS: dict[type, tuple[str, ...]] = {
    Country: ("label", "bought", "total_debt", "restricting"),
    Operator: ("label", "supplier"),
    Vendor: ("label", "mean_price", "total_deployed"),
    StandardsBody: ("label", "leading_share"),
}


def resolve_agent_classes(classes: Mapping[type, type] | None) -> dict[type, type]:
    """Return the class to create for each kind of agent, with the user's subclasses substituted.

    Raises InputError for any value other than subclasses by the class that they replace.
    """
    known: dict[str, type] = {kind.__name__: kind for kind in OF_AGENTS}
    allowed = f"subclasses by what they replace, one of {', '.join(known)}, such as {{Country: MyCountry}}"
    if not isinstance(classes, Mapping | None):
        raise unusable("classes", found=classes, allowed=allowed)
    for kind, own in (classes or {}).items():
        if kind not in OF_AGENTS or not (isinstance(own, type) and issubclass(own, kind)):
            raise unusable("classes", found={kind: own}, allowed=allowed)
    return {kind: (classes or {}).get(kind, kind) for kind in OF_AGENTS}


def build_data_collector(world: World, names: frozenset[str], classes: Mapping[type, type]) -> DataCollector:
    """Build a data collector of the named variables, each an array (...) per year.

    Variables by domain or by sponsor alone are also collected as single numbers, such as
    ``switching_pull[mobile_network]`` and ``total_debt[CHN]``; so is the share of the family under study
    in each domain, such as ``standard_share[mobile_network, cn2035]``.
    """
    labels: dict[tuple[str, ...], tuple[str, ...]] = {
        ("domain",): world.domains,
        ("sponsor",): world.sponsors,
    }
    variables: dict[str, Any] = {name: partial(_get_variable, name) for name in VARIABLES if name in names}
    for name in list(variables):
        for place, label in enumerate(labels.get(VARIABLES[name].axes, ())):
            variables[f"{name}[{label}]"] = partial(_get_number, name, (place,))
    if "standard_share" in variables and world.case.family:
        family = world.standards.index(world.case.family)
        for place, label in enumerate(world.domains):
            number = partial(_get_number, "standard_share", (place, family))
            variables[f"standard_share[{label}, {world.case.family}]"] = number
    agents = {classes[kind]: {name: attrgetter(name) for name in of} for kind, of in OF_AGENTS.items()}
    return DataCollector(model_reporters=variables, agenttype_reporters=agents)


def _get_variable(name: str, model: LockInModel) -> NDArray[Any]:
    """Return a measured variable of the model as an array."""
    result: NDArray[Any] = model.measured[name]
    return result


def _get_number(name: str, place: tuple[int, ...], model: LockInModel) -> float:
    """Return one element of a measured variable as a float.

    place  index of the element
    """
    return float(model.measured[name][place])


class LockInModel(mesa.Model):
    """One run of the model, simulated agent by agent.

    scenario    a built-in name, the path of a TOML file, or a Scenario; a ``mesa`` Scenario supplies
                parameters, a seed, and the name of a policy scenario under ``policy``.  Mesa's visualisation
                rebuilds its object from its class on a reset: declare lasting values in a subclass
    world       the world; None = the bundled one
    parameters  Parameters of plain numbers or numbers by year, or these numbers by name; None = the defaults.
                The attribute ``parameters`` has the values of the current year
    seed, run   of the shocks: run ``run`` of ``simulate(..., seed=seed)``
    rng         instead of a seed, any value that Mesa accepts; without seed and rng a fresh seed is drawn,
                see the attribute ``seed``
    years       first and last year; None = those of the world's case
    record      names of variables that the data collector adds to its usual variables
    history     as in :func:`lockin_sim.simulate`, or the :class:`.History` of one run
    begun       year in which the agents begin, and the state of this one run to begin with;
                None: the first year
    classes     subclasses to create instead of agents, such as ``{Country: MyCountry}``; their choices are
                booked like the choices of any agent
    overrides   parameters by name, so that ``mesa.batch_run`` and Mesa's visualisation can set them

    ``step()`` is one year; ``agents_by_type`` holds Country, Operator, Vendor and StandardsBody.
    Raises InputError for invalid arguments, and when stepped beyond the last year.
    """

    @checks_keywords(*collect_declarations())
    def __init__(
        self,
        scenario: Named | MesaScenario = "baseline",
        *,
        world: World | None = None,
        parameters: Parameters | ByName | None = None,
        seed: int | None = None,
        rng: Any = None,
        run: int = 0,
        years: tuple[int, int] | None = None,
        record: Iterable[str] | None = None,
        history: History | Mapping[str, float] | str | None = None,
        begun: tuple[int, State] | None = None,
        classes: Mapping[type, type] | None = None,
        **overrides: float,
    ) -> None:
        of_mesa = detach_mesa_scenario(scenario) if isinstance(scenario, MesaScenario) else None
        if of_mesa is not None:
            scenario, its_rng, its_parameters = unpack_mesa_scenario(of_mesa)
            rng = its_rng if seed is None and rng is None else rng
            overrides = its_parameters | overrides
        self.seed = resolve_seed(seed, rng)
        super().__init__(rng=self.seed)
        self.scenario = EmptyMesaScenario(rng=self.seed) if of_mesa is None else of_mesa
        self.policies = load_scenario(scenario)
        self.world = resolve_world(world)
        years = self.world.horizon(years)
        given = resolve_parameters(parameters).replace(overrides)
        values = self.policies.configure(resolve_parameters(parameters)).replace(overrides)
        self._all_years = check_single_run(resolve_parameters(values, years))
        self.run_number = check_whole_number("run", run)
        past = compute_past(history, self.world, self.run_number, years, given)
        if past is not None and past.facts:
            self.world = self.world.as_recorded
        self.draws = Draws(self.seed, [self.run_number], past, self.world.facts.get("seed_of"))
        self._streams: dict[str, Stream] = {}
        self.year, self.last_year = years
        self.year, start = begun or (self.year, None)
        self.parameters = self._all_years.at(self.year)  # of the year
        self.conditions = self.policies.conditions(self.world, years)
        self.bought_by = {buyer: self.world.bought_by(buyer) for buyer in ("operator", "users", "adopters")}
        self._names = names_of(recorded(record))  # of parts, too, all is recorded
        self.stock_groups, self.flow_groups = groups_measured(self.world, self._names)
        self.classes = resolve_agent_classes(classes)
        self.datacollector = build_data_collector(self.world, self._names, self.classes)
        self.projects: list[Project] = []
        self.policy()
        self._populate(start)
        self.prices()
        self.contributions = np.zeros((len(self.world.bodies), *self.order_book.sold.shape[1:]))
        self.flows = collect_flows(self, self.board.installed)
        self.measure(first=True)

    def _populate(self, start: State | None) -> None:
        """Create the agents in the state `start`; None: the initial state of the first year."""
        world, draws, p, years = self.world, self.draws, self._all_years, (self.year, self.last_year)
        runs, taste, by_operator = np.array([self.run_number]), *self._tastes()
        loans = self.policies.loans(world, self.conditions)
        if start is None:
            start = initial_state(world, draws, p, runs, taste, by_operator, years, self.flow_groups, loans)
        self.lending, self.order_book = Lending(start, loans), OrderBook(start)
        self.replaced = float(start.replaced[0])
        due = generation_starts(world, draws, 1)[0]
        countries = [self.classes[Country](self, i, start) for i in range(len(world.countries))]
        lots = world.lots
        identity = np.stack([lots.domain, lots.country, lots.operator])
        changes = np.flatnonzero((np.diff(identity) != 0).any(axis=0)) + 1
        for own in np.split(np.arange(len(lots)), changes) if len(lots) else []:
            country = countries[lots.country[own[0]]]
            country.operators.append(self.classes[Operator](self, country, own, start, due[own]))
        for index in range(len(world.vendors)):
            if (world.slot_vendor == index).any():
                self.classes[Vendor](self, index, start)
        for index, rules in enumerate(world.bodies):
            self.classes[StandardsBody](self, index, rules, start)
        self._assign_tastes(taste, by_operator)

    def _tastes(self, arrived: Integers | None = None) -> tuple[Floats, Floats]:
        """Return tastes of countries, (1, domain, country, vendor), and of operators, (1, lot, vendor).

        arrived  (1, lot), newest generation that each lot is due for, as of :func:`operator_taste`
        """
        taste = fixed_taste(self.world, self.draws, self.parameters, np.array([self.run_number]))
        return taste, operator_taste(self.world, self.draws, self.parameters, arrived)

    def _assign_tastes(self, taste: Floats, by_operator: Floats) -> None:
        """Assign tastes to countries and operators.

        taste        (1, domain, country, vendor);  by_operator  (1, lot, vendor)
        """
        for country in self.countries:
            country.taste = taste[0, :, country.place]
            for operator in country.operators:
                operator.taste = country.taste[operator.domain] + by_operator[0, operator.lots]

    def __repr__(self) -> str:
        return f"<LockInModel {self.policies.name}, {self.year}, seed {self.seed}, run {self.run_number}>"

    # --- who is there --------------------------------------------------------------------------

    @property
    def countries(self) -> AbstractAgentSet[Country]:
        """Countries, in the order of the world."""
        return self.agents_by_type[self.classes[Country]]

    @property
    def all_operators(self) -> AbstractAgentSet[Operator]:
        """Operators of all countries and domains, in the order of their lots."""
        return self.agents_by_type.get(self.classes[Operator], [])

    @property
    def vendors(self) -> AbstractAgentSet[Vendor]:
        """Vendors of the model."""
        return self.agents_by_type.get(self.classes[Vendor], [])

    @property
    def bodies(self) -> AbstractAgentSet[StandardsBody]:
        """Standards bodies; empty in a world without standards bodies."""
        return self.agents_by_type.get(self.classes[StandardsBody], [])

    def country(self, label: str) -> Country:
        """Return the country with a code or title such as ``"KEN"``.

        Raises InputError for an unknown name.
        """
        return find_agent(Country, "country", label, self.countries, self.world.called("country"))

    def vendor(self, label: str) -> Vendor:
        """Return the vendor with a code or title such as ``"huawei"``.

        Raises InputError for an unknown name.
        """
        return find_agent(Vendor, "vendor", label, self.vendors, self.world.called("vendor"))

    def body(self, label: str) -> StandardsBody:
        """Return the standards body with a code or title such as ``"ITU"``.

        Raises InputError for an unknown name.
        """
        return find_agent(StandardsBody, "body", label, self.bodies, self.world.called("body"))

    def operators(self, country: str, domain: str) -> list[Operator]:
        """Return the operators of a country in a domain; empty where users or adopters buy.

        Raises InputError for an unknown country or domain.
        """
        d = self.world.domains.index(self.world.code_of("domain", domain, "domain"))
        return [operator for operator in self.country(country).operators if operator.domain == d]

    # --- time ----------------------------------------------------------------------------------

    def stream(self, name: str) -> Stream:
        """Return this run's random stream of one named shock in this year.  (1,)."""
        if name not in self._streams:
            self._streams[name] = self.draws.stream(name, self.year)
        return self._streams[name]

    def luck(self, name: str, place: int) -> Stream:
        """Return one country's random stream of a named shock in this year, from run or history.  (1,)."""
        numbers = self._streams.get(f"{name} by country")
        if numbers is None:
            numbers = self._streams[f"{name} by country"] = self.draws.of_country(name, self.year)[0]
        return numbers[place : place + 1] if numbers.shape[0] > 1 else numbers

    def step(self) -> None:
        """Simulate one year: run every stage of the schedule."""
        self.begin_year()
        for stage in STAGES:
            getattr(self, stage)()

    def begin_year(self) -> None:
        """Advance the calendar by one year and update parameters that change in the year.

        Raises InputError after the last year.
        """
        if self.year >= self.last_year:
            raise InputError(f"step: {self.last_year} is the last year of this run")
        self.year += 1
        self.running = self.year < self.last_year
        self._streams = {}
        if self.year in self._all_years.turns:
            self.parameters = self._all_years.at(self.year)
            self._assign_tastes(*self._tastes())

    def run_to_end(self) -> None:
        """Simulate all remaining years."""
        while self.running:
            self.step()

    def series(self) -> dict[str, np.ndarray]:
        """Return the collected variables by name, each (year, ...), in the order of declaration."""
        collected = self.datacollector.model_vars
        return {str(name): np.stack(collected[name]) for name in in_order(self.measured)}

    def installed(self) -> Floats:
        """Compute the installed base of all countries, shares of capacity.  (domain, country, vendor)."""
        return np.stack([country.installed for country in self.countries], axis=1)

    # --- the stages of a year ------------------------------------------------------------------

    def policy(self) -> None:
        """Set the conditions of the year from facts and levers."""
        self.now = self.conditions.at(self.world.step(self.year))

    def prices(self) -> None:
        """Post the vendors' prices, qualities and compliance, and the bodies' standards, on the board."""
        self.board: PostedBoard = build_board(self)

    def renewals(self) -> None:
        """Let operators put up lots for tender, and plan the projects of the year.

        Operators' tastes are updated first if they drift with generations.
        """
        if tastes_drift(self.parameters) and len(self.world.lots):
            every = np.concatenate([operator.arrived for operator in self.all_operators])
            self._assign_tastes(*self._tastes(every[None]))
        for country in self.countries:
            country.open_year()
        self.projects = plan_projects(self)

    def finance(self) -> None:
        """Let lenders promise loans within their envelopes, serving countries in a drawn order."""
        self.lending.promise(self)

    def votes(self) -> None:
        """Compute the sponsors' proposals, and let bodies whose cycle ends hold their votes."""
        sold, p = self.order_book.sold[None], self.parameters
        self.contributions = contributions(self.world, self.now, sold, self.year, p)[0]
        for body in self.bodies:
            body.hold_votes()

    def restrictions(self) -> None:
        """Let countries begin or lift restrictions, all based on restrictions in force before."""
        in_force = np.stack([country.since >= 0 for country in self.countries])
        for country in self.countries:
            country.reconsider_restrictions(in_force)
        for country in self.countries:
            country.apply_restrictions()

    def regulation(self) -> None:
        """Let states prescribe or withdraw families of standards, all based on demands before the stage.

        Skipped if the regulation rate is zero in all years.
        """
        if not self._all_years.ever("regulation_rate"):
            return
        demanded = np.stack([country.demanded for country in self.countries]).astype(float)
        for country in self.countries:
            country.reconsider_standards(demanded)
        for country in self.countries:
            country.apply_standards()

    def choice(self) -> None:
        """Let users, adopters, operators and projects decide on the state before the stage, then commit."""
        self.decide()
        for country in self.countries:
            country.commit()

    def decide(self) -> None:
        """Let all buyers and projects decide, without putting any decision into effect."""
        for country in self.countries:
            country.look_around()
        for country in self.countries:
            country.choose()
        for project in self.projects:
            project.choose()

    def books(self) -> None:
        """Update deployments, standards, affinity, debts, lending and revenue for the next year."""
        installed = self.installed()
        self.flows = collect_flows(self, installed)
        capacity = self.flows.capacity[0, 0]
        share = diffusion.market_shares(capacity)
        world_share = (share[:, None] @ self.board.compliance)[:, 0]
        seen = self.world.seen_weight(self.now.mandate, self.parameters.forum_weight)
        status = (seen[:, None] @ self.board.status.swapaxes(0, 1))[:, 0]
        required = np.stack(
            [country.demanded for country in self.countries], axis=1
        )  # domain, country, standard
        demanded = decisions.compute_demanding_share(
            installed,
            self.now.market_size,
            required if len(required) > 1 else required[0],
            self.world.traded,
            capacity,
        )[:, 0]
        signed, expansion = self.flows.contracts[0, 0], self.flows.expansion[0, 0]
        delivered = sales.delivered(self.world, signed, expansion)
        for vendor in self.vendors:
            vendor.deliver(delivered)
            vendor.catch_up()
            vendor.drift()
            vendor.adapt(status, demanded, world_share)
        for body in self.bodies:
            body.turn_over()
        for country in self.countries:
            if self.parameters.affinity_drift:
                country.drift()
            country.settle_debts()
            self.flows.repaid[0, country.place] = country.repaid
        spent = self.flows.lent_by_lender[0].sum(axis=0)
        self.lending.learn(spent, self.now.envelope, self.parameters.take_up_memory)
        self.flows.sales[0] = self.order_book.book(self.world, self.flows)
        self.replaced += float(self.flows.forced[0, 0].sum())

    def measure(self, *, first: bool = False) -> None:
        """Measure the variables of the year from state and flows, and collect them.

        first  whether this is the initial state
        """
        step, price = self.world.step(self.year), self.board.list_price[None]
        measured = measure(
            self.world,
            self.conditions.at(slice(step, step + 1)),
            collect_state(self),
            self.flows,
            price,
            self.parameters,
            initial=int(first),
            record=self._names,
        )
        self.measured = {name: values[0] for name, values in measured.items()}
        self.datacollector.collect(self)
