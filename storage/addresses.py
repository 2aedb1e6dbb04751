"""Addresses: where a store is and who asks there."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """Where a bucket is, ours or a foreign one, and who asks. `endpoint` is HOST[:PORT]; `prefix` stands before every key.

    `public_endpoint`, with `public_secure`, is the address that browsers reach: only signed for, never asked.
    """

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    secure: bool = True
    region: str = "us-east-1"
    prefix: str = ""
    public_endpoint: str = ""
    public_secure: bool = True
