"""Errors of runs in one line."""

from __future__ import annotations

import traceback

#: Longest text kept of an error.
ERROR_LENGTH = 500


def describe(error: BaseException) -> str:
    """Kind, message and place of an error, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text[: ERROR_LENGTH - len(place)] + place
