"""How much one visitor may ask of the machine, and how many visitors there may be."""

from __future__ import annotations

from typing import NamedTuple

from lockin_sim.defaults import RUNS

#: Policies side by side.
MOST_POLICIES = 3

#: Uses of levers in a policy that is built or loaded.
MOST_USES = 40

#: Runs computed together, which arrive together: 0 to 7, 8 to 15, ...
BLOCK = 8


#: Policies that a page opens with, and that further ones begin from, in this order.
FIRST = ("eu_coordinated", "digital_oda", "open_ran")


class Limits(NamedTuple):
    """Bounds that hold for every visitor alike.

    A run of a policy takes about 200 kB of memory while its page is open, one of the chain 0.1 to 0.9 MB.
    """

    sessions: int = 12  # visitors at once
    runs: int = RUNS.visitors  # of each policy
    chain_runs: int = 16  # of each arm of the chain
    waiting: int = 24  # units of one visitor that wait for their turn
    seconds: float = 120.0  # that one unit may take
    kept: int = 150_000_000  # bytes of blocks that are kept for whoever asks for the same


LIMITS = Limits()
