"""Safekeeping, wired: backups, the second store, and the patrol that compares both with what was taken in."""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ingest.port import Dispatcher
from service import VERSION
from service.audit import Audit
from service.domain.permissions import Actor
from service.embedded.rehearsing import Rehearsals
from service.encryption import Locks, links_of
from service.housekeeping import Chore
from service.settings import Settings
from service.usecases.archival.check_rounds import CheckRounds, Tell
from service.usecases.archival.four_check import FourCheck
from service.usecases.contents.announcing import Bounds
from service.usecases.contents.clearing import Clearing
from service.usecases.contents.damage import Findings
from service.usecases.contents.forgetting import Forgetting
from service.usecases.contents.intake import Desk
from service.usecases.contents.quotas import Quotas
from service.usecases.ground import Ground
from service.usecases.safekeeping.backup.opening import open_target
from service.usecases.safekeeping.backup.running import Backups, Drill, Schedule
from service.usecases.safekeeping.backup.taking import TakingBackup
from service.usecases.safekeeping.beginning import Beginning
from service.usecases.safekeeping.encrypting import LOT, Encrypting, encrypted_places
from service.usecases.safekeeping.mending import Mending
from service.usecases.safekeeping.patrol import Pace, Patrol
from service.usecases.safekeeping.replica import Replica
from service.usecases.safekeeping.runs import KeepingRuns, Work
from storage.encrypted import EncryptedStore
from storage.opening import LinkSigning, open_store
from storage.port import ObjectStore

RESTS = 1 << 20
"""More than one go of a chore ever does: it rests after each, however far it is behind."""


@dataclass(frozen=True, slots=True)
class Safekeeping:
    """What sees to it that no content is in one place only, and that none changes unseen."""

    backups: Backups
    mending: Mending
    runs: KeepingRuns
    replica: Replica
    findings: Findings
    patrol: Patrol
    encrypting: Encrypting
    clearing: Clearing
    forgetting: Forgetting
    bounds: Bounds
    rounds: CheckRounds
    ending: threading.Event = field(default_factory=threading.Event)
    """Set when the program ends: whoever reads for hours breaks off."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        store: EncryptedStore,
        locks: Locks,
        ground: Ground,
        tell: Tell,
    ) -> "Safekeeping":
        """All of it by the settings; `tell` puts a notice before a person."""
        audit, clock = ground.audit, ground.clock
        spool = settings.home / "spool"
        replica = Replica(store, _second(settings, locks, clock), clock, spool)
        places = encrypted_places(settings.encrypt, able=bool(locks.masters))
        encrypting = Encrypting(store, locks.masters, places, audit, replica.forget)
        ending = threading.Event()
        pace = Pace(settings.fixity_days, settings.fixity_rate * 1_000_000, ending.wait)
        findings = Findings(audit, clock)
        patrol = Patrol(store, replica, pace, findings, clock)
        clearing = Clearing(store, clock, replica.forget)
        backups = _backups(settings, store, audit, clock)
        mending = Mending(
            store,
            findings,
            spool,
            lambda url, identities: open_target(url, identities=identities),
            backups.schedule.url,
        )
        rehearsals = Rehearsals(spool, ending)
        works = _works(Beginning(backups, settings.home), backups, (mending, patrol), rehearsals)
        runs = KeepingRuns(works, audit, clock, ending)
        quotas = Quotas(everybody=settings.quota_bytes, person=settings.user_quota_bytes)
        bounds = Bounds(settings.max_file_bytes, quotas)
        rounds = CheckRounds(FourCheck(ground, store), ground, replace(pace, days=settings.check_days), tell)
        forgetting = Forgetting(clock)
        return cls(
            backups,
            mending,
            runs,
            replica,
            findings,
            patrol,
            encrypting,
            clearing,
            forgetting,
            bounds,
            rounds,
            ending,
        )

    def desk(self, store: EncryptedStore, dispatcher: Dispatcher, clock: Callable[[], datetime]) -> Desk:
        """Where bytes come in, each under a key of the kind that its compartment asks for."""
        limit, content_key = self.bounds.max_bytes, self.encrypting.content_key
        quotas = self.bounds.quotas
        return Desk(store, dispatcher, clock, max_bytes=limit, content_key=content_key, quotas=quotas)

    def chores(self) -> tuple[Chore, ...]:
        """What is done by the clock."""
        return (
            Chore("clear", self.clearing.clear, 600.0),
            Chore("forget", self.forgetting.forget, 600.0),
            Chore("backup", lambda: self.backups.due(self.runs.during), 600.0),
            Chore("safekeeping", self.runs.go_on, 2.0),
            Chore("replica", self.replica.follow, 300.0),
            Chore("patrol", self.patrol.walk, 60.0),
            Chore("damage", self.patrol.look_again, 30.0),
            Chore("four-property check", self.rounds.walk, 30.0, lot=RESTS),
            Chore("encrypt", self.encrypting.drain, 2.0, lot=LOT),
        )


def _works(
    beginning: Beginning, backups: Backups, over: tuple[Mending, Patrol], rehearsals: Rehearsals
) -> dict[str, Work]:
    mending, patrol = over

    def drill(actor: Actor, _done: int) -> Iterator[Any]:
        for step in rehearsals.run(backups.schedule.url):
            if isinstance(step, Drill):
                backups.note_drill(actor, step)
            yield step

    return {
        "backup": Work(beginning.backup, lambda actor, _: backups.take(actor)),
        "drill": Work(beginning.drill, drill),
        "fixity": Work(beginning.fixity, lambda _, done: patrol.round(done)),
        "mend": Work(beginning.mend, lambda actor, _: mending.mend(actor)),
    }


def _second(settings: Settings, locks: Locks, clock: Callable[[], datetime]) -> ObjectStore | None:
    if not settings.replica_url:
        return None
    # Nobody is ever sent there by a link: what would sign them is thrown away.
    unknown = secrets.token_hex(32)
    second = open_store(settings.replica_url, LinkSigning(unknown.encode(), "", clock))
    return locks.around(second, links_of(unknown, "", clock), second=True)


def _backups(
    settings: Settings, store: EncryptedStore, audit: Audit, clock: Callable[[], datetime]
) -> Backups:
    """Without a place of their own, backups of an embedded archive lie beside it, and hold rows only: its objects
    never change, and a second copy on the same disk would be none."""
    url = settings.backup_url
    if not url and not settings.mongo_url:
        url = (settings.home / "backup").absolute().as_uri()
    schedule = Schedule(url, settings.backup_hours, settings.backup_keep, rows_only=not settings.backup_url)
    taking = TakingBackup(store, clock, settings.home / "spool", version=VERSION)
    return Backups(
        taking,
        lambda url: open_target(url, recipient=settings.backup_recipient),
        schedule,
        audit,
        clock,
    )
