"""What a bag consists of (RFC 8493): its declaration, its manifests, the names in it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAG_MANIFEST, DECLARED = "manifest-sha256.txt", "tagmanifest-sha256.txt", "bagit.txt"


def tag_files(manifest: Sequence[str], octets: int, day: date) -> Mapping[str, bytes]:
    """The files beside the payload, by their names, in the order in which they are written: what makes the whole a
    bag, its declaration, comes last. `manifest` are the lines of the payload, `octets` its bytes."""
    info = (
        f"Source-Organization: fonds\nBagging-Date: {day:%Y-%m-%d}\n"
        f"Payload-Oxum: {octets}.{len(manifest)}\nBag-Software-Agent: fonds\n"
    )
    tags = {
        MANIFEST: "".join(sorted(manifest)).encode(),
        "bag-info.txt": info.encode(),
        DECLARED: DECLARATION.encode(),
    }
    listed = "".join(
        manifest_line(name, hashlib.sha256(text).hexdigest()) for name, text in sorted(tags.items())
    )
    declared = tags.pop(DECLARED)
    return tags | {TAG_MANIFEST: listed.encode(), DECLARED: declared}


def manifest_line(name: str, digest: str) -> str:
    """A line of a manifest. None of our names has what would have to be percent-encoded (RFC 8493 2.1.3): programs
    differ in that."""
    return f"{digest}  {name}\n"


def short_name(name: str) -> str:
    """A file name as every disk takes it; the exact one stands in record.json."""
    plain = re.sub(r'[\\/:*?"<>|%\x00-\x1f\x7f]', "_", name).strip(" .") or "_"
    stem, dot, suffix = plain.rpartition(".")
    kept = stem.encode()[: 180 - len(suffix.encode())].decode("utf-8", "ignore") if dot else plain
    return f"{kept}.{suffix}" if dot and len(suffix) <= 20 else plain.encode()[:180].decode("utf-8", "ignore")
