"""What the stages of the vectorised engine share: some runs of one scenario in one year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Bools, Floats
from lockin_sim.core.precision import cast, world_in
from lockin_sim.core.rows import Index, Rows
from lockin_sim.core.session import Session
from lockin_sim.core.shaped import Shaped
from lockin_sim.draws import Draws, Keys
from lockin_sim.initial import initial_state
from lockin_sim.metrics import FLOWS, groups_measured
from lockin_sim.parameters import Parameters
from lockin_sim.rules import utility
from lockin_sim.scenario import Scenario
from lockin_sim.state import Flows
from lockin_sim.world import World


class Batch:
    """Some runs of one scenario, with the arrays that one stage of a year leaves for the next.

    world, scenario, parameters, seed, years  as in :func:`lockin_sim.simulate`
    runs    run numbers of the batch
    record  names of the variables that are measured
    dtype   kind of the numbers computed with: the world, conditions, parameters and state held here are of it
    """

    zero: Floats  # (1,), a term that is not there, in the kind of the others
    rows: Rows  # this year's tenders
    row: Shaped  # parameters of each row, (row, 1)
    entered: Bools  # (domain, vendor)
    on_sale: Floats  # (domain, country, vendor), 0 or -inf
    list_price: Floats  # (run, domain, vendor)
    quality: Floats  # (run, domain, vendor)
    forcing: bool  # whether anybody must replace what it restricts
    coverage: Floats  # (run, domain, country), deployed share of capacity when the year begins
    by_sponsor: Floats  # (run, domain, country, sponsor + 1), part of it by each sponsor's vendors; none: 0
    base: Floats  # (row, vendor), own shares before the tender
    released: Floats  # (row, vendor)
    total_released: Floats  # (row, 1)
    barred: tuple[Index, Bools]  # of this year's choice, as :meth:`restricted_offers` has it
    early: Floats  # (row, vendor), part of it that is not yet due; where anybody must replace
    new: Floats  # (row, 1), new capacity on the agenda
    market_value: Floats  # (row, 1), value of a contract for all capacity, USD bn
    own_share: Floats  # (row, vendor), share of the deployed base
    bargain: Floats  # (row, vendor), log of what this customer is asked over the list price; or one zero
    requests: Floats  # (run, sponsor)
    ration: Floats  # (run, sponsor)
    lenders: Index  # (lender,), sponsors that help anybody this year
    borrowers: Index  # (borrower,), countries that anybody helps
    lender_column: Index  # (sponsor + 1,), position among the lenders, the last one for all others
    given: Floats  # (run, borrower, lender + 1, lender), share of a loan that each lender gives
    benefit: Floats  # (run, country, sponsor + 1), share of the price that loans take off
    next_status: Floats  # (run, body, domain, standard)

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        parameters: Parameters,
        *,
        seed: int,
        runs: Sequence[int],
        years: tuple[int, int],
        record: frozenset[str],
        dtype: str = "float64",
    ) -> None:
        kind: np.dtype[Any] = np.dtype(dtype)
        self.world = world_in(world, kind)
        self.zero = np.zeros(1, dtype=kind)
        self.stock_groups = groups_measured(world, record - FLOWS)
        self.flow_groups = groups_measured(world, record & FLOWS)
        self.by_country = bool(record & {"country_lock_in", "country_renewed"})
        # random keys with countries last
        self.cell_keys = np.ascontiguousarray(world.cell_keys.T)  # (domain, country)
        self.restriction_keys = np.ascontiguousarray(world.restriction_keys.T)  # (sponsor, country)
        self.runs = np.asarray(runs, dtype=np.intp)
        self.year, self.last_year = world.horizon(years)
        self.conditions = cast(scenario.conditions(world, years).country_last(), kind)
        self.now = self.conditions.at(0)
        self.draws = Draws(seed, self.runs)
        self._sessions: dict[tuple[Any, ...], Session] = {}
        self.parameters = cast(parameters, kind)
        # the same values, shaped to meet arrays with one to four axes
        self.p1, self.p2, self.p3, self.p4 = (
            Shaped(self.parameters, slice(None), *[None] * axes) for axes in range(4)
        )
        state = initial_state(world, self.runs, self.last_year - self.year, self.flow_groups)
        self.state = cast(state, kind)
        self.flows = self.no_flows()
        self.lasting = self._lasting_terms()

    @property
    def step(self) -> int:
        """Years since the initial state."""
        return self.year - self.world.first_year

    @property
    def affinity(self) -> Floats:
        """Affinity of each country with each sponsor, the drift included.  (run, country, sponsor)."""
        return self.now.affinity + self.state.affinity_shift

    @property
    def debt_burden(self) -> Floats:
        """Debt to each sponsor, per cent of GDP.  (run, country, sponsor)."""
        return 100.0 * self.state.debt / self.now.gdp[:, None]

    def no_flows(self) -> Flows:
        """A year in which nothing has happened yet."""
        return Flows.none(self.world, len(self.runs), len(self.stock_groups), len(self.flow_groups))

    @staticmethod
    def by_domain(table: NDArray) -> NDArray:
        """The axes of a table in the order of tender rows.  (run, country, domain, ...) to (run, domain,
        country, ...)."""
        return table.swapaxes(1, 2)

    def restricted_offers(self) -> tuple[Index, Bools]:
        """Rows of buyers that restrict anybody where that bites, (some,), and which of their offers are
        barred, (some, vendor)."""
        rows, restricted = self.rows, self.state.since >= 0
        cell = rows.run * len(self.world.countries) + rows.country
        bites = self.world.sensitive.take(rows.domain) & restricted.any(axis=-1).reshape(-1).take(cell)
        some = np.flatnonzero(bites)
        return some, self.offers_of(restricted, some)

    def offers_of(self, table: NDArray, some: Index) -> NDArray:
        """Some rows of a table by country and sponsor, by the offer's sponsor, 0 for none.  (run, country,
        sponsor) to (some, vendor)."""
        rows = self.rows
        values = np.pad(table[rows.run[some], rows.country[some]], ((0, 0), (0, 1)))
        return np.take_along_axis(values, self.world.slot_sponsor[rows.domain[some]], axis=-1)

    def session(self, deciding: tuple[int, ...]) -> Session:
        """The session of some bodies under this year's mandates; who votes on what seldom changes."""
        key = deciding, self.now.mandate.tobytes()
        if key not in self._sessions:
            self._sessions[key] = Session(self.world, deciding, self.now.mandate)
        return self._sessions[key]

    def stream(self, name: str, axes: int) -> Keys:
        """Key of each run for one shock of this year, with some axes behind the run."""
        return self.draws.stream(name, self.year)[(slice(None), *[None] * axes)]

    def _lasting_terms(self) -> Floats:
        """Terms of utility that no year changes: home and taste.  (run, domain, country, vendor)."""
        world, p = self.world, self.p4
        key = self.draws.stream("taste")[:, None, None, None] ^ self.cell_keys[:, None]
        shock = self.draws.normal(key, world.offer_keys[..., None], world.dtype)
        taste = p.taste_scale * shock.swapaxes(-1, -2)
        if world.taste is not None:
            given = world.taste[None] if world.taste.ndim == 3 else world.taste[self.runs]
            taste += self.by_domain(given)
        taste += self.by_domain(utility.home_term(world.at_home[None], p.home_preference))
        return taste
