"""The texts that scripts show, translated by the server: a script asks for them by their Chinese."""

from service.web import states
from service.web.language import translated as _


def for_scripts() -> dict[str, str]:
    """Chinese text → text in the page's language; `%(name)s` is filled by the script."""
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
        "内容已在馆内，未重复存放": _("内容已在馆内，未重复存放"),
        "文件为空（0 字节），未收": _("文件为空（0 字节），未收"),
        "传到 %(done)s 时网络中断": _("传到 %(done)s 时网络中断"),
        "登录已过期，重新登录后重试": _("登录已过期，重新登录后重试"),
        "服务器拒绝：%(reason)s": _("服务器拒绝：%(reason)s"),
        "重试": _("重试"),
        "移除": _("移除"),
        "打开": _("打开"),
        "关闭": _("关闭"),
        "还有 %(count)s 个文件没有传完": _("还有 %(count)s 个文件没有传完"),
        "%(count)s 个文件都已收进": _("%(count)s 个文件都已收进"),
        "%(count)s 处修改未保存": _("%(count)s 处修改未保存"),
        "原值": _("原值"),
        "已复制": _("已复制"),
        "已选 %(count)s 件": _("已选 %(count)s 件"),
        "已换新版本，旧版本仍可下载": _("已换新版本，旧版本仍可下载"),
        "网络已断开，稍后重试": _("网络已断开，稍后重试"),
        "出错了，稍后重试": _("出错了，稍后重试"),
        "已找回未保存的内容": _("已找回未保存的内容"),
        "%(done)s / %(count)s 已采纳": _("%(done)s / %(count)s 已采纳"),
        "还缺“%(names)s”，填写后移出收集箱；也可先存著录": _(
            "还缺“%(names)s”，填写后移出收集箱；也可先存著录"
        ),
        **{f"reason:{code}": text for code, text in states.reasons().items()},
    }
