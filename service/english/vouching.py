"""The English of what is told to those who sign in by a directory, or prove again who they are."""
# ruff: noqa: E501  a sentence and its translation stand on one line

VOUCHING = {
    "重大操作，请再次确认身份": "This act has weight: show again who you are",
    "输入密码或验证码后继续；填写的内容都还在": "Enter your password or code to go on; nothing typed is lost",
    "密码不对": "The password is wrong",
    "单位账号确认的是另一个人": "The company account is that of somebody else",
    "单位的统一身份服务没有应答；可用本馆的用户名和密码登录，或稍后再试": "The house's sign-in service does not answer; use name and password of this archive, or try again later",
    "单位账号没有确认您的身份，请重新登录": "Your company account did not confirm who you are; sign in again",
    "登录已超时，请重新登录": "Signing in took too long; sign in again",
    "单位账号无误，但本档案馆没有您的账户；请系统管理员建立": "Your company account is right, but there is no account for you here; ask the system administrator for one",
    "您在本档案馆的账户已停用；请与系统管理员联系": "Your account here is disabled; ask the system administrator",
    "您的账户还没有角色；请系统管理员指定": "Your account has no role yet; ask the system administrator",
    "这个用户名属于另一个人；请系统管理员核对": "This user name belongs to somebody else; ask the system administrator",
    "单位目录给出的角色不能由一人兼任（三员分立）；请系统管理员调整": "The roles that the company's directory gives may not be held by one person (separation of administrators); ask the system administrator",
    "单位目录要收回最后一位系统管理员的角色，未执行；请先另设一位": "The company's directory takes the role of the last system administrator away, which was not done; name another one first",
}
