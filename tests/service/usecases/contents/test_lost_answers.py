"""Writes that were done and never acknowledged: the database was killed, or the line to it was cut, in between (F04).

What the driver cannot repeat is an unknown outcome: whoever sent it sends it again, and there is one of it.
"""

import io
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect, OperationFailure
from pymongo.synchronous.client_session import ClientSession

from ingest.port import Offer
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.domain.uploads import NewUpload
from service.models import File, Record, Upload, User
from service.usecases.contents.intake import Arrival
from service.usecases.people.users import NewUser
from service.wiring import Fonds

INSERT, COMMIT = Collection.insert_one, ClientSession.commit_transaction
Lose = Callable[..., None]


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Lose:
    """Lose the answer of the next insert into a collection, or of the next commit."""

    def next_answer(collection: str = "", *, repeated: bool = False) -> None:
        left = [collection]

        def insert(self: Any, row: Any, *more: Any, **options: Any) -> Any:
            done = INSERT(self, row, *more, **options)
            if left == [self.name]:
                left.clear()
                if not repeated:
                    raise AutoReconnect("cut")
                return INSERT(self, row, *more, **options)
            return done

        def commit(self: ClientSession) -> None:
            COMMIT(self)
            if left == [""]:
                left.clear()
                raise OperationFailure("gone", 251, {"errorLabels": ["TransientTransactionError"]})

        monkeypatch.setattr(Collection, "insert_one", insert)
        monkeypatch.setattr(ClientSession, "commit_transaction", commit)

    return next_answer


def whole(fonds: Fonds, actor: Actor) -> str:
    return fonds.uploads.whole(actor, NewUpload(name="计划.txt", size=4), io.BytesIO(b"text"), "key").id


@pytest.mark.requirement("F04")
def test_an_upload_whose_row_was_written_unheard_is_there_when_sent_again(
    fonds: Fonds, salesperson: Actor, lose: Lose, settle: Callable[[], None]
) -> None:
    lose("uploads")
    with pytest.raises(AutoReconnect):
        whole(fonds, salesperson)
    again = whole(fonds, salesperson)
    assert Upload.objects.count() == 1
    Upload.objects(id=again).update(set__due_at=fonds.clock())
    settle()
    assert fonds.uploads.get(salesperson, again).state == "stored"
    assert [row.sha256[:8] for row in File.objects] == ["982d9e3e"]


@pytest.mark.requirement("F04")
@pytest.mark.parametrize("collection", ["uploads", "arriving"])
def test_an_insert_that_the_driver_repeats_to_a_database_without_memory_is_done_once(
    fonds: Fonds, salesperson: Actor, lose: Lose, collection: str
) -> None:
    lose(collection, repeated=True)
    assert fonds.uploads.get(salesperson, whole(fonds, salesperson)).state == "stored"
    assert (Upload.objects.count(), File.objects.count()) == (1, 1)


@pytest.mark.requirement("F04")
def test_a_file_whose_commit_was_not_acknowledged_is_entered_once(
    fonds: Fonds, archivist: Actor, lose: Lose
) -> None:
    record = fonds.records.create(archivist, Description(title="计划")).id
    lose()
    file = fonds.files.add(
        archivist, record, io.BytesIO(b"text"), name="a.txt", promised=Arrival("a.txt", upload_key="k")
    )
    assert [row.id for row in File.objects] == [file.id]


@pytest.mark.requirement("F04")
def test_an_import_whose_commit_was_not_acknowledged_has_one_line(
    fonds: Fonds, archivist: Actor, lose: Lose
) -> None:
    run = fonds.imports.start(archivist, source="test").id
    lose()
    first = fonds.imports.offer(archivist, run, io.BytesIO(b"text"), Offer(name="a.txt"))
    again = fonds.imports.offer(archivist, run, io.BytesIO(b"text"), Offer(name="a.txt"))
    assert first.file_id == again.file_id
    assert (File.objects.count(), Record.objects.count()) == (1, 1)


@pytest.mark.requirement("F04")
def test_a_user_who_was_made_unheard_is_not_taken_by_himself(
    fonds: Fonds, administrator: Actor, lose: Lose
) -> None:
    lose("users", repeated=True)
    fonds.people.add(administrator, NewUser(name="zhao.min", display_name="赵敏", roles=["staff"]))
    assert User.objects(name="zhao.min").count() == 1
