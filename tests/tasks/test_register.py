"""The register as imports write it: what was learnt can be taken back while nothing rests on it."""

import pytest
from django.core.exceptions import PermissionDenied

from agencies.models import Agency, AgencyAlias
from agencies.resolving import candidates, resolve
from tasks import workflow
from tasks.models import Assignment, AssignmentRole, Event, EventKind
from tests.database import database
from tests.factories import make_agency, make_task, make_user


@pytest.fixture
def forex(office) -> Agency:
    """国家外汇局, registered by the office in an import."""
    return workflow.register_agency("国家外汇局", by=office)


@pytest.fixture
def post(db) -> Agency:
    return make_agency("国家邮政局")


def last_event() -> tuple:
    event = Event.objects.order_by("-pk").first()
    return event.kind, event.agency.name, event.before, event.after, event.by and event.by.username


def test_an_alias_is_taken_back_with_one_event(office, post):
    alias = workflow.remember_alias(post, "国家邮局", by=office)
    events = Event.objects.count()

    workflow.forget_alias(alias, by=office)

    assert resolve(["国家邮局"]) == {}
    assert Event.objects.count() == events + 1
    assert last_event() == (EventKind.AGENCY_ALIAS_DROPPED, "国家邮政局", {"alias": "国家邮局"}, {}, "office")


def test_a_registration_is_taken_back_with_one_event(office, forex):
    events = Event.objects.count()

    workflow.withdraw_agency(forex, by=office)

    assert resolve(["国家外汇局"]) == {}
    assert candidates("国家外汇局") == []
    assert Event.objects.count() == events + 1
    assert last_event() == (EventKind.AGENCY_WITHDRAWN, "国家外汇局", {"name": "国家外汇局"}, {}, "office")


def test_what_was_taken_back_may_be_said_anew(office, forex, post):
    workflow.withdraw_agency(forex, by=office)
    again = workflow.register_agency("国家外汇局", by=office)
    alias = workflow.remember_alias(post, "国家邮局", by=office)
    workflow.forget_alias(alias, by=office)
    workflow.remember_alias(forex, "国家邮局", by=office)

    assert resolve(["国家外汇局", "国家邮局"]) == {"国家外汇局": forex, "国家邮局": forex}
    assert (again.pk, again.is_withdrawn) == (forex.pk, False)


def test_a_name_that_was_taken_back_may_become_an_alias(office, forex, post):
    workflow.withdraw_agency(forex, by=office)

    workflow.remember_alias(post, "国家外汇局", by=office)

    assert resolve(["国家外汇局"]) == {"国家外汇局": post}


def test_a_second_click_changes_nothing(office, forex, post):
    alias = workflow.remember_alias(post, "国家邮局", by=office)
    workflow.forget_alias(alias, by=office)
    workflow.withdraw_agency(forex, by=office)
    before = database()

    workflow.forget_alias(AgencyAlias(pk=alias.pk or 1, agency=post, name="国家邮局"), by=office)
    workflow.withdraw_agency(forex, by=office)

    assert database() == before


def named(task, agency, name):
    Assignment.objects.create(
        task=task, agency=agency, role=AssignmentRole.PARTICIPANT, position=9, basis="order", named_as=name
    )


USES = {
    "a task by the alias": lambda forex, task: named(task, forex, "外汇局"),
    "a task": lambda forex, task: named(task, forex, "国家外汇局"),
    "an account": lambda forex, task: make_user("safe", agency=forex),
    "a collective": lambda forex, task: task.assignments.first().agency.members.add(forex),
    "an alias": lambda forex, task: None,
}


@pytest.mark.parametrize("use", USES)
def test_what_something_rests_on_stays(use, office, forex, section):
    workflow.remember_alias(forex, "外汇局", by=office)
    USES[use](forex, make_task(section, [make_agency("商务部")]))
    before = database()

    with pytest.raises(workflow.Refused, match="登记不能撤销"):
        workflow.withdraw_agency(forex, by=office)

    assert database() == before


def test_an_alias_by_which_a_task_was_read_stays(office, post, section):
    alias = workflow.remember_alias(post, "国家邮局", by=office)
    named(make_task(section, [make_agency("商务部")]), post, "国家邮局")
    before = database()

    with pytest.raises(workflow.Refused, match="已有 1 项任务按“国家邮局”对应到“国家邮政局”，别名不能撤销"):
        workflow.forget_alias(alias, by=office)

    assert database() == before


def test_what_came_with_the_register_stays(office, post):
    alias = AgencyAlias.objects.create(agency=post, name="邮政局")
    before = database()

    with pytest.raises(workflow.Refused, match="自带的别名"):
        workflow.forget_alias(alias, by=office)
    with pytest.raises(workflow.Refused, match="不是导入时登记的单位"):
        workflow.withdraw_agency(post, by=office)

    assert database() == before


@pytest.mark.parametrize("person", ["leader", "lead", "outsider"])
def test_only_the_office_takes_names_back(person, request, office, forex, post):
    alias = workflow.remember_alias(post, "国家邮局", by=office)
    person = request.getfixturevalue(person)
    before = database()

    with pytest.raises(PermissionDenied):
        workflow.forget_alias(alias, by=person)
    with pytest.raises(PermissionDenied):
        workflow.withdraw_agency(forex, by=person)

    assert database() == before


@pytest.mark.parametrize(
    ("name", "signs"),
    [
        ("2026—2027", "206—7"),
        ("第３司", "３"),
        ("国家-邮局", "-"),
        ("财政部、商务部", "、"),
        ("推进修改。", "。"),
        ("国家 邮局", " "),
    ],
)
def test_a_name_with_signs_that_no_name_has_is_refused(name, signs, office, post):
    before = database()

    for asked in (
        lambda: workflow.remember_alias(post, name, by=office),
        lambda: workflow.register_agency(name, by=office),
    ):
        with pytest.raises(workflow.Refused) as refusal:
            asked()
        assert str(refusal.value) == f"“{name}”含有“{signs}”，不像单位名称，不能登记；请更正文件后重新导入"

    assert database() == before


@pytest.mark.parametrize("name", ["CNIPA", "国家新闻出版署（国家版权局）", "中国·海关", "十三部委联席会议"])
def test_names_as_they_are_pass(name, office, post):
    assert workflow.remember_alias(post, name, by=office).name == name


def test_an_alias_cannot_lead_to_a_registration_taken_back(office, forex):
    workflow.withdraw_agency(forex, by=office)

    with pytest.raises(workflow.Refused, match="登记已撤销"):
        workflow.remember_alias(forex, "外汇局", by=office)
