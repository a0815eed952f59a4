"""Traditional characters and slips of conversion: read as simplified, said, and undone by key."""

import pytest

from importers import sandbox
from importers.diagnostics import Code
from importers.parsed import ParsedPlan, parse_plan
from importers.readers import document_from_text
from importers.traditional import in_simplified

TRADITIONAL = """2025年推進計劃
一、完善制度
1.著力修訂《著作權法》，沿著既定方向顯著提升後續服務，關於公里與里程碑的意見。（財政部負責）
2.乾隆年間的乾淨水面，皇后大道，徵求意見，覆蓋衞星。（科技部牽頭，教育部配合）"""
SIMPLIFIED = [
    "着力修订《著作权法》，沿着既定方向显著提升后续服务，关于公里与里程碑的意见。",
    "乾隆年间的干净水面，皇后大道，征求意见，覆盖卫星。",
]
SLIPS = """2025年推进计划
一、完善制度
1.出台关于协同保护的意見，沿著方向著力推进。（财政部負責）
2.修改着作权条例，显着提升，著名商标与著作权不变，着力落实。（科技部负责）"""


def parsed(text: str, *undone: str) -> ParsedPlan:
    return parse_plan(document_from_text(text), undone=frozenset(undone))


def test_traditional_document_is_read_as_simplified_and_kept_as_it_was():
    plan = parsed(TRADITIONAL)

    assert [task.text for task in plan.tasks] == SIMPLIFIED
    assert [[each.name for each in task.agencies] for task in plan.tasks] == [
        ["财政部"],
        ["科技部", "教育部"],
    ]
    assert plan.tasks[0].source_text == TRADITIONAL.split("\n")[2]
    (finding,) = [d for d in plan.diagnostics if d.code is Code.TRADITIONAL]
    assert (finding.line, finding.before[:3], finding.after[:3], finding.can_undo) == (
        1,
        "進計劃",
        "进计划",
        True,
    )
    assert finding.count == 27


def test_traditional_document_stays_traditional_when_that_is_undone():
    (key,) = [d.key for d in parsed(TRADITIONAL).diagnostics if d.code is Code.TRADITIONAL]
    plan = parsed(TRADITIONAL, key)

    assert plan.title == "2025年推進計劃"
    assert plan.tasks[0].text == TRADITIONAL.split("\n")[2][2:-7]
    assert plan.tasks[0].responsibility == "財政部負責"
    assert plan.tasks[0].agencies[0].name == "财政部"


def test_slips_of_conversion_are_repaired_one_by_one():
    plan = parsed(SLIPS)

    assert [task.text for task in plan.tasks] == [
        "出台关于协同保护的意见，沿着方向着力推进。",
        "修改著作权条例，显著提升，著名商标与著作权不变，着力落实。",
    ]
    assert [(d.line, d.before, d.after) for d in plan.diagnostics if d.code is Code.VARIANT] == [
        (3, "意見", "意见"),
        (3, "沿著方", "沿着方"),
        (3, "向著力", "向着力"),
        (3, "部負責", "部负责"),
        (4, "改着作", "改著作"),
        (4, "显着提", "显著提"),
    ]


def test_one_slip_can_be_undone_alone():
    (key,) = [d.key for d in parsed(SLIPS).diagnostics if d.before == "意見"]

    assert parsed(SLIPS, key).tasks[0].text == "出台关于协同保护的意見，沿着方向着力推进。"


@pytest.mark.parametrize(
    "text",
    [
        "着力推进原著重新出版",
        "著作权、著名商标、专著、编著、显著",
        "发挥着作用，有着名副其实的地位",
        "朱镕基、堃、喆、囧",
    ],
)
def test_simplified_text_is_left_alone(text):
    lines = document_from_text(text).lines

    assert in_simplified(lines, text, frozenset()) == (text, [], set())


def test_the_process_that_reads_uploads_has_its_tables_before_it_is_sealed():
    # 衞 stands in the table of Hong Kong alone, and 镕 in none: all tables are asked for it.
    result = sandbox.read_in_child((TRADITIONAL + "镕").encode(), name="計劃.txt")

    assert [task.text for task in result.plan.tasks] == SIMPLIFIED
