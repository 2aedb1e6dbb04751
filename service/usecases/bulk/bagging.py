"""Bagging: many records as one zip that holds a bag (RFC 8493), made while it is sent."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from zipstream import ZIP_STORED, ZipStream  # type: ignore[import-untyped]

from service.domain.bags import manifest_line, short_name, tag_files
from service.domain.holdings import RecordView
from service.errors import ContentDamaged
from service.usecases.describing.records import HistoryLine


class Bagging:
    """A bag that is being sent: a folder of its own in the zip, as bags are exchanged. Holds its manifest in memory,
    100 bytes a file."""

    def __init__(self, name: str) -> None:
        """`name` is the folder's."""
        self._zip, self._name = ZipStream(compress_type=ZIP_STORED), name
        self._manifest: list[str] = []
        self._octets = 0

    def original(self, place: str, chunks: Iterator[bytes], sha256: str) -> Iterator[bytes]:
        """Send a file. Raises `ContentDamaged` if it is not what its digest says: the zip then breaks off."""
        digest = hashlib.sha256()

        def passing() -> Iterator[bytes]:
            for chunk in chunks:
                digest.update(chunk)
                self._octets += len(chunk)
                yield chunk
            if digest.hexdigest() != sha256:
                raise ContentDamaged
            self._manifest.append(manifest_line(place, sha256))

        self._zip.add(passing(), f"{self._name}/{place}")
        yield from self._zip.all_files()

    def described(
        self, record: RecordView, places: Mapping[str, str], history: Sequence[HistoryLine]
    ) -> Iterator[bytes]:
        """Send what is said of a record; `places` are those of its files by their ids: what has none was left out."""
        told = asdict(record)
        for file in told["files"]:
            if file["id"] in places:
                file["bag_path"] = places[file["id"]]
        yield from self._said(f"data/{record.id}/record.json", told)
        yield from self._said(f"data/{record.id}/history.json", [asdict(one) for one in history])

    def close(self, day: date) -> Iterator[bytes]:
        """Send what makes it a bag, and the end of the zip."""
        for name, text in tag_files(self._manifest, self._octets, day).items():
            self._zip.add(text, f"{self._name}/{name}")
        yield from self._zip.all_files()
        yield from self._zip.finalize()

    def _said(self, place: str, told: Any) -> Iterator[bytes]:
        text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True, default=_plain).encode()
        self._manifest.append(manifest_line(place, hashlib.sha256(text).hexdigest()))
        self._octets += len(text)
        self._zip.add(text, f"{self._name}/{place}")
        yield from self._zip.all_files()


def place_of(record_id: str, number: int, name: str) -> str:
    """Where the n-th file of a record lies in its bag."""
    return f"data/{record_id}/files/{number:03}-{short_name(name)}"


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else list(value)
