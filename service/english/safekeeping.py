"""The English of what is told of keys and backups; keys are the Chinese texts, placeholders are the same."""
# ruff: noqa: E501  a sentence and its translation stand on one line

SAFEKEEPING = {
    "备份位置写不了，没有备份：%(why)s": "The target cannot be written, nothing was backed up: %(why)s",
    "此处没有这样的备份": "There is no such backup here",
    "没有设置主密钥（FONDS_MASTER_KEY），无从更换": "No master key is set (FONDS_MASTER_KEY), so there is none to change",
    "没有换成主密钥：%(why)s": "The master key was not changed: %(why)s",
    "缺少主密钥 %(ids)s，先把它补上再更换": "The master key %(ids)s is missing; bring it back before changing keys",
    "主密钥不在文件中，请在其所在之处移除旧密钥": "The master keys are not kept in a file; take the old ones away where they are kept",
}
