"""What the gate says of whole files by their content and their name; hostile packages are in test_hostile."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.gate import Kind, Unreadable, admit, safe_name
from tests.importers import documents, hostile

WORD_NOW = "请用 WPS 或 Word 另存为 .docx 再导入。"


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: hostile.TEXT.encode(), Kind.TEXT),
        (hostile.plain_docx, Kind.DOCX),
        (lambda: hostile.pdf(hostile.TEXT), Kind.PDF),
        (lambda: hostile.page(""), Kind.HTML),
        (lambda: "<div>一</div>".encode("utf-16"), Kind.HTML),
        (lambda: "　　一、完善<br>1.推进<br/>2.落实<br>".encode("gbk"), Kind.HTML),
        (lambda: b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><html></html>", Kind.HTML),
        (lambda: documents.ofd_of(hostile.LINES), Kind.OFD),
        (lambda: "<一>不是标签，一个 < 两个".encode(), Kind.TEXT),
        (lambda: "BM 是两个字母".encode(), Kind.TEXT),
    ],
)
@pytest.mark.parametrize("name", ["", "upload", "计划.tmp"])
def test_content_tells_what_a_file_is(make, kind, name):
    assert admit(make(), name=name) is kind


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            hostile.ole2("Root Entry", "WordDocument"),
            f"这是旧版 Word/WPS 文件（.doc、.wps），不能直接导入，{WORD_NOW}",
        ),
        (
            hostile.ole2("EncryptedPackage"),
            "这是加了密码的 Office 文件，不能直接导入，"
            "请先在 WPS 或 Word 中取消密码保护，另存为 .docx 再导入。",
        ),
        (b"{\\rtf1\\ansi", f"这是RTF 文件，不能直接导入，{WORD_NOW}"),
        (
            b"MIME-Version: 1.0\r\nContent-Type: multipart/related;",
            "这是单个文件网页（.mht），不能直接导入，"
            "请在浏览器中打开，另存为“网页，仅 HTML（.html）”再导入。",
        ),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00",
            "这是图片（PNG），不能直接导入，请提供文字版文件，或先用文字识别（OCR）软件转成文字再导入。",
        ),
        (b"\x7fELF\x02", "这是可执行程序，不能直接导入，请选择推进计划的文件。"),
        (b"Rar!\x1a\x07\x00", "这是压缩包（RAR），不能直接导入，请解压后导入其中的推进计划文件。"),
        (
            documents.package({"a.txt": b"1"}),
            "这是压缩包（zip），不能直接导入，请解压后导入其中的推进计划文件。",
        ),
        (
            documents.package(
                {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}
            ),
            "这是 OpenDocument 文件（.odt、.ods），不能直接导入，请打开后另存为 .docx 再导入。",
        ),
    ],
)
def test_what_is_not_read_is_named_with_what_to_do(data, says):
    with pytest.raises(Unreadable) as refusal:
        admit(data)

    assert str(refusal.value) == says


@pytest.mark.parametrize(
    ("name", "make", "agrees"),
    [
        ("a.docx", hostile.plain_docx, True),
        ("a.DOC", hostile.plain_docx, True),
        ("a.wps", hostile.plain_docx, True),
        ("a.docm", hostile.plain_docx, False),
        ("a.txt", hostile.plain_docx, False),
        ("a.pdf", lambda: hostile.pdf("一"), True),
        ("a.docx", lambda: hostile.pdf("一"), False),
        ("a.txt", lambda: b"text", True),
        ("a.html", lambda: b"text", True),
        ("a.pdf", lambda: b"text", False),
        ("a.pdf\u202e\x00", lambda: b"text", False),
        ("a.2024", lambda: b"text", True),
    ],
)
def test_a_name_must_not_contradict_the_content(name, make, agrees):
    if agrees:
        assert admit(make(), name=name)
    else:
        with pytest.raises(Unreadable, match="两者不符"):
            admit(make(), name=name)


@given(st.text(max_size=400))
def test_any_name_becomes_a_safe_one(name):
    safe = safe_name(name)

    assert len(safe.encode()) <= 255
    assert safe.isprintable() or all(letter.isprintable() or letter.isspace() for letter in safe)
    assert not {"/", "\\", "\x00", "\n", "\r", "\u202e"} & set(safe)
    assert safe_name(safe) == safe


@given(st.data())
def test_any_damage_to_a_package_ends_in_a_kind_or_one_sentence(data):
    whole = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        kind = admit(bytes(whole))
    except Unreadable as refusal:
        assert str(refusal).endswith("。")  # noqa: PT017 - one of two good ends
    else:
        assert kind in Kind


PLAIN = hostile.plain_docx()


def test_parts_in_two_writings_of_one_name_are_refused():
    buffer = BytesIO(PLAIN)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("word/DOCUMENT.xml", b"<a/>")

    with pytest.raises(Unreadable, match="重名"):
        admit(buffer.getvalue())
