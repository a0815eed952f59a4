"""A list that somebody comes back to: a name for the conditions of the ledger's query string."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.http import QueryDict

from agencies.models import Role

if TYPE_CHECKING:
    from agencies.models import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: "User") -> "SavedViewQuerySet":
        """Their own and what the office shares; what a view holds is up to who opens it."""
        shared = Q(is_shared=True, owner__role=Role.OFFICE, owner__is_active=True)
        return self.filter(Q(owner=user) | shared)

    def as_tabs_of(self, user: "User") -> list["SavedView"]:
        """Their own, oldest first, then what the office shares. 1 query, 1 more if there are any."""
        views = self.visible_to(user).order_by("pk").prefetch_related("owner")
        return sorted(views, key=lambda view: view.owner_id != user.pk)

    def of(self, user: "User") -> "SavedViewQuerySet":
        return self.filter(owner=user)


class SavedView(models.Model):
    """保存的视图. A preference and no record: it changes no task, so no event tells of it."""

    LIMIT = 20  # of one account

    owner = models.ForeignKey(
        "agencies.User", models.CASCADE, related_name="saved_views", verbose_name="账号"
    )
    name = models.CharField("名称", max_length=20)
    query = models.CharField("条件", max_length=2000)
    is_shared = models.BooleanField("共享给所有人", default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "保存的视图"
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once_an_account"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_name"),
            models.CheckConstraint(condition=~Q(query=""), name="saved_view_has_conditions"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def conditions(self) -> QueryDict:
        return QueryDict(self.query)
