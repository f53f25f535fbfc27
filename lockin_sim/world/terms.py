"""Hold a user's own terms of utility, which stay with a world wherever it is simulated."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import InputError, unknown_name, unusable
from lockin_sim.common.fingerprint import check_repeatable, compute_fingerprint

if TYPE_CHECKING:
    from lockin_sim.world.model import World

#: A function of some of what is listed next; returns utility units.
type Term = Callable[..., Any]

#: What a term may see, by these names of its arguments.
SEEN = ("offer", "weights", "buyer", "year")


@dataclasses.dataclass(frozen=True)
class OwnTerm:
    """Terms of utility that are added in the order in which the world received them."""

    functions: tuple[FunctionType, ...]

    def __call__(self, offer: Any, weights: Any, buyer: Any, year: int) -> Floats:
        """Compute utility units to be added.  Raises InputError unless there is a finite number per offer."""
        offers = type(offer)(**{name: _read_only(value) for name, value in vars(offer).items()})
        others = (each._make(map(_read_only, each)) for each in (weights, buyer))
        seen = dict(zip(SEEN, (offers, *others, year), strict=True))
        shape = np.broadcast_shapes(*map(np.shape, (*vars(offer).values(), *buyer)))
        first, *further = (_called(function, seen, shape) for function in self.functions)
        return sum(further, first)

    @property
    def identity(self) -> tuple[str, ...]:
        """Fingerprint of each function now.  Raises InputError for one that cannot be identified."""
        prints = []
        for function in self.functions:
            try:
                prints.append(compute_fingerprint(function))
            except InputError as error:
                what = "a store or another process must be able to identify a term"
                raise InputError(f"with_term: {what}; {error}") from error
        return tuple(prints)

    @property
    def travels(self) -> bool:
        """Whether another process can import all functions."""
        return all(_importable(function) for function in self.functions)

    def __reduce__(self) -> tuple[Any, ...]:
        """Serialise for another process.  Raises InputError for a function that cannot be found there."""
        for function in self.functions:
            if not _importable(function):
                allowed = "workers=1, or a function of a module that other processes can import"
                raise unusable("with_term", found=_named(function), allowed=allowed)
        return _arrived, (self.functions, self.identity)

    def __deepcopy__(self, _: object) -> Self:
        return self


#: Terms that were called in this process.
_CALLED: WeakSet[FunctionType] = WeakSet()


def _called(function: FunctionType, seen: dict[str, Any], shape: tuple[int, ...]) -> Floats:
    """Compute the utility units of one term, whose first call must leave what it reads unchanged.

    Raises InputError for a term that counts its calls or remembers something of them.
    """
    if function in _CALLED:
        return _of(function, seen, shape)
    before = _known(function)
    value = _of(function, seen, shape)
    if _known(function) != before:
        found = f"{_named(function)}, which changes what it reads from call to call"
        raise unusable("with_term", words=found, allowed="a function that leaves what it reads as it is")
    _CALLED.add(function)
    return value


def _read_only(value: Any) -> Any:
    """Return a read-only view of an array; anything else unchanged."""
    if not isinstance(value, np.ndarray):
        return value
    view = value[...]
    view.flags.writeable = False
    return view


def _known(function: FunctionType) -> str:
    """Compute the fingerprint of a term; "" for one that cannot be identified, which only a store refuses."""
    try:
        return compute_fingerprint(function)
    except InputError:
        return ""


def _of(function: Term, seen: dict[str, Any], shape: tuple[int, ...]) -> Floats:
    """Compute the utility units of one term for offers of a shape."""
    names, where = inspect.signature(function).parameters, f"with_term: {_named(function)}"
    try:
        value = function(**{name: seen[name] for name in SEEN if name in names})
    except AttributeError as error:
        for name, what in seen.items():
            if error.obj is what:
                fields = getattr(what, "_fields", None) or vars(what)
                raise unknown_name(f"{where}: {name}", found=error.name, known=fields) from error
        raise
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        allowed = "a function that returns what it adds"
        raise unusable(where, words="one that writes into what it sees", allowed=allowed) from error
    try:
        added = np.asarray(value, dtype=np.float64)
        added = np.broadcast_to(added, shape)
    except (TypeError, ValueError) as error:
        raise unusable(where, found=value, allowed=f"numbers that meet {shape}") from error
    if not np.isfinite(added).all():
        found = float(added[~np.isfinite(added)].flat[0])
        raise unusable(where, found=found, allowed="finite numbers, in utility units")
    return added


def _named(function: Any) -> str:
    """Return module and name of a function."""
    return f"{function.__module__}.{function.__qualname__}"


def _importable(function: FunctionType) -> bool:
    """Whether another process finds a function by its module and name."""
    return function.__module__ != "__main__" and function.__qualname__ == function.__name__ != "<lambda>"


def _arrived(functions: tuple[FunctionType, ...], identity: tuple[str, ...]) -> OwnTerm:
    """Restore the terms in another process.  Raises InputError for a function that differs there."""
    term = OwnTerm(functions)
    for function, here, wanted in zip(functions, term.identity, identity, strict=True):
        if here != wanted:
            found = f"found another {_named(function)} than that of the calling process"
            allowed = "a function that its module, when imported, gives the same content"
            raise InputError(f"worker: with_term: {found}; allowed: {allowed}.")
    return term


def with_term(world: World, function: Term) -> World:
    """See :meth:`.World.with_term`."""
    allowed = "a function of offer, weights, buyer and year, or of some of them, by these names"
    if not isinstance(function, FunctionType):
        raise unusable("with_term", found=function, allowed=allowed)
    signature = inspect.signature(function)
    try:
        signature.bind(**{name: None for name in SEEN if name in signature.parameters})
    except TypeError as error:
        found = f"{function.__qualname__}{signature}"
        raise InputError(f"with_term: found {found}; allowed: {allowed}.") from error
    try:
        check_repeatable(function)
    except InputError as error:
        raise InputError(f"with_term: {error}") from error
    before = () if world.term is None else world.term.functions
    name = f"{world.name}, with {function.__qualname__}"
    term = OwnTerm((*before, function))
    return dataclasses.replace(world, name=name, facts=world.facts | {"term": term})
