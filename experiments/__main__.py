"""``python -m experiments``: run studies, into ``results/``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from experiments.running import RESULTS, chosen, is_current, run
from lockin_sim.common.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; the exit status: 0 done, 2 unusable input, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("experiments", nargs="*", metavar="NN", help="numbers or names; none = all")
    parser.add_argument("--reduced", action="store_true", help="renew the tables of the reduced forms only")
    parser.add_argument(
        "--resume", action="store_true", help="leave alone whose numbers this very code has made"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes; none = one for each processor")
    parser.add_argument(
        "--store", type=Path, help="folder that keeps runs in full as they are done, to go on after a kill"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    asked = parser.parse_args(arguments)
    try:
        for name in chosen(asked.experiments):
            if asked.resume and is_current(name, asked.out):
                print(f"{name}: made already", flush=True)
                continue
            began = time.monotonic()
            place = run(
                name, only_reduced=asked.reduced, workers=asked.workers, out=asked.out, store=asked.store
            )
            print(f"{name}: {time.monotonic() - began:.0f} s, in {place}", flush=True)
    except InputError as error:
        print(f"experiments: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("experiments: interrupted; nothing half-written is left", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
