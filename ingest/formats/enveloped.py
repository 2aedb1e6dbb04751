"""Files in an envelope of signatures (PKCS #7, .p7m): what was signed becomes a file of its own."""

from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable
from ingest.inner import add_inner

_MOST = 64 * MEBI


class Enveloped:
    """RFC 5652: what is only signed can be read by everybody; what is encrypted is for who has the key."""

    memory = 1000 * MEBI
    seconds = 20

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/pkcs7-mime" else 0

    def read(self, source: Source, draft: Draft) -> None:
        from asn1crypto import cms  # noqa: PLC0415 - only these need it

        if source.size > _MOST:
            raise Unreadable("parser_limit", f"{source.size} bytes are too many for an envelope")
        try:
            outer = cms.ContentInfo.load(source.whole())
            kind = outer["content_type"].native
            signed = kind == "signed_data"
            inside = outer["content"]["encap_content_info"]["content"].native if signed else b""
        except (ValueError, TypeError, KeyError) as error:
            raise Unreadable("damaged", f"{type(error).__name__}: {error}") from error
        if "enveloped" in kind or kind == "encrypted_data":
            raise Unreadable("encrypted", "a key is needed to open it")
        name = source.name[:-4] if source.extension in ("p7m", "p7s") else source.name
        if isinstance(inside, bytes) and inside:
            add_inner(draft, 1, name, inside, source.nest)
        if not draft.passages and not source.nest.offered:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        """An envelope shows nothing."""


FORMATS = (Enveloped(),)
