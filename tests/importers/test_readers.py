import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers import gate
from importers.readers import (
    ENCODINGS,
    Document,
    EncodingUnknown,
    Kind,
    Line,
    Remark,
    Unreadable,
    document,
    read,
)
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


SAVE_AS = "请选择正确的编码，或另存为 UTF-8 编码的 .txt 文件再导入。"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "文件是空的，没有任何内容，请选择推进计划的文件。"),
        (b"\xef\xbb\xbf", "文件里只有空白，没有文字，请选择推进计划的文件。"),
        (" \n\u3000\u200b\n".encode(), "文件里只有空白，没有文字，请选择推进计划的文件。"),
        (
            "甲\n乙".encode() + b"\x00",
            f"第 2 行含有 NUL 字节，这是二进制文件或没有标记的 UTF-16 文本，{SAVE_AS}",
        ),
        (
            "甲\n乙".encode() + b"\xff\n",
            f"第 2 行有无法识别的字节 0xFF（全文第 8 个字节），文件编码不是 UTF-8，也不是 GB18030，{SAVE_AS}",
        ),
        (
            b"\xff\xfe" + "上\n甲".encode("utf-16-le") + b"\x00\xd8",
            f"第 2 行有无法识别的字节 0x00（全文第 7 个字节），文件编码不是有效的 UTF-16-LE，{SAVE_AS}",
        ),
    ],
)
def test_read_says_in_one_sentence_what_is_wrong_and_what_to_do(data, message):
    with pytest.raises(Unreadable) as failure:
        read(data)

    assert str(failure.value) == message


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        ("一、完善制度".encode("utf-16-le"), "utf-16-le"),
        ("一、完善制度，推進。".encode("big5"), "big5"),
    ],
)
def test_read_asks_for_the_encoding_and_takes_the_answer(data, answer):
    with pytest.raises(EncodingUnknown):
        read(data)

    document = read(data, encoding=answer)

    assert document.encoding == answer
    assert document.lines[0].text.startswith("一、完善制度")


def test_read_asks_again_where_the_answer_is_wrong():
    with pytest.raises(EncodingUnknown, match="第 1 行有无法识别的字节"):
        read(TEXT.encode("gbk"), encoding="utf-8")


def test_every_choice_of_encoding_is_one_that_read_takes():
    for encoding, label in ENCODINGS:
        assert label
        text = "一、完善" if encoding != "big5" else "一、完善制度"
        assert read(text.encode(encoding), encoding=encoding).lines[0].text == text
    with pytest.raises(EncodingUnknown, match="没有“rot13”这种编码可选"):
        read(b"a", encoding="rot13")


EVERYDAY = st.text(
    st.characters(codec="gb2312", min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20
)


@given(EVERYDAY)
def test_short_texts_read_alike_in_every_encoding_that_is_told_apart(text):
    """已完成 in GBK is valid Big5 too; taken by statistics it came out as 眒俇傖."""
    found = {
        tuple(line.text for line in read(data).lines)
        for data in (
            text.encode(),
            b"\xef\xbb\xbf" + text.encode(),
            b"\xff\xfe" + text.encode("utf-16-le"),
            b"\xfe\xff" + text.encode("utf-16-be"),
            text.encode("gb18030"),
            text.encode("gbk"),
            text.encode("gb2312"),
        )
    }

    assert found == {(text,)}


def test_utf_16_without_a_mark_and_without_ascii_is_asked_for():
    with pytest.raises(EncodingUnknown, match="UTF-16"):
        read("完善制度".encode("utf-16-le"))


def test_utf_8_of_other_scripts_stays_utf_8():
    assert read("Привет, мир".encode()).lines == (Line(1, "Привет, мир"),)
    assert read("同".encode("gbk")).lines == (Line(1, "同"),)


@given(
    st.text(st.characters(codec="big5", min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20)
)
def test_big5_with_a_comma_is_never_taken_for_something_else(text):
    with pytest.raises(EncodingUnknown):
        read(f"{text}，{text}".encode("big5"))


def test_read_refuses_a_file_over_the_limit(monkeypatch):
    monkeypatch.setattr(gate, "MAX_BYTES", 1024 * 1024)

    with pytest.raises(Unreadable) as failure:
        read(b"a" * (1024 * 1024 + 1))

    assert str(failure.value) == "文件有 1.0 MB，超过 1 MB 的上限，请只导入推进计划的正文。"


@pytest.mark.parametrize(
    ("count", "width"), [(document.MAX_LINES + 1, 1), (11, document.MAX_CHARACTERS // 10)]
)
def test_read_refuses_what_is_far_too_long_for_a_plan(count, width):
    with pytest.raises(Unreadable, match="不像一份推进计划"):
        read(b"\n".join([b"a" * width] * count))


def test_document_survives_the_way_to_another_process():
    whole = Document("计划.docx", "", (Line(1, "一"), Line(2, "")), Kind.DOCX, (Remark(2, "说明。"),))

    assert Document.load(json.loads(json.dumps(whole.dump()))) == whole


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
        found = read(data)
    except Unreadable as refusal:
        assert str(refusal).endswith("。")  # noqa: PT017 - one of two good ends
    else:
        assert [line.number for line in found.lines] == list(range(1, len(found.lines) + 1))
