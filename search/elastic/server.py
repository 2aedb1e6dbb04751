"""The connection to Elasticsearch: its client, its faults as ours, and the state all processes share in it."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from search.elastic.schema import index_body
from search.indexing.entries import FINGERPRINT
from search.port import SearchError, SearchUnavailable

TIMEOUT = 30.0
SEARCH_TIMEOUT = 5.0
_COMPARTMENT = re.compile(r"[A-Za-z0-9_]{1,32}")
_PREFIX = re.compile(r"[a-z][a-z0-9-]{0,60}")
_PASSING = (408, 429)
"""Answers that may be another one later; so may all from 500 on."""


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Faults of the client as faults of the port, without its texts: they may name hosts."""
    try:
        yield
    except ApiError as fault:
        passing = fault.status_code in _PASSING or fault.status_code >= 500
        message = f"Elasticsearch answered {fault.status_code} ({_kind(fault)})."
        raise (SearchUnavailable(message) if passing else SearchError(message)) from None
    except TransportError as fault:
        raise SearchUnavailable(f"Elasticsearch does not answer ({type(fault).__name__}).") from None


def _kind(fault: ApiError) -> str:
    """Elasticsearch's own code of an error, never its sentence."""
    error = fault.body.get("error") if isinstance(fault.body, Mapping) else None
    return str(error.get("type", ""))[:80] if isinstance(error, Mapping) else type(fault).__name__


def client(url: str) -> Elasticsearch:
    """A client for `http(s)://[USER:PASSWORD@]HOST[:PORT]`. Raises ValueError without repeating secrets."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 9200)
    except ValueError:
        raise ValueError("The port in the address of Elasticsearch is not a number.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("The address of Elasticsearch must be http(s)://[USER:PASSWORD@]HOST[:PORT].")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    address = f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"
    return Elasticsearch(
        address, basic_auth=login, request_timeout=TIMEOUT, max_retries=0, retry_on_timeout=False
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """What all processes agree on: which generation answers, and which one a rebuild is filling ("" = none)."""

    live: str
    fingerprint: str
    complete: bool
    filling: str = ""
    filling_fingerprint: str = ""

    @property
    def writable(self) -> tuple[str, ...]:
        """The generations that take documents of our analyser."""
        live = (self.live,) if self.fingerprint == FINGERPRINT else ()
        return (*live, self.filling) if self.filling and self.filling_fingerprint == FINGERPRINT else live


class Server:
    """Names, shared state and indexes below one prefix. Calls raise `SearchUnavailable` and `SearchError`."""

    def __init__(self, url: str, prefix: str) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(
                "The prefix of the indexes has small letters, digits and '-', and starts with a letter."
            )
        self.prefix = prefix
        self.client = client(url)
        self._known: set[str] = set()
        self._opened = False

    def read_alias(self, compartment: str) -> str:
        """The name under which a compartment is asked."""
        return f"{self.prefix}-read-{compartment.lower()}"

    def index_name(self, generation: str, compartment: str) -> str:
        """The index of a compartment in a generation. Raises ValueError for names that cannot be one."""
        if not _COMPARTMENT.fullmatch(compartment):
            raise ValueError("A compartment's name has 1 to 32 letters, digits and '_'.")
        return f"{self.prefix}-{generation}-{compartment.lower()}"

    def write_alias(self, generation: str, compartment: str) -> str:
        """The name under which documents are sent: it goes with its index, so no index is made by accident."""
        return f"{self.index_name(generation, compartment)}-write"

    # the shared state

    def shared(self) -> Shared:
        """The state as it is now."""
        return self._read_shared()[0]

    def change_shared(self, change: Callable[[Shared], Shared]) -> Shared:
        """Replace the state, repeating the change if another process was faster."""
        for _ in range(20):
            state, place = self._read_shared()
            wanted = change(state)
            try:
                self.client.index(index=self._meta, id="state", document=asdict(wanted), **place)
            except ApiError as fault:
                if fault.status_code != 409:
                    raise
            else:
                return wanted
        raise SearchUnavailable("The shared state of the search index changes too fast.")

    @property
    def _meta(self) -> str:
        return f"{self.prefix}-meta"

    def _read_shared(self) -> tuple[Shared, dict[str, Any]]:
        self._open()
        found = self.client.get(index=self._meta, id="state")
        return Shared(**found["_source"]), {
            "if_seq_no": found["_seq_no"],
            "if_primary_term": found["_primary_term"],
        }

    def _open(self) -> None:
        """Make the shared state if there is none, and finish a switch that a crash has cut in two."""
        if self._opened:
            return
        properties = {
            name: {"type": "keyword"} for name in ("live", "fingerprint", "filling", "filling_fingerprint")
        }
        mapping = {"dynamic": "strict", "properties": properties | {"complete": {"type": "boolean"}}}
        settings = {"number_of_shards": 1, "number_of_replicas": 0, "auto_expand_replicas": "0-1"}
        self._created(self._meta, {"mappings": mapping, "settings": settings})
        first = Shared(live="first", fingerprint=FINGERPRINT, complete=False)
        try:
            self.client.create(index=self._meta, id="state", document=asdict(first))
        except ApiError as fault:
            if fault.status_code != 409:
                raise
        self._opened = True
        self.finish_switch()

    def finish_switch(self) -> None:
        """If the aliases stand on the generation that was being filled, the state says so too."""
        state = self.shared()
        if state.filling and any(
            name.startswith(f"{self.prefix}-{state.filling}-") for name in self.read_indexes()
        ):
            self.change_shared(lambda now: _switched(now) if now.filling == state.filling else now)

    # indexes

    def ensure(self, state: Shared, generation: str, compartment: str) -> None:
        """Make the index of a compartment in a generation if this process has not seen it yet."""
        name = self.index_name(generation, compartment)
        if name in self._known:
            return
        aliases: dict[str, dict[str, Any]] = {self.write_alias(generation, compartment): {}}
        if generation == state.live:
            aliases[self.read_alias(compartment)] = {}
        self._created(name, index_body(aliases))
        self._known.add(name)

    def forget_indexes(self) -> None:
        """Look again which indexes there are."""
        self._known.clear()

    def _created(self, name: str, body: Mapping[str, Any]) -> None:
        try:
            self.client.indices.create(index=name, **body)
        except ApiError as fault:
            if _kind(fault) != "resource_already_exists_exception":
                raise

    def indexes(self, generation: str = "") -> list[str]:
        """The indexes of a generation, or all below the prefix."""
        pattern = f"{self.prefix}-{generation}-*" if generation else f"{self.prefix}-*"
        found = self.client.indices.get(index=pattern, features="aliases", allow_no_indices=True)
        return sorted(found)

    def read_indexes(self) -> list[str]:
        """The indexes that answer now."""
        found = self.client.indices.get_alias(index=f"{self.prefix}-*", allow_no_indices=True)
        reads = f"{self.prefix}-read-"
        return sorted(
            name for name, held in found.items() if any(a.startswith(reads) for a in held["aliases"])
        )

    def switch(self, generation: str) -> None:
        """Let a filled generation answer: all aliases move in one call, then the state says so."""
        fresh = self.indexes(generation)
        start = len(f"{self.prefix}-{generation}-")
        actions: list[dict[str, Any]] = [
            {"remove": {"index": name, "alias": f"{self.prefix}-read-*"}}
            for name in self.read_indexes()
            if name not in fresh
        ]
        actions += [{"add": {"index": name, "alias": f"{self.prefix}-read-{name[start:]}"}} for name in fresh]
        if actions:
            done = self.client.indices.update_aliases(actions=actions)
            if done.get("errors") or not done.get("acknowledged"):
                raise SearchError(
                    "Elasticsearch moved the aliases only in part; the rebuild must be repeated."
                )

    def delete(self, names: Sequence[str]) -> None:
        """Delete indexes by name; those that are gone already are no fault."""
        for name in names:
            self.client.indices.delete(index=name, ignore_unavailable=True)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def _switched(state: Shared) -> Shared:
    return replace(state, live=state.filling, fingerprint=state.filling_fingerprint, complete=True, filling="",
                   filling_fingerprint="")  # fmt: skip


def switched(state: Shared, generation: str) -> Shared:
    """The state after the switch to a generation. Raises `SearchError` if another rebuild has taken over."""
    if state.filling != generation:
        raise SearchError("Another rebuild of the search index has taken over.")
    return _switched(state)
