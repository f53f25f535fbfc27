"""What rules call of numpy, for rows and for single numbers: written here since no library has it for rows.

Exponentials and logarithms are those of :mod:`series`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from lockin_sim.engine.compiled.rows import (
    BOOL,
    FLOAT,
    LANES,
    WORD,
    Row,
    folded,
    greater,
    kind_of,
    lanes_set,
    mapped,
    met,
    places,
    row_of,
    vector_of,
)  # fmt: skip
from lockin_sim.engine.compiled.series import Series

type Lower = Callable[..., Any]


def _function(stub: Any, result: Callable[..., types.Type | None], lower: Lower, count: int) -> None:
    """Give a function a meaning for rows and numbers; an array to write to, ``out``, is of no use to them."""
    takes = inspect.signature(stub)

    class Typed(AbstractTemplate):
        key = stub

        def generic(self, args: Any, kws: Any) -> Any:
            given = args + tuple(kws.values())
            if set(kws) - {"out"} or len(args) != count or any(kind_of(a) is None for a in given):
                return None
            out = result(args)
            if out is None:
                return None
            found = signature(out, *given)
            return found.replace(pysig=takes) if kws else found

    infer_global(stub, types.Function(Typed))
    lower_builtin(stub, *[types.Any] * count)(lower)
    if len(takes.parameters) > count:

        def without_out(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return lower(context, builder, signature(sig.return_type, *sig.args[:-1]), args[:-1])

        lower_builtin(stub, *[types.Any] * (count + 1))(without_out)


def _elementwise(name: str) -> Any:
    """A function of one number that is a series of LLVM operations."""

    def stub(x: Any, out: Any = None) -> Any:
        raise NotImplementedError(name)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        def step(x: Any) -> Any:
            """The series, of a number or of one in each lane."""
            series = Series(builder, x)
            return getattr(series, name)(x) if hasattr(series, name) else series.call(name, x)

        return mapped(context, builder, sig, args, FLOAT, step)

    _function(stub, lambda args: met(args, FLOAT), lower, 1)
    return stub


exp, log, log1p, expm1 = (_elementwise(name) for name in ("exp", "log", "log1p", "expm1"))
absolute = _elementwise("fabs")


def where(condition: Any, one: Any, other: Any) -> Any:
    """One of two numbers."""
    raise NotImplementedError


def _where_type(args: Any) -> types.Type | None:
    if kind_of(args[0]) != BOOL:
        return None
    kinds = {kind_of(a) for a in args[1:]}
    return met(args, kinds.pop() if len(kinds) == 1 else FLOAT)


def _lower_where(context: Any, builder: Any, sig: Any, args: Any) -> Any:
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


_function(where, _where_type, _lower_where, 3)


def _two(name: str, larger: bool) -> Any:
    def stub(one: Any, other: Any) -> Any:
        raise NotImplementedError(name)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        def step(a: Any, b: Any) -> Any:
            """The larger, or the smaller, of two."""
            if larger:
                return greater(builder, a, b)
            return builder.fneg(greater(builder, builder.fneg(a), builder.fneg(b)))

        return mapped(context, builder, sig, args, FLOAT, step)

    _function(stub, lambda args: met(args, FLOAT), lower, 2)
    return stub


maximum, minimum = _two("maximum", True), _two("minimum", False)


def isnan(x: Any) -> Any:
    """Whether something is no number."""
    raise NotImplementedError


def _lower_isnan(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return mapped(context, builder, sig, args, FLOAT, lambda x: builder.fcmp_unordered("uno", x, x))


_function(isnan, lambda args: met(args, BOOL), _lower_isnan, 1)


def _reduction(kind: Any, join: Any) -> Any:
    """A function of a row that leaves a row of length 1; of a number it is that number."""

    def stub(values: Any) -> Any:
        raise NotImplementedError

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not isinstance(sig.args[0], Row):
            return context.cast(builder, args[0], sig.args[0], kind)
        each = places(context, builder, args[0], sig.args[0], kind, sig.args[0].length)
        return row_of(builder, sig.return_type, [folded(each, lambda a, b: join(builder, a, b))])

    def result(args: Any) -> types.Type:
        """A number, or a row of length 1."""
        return Row(1, kind) if isinstance(args[0], Row) else kind

    _function(stub, result, lower, 1)
    return stub


total = _reduction(FLOAT, lambda b, x, y: b.fadd(x, y))
largest = _reduction(FLOAT, greater)
any_of = _reduction(BOOL, lambda b, x, y: b.or_(x, y))


def _of_all(join: Any, found: Any) -> Any:
    """A function of all truth values of a row, those of all lanes, that gives one."""

    def stub(flags: Any) -> Any:
        raise NotImplementedError

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not isinstance(sig.args[0], Row):
            return context.cast(builder, args[0], sig.args[0], BOOL)
        each = places(context, builder, args[0], sig.args[0], BOOL, sig.args[0].length)
        return found(builder, lanes_set(builder, folded(each, lambda a, b: join(builder, a, b))))

    _function(stub, lambda args: BOOL if kind_of(args[0]) == BOOL else None, lower, 1)
    return stub


anywhere = _of_all(
    lambda b, x, y: b.or_(x, y), lambda b, bits: b.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))
)
everywhere = _of_all(
    lambda b, x, y: b.and_(x, y), lambda b, bits: b.icmp_unsigned("==", bits, ir.Constant(bits.type, -1))
)


def count_nonzero(flags: Any) -> Any:
    """How many are true in all lanes, as a float."""
    raise NotImplementedError


def _lower_count(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    if not isinstance(sig.args[0], Row):
        return context.cast(builder, args[0], sig.args[0], FLOAT)
    each = places(context, builder, args[0], sig.args[0], FLOAT, sig.args[0].length)
    summed, index = folded(each, builder.fadd), ir.IntType(32)
    return folded(
        [builder.extract_element(summed, ir.Constant(index, k)) for k in range(LANES)], builder.fadd
    )


_function(count_nonzero, lambda args: FLOAT if kind_of(args[0]) == BOOL else None, _lower_count, 1)


def first_largest(values: Any) -> Any:
    """The first of the largest numbers of a row, one-hot."""
    raise NotImplementedError


def _lower_first(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    each = places(context, builder, args[0], sig.args[0], FLOAT, sig.args[0].length)
    best = folded(list(each), lambda a, b: greater(builder, a, b))
    found, flags = ir.Constant(vector_of(BOOL), None), []
    for value in each:
        flags.append(builder.and_(builder.fcmp_ordered("==", value, best), builder.not_(found)))
        found = builder.or_(found, flags[-1])
    return row_of(builder, sig.return_type, flags)


_function(
    first_largest,
    lambda args: Row(args[0].length, BOOL) if isinstance(args[0], Row) else None,
    _lower_first,
    1,
)


def as_float(word: Any) -> Any:
    """The float64 with the bits of a word."""
    raise NotImplementedError


def _lower_as_float(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    out = vector_of(FLOAT) if isinstance(sig.return_type, Row) else ir.DoubleType()
    return mapped(context, builder, sig, args, WORD, lambda word: builder.bitcast(word, out))


_function(as_float, lambda args: met(args, FLOAT) if kind_of(args[0]) == WORD else None, _lower_as_float, 1)
