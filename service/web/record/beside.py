"""Whether the thumbnails of its pages stand beside a document: as its reader left them, else where there is room."""

from flask import request

from service.domain.holdings import RecordView

THUMBS = "fonds_thumbs"
CHOICES = ("open", "closed")


def thumbs(record: RecordView) -> str:
    """open or closed. Until somebody chooses they are open, but give way to the files of a record of several."""
    chosen = request.cookies.get(THUMBS, "")
    return chosen if chosen in CHOICES else "closed" if len(record.files) > 1 else "open"
