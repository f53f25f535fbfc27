"""Parameters estimated from the record tables: refitted on demand, with intervals and what they cannot tell.

A subject is a module whose ``estimated`` takes a folder of tables and gives a list of :class:`Estimate`; the
table is made of all of them.  Economies that are kept aside have no rows in these tables and so play no part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lockin_sim.estimation import (
    agenda,
    compliance,
    foresight,
    interest,
    motions,
    persistence,
    restrictions,
    suppliers,
    votes,
)
from lockin_sim.estimation.estimate import ROLES, Estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ROLES", "SUBJECTS", "Estimate", "estimates", "frame", "refitted"]

#: Subjects in the order of the table.
SUBJECTS = (votes, interest, foresight, motions, agenda, compliance, restrictions, suppliers, persistence)


def refitted(folder: str | Path | None = None) -> list[Estimate]:
    """Every estimate, check and placebo, made anew.  folder as in :func:`estimates`."""
    return [row for subject in SUBJECTS for row in subject.estimated(folder)]


def estimates(folder: str | Path | None = None) -> pd.DataFrame:
    """The table of estimates, refitted from the record tables in a few seconds.

    folder  folder of an edited copy of all tables; None for the bundled ones

    Columns are the fields of :class:`Estimate`.  Rows whose ``role`` is "estimate" give parameters their
    values; a "fact" is what runs can be compared with, a "check" varies one choice, and a "placebo" should be
    zero.  docs/estimates.md says the rest.
    """
    return frame(refitted(folder))


def frame(rows: Sequence[Estimate]) -> pd.DataFrame:
    """Estimates as a table, a row each."""
    import pandas as pd

    return pd.DataFrame([dataclasses.asdict(row) for row in rows])
