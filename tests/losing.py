"""Losing answers: the database does what it is told and is gone before it says so; its successor knows nothing of it."""

from functools import partialmethod
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect, OperationFailure
from pymongo.synchronous.client_session import ClientSession

INSERT, COMMIT = Collection.insert_one, ClientSession.commit_transaction


class LostAnswers:
    """Which answer is lost next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._commits: int | None = None
        self._collection, self._repeated = "", False
        # a partial method hands its object on
        monkeypatch.setattr(Collection, "insert_one", partialmethod(_insert, self))
        monkeypatch.setattr(ClientSession, "commit_transaction", partialmethod(_commit, self))

    @property
    def waits(self) -> bool:
        """Whether the answer to be lost has not come yet."""
        return self._commits is not None or bool(self._collection)

    def commit(self, number: int = 0) -> None:
        """Lose that of the next commit, or of the one with this number from now on."""
        self._commits = number

    def insert(self, collection: str, *, repeated: bool = False) -> None:
        """Lose that of the next insert into a collection; `repeated`: and the driver does it again."""
        self._collection, self._repeated = collection, repeated

    def lose_insert(self, collection: str) -> str:
        """Whether this one's answer is lost: "no", "yes" or "repeated"."""
        if collection != self._collection:
            return "no"
        self._collection = ""
        return "repeated" if self._repeated else "yes"

    def lose_commit(self) -> bool:
        """Whether this one's answer is lost."""
        if self._commits is None:
            return False
        self._commits -= 1
        if self._commits >= 0:
            return False
        self._commits = None
        return True


def _insert(rows: Any, answers: LostAnswers, row: Any, *more: Any, **options: Any) -> Any:
    done = INSERT(rows, row, *more, **options)
    lost = answers.lose_insert(rows.name)
    if lost == "repeated":
        return INSERT(rows, row, *more, **options)
    if lost == "yes":
        raise AutoReconnect("cut")
    return done


def _commit(session: ClientSession, answers: LostAnswers) -> None:
    COMMIT(session)
    if answers.lose_commit():
        session._transaction.attempt += 1  # the driver's second, to the successor
        raise OperationFailure("gone", 251, {"errorLabels": ["TransientTransactionError"]})
