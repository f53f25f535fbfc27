"""What the stages of the vectorised engine share: some runs of one scenario in one year."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.core.rows import Rows
from lockin_sim.draws import Draws, Keys
from lockin_sim.initial import initial_state
from lockin_sim.parameters import Parameters
from lockin_sim.rules import utility
from lockin_sim.scenario import Scenario
from lockin_sim.state import Flows
from lockin_sim.world import World


class Batch:
    """Some runs of one scenario, with the arrays that one stage of a year leaves for the next.

    world, scenario, parameters, seed, years  as in :func:`lockin_sim.simulate`
    runs    run numbers of the batch
    groups  groups of markets that are measured, (group, country, domain)
    """

    rows: Rows
    row: SimpleNamespace  # parameters of each row, (row, 1)
    entered: Bools  # (domain, vendor)
    offered: Bools  # (country, domain, vendor)
    list_price: Floats  # (run, domain, vendor)
    quality: Floats  # (run, domain, vendor)
    forcing: bool  # whether anybody must replace what it restricts
    coverage: Floats  # (run, country, domain), deployed share of capacity when the year begins
    base: Floats  # (row, vendor), own shares before the tender
    released: Floats  # (row, vendor)
    early: Floats  # (row, vendor), part of it that is not yet due; where anybody must replace
    new: Floats  # (row, 1), new capacity on the agenda
    market_size: Floats  # (row, 1)
    lifetime: Floats  # (row, 1)
    price: Floats  # (row, vendor), log price asked of each customer
    banned: Bools  # (row, vendor), restricted by the buyer when it chooses
    requests: Floats  # (run, sponsor)
    ration: Floats  # (run, sponsor)
    given: Floats  # (run, country, sponsor + 1, sponsor), share of a loan that each sponsor gives
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
        groups: Bools,
    ) -> None:
        self.world = world
        self.groups = groups
        self.runs = np.asarray(runs, dtype=np.intp)
        self.year, self.last_year = world.horizon(years)
        self.conditions = scenario.conditions(world, years)
        self.now = self.conditions.at(0)
        self.draws = Draws(seed, self.runs)
        self.parameters = parameters
        # the same values, shaped to meet arrays with one to four axes
        self.p1, self.p2, self.p3, self.p4 = (
            parameters.shaped(slice(None), *[None] * axes) for axes in range(4)
        )
        self.state = initial_state(world, self.runs, self.last_year - self.year, groups)
        self.flows = Flows.none(world, len(self.runs), len(groups))
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

    def stream(self, name: str, axes: int) -> Keys:
        """Key of each run for one shock of this year, with some axes behind the run."""
        return self.draws.stream(name, self.year)[(slice(None), *[None] * axes)]

    def _lasting_terms(self) -> Floats:
        """Terms of utility that no year changes: home and taste.  (run, country, domain, vendor)."""
        world, p = self.world, self.p4
        key = self.draws.stream("taste")[:, None, None, None] ^ world.cell_keys[..., None]
        taste = p.taste_scale * self.draws.normal(key, world.offer_keys)
        if world.taste is not None:
            taste = taste + (world.taste if world.taste.ndim == 3 else world.taste[self.runs])
        return utility.home_term(world.at_home, p.home_preference) + taste
