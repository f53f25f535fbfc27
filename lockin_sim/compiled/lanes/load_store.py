"""Move rows between tables and lanes, and multiply rows by a matrix.

A table holds the numbers of one customer side by side, and a row holds those of all lanes.  A block of a few
numbers of all these customers is loaded customer by customer and transposed, which takes a fraction of the
steps of loading every number by itself.  A block is half a vector wide: the halves of two customers are
joined as they are loaded, and a vector at an arbitrary address would cross two cache lines.

Where only sums are needed, numbers stay in memory order: a *line* loads those of one customer as they lie,
``LANES`` at a time, and is a row to all arithmetic.  Lanes behind its last number hold zeros and are not
stored.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin

from lockin_sim.compiled.lanes.functions import Arithmetic
from lockin_sim.compiled.lanes.rows import (
    BOOL,
    FLOAT,
    INT,
    LANES,
    PLACE,
    WIDE,
    Row,
    each_lane,
    folded,
    places,
    row_of,
    vector_of,
)
from lockin_sim.compiled.lanes.views import STORED, TableType, addresses, given, load, width

#: Numbers of a customer that are moved at once: as many as fill half a vector.
HALF = LANES // 2


def _shuffled(builder: Any, one: Any, other: Any, lanes: list[int]) -> Any:
    """Select lanes of two vectors; lanes of ``other`` are numbered after those of ``one``."""
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(PLACE, len(lanes)), lanes))


#: The even lanes of two vectors, one of each in turn, and the odd ones.
_IN_TURN = [[k + odd + LANES * other for k in range(0, LANES, 2) for other in (0, 1)] for odd in (0, 1)]


def _by_place(builder: Any, halves: list[Any]) -> list[Any]:
    """Transpose half-vectors of each customer's numbers to one vector of all customers per place."""
    a, b, c, d = (
        _shuffled(builder, halves[lane], halves[lane + 2], list(range(LANES))) for lane in (0, 1, 4, 5)
    )
    vectors: list[Any] = [None] * HALF
    for odd, lanes in enumerate(_IN_TURN):
        one, other = _shuffled(builder, a, b, lanes), _shuffled(builder, c, d, lanes)
        vectors[odd] = _shuffled(builder, one, other, [0, 1, 4, 5, 8, 9, 12, 13])
        vectors[odd + 2] = _shuffled(builder, one, other, [2, 3, 6, 7, 10, 11, 14, 15])
    return vectors


def _by_customer(builder: Any, vectors: list[Any]) -> list[Any]:
    """Transpose vectors of all customers, one per place, back to half-vectors of each customer."""
    a, b, c, d = vectors
    turned: list[Any] = [None] * LANES
    for odd, lanes in enumerate(_IN_TURN):
        one, other = _shuffled(builder, a, b, lanes), _shuffled(builder, c, d, lanes)
        for lane in (0, HALF):
            both = _shuffled(builder, one, other, [lane + k for k in (0, 1, 8, 9, 2, 3, 10, 11)])
            turned[lane + odd] = _shuffled(builder, both, both, list(range(HALF)))
            turned[lane + odd + 2] = _shuffled(builder, both, both, list(range(HALF, LANES)))
    return turned


def _blocks(number: int, size: int) -> list[int]:
    """Return the first position of each block of a row; the last block may overlap its predecessor."""
    return [*range(0, number - size, size), number - size]


def _address(builder: Any, start: Any, kind: types.Type, place: int, stored: ir.Type) -> Any:
    """Compute the pointer to a place of a row."""
    moved = builder.add(start, ir.Constant(WIDE, place * width(kind)))
    return builder.inttoptr(moved, stored.as_pointer())


def _read(builder: Any, kind: types.Type, where: list[Any], number: int) -> list[Any]:
    """Load the places of a row from the address of each lane, or from one address for all."""
    if len(where) == 1 or number < (LANES if kind == BOOL else HALF):
        return [load(builder, kind, where, place * width(kind)) for place in range(number)]
    if kind == BOOL:
        return _flags(builder, where, number)
    vectors: list[Any] = [None] * number
    stored = ir.VectorType(STORED[kind], HALF)
    for first in _blocks(number, HALF):
        block = [
            builder.load(_address(builder, start, kind, first, stored), align=width(kind)) for start in where
        ]
        vectors[first : first + HALF] = _by_place(builder, block)
    return vectors


def _flags(builder: Any, where: list[Any], number: int) -> list[Any]:
    """Load the places of a boolean row; the bytes of all customers are transposed as one vector."""
    vectors: list[Any] = [None] * number
    everywhere = ir.VectorType(STORED[BOOL], LANES * LANES)
    by_place = [lane * LANES + place for place in range(LANES) for lane in range(LANES)]
    for first in _blocks(number, LANES):
        words = ir.Constant(vector_of(INT), ir.Undefined)
        for lane, start in enumerate(where):
            word = builder.load(_address(builder, start, BOOL, first, WIDE), align=1)
            words = builder.insert_element(words, word, ir.Constant(PLACE, lane))
        turned = builder.bitcast(words, everywhere)
        turned = _shuffled(builder, turned, turned, by_place)
        bits = builder.icmp_unsigned("!=", turned, ir.Constant(everywhere, None))
        for place in range(LANES):
            vectors[first + place] = _shuffled(
                builder, bits, bits, list(range(place * LANES, (place + 1) * LANES))
            )
    return vectors


def _write(builder: Any, kind: types.Type, vectors: list[Any], where: list[Any]) -> None:
    """Store rows to the address of each lane; lanes of the same customer store the same numbers."""
    stored = STORED[kind]
    if len(where) > 1 and len(vectors) >= HALF and kind != BOOL:
        for first in _blocks(len(vectors), HALF):
            each = _by_customer(builder, vectors[first : first + HALF])
            for start, half in zip(where, each, strict=True):
                builder.store(half, _address(builder, start, kind, first, half.type), align=width(kind))
        return
    if kind == BOOL:
        vectors = [builder.zext(vector, ir.VectorType(stored, LANES)) for vector in vectors]
    for place, vector in enumerate(vectors):
        for lane, start in enumerate(where):
            value = builder.extract_element(vector, ir.Constant(PLACE, lane))
            builder.store(value, _address(builder, start, kind, place, stored))


def _number(
    context: Any, builder: Any, table: TableType, value: Any, index: Any, positions: list[Any], slot: Any
) -> Any:
    """Load one number of a row for each lane."""
    where = addresses(context, builder, table, value, [*index, INT], [*positions, slot])
    return load(builder, table.dtype, where)


@intrinsic
def row(typingctx, table, like, *index):
    """Load the rows of a table at an index of its other axes.

    like  a tuple as long as a row; or an integer, one position, so that the row has length 1
    """
    index = given(index)
    if not isinstance(table, TableType) or table.dtype not in STORED or table.ndim != len(index) + 1:
        return None
    single = isinstance(like, types.Integer)
    shape = Row(1 if single else len(like), table.dtype)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        positions = cgutils.unpack_tuple(builder, args[2])
        if single:
            number = _number(context, builder, table, args[0], index, positions, args[1])
            return row_of(builder, shape, [number])
        where = addresses(context, builder, table, args[0], index, positions, shape.length)
        return row_of(builder, shape, _read(builder, table.dtype, where, shape.length))

    return shape(table, like, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def put(typingctx, table, value, *index):
    """Store rows in a table at an index of its other axes, or numbers at an index of all axes."""
    index = given(index)
    single = isinstance(table, TableType) and table.ndim == len(index)
    if not isinstance(table, TableType) or table.ndim != len(index) + (not single):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        positions, kind = cgutils.unpack_tuple(builder, args[2]), table.dtype
        number = value.length if isinstance(value, Row) else 1
        last = None if single else number
        where = addresses(context, builder, table, args[0], index, positions, last)
        _write(builder, kind, places(context, builder, args[1], value, kind, number), where)
        return context.get_dummy_value()

    return types.none(table, value, types.StarArgTuple.from_types(index)), codegen


@intrinsic
def put_each(typingctx, table, values, like, position):
    """Store the fields of a named tuple, rows or numbers, in a table (field, position, place of a row)."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        for field, value in enumerate(cgutils.unpack_tuple(builder, args[1])):
            at = [ir.Constant(WIDE, field), args[3]]
            where = addresses(context, builder, table, args[0], [INT, position], at, len(like))
            vectors = places(context, builder, value, values.types[field], table.dtype, len(like))
            _write(builder, table.dtype, vectors, where)
        return context.get_dummy_value()

    return types.none(table, values, like, position), codegen


@intrinsic
def rows_of(typingctx, pattern, table, like, position):
    """Load a named tuple of rows that :func:`put_each` has stored."""
    kind = Row(len(like), table.dtype)
    shape = types.BaseTuple.from_types([kind] * len(pattern.instance_class._fields), pattern.instance_class)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        rows = []
        for field in range(len(shape)):
            at = [ir.Constant(WIDE, field), args[3]]
            where = addresses(context, builder, table, args[1], [INT, position], at, len(like))
            rows.append(row_of(builder, kind, _read(builder, table.dtype, where, len(like))))
        return context.make_tuple(builder, shape, rows)

    return shape(pattern, table, like, position), codegen


@intrinsic
def picked(typingctx, table, across, chosen, like, *index):
    """Gather numbers of a table's rows at positions that are the same for all lanes.

    across  a tuple as long as a row of the table
    chosen  the positions, a table of one axis
    like    a tuple as long as ``chosen``, or one position in it
    """
    index = given(index)
    if not isinstance(table, TableType) or table.ndim != len(index) + 1 or chosen != TableType(INT, 1):
        return None
    single, kind = isinstance(like, types.Integer), table.dtype
    shape = Row(1 if single else len(like), kind)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        positions = cgutils.unpack_tuple(builder, args[4])
        (first,) = addresses(context, builder, chosen, args[2], [], [])
        if single:
            moved = builder.add(first, builder.mul(args[3], ir.Constant(WIDE, width(INT))))
            sponsor = builder.load(builder.inttoptr(moved, STORED[INT].as_pointer()))
            return row_of(
                builder, shape, [_number(context, builder, table, args[0], index, positions, sponsor)]
            )
        where = addresses(context, builder, table, args[0], index, positions, len(across))
        at = [
            builder.load(_address(builder, first, INT, place, STORED[INT])) for place in range(shape.length)
        ]
        if len(where) == 1:
            size = ir.Constant(WIDE, width(kind))
            return row_of(builder, shape, [load(builder, kind, where, builder.mul(k, size)) for k in at])
        stored = cgutils.alloca_once(builder, ir.ArrayType(vector_of(kind), len(across)))
        for place, vector in enumerate(_read(builder, kind, where, len(across))):
            builder.store(vector, cgutils.gep(builder, stored, 0, place))
        return row_of(builder, shape, [builder.load(cgutils.gep(builder, stored, 0, k)) for k in at])

    return shape(table, across, chosen, like, types.StarArgTuple.from_types(index)), codegen


def _counts(length: int) -> list[int]:
    """Return how many numbers each vector of a line holds."""
    return [min(LANES, length - first) for first in range(0, length, LANES)]


def _pointers(context: Any, builder: Any, table: TableType, value: Any, counts: list[int]) -> list[Any]:
    """Compute the pointer to each vector of a line."""
    start = cgutils.create_struct_proxy(table)(context, builder, value=value).start
    moved = (builder.add(start, ir.Constant(WIDE, 8 * LANES * k)) for k in range(len(counts)))
    kinds = (ir.VectorType(ir.DoubleType(), count).as_pointer() for count in counts)
    return [builder.inttoptr(place, kind) for place, kind in zip(moved, kinds, strict=True)]


def _taken(builder: Any, vector: Any, lanes: list[int]) -> Any:
    """Select lanes of a vector; the lane behind its last is zero."""
    zeros = ir.Constant(vector.type, [0.0] * vector.type.count)
    return builder.shuffle_vector(vector, zeros, ir.Constant(ir.VectorType(PLACE, len(lanes)), lanes))


@intrinsic
def line(typingctx, table, like):
    """Load a table of one axis as a line; ``like`` is a tuple of the same length."""
    if not isinstance(table, TableType) or table.dtype != FLOAT or table.ndim != 1:
        return None
    counts = _counts(len(like))
    shape = Row(len(counts), FLOAT)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        vectors = []
        for pointer, count in zip(_pointers(context, builder, table, args[0], counts), counts, strict=True):
            vector = builder.load(pointer, align=8)
            vectors.append(_taken(builder, vector, [min(lane, count) for lane in range(LANES)]))
        return row_of(builder, shape, vectors)

    return shape(table, like), codegen


@intrinsic
def keep(typingctx, table, value, like):
    """Store a line in a table of one axis; ``like`` is a tuple of the same length."""
    counts = _counts(len(like))
    if not isinstance(value, Row) or value.length != len(counts) or table != TableType(FLOAT, 1):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        vectors = places(context, builder, args[1], value, FLOAT, len(counts))
        pointers = _pointers(context, builder, table, args[0], counts)
        for vector, pointer, count in zip(vectors, pointers, counts, strict=True):
            builder.store(_taken(builder, vector, list(range(count))), pointer, align=8)
        return context.get_dummy_value()

    return types.none(table, value, like), codegen


@intrinsic
def nothing(typingctx, like):
    """Return a line of zeros; ``like`` is a tuple of its length."""
    shape = Row(len(_counts(len(like))), FLOAT)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        return ir.Constant(shape.llvm, None)

    return shape(like), codegen


@intrinsic
def over(typingctx, value):
    """Sum a line."""
    if not isinstance(value, Row) or value.kind != FLOAT:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        summed = folded(places(context, builder, args[0], value, FLOAT, value.length), builder.fadd)
        return folded(each_lane(builder, summed), builder.fadd)

    return FLOAT(value), codegen


def product(
    context: Any,
    builder: Any,
    rows: tuple[Row, Any],
    table: tuple[TableType, Any],
    shape: Row,
    transposed: bool,
) -> Any:
    """Multiply rows by a matrix or its transpose; each operand comes with its type."""
    # numbers that another product has read are read again: to keep them apart would take all registers
    builder.fence("acq_rel", "singlethread")
    each = places(context, builder, rows[1], rows[0], FLOAT, rows[0].length)
    vectors, width = [], len(each) if transposed else shape.length
    for v in range(shape.length):
        summed = None
        for u, value in enumerate(each):
            index = [ir.Constant(WIDE, k) for k in ((v, u) if transposed else (u, v))]
            other = load(builder, FLOAT, addresses(context, builder, *table, [INT, INT], index, width))
            if summed is None:
                summed = builder.fmul(value, other)
            else:
                summed = Arithmetic(builder, value).call("fmuladd", value, other, summed)
        vectors.append(summed)
    return row_of(builder, shape, vectors)


@intrinsic
def narrow(typingctx, rows, few):
    """Multiply rows by a matrix with few columns, which gives shorter rows.

    few  the matrix (column, few), and a tuple as long as its rows, since a table's type has no length
    """
    if not isinstance(rows, Row) or not isinstance(few, types.BaseTuple):
        return None
    shape = Row(len(few[1]), FLOAT)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        table = few[0], cgutils.unpack_tuple(builder, args[1])[0]
        return product(context, builder, (rows, args[0]), table, shape, transposed=False)

    return shape(rows, few), codegen


@intrinsic
def by_transposed(typingctx, rows, matrix):
    """Multiply rows by the transpose of a square matrix."""
    if not isinstance(rows, Row) or not isinstance(matrix, TableType) or matrix.ndim != 2:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Generate LLVM code for the operation."""
        return product(context, builder, (rows, args[0]), (matrix, args[1]), rows, transposed=True)

    return rows(rows, matrix), codegen


@lower_builtin(operator.matmul, Row, TableType)
def _product(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Multiply rows by a matrix, as ``rows @ matrix``."""
    rows, table = zip(sig.args, args, strict=True)
    return product(context, builder, rows, table, sig.return_type, transposed=False)


@infer_global(operator.matmul)
class _Product(AbstractTemplate):
    """Type inference for ``rows @ matrix``."""

    def generic(self, args: Any, kws: Any) -> Any:
        """Infer the types of a call; return None if the operands do not fit."""
        fits = isinstance(args[0], Row) and isinstance(args[1], TableType) and args[1].ndim == 2
        return signature(args[0], *args) if fits else None
