"""What a set of declared parameters can do, whichever they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from lockin_sim import notebook
from lockin_sim.conventions import Floats
from lockin_sim.errors import InputError, unknown_name, unusable
from lockin_sim.parameters.declared import Declaration, checked


class Held:
    """Values of the parameters that a dataclass below declares; each a number, or an array of one a run."""

    if not TYPE_CHECKING:  # editors and type checkers shall see the names that __init__ takes

        def __new__(cls, /, *others: object, **values: float | Floats) -> Self:
            """An instance to be.  Raises InputError for a value without a name, and for an unknown name."""
            known = declarations_of(cls)
            if others:
                raise _without_names(cls.__name__, others[0])
            for name in values:
                if name not in known:
                    raise unknown_name("parameter", found=name, known=known)
            return super().__new__(cls)

    def __post_init__(self) -> None:
        for name, declared in declarations_of(type(self)).items():
            object.__setattr__(self, name, checked(declared, getattr(self, name)))
        _ = self.runs

    @classmethod
    def neutral(cls, /, *others: object, **values: float | Floats) -> Self:
        """Parameters with every mechanism off, except those named."""
        if others:
            raise _without_names(f"{cls.__name__}.neutral", others[0])
        return cls(**({name: d.neutral for name, d in declarations_of(cls).items()} | values))

    def replace(self, values: Mapping[str, float | Floats]) -> Self:
        """A copy with some values changed."""
        if not isinstance(values, Mapping):
            raise _without_names(f"{type(self).__name__}.replace", values)
        return type(self)(**(self.as_dict() | {str(name): value for name, value in values.items()}))

    def as_dict(self) -> dict[str, float | Floats]:
        """All values by name."""
        return {name: getattr(self, name) for name in declarations_of(type(self))}

    def given(self) -> dict[str, float | list[float]]:
        """Values that are not the default, by name; arrays as lists."""
        known = declarations_of(type(self))
        return {
            name: np.asarray(value).tolist()
            for name, value in self.as_dict().items()
            if isinstance(value, np.ndarray) or value != known[name].default
        }

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(np.array_equal(value, getattr(other, name)) for name, value in self.as_dict().items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """The values that are not the defaults."""
        changed = ", ".join(f"{name}={_written(value)}" for name, value in self._changed().items())
        return f"{type(self).__name__}({changed})"

    def _repr_html_(self) -> str:
        """For notebooks: what was changed, and the rest to unfold."""
        known, changed = declarations_of(type(self)), self._changed()
        heads = ["parameter", "title", "value", "default", "unit", "meaning"]

        def rows(names: Iterable[str]) -> Iterator[list[str]]:
            """Cells of some parameters."""
            for name in names:
                d = known[name]
                yield [name, d.title, _written(getattr(self, name)), f"{d.default:g}", d.unit, d.doc]

        others = notebook.table(heads, rows(name for name in known if name not in changed), words=(1, 4, 5))
        text = f"{type(self).__name__}: {len(changed)} of {len(known)} are not at their defaults"
        shown = [notebook.table(heads, rows(changed), words=(1, 4, 5))] if changed else []
        parts = [notebook.sentence(text), *shown, notebook.folded("At their defaults", others)]
        return "\n".join(parts)

    def _changed(self) -> dict[str, float | Floats]:
        """The values that differ from what is declared."""
        known = declarations_of(type(self))
        return {n: v for n, v in self.as_dict().items() if not np.array_equal(v, known[n].default)}

    @property
    def runs(self) -> int | None:
        """Length of the arrays given, or None if all values are numbers."""
        lengths = {name: len(v) for name, v in self.as_dict().items() if isinstance(v, np.ndarray)}
        if len(set(lengths.values())) > 1:
            unlike = {name: n for n, name in {n: name for name, n in lengths.items()}.items()}
            raise InputError(f"parameters: arrays of different lengths {unlike}; allowed: one number a run")
        return next(iter(lengths.values()), None)

    def check_runs(self, runs: int) -> None:
        """Raises InputError unless arrays have one number for each of so many runs."""
        if self.runs not in (None, runs):
            raise unusable("parameters: run axis", found=self.runs, allowed=f"the number of runs, {runs}")

    def alone(self) -> Self:
        """The parameters.  Raises InputError for arrays, where one number each is meant."""
        if self.runs is not None:
            raise unusable("parameters", found=f"{self.runs} sets", allowed="one number each")
        return self

    def select(self, runs: NDArray[np.integer] | slice | int) -> Self:
        """The values of some runs; with an integer, plain numbers of that run."""
        if self.runs is None:
            return self
        chosen = {n: v[runs] if isinstance(v, np.ndarray) else v for n, v in self.as_dict().items()}
        return type(self)(**chosen)


def _without_names(where: str, found: object) -> InputError:
    """The error for a value of which nobody knows what it is of."""
    return unusable(where, found=found, allowed="numbers by the names of parameters, as switching_cost=2.5")


def _written(value: float | Floats) -> str:
    """A number, or how many there are and the ends they lie between."""
    if isinstance(value, np.ndarray):
        return f"<{len(value)} values, {value.min():g} to {value.max():g}>"
    return f"{value:g}"


@cache
def _declared(kind: Any) -> dict[str, Declaration]:
    """The declarations in the fields of a class, by name."""
    found = {}
    for field in dataclasses.fields(kind):
        title, neutral, *facts = field.metadata["facts"]
        found[field.name] = Declaration(field.name, title, field.default, neutral, *facts)  # type: ignore[arg-type]
    return found


def declarations_of(kind: Any) -> dict[str, Declaration]:
    """All declarations of such a dataclass by name, in their order."""
    return dict(_declared(kind))
