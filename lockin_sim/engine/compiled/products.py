"""A row times a matrix: rows of the matrix, each as often as a number of the row says.

A square matrix is met together with its transpose, (2, row, column), so that either is read row by row.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin

from lockin_sim.engine.compiled.memory import PLACE, WIDE, Table, address_of, load
from lockin_sim.engine.compiled.rows import FLOAT, Row, splat
from lockin_sim.engine.compiled.series import Series


def product(context: Any, builder: Any, sig: Any, args: Any, which: int) -> Any:
    """A row times the matrix (0) or its transpose (1): rows of it, each as often as a number says."""
    kind, found = sig.args[0], None
    for k in range(kind.length):
        place = [ir.Constant(WIDE, number) for number in (which, k)]
        other = load(builder, kind, address_of(context, builder, sig.args[1], args[1], place))
        many = splat(builder, builder.extract_element(args[0], ir.Constant(PLACE, k)), kind.lanes)
        series = Series(builder, many)
        found = builder.fmul(many, other) if found is None else series.call("fmuladd", many, other, found)
    return found


@intrinsic
def narrow(typingctx, rows, few):
    """A row times a matrix with few columns: a shorter row.

    few  the matrix (column, few), and a tuple as long as its rows: of a table alone that is not known
    """
    if not isinstance(rows, Row) or not isinstance(few, types.BaseTuple):
        return None
    made = Row(len(few[1]), FLOAT)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        table, found = cgutils.unpack_tuple(builder, args[1])[0], None
        for k in range(rows.length):
            other = load(builder, made, address_of(context, builder, few[0], table, [ir.Constant(WIDE, k)]))
            many = splat(builder, builder.extract_element(args[0], ir.Constant(PLACE, k)), made.lanes)
            term = builder.fmul(many, other)
            found = term if found is None else builder.fadd(found, term)
        return found

    return made(rows, few), codegen


@lower_builtin(operator.matmul, Row, Table)
def _product(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return product(context, builder, sig, args, 0)


@infer_global(operator.matmul)
class _Product(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        fits = isinstance(args[0], Row) and isinstance(args[1], Table) and args[1].ndim == 3
        return signature(args[0], *args) if fits else None
