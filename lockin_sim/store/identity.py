"""Whether a store may be gone on with: what it was made of must be what would be made now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lockin_sim.errors import InputError


def check_same(store: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raises InputError that names every difference between a store and what should be added to it."""
    keys = [*found, *(key for key in wanted if key not in found)]
    different = [key for key in keys if found.get(key) != wanted.get(key)]
    if different:
        text = "; ".join(
            f"{key}: {_shown(found.get(key))}, now {_shown(wanted.get(key))}" for key in different
        )
        raise InputError(
            f"{store}: cannot be resumed, it was made otherwise: {text}. "
            "Repeat it as it was, or choose another store."
        )


def _shown(value: Any) -> str:
    """A value in a message, a long list cut short."""
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, list) and len(value) > 8:
        return f"{value[:8]} ... ({len(value)})"
    return repr(value)
