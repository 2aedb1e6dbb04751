"""Opening a backup target: a folder or a bucket, with the keys that its sets are sealed and opened by."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from service.usecases.safekeeping.backup.sealing import Seal
from service.usecases.safekeeping.backup.sets import Target
from storage.opening import LinkSigning, open_store


def open_target(url: str, *, recipient: str = "", identities: Sequence[str] = ()) -> Target:
    """The target at `url` (`file:///…`, `s3+http(s)://…`). Raises `ValueError` (also `BadKey`) saying what is wrong."""
    # A target gives no links to anybody: what would sign them is thrown away.
    signing = LinkSigning(secrets.token_bytes(32), "", lambda: datetime.now(UTC))
    return Target(open_store(url, signing), Seal(recipient, identities))
