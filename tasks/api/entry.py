"""Who may read the API: whoever has signed in and chosen their own password."""

from typing import TYPE_CHECKING

from rest_framework import authentication, permissions
from rest_framework.request import Request

if TYPE_CHECKING:
    # The framework's views ask for these classes while they are being loaded.
    from rest_framework.views import APIView


class Session(authentication.SessionAuthentication):
    """The session of the pages. Who has none is told 401, not 403: signing in helps."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"

    def enforce_csrf(self, request: Request) -> None:
        """Nothing can be changed here: what would need a token is refused as a method."""


class SignedIn(permissions.IsAuthenticated):
    """The middleware that leads to one's own password first passes over addresses that answer no pages."""

    message = "请先登录系统，设置自己的密码。"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return super().has_permission(request, view) and request.user.one_time_until is None
