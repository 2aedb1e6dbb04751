"""Whether the thumbnails of its pages stand beside a document: as its reader left them, else where there is room."""

from service.domain.holdings import RecordView
from service.web import language

THUMBS = "fonds_thumbs"
CHOICES = ("open", "closed")


def thumbs(record: RecordView) -> str:
    """open or closed. Until somebody chooses they are open, but give way to the files of a record of several."""
    return language.chosen(THUMBS, CHOICES) or ("closed" if len(record.files) > 1 else "open")
