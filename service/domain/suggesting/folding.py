"""Folding for reading: width and script, character by character, so that no offset moves."""

import unicodedata
from functools import lru_cache

_TRADITIONAL = str.maketrans(
    "編號簽訂約會議時間地點記錄參員總價額萬億圓貳陸叄幣負責調競爭動劃預戶檔資報聯繫係話單發標題協書紀計結辦規製決傳畫冊頁"
    "營業執許證檢測驗認銷場門綜財務採購買賣產說項經廣媒體條號週張臺興優廠廳館樓學東車區縣鎮鄉國際團實處長監擬與為於從開終滿"
    "費稅獎場評審準電郵類級東華課訓簡歷績評劵訪訴滿貨物歲繳費關範圍職擔個檢誌視頻攝於組織廈貿飲農鋼鐵劑藥醫銀險債據歸還鑒監",
    "编号签订约会议时间地点记录参员总价额万亿圆贰陆叁币负责调竞争动划预户档资报联系系话单发标题协书纪计结办规制决传画册页"
    "营业执许证检测验认销场门综财务采购买卖产说项经广媒体条号周张台兴优厂厅馆楼学东车区县镇乡国际团实处长监拟与为于从开终满"
    "费税奖场评审准电邮类级东华课训简历绩评券访诉满货物岁缴费关范围职担个检志视频摄于组织厦贸饮农钢铁剂药医银险债据归还鉴监",
)
"""The traditional characters of the words that are looked for; all other text is only carried along."""

_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−⁃﹘﹣－─━", "-"),
        **dict.fromkeys("〜∼～", "~"),
        **dict.fromkeys("〔【〖﹝[", "["),
        **dict.fromkeys("〕】〗﹞]", "]"),
        **dict.fromkeys("○◯Ｏ", "〇"),
        **dict.fromkeys("，､、", ","),
        **dict.fromkeys("￥", "¥"),
        **dict.fromkeys("∶︰﹕：", ":"),
        **dict.fromkeys("\r\v\f\x85\u2028\u2029\u00a0\u3000", " "),
    }
)


def fold(text: str) -> str:
    """`text` with one spelling for each of the signs that people, fonts and OCR write in several ways."""
    if text.isascii():
        return text.translate(_LOOK_ALIKES)
    return text.translate({ord(sign): _folded(sign) for sign in set(text)})


def _folded(sign: str) -> str:
    return _alike(sign).translate(_TRADITIONAL)


@lru_cache(1 << 16)
def _alike(sign: str) -> str:
    alike = sign.translate(_LOOK_ALIKES)
    normal = unicodedata.normalize("NFKC", alike)
    return normal.translate(_LOOK_ALIKES) if len(normal) == 1 else alike


def plain(text: str) -> str:
    """`text` with one spelling for each sign, in the script that it was written in."""
    return text.translate({ord(sign): _alike(sign) for sign in set(text)})


def tidy(raw: str) -> str:
    """What people wrote as a value: on one line, without control characters and signs that cannot be stored."""
    kept = "".join(" " if sign.isspace() else sign for sign in raw if _storable(sign))
    return " ".join(kept.split())


def _storable(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cs", "Cn", "Cf")
