"""Limits of time that a busy machine does not reach."""

import time

from lockin_sim.cli.program import AGAIN


def patience(began):
    """Seconds to wait for the end of a process that was interrupted or killed.

    Five times as long as it took here and now to get where it is, and what an interruption takes to come
    again.

    began  ``time.monotonic()`` when it was started
    """
    return AGAIN + 5 * (time.monotonic() - began)
