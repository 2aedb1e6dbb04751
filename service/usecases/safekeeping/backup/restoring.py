"""Bringing a set back into an empty archive: objects first, then rows, so that no row ever names what is not there."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from service.errors import Conflict
from service.models.migrations import MIGRATIONS, NewerSchema
from service.models.snapshot import collections, is_empty, put_back, settle_restored
from service.usecases.safekeeping.backup.sealing import BadKey
from service.usecases.safekeeping.backup.sets import NOT_TOLD, BackupSet, Copied, Target
from service.usecases.safekeeping.checking import Progress
from storage.port import ChecksumMismatch, ObjectExists, ObjectMissing, ObjectStore
from storage.streams import stream_of


@dataclass(slots=True)
class RestoreReport:
    """What came back from the set `name`; `missing` are objects that the set names and nobody has, `damaged` those
    whose copy is not what was copied: they are not brought back, and everything else is."""

    name: str = ""
    taken_at: str = ""
    rows: int = 0
    objects: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def restore(target: Target, made: BackupSet, store: ObjectStore) -> Iterator[Progress | RestoreReport]:
    """Steps as `Progress`, at the end one `RestoreReport`.

    Raises `Conflict` unless the archive is empty, `NewerSchema` for a set of a newer program, `BadKey`. Cut off, it is
    begun again on the same archive as long as no row is back; objects that are there are not copied twice.
    """
    if not is_empty():
        raise Conflict("此处已有档案，不能在其上恢复；请指定一个空的数据目录（FONDS_HOME）或空库")
    if made.schema_version > len(MIGRATIONS):
        raise NewerSchema(f"the backup has schema version {made.schema_version}: use a newer program")
    require_key(target, made)
    report = RestoreReport(made.name, made.taken_at)
    listed = list(target.objects(made))
    for number, each in enumerate(listed):
        _bring(target, made, each, store, report)
        if number % 50 == 0:
            yield Progress("copies", number, len(listed))
    yield Progress("copies", len(listed), len(listed))
    known = [name for name in made.collections if name in collections()]
    # Users last: an archive without them and without records counts as empty, and may be restored again.
    for number, name in enumerate(sorted(known, key=lambda name: (name in LAST, name))):
        report.rows += put_back(name, target.rows(made, name))
        yield Progress("rows", number + 1, len(known))
    settle_restored()
    yield report


LAST = ("files", "records", "users")


def require_key(target: Target, made: BackupSet) -> None:
    """The key must open the set, before what cannot be opened is taken for damaged. Raises `BadKey`."""
    smallest = min(made.collections, key=lambda name: made.collections[name].size, default="")
    for _ in target.rows(made, smallest) if made.sealed and smallest else ():
        return


def _bring(target: Target, made: BackupSet, each: Copied, store: ObjectStore, report: RestoreReport) -> None:
    if made.rows_only:
        if not _holds(store, each):
            report.missing.append(each.key)
        return
    try:
        source = stream_of(target.store.open(each.key))
    except ObjectMissing:
        report.missing.append(each.key)
        return
    sha256 = None if each.sha256 == NOT_TOLD else each.sha256
    with target.seal.opened(source, sealed=made.sealed) as clear:
        try:
            with suppress(ObjectExists):  # an earlier attempt has brought it
                store.put(each.key, clear, size=each.size, sha256=sha256)
        except (
            ChecksumMismatch,
            BadKey,
            EOFError,
        ):  # a key that opens the rows opens every object that is whole
            report.damaged.append(each.key)
            return
    report.objects += 1
    report.bytes += each.size


def _holds(store: ObjectStore, each: Copied) -> bool:
    try:
        return store.stat(each.key).size == each.size
    except ObjectMissing:
        return False
