"""Uploads as values: what is announced, what has come, and what the presets of a drop mean for a description."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from service.domain.dates import day_of
from service.domain.holdings import CategoryView, Description
from service.domain.names import check_file_name, title_of
from service.errors import EmptyFile, Fault, InvalidInput, TooLarge

UploadState = Literal["open", "verifying", "stored", "refused", "aborted", "expired"]
UploadReason = Literal["", "checksum_mismatch", "size_mismatch", "quota_exceeded", "record_gone", "lost"]

MAX_PATH = 4096
CUSTOMER = (
    "customer",
    "party_b",
    "full_name",
    "partner_name",
    "channel_name",
    "correspondent",
    "parties",
)
"""Fields that name the other side, in the order in which one of them is the customer."""


@dataclass(frozen=True, slots=True)
class Presets:
    """What is said once of a whole drop. With `record_id` the files join that record, and the rest is not asked."""

    category: str = ""
    department: str = ""
    customer: str = ""
    keywords: tuple[str, ...] = ()
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file that is announced. `size` in bytes; `sha256` "" if it is not known; `drop` names what came together."""

    name: str
    size: int
    path: str = ""
    sha256: str = ""
    modified: datetime | None = None
    drop: str = ""
    presets: Presets = Presets()


@dataclass(frozen=True, slots=True)
class PartView:
    """A part that has come: `number` from 1, `size` in bytes, `etag` as the store calls it."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class PartLink:
    """A URL that takes the bytes of one part by PUT until `expires_at`; whoever has it may send."""

    number: int
    size: int
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload and what became of it."""

    id: str
    name: str
    path: str
    size: int
    sha256: str
    """As announced until it is stored, then as it is."""
    state: UploadState
    reason: UploadReason
    """Why it was refused, "" else."""
    part_size: int
    part_count: int
    category: str
    created_at: datetime
    expires_at: datetime
    """When what has come so far is dropped, unless more comes."""
    record_id: str
    file_id: str
    duplicate: bool
    """The content was here already, in a record that the asker may know of: that is `record_id`."""
    title: str
    """Of the record, while the asker may know of it; `ref_code` likewise."""
    ref_code: str
    inbox: bool
    """Whether its record waits in the inbox."""
    missing: tuple[str, ...]
    """What the record's category requires and it lacks: "fields.party_a"."""
    file_state: str
    """pending, running, done, failed, quarantined; "" before it is stored."""
    file_reason: str
    file_warning: str
    links: tuple[PartLink, ...] = ()
    """For the first parts, in the answer to the announcement."""


def require_announced(new: NewUpload, limit: int) -> None:
    """What can be refused before bytes are sent: raises `InvalidInput`, `EmptyFile`, `TooLarge`."""
    faults = check_file_name(new.name)
    if len(new.path.encode("utf-8", "replace")) > MAX_PATH:
        faults.append(Fault("path", "string_too_long", "最多 %(max_length)s 个字", {"max_length": MAX_PATH}))
    if faults:
        raise InvalidInput(faults)
    if new.size == 0:
        raise EmptyFile
    if new.size > limit:
        raise TooLarge("单个文件不超过 %(limit)s 字节", limit=limit)


def described(new: NewUpload, category: CategoryView | None) -> Description:
    """The first description of a record that comes from a file: presets, and the file's name and day."""
    said: dict[str, Any] = {"title": title_of(new.name)}
    if new.modified:
        said["date"] = day_of(new.modified)
    return Description(**said, **preset(new.presets, category))


def preset(presets: Presets, category: CategoryView | None) -> dict[str, Any]:
    """What presets say of a description, by its names.

    A customer for whom the category has no field is kept as a keyword.
    """
    said: dict[str, Any] = {}
    keywords, customer = presets.keywords, presets.customer
    field = customer_field(category.schema) if category else ""
    if category:
        said["category"] = category.code
    if category and customer and field:
        many = category.schema["properties"][field].get("type") == "array"
        said["fields"] = {field: [customer] if many else customer}
    elif customer and customer not in keywords:
        keywords = (*keywords, customer)
    if presets.department:
        said["department"] = presets.department
    if keywords:
        said["keywords"] = keywords
    return said


def customer_field(schema: Mapping[str, Any]) -> str:
    """The field of a category that names the customer, "" where it has none."""
    properties = schema.get("properties", {})
    return next((name for name in CUSTOMER if name in properties), "")
