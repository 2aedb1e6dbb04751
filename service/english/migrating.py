"""The English of what is told of migrations; keys are the Chinese texts, placeholders are the same."""
# ruff: noqa: E501  a sentence and its translation stand on one line

MIGRATIONS = {
    "没有这个迁移": "There is no such migration",
    "这个来源还有一次运行没有结束，先停止它": "Another run of this source is still open; stop it first",
    "这个迁移由命令行执行": "This migration is carried out from the command line",
    "先试运行一次，看看有哪些文件夹": "Make a dry run first, to see which folders there are",
    "不在允许的来源之内；系统管理员用 FONDS_MIGRATE_ROOTS、FONDS_MIGRATE_HOSTS 设置": "Not among the places that are allowed; the system administrator sets FONDS_MIGRATE_ROOTS and FONDS_MIGRATE_HOSTS",
    "没有正在进行的运行": "No run is under way",
    "试运行只看文件名，不收文件": "A dry run only looks at names; it takes no files",
    "这次运行不是试运行": "This run is no dry run",
    "应为 %(low)s 到 %(high)s": "Must be %(low)s to %(high)s",
    "映射文件最多 %(most)s 个字": "A mapping file has at most %(most)s characters",
    "第 %(line)s 行：以 * 或 & 开头的文字要加引号": "Line %(line)s: put a text that begins with * or & in quotes",
    "第 %(line)s 行不是合法的 YAML": "Line %(line)s is no valid YAML",
    "映射文件应有 rules: 一栏，下面逐条写规则": "A mapping file has rules: and the rules below it",
    "不认识“%(name)s”这一栏": 'There is no section "%(name)s"',
    "archives 只能是 keep 或 open": "archives is keep or open",
    "rules 应是至多 %(most)s 条规则": "rules is a list of at most %(most)s rules",
    "第 %(n)s 条：没有类别 %(code)s": "Rule %(n)s: there is no category %(code)s",
    "第 %(n)s 条缺少 path": "Rule %(n)s has no path",
    "第 %(n)s 条：不认识“%(name)s”": 'Rule %(n)s: "%(name)s" means nothing',
    "第 %(n)s 条：path 太长，或通配符超过 %(most)s 个": "Rule %(n)s: the path is too long, or has more than %(most)s wildcards",
    "第 %(n)s 条：%(name)s 应是文字": "Rule %(n)s: %(name)s must be text",
    "第 %(n)s 条：path 里没有 {%(name)s}": "Rule %(n)s: the path has no {%(name)s}",
    "第 %(n)s 条：密级只能是 L0、L1、L2、L3": "Rule %(n)s: secrecy is L0, L1, L2 or L3",
}
