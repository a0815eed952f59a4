"""Plans as documents: the same paragraphs as a Word file, a PDF, a saved page, an OFD."""

import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.importers import oracle

# Word: one list each for chapters (一、), sections (（一）, starting anew in each chapter) and tasks (1.).
_NUMBERING = f"""
<w:numbering {nsdecls("w")}>
  <w:abstractNum w:abstractNumId="70"><w:multiLevelType w:val="multilevel"/>
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/>
    </w:lvl>
    <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/>
    </w:lvl>
  </w:abstractNum>
  <w:abstractNum w:abstractNumId="71">
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
  </w:abstractNum>
  <w:num w:numId="70"><w:abstractNumId w:val="70"/></w:num>
  <w:num w:numId="71"><w:abstractNumId w:val="71"/></w:num>
</w:numbering>
"""


def docx_of(lines: Sequence[str]) -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    return saved(document)


def saved(document) -> bytes:
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def numbered_docx(year: int) -> bytes:
    """The plan as ministries write it: no number is in the text, Word counts them."""
    document = docx.Document()
    use_numbering(document, _NUMBERING)
    style = oracle.Style(task="\x01", chapter="\x02", section="\x03")
    places = {"\x01": (71, 0), "\x02": (70, 0), "\x03": (70, 1)}
    for line in oracle.paragraphs(year, style):
        place = places.get(line[0])
        paragraph = document.add_paragraph(line[1:] if place else line)
        if place:
            in_list(paragraph, *place)
    return saved(document)


def use_numbering(document, xml: str) -> None:
    """Put our lists in the place of the template's."""
    root = document.part.numbering_part.element
    for child in list(root):
        root.remove(child)
    for child in list(parse_xml(xml)):
        root.append(child)


def in_list(paragraph, number: int, level: int = 0) -> None:
    paragraph._p.get_or_add_pPr().insert(
        0,
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'),
    )


def pdfs(folder: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """Each Word file as LibreOffice prints it; one start for all, which takes seconds."""
    office = shutil.which("soffice")
    assert office, "these tests need LibreOffice: apt-get install libreoffice-writer"
    for name, data in files.items():
        (folder / f"{name}.docx").write_bytes(data)
    subprocess.run(  # noqa: S603 - LibreOffice on files of ours
        [
            *(office, f"-env:UserInstallation=file://{folder}/profile", "--headless"),
            *("--convert-to", "pdf", "--outdir", str(folder)),
            *(str(folder / f"{name}.docx") for name in files),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return {name: (folder / f"{name}.pdf").read_bytes() for name in files}


# --- web pages ------------------------------------------------------------------------------------

# What stands around a document on a government's site, written after the usual templates.
_CENTRAL = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
 "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}" />
<title>{title}_部门政务_中国政府网</title><style>.pages_content{{font-size:16px}}</style>
<script>var title="一、不是章节"; document.write("<p>1.不是任务（财政部负责）</p>");</script></head><body>
<div class="header"><a href="/">首页</a> | <a href="#">简</a> | <a href="#">繁</a></div>
<nav><ul><li>国务院</li><li>总理</li></ul></nav>
<div class="article"><h1>{title}</h1>
<div class="pages-date">2024-05-27 10:00 <span class="font">来源： 国家知识产权局网站</span></div>
<div class="pages_content" id="UCAP-CONTENT">{body}</div></div>
<div style="display:none" class="share">分享到微信 1.分享</div>
<iframe src="http://127.0.0.1:{port}/frame"></iframe>
<img src="http://127.0.0.1:{port}/image" onerror="alert(1)">
</body></html>"""
_MINISTRY = """<html><head><meta charset={charset}><title>{title}</title>
<link rel=stylesheet href="http://127.0.0.1:{port}/style.css"></head><body onload="init()">
<table width=1000 align=center><tr><td>当前位置：首页 &gt; 政务公开 &gt; 规划计划</td></tr>
<tr><td><table width=100%><tr><td align=center><b>{title}</b></td></tr>
<tr><td><div class=TRS_Editor><style type="text/css">.TRS_Editor P{{margin:0}}</style>{body}</div></td></tr>
</table></td></tr></table><noscript>请启用脚本</noscript></body></html>"""
_CROWDED = """<!doctype html><html><head><meta charset="{charset}"></head><body>
<div class="top"><a href="#">设为首页</a> | <a href="#">加入收藏</a></div>
<ul><li><a href="/">首页</a></li><li><a href="/jg">机构</a></li><li><a href="/xw">新闻</a></li></ul>
<div>您当前的位置：<a href="/">首页</a>&gt;<a href="/zw">政务公开</a>&gt;<a href="/gh">规划计划</a></div>
<h1>{title}</h1>
<div>发布时间：2024-05-27 &nbsp; 来源：知识产权运用促进司 &nbsp; 字体：<a href="#">大</a></div>
<div class="TRS_UEDITOR">{body}</div>
<div>【<a href="#">打印本页</a>】【<a href="#">关闭窗口</a>】</div><div>分享到：</div>
<div>上一篇：<a href="/1">国家知识产权局公告（第585号）</a></div><h3>相关链接</h3>
<div class="foot">主办单位：国家知识产权局　版权所有：国家知识产权局</div>
<div>备案编号：京ICP备05069085号</div>
</body></html>"""
_PORTAL = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
  <meta charset="{charset}">
  <title>{title}</title>
  <meta http-equiv="refresh" content="0; url=http://127.0.0.1:{port}/refresh">
</head>
<body>
  <header><nav><a href="/">网站首页</a></nav></header>
  <main>
    <article id="zoom">
      {body}
    </article>
  </main>
  <footer hidden>版权所有</footer>
</body>
</html>"""


def _paragraphs(lines: Sequence[str]) -> str:
    return "\n".join(f'<p style="text-indent:2em">　　{escape(line)}</p>' for line in lines)


def _with_breaks(lines: Sequence[str]) -> str:
    return "<br/>\r\n&nbsp;&nbsp;&nbsp;&nbsp;".join(escape(line) for line in lines)


def _cut(line: str, width: int) -> list[str]:
    """Pieces of about that width; numbers and words stay whole, in which a line break would be a space."""
    pieces = [""]
    for before, letter in zip("。" + line, line, strict=False):
        if len(pieces[-1]) >= width and not (before.isascii() and letter.isascii()):
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _with_spans(lines: Sequence[str]) -> str:
    """As Word's own HTML: every few characters a span, and source lines wrapped anywhere."""
    out = []
    for line in lines:
        spans = "\n".join(
            f'<span lang="ZH-CN" style="font-family:仿宋">{escape(piece)}</span>' for piece in _cut(line, 17)
        )
        out.append(f'<div><p class="MsoNormal"><a name="OLE_LINK1"></a>{spans}<o:p></o:p></p></div>')
    return "\n".join(out)


PAGES = {
    "central": (_CENTRAL, _paragraphs, "utf-8"),
    "central in GBK": (_CENTRAL, _paragraphs, "gbk"),
    "ministry": (_MINISTRY, _with_breaks, "gb2312"),
    "ministry in UTF-8": (_MINISTRY, _with_breaks, "utf-8"),
    "portal": (_PORTAL, _with_spans, "utf-8"),
    "crowded": (_CROWDED, _paragraphs, "utf-8"),
    "crowded in GBK": (_CROWDED, _with_breaks, "gbk"),
}


def page(frame: str, lines: Sequence[str], *, port: int = 9) -> bytes:
    """The lines in a site's frame, in the bytes that its charset says."""
    template, writes, charset = PAGES[frame]
    title, *rest = lines
    text = template.format(charset=charset, title=title, body=writes(rest), port=port)
    return text.encode("utf-8" if charset == "utf-8" else "gb18030")


# --- OFD ------------------------------------------------------------------------------------------

_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_SIZE, _WIDE, _HIGH = 5.0, 36, 40  # millimetres; characters a line; lines a page


def ofd_of(lines: Sequence[str]) -> bytes:
    """An OFD as a word processor writes it: text objects a line, the second half of each line drawn first."""
    rows = [line[i : i + _WIDE] for line in lines for i in range(0, len(line), _WIDE)]
    pages = [rows[i : i + _HIGH] for i in range(0, len(rows), _HIGH)]
    parts = {
        "OFD.xml": f'<ofd:OFD {_OFD} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {_OFD}><ofd:CommonData><ofd:PageArea>"
        "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>"
        + "".join(f'<ofd:Page ID="{i}" BaseLoc="Pages/Page_{i}/Content.xml"/>' for i in range(len(pages)))
        + "</ofd:Pages></ofd:Document>",
    }
    for number, page_rows in enumerate(pages):
        objects = "".join(_ofd_line(row, 20 + 6.5 * place) for place, row in enumerate(page_rows))
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            f'<ofd:Page {_OFD}><ofd:Content><ofd:Layer ID="9">{objects}</ofd:Layer></ofd:Content></ofd:Page>'
        )
    return package(parts)


def _ofd_line(row: str, top: float) -> str:
    first = _cut(row, len(row) // 2 or 1)[0]
    pieces = [(len(first), row[len(first) :]), (0, first)]
    return "".join(
        f'<ofd:TextObject ID="1" Boundary="{15 + _SIZE * start} {top} 190 6" Font="1" Size="{_SIZE}">'
        f'<ofd:TextCode X="0" Y="4.5" DeltaX="g {len(text)} {_SIZE}">{escape(text)}</ofd:TextCode>'
        "</ofd:TextObject>"
        for start, text in pieces
        if text
    )


def package(parts: dict[str, str | bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
