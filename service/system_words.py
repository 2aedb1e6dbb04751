"""System words: what the operating system refuses, said in Chinese beside its own English."""

import errno
import os
import re
import socket

CHINESE = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "所在的盘是只读的",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EEXIST: "已经有了",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EIO: "磁盘读写出错",
    errno.ENAMETOOLONG: "名字太长",
    errno.ELOOP: "链接绕成了圈",
    errno.EMFILE: "打开的文件太多",
    errno.EADDRINUSE: "端口已被别的程序占用",
    errno.EADDRNOTAVAIL: "这台机器没有这个地址",
    errno.ECONNREFUSED: "对方没有开放这个端口",
    errno.ETIMEDOUT: "对方没有应答",
}
UNKNOWN_HOST = ("找不到这个主机名", "the host name is not known")


def words(fault: OSError) -> tuple[str, str]:
    """A refusal in Chinese and English; its number where Chinese has no words for it yet."""
    if isinstance(fault, socket.gaierror):
        return UNKNOWN_HOST
    number = fault.errno
    if number is None and (
        found := re.search(r"\[Errno (-?\d+)\]", str(fault))
    ):  # cheroot wraps what bind says
        number = int(found[1])
    if number is None:
        return str(fault), str(fault)
    if number < 0:  # those of name look-up
        return UNKNOWN_HOST
    english = os.strerror(number)
    return CHINESE.get(number, f"系统错误 {number}（{english}）"), english
