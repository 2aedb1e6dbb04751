"""Events are entered once, whatever happens between the write and the entering."""

import pytest

from service.audit import OUTBOX_LIMIT, Audit
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.errors import Conflict
from service.models import AuditEvent, Record, Revision
from service.models.reading import by_key
from service.wiring import Fonds


@pytest.mark.requirement("R-AUD-1")
def test_entering_again_after_a_crash_doubles_nothing(fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, Description(title="一"))
    fonds.records.change(archivist, record.id, 1, Description(title="二"))
    before = by_key(Record, id=record.id)
    fonds.housekeeping.once()
    Record.objects(id=record.id).update_one(set__outbox=before.outbox, set__outbox_slot=1)
    Audit(fonds.clock).drain()
    assert len(list(AuditEvent.objects(object_id=record.id))) == 2
    assert len(list(Revision.objects(record_id=record.id))) == 1
    assert by_key(Record, id=record.id).outbox == []


def test_what_comes_while_entering_is_entered_by_the_next_round(fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, Description(title="一"))
    audit = Audit(fonds.clock)
    row = by_key(Record, id=record.id)
    late = audit.entry(archivist, "late", "record", record.id)

    audit._waiting.read = lambda **_: Record.objects(id=record.id).update_one(push__outbox=late) and [row]  # type: ignore[method-assign]
    audit.drain()
    assert by_key(Record, id=record.id).outbox_slot is not None
    Audit(fonds.clock).drain()
    assert sorted(event.act for event in AuditEvent.objects(object_id=record.id)) == ["create", "late"]
    assert by_key(Record, id=record.id).outbox == []


def test_a_full_outbox_refuses_changes_until_it_is_entered(fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, Description(title="一"))
    entries = [fonds.audit.entry(archivist, "x", "record", record.id) for _ in range(OUTBOX_LIMIT + 1)]
    Record.objects(id=record.id).update_one(set__outbox=entries)
    with pytest.raises(Conflict):
        fonds.records.change(archivist, record.id, 1, Description(title="二"))
    fonds.housekeeping.once()
    assert fonds.records.change(archivist, record.id, 1, Description(title="二")).rev == 2


def test_no_text_of_a_description_gets_into_an_event(fonds: Fonds, archivist: Actor) -> None:
    """R-PRV-3: events stay when persons are erased."""
    record = fonds.records.create(archivist, Description(title="王总的合同"))
    fonds.records.change(archivist, record.id, 1, Description(note="家庭电话"))
    fonds.housekeeping.once()
    told = str([event.to_mongo() for event in AuditEvent.objects])
    assert "王总" not in told
    assert "家庭电话" not in told
