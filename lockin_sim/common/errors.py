"""Build error messages about unusable input: place, value, what is allowed and the nearest known name."""

from __future__ import annotations

import difflib
import operator
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Self

#: Maximum number of defects reported for one file.
MOST_TOLD = 20

#: Maximum characters of a value, and of a whole message; maximum digits of numbers that Python writes.
_SHOWN, _TOLD, _DIGITS = 300, 4000, 4000

#: Maximum number of names to compare with a misspelt one.
_COMPARED = 10_000

#: Maximum number of names that a message lists; of more it lists none beside the nearest.
_LISTED = 20

#: Parts of names that have changed, and what takes their place.
_RENAMED = {"lock_in": "switching_pull"}

#: Words for one thing, of which each function, command and file has its own.
_SAME = (
    {"runs", "draws", "n"},
    {"country", "countries", "economy", "economies", "place", "places"},
    {"scenario", "scenarios", "policy", "policies"},
    {"vendor", "vendors", "leaving"},
    {"assumption", "decides"},
)

#: Blanks in our own messages.
_BLANKS = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"

_CONTRASTS = "docs/contrasts.md has it as arms of ls.contrast"

_TOOLS = "ls.evaluate with SALib and the EMA Workbench, docs/outside-tools.md"

#: What replaces public names, commands and options of 0.1.0 that were removed.
FORMER = {
    "window": f"{_CONTRASTS}: when must a policy come?",
    "synergy": f"{_CONTRASTS}: what do levers do together?",
    "packages": f"{_CONTRASTS}: what do levers do together?",
    "channels": "ls.contrast, with parameters={'turnover': 0.0} in both arms for bodies that change nothing",
    "response": "ls.lock_in and ls.lead",
    "first_movers": "ls.lead",
    "ledger": "ls.lock_in, which gives lots of an economy to one vendor or another",
    "sensitivity": f"{_TOOLS}: which input matters?",
    "discover": f"{_TOOLS}: where does a policy fail?",
    "claims": "ls.contrast, and experiments/04_one_mechanism_off",
    "coalitions": "experiments/07_bodies, which has each body's rules as weighted votes",
    "audit": "experiments/two_sponsors_swapped",
    "estimates": "lockin_sim/evidence/estimates.csv, and python -m experiments.estimates, which refits it",
    "futures": "ls.compare(..., posterior='bundled', structure='drawn'), or lockin compare --structure drawn",
    "otherwise": "ls.compare([policy, *policy.alternatives()])",
    "search": "experiments/12_robust_packages",
    "tables": "levels.csv and effects.csv in the folder of lockin compare",
    "breakdown": "lockin_sim.comparisons.by_group.breakdown",
    "public_cost": "lockin_sim.comparisons.by_group.public_cost",
    "Scheduler": "lockin_sim.runs.workers.Scheduler",
    "metrics": "lockin_sim.common.indices",
}

#: Default upper limit of whole numbers: files store 64 bits.
LARGEST = 2**63 - 1


class InputError(ValueError):
    """Unusable input, with a complete message for the person who wrote the input.

    Control characters, which could move the cursor of a terminal, are shown as escapes.

    defects  errors that are reported together, one per line; empty for a single error
    """

    defects: tuple[InputError, ...] = ()

    def __init__(self, text: str) -> None:
        signs = (sign if sign.isprintable() or sign in _BLANKS else repr(sign)[1:-1] for sign in text)
        super().__init__(_cut("".join(signs), _TOLD))

    def __str__(self) -> str:
        return "\n".join(map(str, self.defects)) or super().__str__()


class Defects:
    """Collect all errors of one file, and raise them together when the block ends.

    Leaving the block raises InputError if there was any: the only one, or one with all of them.
    """

    def __init__(self) -> None:
        self._found: list[InputError] = []

    def __enter__(self) -> Self:
        return self

    @contextmanager
    def part(self) -> Iterator[None]:
        """Collect the errors of one check instead of raising them."""
        try:
            yield
        except InputError as error:
            self.add(error)

    def add(self, error: InputError) -> None:
        """Collect an error unless one with the same text has been collected."""
        known = {str(each) for each in self._found}
        self._found += [each for each in error.defects or (error,) if str(each) not in known]

    @property
    def enough(self) -> bool:
        """Whether more errors were collected than a message shows."""
        return len(self._found) > MOST_TOLD

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, InputError):
            self.add(error)  # later checks were skipped
        elif error is not None or not self._found:
            return
        if len(self._found) == 1:
            raise self._found[0] from None
        shown = self._found[:MOST_TOLD]
        if self.enough:
            shown.append(InputError("There are more."))
        together = InputError(f"found {len(self._found)} defects")
        together.defects = tuple(shown)
        raise together from None


def _cut(text: str, most: int) -> str:
    """Shorten a text by omitting its middle, and state its length."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]} ... {text[-most // 4 :]} ({len(text):,} characters)"


def unusable(
    where: str, *, found: object = None, words: str = "", allowed: str, nearest: str | None = None
) -> InputError:
    """Build the error for one unusable value.

    where    file, row, key or argument
    found    the value, which is quoted
    words    description of what was found if it is not a value, such as "no such file"
    allowed  acceptable values, in words
    nearest  a known name that may have been meant
    """
    hint = f" Did you mean {nearest!r}?" if nearest else ""
    return InputError(
        f"{where}: found {_cut(words, _SHOWN) or _quote_value(found)}; allowed: {allowed}.{hint}"
    )


def _quote_value(value: object) -> str:
    """Quote a value as Python writes it, or give its type if it is long."""
    if isinstance(value, int) and abs(value) >= 10**_DIGITS:
        return f"a whole number of more than {_DIGITS} digits"
    try:
        text = repr(value)
        return f"a {type(value).__name__}" if "\n" in text else _cut(text, _SHOWN)
    except (ValueError, RecursionError):  # contains such a number, or nests deeply
        return f"a {type(value).__name__} that is too long to show"


def describe_successor(name: str) -> str:
    """Return one line on what replaces a removed public name, command or option; "" for any other name."""
    place = FORMER.get(name.lstrip("-").replace("-", "_"))
    return f"{name} was removed; use {place}" if place else ""


def convert_to_int(value: object) -> int | None:
    """Convert a value to int; return None for booleans, timedeltas and everything that is not whole."""
    try:
        return None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def check_whole_number(where: str, value: object, *, least: int = 0, most: int | None = None) -> int:
    """Convert a value to int.  Raises InputError unless it is a whole number from ``least`` to ``most``."""
    number = convert_to_int(value)
    if number is None or not least <= number <= (LARGEST if most is None else most):
        unbounded = most is None and (number is None or number < least)
        bounds = (
            f"of at least {least}" if unbounded else f"from {least} to {LARGEST if most is None else most}"
        )
        raise unusable(where, found=value, allowed=f"a whole number {bounds}")
    return number


def unknown_name(
    where: str, *, found: object, known: Iterable[str], called: Mapping[str, str] | None = None
) -> InputError:
    """Build the error for an unknown name, with the nearest known name as a hint.

    A name from before 0.2 is answered with its successor.

    called  titles and other words in use, with the known names they stand for; two-letter codes are not
            proposed
    """
    names = sorted(known)
    for old, new in _RENAMED.items():
        if isinstance(found, str) and found != (renamed := found.replace(old, new)) and renamed in names:
            return unusable(where, found=found, allowed=f"{renamed}, its name since 0.2")
    titles = [other for other, name in (called or {}).items() if name in names and len(other) > 2]
    best = find_nearest_name(found, [*titles, *names])
    listed = ", ".join(names[:_LISTED])
    if len(names) > _LISTED:
        listed = f"{len(names)} names" if best else f"{listed}, ... ({len(names)} names)"
    return unusable(where, found=found, allowed=f"one of {listed}" if names else "none", nearest=best)


def find_nearest_name(found: object, names: Collection[str]) -> str | None:
    """Find the known name that was probably meant; None if none is close.

    Synonyms come first, then permutations of the letters, then the closest spelling, regardless of case.
    """
    if not isinstance(found, str) or len(names) > _COMPARED:
        return None
    if same := find_synonym(found, names):
        return same
    near = {_normalise_name(name): name for name in names}  # as each is written
    lower = _normalise_name(found[:_SHOWN])
    turned = [name for name in near if sorted(name) == sorted(lower)]
    close = turned or difflib.get_close_matches(lower, near, n=3, cutoff=0.5)
    best = max(close, key=partial(_likeness, lower), default=None)
    return None if best is None else near[best]


def find_synonym(found: str, names: Collection[str]) -> str | None:
    """Find the first known name that is a synonym; None if there is none.  Leading dashes are ignored."""
    word = found.lstrip("-")
    words = next((same for same in _SAME if word in same), {word})
    return next((name for name in names if name.lstrip("-") in words), None)


def _likeness(one: str, other: str) -> tuple[float, bool]:
    """Compute the similarity of two names as a sort key; the same first letter breaks ties."""
    return difflib.SequenceMatcher(None, other, one).ratio(), one[:1] == other[:1]


def check_known(where: str, value: object, known: Collection[str]) -> None:
    """Raise the error of :func:`unknown_name` unless a value is exactly one of the known names."""
    if not isinstance(value, str) or value not in known:
        raise unknown_name(where, found=value, known=known)


def resolve_name(
    where: str, *, found: object, known: Iterable[str], called: Mapping[str, str] | None = None
) -> str:
    """Resolve a name regardless of its case, or a title, to the known name.

    called  titles, with the known names that they stand for; blanks stand for underscores

    Raises InputError for an unknown name and for a title of several.
    """
    names, called = list(known), called or {}
    if isinstance(found, str):
        if found in names:
            return found
        for meant in ({name: name for name in names}, called):
            fits = {name for title, name in meant.items() if _normalise_name(title) == _normalise_name(found)}
            if len(fits & set(names)) == 1:
                return (fits & set(names)).pop()
    raise unknown_name(where, found=found, known=names, called=called)


def _normalise_name(name: str) -> str:
    """Normalise a name: no case, accents, points, hyphens or article."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    words = re.sub(r"[.'’]", "", plain.casefold()).replace("&", " and ")
    return re.sub(r"[-_\s]+", " ", words).strip().removeprefix("the ")


def resolve_names(
    where: str,
    names: str | Iterable[str],
    known: Iterable[str],
    called: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Resolve one name or a list of names to known names.

    Raises InputError for an unknown or repeated name, for an empty list and for an unordered collection.
    """
    known = list(known)
    try:
        wanted = (names,) if isinstance(names, str) else tuple(names)
    except TypeError:  # nothing that has parts
        wanted = ()
    if not wanted or isinstance(names, set | frozenset | dict):
        raise unusable(where, found=names, allowed=f"a list of at least one of {', '.join(known)}")
    chosen = tuple(resolve_name(where, found=name, known=known, called=called) for name in wanted)
    for name in chosen:
        if chosen.count(name) > 1:
            raise unusable(where, words=f"{name} twice", allowed="each once")
    return chosen
