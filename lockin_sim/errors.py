"""Unusable input: one message that says where, what was found, what is allowed, and the nearest name."""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Iterable


class InputError(ValueError):
    """Input that cannot be used; the text is complete and meant for the person who wrote the input."""


def unusable(where: str, *, found: object, allowed: str, nearest: str | None = None) -> InputError:
    """The error for one unusable value.

    where    file, row, key or argument that holds it
    found    the value as given
    allowed  what would be accepted, in words
    nearest  a known name that may have been meant
    """
    hint = f" Did you mean {nearest!r}?" if nearest else ""
    return InputError(f"{where}: found {found!r}; allowed: {allowed}.{hint}")


def whole_number(where: str, value: object, *, least: int = 0) -> int:
    """The value as an int.  Raises InputError unless it is a whole number of at least ``least``."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
        raise unusable(where, found=value, allowed=f"a whole number of at least {least}")
    return int(value)


def unknown_name(where: str, *, found: object, known: Iterable[str]) -> InputError:
    """The error for a name that is not among the known ones; names the closest."""
    names = sorted(known)
    close = difflib.get_close_matches(str(found), names, n=1, cutoff=0.5)
    shown = ", ".join(names) if len(names) <= 20 else f"{', '.join(names[:20])}, ... ({len(names)} names)"
    return unusable(where, found=found, allowed=f"one of {shown}", nearest=close[0] if close else None)
