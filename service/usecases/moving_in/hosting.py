"""Hosted migrations: which places the server may read, and the beginning of runs that are wanted or due."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, ServiceError
from service.models import ImportRun, Migration
from service.models.reading import by_key, counter, newest
from service.usecases.knowing.acting import Actors
from service.usecases.moving_in.migrating import LOST, SEQ, Migrations, MigrationSaid, MigrationView

REMOTE = ("smb", "s3+http", "s3+https")
MOST = 200
"""Hosted migrations, the newest, that are looked after."""


NOBODY = Actor(id="", name="", display_name="", roles=frozenset())


class Allowed:
    """The places that the settings allow. Addresses with passwords stay here: nobody else sees or stores them."""

    def __init__(self, roots: Sequence[Path], hosts: Sequence[str]) -> None:
        self._roots = [root.resolve() for root in roots]
        self._hosts = {_host(url): url for url in hosts}

    def shown(self) -> list[str]:
        """What may be chosen, without passwords."""
        return [*map(str, self._roots), *self._hosts]

    def with_password(self, origin: str) -> str:
        """The address as it is opened. Raises `InvalidInput` if it is none that is allowed.

        A path is looked at as the file system resolves it, so that no link and no `..` leads out.
        """
        if "://" in origin:
            known = self._hosts.get(_host(origin))
            parts = urlsplit(origin)
            if known and parts.scheme in REMOTE and not parts.username:
                return f"{known.rstrip('/')}{parts.path}"
        elif origin.startswith("/"):
            found = Path(origin).resolve()
            if any(found.is_relative_to(root) for root in self._roots):
                return str(found)
        raise InvalidInput(
            [
                Fault(
                    "origin",
                    "not_allowed",
                    "不在允许的来源之内；系统管理员用 FONDS_MIGRATE_ROOTS、FONDS_MIGRATE_HOSTS 设置",
                )
            ]
        )


class Hosting:
    """Migrations that the server carries out itself, in a process of their own that `carry` starts for a run."""

    def __init__(
        self,
        migrations: Migrations,
        allowed: Allowed,
        actors: Actors,
        carry: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._migrations, self.allowed, self._actors = migrations, allowed, actors
        self._carry, self._clock = carry, clock

    def places(self, actor: Actor) -> list[str]:
        """Where hosted migrations may read. Raises `Forbidden`."""
        _require(actor)
        return self.allowed.shown()

    def save(self, actor: Actor, said: MigrationSaid) -> MigrationView:
        """Enter or change a hosted migration. Raises `InvalidInput` for a place that is not allowed."""
        _require(actor)
        self.allowed.with_password(said.origin)
        return self._migrations.save(actor, said)

    def want(self, actor: Actor, migration_id: str, *, dry: bool) -> MigrationView:
        """Have a run begun; it is in a moment."""
        _require(actor)
        view = self._migrations.get(actor, migration_id)
        if not view.hosted:
            raise Conflict("这个迁移由命令行执行")
        if view.run and view.run.state == "open" and view.run.dry != dry:
            raise Conflict("这个来源还有一次运行没有结束，先停止它")
        Migration.objects(id=view.id).update_one(
            set__wanted="dry" if dry else "run", set__fault="", set__fault_english=""
        )
        return self._migrations.get(actor, view.id)

    def due(self) -> int:
        """Begin what is wanted or due, and take up what nobody carries out any more; how many."""
        begun = 0
        for row in newest(Migration, below=counter(SEQ) + 1, limit=MOST, hosted=True):
            begun += self._tend(row)
        return begun

    def _tend(self, row: Any) -> int:
        now = self._clock()
        run = by_key(ImportRun, id=row.run_id) if row.run_id else None
        open_ = run if run is not None and run.state == "open" else None
        silent = open_ is not None and (open_.alive_at is None or now - open_.alive_at > LOST)
        on_time = bool(row.next_at and row.next_at <= now and not open_)
        if not (silent or on_time or (row.wanted and not open_)):
            return 0
        actor = self._actors.named(row.by) or NOBODY
        try:
            self.allowed.with_password(row.origin)
            dry = open_.dry if open_ is not None else row.wanted == "dry"
            started = self._migrations.start(actor, row.id, dry=dry)
        except ServiceError as fault:
            why = fault.faults[0].message if isinstance(fault, InvalidInput) else fault.detail or fault.title
            Migration.objects(id=row.id).update_one(
                set__wanted="", set__fault=why, set__fault_english="", unset__next_at=1
            )
            return 0
        if row.every:
            Migration.objects(id=row.id).update_one(set__next_at=now + timedelta(minutes=row.every))
        self._carry(started.id)
        return 1


def _require(actor: Actor) -> None:
    if not may(actor, Act.MIGRATE):
        raise Forbidden


def _host(url: str) -> str:
    """Scheme, host and port of an address, in small letters and without a password."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else ""
