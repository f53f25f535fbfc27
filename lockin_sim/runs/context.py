"""Set how the studies inside a block of code are run: where units are stored, and on which machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lockin_sim.common.engines import AUTO, EngineName, StudyEngine, choose_engine
from lockin_sim.common.errors import unusable
from lockin_sim.common.files import check_apart
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.values import check_listed, check_truth
from lockin_sim.runs import provenance
from lockin_sim.runs.provenance import imported_by
from lockin_sim.runs.store import IDENTITY, Store, check_new, check_store, head
from lockin_sim.runs.store_files import check_own, check_writable
from lockin_sim.runs.workers import connected


class Rehearsed(Exception):
    """Raised after all checks of a study, instead of running it."""


@dataclass
class Running:
    """Settings of how studies are run; see :func:`running`.

    rehearsal    whether to stop after the checks, see :func:`rehearsed`
    studies      number of earlier studies in the store
    before_fast  called once, after the checks of a study of the bundled world, before the engine "fast" runs
                 it on this machine
    """

    store: Path | None = None
    resume: bool = False
    client: Any = None
    engine: str = "core"
    rehearsal: bool = False
    studies: int = 0
    before_fast: Callable[[], None] | None = None

    def check_store(self) -> None:
        """Refuse a store that no study could use; to be called before the first study."""
        if self.store is not None:
            check_writable(self.store)
            check_apart(self.store, "store")
            for study in sorted(self.store.glob("study_*")):
                check_new(study, resume=self.resume)

    def engine_for(
        self, *, years: int, bundled: bool, store: Path | None = None, compiles: bool = True
    ) -> EngineName:
        """Return the engine of a study of so many simulated years.

        With "auto", a resumed study keeps the engine of its store, and later studies that of the first, so
        that further rounds do not change it.

        bundled, compiles  as in :func:`lockin_sim.common.engines.choose_engine`
        store    of the study; None = the next one in ``self.store``
        """
        if self.engine == AUTO:
            place = store or (None if self.store is None else self.store / f"study_{self.studies + 1}")
            begun = head(place) if place is not None and place.is_dir() else None
            stored = None if begun is None else begun[IDENTITY].get("engine", "core")
            self.engine = stored or choose_engine(
                AUTO, years=years, agents=False, bundled=bundled, compiles=compiles
            )
        chosen = choose_engine(self.engine, years=years, agents=False, compiles=compiles)
        here = bundled and self.client is None and not self.rehearsal
        if chosen == "fast" and here and self.before_fast is not None:
            self.before_fast()
            self.before_fast = None
        return chosen

    def units(self, identity: Callable[[], Mapping[str, Any]]) -> AbstractContextManager[Store | None]:
        """Return the store of the next study's units; None = in memory only.

        identity  returns everything that determines the study's results
        """
        self.studies += 1
        place = None if self.store is None else self.store / f"study_{self.studies}"
        if self.rehearsal:
            if place is not None:
                check_store(place, identity(), resume=self.resume)
            raise Rehearsed
        if place is None:
            return nullcontext()
        if place.parent.is_dir():
            check_own(place.parent, place.parent, place.name)
        return Store(place, identity(), resume=self.resume)


_now: ContextVar[Running | None] = ContextVar("running", default=None)


def now() -> Running:
    """Return the current settings."""
    return _now.get() or Running()


def rehearsed(studies: Iterable[Callable[[], object]], *, before: int, stored: bool) -> None:
    """Run all checks of studies without simulating.

    before  number of studies that will run before them
    stored  whether to check their stores too, which needs everything that determines their results

    Raises InputError for unusable input.
    """
    here = now()
    store, earlier = here.store if stored else None, here.studies + before
    with ExitStack() as stack:
        stack.callback(_now.reset, _now.set(replace(here, store=store, rehearsal=True, studies=earlier)))
        for study in studies:
            with suppress(Rehearsed):
                study()


@checks_keywords()
@contextmanager
def running(
    *,
    store: str | Path | None = None,
    resume: bool = False,
    scheduler: Any = None,
    engine: StudyEngine | None = None,
    plugins: Sequence[str] = (),
) -> Iterator[None]:
    """Set how the studies inside the block are run; results stay the same except for last digits.

    ``with ls.running(store="runs", resume=True): effects = ls.compare("open_ran")``

    store      folder that saves the units of each study as they finish, with studies numbered in the order of
               their calls; None = that of the enclosing block, or in memory only
    resume     continue from the folder, or start if it is empty
    scheduler  address of a Dask scheduler, a :class:`lockin_sim.runs.workers.Scheduler` or a
               ``distributed.Client``, instead of processes; None = that of the enclosing block, or none
    engine     "core", "fast" or "auto", as in :func:`lockin_sim.simulate`, on every worker; None = that of
               the enclosing block, or "core"
    plugins    names of modules that declare your levers and outcomes, such as ``["my_levers"]``: every worker
               imports them, and a store is resumed only with the same source
    Raises InputError for anything that cannot be used, and for a folder that already holds runs without
    ``resume``; studies inside raise it if their store belongs to a different study.
    """
    if store is not None and (not isinstance(store, str | Path) or not str(store) or "\0" in str(store)):
        raise unusable("store", found=store, allowed="the path of a folder")
    check_truth("resume", resume)
    if resume and store is None:
        raise unusable("resume", words="no store", allowed="only with a store")
    outer = now()
    chosen = outer.engine if engine is None else engine
    choose_engine(chosen, years=0, agents=False)
    check_listed("plugins", plugins, allowed='names of modules, such as ["my_levers"]')
    for name in plugins:
        if not isinstance(name, str):
            raise unusable("plugins", found=name, allowed='names of modules, such as ["my_levers"]')
        imported_by(name)
    # a block without a store of its own continues the numbers of the enclosing block
    kept = (outer.store, outer.resume) if store is None else (Path(store), resume)
    new = Running(*kept, outer.client, chosen, before_fast=outer.before_fast)
    if store is None:
        new.studies = outer.studies
    else:
        new.check_store()

    with ExitStack() as stack:
        if scheduler is not None:
            new.client = stack.enter_context(connected(scheduler))
        stack.callback(_now.reset, _now.set(new))
        own = tuple(dict.fromkeys((*provenance.plugins.get(), *plugins)))
        stack.callback(provenance.plugins.reset, provenance.plugins.set(own))
        try:
            yield
        finally:
            if store is None:
                outer.studies = new.studies
