"""Tables of what files begin with and what they are called: data for `ingest.files.sniff`."""

import re

from ingest.port import Family

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml"
_ODF = "application/vnd.oasis.opendocument"

MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
    (0, b"IIRO", "image/x-olympus-orf"),
    (0, b"IIU\0", "image/x-panasonic-rw2"),
    (0, b"II+\0", "image/tiff"),
    (0, b"MM\0+", "image/tiff"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\x00\x00\x01\x00", "image/vnd.microsoft.icon"),
    (0, b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (40, b" EMF", "image/emf"),
    (0, b"\xc5\xd0\xd3\xc6", "application/postscript"),
    (0, b"%!PS", "application/postscript"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (257, b"ustar", "application/x-tar"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"MThd", "audio/midi"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"\x00\x00\x01\xb3", "video/mpeg"),
    (0, b"ITSF", "application/vnd.ms-htmlhelp"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"!BDN", "application/vnd.ms-outlook-pst"),
    (0, b"wOFF", "font/woff"),
    (0, b"wOF2", "font/woff2"),
    (0, b"\x00\x01\x00\x00\x00", "font/ttf"),
    (0, b"OTTO", "font/otf"),
    (0, b"AC10", "image/vnd.dwg"),
    (0, b"\xffWPC", "application/vnd.wordperfect"),
)
"""(offset, bytes, media type), tried in this order."""

ODD: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("image/bmp", re.compile(rb"BM.{12}[\x28\x0c\x6c\x7c\x40]\x00{3}", re.DOTALL)),
    ("audio/mpeg", re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]", re.DOTALL)),
    ("image/vnd.zbrush.pcx", re.compile(rb"\x0a[\x00\x02-\x05]\x01[\x01\x02\x04\x08]", re.DOTALL)),
    (
        "application/pkcs7-mime",
        re.compile(rb"0[\x80-\x84].{0,8}\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", re.DOTALL),
    ),
    # BIFF 2 to 4, from before OLE
    ("application/vnd.ms-excel", re.compile(rb"\x09[\x00\x02\x04][\x04\x06]\x00", re.DOTALL)),
)
"""(media type, what the file matches from its beginning)."""

BRANDS = {
    b"heic": "image/heic", b"heix": "image/heic", b"hevc": "image/heic", b"heim": "image/heic", b"heis": "image/heic",
    b"mif1": "image/heif", b"msf1": "image/heif", b"avif": "image/avif", b"avis": "image/avif",
    b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"M4P ": "audio/mp4", b"M4BP": "audio/mp4",
    b"F4A ": "audio/mp4", b"crx ": "image/x-canon-cr3", b"3gp4": "video/3gpp", b"3gp5": "video/3gpp",
    b"3g2a": "video/3gpp2",
}  # fmt: skip
"""Major brand of an ISO base media file; every other one is video/mp4."""

RIFF = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}

ZIP_TYPES: tuple[tuple[str, str], ...] = (
    ("word/", f"{_WORD}.document"),
    ("xl/", f"{_SHEET}.sheet"),
    ("ppt/", f"{_SLIDES}.presentation"),
    ("visio/", "application/vnd.ms-visio.drawing"),
    ("OFD.xml", "application/ofd"),
    ("FixedDocumentSequence.fdseq", "application/vnd.ms-xpsdocument"),
    ("FixedDocSeq.fdseq", "application/vnd.ms-xpsdocument"),
    ("AndroidManifest.xml", "application/vnd.android.package-archive"),
    ("META-INF/MANIFEST.MF", "application/java-archive"),
)
"""An entry that starts so makes a zip file one of these."""

OLE_STREAMS: tuple[tuple[str, str], ...] = (
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("PP97_DUALSTORAGE", "application/vnd.ms-powerpoint"),
    ("PP40", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("VisioDocument", "application/vnd.visio"),
    ("MatOST", "application/vnd.ms-works"),
    ("CONTENTS", "application/vnd.ms-works"),
    ("SPELLING", "application/vnd.ms-works"),
    ("MN0", "application/vnd.ms-works"),
    ("Quill", "application/vnd.ms-publisher"),
)
"""A stream of this name (case ignored) at the top of an OLE file says what it is."""

EXTENSIONS = {
    "txt": "text/plain", "log": "text/plain", "md": "text/markdown", "markdown": "text/markdown", "csv": "text/csv",
    "tsv": "text/tab-separated-values", "json": "application/json", "xml": "application/xml", "html": "text/html",
    "htm": "text/html", "xhtml": "application/xhtml+xml", "svg": "image/svg+xml", "eml": "message/rfc822",
    "mbox": "application/mbox", "mht": "multipart/related", "mhtml": "multipart/related",
    "doc": "application/msword", "dot": "application/msword", "wps": "application/vnd.ms-works",
    "xls": "application/vnd.ms-excel", "et": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint", "pps": "application/vnd.ms-powerpoint", "dps": "application/vnd.ms-powerpoint",
    "docx": f"{_WORD}.document", "xlsx": f"{_SHEET}.sheet", "pptx": f"{_SLIDES}.presentation",
    "odt": f"{_ODF}.text", "ods": f"{_ODF}.spreadsheet", "odp": f"{_ODF}.presentation", "pdf": "application/pdf",
    "mp3": "audio/mpeg", "mpg": "video/mpeg", "mpeg": "video/mpeg", "p7m": "application/pkcs7-mime",
    "tar": "application/x-tar", "ics": "text/calendar", "vcf": "text/vcard", "yaml": "application/yaml",
    "yml": "application/yaml", "tex": "text/x-tex",
}  # fmt: skip
"""What a name promises: believed only where the bytes leave it open."""

RAW_NAMES = {
    "cr2": "image/x-canon-cr2", "nef": "image/x-nikon-nef", "nrw": "image/x-nikon-nrw", "arw": "image/x-sony-arw",
    "sr2": "image/x-sony-sr2", "dng": "image/x-adobe-dng", "orf": "image/x-olympus-orf", "rw2": "image/x-panasonic-rw2",
    "pef": "image/x-pentax-pef", "srw": "image/x-samsung-srw",
}  # fmt: skip
"""Raw files of cameras are TIFF files; only their names tell them from others."""

OFFICE_NAMES = {
    **dict.fromkeys(("docx", "docm", "doc"), f"{_WORD}.document"),
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "xls"), f"{_SHEET}.sheet"),
    **dict.fromkeys(("pptx", "pptm", "ppsx", "ppt"), f"{_SLIDES}.presentation"),
}
"""Where only the name says which kind of OOXML it is: encrypted in an OLE file, or cut off."""
ENCRYPTED = "application/x-ole-storage"
"""An encrypted OOXML file whose name does not say which kind it is."""

ZIP_MIMETYPES = re.compile(r"[\w.+-]{3,40}/[\w.+-]{3,80}")

_FAMILIES: tuple[tuple[str, Family], ...] = (
    (r"application/pdf", "pdf"),
    (r"application/(ofd|vnd\.ms-xpsdocument)", "word"),
    (
        r".*(wordprocessingml|msword|ms-word|opendocument\.text|ms-works|wordperfect|/rtf|epub|ms-publisher).*",
        "word",
    ),
    (r".*(presentationml|ms-powerpoint|opendocument\.presentation).*", "slides"),
    (r".*(spreadsheetml|ms-excel|opendocument\.spreadsheet|text/csv|tab-separated).*", "sheet"),
    (r"message/rfc822|application/(mbox|vnd\.ms-outlook|pkcs7-mime)", "mail"),
    (r"image/.*|application/postscript|application/illustrator", "image"),
    (r".*(visio|opendocument\.graphics).*", "image"),
    (r"video/.*", "video"),
    (r"audio/.*", "audio"),
    (r"application/(zip|gzip|x-7z-compressed|vnd\.rar|x-tar|x-bzip2|x-xz|zstd|java-archive)", "archive"),
    (r"text/.*|multipart/related|application/(json|xml|xhtml\+xml|yaml|javascript)", "text"),
)


def family_of(media_type: str) -> Family:
    """The family of files that people filter by."""
    for pattern, family in _FAMILIES:
        if re.fullmatch(pattern, media_type):
            return family
    return "other"
