"""Recorded ballots on contested motions, and the ordered logit fitted to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.evidence.estimate import (
    ABSTAIN,
    NO,
    NOT_YES,
    YES,
    Fit,
    fit_ordered_logit,
)
from lockin_sim.world import World, load_world
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.schema import Table, read_table

if TYPE_CHECKING:
    import pandas as pd

#: The treaty of Dubai, which was signed or not: nobody could abstain.
TREATY = "WCIT-12"

#: A challenger's motion is contested if at least this share of the votes cast is against it.
CONTESTED = 0.1

_ANSWERS = {"no": NO, "abstain": ABSTAIN, "yes": YES}


def load_ballots(
    folder: str | Path | None = None, *, side: str | None = None, votes: Table | None = None
) -> pd.DataFrame:
    """Load every recorded ballot of an economy with a Polity score.

    Affinity is that of the model, in the year of the vote.  Motions of Russia and the treaty count as the
    challengers', those of the United States as the incumbents'.

    folder  folder of an edited copy of all tables; None for the bundled ones
    side    the sponsor with which a challenger's motion is identified: None = the first of the world's case,
            or Russia, which moved it; the rival is the United States
    votes   a table of ballots in the UN with the columns of the bundled one, instead of that of the folder
    Returns one row per ballot: ``iso3``, ``motion``, ``year``; ``answer``, see :data:`.estimate.YES`;
    ``challenger``, whether the motion is a challenger's; ``gap``, affinity with the side of the motion minus
    that with its rival; ``democracy``, -1 autocracy to 1 democracy.
    """
    import pandas as pd

    votes, treaty = votes or fitted_records("cyber_votes", folder), fitted_records("wcit_2012", folder)
    countries, world = read_table("countries", folder), load_world(folder)
    in_un = pd.DataFrame(
        {
            "iso3": votes["iso3"],
            "motion": votes["resolution"],
            "challenger": votes["sponsor"] != "USA",
            "year": [int(date[:4]) for date in votes["date"]],
            "answer": [_ANSWERS[vote] for vote in votes["vote"]],
        }
    )
    signed = np.where(treaty["signed"], YES, NOT_YES)
    in_dubai = pd.DataFrame(
        {"iso3": treaty["iso3"], "motion": TREATY, "year": 2012, "answer": signed, "challenger": True}
    )
    rows = pd.concat([in_un, in_dubai], ignore_index=True)
    owner = world.case.sponsors[0]
    towards_us, towards, towards_owner = (
        select_voter_values(world, rows, world.conditions.affinity[..., world.sponsors.index(sponsor)])
        for sponsor in ("USA", side or owner, owner)
    )
    polity = dict(zip(countries["iso3"], countries["polity_score"], strict=True))
    rows["gap"] = np.where(rows["challenger"], towards - towards_us, towards_us - towards_owner)
    rows["democracy"] = rows["iso3"].map(polity) / 10
    return rows[np.isfinite(rows["democracy"])].reset_index(drop=True)


def is_contested(votes: pd.DataFrame) -> Bools:
    """Whether each ballot is on a contested motion of a challenger.  (ballot,)

    A motion is contested if at least :data:`CONTESTED` of the votes cast are against it; signing a treaty
    counts as a vote for it, and not signing as a vote against.
    """
    cast = votes[votes["answer"] != ABSTAIN]
    against = cast["answer"].isin((NO, NOT_YES)).groupby(cast["motion"]).mean()
    result: Bools = (votes["challenger"] & (votes["motion"].map(against) >= CONTESTED)).to_numpy()
    return result


def get_voter_income(votes: pd.DataFrame, folder: str | Path | None = None) -> Floats:
    """Return the log income per head of each voter in the year of the vote, as in the model, (ballot,)."""
    world = load_world(folder)
    return select_voter_values(world, votes, world.conditions.log_income)


def select_voter_values(world: World, votes: pd.DataFrame, values: Floats) -> Floats:
    """Select from values (year, country) that of each voter in the year of the vote, (ballot,)."""
    country = {code: i for i, code in enumerate(world.countries)}
    return values[
        np.searchsorted(world.conditions.years, votes["year"]), [country[code] for code in votes["iso3"]]
    ]


def list_motions(votes: pd.DataFrame) -> list[str]:
    """List the names of the motions in the order of their constants, which is alphabetical."""
    return sorted(votes["motion"].unique())


def build_ballot_covariates(votes: pd.DataFrame, *more: Floats) -> Floats:
    """Build the covariates of the ordered logit of ballots.  (ballot, covariate)

    Columns: a dummy for each motion, ``gap``, democracy (negative on challengers' motions, as in the model),
    and ``more``.
    """
    dummies = (votes["motion"].to_numpy()[:, None] == list_motions(votes)).astype(np.float64)
    democracy = np.where(votes["challenger"], -votes["democracy"], votes["democracy"])
    return np.column_stack([dummies, votes["gap"], democracy, *more])


def fit_ballots(votes: pd.DataFrame, *more: Floats) -> Fit:
    """Fit the ordered logit to ballots, with errors clustered by economy.

    more  further covariates, (ballot,) each
    """
    economy = np.unique(votes["iso3"], return_inverse=True)[1]
    return fit_ordered_logit(build_ballot_covariates(votes, *more), votes["answer"].to_numpy(), economy)
