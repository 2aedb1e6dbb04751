"""Proving that a set can be read: every part by its digest, every object there, and on request read to its end."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bson.raw_bson import RawBSONDocument

from service.usecases.safekeeping.backup.sealing import BadKey
from service.usecases.safekeeping.backup.sets import NOT_TOLD, BackupSet, Copied, Target
from service.usecases.safekeeping.checking import Progress
from storage.keys import is_encrypted
from storage.port import StorageError
from storage.streams import Measured, stream_of


@dataclass(slots=True)
class ProofReport:
    """What was looked at in the set `name`, and each thing that is not as it should be."""

    name: str = ""
    taken_at: str = ""
    rows: int = 0
    objects: int = 0
    bytes_read: int = 0
    faults: list[str] = field(default_factory=list)


def prove(target: Target, made: BackupSet, *, read_data: bool) -> Iterator[Progress | ProofReport]:
    """Steps as `Progress`, at the end one `ProofReport`. Without the private key of a sealed set only presence shows."""
    report = ProofReport(made.name, made.taken_at)
    promised: dict[str, str] = {}
    needed: set[str] = set()
    for number, name in enumerate(made.collections):
        try:
            for raw in target.rows(made, name):
                report.rows += 1
                if name == "files":
                    row = RawBSONDocument(raw)
                    promised[row["object_key"]] = row["sha256"]
                    if not row.get("deleted_at"):
                        needed.add(row["object_key"])
        except BadKey as fault:
            report.faults.append(f"{name}: {fault}")
        except (StorageError, OSError, EOFError) as fault:
            report.faults.append(f"{name}: {_words(fault)}")
        yield Progress("rows", number + 1, len(made.collections))
    objects = _listed(target, made, report)
    report.faults += [
        f"{key}: in no list of copies" for key in sorted(needed - {each.key for each in objects})
    ]
    if not made.rows_only:
        yield from _objects(target, made, objects, _Reading(report, promised, read_data))
    yield report


@dataclass(frozen=True, slots=True)
class _Reading:
    report: ProofReport
    promised: dict[str, str]
    read_data: bool


def _listed(target: Target, made: BackupSet, report: ProofReport) -> list[Copied]:
    try:
        return list(target.objects(made))
    except (StorageError, OSError, EOFError) as fault:
        report.faults.append(f"objects: {fault}")
        return []


def _objects(target: Target, made: BackupSet, objects: list[Copied], how: _Reading) -> Iterator[Progress]:
    there = {held.key for held in target.store.list()}
    for number, each in enumerate(objects):
        how.report.objects += 1
        if each.key not in there:
            how.report.faults.append(f"{each.key}: missing")
        elif how.read_data:
            _read(target, made, each, how)
        if number % 50 == 0:
            yield Progress("fixity", number, len(objects))


def _read(target: Target, made: BackupSet, each: Copied, how: _Reading) -> None:
    expected = each.sha256 if is_encrypted(each.key) else how.promised.get(each.key, each.sha256)
    try:
        with target.seal.opened(stream_of(target.store.open(each.key)), sealed=made.sealed) as clear:
            source = Measured(iter(lambda: clear.read(1 << 18), b""))
            for _ in source:
                pass
    except (StorageError, OSError, BadKey) as fault:
        how.report.faults.append(f"{each.key}: {_words(fault)}")
        return
    how.report.bytes_read += source.size
    if source.size != each.size or expected not in (NOT_TOLD, source.sha256):
        how.report.faults.append(f"{each.key}: {source.size} bytes, SHA-256 {source.sha256}")


def _words(fault: Exception) -> str:
    return str(fault) or type(fault).__name__
