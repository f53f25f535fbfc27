"""A standards body: its members vote, and the mix of its live standards turns over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from lockin_sim.rules import voting
from lockin_sim.world import Body

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class StandardsBody(mesa.Agent):
    """A standards body.

    label       name of the body
    rules       its members, procedure and cycle
    status      origin mix of its live standards, (domain, standard)
    vote_share  shares in favour in this year's votes, (domain, standard), NaN without a vote
    """

    model: LockInModel

    def __init__(self, model: LockInModel, index: int, rules: Body) -> None:
        super().__init__(model)
        domains = len(model.world.domains)
        self.label, self.index, self.rules = rules.label, index, rules
        self.status = np.tile(rules.initial_status, (domains, 1))
        self.vote_share = np.full_like(self.status, np.nan)
        self._next = self.status

    def hold_votes(self) -> None:
        """Ask the members and decide; the outcome takes effect at the end of the year."""
        model, rules = self.model, self.rules
        self.vote_share = np.full_like(self.status, np.nan)
        self._next = self.status.copy()
        if not rules.votes_in(model.year):
            return
        proposed = voting.proposals(
            model.now.effort[:, self.index],
            model.now.contribution[:, self.index],
            model.world.families(model.year),
        )
        for domain in np.flatnonzero(model.now.mandate[self.index]):
            yes, votes = self._ballots(int(domain))
            share, passed = voting.PROCEDURES[rules.procedure](
                yes, votes, rules.weight[:, None], rules.firm_weight[:, None], rules.quota, rules.blocking
            )
            self.vote_share[domain] = share[0]
            self._next[domain] = voting.status_mix(
                self.status[domain], proposed, passed[0], model.parameters.turnover
            )

    def _ballots(self, domain: int) -> tuple[np.ndarray, np.ndarray]:
        """Ballots and presence of all countries on the families of one domain.  (country, standard) each."""
        model = self.model
        shape = (len(model.countries), len(model.world.standards))
        yes, votes = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        keys = model.world.proposal_keys[self.index, domain]
        shock = model.parameters.cycle_shock_scale * model.chance.normal(model.stream("cycle"), keys)
        members = self.rules.members
        for country in model.countries:
            if members[country.place]:
                yes[country.place], votes[country.place] = country.ballot(self.index, domain, shock)
        return yes, votes

    def turn_over(self) -> None:
        """Let this year's decisions take effect."""
        self.status = self._next
