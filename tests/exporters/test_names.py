"""Names of sheets and files, whatever they are made from."""

import pytest

from exporters.names import file_name, footer_text, sheet_name


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("总览", [], "总览"),
        ("总览", ["总览"], "总览_2"),
        ("a/b\\c:d*e?f[g]", [], "a_b_c_d_e_f_g_"),
        ("", [], "表"),
        ("'", [], "表"),
        ("History", [], "History_2"),
        ("ABC", ["abc"], "ABC_2"),
        ("甲" * 40, [], "甲" * 31),
        ("甲" * 40, ["甲" * 31], "甲" * 29 + "_2"),
        ("𠮷" * 20, [], "𠮷" * 15),
        ("甲\x00乙", [], "甲□乙"),
    ],
)
def test_sheet_names_are_ones_that_office_accepts(name, taken, expected):
    assert sheet_name(name, taken=taken) == expected


@pytest.mark.parametrize(
    ("given_parts", "expected"),
    [
        (("2024年知识产权强国建设推进计划", "年度进展报告", "20261121"), None),
        (("a/b\\c", "d\r\ne"), "a_b_c_d_e.xlsx"),
        (("..", "x"), "x.xlsx"),
        (("甲" * 300,), "甲" * 70 + ".xlsx"),
    ],
)
def test_file_names_are_ones_that_file_systems_take(given_parts, expected):
    assert file_name(*given_parts) == (expected or "_".join(given_parts) + ".xlsx")


def test_footer_takes_no_text_for_a_command():
    assert footer_text("甲&P乙\n丙") == "甲&&P乙 丙"
    assert footer_text("甲" * 50) == "甲" * 39 + "…"
