"""Mending: what was damaged or lost comes back from a backup, proved, and what the backup lacks is told by name."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest

from ingest.port import Offer
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput
from service.models import AuditEvent, File
from service.usecases.safekeeping.backup.opening import open_target
from service.usecases.safekeeping.backup.taking import TakingBackup, Wanted
from service.usecases.safekeeping.mending import Copies, MendReport
from service.wiring import Fonds
from storage.blocks import BLOCK
from tests.conftest import an_actor

LOCAL = replace(an_actor("root", Role.SYSADMIN), id="local:root")
LARGE = bytes(range(256)) * (3 * BLOCK // 256) + b"end"

pytestmark = pytest.mark.requirement("S-ER-5", "R-BAK-1")


@pytest.fixture
def files(fonds: Fonds, archivist: Actor) -> list[Any]:
    run = fonds.imports.start(archivist, source="test")
    contents = ("合同".encode(), "返利".encode(), LARGE, b"whole")
    lines = [
        fonds.imports.offer(archivist, run.id, io.BytesIO(one), Offer(name=f"{at}.bin"))
        for at, one in enumerate(contents)
    ]
    return [next(iter(File.objects(record_id=line.record_id))) for line in lines]


def back_up(fonds: Fonds, url: str, recipient: str = "") -> None:
    taking = TakingBackup(fonds.store, fonds.clock, fonds.settings.home / "spool", version="test")
    list(taking.run(open_target(url, recipient=recipient), Wanted()))


def harm(folder: Path, files: Sequence[Any]) -> None:
    """Damage the first, take the second away, damage the third in its middle."""
    (folder / files[1].object_key).unlink()
    for file, at in ((files[0], 0), (files[2], BLOCK + 5)):
        path = folder / file.object_key
        path.chmod(0o600)
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)


def mended(fonds: Fonds, wanted: Copies) -> MendReport:
    *_, report = fonds.safekeeping.mending.mend(LOCAL, wanted)
    assert isinstance(report, MendReport)
    return report


def found(fonds: Fonds) -> list[str]:
    list(fonds.upkeep.check(LOCAL, repair=False, read_data=True))
    return sorted(one.key for one in fonds.safekeeping.patrol.findings(LOCAL) if one.repaired_at is None)


@pytest.mark.parametrize("sealed", [False, True])
def test_what_was_damaged_is_served_again(
    sealed: bool, fonds: Fonds, files: list[Any], archivist: Actor, tmp_path: Path
) -> None:
    url, identity = (tmp_path / "target").as_uri(), pyrage.x25519.Identity.generate()
    back_up(fonds, url, str(identity.to_public()) if sealed else "")
    harm(tmp_path / "objects", files)
    keys = sorted(file.object_key for file in files[:3])
    assert found(fonds) == keys
    if sealed:
        with pytest.raises(Conflict, match="--identity"):
            mended(fonds, Copies(url))
        wrong = str(pyrage.x25519.Identity.generate())
        with pytest.raises(InvalidInput, match="密钥不对"):
            mended(fonds, Copies(url, identities=(wrong,)))
    report = mended(fonds, Copies(url, identities=(str(identity),) if sealed else ()))
    assert (sorted(report.mended), report.lacking, report.damaged) == (keys, [], [])
    assert found(fonds) == []
    for file, content in zip(files, ("合同".encode(), "返利".encode(), LARGE, b"whole"), strict=True):
        assert b"".join(fonds.files.content(archivist, file.id).chunks) == content
    part = fonds.files.content(archivist, files[2].id, start=BLOCK + 3, end=BLOCK + 9)
    assert b"".join(part.chunks) == LARGE[BLOCK + 3 : BLOCK + 9]
    assert len(list(AuditEvent.objects(act="fixity_repair"))) == 3
    assert [event.result for event in AuditEvent.objects(act="mend")][-1] == "done"


def test_what_the_backup_lacks_or_holds_damaged_is_told(
    fonds: Fonds, files: list[Any], tmp_path: Path
) -> None:
    back_up(fonds, (tmp_path / "target").as_uri())
    harm(tmp_path / "objects", files)
    before = (tmp_path / "objects" / files[2].object_key).read_bytes()
    (tmp_path / "target" / files[1].object_key).unlink()
    copy = tmp_path / "target" / files[2].object_key
    copy.chmod(0o600)
    copy.write_bytes(bytes(len(LARGE)))
    found(fonds)
    report = mended(fonds, Copies((tmp_path / "target").as_uri()))
    assert (report.mended, report.lacking, report.damaged) == (
        [files[0].object_key],
        [files[1].object_key],
        [files[2].object_key],
    )
    assert sorted(report.files) == sorted([files[1].id, files[2].id])
    assert (tmp_path / "objects" / files[2].object_key).read_bytes() == before
    assert found(fonds) == sorted([files[1].object_key, files[2].object_key])
    assert [event.result for event in AuditEvent.objects(act="mend")] == ["failed"]


def test_other_places_are_named_on_this_machine_only(
    fonds: Fonds, administrator: Actor, archivist: Actor, tmp_path: Path
) -> None:
    with pytest.raises(Forbidden):
        fonds.safekeeping.mending.mend(administrator, Copies((tmp_path / "target").as_uri()))
    with pytest.raises(Forbidden):
        fonds.safekeeping.mending.mend(archivist)
    with pytest.raises(InvalidInput):
        mended(fonds, Copies("gopher://nowhere"))
