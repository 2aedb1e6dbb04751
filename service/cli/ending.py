"""How a command ends that could not do its work: words for people, and an exit code."""

from service.cli.terminal import INTERRUPTED, UNREACHABLE, USAGE, Failure, Terminal
from service.embedded.home import CannotStart
from service.errors import ServiceError
from service.settings import SettingsError

REPORTED = (SettingsError, CannotStart, Failure, ServiceError, KeyboardInterrupt)
"""What `report` has words for; anything else is a bug and shows its trace."""


def report(terminal: Terminal, fault: BaseException) -> int:
    """Say what went wrong; the exit code."""
    if isinstance(fault, SettingsError):
        terminal.complain("设置有误：", "Settings are wrong:")
        for chinese, english in zip(fault.chinese, fault.faults, strict=True):
            terminal.tell(f"  {chinese}", f"  {english}")
        return USAGE
    if isinstance(fault, CannotStart):
        terminal.complain(fault.chinese, fault.english)
        return UNREACHABLE
    if isinstance(fault, Failure):
        terminal.complain(fault.chinese, fault.english)
        return fault.code
    if isinstance(fault, ServiceError):
        text = fault.detail % fault.params if fault.params else str(fault)
        terminal.complain(f"{fault.title}：{text}", f"{fault.code}: {text}")
        return UNREACHABLE
    terminal.complain("已中断", "Interrupted")
    return INTERRUPTED
