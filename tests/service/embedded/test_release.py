"""A worker that knows to be alone takes over at once what a killed one held."""

from datetime import UTC, datetime

import pytest

from service.ledger import MongoLedger
from service.models import File, Record
from service.models.reading import by_key

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.usefixtures("database")
def test_what_is_held_is_given_back_before_its_lease_runs_out() -> None:
    ledger = MongoLedger(lambda: NOW)
    Record(id="r", seq=1, title="会议纪要", created_at=NOW, updated_at=NOW, indexed_seq=1).save(
        force_insert=True
    )
    File(
        id="f", record_id="r", name="纪要.docx", compartment="L0", size=3, sha256="a" * 64, object_key="k",
        slot=7, created_at=NOW,
    ).save(force_insert=True)  # fmt: skip
    held = ledger.claim("f", "killed")
    assert held is not None
    assert ledger.release() == 0
    assert ledger.release_all() == 1
    assert by_key(File, id="f").state == "pending"
    again = ledger.claim("f", "new")
    assert again is not None
    assert again.attempt == 2
    assert not ledger.renew(held)
