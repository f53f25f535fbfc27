"""One thread for matrix products, so that their last bits do not depend on who else computes."""

from __future__ import annotations

from contextlib import AbstractContextManager
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
