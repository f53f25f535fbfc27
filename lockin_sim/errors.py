"""Unusable input: one message that says where, what was found, what is allowed, and the nearest name."""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self

#: Defects of one file that are told.
MOST_TOLD = 20


class InputError(ValueError):
    """Input that cannot be used; the text is complete and meant for the person who wrote the input.

    defects  where several are told together, each by itself; else empty
    """

    defects: tuple[InputError, ...] = ()


class Defects:
    """Defects of one file, told together: what is checked under :meth:`part` does not end the checks.

    Leaving the block raises InputError if there was any: the one, or one that holds all.
    """

    def __init__(self) -> None:
        self._found: list[InputError] = []

    def __enter__(self) -> Self:
        return self

    @contextmanager
    def part(self) -> Iterator[None]:
        """A check whose defects are kept for the end."""
        try:
            yield
        except InputError as error:
            self.add(error)

    def add(self, error: InputError) -> None:
        """Keep a defect for the end; what says the same as another is told once."""
        told = {str(each) for each in self._found}
        self._found += [each for each in error.defects or (error,) if str(each) not in told]

    @property
    def enough(self) -> bool:
        """Whether there are more than are told."""
        return len(self._found) > MOST_TOLD

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, InputError):
            self.add(error)  # what follows could not be checked
        elif error is not None or not self._found:
            return
        if len(self._found) == 1:
            raise self._found[0] from None
        shown = self._found[:MOST_TOLD]
        if self.enough:
            shown.append(InputError("There are more."))
        together = InputError(" Also: ".join(map(str, shown)))
        together.defects = tuple(shown)
        raise together from None


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
