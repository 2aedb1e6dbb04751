"""Digests of blocks in the database: by them a part of a large file is proved before it is served (S-ER-5)."""

from service.models import BlockDigests
from service.models.reading import by_key
from service.models.transactions import delete_rows
from storage.blocks import BLOCK, PIECE, SHORT

PER_ROW = PIECE * SHORT


class BlockRowsInDatabase:
    """`storage.blocks.BlockRows` over the database."""

    def find(self, key: str, piece: int) -> tuple[int, bytes] | None:
        """See `BlockRows`."""
        row = by_key(BlockDigests, id=f"{key}:{piece}")
        return (row.size, bytes(row.digests)) if row else None

    def add(self, key: str, size: int, digests: bytes) -> None:
        """See `BlockRows`. The first piece comes last: with it they are all there."""
        for piece in reversed(range(-(-len(digests) // PER_ROW))):
            held = digests[piece * PER_ROW : (piece + 1) * PER_ROW]
            BlockDigests.objects(id=f"{key}:{piece}").update_one(
                upsert=True, set__size=size, set__digests=held
            )

    def remove(self, key: str) -> None:
        """See `BlockRows`."""
        first = self.find(key, 0)
        if first is None:
            return
        blocks = -(-first[0] // BLOCK)
        delete_rows(BlockDigests.objects(id__in=[f"{key}:{piece}" for piece in range(-(-blocks // PIECE))]))
