"""The texts that scripts show, translated by the server: a script asks for them by their Chinese."""

from service.web import states
from service.web.language import translated as _


def for_scripts() -> dict[str, str]:
    """Chinese text → text in the page's language; `%(name)s` is filled by the script."""
    return {
        **_of_the_drawer(),
        **_of_its_rows(),
        "打开": _("打开"),
        "关闭": _("关闭"),
        "还有 %(count)s 个文件没有传完": _("还有 %(count)s 个文件没有传完"),
        "%(count)s 个文件都已收进": _("%(count)s 个文件都已收进"),
        "%(count)s 处修改未保存": _("%(count)s 处修改未保存"),
        "原值": _("原值"),
        "出处 %(n)s：%(source)s": _("出处 %(n)s：%(source)s"),
        "已复制": _("已复制"),
        "已选 %(count)s 件": _("已选 %(count)s 件"),
        "套用到所选": _("套用到所选"),
        "已换新版本，旧版本仍可下载": _("已换新版本，旧版本仍可下载"),
        "网络已断开，稍后重试": _("网络已断开，稍后重试"),
        "上一步没有办成，请回去查看": _("上一步没有办成，请回去查看"),
        "出错了，稍后重试": _("出错了，稍后重试"),
        "已找回未保存的内容": _("已找回未保存的内容"),
        "%(done)s / %(count)s 已采纳": _("%(done)s / %(count)s 已采纳"),
        "还缺“%(names)s”，填写后移出收集箱；也可先存著录": _(
            "还缺“%(names)s”，填写后移出收集箱；也可先存著录"
        ),
        **{f"reason:{code}": text for code, text in states.reasons().items()},
        **{f"reason:refused:{code}": text for code, text in refusals().items()},
    }


def refusals() -> dict[str, str]:
    """Why an upload whose bytes had come was not taken."""
    return {
        "checksum_mismatch": _("传到的内容与原文件不符，未收；重试"),
        "size_mismatch": _("传到的大小与原文件不符，未收；重试"),
        "quota_exceeded": _("超出存储配额，未收"),
        "record_gone": _("这件档案已不在，未收；移除后上传到收集箱"),
        "lost": _("已传的部分已被清除，移除后重新上传"),
    }


def _of_the_drawer() -> dict[str, str]:
    return {
        "上传": _("上传"),
        "上传 %(count)s 个文件": _("上传 %(count)s 个文件"),
        "上传 %(done)s / %(count)s": _("上传 %(done)s / %(count)s"),
        "上传中": _("上传中"),
        "等待": _("等待"),
        "处理中": _("处理中"),
        "完成": _("完成"),
        "失败": _("失败"),
        "未收": _("未收"),
        "重复": _("重复"),
        "已隔离": _("已隔离"),
        "需处理 %(count)s": _("需处理 %(count)s"),
        "进行中 %(count)s": _("进行中 %(count)s"),
        "等待 %(count)s": _("等待 %(count)s"),
        "完成 %(count)s": _("完成 %(count)s"),
        "前面还有 %(count)s 个": _("前面还有 %(count)s 个"),
        "还需 %(seconds)s 秒": _("还需 %(seconds)s 秒"),
        "还需 %(minutes)s 分钟": _("还需 %(minutes)s 分钟"),
        "已存好，等待处理": _("已存好，等待处理"),
        "提取文字，生成预览": _("提取文字，生成预览"),
        "已入收集箱": _("已入收集箱"),
        "已归入类别": _("已归入类别"),
        "登录已过期，重新登录后重试": _("登录已过期，重新登录后重试"),
        "已暂停": _("已暂停"),
        "待续传": _("待续传"),
    }


def _of_its_rows() -> dict[str, str]:
    return {
        "核对中": _("核对中"),
        "全部暂停": _("全部暂停"),
        "全部继续": _("全部继续"),
        "看全部 %(count)s": _("看全部 %(count)s"),
        "只看需处理 %(count)s": _("只看需处理 %(count)s"),
        "待续传 %(count)s": _("待续传 %(count)s"),
        "已加到档案": _("已加到档案"),
        "还缺 %(count)s 项必填": _("还缺 %(count)s 项必填"),
        "刷新后要再点一次“继续”，浏览器才让读这个文件": _("刷新后要再点一次“继续”，浏览器才让读这个文件"),
        "原文件已改动，移除后重新上传": _("原文件已改动，移除后重新上传"),
        "刷新后读不到原文件，再选一次同一个文件就接着传": _("刷新后读不到原文件，再选一次同一个文件就接着传"),
        "已传 %(done)s，": _("已传 %(done)s，"),
        "传到 %(done)s 时网络中断，已传部分保留": _("传到 %(done)s 时网络中断，已传部分保留"),
        "原文件读不到了，放回原处后重试": _("原文件读不到了，放回原处后重试"),
        "已传 %(sent)s / %(size)s": _("已传 %(sent)s / %(size)s"),
        "核对摘要": _("核对摘要"),
        "已存在：%(what)s，未重复存放": _("已存在：%(what)s，未重复存放"),
        "暂停": _("暂停"),
        "继续": _("继续"),
        "再选这个文件": _("再选这个文件"),
        "改归类": _("改归类"),
        "%(folders)s 的文件夹结构保留为来源路径": _("%(folders)s 的文件夹结构保留为来源路径"),
        "有文件读不到，换“选文件夹”再试": _("有文件读不到，换“选文件夹”再试"),
        "接着传上次没有传完的 %(count)s 个文件": _("接着传上次没有传完的 %(count)s 个文件"),
        "重试": _("重试"),
        "移除": _("移除"),
        "浏览器不让复制，可从地址栏复制": _("浏览器不让复制，可从地址栏复制"),
    }
