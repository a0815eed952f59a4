"""docs/states.md from the workflow's tables of moves: `.venv/bin/python tools/states.py` writes it anew.

A test holds the file against the tables.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "states.md"

_HEAD = """# States and moves

Made by `tools/states.py` from the tables of moves in `tasks/workflow`; do not write here. A test compares it
with them, and others try each move from each state: allowed as the table says, else refused without a trace.
"""
_REPORTS = """## Progress reports (进展报送)

`REPORT_MOVES` in `tasks/workflow/report_moves.py`. A move carries the version of the report that its maker
saw; one that has changed since is a conflict (409). Returning owes a reason, and what was accepted goes back
only while its task is not completed. Accepting a lead's report takes its proposal over as the office's word;
it reopens a completed task only with the office's own reason. A report is on time by the first handing in
that its agency has not withdrawn (`Course` in `tasks/models/report.py`).
"""
_RECEIPTS = """## Receipts (签收)

`RECEIPT_MOVES` in `tasks/workflow/receipts.py`. Objecting, answering and changing who is responsible owe a
reason. Changing who is responsible moves the receipts of those whose part it changes.
"""
_EXTENSIONS = """## Extensions (延期)

`EXTENSION_MOVES` in `tasks/workflow/extensions.py`. The lead asks, with a reason, up to the day on which the
task is due and while no other request of the task waits. Granting moves the due day; refusing owes a reason.
"""
_TASKS = """## Tasks (任务状态)

`STATUS_MOVES` in `tasks/workflow/status.py`. The office brings a task from every status into every
other; what that takes is below. The final report is the lead's, with 申请办结, accepted after the task was
reopened the last time; nobody is asked for one where the plan has no reporting periods, or where nobody leads
or a collective does.
"""


def page() -> str:
    """The whole document. After django.setup()."""
    from tasks import workflow
    from tasks.models import ExtensionState, ReceiptState, ReportState

    parts = [
        _HEAD,
        _REPORTS,
        _moves(workflow.REPORT_MOVES, ReportState, begins="write"),
        _RECEIPTS,
        _moves(workflow.RECEIPT_MOVES, ReceiptState),
        _EXTENSIONS,
        _moves(workflow.EXTENSION_MOVES, ExtensionState),
        _TASKS,
        _statuses(workflow.STATUS_MOVES),
    ]
    return "\n".join(parts)


def _moves(moves, states, begins: str = "") -> str:
    """The diagram and the table of moves whose states are `states`; `begins` is the move that makes one."""
    diagram = [f'state "{state.label}" as {state.value}' for state in states]
    table = ["| move | 操作 | by | from | to |", "|---|---|---|---|---|"]
    for name, move in moves.items():
        sources = [state for state in (None, *states) if state in move.sources]
        if name == begins:
            sources = [None, *sources]
        who = "单位" if move.by_agency else "办公室"
        for source in sources:
            target = move.target or source or next(iter(states))
            diagram.append(f"{_node(source)} --> {_node(target)}: {move.words}（{who}）")
        said_from = " / ".join(source.label if source else "none yet" for source in sources)
        table.append(f"| `{name}` | {move.words} | {who} | {said_from} | {_label(move.target)} |")
    return _mermaid(diagram) + "\n" + "\n".join(table) + "\n"


def _statuses(moves) -> str:
    diagram = ['state "任何状态" as any', *(f'state "{status.label}" as {status.value}' for status in moves)]
    diagram.append("[*] --> not_started: 导入计划")
    table = ["| to | reason | final report | progress |", "|---|---|---|---|"]
    for status, move in moves.items():
        diagram.append(f"any --> {status.value}: {'，'.join(_conditions(move)) or '随时'}")
        if move.reason_to_leave:
            diagram.append(f"{status.value} --> any: 须写理由")
        progress = "any" if move.progress is None else f"{move.progress}%"
        owed = "owed" if move.reason_owed else "owed to leave it" if move.reason_to_leave else ""
        table.append(f"| {status.label} | {owed} | {'owed' if move.final_report else ''} | {progress} |")
    return _mermaid(diagram) + "\n" + "\n".join(table) + "\n"


def _conditions(move) -> Iterator[str]:
    if move.reason_owed:
        yield "须写理由"
    if move.final_report:
        yield "须有最终报告"
    if move.progress is not None:
        yield f"进度 {move.progress}%"


def _mermaid(lines: list[str]) -> str:
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in lines), "```", ""])


def _node(state) -> str:
    return state.value if state else "[*]"


def _label(state) -> str:
    return state.label if state else "unchanged"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipplan.settings")
    django.setup()
    PAGE.write_text(page(), encoding="utf-8")
