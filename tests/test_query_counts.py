"""Every list costs as many queries with a thousand tasks as with ten: pages and the API alike.

Workbooks: tests/exporters.
"""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency
from tasks.models import Assignment, Event, EventKind, Notice, Plan, ProgressReport, ReportState, Task
from tests.exporters.worlds import fill_quickly
from tests.factories import LONG_AGO, WRITTEN, make_periods, make_plan, make_user

FEW, MANY = 10, 1_000
EVERYBODYS = (
    "/tasks/?plan={plan}",
    "/tasks/?plan={plan}&group=lead&light=red&light=green",
    "/tasks/?q=任务",
    "/tasks/?plan={plan}&as_of=2024-08-01",
    "/plans/{plan}/",
    "/notices/",
    "/exports/?plan={plan}",
    "/api/v1/tasks/?plan={plan}",
    "/api/v1/plans/",
)
ADDRESSES = {
    "office": (
        *EVERYBODYS,
        "/?plan={plan}",
        "/agencies/?plan={plan}",
        "/agencies/{agency}/?plan={plan}",
        "/review/?plan={plan}",
        "/supervision/?plan={plan}",
        "/supervision/reports/?plan={plan}",
        "/supervision/missing/?plan={plan}",
        "/supervision/bulletin/?plan={plan}",
        "/reminders/?plan={plan}",
    ),
    "agency": (*EVERYBODYS, "/my/?plan={plan}", "/my/reports/?plan={plan}", "/my/receipts/?plan={plan}"),
}


def _fill(plan: Plan, count: int) -> None:
    """So many tasks, half their agencies' reports, and with each report an event and a notice."""
    fill_quickly(plan, count)
    period = make_periods(plan)[0]
    reader = make_user("contact", agency=Agency.objects.get(name="第0单位"))
    reports = ProgressReport.objects.bulk_create(
        ProgressReport(
            task_id=one.task_id,
            agency_id=one.agency_id,
            period=period,
            state=(ReportState.SUBMITTED, ReportState.ACCEPTED)[one.pk % 4 // 2],
            first_submitted_at=LONG_AGO,
            submitted_at=LONG_AGO,
            reviewed_at=LONG_AGO,
            updated_at=LONG_AGO,
            **WRITTEN,
        )
        for one in Assignment.objects.filter(task__plan=plan)
        if one.pk % 2
    )
    events = Event.objects.bulk_create(
        Event(
            kind=EventKind.REPORT_SUBMITTED,
            plan=plan,
            task_id=report.task_id,
            report=report,
            agency_id=report.agency_id,
            at=LONG_AGO,
            after={"period": period.name, **WRITTEN, "progress_before": 0},
        )
        for report in reports
    )
    Notice.objects.bulk_create(Notice(user=reader, event=event) for event in events)


@pytest.mark.parametrize("role", ADDRESSES)
def test_no_list_asks_more_of_the_database_for_more_tasks(role, office, client_of):
    def counted(size: int) -> dict[str, int]:
        with transaction.atomic():
            plan = make_plan(2024)
            _fill(plan, size)
            assert Task.objects.count() == size
            agency = Agency.objects.get(name="第0单位")
            client = client_of(office if role == "office" else agency.users.get())
            found = {}
            for address in ADDRESSES[role]:
                client.get(
                    path := address.format(plan=plan.pk, agency=agency.pk)
                )  # fills what is kept for good
                with CaptureQueriesContext(connection) as queries:
                    answer = client.get(path)
                assert answer.status_code == 200, path
                found[address] = len(queries)
            transaction.set_rollback(True)
            return found

    counted(FEW)  # what is loaded once and for good
    assert counted(FEW) == counted(MANY)
