"""Chinese scans made for tests: known text drawn in a font of the system, then tilted, turned, stamped, spoilt."""

import functools
import io
import math
import random
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

CONTRACT = """甲方（委托方）：青禾食品股份有限公司
乙方（受托方）：上海远望广告传媒有限公司
合同编号：QH-2024-0317    签订日期：2024年3月5日
鉴于甲方拟就其春季新品上市开展整合营销传播活动，乙方具备相应的策划、制作与
媒介投放能力，双方经友好协商，就广告代理事宜达成如下协议，以资共同遵守。
第一条 服务内容
1.1 乙方负责甲方“春日轻食”系列产品的品牌定位、创意策略、视觉设计与物料制作；
1.2 乙方负责渠道下沉与终端陈列方案的制订，并协助甲方区域经销商落地执行；
第二条 费用及支付方式
2.1 本合同总金额为人民币1,280,000.00元（大写：壹佰贰拾捌万元整），含税率6%。
2.2 合同签订后10个工作日内支付30%，计人民币384,000.00元，作为预付款。
联系人：王芳  电话：13800138000  邮箱：wangfang@example.com""".splitlines()

A4_200 = (1654, 2339)
INK, RED = (20, 20, 20), (205, 25, 35)


@functools.cache
def font(size: int, *, sans: bool = False) -> ImageFont.FreeTypeFont:
    """A Chinese font of the system."""
    name = "NotoSansCJK-Regular.ttc" if sans else "NotoSerifCJK-Regular.ttc"
    path = Path("/usr/share/fonts/opentype/noto", name)
    assert path.exists(), "no Chinese font: apt-get install fonts-noto-cjk"
    return ImageFont.truetype(path, size, index=2)


def written(lines: Sequence[str], size: tuple[int, int] = A4_200, *, letters: int = 34) -> Image.Image:
    """A white page with `lines` one below the other."""
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text(
            (size[0] // 11, size[1] // 14 + number * round(letters * 2.2)), line, font=font(letters), fill=INK
        )
    return page


def table(rows: Sequence[Sequence[str]]) -> Image.Image:
    """A page with a ruled table."""
    page = Image.new("RGB", (1654, 1000), "white")
    draw = ImageDraw.Draw(page)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            corner = (100 + column * 480, 100 + number * 90)
            draw.rectangle((*corner, corner[0] + 480, corner[1] + 90), outline=INK, width=2)
            draw.text((corner[0] + 30, corner[1] + 18), cell, font=font(34, sans=True), fill=INK)
    return page


def columns(heading: str, left: Sequence[str], right: Sequence[str]) -> Image.Image:
    """A page with a heading across two columns."""
    page = Image.new("RGB", A4_200, "white")
    draw = ImageDraw.Draw(page)
    draw.text((450, 120), heading, font=font(60, sans=True), fill=INK)
    for x, lines in ((120, left), (880, right)):
        for number, line in enumerate(lines):
            draw.text((x, 320 + number * 62), line, font=font(34), fill=INK)
    return page


def stamped(page: Image.Image, middle: tuple[int, int] = (700, 620), radius: int = 210) -> Image.Image:
    """`page` with a round red seal over its text."""
    x, y = middle
    seal = Image.new("RGBA", page.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(seal)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(*RED, 225), width=12)
    angles = [-math.pi / 2 + corner * 4 * math.pi / 5 for corner in range(5)]
    star = [(x + radius / 3 * math.cos(angle), y + radius / 3 * math.sin(angle)) for angle in angles]
    draw.polygon(star, fill=(*RED, 225))
    draw.text((x - 120, y + 90), "合同专用章", font=font(48, sans=True), fill=(*RED, 225))
    result = page.copy()
    result.paste(seal, mask=seal)
    return result


def spoilt(page: Image.Image, tilt: float = 1.5) -> Image.Image:
    """`page` as a bad scanner gives it: tilted by degrees, grainy, soft, packed hard."""
    tilted = page.rotate(tilt, fillcolor="white", resample=Image.Resampling.BICUBIC)
    grain = Image.effect_noise(page.size, 40).convert("RGB")
    soft = Image.blend(tilted, grain, 0.08).filter(ImageFilter.GaussianBlur(0.6))
    return Image.open(io.BytesIO(saved(soft, "JPEG", quality=45)))


def photograph(seed: int = 1) -> Image.Image:
    """Soft blotches of colour: nothing to read."""
    chance = random.Random(seed)
    page = Image.new("RGB", (1600, 1200), (120, 140, 160))
    draw = ImageDraw.Draw(page)
    for _ in range(60):
        x, y, size = chance.randrange(1600), chance.randrange(1200), chance.randrange(40, 300)
        colour = tuple(chance.randrange(256) for _ in range(3))
        draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    return page.filter(ImageFilter.GaussianBlur(12))


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture file."""
    out = io.BytesIO()
    image.convert("RGB").save(out, kind, **options)
    return out.getvalue()


def scanned_pdf(pages: Sequence[Image.Image | str]) -> bytes:
    """A PDF of pictures; a page that is given as words has a layer of text instead."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in pages:
        if isinstance(page, str):
            canvas.setFont("Helvetica", 12)
            canvas.drawString(72, 700, page)
        else:
            picture = ImageReader(io.BytesIO(saved(page, "JPEG", quality=70)))
            canvas.drawImage(picture, 0, 0, A4[0], A4[1])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def error_rate(truth: str, read: str) -> float:
    """Edits that turn what was `read` into the `truth`, as a share of its characters.

    Spaces and widths of punctuation do not count: search folds them.
    """
    want, have = ("".join(unicodedata.normalize("NFKC", text).split()) for text in (truth, read))
    row = list(range(len(have) + 1))
    for number, letter in enumerate(want, 1):
        before, row[0] = row[0], number
        for position, other in enumerate(have, 1):
            before, row[position] = (
                row[position],
                min(row[position] + 1, row[position - 1] + 1, before + (letter != other)),
            )
    return row[-1] / max(1, len(want))
