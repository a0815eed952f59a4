"""Who: agencies with their other names, collectives and their members, and the people who sign in."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property


class AgencyQuerySet(models.QuerySet["Agency"]):
    def registered(self) -> "AgencyQuerySet":
        """Agencies that stand in the register: not those whose registration was taken back."""
        return self.filter(is_withdrawn=False)

    def collectives(self) -> "AgencyQuerySet":
        return self.filter(is_collective=True)

    def that_include(self, agency: "Agency") -> "AgencyQuerySet":
        """The agency itself and every collective it is a member of."""
        return self.filter(Q(pk=agency.pk) | Q(members=agency))


class Agency(models.Model):
    """单位: an organisation that plans name as responsible, in the short form that the plans use."""

    name = models.CharField("名称", max_length=100, unique=True)
    official_name = models.CharField("全称", max_length=200, blank=True)
    code = models.CharField("代码", max_length=20, blank=True, help_text="英文缩写，如 CNIPA")
    category = models.CharField("类别", max_length=50, blank=True)
    is_collective = models.BooleanField("是单位组", default=False, help_text="如联席会议成员单位，没有账号")
    members = models.ManyToManyField(
        "self", verbose_name="成员", symmetrical=False, blank=True, related_name="collectives"
    )
    note = models.TextField("沿革与备注", blank=True)
    is_withdrawn = models.BooleanField(
        "登记已撤销",
        default=False,
        help_text="登记后又撤销的单位：不再识别其名称，操作记录仍指向它",
    )
    position = models.PositiveSmallIntegerField("排序", default=0)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = verbose_name_plural = "单位"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="agency_has_name"),
            models.UniqueConstraint(
                Lower("code"),
                condition=~Q(code=""),
                name="agency_code_once",
                violation_error_message="代码已被使用",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AgencyAlias(models.Model):
    """Another name of an agency: a full name, an abbreviation or a predecessor's name.

    An alias stands for the whole name and never for a part of one: 知识产权局 is inside 国家知识产权局.
    """

    agency = models.ForeignKey(Agency, models.CASCADE, verbose_name="单位", related_name="aliases")
    name = models.CharField("别名", max_length=200, unique=True)
    valid_from = models.DateField("启用", null=True, blank=True)
    valid_until = models.DateField("停用", null=True, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    class Meta:
        ordering = ["agency", "name"]
        verbose_name = verbose_name_plural = "单位别名"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="alias_has_name"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_from__lte=models.F("valid_until")),
                name="alias_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def dates(self) -> str:
        """From when until when it was a name, in words."""
        parts = (
            self.valid_from and f"{self.valid_from} 启用",
            self.valid_until and f"{self.valid_until} 停用",
        )
        return "，".join(part for part in parts if part)


class Role(models.TextChoices):
    OFFICE = "office", "联席会议办公室"
    AGENCY = "agency", "成员单位"
    LEADER = "leader", "领导"
    AUDITOR = "auditor", "审计"
    ADMIN = "admin", "管理员"


class AccountManager(UserManager["User"]):
    def create_superuser(self, username, email=None, password=None, **extra):
        return super().create_superuser(username, email, password, role=Role.ADMIN, **extra)


class User(AbstractUser):
    """An account. What it may see and do follows from its role and agency alone.

    Django's groups and permissions are not used; `is_superuser` opens the admin pages for the
    administrator and nothing of the tasks.
    """

    role = models.CharField("角色", max_length=10, choices=Role.choices, default=Role.AGENCY)
    agency = models.ForeignKey(
        Agency, models.PROTECT, verbose_name="单位", null=True, blank=True, related_name="users"
    )

    objects = AccountManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=Role.values),
                name="user_role_known",
                violation_error_message="没有这个角色",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.AGENCY) | Q(agency__isnull=False),
                name="user_of_an_agency_has_one",
                violation_error_message="成员单位的账号须指定单位",
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_once",
                violation_error_message="账号名已被使用（不区分大小写）",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """How pages and records name the account: by its name, else its agency, else its role."""
        if self.first_name:
            return self.first_name
        return self.agency.name if self.agency else self.get_role_display()

    @cached_property
    def stands_for(self) -> tuple[int, ...]:
        """Keys of its agency and of the collectives it is a member of: whose tasks it may see.

        Fetched, not a subquery: four levels deep, a database without fresh statistics planned it as loops
        in loops.
        """
        if self.agency is None:
            return ()
        return tuple(Agency.objects.that_include(self.agency).values_list("pk", flat=True).distinct())

    @property
    def sees_everything(self) -> bool:
        return self.role in (Role.OFFICE, Role.LEADER, Role.AUDITOR, Role.ADMIN)
