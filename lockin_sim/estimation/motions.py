"""Contested motions: how many pass, under which hurdle, and what part of a body's work is contested."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lockin_sim.conventions import Bools
from lockin_sim.estimation.ballots import CONTESTED
from lockin_sim.estimation.estimate import Estimate, around, share
from lockin_sim.world import records
from lockin_sim.world.schema import Table

_TABLE = "contested_motions"
_CHALLENGERS = ("CHN", "RUS")
_CHOSEN = (
    "what never came to a vote, was withdrawn, or was changed until nobody objected: most work of a body"
)
_CONSENSUS = (
    "why a draft failed: contest or quality. It is a least value, reached if nothing contested passes, from "
    "two undated pages; no other body's share is recorded"
)


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """Votes for challengers' contested motions, what passes, and the contested share of the IETF's work."""
    table = records(_TABLE, folder)
    voted = contested_votes(table)
    shares = table["share_for"][voted]
    error = float(shares.std(ddof=1) / np.sqrt(len(shares)))
    mean = _row(
        "share of votes for challengers' contested motions",
        around(float(shares.mean()), error, len(shares) - 1),
        len(shares),
        _CHOSEN,
    )
    decided = voted & np.isin(table["result"], ("passed", "failed"))
    passed = int((table["result"][decided] == "passed").sum())
    rows = [
        _row(
            "challengers' contested motions that passed",
            share(passed, int(decided.sum())),
            int(decided.sum()),
            _CHOSEN,
        )
    ]
    for hurdle, words in ((1 / 2, "a half"), (2 / 3, "two thirds")):
        found = share(int((shares >= hurdle).sum()), len(shares))
        rows.append(_row(f"the same with at least {words} of the votes", found, len(shares), _CHOSEN))
    return [mean, *rows, _contested_share(table)]


def contested_votes(table: Table) -> Bools:
    """Motions of challengers on which votes were counted, a tenth or more against.  (motion,)."""
    votes = table["votes_for"] + table["votes_against"]
    with np.errstate(invalid="ignore"):
        against = table["votes_against"] / votes >= CONTESTED
    # the treaty of Dubai has no sponsor in the table and stands with the challengers, as in the ballots
    theirs = np.isin(table["sponsor"], _CHALLENGERS) | (table["rule"] == "signature")
    result: Bools = against & theirs
    return result


def _contested_share(table: Table) -> Estimate:
    """One less Chinese RFC over draft authors: the contested share, if nothing contested passes."""
    ratio = (table["body"] == "IETF") & (table["sponsor"] == "CHN")
    contested = 1 - float(str(table["result"][ratio][0]).removeprefix("ratio "))
    return Estimate(
        quantity="contested share of the IETF's work, at least", role="check", value=contested,
        low=contested, high=1.0, n=1, clusters=1, method="one less the share in RFCs over that in drafts",
        parameter="contested_share", tables=_TABLE, silent_on=_CONSENSUS,
    )  # fmt: skip


def _row(words: str, interval: tuple[float, float, float], n: int, silent_on: str) -> Estimate:
    """A figure of the motions as a check."""
    value, low, high = interval
    return Estimate(
        quantity=words, role="check", value=value, low=low, high=high, n=n, clusters=n,
        method="motions as they are, exact or by Student's t", tables=_TABLE, silent_on=silent_on,
    )  # fmt: skip
