"""Bit and SIMD operations for kernels that numba does not provide.

A kernel's cache depends on the kernel's own file and not on this one, so the meaning of a name here must not change.
Bounds are not checked: the caller makes sure that the bytes are there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

LANES = 64
BYTES = ir.VectorType(ir.IntType(8), LANES)
WORD = ir.IntType(64)


def _lowest(_: Any, mask: Any) -> tuple[Any, Callable[..., Any]]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(mask), build


def _ones(_: Any, mask: Any) -> tuple[Any, Callable[..., Any]]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(mask), build


def _equal(_: Any, array: Any, at: Any, value: Any) -> tuple[Any, Callable[..., Any]]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = _load(context, builder, signature.args[0], arguments[0], arguments[1])
        nothing, number = ir.Constant(BYTES, ir.Undefined), ir.IntType(32)
        byte = builder.trunc(arguments[2], ir.IntType(8))
        one = builder.insert_element(nothing, byte, ir.Constant(number, 0))
        every = builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(number, LANES), [0] * LANES))
        return builder.bitcast(builder.icmp_unsigned("==", loaded, every), WORD)

    return types.uint64(array, types.int64, types.int64), build


def _same(_: Any, first: Any, second: Any, at: Any) -> tuple[Any, Callable[..., Any]]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        one, two = (_load(context, builder, signature.args[i], arguments[i], arguments[2]) for i in (0, 1))
        return builder.bitcast(builder.icmp_unsigned("==", one, two), WORD)

    return types.uint64(first, second, types.int64), build


def _load(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    data = make_array(kind)(context, builder, array).data
    place = builder.bitcast(builder.gep(data, [at]), BYTES.as_pointer())
    return builder.load(place, align=1)


lowest: Any = intrinsic(_lowest)
"""``lowest(mask)``: the number of the lowest bit of 64 that is set; one must be."""
ones: Any = intrinsic(_ones)
"""``ones(mask)``: how many bits of 64 are set."""
equal: Any = intrinsic(_equal)
"""``equal(array, at, value)``: which of the 64 bytes from ``at`` on, of a flat uint8 array, are ``value``: uint64."""
same: Any = intrinsic(_same)
"""``same(first, second, at)``: where 64 bytes from ``at`` on are the same in two flat uint8 arrays: uint64."""
