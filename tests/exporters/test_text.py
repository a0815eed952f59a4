"""Texts before they become cells: cleaned, measured, cut without a loss."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.xml.functions import fromstring

from exporters import text as texts

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=60)


@settings(deadline=None)
@given(ANY_TEXT)
def test_clean_text_is_always_valid_xml(text):
    cleaned = texts.clean(text)

    escaped = cleaned.replace("&", "&amp;").replace("<", "&lt;")
    assert (fromstring(f"<t>{escaped}</t>".encode()).text or "") == cleaned


@pytest.mark.parametrize("code", [0x00, 0x08, 0x0B, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_forbidden_characters_show_as_a_box(code):
    assert texts.clean(f"甲{chr(code)}乙") == "甲□乙"


@pytest.mark.parametrize("kept", ["\t", "\n", "\x7f", "\x85", "𠮷", "　", "é"])
def test_other_characters_stay(kept):
    assert texts.clean(f"甲{kept}乙") == f"甲{kept}乙"


def test_line_breaks_of_every_system_become_one():
    assert texts.clean("甲\r\n乙\r丙\n丁") == "甲\n乙\n丙\n丁"


@given(st.text("_x0041FfG甲", max_size=30))
def test_what_looks_escaped_reads_back_as_it_was(text):
    assert texts.read_back(texts.escaped(text)) == text


def test_escaping_touches_only_what_looks_escaped():
    assert texts.escaped("_x0041_ 与 _x41_ 与 snake_case") == "_x005F_x0041_ 与 _x41_ 与 snake_case"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "＋1", " =1"])
def test_formula_like_texts_are_known(text):
    assert texts.looks_like_formula(text)


@pytest.mark.parametrize("text", ["完成", "1-1", "《=》", "（-）"])
def test_other_texts_are_not_formula_like(text):
    assert not texts.looks_like_formula(text)


def test_limit_of_a_cell_is_counted_as_office_counts():
    assert not texts.too_long_for_a_cell("甲" * 32_767)
    assert texts.too_long_for_a_cell("甲" * 32_768)
    assert texts.too_long_for_a_cell("𠮷" * 16_384)  # two units each
    assert texts.too_long_for_a_cell("_x0041_" * 3_000)  # longer once written


@pytest.mark.parametrize(
    ("text", "capacity", "lines"),
    [
        ("", 20, 1),
        ("十个汉字一行恰好放下", 20, 1),
        ("十一个汉字就要换到第二行", 20, 2),
        ("甲\n\n乙", 20, 3),
        ("A" * 100, 20, 8),
        ("末尾的句号不单独成一行。", 22, 2),
    ],
)
def test_lines_are_counted_as_they_wrap(text, capacity, lines):
    assert texts.line_count(text, capacity) == lines


@settings(deadline=None)
@given(
    st.text("甲乙，。（）《》 \nabcW1234-́\t", max_size=400),
    st.integers(4, 60),
    st.integers(1, 5),
    st.integers(1, 50),
)
def test_pieces_join_to_the_text_and_keep_their_limits(text, capacity, lines, characters):
    pieces = list(texts.pieces(text, capacity=capacity, lines=lines, characters=characters))

    assert "".join(pieces) == text
    assert all(len(piece) <= characters for piece in pieces)
    # A piece that ends with a line break counts an empty line after it.
    assert all(texts.line_count(piece, capacity) <= lines + 1 for piece in pieces)
