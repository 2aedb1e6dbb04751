"""Encryption, wired: the store around the store, its keys from the settings, and the probe that misses them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from service.errors import Unavailable
from service.transit import SCHEME, TransitAddress, TransitKeys
from service.usecases.contents.blocks import BlockRowsInDatabase
from service.usecases.safekeeping.encrypting import KeyRowsInDatabase, lacking_masters
from storage.crypto import MasterKeys, Masters
from storage.disk import DiskStore
from storage.encrypted import DataKeys, EncryptedStore
from storage.links import SignedLinks
from storage.port import KeyMissing

if TYPE_CHECKING:
    from storage.bucket import BucketStore


@dataclass(frozen=True, slots=True)
class Locks:
    """Master keys and data keys of one process."""

    masters: Masters
    keys: DataKeys

    @classmethod
    def of(cls, address: str) -> "Locks":
        """By the setting; "" has no master key, and then what is encrypted cannot be read. Raises `ValueError`."""
        masters = masters_of(address)
        return cls(masters, DataKeys(KeyRowsInDatabase(), masters))

    def around(
        self, store: "DiskStore | BucketStore", links: SignedLinks, *, second: bool = False
    ) -> EncryptedStore:
        """The store that encrypts what its keys say. A `second` one is read whole only, and digests no blocks."""
        return EncryptedStore(store, self.keys, links, None if second else BlockRowsInDatabase())

    def probes(self) -> dict[str, Callable[[], None]]:
        """What to ask for readiness where anything is or will be encrypted."""
        return {"keys": self.probe} if self.masters or lacking_masters(self.masters) else {}

    def probe(self) -> None:
        """Raise `Unavailable` if a master key is lacking that something here was encrypted with."""
        try:
            self.masters.ids()
        except KeyMissing as fault:
            raise Unavailable("keys", str(fault)) from fault
        if lacking := lacking_masters(self.masters):
            raise Unavailable("keys", f"FONDS_MASTER_KEY: {', '.join(lacking)} missing")


def masters_of(address: str) -> Masters:
    """Who wraps data keys, by the setting: a key service, or keys of our own (see `MasterKeys`). Raises `ValueError`."""
    return TransitKeys(TransitAddress.of(address)) if address.startswith(SCHEME) else MasterKeys(address)


def links_of(secret: str, base_url: str | Callable[[], str], clock: Callable[[], datetime]) -> SignedLinks:
    """Links to our own server, which takes the parts of what will be encrypted."""
    return SignedLinks(secret.encode(), base_url, clock)
