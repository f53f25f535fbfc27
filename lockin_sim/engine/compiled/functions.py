"""What rules call of numpy, for rows and for single numbers: written here since no library has it for rows.

Exponentials and logarithms are those of :mod:`series`.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from lockin_sim.engine.compiled.rows import (
    BOOL,
    FLOAT,
    WORD,
    Row,
    each_lane,
    folded,
    greater,
    kind_of,
    lanes_set,
    mapped,
    met,
    places,
    row_of,
    row_operator,
    vector_of,
)  # fmt: skip
from lockin_sim.engine.compiled.series import Series

type Lower = Callable[..., Any]


def _function(
    name: str, takes: str, meaning: str, result: Callable[..., types.Type | None], lower: Lower
) -> Any:
    """A function of rows and numbers, which has a meaning in compiled code alone.

    takes    names of its parameters; an array to write to, ``out``, may come last and is of no use
    meaning  a sentence
    result   type of what it returns, by those of its parameters; None where it has no meaning for them
    lower    its operations
    """
    names = takes.split()
    count = len(names) - ("out" in names)

    def only_compiled(*given: Any, **named: Any) -> Any:
        """As it is called anywhere else."""
        raise TypeError(f"{name} of rows has a meaning in compiled code alone: elsewhere numpy has one")

    only_compiled.__name__, only_compiled.__doc__ = name, meaning
    only_compiled.__signature__ = takes_of = _signature(names)  # type: ignore[attr-defined]

    class Typed(AbstractTemplate):
        """Types of its calls."""

        key = only_compiled

        def generic(self, args: Any, kws: Any) -> Any:
            """The types of a call, None if it has no meaning."""
            given = args + tuple(kws.values())
            if set(kws) - {"out"} or len(args) != count or any(kind_of(a) is None for a in given):
                return None
            out = result(args)
            if out is None:
                return None
            found = signature(out, *given)
            return found.replace(pysig=takes_of) if kws else found

    infer_global(only_compiled, types.Function(Typed))
    lower_builtin(only_compiled, *[types.Any] * count)(lower)
    if len(names) > count:

        def without_out(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            """The same with an array to write to."""
            return lower(context, builder, signature(sig.return_type, *sig.args[:-1]), args[:-1])

        lower_builtin(only_compiled, *[types.Any] * (count + 1))(without_out)
    return only_compiled


def _signature(names: list[str]) -> inspect.Signature:
    """That of a function whose parameters have some names."""
    kind, needed = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
    return inspect.Signature(
        [inspect.Parameter(name, kind, default=None if name == "out" else needed) for name in names]
    )


def _elementwise(name: str, meaning: str) -> Any:
    """A function of one number that is a series of LLVM operations."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """The series at every place."""

        def step(x: Any) -> Any:
            """The series, of a number or of one in each lane."""
            series = Series(builder, x)
            return getattr(series, name)(x) if hasattr(series, name) else series.call(name, x)

        return mapped(context, builder, sig, args, FLOAT, step)

    return _function(name, "x out", meaning, lambda args: met(args, FLOAT), lower)


exp = _elementwise("exp", "e to the power of something.")
log = _elementwise("log", "Natural logarithm.")
log1p = _elementwise("log1p", "Natural logarithm of 1 and something.")
expm1 = _elementwise("expm1", "e to the power of something, less 1.")
absolute = _elementwise("fabs", "A number without its sign.")
root = _elementwise("sqrt", "Square root.")


def _lower_power(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """e to the power of a logarithm, at every place."""

    def step(one: Any, other: Any) -> Any:
        """One number to the power of another."""
        series = Series(builder, one)
        return series.exp(builder.fmul(other, series.log(one)))

    return mapped(context, builder, sig, args, FLOAT, step)


row_operator(operator.pow, lambda kinds: FLOAT, _lower_power)  # of numbers above 0


def _where_type(args: Any) -> types.Type | None:
    """That of the two numbers, floats where they differ."""
    if kind_of(args[0]) != BOOL:
        return None
    kinds = {kind_of(a) for a in args[1:]}
    return met(args, kinds.pop() if len(kinds) == 1 else FLOAT)


def _lower_where(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """A selection at every place."""
    out = sig.return_type
    if not isinstance(out, Row):
        condition, *values = (
            context.cast(builder, a, t, k) for a, t, k in zip(args, sig.args, (BOOL, out, out), strict=True)
        )
        return builder.select(condition, *values)
    kinds = (BOOL, out.kind, out.kind)
    each = (
        places(context, builder, a, t, kind, out.length)
        for a, t, kind in zip(args, sig.args, kinds, strict=True)
    )
    return row_of(builder, out, [builder.select(*values) for values in zip(*each, strict=True)])


where = _function("where", "condition one other", "One of two numbers.", _where_type, _lower_where)


def _two(name: str, meaning: str, *, larger: bool) -> Any:
    """A function of two numbers that is one of them."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """A comparison at every place."""

        def step(a: Any, b: Any) -> Any:
            """The larger, or the smaller, of two."""
            if larger:
                return greater(builder, a, b)
            return builder.fneg(greater(builder, builder.fneg(a), builder.fneg(b)))

        return mapped(context, builder, sig, args, FLOAT, step)

    return _function(name, "one other", meaning, lambda args: met(args, FLOAT), lower)


maximum = _two("maximum", "The larger of two numbers.", larger=True)
minimum = _two("minimum", "The smaller of two numbers.", larger=False)


def _lower_isnan(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """A comparison with itself at every place."""
    return mapped(context, builder, sig, args, FLOAT, lambda x: builder.fcmp_unordered("uno", x, x))


isnan = _function("isnan", "x", "Whether something is no number.", lambda args: met(args, BOOL), _lower_isnan)


def _reduction(name: str, meaning: str, kind: Any, join: Any) -> Any:
    """A function of a row that leaves a row of length 1; of a number it is that number."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """All places joined."""
        if not isinstance(sig.args[0], Row):
            return context.cast(builder, args[0], sig.args[0], kind)
        each = places(context, builder, args[0], sig.args[0], kind, sig.args[0].length)
        return row_of(builder, sig.return_type, [folded(each, lambda a, b: join(builder, a, b))])

    def result(args: Any) -> types.Type:
        """A number, or a row of length 1."""
        return Row(1, kind) if isinstance(args[0], Row) else kind

    return _function(name, "values", meaning, result, lower)


total = _reduction("total", "Sum of a row.", FLOAT, lambda b, x, y: b.fadd(x, y))
largest = _reduction("largest", "Largest number of a row.", FLOAT, greater)
any_of = _reduction("any_of", "Whether any of a row is true.", BOOL, lambda b, x, y: b.or_(x, y))


def _of_all(name: str, meaning: str, join: Any, found: Any) -> Any:
    """A function of all truth values of a row, those of all lanes, that gives one."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """All places joined, and what all lanes make of it."""
        if not isinstance(sig.args[0], Row):
            return context.cast(builder, args[0], sig.args[0], BOOL)
        each = places(context, builder, args[0], sig.args[0], BOOL, sig.args[0].length)
        return found(builder, lanes_set(builder, folded(each, lambda a, b: join(builder, a, b))))

    return _function(name, "flags", meaning, lambda args: BOOL if kind_of(args[0]) == BOOL else None, lower)


anywhere = _of_all(
    "anywhere", "Whether any is true, in any lane.",
    lambda b, x, y: b.or_(x, y), lambda b, bits: b.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0)),
)  # fmt: skip
everywhere = _of_all(
    "everywhere", "Whether all are true, in all lanes.",
    lambda b, x, y: b.and_(x, y), lambda b, bits: b.icmp_unsigned("==", bits, ir.Constant(bits.type, -1)),
)  # fmt: skip


def _lower_count(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Ones added up over places and lanes."""
    if not isinstance(sig.args[0], Row):
        return context.cast(builder, args[0], sig.args[0], FLOAT)
    each = places(context, builder, args[0], sig.args[0], FLOAT, sig.args[0].length)
    return folded(each_lane(builder, folded(each, builder.fadd)), builder.fadd)


count_nonzero = _function(
    "count_nonzero", "flags", "How many are true in all lanes, as a float.",
    lambda args: FLOAT if kind_of(args[0]) == BOOL else None, _lower_count,
)  # fmt: skip


def _lower_first(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Every place compared with the largest, until one was that."""
    each = places(context, builder, args[0], sig.args[0], FLOAT, sig.args[0].length)
    best = folded(list(each), lambda a, b: greater(builder, a, b))
    found, flags = ir.Constant(vector_of(BOOL), None), []
    for value in each:
        flags.append(builder.and_(builder.fcmp_ordered("==", value, best), builder.not_(found)))
        found = builder.or_(found, flags[-1])
    return row_of(builder, sig.return_type, flags)


first_largest = _function(
    "first_largest", "values", "The first of the largest numbers of a row, one-hot.",
    lambda args: Row(args[0].length, BOOL) if isinstance(args[0], Row) else None, _lower_first,
)  # fmt: skip


def _lower_as_float(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """The same bits at every place."""
    out = vector_of(FLOAT) if isinstance(sig.return_type, Row) else ir.DoubleType()
    return mapped(context, builder, sig, args, WORD, lambda word: builder.bitcast(word, out))


as_float = _function(
    "as_float", "word", "The float64 with the bits of a word.",
    lambda args: met(args, FLOAT) if kind_of(args[0]) == WORD else None, _lower_as_float,
)  # fmt: skip
