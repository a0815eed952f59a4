"""What a list of tasks can show beside number and text: the keys and titles, for pages and workbooks alike.

How a page draws a column is its template's; what stands in a workbook's cell is exporters/columns.py's.
"""

from collections.abc import Collection, Iterable

TITLES = {
    "year": "年度",
    "document_number": "文号",
    "number": "序号",
    "chapter": "章",
    "section": "节",
    "place": "章节",
    "text": "任务",
    "lead": "牵头单位",
    "participants": "参与单位",
    "duty": "负责方式",
    "clause": "责任条款",
    "status": "状态",
    "progress": "进度",
    "light": "预警",
    "light_reason": "预警原因",
    "deadline": "计划节点",
    "reason": "理由",
    "updated": "更新时间",
    "source_lines": "原文行次",
}

# The ledger's columns in their order; number and text are always there.
LEDGER = (
    "place",
    "lead",
    "participants",
    "duty",
    "status",
    "light",
    "light_reason",
    "reason",
    "progress",
    "deadline",
    "updated",
)
LEDGER_AT_FIRST = ("lead", "participants", "status", "light", "progress", "updated")


def known(keys: Iterable[str], among: Collection[str]) -> tuple[str, ...]:
    """Those of `keys` that name one of these columns, in the columns' own order, each once."""
    asked = set(keys)
    return tuple(key for key in among if key in asked)
