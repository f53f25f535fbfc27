"""One run, stage by stage."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

import lockin_sim as ls
from lockin_sim.common.draws import History
from lockin_sim.world import World
from reference import books, politics
from reference.adopters import adopters_adopt
from reference.chance import Chance
from reference.finance import charge, lend
from reference.initial import first_state, taste_of_country, taste_of_operator
from reference.operators import lots_up, operator_chooses
from reference.projects import project_chooses, projects_planned
from reference.regulation import regulation
from reference.state import Market, everything_installed, table
from reference.users import users_move
from reference.year import look, post, removal


@dataclass
class Shown:
    """What happened in a year."""

    markets: dict[tuple[int, int], Market]
    lent: list[list[float]]  # i, l
    repaid: list[list[float]]  # i, h
    decided: politics.Decided  # by the bodies
    winner: dict[tuple[int, int], int]  # (d, i): of the largest lot signed
    sales: list[list[float]]  # d, v; of the world


class Run:
    """One run of a scenario in a world; ``year()`` simulates the next year and says what happened."""

    def __init__(
        self,
        world: World,
        parameters: ls.Parameters,
        scenario: ls.Scenario,
        *,
        seed: int,
        run: int,
        years: tuple[int, int],
        history: History | None = None,
    ) -> None:
        self.world, self.parameters, self.run = world, parameters, run
        if history is not None and history.facts:
            self.world = world = self.as_recorded(world)
        self.conditions = scenario.conditions(world, years)
        self.chance = Chance(seed, run, history)
        self.now = years[0]
        self.turn()
        self.state = first_state(world, self.chance, self.p, run)
        beyond = years[0], min(years[1] + 2, world.last_year)
        ahead = scenario.conditions(dataclasses.replace(world, calendar=None), beyond)
        for (step, i, lender), amount in np.ndenumerate(ahead.recorded_loans):
            if step and amount > 0:
                self.state.loans[years[0] + step, i, lender] = float(amount)

    @staticmethod
    def as_recorded(world: World) -> World:
        """The world with orders and loans as recorded, cell by cell."""
        orders, envelope = world.conditions.restriction_order.copy(), world.conditions.envelope.copy()
        for cell, order in np.ndenumerate(world.recorded_orders):
            orders[cell] = order or orders[cell]
        for step, of_year in enumerate(world.recorded_loans):
            for lender in range(len(world.lenders.names)):
                lent = sum(max(amount, 0.0) for amount in of_year[:, lender])
                envelope[step, lender] = max(envelope[step, lender], lent)
        conditions = dataclasses.replace(
            world.conditions,
            restriction_order=orders,
            envelope=envelope,
            recorded_loans=world.recorded_loans,
        )
        return dataclasses.replace(world, conditions=conditions, first_instalments=world.recorded_instalments)

    def turn(self) -> None:
        """The parameters of the year, and the tastes that follow from them."""
        self.p = self.parameters.at(self.now)
        domain, country, _ = self.world.shape
        self.taste = {
            (d, i): taste_of_country(self.world, self.chance, self.p, d, i, self.run)
            for d in range(domain)
            for i in range(country)
        }

    def installed(self) -> dict[tuple[int, int], list[float]]:
        """Shares of capacity by (domain, country), then vendor."""
        return everything_installed(self.world, self.state)

    def year(self) -> Shown:
        """The next year."""
        self.now += 1
        if self.now in self.parameters.turns:
            self.turn()
        world, state, p, chance = self.world, self.state, self.p, self.chance
        year = post(world, self.conditions, state, p, self.now)
        lots = lots_up(world, chance, state, year, p, self.run)
        projects = projects_planned(world, chance, year)
        goes = [
            [removal(world, state, year, i, h) for h in range(len(world.sponsors))]
            for i in range(world.shape[1])
        ]
        asking = [(int(world.lots.domain[x.j]), int(world.lots.country[x.j]), x.value) for x in lots]
        asking += [(world.routes.domain, i, x.value) for x in projects for i in x.landings]
        loans = lend(world, chance, state, year, p, asking)
        decided = politics.votes(world, chance, state, year, p)
        state.since = politics.restrictions(world, chance, state, year, p)
        state.prescribed = regulation(world, chance, state, year, p)
        markets, lent, moved, adopted = self._choice(year, lots, projects, loans, goes)
        lent = charge(world, state, year, p, lent)
        winner = self._commit(lots, projects, moved, adopted)
        state.compliance = books.compliance(world, state, year, p)
        state.status, state.origin = decided.status, decided.origin
        books.deploy(world, state, year, p, markets)
        books.become_better_or_worse(world, state, year, p, chance)
        books.drift(world, state, year, p)
        repaid = books.debts(world, state, year, p, loans, lent)
        sales = books.revenue(world, state, year, p, markets)
        return Shown(markets, lent, repaid, decided, winner, sales)

    def _choice(self, year, lots, projects, loans, goes) -> tuple[Any, ...]:
        """Everybody decides on the same view."""
        world, state = self.world, self.state
        domain, country, vendor = world.shape
        view = look(world, state, year, self.p)
        markets = {
            (d, i): Market([0.0] * vendor, [0.0] * vendor) for d in range(domain) for i in range(country)
        }
        lent = table(country, len(world.lenders.names))
        for lot in lots:
            d, i = int(world.lots.domain[lot.j]), int(world.lots.country[lot.j])
            own = taste_of_operator(world, self.chance, self.p, lot.j, lot.arrived)
            tastes = [a + b for a, b in zip(self.taste[d, i], own, strict=True)]
            money = operator_chooses(view, self.chance, loans, lot, tastes, markets[d, i])
            lent[i] = [a + b for a, b in zip(lent[i], money, strict=True)]
        for project in projects:
            d = world.routes.domain
            tastes = {i: self.taste[d, i] for i in project.landings}
            here = {i: markets[d, i] for i in project.landings}
            for i, money in project_chooses(view, loans, project, tastes, here).items():
                lent[i] = [a + b for a, b in zip(lent[i], money or [0.0] * len(lent[i]), strict=True)]
        moved = {
            (d, i): users_move(view, d, i, self.taste[d, i], goes[i], markets[d, i]) for d, i in state.users
        }
        adopted = {
            (d, i): adopters_adopt(view, self.chance, d, i, self.taste[d, i]) for d, i in state.adoption
        }
        return markets, lent, moved, adopted

    def _commit(self, lots, projects, moved, adopted) -> dict[tuple[int, int], int]:
        """Write the decisions; returns who won the largest lot of each market."""
        world, state, largest = self.world, self.state, {}
        state.year = self.now
        for lot in (lot for lot in lots if lot.winner is not None):
            old = state.incumbent[lot.j]
            if old != lot.winner:  # an empty lot is filled at once, and one that an order empties
                state.outgoing[lot.j] = lot.winner if old is None or lot.early else old
                state.swap_year[lot.j] = self.now
            state.incumbent[lot.j], state.generation[lot.j] = lot.winner, lot.arrived
            cell = int(world.lots.domain[lot.j]), int(world.lots.country[lot.j])
            if cell not in largest or lot.value >= largest[cell][0]:
                largest[cell] = lot.value, lot.winner
        for when, j, slot in zip(*world.facts.get("takeovers", ((), (), ())), strict=True):
            if when == self.now:
                state.incumbent[j] = state.outgoing[j] = int(slot)
        if world.routes is not None:
            left = 1 - 1 / world.lifetime[world.routes.domain]
            state.landings = [[left * n for n in row] for row in state.landings]
            for project in (x for x in projects if x.winner is not None):
                for i in project.landings:
                    state.landings[i][project.winner] += 1
        state.users.update(moved)
        state.adoption.update(adopted)
        return {cell: winner for cell, (_, winner) in largest.items()}
