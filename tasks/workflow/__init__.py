"""Every audited change of plans and tasks: one function, one transaction, one event a change.

Views, commands and importers all come through here. `by` is the user who does it, and `by=None` says
"the system" aloud; `at` is when it happened, now unless a history is being written.
"""

from tasks.workflow.attachments import add_attachment, drop_attachment
from tasks.workflow.extensions import (
    EXTENSION_MOVES,
    ExtensionMove,
    ask_extension,
    check_extendable,
    grant_extension,
    refuse_extension,
    withdraw_extension,
)
from tasks.workflow.notices import read_notices
from tasks.workflow.periods import PeriodDates, PeriodsConflict, dates_of, set_periods
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
from tasks.workflow.receipts import (
    RECEIPT_MOVES,
    ReceiptMove,
    answer_dispute,
    assign_task,
    dispute_task,
    receive_tasks,
)
from tasks.workflow.register import forget_alias, register_agency, remember_alias, withdraw_agency
from tasks.workflow.reminders import (
    LONGEST_NOTE,
    Reminded,
    awaited_by_calendar,
    lately_asked,
    remind,
    remind_by_calendar,
)
from tasks.workflow.report_moves import REPORT_MOVES, ReportConflict, ReportMove
from tasks.workflow.reports import (
    SHORTEST_PROBLEMS,
    Incomplete,
    check_asked,
    faults_of,
    submit_report,
    take_over,
    withdraw_report,
    write_report,
)
from tasks.workflow.reviews import accept_report, accept_reports, proposed_changes, return_report
from tasks.workflow.shared import EditConflict, Refused
from tasks.workflow.snapshots import FrozenReport, freeze_report
from tasks.workflow.status import (
    STATUS_MOVES,
    StatusMove,
    WithoutFinalReport,
    owes_reason,
    set_status,
    set_statuses,
    without_final_report,
)

__all__ = [
    "EXTENSION_MOVES",
    "LONGEST_NOTE",
    "RECEIPT_MOVES",
    "REPORT_MOVES",
    "SHORTEST_PROBLEMS",
    "STATUS_MOVES",
    "ChapterOutline",
    "Citation",
    "Correction",
    "Draft",
    "EditConflict",
    "ExtensionMove",
    "FrozenReport",
    "Incomplete",
    "Naming",
    "PeriodDates",
    "PeriodsConflict",
    "ReceiptMove",
    "Refused",
    "Reminded",
    "ReportConflict",
    "ReportMove",
    "SectionOutline",
    "StatusMove",
    "WithoutFinalReport",
    "accept_report",
    "accept_reports",
    "add_attachment",
    "answer_dispute",
    "ask_extension",
    "assign_task",
    "awaited_by_calendar",
    "check_asked",
    "check_extendable",
    "cite",
    "correct_plan",
    "correct_task",
    "correct_tasks",
    "create_plan",
    "create_task",
    "create_tasks",
    "dates_of",
    "dispute_task",
    "drop_attachment",
    "drop_headings",
    "faults_of",
    "forget_alias",
    "freeze_report",
    "grant_extension",
    "lately_asked",
    "outline_of",
    "owes_reason",
    "proposed_changes",
    "read_notices",
    "receive_tasks",
    "refuse_extension",
    "register_agency",
    "remember_alias",
    "remind",
    "remind_by_calendar",
    "return_report",
    "set_periods",
    "set_status",
    "set_statuses",
    "submit_report",
    "take_over",
    "withdraw_agency",
    "withdraw_extension",
    "withdraw_report",
    "without_final_report",
    "write_report",
]
