"""The English of what is told of keys and backups; keys are the Chinese texts, placeholders are the same."""
# ruff: noqa: E501  a sentence and its translation stand on one line

SAFEKEEPING = {
    "备份位置写不了，没有备份：%(why)s": "The target cannot be written, nothing was backed up: %(why)s",
    "备份位置不是文件夹，没有备份；换一个位置": "The target is no folder, nothing was backed up; choose another place",
    "备份位置所在的文件夹不在，也建不了，没有备份；看那块盘是否挂上了": (
        "The folder of the target is not there and cannot be made, nothing was backed up; see that its disk is mounted"
    ),
    "备份所在的盘读写出错，没有备份；检查那块盘": (
        "The disk of the target fails to read or write, nothing was backed up; check that disk"
    ),
    "没有写备份位置的权限，没有备份；让运行服务的系统账户可以写那里": (
        "The target may not be written, nothing was backed up; let the account that the service runs under write there"
    ),
    "备份位置是只读的，没有备份；检查磁盘是怎样挂载的": (
        "The target is read-only, nothing was backed up; see how its disk is mounted"
    ),
    "备份位置没有应答，没有备份；检查地址、密钥和网络": (
        "The target does not answer, nothing was backed up; check its address, its key and the network"
    ),
    "备份位置已满，这一次没有备份；清理或换一个位置，原有的各套备份和档案不受影响": (
        "The target is full, there is no backup this time; free space or choose another place. "
        "Sets that are there and the archive are not affected"
    ),
    "备份途中读写中断，没有备份完；再来一次，仍不成就检查存放原文的盘或桶": (
        "Reading or writing broke off, the backup is not complete; start it again, "
        "and if that does not help check the disk or bucket that holds the contents"
    ),
    "%(n)s 个原文已损坏，没有备份；从备份取回": "%(n)s contents are damaged and were not backed up; fetch them back from a backup",
    "数据目录所在的盘已满，没有备份；腾出空间再来": (
        "The disk of the data directory is full, nothing was backed up; free some space first"
    ),
    "数据目录里写不了临时文件，没有备份；检查那块盘和权限": (
        "The data directory takes no temporary file, nothing was backed up; check that disk and who may write there"
    ),
    "备份位置的写法不对，没有备份；写文件夹、file:///… 或 s3+https://密钥名:密钥@主机/桶": (
        "The target's address is wrong, nothing was backed up; write a folder, file:///… or "
        "s3+https://KEY:SECRET@HOST/BUCKET"
    ),
    "没有设备份位置。把 FONDS_BACKUP_URL 设为另一台设备上的文件夹（file:///…）或桶（s3+https://密钥名:密钥@主机/桶），重启服务": (
        "No place for backups is set. Set FONDS_BACKUP_URL to a folder (file:///…) or a bucket "
        "(s3+https://KEY:SECRET@HOST/BUCKET) on another device and start the service again"
    ),
    "还没有备份，先备份一次": "There is no backup yet; take one first",
    "这份备份只有登记数据，没有原文。把 FONDS_BACKUP_URL 设到另一台设备，重启服务并备份一次，以后才能演练和取回": (
        "This backup holds rows only, no contents. Set FONDS_BACKUP_URL to another device, start the service again and "
        "take a backup; from then on it can be rehearsed and fetched from"
    ),
    "这份备份已加密，服务器上没有私钥。在有私钥的机器上运行 fonds backup drill --identity 私钥文件": (
        "This backup is sealed, and the server has no private key. Run fonds backup drill --identity FILE where the key is"
    ),
    "这份备份已加密，服务器上没有私钥。在这台服务器上运行 fonds backup mend --identity 私钥文件": (
        "This backup is sealed, and the server keeps no private key. Run fonds backup mend --identity FILE on this server"
    ),
    "没有要取回的原文": "There is no content to fetch back",
    "演练要恢复出 %(wanted)s MB，数据目录所在的盘只剩 %(free)s MB；腾出空间再来": (
        "The drill would bring back %(wanted)s MB, the disk of the data directory has %(free)s MB left; free some space first"
    ),
    "正在备份，完成后再来": "A backup is under way; come back when it is done",
    "正在做恢复演练，完成后再来": "A restore drill is under way; come back when it is done",
    "正在做固化检查，完成后再来": "A fixity check is under way; come back when it is done",
    "正在从备份取回，完成后再来": "Contents are being fetched back from the backup; come back when that is done",
    "服务中途停下，没有做完": "The service stopped in the middle, it was not completed",
    "中途被打断，没有做完": "It was broken off in the middle, it was not completed",
    "这份备份已加密，要用私钥打开：fonds backup mend --identity 私钥文件": (
        "This backup is sealed; its private key opens it: fonds backup mend --identity FILE"
    ),
    "密钥不对：这把私钥打不开这份备份。用备份时那把公钥所对应的私钥": (
        "Wrong key: it does not open this backup. Use the private key that belongs to its public one"
    ),
    "备份位置读不出来，没有取回；检查它是否连着、可读，再来一次": (
        "The target cannot be read, nothing was fetched back; see that it is there and readable, and try again"
    ),
    "此处没有这样的备份": "There is no such backup here",
    "没有设置主密钥（FONDS_MASTER_KEY），无从更换": "No master key is set (FONDS_MASTER_KEY), so there is none to change",
    "没有换成主密钥：%(why)s": "The master key was not changed: %(why)s",
    "缺少主密钥 %(ids)s，先把它补上再更换": "The master key %(ids)s is missing; bring it back before changing keys",
    "主密钥不在文件中，请在其所在之处移除旧密钥": "The master keys are not kept in a file; take the old ones away where they are kept",
}
