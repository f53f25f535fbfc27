"""The Mesa model: agents walk the order of a year, one stage after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from mesa.datacollection import DataCollector

from lockin_sim.agents.body import StandardsBody
from lockin_sim.agents.country import Country
from lockin_sim.agents.ledger import flows_of, state_of
from lockin_sim.agents.vendor import Vendor
from lockin_sim.conventions import STAGES, Bools, Floats
from lockin_sim.draws import Draws, Keys
from lockin_sim.errors import InputError, unknown_name, unusable, whole_number
from lockin_sim.initial import initial_state
from lockin_sim.metrics import FLOWS, groups_measured, measure, recorded
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.rules import diffusion, finance, pricing, restriction
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.world import World, world_of


class LockInModel(mesa.Model):
    """One run of the model, agent by agent.

    scenario    a built-in name, the path of a TOML file, or a Scenario
    world       the world; None = the bundled one
    parameters  Parameters of plain numbers, or values by name; None = the defaults
    seed, run   of the shocks: run ``run`` of ``simulate(..., seed=seed)``
    years       first and last year
    record      names of variables that the data collector keeps beside those always there
    overrides   parameters by name, so that ``mesa.batch_run`` and Mesa's visualisation can set them

    ``step()`` is one year; ``agents_by_type`` holds Country, Vendor and StandardsBody.
    Raises InputError for anything that cannot be used, and when stepped beyond the last year.
    """

    def __init__(
        self,
        scenario: str | Path | Scenario = "baseline",
        *,
        world: World | None = None,
        parameters: Parameters | Mapping[str, float] | None = None,
        seed: int | None = 0,
        run: int = 0,
        years: tuple[int, int] = (2010, 2050),
        record: Iterable[str] | None = None,
        **overrides: float,
    ) -> None:
        number = whole_number("seed", 0 if seed is None else seed)
        super().__init__(rng=number)
        self.case = load_scenario(scenario)
        self.world = world_of(world)
        values = self.case.configure(parameters_of(parameters)).replace(overrides)
        if values.runs is not None:
            raise unusable(
                "parameters", found="an array", allowed="plain numbers: the Mesa engine is one run"
            )
        self.parameters = values
        self.run_number = whole_number("run", run)
        self.chance = Draws(number, [self.run_number])
        self.year, self.last_year = self.world.horizon(years)
        self.conditions = self.case.conditions(self.world, years)
        self.now = self.conditions.at(0)
        names = recorded(record)
        self.datacollector = DataCollector(
            {name: lambda model, name=name: model.measured[name] for name in names}
        )
        self._names = names
        self.stock_groups = groups_measured(self.world, names - FLOWS)
        self.flow_groups = groups_measured(self.world, names & FLOWS)
        self._streams: dict[str, Keys] = {}
        self._populate()
        self.policy()
        self.prices()
        self.measure(first=True)

    def _populate(self) -> None:
        """Create the agents in their state of the first year."""
        world = self.world
        start = initial_state(world, np.array([self.run_number]), 0, self.flow_groups)
        self.take_up, self.overspent = start.take_up[0], start.overspent[0]
        self.order_book = start.order_book[0]
        taste = self.parameters.taste_scale * self.chance.normal(
            self.chance.stream("taste") ^ world.cell_keys[..., None], world.offer_keys
        )
        if world.taste is not None:
            taste = taste + (world.taste if world.taste.ndim == 3 else world.taste[self.run_number])
        for place in range(len(world.countries)):
            Country(self, place, start.installed[0, place], taste[place])
        for v, label in enumerate(world.vendors):
            slot = {int(d): int(s) for d, s in np.argwhere(world.slot_vendor == v)}
            if slot:
                Vendor(self, label, slot, start.quality_level[0])
        for index, rules in enumerate(world.bodies):
            StandardsBody(self, index, rules)

    @property
    def countries(self) -> Any:
        """The countries, in the order of the world."""
        return self.agents_by_type[Country]

    @property
    def vendors(self) -> Any:
        """The vendors."""
        return self.agents_by_type[Vendor]

    @property
    def bodies(self) -> Any:
        """The standards bodies; empty in a world without any."""
        return self.agents_by_type.get(StandardsBody, [])

    def country(self, label: str) -> Country:
        """The country of a label such as ``"KEN"``.  Raises InputError for any other label."""
        if label not in self.world.countries:
            raise unknown_name("country", found=label, known=self.world.countries, called=self.world.called)
        return next(country for country in self.countries if country.label == label)

    def stream(self, name: str) -> Keys:
        """Key of this run for one shock of this year.  (1,)."""
        if name not in self._streams:
            self._streams[name] = self.chance.stream(name, self.year)
        return self._streams[name]

    def step(self) -> None:
        """One year: every stage of the schedule."""
        self.begin_year()
        for stage in STAGES:
            getattr(self, stage)()

    def begin_year(self) -> None:
        """Turn the calendar; the stages of the year follow."""
        if self.year >= self.last_year:
            raise InputError(f"step: {self.last_year} is the last year of this run")
        self.year += 1
        self.running = self.year < self.last_year
        self._streams = {}

    def run_to_end(self) -> None:
        """All years that are left."""
        while self.running:
            self.step()

    def series(self) -> dict[str, np.ndarray]:
        """What was collected, each (year, ...)."""
        return {name: np.stack(values) for name, values in self.datacollector.model_vars.items()}

    # --- the stages of a year ------------------------------------------------------------------

    def policy(self) -> None:
        """Facts and levers give the conditions of the year."""
        self.now = self.conditions.at(self.year - self.world.first_year)
        self.offered: Bools = self.world.offered(self.year, self.now.barrier)
        self.entered: Bools = self.world.entered(self.year)
        self.attention: Floats = self.world.attention(self.now.mandate)
        self.sellers: Bools = (self.entered[..., None] & self.world.sponsored).any(axis=1)

    def prices(self) -> None:
        """Vendors post prices, qualities and the standards they comply with."""
        shape = self.world.slot_vendor.shape
        self.list_price, self.quality = np.ones(shape), np.zeros(shape)
        self.compliance = self.world.initial_compliance.copy()
        for vendor in self.vendors:
            for domain, slot in vendor.slot.items():
                self.list_price[domain, slot] = vendor.list_price(domain)
                self.quality[domain, slot] = vendor.quality(domain)
                self.compliance[domain, slot] = vendor.compliance[domain]
        openness = diffusion.pair_openness(self.now.openness, self.now.compatibility, self.world.slot_sponsor)
        self.interoperability = diffusion.interoperability(self.compliance, openness)

    def tenders(self) -> None:
        """Countries plan what they put up."""
        self.countries.do("plan_tenders")

    def finance(self) -> None:
        """Sponsors offer loans within their envelopes."""
        self.requests = np.sum([country.loan_requests() for country in self.countries], axis=0)
        budget = np.maximum(0.0, self.now.envelope - self.overspent)
        self.ration: Floats = finance.ration(budget, self.requests, self.take_up)
        self.countries.do("loan_offers", self.ration)

    def votes(self) -> None:
        """Bodies whose cycle ends decide."""
        for body in self.bodies:
            body.hold_votes()

    def restrictions(self) -> None:
        """Countries begin or lift restrictions, all looking at the same past."""
        in_force = np.stack([country.since >= 0 for country in self.countries])
        for country in self.countries:
            allies = self.world.allies[country.place][None]
            pressure = (
                restriction.ally_pressure(in_force, allies)[0] if allies.size else np.zeros(in_force.shape[1])
            )
            country.reconsider_restrictions(pressure)
        self.countries.do("apply_restrictions")

    def choice(self) -> None:
        """Countries judge the offers of their tenders, all looking at the same past, then sign."""
        bases = self.bases()
        for country in self.countries:
            if country.agenda:
                country.look_around(bases)
                for tender in country.agenda:
                    country.judge(tender)
                    country.decide(tender)
        for country in self.countries:
            country.lent = np.zeros(len(self.world.sponsors))
            for tender in country.agenda:
                country.sign(tender)

    def books(self) -> None:
        """Deployments, standards, debts and revenue move to next year."""
        self.flows = flows_of(self)
        capacity = self.flows.capacity[0, 0]
        share = capacity / np.where((total := capacity.sum(axis=-1, keepdims=True)) > 0, total, 1.0)
        world_share = (share[:, None, :] @ self.compliance)[:, 0]
        status = self._mean_status()
        learned = pricing.catch_up(self.quality, self.entered, self.parameters.catch_up_rate)
        world_market = self.now.market_size.sum(axis=0)
        signed = self.flows.contracts[0, 0]
        for vendor in self.vendors:
            for domain, slot in vendor.slot.items():
                vendor.book(domain, signed[domain, slot], world_market[domain])
                vendor.adapt(domain, status[domain], world_share[domain])
                vendor.quality_level[domain] += learned[domain, slot]
        for body in self.bodies:
            body.turn_over()
        if self.parameters.affinity_drift:
            self.countries.do("drift")
        for country in self.countries:
            self.flows.repaid[0, country.place] = country.settle_debts()
        self._account()

    def measure(self, *, first: bool = False) -> None:
        """Collect the year's variables."""
        if first:
            self.flows = flows_of(self)
        measured = measure(
            self.world,
            self.now,
            state_of(self),
            self.flows,
            self.list_price[None],
            first=first,
            names=self._names,
        )
        self.measured = {name: values[0] for name, values in measured.items()}
        self.datacollector.collect(self)

    def bases(self) -> Floats:
        """What all countries run now.  (country, domain * vendor)."""
        return np.stack([country.installed.reshape(-1) for country in self.countries])

    # --- what the stages look up ---------------------------------------------------------------

    def seen_status(self, place: int, domain: int) -> Floats:
        """Official status of each family as a country sees it in its bodies.  (standard,)."""
        weights = self.attention[domain, place]
        return sum(
            (w * body.status[domain] for w, body in zip(weights, self.bodies, strict=True)),
            np.zeros(len(self.world.standards)),
        )

    def _mean_status(self) -> Floats:
        """Mean status over the bodies that standardise each domain, before this year's decisions.
        (domain, standard)."""
        mandate = self.now.mandate.T.astype(np.float64)
        mean = mandate / np.maximum(mandate.sum(axis=1, keepdims=True), 1.0)
        result = np.zeros((len(self.world.domains), len(self.world.standards)))
        for b, body in enumerate(self.bodies):
            result += mean[:, b, None] * body.status
        return result

    def _account(self) -> None:
        """Sponsors learn from the year; contracts become revenue."""
        spent = np.sum([country.lent for country in self.countries], axis=0)
        self.overspent = np.maximum(0.0, self.overspent + spent - self.now.envelope)
        promised = self.ration * self.requests
        self.take_up = finance.take_up(self.take_up, spent, promised, self.parameters.take_up_memory)
        years = self.world.contract_years[:, None]
        yearly = self.flows.contracts[0] / years
        ahead = np.arange(len(self.order_book))[:, None, None, None] < years
        self.order_book = self.order_book + np.where(ahead, yearly, 0.0)
        self.flows.sales = self.order_book[None, 0]
        self.order_book = np.concatenate([self.order_book[1:], np.zeros_like(yearly)[None]])
