"""Times as files state them, turned into ISO 8601."""

import datetime
import re
from email.utils import parsedate_to_datetime

_PDF = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?'?|Z)?")


def pdf_moment(text: str) -> str:
    """`D:20240305133000+08'00'` as ISO 8601; "" if it is no date."""
    found = _PDF.match(text or "")
    if not found:
        return ""
    year, month, day, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    try:
        moment = datetime.datetime(  # noqa: DTZ001 - many writers state no zone
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0)
        )
        if sign:
            offset = datetime.timedelta(hours=int(zone_hours), minutes=int(zone_minutes or 0))
            moment = moment.replace(tzinfo=datetime.timezone(offset if sign == "+" else -offset))
    except ValueError:
        return ""
    return moment.isoformat()


def iso_moment(text: str) -> str:
    """An ISO 8601 time checked to be one; "" if it is none."""
    try:
        return datetime.datetime.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def mail_moment(text: str) -> str:
    """The Date header of a mail as ISO 8601; "" if it is none."""
    try:
        return parsedate_to_datetime(text).isoformat()
    except (ValueError, TypeError, IndexError):
        return ""
