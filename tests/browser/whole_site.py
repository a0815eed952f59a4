"""Both plans with a year of work, and something at every stage: what the names in `faces` stand for."""

from datetime import timedelta

from django.contrib.auth.tokens import default_token_generator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from agencies.models import Agency, Role, User
from exporters.models import FillingBundle
from importers import reading
from importers.models import DocumentImport
from importers.sheets import uploads
from tasks import workflow
from tasks.models import Extension, Plan, ProgressReport, Receipt, ReportingPeriod, ReportState, SavedView
from tests.browser.conftest import demo_site
from tests.browser.faces import SEE_EVERYTHING
from tests.browser.test_import import PLAN as SMALL_PLAN
from tests.factories import make_snapshot, make_user
from tests.importers.files import PLAN_2024, with_task_after
from tests.importers.sheets import muddled, sheet_data


def whole_site() -> tuple[dict[str, User], dict[str, object]]:
    """Both plans with a year of work, a view, imports at every stage: people, and what addresses name."""
    site = demo_site()
    idle = Agency.objects.filter(assignments=None, is_collective=False).exclude(pk=site["office"].agency_id)
    stranger = User.objects.filter(agency__in=idle).first() or make_user(
        "stranger", Role.AGENCY, agency=idle.first()
    )
    newcomer = make_user("newcomer", Role.AGENCY, agency=stranger.agency)
    newcomer.one_time_until = timezone.now() + User.ONE_TIME
    newcomer.save(update_fields=["one_time_until"])
    people = {name: site[name] for name in SEE_EVERYTHING}
    people |= {"agency": site["mara"], "stranger": stranger, "newcomer": newcomer}
    new, old = Plan.objects.get(first_year=2024), Plan.objects.get(first_year=2023)
    mara = people["agency"].agency
    names = {
        "plan": new.pk,
        "older_plan": old.pk,
        "task": new.tasks.led_by(mara).first().pk,
        "shared_task": new.tasks.filter(assignments__agency__is_collective=True).first().pk,
        "agency": mara.pk,
        "collective": Agency.objects.get(name="联席会议成员单位").pk,
        "view": SavedView.objects.create(owner=site["office"], name="滞后的任务", query="status=delayed").pk,
        "contact": people["agency"].pk,
        "link": f"/accounts/reset/{urlsafe_base64_encode(force_bytes(people['agency'].pk))}/"
        f"{default_token_generator.make_token(people['agency'])}/",
        "small": _document(site["office"], SMALL_PLAN),
        "corrected": _document(site["office"], with_task_after(PLAN_2024, 3, "开展宣传。（农业农村部负责）")),
        "unreadable": _document(site["office"], "从前有座山。\n"),
        "waiting": _document(site["office"], None),
    }
    names["frozen"], names["later_frozen"] = (
        make_snapshot(new, site["office"], note=note).pk for note in ("报审稿", "定稿")
    )
    names |= _reported(new, mara) | {"older_period": old.periods.first().pk}
    period = new.periods.get(pk=names["period"])
    return people, names | _sheets(people["office"], people["agency"], period)


def _reported(plan: Plan, agency: Agency) -> dict[str, int]:
    """What the addresses of reports name: the agency's own, and what waits for the office."""
    own = ProgressReport.objects.filter(agency=agency, task__plan=plan)
    draft = own.of_leads().get(state=ReportState.DRAFT)
    waiting = ProgressReport.objects.filter(task__plan=plan).awaiting_review()
    return {
        "report": own.of_leads().accepted().first().pk,
        "own_draft": draft.pk,
        "open_task": draft.task_id,
        "period": draft.period_id,
        "waiting_report": waiting.exclude(agency=agency).first().pk,
        "request": Extension.objects.asked().first().pk,
        "objection": Receipt.objects.disputed().first().pk,
    }


def _sheets(office: User, agency: User, period: ReportingPeriod) -> dict[str, int]:
    """Sheets that came back with something of every outcome, and zips of them at every stage."""
    brought = muddled(sheet_data(period, agency.agency, reader=office))
    own = muddled(sheet_data(period, agency.agency, reader=agency))
    report = ProgressReport.objects.get(agency=agency.agency, period=period, state=ReportState.DRAFT)
    workflow.write_report(
        report.task, period, by=agency, version=report.version, measures="同事改过。", results="同事改过。"
    )
    packs = {
        "packed": {"total": 3, "done": 3, "is_ready": True},
        "packing": {"total": 3, "done": 1, "heard_at": timezone.now() + timedelta(hours=1)},
        "torn": {"total": 3, "done": 1, "has_failed": True},
    }
    made = {
        name: FillingBundle.objects.create(period=period, by=office, **facts) for name, facts in packs.items()
    }
    return {name: bundle.pk for name, bundle in made.items()} | {
        "own_sheets": uploads.keep(*uploads.read([SimpleUploadedFile("填报表.xlsx", own)]), by=agency).pk,
        "brought_sheets": uploads.keep(
            *uploads.read([SimpleUploadedFile("代交.xlsx", brought)]), by=office
        ).pk,
    }


def _document(by: User, text: str | None) -> int:
    """An uploaded document that has been read; without a text one whose reading has only begun."""
    document = DocumentImport.objects.create(name="计划.txt", data=(text or "").encode(), by=by, percent=40)
    if text is not None:
        reading.read(document.pk)
    return document.pk
