"""Logs: one line per event, as text for people or as JSON for machines, whatever it holds (B53)."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

BEHIND = "fonds.behind"
"""In a WSGI environment: the list of what the server does when the answer is sent, since nobody has to wait for it."""
LONGEST = 2048
"""Characters of one value; more is cut."""

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
HANDLER = "fonds"
PLAIN = {*vars(logging.makeLogRecord({})), "message", "asctime", "facts", "event"}
"""What every record has; the rest are facts."""


def facts(**values: Any) -> dict[str, Mapping[str, Any]]:
    """What a log call takes as `extra`: `log.info("request", extra=facts(status=200))`."""
    return {"facts": values}


def setup(log_format: Literal["text", "json"] | str, stream: TextIO | None = None) -> None:
    """Send everything from INFO up to `stream` (stderr), one line an event; may be called again to change it."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.set_name(HANDLER)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    root = logging.getLogger()
    for former in [each for each in root.handlers if each.get_name() == HANDLER]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # These tell of every call at INFO; their warnings are kept.
    for chatty in (
        "httpx",
        "elastic_transport",
        "urllib3",
        "pymongo",
        "celery.app.trace",
        "celery.worker.strategy",
    ):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `event`, then the facts, then `traceback`."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        line = _core(record) | _said(record) | {name: _plain(value) for name, value in _facts(record).items()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)[-4 * LONGEST :]
        return UNPRINTABLE.sub(_escaped, json.dumps(line, ensure_ascii=False))


class TextLines(logging.Formatter):
    """`time level logger event name=value …`; a traceback follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        core = _core(record)
        words = [core["at"], core["level"], core["logger"], core["event"]]
        words += [f"{name}={value}" for name, value in _said(record).items()]
        words += [
            f"{name}={_plain(value)}" for name, value in _facts(record).items() if value not in ("", None)
        ]
        line = UNPRINTABLE.sub(_escaped, " ".join(words))
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n    {UNPRINTABLE.sub(_escaped, each)}" for each in trace)
        return line


def _core(record: logging.LogRecord) -> dict[str, Any]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return {
        "at": at.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": str(getattr(record, "event", "")) or record.getMessage()[:LONGEST],
    }


def _said(record: logging.LogRecord) -> dict[str, Any]:
    """The sentence of a call that names its event beside it."""
    return {"message": record.getMessage()[:LONGEST]} if hasattr(record, "event") else {}


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    """What `facts` gave, and whatever else a call put on its record: `extra={"event": …, "file": …}`."""
    extra = {name: value for name, value in vars(record).items() if name not in PLAIN}
    return extra | getattr(record, "facts", {})


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
