"""Threads: one for matrix products, so that their last bits do not depend on who else computes, and several
for batches of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[Any]:
    """A context in which a matrix product takes one thread: products are small, several processes share the
    processors, and how a product is cut among threads changes its last bits."""
    context: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return context


@cache
def _libraries() -> ThreadpoolController:
    """The libraries with threads of their own, found once: looking for them takes longer than a short run."""
    return ThreadpoolController()


def in_threads[T, R](work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """What work gives for each item, in their order; with one thread in this one.

    Settings of who calls, as those of numpy for numbers that overflow, hold in all threads.  What an item
    raises is raised in its turn, and what has not begun then is not done.
    """
    if threads == 1:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        for future in [pool.submit(copy_context().run, work, item) for item in items]:
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)
