"""延期: asked for by the lead before the day has passed, granted or refused by the office."""

from datetime import date, datetime

import pytest
from django.core.exceptions import PermissionDenied

from tasks import workflow
from tasks.models import Day, Event, Extension, ExtensionState, Light, Notice, Status, Task
from tests.database import refused_and_unchanged
from tests.factories import LONG_AGO, make_agency, make_task

NOVEMBER = datetime(2024, 11, 20, 9, tzinfo=LONG_AGO.tzinfo)
LATER = date(2025, 6, 30)


def ask(task, by, **changed) -> Extension:
    facts = {"new_due_on": LATER, "progress": 60, "reason": " 对外磋商会期顺延 ", "at": NOVEMBER}
    return workflow.ask_extension(task, by=by, **facts | changed)


def told(kind: str) -> tuple:
    event = Event.objects.get(kind=kind)
    return event.by.username, event.agency and event.agency.name, event.sentence, event.reason


def noticed(kind: str) -> list[str]:
    notices = Notice.objects.filter(event__kind=kind).order_by("user__username")
    return list(notices.values_list("user__username", flat=True))


# --- asking ------------------------------------------------------------------------------------------


def test_the_lead_asks_and_the_office_hears_of_it(task, lead, participant, office):
    extension = ask(task, lead)

    assert (extension.state, extension.agency, extension.old_due_on, extension.new_due_on) == (
        ExtensionState.ASKED,
        lead.agency,
        date(2024, 12, 31),
        LATER,
    )
    assert (extension.progress, extension.reason, extension.asked_at, extension.asked_by) == (
        60,
        "对外磋商会期顺延",
        NOVEMBER,
        lead,
    )
    assert told("task.extension_asked") == (
        "cnipa",
        "国家知识产权局",
        "申请延期至 2025-06-30",
        "对外磋商会期顺延",
    )
    assert noticed("task.extension_asked") == ["office"]
    task.refresh_from_db()
    assert (task.due_on, task.version) == (None, 1)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"at": datetime(2025, 1, 1, 0, 1, tzinfo=LONG_AGO.tzinfo)}, "已过计划节点（2024-12-31）"),
        ({"new_due_on": date(2024, 12, 31)}, "须晚于现在的计划节点（2024-12-31）"),
        ({"reason": "  "}, "请写明延期的理由"),
        ({"progress": 101}, "0 至 100"),
        ({"progress": -1}, "0 至 100"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(changed, refusal, task, lead):
    refused_and_unchanged(workflow.Refused, lambda: ask(task, lead, **changed), refusal)


def test_the_last_day_is_not_too_late(task, lead):
    assert ask(task, lead, at=datetime(2024, 12, 31, 23, 59, tzinfo=LONG_AGO.tzinfo)).pk


def test_only_the_lead_asks(task, section, participant, outsider, office):
    for person in (participant, outsider, office):
        refused_and_unchanged(PermissionDenied, lambda p=person: ask(task, p))
    nobodys = make_task(section, number=2)
    refused_and_unchanged(PermissionDenied, lambda: ask(nobodys, outsider))
    everybodys = make_task(section, [make_agency("联席会议成员单位", is_collective=True)], number=3)
    refused_and_unchanged(PermissionDenied, lambda: ask(everybodys, outsider))


def test_what_is_settled_needs_no_more_time(section, lead):
    for status in (Status.COMPLETED, Status.CONTINUING, Status.ADJUSTED):
        task = make_task(section, [lead.agency], status=status, reason="理由")
        refused_and_unchanged(workflow.Refused, lambda t=task: ask(t, lead), "不需要延期")


def test_one_request_at_a_time(task, lead):
    first = ask(task, lead)
    refused_and_unchanged(workflow.Refused, lambda: ask(task, lead), "已有一份延期申请待批")
    workflow.withdraw_extension(first, by=lead)
    ask(task, lead)
    states = list(Extension.objects.order_by("pk").values_list("state", flat=True))
    assert states == [ExtensionState.WITHDRAWN, ExtensionState.ASKED]


# --- taking it back ----------------------------------------------------------------------------------


def test_the_agency_takes_its_request_back(task, lead, participant, outsider, office):
    extension = ask(task, lead)
    for person in (participant, outsider, office):
        refused_and_unchanged(PermissionDenied, lambda p=person: workflow.withdraw_extension(extension, by=p))
    workflow.withdraw_extension(extension, by=lead, at=NOVEMBER)
    assert told("task.extension_withdrawn") == ("cnipa", "国家知识产权局", "撤回延期申请", "")
    refused_and_unchanged(
        workflow.Refused, lambda: workflow.withdraw_extension(extension, by=lead), "不能撤回"
    )


# --- deciding ----------------------------------------------------------------------------------------


def test_a_grant_moves_the_day_and_keeps_the_old_one(task, lead, participant, office):
    extension = ask(task, lead)

    granted = workflow.grant_extension(extension, by=office, decision=" 同意 ", at=NOVEMBER)

    assert (granted.state, granted.old_due_on, granted.decision, granted.decided_by, granted.decided_at) == (
        ExtensionState.GRANTED,
        date(2024, 12, 31),
        "同意",
        office,
        NOVEMBER,
    )
    task.refresh_from_db()
    assert (task.due_on, task.deadline, task.version, task.status) == (LATER, LATER, 2, Status.NOT_STARTED)
    assert told("task.extension_granted") == (
        "office",
        None,
        "同意国家知识产权局延期，计划节点 2024-12-31 → 2025-06-30",
        "同意",
    )
    assert noticed("task.extension_granted") == ["cnipa", "mara"]


def test_the_light_of_a_past_day_knows_the_day_that_stood_then(task, lead, office):
    workflow.grant_extension(ask(task, lead), by=office, at=datetime(2025, 1, 5, 9, tzinfo=NOVEMBER.tzinfo))
    today = date(2025, 2, 1)
    lights = {
        day: Task.objects.as_of(Day.of(day, today=today)).for_rows().get()
        for day in (date(2025, 1, 4), date(2025, 1, 5))
    }
    assert [(task.light_now, task.deadline) for task in lights.values()] == [
        (Light.RED, date(2024, 12, 31)),
        (Light.GREEN, LATER),
    ]


def test_a_refusal_says_why_and_moves_nothing(task, lead, participant, office):
    extension = ask(task, lead)
    refused_and_unchanged(
        workflow.Refused,
        lambda: workflow.refuse_extension(extension, by=office, decision=" "),
        "须写明理由",
    )
    workflow.refuse_extension(extension, by=office, decision="年底前须完成", at=NOVEMBER)
    assert told("task.extension_refused") == (
        "office",
        "国家知识产权局",
        "不同意国家知识产权局延期至 2025-06-30",
        "年底前须完成",
    )
    assert noticed("task.extension_refused") == ["cnipa"]
    task.refresh_from_db()
    assert (task.due_on, task.version) == (None, 1)


def test_only_the_office_decides_and_once(task, lead, participant, leader, office):
    extension = ask(task, lead)
    for person in (lead, participant, leader):
        refused_and_unchanged(PermissionDenied, lambda p=person: workflow.grant_extension(extension, by=p))
        refused_and_unchanged(
            PermissionDenied, lambda p=person: workflow.refuse_extension(extension, by=p, decision="不")
        )
    workflow.refuse_extension(extension, by=office, decision="不妥")
    refused_and_unchanged(
        workflow.Refused, lambda: workflow.grant_extension(extension, by=office), "现为“不同意延期”，不能同意"
    )
    refused_and_unchanged(
        workflow.Refused,
        lambda: workflow.refuse_extension(extension, by=office, decision="不妥"),
        "不能不同意",
    )


def test_a_grant_never_brings_the_day_forward(task, lead, office):
    extension = ask(task, lead)
    Task.objects.filter(pk=task.pk).update(due_on=date(2025, 12, 31))
    refused_and_unchanged(
        workflow.Refused, lambda: workflow.grant_extension(extension, by=office), "已不早于申请的日期"
    )
