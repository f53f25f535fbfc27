"""What facts, levers and parameters say of all years, whatever happens in them: found once a batch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.shaped import shaped
from lockin_sim.model import decisions
from lockin_sim.parameters import Parameters
from lockin_sim.rules import contracts, utility
from lockin_sim.rules.reduce import with_none
from lockin_sim.world import Conditions, World


class Audiences(NamedTuple):
    """Countries that see the same official status of offers: of the same bodies, with the same demands."""

    of_country: Integers  # (country,), to which each belongs
    demanded: Bools  # (audience, standard), families that offers must speak there
    weight: Floats  # (domain, audience, body) or (run, domain, audience, body), of bodies in what they see
    seen_by_all: Floats  # (domain, body) or (run, domain, body), the same of vendors, who see all bodies
    demanding: Integers  # (some,), countries that demand any family


class Ahead:
    """The years of some runs as far as they are known when the first begins.

    world       the world
    conditions  of all years
    parameters  of the runs
    """

    def __init__(self, world: World, conditions: Conditions, parameters: Parameters) -> None:
        self._world, self._parameters = world, parameters
        passed = np.maximum(conditions.years[:, None] - world.salience_until, 0).astype(world.dtype)
        fading = shaped(parameters, slice(None), None).salience_fading
        salience = utility.salience_now(conditions.salience[:, None], passed[:, None], fading)
        #: (year, run or 1, sponsor + 1), none last
        self.salience: Floats = with_none(salience)
        #: (year, country, sponsor + 1), before it drifts
        self.affinity: Floats = with_none(conditions.affinity)
        #: (year, sponsor + 1), what multiplies own_standard_preference
        self.push: Floats = with_none(conditions.standard_push, 1.0)
        #: (year, domain), world markets at full coverage, USD bn
        self.market: Floats = conditions.market_size.sum(axis=-1)
        #: (year, domain, country), contracts for whole markets, USD bn
        self.worth: Floats = contracts.contract_value(1.0, conditions.market_size, world.lifetime[:, None])
        #: (year,), whether offers are fined anywhere, rules on data cost anything, and anything must go
        self.fines, self.costs, self.orders = (
            given.any(axis=(1, 2))
            for given in (conditions.fine, conditions.compliance_cost, conditions.phase_out_years > 0)
        )
        self._audiences: tuple[tuple[bytes, bytes], Audiences] | None = None
        self._on_sale: tuple[tuple[bytes, ...], Bools] | None = None

    def audiences(self, now: Conditions) -> Audiences:
        """Who sees the same in a year; kept for years to come, since mandates and demands change in few."""
        given = now.mandate.tobytes(), now.demanded.tobytes()
        if self._audiences is None or self._audiences[0] != given:
            self._audiences = given, self._found(now)
        return self._audiences[1]

    def _found(self, now: Conditions) -> Audiences:
        """The same, found."""
        world, parameters = self._world, self._parameters
        alone = np.all(decisions.exclusive(parameters))
        demanded = np.zeros_like(now.demanded) if alone else now.demanded
        of_country, first = world.audiences(demanded)
        forum_weight = shaped(parameters, slice(None), None, None).forum_weight
        by_country = shaped(parameters, slice(None), None, None, None).forum_weight
        return Audiences(
            of_country,
            demanded[first],
            world.attention(now.mandate, by_country, first),
            world.seen_weight(now.mandate, forum_weight),
            decisions.demanding(now.demanded),
        )

    def on_sale(self, year: int, now: Conditions) -> Bools:
        """As ``World.offered``, of a year and its conditions; kept likewise.  (domain, country, vendor)."""
        given = tuple(table.tobytes() for table in (self._world.entered(year), now.served, now.barrier))
        if self._on_sale is None or self._on_sale[0] != given:
            self._on_sale = given, self._world.offered(year, now.served, now.barrier)
        return self._on_sale[1]
