"""The English of what is said of passwords of files."""
# ruff: noqa: E501  a sentence and its translation stand on one line

UNLOCKING = {
    "请输入 1 至 255 个字符的密码": "Enter a password of 1 to 255 characters",
    "这个文件没有加密，或正在处理": "This file is not encrypted, or is being processed",
    "文件正在处理，或这次没有读成，稍后再试": "The file is being processed, or could not be read this time; try again later",
    "密码不对，文件没有打开": "Wrong password; the file was not opened",
    "这种加密方式不能在这里打开；在本机解密后另存，再用“换新版本”放进来": "This encryption cannot be opened here; decrypt it on your machine and bring it as a new version",
}
