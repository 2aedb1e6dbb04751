"""States as a shape and a word (docs/ui.md, states and secrecy), and the reasons that files give."""

from dataclasses import dataclass

from service.domain.holdings import FileView, RecordView
from service.web.language import translated as _


@dataclass(frozen=True, slots=True)
class Sign:
    """`tone` is the class, `shape` the symbol, `word` what it says: never one without the others."""

    tone: str
    shape: str
    word: str


def of_file(file: FileView) -> Sign:
    """The state of a file's processing."""
    if file.stage == "recognition" and file.state in ("pending", "running"):
        return Sign("run", "arc", recognising(file))
    if file.state == "pending" and file.reason == "scanner_unavailable":
        return Sign("idle", "ring-dashed", _("等待查毒"))
    return of_state(file.state)


def recognising(file: FileView) -> str:
    """How far the recognition of a scan is: 正在识别 第 3/200 页."""
    if file.to_recognise == 1:
        return _("正在识别文字")
    at = min(file.recognised + 1, file.to_recognise)
    return _("正在识别 第 %(n)s/%(total)s 页", n=at, total=file.to_recognise)


def of_state(state: str) -> Sign:
    """A state of processing."""
    signs = {
        "pending": Sign("idle", "ring-dashed", _("等待")),
        "running": Sign("run", "arc", _("处理中")),
        "done": Sign("ok", "ring-check", _("完成")),
        "failed": Sign("bad", "disc-cross", _("失败")),
        "quarantined": Sign("bad", "triangle", _("已隔离")),
    }
    return signs[state]


def of_life(life: str, category: str) -> Sign:
    """The state of a record that needs nothing else said; a draft is to be described until it has a category."""
    signs = {
        "submitted": Sign("rev", "half", _("待复核")),
        "reviewed": Sign("rev", "half", _("待验收")),
        "accepted": Sign("rev", "half", _("待归档")),
        "archived": Sign("ok", "disc-check", _("已归档")),
        "disposal_pending": Sign("bad", "clock-cross", _("待销毁")),
        "destroyed": Sign("idle", "ring-dashed", _("已销毁")),
        "returned": Sign("warn", "return", _("退回")),
        "weeded": Sign("idle", "ring-dashed", _("已剔除")),
        "superseded": Sign("idle", "ring-arrow", _("已被替代")),
    }
    if life in signs:
        return signs[life]
    return Sign("ok", "ring-check", _("已著录")) if category else Sign("idle", "ring-dashed", _("待著录"))


def of_record(record: RecordView) -> Sign:
    """The most urgent state: 已隔离 › 失败 › 处理中 › life."""
    for state in ("quarantined", "failed", "running", "pending"):
        for file in record.files:
            if file.state == state:
                return of_file(file)
    if record.life == "draft" and record.category and record.missing:
        return Sign("idle", "ring-dashed", _("待著录"))
    return of_life(record.life, record.category)


def reason(code: str) -> str:
    """Why a file has no text, is closed away or was not taken; unknown codes as they are."""
    return reasons().get(code, code)


def warned(code: str) -> str:
    """Why a file that is read has no text; one that was given up is here because somebody took it as it is."""
    if code in ("killed_jail", "worker_lost"):
        return _("处理多次中止，已照原样收下，没有文字")
    return reason(code)


def reasons() -> dict[str, str]:
    """Code of `ingest.port.Outcome.warning`, of a quarantine or of a fate → its sentence."""
    return {
        "encrypted": _("打开需要密码，存了原件，没有文字"),
        "damaged": _("文件已损坏，只读出一部分或读不出，存了原件"),
        "bomb": _("解压后过大，按可疑文件只存原件"),
        "unknown_type": _("不认识的类型，只存原件"),
        "old_format": _("旧软件的格式，读不出文字，只存原件；另存为 DOCX 或 PDF 后，用“换新版本”放进来"),
        "spanned": _("分卷压缩的一卷，缺其余各卷打不开，只存原件；在本机合并解开后再放进来"),
        "entity_limit": _("内部结构异常，只存原件"),
        "pixels": _("图片过大，没有预览"),
        "parser_limit": _("超出解析上限，只读出一部分"),
        "bad_archive": _("压缩结构有误，只存原件"),
        "truncated_text": _("正文过长，只收前一部分进检索"),
        "no_text": _("没有可检索的文字"),
        "infected": _("发现病毒，原件已隔离"),
        "scan_limit": _("超出查毒程序的限制，没有查全"),
        "killed_jail": _("三次处理都被中止，原件已隔离"),
        "empty": _("文件为空（0 字节），未收"),
        "too_large": _("超过大小限制，未收"),
        "quota_exceeded": _("超出存储配额，未收"),
        "same_content": _("内容已在馆内，未重复存放"),
        "junk": _("系统临时文件，未收"),
        "by_plan": _("按映射不收"),
        "opened": _("压缩包，已打开，里面的文件逐个收录"),
        "new_version": _("来源里的文件改过，收为原档案的新版本"),
        "link": _("链接，不跟随"),
        "fifo": _("管道，不是文件"),
        "socket": _("套接字，不是文件"),
        "device": _("设备，不是文件"),
        "unreadable": _("没有读取的权限，或读取出错"),
        "unreadable_folder": _("文件夹打不开"),
        "vanished": _("列出之后已不在"),
        "changed": _("读取时一直在变，未收"),
        "lost": _("登记已不在"),
        "worker_lost": _("处理多次中断，已隔离"),
        "object_missing": _("原件缺失，无法处理；管理员可运行 fonds check"),
        "checksum_mismatch": _("原件与入库时不一致，已停止处理"),
    }
