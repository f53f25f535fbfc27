"""What rules call of numpy, for rows and for single numbers: written here since no library has it for rows.

Exponentials and logarithms are those of :mod:`series`.
"""

from __future__ import annotations

import inspect
import math
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
    as_kind,
    folded,
    greater,
    kind_of,
    met,
    unified,
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
        (x,) = unified(context, builder, sig, args, FLOAT)
        series = Series(builder, x)
        return getattr(series, name)(x) if hasattr(series, name) else series.call(name, x)

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
    one, other = (as_kind(context, builder, a, t, out) for a, t in zip(args[1:], sig.args[1:], strict=True))
    condition = args[0]
    if isinstance(out, Row):
        condition = as_kind(context, builder, condition, sig.args[0], Row(out.length, BOOL))
    else:
        condition = context.cast(builder, condition, sig.args[0], BOOL)
    return builder.select(condition, one, other)


_function(where, _where_type, _lower_where, 3)


def _two(name: str, larger: bool) -> Any:
    def stub(one: Any, other: Any) -> Any:
        raise NotImplementedError(name)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        a, b = unified(context, builder, sig, args, FLOAT)
        if larger:
            return greater(builder, a, b)
        return builder.fneg(greater(builder, builder.fneg(a), builder.fneg(b)))

    _function(stub, lambda args: met(args, FLOAT), lower, 2)
    return stub


maximum, minimum = _two("maximum", True), _two("minimum", False)


def isnan(x: Any) -> Any:
    """Whether something is no number."""
    raise NotImplementedError


def _lower_isnan(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    (x,) = unified(context, builder, sig, args, FLOAT)
    return builder.fcmp_unordered("uno", x, x)


_function(isnan, lambda args: met(args, BOOL), _lower_isnan, 1)


def _reduction(nothing: float, result: Any, join: Any) -> Any:
    """A function of a row that gives one number; of a number it is that number."""

    def stub(values: Any) -> Any:
        raise NotImplementedError

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not isinstance(sig.args[0], Row):
            return context.cast(builder, args[0], sig.args[0], result)
        value = as_kind(context, builder, args[0], sig.args[0], Row(sig.args[0].length, result))
        return folded(builder, value, sig.args[0].length, nothing, lambda a, b: join(builder, a, b))

    _function(stub, lambda args: result, lower, 1)
    return stub


total = _reduction(0.0, FLOAT, lambda b, x, y: b.fadd(x, y))
largest = _reduction(-math.inf, FLOAT, greater)
any_of = _reduction(0, BOOL, lambda b, x, y: b.or_(x, y))
all_of = _reduction(1, BOOL, lambda b, x, y: b.and_(x, y))


def count_nonzero(flags: Any) -> Any:
    """How many are true, as a float."""
    raise NotImplementedError


def _lower_count(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    wanted = met(sig.args, FLOAT)
    value = as_kind(context, builder, args[0], sig.args[0], wanted)
    return folded(builder, value, wanted.length, 0.0, builder.fadd) if isinstance(wanted, Row) else value


_function(count_nonzero, lambda args: FLOAT if kind_of(args[0]) == BOOL else None, _lower_count, 1)


def first_largest(values: Any) -> Any:
    """The first of the largest numbers of a row, one-hot."""
    raise NotImplementedError


def _lower_first(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    length, index = sig.args[0].length, ir.IntType(32)
    best = folded(builder, args[0], length, -math.inf, lambda a, b: greater(builder, a, b))
    found, flags = ir.Constant(ir.IntType(1), 0), ir.Constant(sig.return_type.llvm, ir.Undefined)
    for k in range(length):
        value = builder.extract_element(args[0], ir.Constant(index, k))
        mine = builder.and_(builder.fcmp_ordered("==", value, best), builder.not_(found))
        found = builder.or_(found, mine)
        flags = builder.insert_element(flags, mine, ir.Constant(index, k))
    return flags


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
    out = sig.return_type
    return builder.bitcast(args[0], out.llvm if isinstance(out, Row) else ir.DoubleType())


_function(as_float, lambda args: met(args, FLOAT) if kind_of(args[0]) == WORD else None, _lower_as_float, 1)
