"""Unusable input: one message that says where, what was found, what is allowed, and the nearest name."""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Iterable, Mapping


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


def whole_number(where: str, value: object, *, least: int = 0, most: int | None = None) -> int:
    """The value as an int.  Raises InputError unless it is a whole number from ``least`` to ``most``."""
    number = int(value) if isinstance(value, numbers.Integral) and not isinstance(value, bool) else None
    if number is None or number < least or (most is not None and number > most):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise unusable(where, found=value, allowed=f"a whole number {bounds}")
    return number


def unknown_name(
    where: str, *, found: object, known: Iterable[str], called: Mapping[str, str] | None = None
) -> InputError:
    """The error for a name that is not among the known ones; names the closest in any case of letters.

    called  what else people call some of them: known names by the other ones
    """
    names = sorted(known)
    meant = {name.casefold(): name for name in names}
    meant |= {other.casefold(): name for other, name in (called or {}).items()}
    close = difflib.get_close_matches(str(found).casefold(), meant, n=1, cutoff=0.5)
    shown = ", ".join(names) if len(names) <= 20 else f"{', '.join(names[:20])}, ... ({len(names)} names)"
    return unusable(where, found=found, allowed=f"one of {shown}", nearest=meant[close[0]] if close else None)
