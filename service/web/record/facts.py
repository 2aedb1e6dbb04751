"""What a file says of itself, in plain words: when and where a picture was taken, how long a film runs, who looked."""

from collections.abc import Callable, Sequence
from datetime import datetime

from service.domain.holdings import FileView
from service.web import shown
from service.web.language import translated as _
from service.web.record.signed import signatures

MAX_VALUE = 300
"""Characters of one fact that are shown."""


def lines(file: FileView) -> Sequence[tuple[str, str]]:
    """Label and value of each fact that is worth telling, in the order in which people ask."""
    known = file.facts
    found: list[tuple[str, str]] = []
    if known.get("width") and known.get("height"):
        found.append((_("尺寸"), f"{known['width']} × {known['height']}"))
    if file.pages > 1:
        found.append((_("页数"), str(file.pages)))
    for name, (label, say) in _told().items():
        value = known.get(name, "")
        if value:
            found.append((label, say(value)[:MAX_VALUE]))
    for one in signatures(file):
        told = [(_("电子签名"), one.signer), (_("签署时间"), one.at), (_("签名核验"), one.verdict)]
        told.append((_("签名证书"), one.certificate))
        found += [(label, value[:MAX_VALUE]) for label, value in told if value]
    return found


def _told() -> dict[str, tuple[str, Callable[[str], str]]]:
    return {
        "title": (_("文件内题名"), str),
        "author": (_("作者"), str),
        "recipients": (_("收件人"), str),
        "created": (_("形成时间"), _moment),
        "modified": (_("修改时间"), _moment),
        "camera": (_("相机"), str),
        "coordinates": (_("拍摄地点"), str),
        "duration": (_("时长"), _length),
        "video_codec": (_("视频编码"), str),
        "audio_codec": (_("音频编码"), str),
        "frame_rate": (_("帧率"), str),
        "recognised": (_("识别过文字的页"), str),
        "seals": (_("有红章的页"), str),
        "members": (_("压缩包内文件数"), str),
        "named_only": (_("只列出名称的文件数"), str),
        "messages": (_("邮件数"), str),
        "encoding": (_("文字编码"), str),
        "scanned": (_("查毒"), str),
        "scanned_in_part": (_("查毒未查全"), str),
    }


def _moment(value: str) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return shown.moment(at) if at.tzinfo else at.strftime("%Y-%m-%d %H:%M")


def _length(value: str) -> str:
    try:
        seconds = round(float(value))
    except ValueError:
        return value
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
