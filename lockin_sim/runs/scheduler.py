"""Which cluster to use, how to speak with it, and how long to wait for its workers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from lockin_sim.errors import unusable

#: Seconds that a scheduler may be without workers, unless something else is said.
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Scheduler:
    """A Dask scheduler by its address, where more than that is to be said.

    address   such as tcp://host:8786; tls://host:8786 for an encrypted connection with both sides certified
    patience  seconds that it may be without workers before this counts as an error
    ca_file, cert, key  files (PEM) for tls://: certificates that are trusted, that of this side, and its key;
                        what is not given is taken from the configuration of Dask
    Raises InputError for anything that cannot be used.
    """

    address: str
    patience: float = PATIENCE_SECONDS
    ca_file: Path | str | None = None
    cert: Path | str | None = None
    key: Path | str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.patience, bool) or not (math.isfinite(self.patience) and self.patience > 0):
            raise unusable("patience", found=self.patience, allowed="seconds, more than 0")
        for name in ("ca_file", "cert", "key"):
            file = getattr(self, name)
            if file is None:
                continue
            if not self.encrypted:
                raise unusable(
                    f"tls {name}", found=self.address, allowed="only with an address tls://host:port"
                )
            if not Path(file).is_file():
                raise unusable(f"tls {name}", found=str(file), allowed="a file that is there")

    @property
    def encrypted(self) -> bool:
        """Whether the connection is encrypted, and both sides certified."""
        return self.address.startswith("tls://")
