"""The agency register as imports add to it: agencies, their other names, and taking both back."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from agencies.models import Agency, AgencyAlias, User
from agencies.resolving import strange_signs
from tasks import permissions
from tasks.models import Event, EventKind
from tasks.workflow.shared import Refused, allow


@transaction.atomic
def register_agency(name: str, *, by: User | None, at: datetime | None = None) -> Agency:
    """A new agency at the end of the register. Raises Refused where the name is taken or no name."""
    allow(permissions.can_import_plans, by)
    name = _free_name(name, Agency)
    last = Agency.objects.aggregate(last=Max("position"))["last"] or 0
    # One whose registration was taken back is still there for its events: it comes back as itself.
    agency, _ = Agency.objects.update_or_create(
        name=name, defaults={"position": last + 1, "is_withdrawn": False}
    )
    Event.record(agency, EventKind.AGENCY_REGISTERED, by=by, at=at or timezone.now(), after={"name": name})
    return agency


@transaction.atomic
def withdraw_agency(agency: Agency, *, by: User | None, at: datetime | None = None) -> None:
    """Take a registration back. Raises Refused where the agency came otherwise, or something names it.

    The row stays, for its events name it; its name means nothing any more and may be registered again.
    """
    allow(permissions.can_import_plans, by)
    agency = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if agency.is_withdrawn:
        return
    if not Event.objects.filter(agency=agency, kind=EventKind.AGENCY_REGISTERED).exists():
        raise Refused(f"“{agency}”不是导入时登记的单位，不能在这里撤销")
    used = _uses(
        (agency.assignments.count(), "项任务"),
        (agency.aliases.count(), "个别名"),
        (agency.users.count(), "个账号"),
        (agency.collectives.count() + agency.members.count(), "个单位组"),
    )
    if used:
        raise Refused(f"“{agency}”已有{used}，登记不能撤销")
    agency.is_withdrawn = True
    agency.save(update_fields=["is_withdrawn"])
    Event.record(
        agency, EventKind.AGENCY_WITHDRAWN, by=by, at=at or timezone.now(), before={"name": agency.name}
    )


@transaction.atomic
def remember_alias(agency: Agency, name: str, *, by: User | None, at: datetime | None = None) -> AgencyAlias:
    """Another name by which documents call the agency. Raises Refused where the name is taken or no name."""
    allow(permissions.can_import_plans, by)
    # Locked: while it is made an alias's bearer, nobody takes the agency's registration back.
    agency = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if agency.is_withdrawn:
        raise Refused(f"“{agency}”的登记已撤销，请重新选择")
    alias = AgencyAlias.objects.create(agency=agency, name=_free_name(name, AgencyAlias))
    Event.record(agency, EventKind.AGENCY_ALIAS, by=by, at=at or timezone.now(), after={"alias": alias.name})
    return alias


@transaction.atomic
def forget_alias(alias: AgencyAlias, *, by: User | None, at: datetime | None = None) -> None:
    """Take an alias back. Raises Refused where it was not learnt here, or a task was read by it."""
    allow(permissions.can_import_plans, by)
    # The agency's row is what an import locks that has this name in it: one of the two waits.
    agency = Agency.objects.select_for_update(no_key=True).get(pk=alias.agency_id)
    fresh = AgencyAlias.objects.filter(pk=alias.pk, agency=agency).first()
    if fresh is None:
        return
    learnt = Event.objects.filter(agency=agency, kind=EventKind.AGENCY_ALIAS, after__alias=fresh.name)
    if not learnt.exists():
        raise Refused(f"“{fresh}”是单位登记册自带的别名，不能在这里撤销")
    used = agency.assignments.filter(named_as=fresh.name).count()
    if used:
        raise Refused(f"已有 {used} 项任务按“{fresh}”对应到“{agency}”，别名不能撤销")
    fresh.delete()
    Event.record(
        agency, EventKind.AGENCY_ALIAS_DROPPED, by=by, at=at or timezone.now(), before={"alias": fresh.name}
    )


def _uses(*counts: tuple[int, str]) -> str:
    return "、".join(f" {count} {what}" for count, what in counts if count)


def _free_name(name: str, model: type[Agency] | type[AgencyAlias]) -> str:
    name = name.strip()
    longest = model._meta.get_field("name").max_length
    if not name or len(name) > longest:
        raise Refused(f"单位名称须为 1 至 {longest} 字")
    strange = strange_signs(name)
    if strange:
        raise Refused(f"“{name}”含有“{strange}”，不像单位名称，不能登记；请更正文件后重新导入")
    bearer = Agency.objects.registered().filter(Q(name=name) | Q(aliases__name=name)).first()
    if bearer:
        raise Refused(f"“{name}”已在登记册中，指的是{bearer}，请刷新页面")
    return name
