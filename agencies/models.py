"""Who: agencies with their other names, collectives and their members, and the people who sign in."""

import secrets
import unicodedata
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property


class AgencyQuerySet(models.QuerySet["Agency"]):
    def visible_to(self, user: "User") -> "AgencyQuerySet":
        """Agencies whose page `user` may open: all in the register, or the person's own."""
        return self.registered() if user.sees_everything else self.registered().filter(pk=user.agency_id)

    def registered(self) -> "AgencyQuerySet":
        """Agencies that stand in the register: not those whose registration was taken back."""
        return self.filter(is_withdrawn=False)

    def collectives(self) -> "AgencyQuerySet":
        return self.filter(is_collective=True)

    def single(self) -> "AgencyQuerySet":
        """One organisation each: these have accounts, and are the members of collectives."""
        return self.filter(is_collective=False)

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
    def create_user(self, username, email=None, password=None, **facts):
        return self._create_user(username, email, password, **facts)

    def create_superuser(self, username, email=None, password=None, **facts):
        return self.create_user(username, email, password, role=Role.ADMIN, **facts)

    def get_by_natural_key(self, username):
        """The account of this name as somebody types it: case and width of its letters do not matter."""
        return self.alias(key=Lower("username")).get(key=User.normalize_username(username))


class User(AbstractUser):
    """An account. What it may see and do follows from its role and agency alone.

    So Django's groups, permissions and flags are no columns here; its admin pages ask the flags, which the
    role answers.
    """

    ONE_TIME = timedelta(hours=72)

    groups = user_permissions = last_name = None

    username = models.CharField(
        "账号",
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator(message="账号名只能用字母、数字、汉字和 @ . + - _")],
        error_messages={"unique": "账号名已被使用（不区分大小写）"},
    )
    first_name = models.CharField("显示名称", max_length=150, blank=True)
    email = models.EmailField("邮箱", blank=True)
    is_active = models.BooleanField("启用", default=True)
    role = models.CharField("角色", max_length=10, choices=Role.choices, default=Role.AGENCY)
    agency = models.ForeignKey(
        Agency, models.PROTECT, verbose_name="单位", null=True, blank=True, related_name="users"
    )
    # Set while the password is one that the product made up, to be changed at the next sign-in.
    one_time_until = models.DateTimeField("一次性密码有效期至", null=True, blank=True, editable=False)

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

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return unicodedata.normalize("NFKC", username).strip().casefold()

    def get_full_name(self) -> str:
        return self.label

    @property
    def is_staff(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_superuser(self) -> bool:
        return self.is_staff

    def issue_one_time_password(self) -> str:
        """A random password in place of the present one, for ONE_TIME; the caller saves and shows it once."""
        password = one_time_password()
        self.set_password(password)
        self.one_time_until = timezone.now() + self.ONE_TIME
        return password

    def one_time_password_ended(self, now: datetime) -> bool:
        return self.one_time_until is not None and self.one_time_until <= now

    def set_password(self, raw_password: str | None) -> None:
        """A password of somebody's choice ends a one-time password."""
        super().set_password(raw_password)
        self.one_time_until = None

    def check_password(self, raw_password: str) -> bool:
        # An old hash is renewed through set_password, though the password stays the same.
        until = self.one_time_until
        matches = super().check_password(raw_password)
        self.one_time_until = until
        return matches

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

    @property
    def narrowed_to(self) -> Agency | None:
        """The agency whose part alone is shown; None before those who see everything."""
        return None if self.sees_everything else self.agency

    @property
    def sight(self) -> str | int | None:
        """Equal for accounts before whom the same tasks lie: whose agency is the same, or who see all."""
        return "everything" if self.sees_everything else self.agency_id


# Neither 0 nor O, neither 1, l nor I: people read it out and type it off.
_LEGIBLE = "23456789abcdefghjkmnpqrstuvwxyz"


def one_time_password() -> str:
    """Four groups of four characters: 79 bits."""
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(4))


class ResetRequest(models.Model):
    """A link for a new password that somebody asked for by e-mail; kept for a day, to be counted."""

    KEPT = timedelta(days=1)

    # A digest: whoever asks may have typed the address of a person unknown here.
    email_digest = models.CharField(max_length=64)
    client_address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "重置密码申请"
        indexes = [models.Index(fields=["at"], name="reset_request_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
