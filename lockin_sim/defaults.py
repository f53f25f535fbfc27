"""What holds where nothing is said, from Python and in the terminal alike: runs, seed, a lead."""

from __future__ import annotations

from typing import NamedTuple


class RunsOf(NamedTuple):
    """Runs where no number is given, by what they are for."""

    scenario: int = 100  # the outcomes of one scenario and their spread
    comparison: int = 200  # scenarios against a baseline
    visitors: int = 96  # each policy of a page that settles while it is looked at
    mechanisms: int = 64  # a mechanism, a link or an advantage taken away: many arms, larger effects
    calibration: int = 32  # each point of a wave, and each draw
    votes: int = 16  # ballots and swapped inputs: each run is looked at from many sides
    points: int = 8  # each of many points or futures


RUNS = RunsOf()

#: Seed where none is given.
SEED = 0

#: Part of what was built abroad by the first year that a sponsor's vendors are given as their lead.
LEAD = 0.6

#: Seconds that a scheduler may be without workers.
PATIENCE_SECONDS = 300.0
