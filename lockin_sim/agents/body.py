"""A standards body: its members vote, and the mix of its live standards turns over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from lockin_sim.conventions import Integers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Live
from lockin_sim.model.state import State
from lockin_sim.world import Body

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class StandardsBody(mesa.Agent):
    """A standards body.

    label       name of the body
    rules       its members, procedure and cycle
    status      (domain, standard), families of its live standards
    origin      (domain, sponsor), whose proposals they were
    vote_share  (domain, standard), shares in favour in this year's votes, NaN without a vote
    passed      (domain, standard), 1 where they pass, 0 where not, NaN without a vote
    """

    model: LockInModel

    def __init__(self, model: LockInModel, index: int, rules: Body, start: State) -> None:
        super().__init__(model)
        self.label, self.index, self.rules = rules.label, index, rules
        self.members = np.flatnonzero(rules.members)
        self.status, self.origin = start.status[0, index].copy(), start.origin[0, index].copy()
        self.vote_share = np.full_like(self.status, np.nan)
        self.passed = self.vote_share.copy()
        self._decided = Live(self.status, self.origin)

    def __repr__(self) -> str:
        return f"<StandardsBody {self.label}>"

    @property
    def leading_share(self) -> float:
        """Share of the leading family among its live standards, mean over its domains."""
        mandate = self.model.now.mandate[self.index]
        return float(self.status[mandate].max(axis=-1).mean()) if mandate.any() else 0.0

    def hold_votes(self) -> None:
        """Where a cycle ends, ask the members and decide; it takes effect at the end of the year."""
        model, rules = self.model, self.rules
        domains = np.flatnonzero(model.now.mandate[self.index])
        self.vote_share = np.full_like(self.status, np.nan)
        self.passed = self.vote_share.copy()
        self._decided = Live(self.status.copy(), self.origin.copy())
        if not (rules.votes_in(model.year) and domains.size and self.members.size):
            return
        share, passed = self._count(domains)
        live = decisions.turn_over(
            rules.relative_contested,
            Live(self.status[domains], self.origin[domains]),
            model.contributions[self.index, domains],
            model.world.families(model.year),
            passed,
            model.parameters,
        )
        self._decided.status[domains], self._decided.origin[domains] = live
        self.vote_share[domains], self.passed[domains] = share, passed

    def _count(self, domains: Integers) -> tuple[np.ndarray, np.ndarray]:
        """Shares in favour, and what passes, by the ballots of the members.  (some domain, standard) each."""
        model = self.model
        proposals = model.world.proposal_keys[self.index, domains]
        shock = model.draws.normal(model.stream("cycle"), proposals)[:, None]
        countries = list(model.countries)
        ballots = [countries[i].ballot(self.index, domains, shock) for i in self.members]
        yes, votes = (np.concatenate(each, axis=1) for each in zip(*ballots, strict=True))
        return decisions.decide(self.rules, yes, votes, model.parameters)

    def turn_over(self) -> None:
        """Let this year's decisions take effect."""
        self.status, self.origin = self._decided
