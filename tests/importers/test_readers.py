import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers import readers
from importers.readers import Document, Line, Unreadable, read
from tests.importers import oracle

TEXT = "一、完善制度\n1.推进修改。（国家知识产权局负责）"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.encode("gbk"), "gb18030"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_read_finds_the_encoding_without_guessing(data, encoding):
    lines = (Line(1, "一、完善制度"), Line(2, "1.推进修改。（国家知识产权局负责）"))

    assert read(data, name="plan.txt") == Document("plan.txt", encoding, lines)


def test_read_gb18030_keeps_characters_of_four_bytes():
    assert read("吉𠮷".encode("gb18030")).lines == (Line(1, "吉𠮷"),)


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"])
def test_read_breaks_lines_at_every_line_break(mark):
    assert [line.text for line in read(f"甲{mark}乙{mark}{mark}丙{mark}".encode()).lines] == [
        "甲",
        "乙",
        "",
        "丙",
    ]


def docx() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "文件是空的，没有任何内容，请选择推进计划的文本文件。"),
        (b"\xef\xbb\xbf", "文件里只有空白，没有文字，请选择推进计划的文本文件。"),
        (" \n\u3000\u200b\n".encode(), "文件里只有空白，没有文字，请选择推进计划的文本文件。"),
        (
            b"%PDF-1.7\n%\xe2\xe3",
            "这是PDF 文件，不是文本文件，请在阅读器中复制全文，另存为 UTF-8 编码的 .txt 文件后再导入。",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 20,
            "这是旧版 Office/WPS 文件（.doc、.wps、.xls）或加密文件，不是文本文件，"
            "请打开后另存为 UTF-8 编码的 .txt 文件再导入。",
        ),
        (docx(), "这是Word 文件（.docx），不是文本文件，请打开后另存为 UTF-8 编码的 .txt 文件再导入。"),
        (b"\x7fELF\x02\x01", "这是可执行程序，不是文本文件，请选择推进计划的文本文件。"),
        (
            "甲\n乙".encode() + b"\x00",
            "第 2 行含有 NUL 字节，这是二进制文件或没有标记的 UTF-16 文本，"
            "请另存为 UTF-8 编码的 .txt 文件再导入。",
        ),
        (
            "甲\n乙".encode() + b"\xff\n",
            "第 2 行有无法识别的字节 0xFF（全文第 8 个字节），"
            "文件编码不是 UTF-8，也不是 GB18030，请另存为 UTF-8 编码的 .txt 文件再导入。",
        ),
        (
            b"\xff\xfe" + "甲".encode("utf-16-le") + b"\x00\xd8",
            "第 1 行有无法识别的字节 0x00（全文第 3 个字节），"
            "文件编码不是 有效的 UTF-16-LE，请另存为 UTF-8 编码的 .txt 文件再导入。",
        ),
    ],
)
def test_read_says_in_one_sentence_what_is_wrong_and_what_to_do(data, message):
    with pytest.raises(Unreadable) as failure:
        read(data)

    assert str(failure.value) == message


def test_read_refuses_a_file_over_the_limit(monkeypatch):
    monkeypatch.setattr(readers, "MAX_BYTES", 1024 * 1024)

    with pytest.raises(Unreadable) as failure:
        read(b"a" * (1024 * 1024 + 1))

    assert str(failure.value) == "文件有 1.0 MB，超过 1 MB 的上限，请只导入推进计划的正文。"


@pytest.mark.parametrize("year", oracle.YEARS)
def test_read_names_one_bad_byte_in_a_whole_plan(year):
    data = oracle.raw(year)
    place = data.index("。".encode(), 9000)
    broken = data[:place] + b"\xff" + data[place:]
    line = data.count(b"\n", 0, place) + 1

    with pytest.raises(Unreadable) as failure:
        read(broken)

    assert str(failure.value).startswith(f"第 {line} 行有无法识别的字节 0xFF")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_one_sentence(data):
    try:
        document = read(data)
    except Unreadable as refusal:
        assert str(refusal).endswith("。")  # noqa: PT017 - one of two good ends
    else:
        assert [line.number for line in document.lines] == list(range(1, len(document.lines) + 1))
