"""Rows times a matrix: rows of the matrix, each as often as a number of the row says.

One matrix serves all lanes: each of its numbers meets one place of the rows.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin

from lockin_sim.engine.compiled.memory import WIDE, Table, addresses, load
from lockin_sim.engine.compiled.rows import FLOAT, INT, Row, places, row_of
from lockin_sim.engine.compiled.series import Series


def product(
    context: Any, builder: Any, rows: tuple[Row, Any], table: tuple[Table, Any], made: Row, transposed: bool
) -> Any:
    """Rows times a matrix or its transpose, each with its type: every place of the result is a sum."""
    # numbers that another product has read are read anew: to keep them apart would take all registers
    builder.fence("acq_rel", "singlethread")
    each = places(context, builder, rows[1], rows[0], FLOAT, rows[0].length)
    found, width = [], len(each) if transposed else made.length
    for v in range(made.length):
        summed = None
        for u, value in enumerate(each):
            index = [ir.Constant(WIDE, k) for k in ((v, u) if transposed else (u, v))]
            other = load(builder, FLOAT, addresses(context, builder, *table, [INT, INT], index, width))
            if summed is None:
                summed = builder.fmul(value, other)
            else:
                summed = Series(builder, value).call("fmuladd", value, other, summed)
        found.append(summed)
    return row_of(builder, made, found)


@intrinsic
def narrow(typingctx, rows, few):
    """Rows times a matrix with few columns: shorter rows.

    few  the matrix (column, few), and a tuple as long as its rows: of a table alone that is not known
    """
    if not isinstance(rows, Row) or not isinstance(few, types.BaseTuple):
        return None
    made = Row(len(few[1]), FLOAT)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        table = few[0], cgutils.unpack_tuple(builder, args[1])[0]
        return product(context, builder, (rows, args[0]), table, made, transposed=False)

    return made(rows, few), codegen


@intrinsic
def by_transposed(typingctx, rows, matrix):
    """Rows times the transpose of a square matrix."""
    if not isinstance(rows, Row) or not isinstance(matrix, Table) or matrix.ndim != 2:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """What LLVM is told to do for it."""
        return product(context, builder, (rows, args[0]), (matrix, args[1]), rows, transposed=True)

    return rows(rows, matrix), codegen


@lower_builtin(operator.matmul, Row, Table)
def _product(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Rows times a matrix, as ``rows @ matrix``."""
    rows, table = zip(sig.args, args, strict=True)
    return product(context, builder, rows, table, sig.return_type, transposed=False)


@infer_global(operator.matmul)
class _Product(AbstractTemplate):
    """Types of ``rows @ matrix``."""

    def generic(self, args: Any, kws: Any) -> Any:
        """The types of a call, None if it has no meaning."""
        fits = isinstance(args[0], Row) and isinstance(args[1], Table) and args[1].ndim == 2
        return signature(args[0], *args) if fits else None
