"""The addresses of /api/v1/. Who may see what is the QuerySets' to say, as everywhere."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions, generics, pagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView, exception_handler

from tasks.api.serializers import PlanSerializer, TaskSerializer
from tasks.filters import DayForm, LedgerFilter
from tasks.models import Day, Plan, Task
from tasks.models.task import TaskQuerySet


class Pages(pagination.PageNumberPagination):
    """`?page=` and `?per_page=`, at most 100."""

    page_size = 30
    page_size_query_param = "per_page"
    max_page_size = 100


class Root(APIView):
    """What there is to read."""

    def get(self, request: Request) -> Response:
        return Response({name: reverse(f"api:{name}", request=request) for name in ("plans", "tasks")})


class Plans(generics.ListAPIView):
    """The plans in which the person may see something, newest first."""

    serializer_class = PlanSerializer
    pagination_class = Pages

    def get_queryset(self):
        return Plan.objects.visible_to(self.request.user)


class _OnADay:
    """What speaks of a day says it to its rows."""

    request: Request
    day: Day

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"day": self.day}  # type: ignore[misc]


# `part` is how the ledger's own menu calls chapter and section.
_KNOWN = {*LedgerFilter.base_filters, "part", Pages.page_query_param, Pages.page_size_query_param}


class Tasks(_OnADay, generics.ListAPIView):
    """The tasks under the ledger's conditions, in its order. A bad condition is refused, not passed over."""

    serializer_class = TaskSerializer
    pagination_class = Pages

    def get_queryset(self) -> TaskQuerySet:
        query = _query(self.request)
        if unknown := {*query} - _KNOWN:
            raise exceptions.ValidationError(
                {"detail": [f"没有这样的条件：{'、'.join(sorted(unknown))[:100]}。"]}
            )
        found = LedgerFilter(query, user=self.request.user, today=timezone.localdate())
        if not found.is_valid():
            raise exceptions.ValidationError({"detail": found.complaints()})
        self.day = found.day
        return found.qs.for_rows()


class OneTask(_OnADay, generics.RetrieveAPIView):
    """A task as it stands, or stood at the end of `?as_of=`."""

    serializer_class = TaskSerializer

    def get_queryset(self) -> TaskQuerySet:
        asked = DayForm(_query(self.request), today=timezone.localdate())
        if not asked.is_valid():
            raise exceptions.ValidationError(
                {"detail": [f"截至：{error}" for error in asked.errors["as_of"]]}
            )
        self.day = asked.day
        return Task.objects.visible_to(self.request.user).as_of(self.day).for_rows()


# Instead of the framework's own. It is no installed app: its catalogue would reword Django's own sentences on
# all pages, and its files would be served that no page asks for.
_WORDS = {
    exceptions.NotAuthenticated: "请先登录系统。",
    exceptions.NotFound: "没有找到：它可能不存在，或不涉及您所在单位。",
    exceptions.MethodNotAllowed: "这里只供读取，请用 GET。",
    exceptions.NotAcceptable: "这里只提供 JSON。",
}


def refused(error: Exception, context: dict[str, Any]) -> Response | None:
    """The framework's answer to an error, in Chinese."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if words := _WORDS.get(type(error)):
        error.detail = words
    return exception_handler(error, context)


def _query(request: Request):
    try:
        return request.query_params
    except SuspiciousOperation as error:  # more parameters than anybody types
        raise exceptions.ValidationError({"detail": ["地址中的参数太多。"]}) from error
