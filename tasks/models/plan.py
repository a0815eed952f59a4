"""A plan and its outline: chapters, and sections inside them."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

if TYPE_CHECKING:
    from agencies.models import User


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: "User") -> "PlanQuerySet":
        """Plans in which `user` may see something."""
        if user.sees_everything:
            return self
        # By its name: tasks speak of plans, not plans of tasks.
        tasks = apps.get_model("tasks", "Task").objects.visible_to(user)
        return self.filter(Exists(tasks.filter(plan=OuterRef("pk"))))


class Plan(models.Model):
    """推进计划: one edition, for one year or for two (2021—2022)."""

    title = models.CharField("标题", max_length=200)
    first_year = models.PositiveSmallIntegerField("起始年度")
    last_year = models.PositiveSmallIntegerField("终止年度")
    due_on = models.DateField("计划节点", help_text="未另行规定时限的任务以此为准")
    document_number = models.CharField("文号", max_length=50, blank=True)
    issuer = models.CharField("印发单位", max_length=200, blank=True)
    issued_on = models.DateField("印发日期", null=True, blank=True)
    addressees = models.JSONField("主送单位", default=list, blank=True)
    preamble = models.TextField("引言", blank=True)
    closing_rule = models.TextField("结语", blank=True)
    source_name = models.CharField("来源文件", max_length=255, blank=True)
    source_digest = models.CharField("来源文件摘要", max_length=64, blank=True, help_text="SHA-256")

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-first_year", "-last_year", "-pk"]
        verbose_name = verbose_name_plural = "推进计划"
        indexes = [models.Index(fields=["first_year", "last_year", "id"], name="plan_order")]
        constraints = [
            models.UniqueConstraint(fields=["first_year", "last_year", "title"], name="plan_edition_once"),
            models.CheckConstraint(
                condition=Q(
                    first_year__gte=2000, last_year__gte=F("first_year"), last_year__lte=F("first_year") + 4
                ),
                name="plan_years_in_order",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="plan_has_title"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("tasks:plan", args=[self.pk])

    @property
    def years(self) -> list[int]:
        return list(range(self.first_year, self.last_year + 1))

    @property
    def period(self) -> str:
        """2024 年度, or 2021—2022 年度; the page sets the gap between digits and words."""
        years = (
            str(self.first_year)
            if self.first_year == self.last_year
            else f"{self.first_year}—{self.last_year}"
        )
        return f"{years} 年度"


CHINESE_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """1 to 99 as headings write it: 一, 十, 十二, 二十一."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return CHINESE_DIGITS[ones]
    return ("" if tens == 1 else CHINESE_DIGITS[tens]) + "十" + (CHINESE_DIGITS[ones] if ones else "")


class Chapter(models.Model):
    """章, headed 一、 in the document."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="chapters")
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("标题", max_length=200)

    class Meta:
        ordering = ["plan", "number"]
        verbose_name = verbose_name_plural = "章"
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="chapter_number_once_a_plan"),
            models.CheckConstraint(condition=Q(number__gte=1), name="chapter_number_from_one"),
        ]

    def __str__(self) -> str:
        return self.heading

    @property
    def heading(self) -> str:
        return f"{chinese_number(self.number)}、{self.title}"


class Section(models.Model):
    """节, headed （一）. A chapter without sections has a single one, without number and title."""

    chapter = models.ForeignKey(Chapter, models.CASCADE, related_name="sections")
    number = models.PositiveSmallIntegerField("序号", null=True)
    title = models.CharField("标题", max_length=200, blank=True)

    class Meta:
        ordering = ["chapter", F("number").asc(nulls_first=True)]
        verbose_name = verbose_name_plural = "节"
        constraints = [
            models.UniqueConstraint(fields=["chapter", "number"], name="section_number_once_a_chapter"),
            models.UniqueConstraint(
                fields=["chapter"],
                condition=Q(number__isnull=True),
                name="section_without_number_once_a_chapter",
            ),
            models.CheckConstraint(
                # Not null is said aloud: a comparison with NULL is unknown, and what is unknown passes.
                condition=Q(number__isnull=True, title="")
                | (Q(number__isnull=False, number__gte=1) & ~Q(title="")),
                name="section_number_and_title_together",
            ),
        ]

    def __str__(self) -> str:
        return self.heading

    @property
    def heading(self) -> str:
        """Empty for the single section of a chapter that has none."""
        return f"（{chinese_number(self.number)}）{self.title}" if self.number else ""

    @property
    def group_heading(self) -> str:
        """What a list that is grouped by section shows above its tasks."""
        return self.heading or self.chapter.heading
