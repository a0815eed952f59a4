"""Every audited change of plans and tasks: one function, one transaction, one event a change.

Views, commands and importers all come through here. `by` is the user who does it, and `by=None` says
"the system" aloud; `at` is when it happened, now unless a history is being written.
"""

from tasks.workflow.attachments import add_attachment, drop_attachment
from tasks.workflow.extensions import (
    EXTENSION_MOVES,
    ExtensionMove,
    ask_extension,
    grant_extension,
    refuse_extension,
    withdraw_extension,
)
from tasks.workflow.periods import PeriodDates, set_periods
from tasks.workflow.plans import (
    ChapterOutline,
    Citation,
    Correction,
    Draft,
    Naming,
    SectionOutline,
    cite,
    correct_plan,
    correct_task,
    correct_tasks,
    create_plan,
    create_task,
    create_tasks,
    drop_headings,
    outline_of,
)
from tasks.workflow.receipts import answer_dispute, assign_task, dispute_task, receive_tasks
from tasks.workflow.register import forget_alias, register_agency, remember_alias, withdraw_agency
from tasks.workflow.reports import (
    REPORT_MOVES,
    SHORTEST_PROBLEMS,
    Incomplete,
    ReportConflict,
    ReportMove,
    accept_report,
    check_asked,
    faults_of,
    return_report,
    submit_report,
    take_over,
    withdraw_report,
    write_report,
)
from tasks.workflow.shared import EditConflict, Refused
from tasks.workflow.status import STATUS_MOVES, StatusMove, owes_reason, set_status, set_statuses

__all__ = [
    "EXTENSION_MOVES",
    "REPORT_MOVES",
    "SHORTEST_PROBLEMS",
    "STATUS_MOVES",
    "ChapterOutline",
    "Citation",
    "Correction",
    "Draft",
    "EditConflict",
    "ExtensionMove",
    "Incomplete",
    "Naming",
    "PeriodDates",
    "Refused",
    "ReportConflict",
    "ReportMove",
    "SectionOutline",
    "StatusMove",
    "accept_report",
    "add_attachment",
    "answer_dispute",
    "ask_extension",
    "assign_task",
    "check_asked",
    "cite",
    "correct_plan",
    "correct_task",
    "correct_tasks",
    "create_plan",
    "create_task",
    "create_tasks",
    "dispute_task",
    "drop_attachment",
    "drop_headings",
    "faults_of",
    "forget_alias",
    "grant_extension",
    "outline_of",
    "owes_reason",
    "receive_tasks",
    "refuse_extension",
    "register_agency",
    "remember_alias",
    "return_report",
    "set_periods",
    "set_status",
    "set_statuses",
    "submit_report",
    "take_over",
    "withdraw_agency",
    "withdraw_extension",
    "withdraw_report",
    "write_report",
]
