"""From a preview to the database: `plan_import` asks; `apply_import` writes, in one transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from agencies.models import Agency, User
from agencies.resolving import candidates, outdated, resolve
from importers.import_plan import (
    ChapterHeading,
    Citation,
    Content,
    ImportPlan,
    Part,
    Place,
    PlanFacts,
    Register,
    SectionHeading,
    Source,
    StoredPlan,
    StoredTask,
    TaskStep,
)
from importers.parsed import ParsedPlan
from importers.reconcile import names_in, reconcile
from tasks import workflow
from tasks.models import Extension, Plan, Section, Task
from tasks.workflow import Refused

# Nearest names cost a comparison with the whole register each: a file full of strangers gets a few.
MOST_SUGGESTIONS = 30


class Outcome(NamedTuple):
    """The plan as it stands after an import, and whether that import had anything left to write."""

    plan: Plan
    wrote: bool


class UnknownAgencies(Refused):
    """The plan names agencies that the register does not know; `import_plan.unknown` lists them."""


# --- asking -----------------------------------------------------------------------------------------


def plan_import(parsed: ParsedPlan, *, source: Source) -> ImportPlan:
    """What importing `parsed` would do now. Writes nothing; its queries do not grow with the plan."""
    return reconcile(parsed, _stored_plans(parsed), _register(parsed), source=source)


def _register(parsed: ParsedPlan) -> Register:
    names = names_in(parsed)
    bearers = {name: agency.name for name, agency in resolve(names).items()}
    strangers = [name for name in names if name not in bearers][:MOST_SUGGESTIONS]
    nearest = {name: tuple(agency.name for agency in candidates(name)) for name in strangers}
    aliases = [name for name, agency in bearers.items() if name != agency]
    return Register(bearers, nearest, outdated(aliases, parsed.years))


def _stored_plans(parsed: ParsedPlan) -> list[StoredPlan]:
    """The plans that `parsed` may be a new version of, or stand beside: a common year, or the same number."""
    plans = Plan.objects.none()
    if parsed.years:
        plans |= Plan.objects.filter(first_year__lte=max(parsed.years), last_year__gte=min(parsed.years))
    if parsed.document_number:
        plans |= Plan.objects.filter(document_number=parsed.document_number)
    return [_stored(plan) for plan in plans.order_by("pk")]


def _stored(plan: Plan) -> StoredPlan:
    extended = set(Extension.objects.granted().filter(task__plan=plan).values_list("task", flat=True))
    return StoredPlan(
        pk=plan.pk,
        facts=PlanFacts(
            title=plan.title,
            first_year=plan.first_year,
            last_year=plan.last_year,
            document_number=plan.document_number,
            issuer=plan.issuer,
            issued_on=plan.issued_on,
            addressees=tuple(plan.addressees),
            preamble=plan.preamble,
            closing_rule=plan.closing_rule,
            due_on=plan.due_on,
        ),
        outline=tuple(
            ChapterHeading(
                chapter.number,
                chapter.title,
                tuple(SectionHeading(section.number, section.title) for section in chapter.sections),
            )
            for chapter in workflow.outline_of(plan)
        ),
        tasks=tuple(
            StoredTask(
                task.pk,
                _content(task),
                Citation(task.first_line, task.last_line, task.source_text),
                is_extended=task.pk in extended,
            )
            for task in plan.tasks.for_rows().order_by("number")
        ),
    )


def _content(task: Task) -> Content:
    return Content(
        number=task.number,
        text=task.text,
        responsibility=task.responsibility,
        duty=task.duty,
        open_ended=task.open_ended,
        due_on=task.due_on,
        place=Place(task.section.chapter.number, task.section.number),
        parts=tuple(
            Part(assignment.agency.name, assignment.role, assignment.basis, assignment.named_as)
            for assignment in task.assignments.all()
        ),
    )


# --- writing ----------------------------------------------------------------------------------------


def check_importable(import_plan: ImportPlan, *, register_unknown: bool = False) -> None:
    """Raises Refused, or UnknownAgencies, where the file itself forbids the import."""
    if import_plan.has_errors:
        raise Refused("计划中有需处理的错误，没有写入，请按提示修改文件后重新导入")
    if import_plan.unknown and not register_unknown:
        listed = "、".join(f"“{unknown.name}”" for unknown in import_plan.unknown[:5])
        listed += f"等 {len(import_plan.unknown)} 个" if len(import_plan.unknown) > 5 else ""
        raise UnknownAgencies(f"登记册中没有这些单位：{listed}，没有写入，请先登记为别名或新单位")


def apply_import(
    import_plan: ImportPlan,
    *,
    by: User | None,
    at: datetime | None = None,
    register_unknown: bool = False,
) -> Outcome:
    """Do what was previewed, all of it or nothing; where nothing is left to do, nothing is written.

    Raises Refused where the file holds errors, where the database has changed since the preview so that
    something else would happen now, and where somebody else imports the same plan at this moment;
    UnknownAgencies where names are unknown and `register_unknown` does not say to make them agencies.
    """
    try:
        with transaction.atomic():
            _lock(import_plan)
            current = plan_import(import_plan.parsed, source=import_plan.source)
            check_importable(current, register_unknown=register_unknown)
            if current.changes_nothing:
                return Outcome(Plan.objects.get(pk=current.pk), wrote=False)
            if current.digest != import_plan.digest:
                raise Refused("预览之后登记册或计划有了变化，没有写入，请重新预览后再确认")
            outcome = Outcome(_apply(current, by=by, at=at or timezone.now()), wrote=True)
            transaction.on_commit(_gather_statistics)
            return outcome
    except IntegrityError as error:
        # The locks cannot catch two first imports that have no agency in common; the database's promises do.
        raise Refused("同时有人导入了同一计划，这一次没有写入，请重新预览后再确认") from error


def _gather_statistics() -> None:
    """SQLite plans its queries by figures that somebody has to ask for; PostgreSQL gathers them by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")


def _lock(import_plan: ImportPlan) -> None:
    """Imports of one plan, or with an agency in common, take turns; whoever reads or sets a status goes on.

    The agencies stand in for a plan that is not there yet. The tasks are locked before the plan's row is
    written, in the order of `workflow`, so that an import and a bulk edit cannot wait for each other.
    """
    names = {part.agency for step in import_plan.steps for part in step.content.parts}
    list(Agency.objects.select_for_update(no_key=True).filter(name__in=names).order_by("pk"))
    list(Plan.objects.select_for_update(no_key=True).filter(pk=import_plan.pk))
    list(Task.objects.select_for_update().filter(plan=import_plan.pk).order_by("pk"))


def _apply(current: ImportPlan, *, by: User | None, at: datetime) -> Plan:
    agencies = _agencies(current, by=by, at=at)
    plan = _bring_plan(current, by=by, at=at)
    sections = {
        Place(section.chapter.number, section.number): section
        for section in Section.objects.filter(chapter__plan=plan).select_related("chapter__plan")
    }
    _bring_tasks(current, sections, agencies, by=by, at=at)
    if current.outline_changes and not current.is_new:
        workflow.drop_headings(plan, by=by, outline=_outline(current.outline))
    return plan


def _agencies(import_plan: ImportPlan, *, by: User | None, at: datetime) -> dict[str, Agency]:
    """The agencies by their names in the register; unknown ones join its end."""
    for unknown in import_plan.unknown:
        workflow.register_agency(unknown.name, by=by, at=at)
    return resolve({part.agency for step in import_plan.steps for part in step.content.parts})


def _bring_plan(import_plan: ImportPlan, *, by: User | None, at: datetime) -> Plan:
    source = {"source_name": import_plan.source.name, "source_digest": import_plan.source.digest}
    if import_plan.pk is None:
        facts = _columns(import_plan.facts)
        return workflow.create_plan(
            by=by,
            at=at,
            outline=_outline(import_plan.outline),
            **facts,
            **source,
        )
    changed = {change.field for change in import_plan.fact_changes}
    facts = {name: value for name, value in _columns(import_plan.facts).items() if name in changed}
    return workflow.correct_plan(
        Plan.objects.get(pk=import_plan.pk),
        by=by,
        at=at,
        outline=_outline(import_plan.outline) if import_plan.outline_changes else None,
        **facts,
        **source,
    )


def _bring_tasks(
    import_plan: ImportPlan,
    sections: dict[Place, Section],
    agencies: dict[str, Agency],
    *,
    by: User | None,
    at: datetime,
) -> None:
    # Corrections first: they free the numbers that inserted tasks take.
    workflow.correct_tasks(
        {
            step.pk: _correction(step, sections, agencies)
            for step in import_plan.corrected
            if step.pk is not None
        },
        by=by,
        at=at,
    )
    workflow.create_tasks(
        [_draft(step, sections, agencies) for step in import_plan.created],
        by=by,
        at=at,
    )
    workflow.cite(
        {
            step.pk: workflow.Citation(**_cited(step.citation))
            for step in import_plan.steps
            if step.is_moved_only and step.pk is not None
        },
        by=by,
    )


def _draft(step: TaskStep, sections: dict[Place, Section], agencies: dict[str, Agency]) -> workflow.Draft:
    content = step.content
    return workflow.Draft(
        sections[content.place],
        _namings(content.parts, agencies),
        facts={
            "number": content.number,
            "text": content.text,
            "responsibility": content.responsibility,
            "duty": content.duty,
            "open_ended": content.open_ended,
            "due_on": content.due_on,
        }
        | _cited(step.citation),
    )


def _correction(
    step: TaskStep, sections: dict[Place, Section], agencies: dict[str, Agency]
) -> workflow.Correction:
    changed = {change.field for change in step.changes}
    facts: dict[str, Any] = {name: getattr(step.content, name) for name in changed - {"place", "parts"}}
    if "place" in changed:
        facts["section"] = sections[step.content.place]
    if step.cited_before is not None:
        cited_before = _cited(step.cited_before)
        facts |= {name: value for name, value in _cited(step.citation).items() if value != cited_before[name]}
    return workflow.Correction(
        facts=facts,
        namings=_namings(step.content.parts, agencies) if "parts" in changed else None,
    )


def _namings(parts: Sequence[Part], agencies: dict[str, Agency]) -> list[workflow.Naming]:
    return [workflow.Naming(agencies[part.agency], part.role, part.basis, part.named_as) for part in parts]


def _cited(citation: Citation) -> dict[str, Any]:
    return asdict(citation)


def _columns(facts: PlanFacts) -> dict[str, Any]:
    # JSON holds lists: addressees read back from the database must equal those just written.
    return asdict(facts) | {"addressees": list(facts.addressees)}


def _outline(headings: Sequence[ChapterHeading]) -> list[workflow.ChapterOutline]:
    return [
        workflow.ChapterOutline(
            chapter.number,
            chapter.title,
            tuple(workflow.SectionOutline(section.number, section.title) for section in chapter.sections),
        )
        for chapter in headings
    ]
