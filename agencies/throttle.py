"""Counting wrong passwords wherever one is typed, so that guessing stops after five.

django-axes keeps the count and asks it before every `authenticate`; here is what it counts by. Each path that
takes a password goes through `authenticate`, the change of one's own as well as the door.
"""

import ipaddress
import logging
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.http import HttpRequest
from django.utils import timezone

from agencies.models import User

log = logging.getLogger("ipplan.accounts")


def account_key(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """The account as it is counted: `Office`, `ｏｆｆｉｃｅ` and `office ` are one."""
    typed = (credentials or request.POST).get("username")
    # As much as the column holds; no account's name is as long.
    return None if typed is None else User.normalize_username(typed)[:255]


def client_address(request: HttpRequest) -> str | None:
    """Where the request came from. Of X-Forwarded-For only the last entries count, which our proxies wrote.

    Whatever stands before them was typed by whoever asks.
    """
    hops = [hop for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    behind_proxies = 0 < settings.PROXIES <= len(hops)
    said = hops[-settings.PROXIES].strip() if behind_proxies else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return None


def forget_failures(account: User) -> int:
    """Open the account's lock, if there is one. How many wrong passwords were counted."""
    counted = AccessAttempt.objects.filter(username=account_key(None, {"username": account.username}))
    failures = counted.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
    counted.delete()
    return failures


class Failures(AxesDatabaseHandler):
    """axes' counter, which here keeps nothing of what was typed beside the account, and logs one line."""

    def is_locked(self, request, credentials=None):
        """By account; and by address, for whoever tries one password at many accounts."""
        return super().is_locked(request, credentials) or self._of_address(request) >= (
            settings.FAILURES_OF_AN_ADDRESS
        )

    def _of_address(self, request) -> int:
        recent = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address,
            attempt_time__gte=timezone.now() - settings.AXES_COOLOFF_TIME,
        )
        return recent.aggregate(sum=Sum("failures_since_start"))["sum"] or 0

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        account = account_key(request, credentials)
        # As Python writes them: no sign of what was typed can end the line or colour the terminal.
        who = f"account={account!r} address={request.axes_ip_address} path={request.axes_path_info!r}"
        if request.axes_locked_out:
            log.warning("password refused unread, account locked: %s", who)
            return
        self.clean_expired_user_attempts(request, credentials)
        self._count(account, request)
        if self.is_locked(request, credentials):
            request.axes_locked_out = True
            log.warning("password refused, account locked from now on: %s", who)
        else:
            log.warning("password refused: %s", who)

    def _count(self, account: str | None, request) -> None:
        browser = {
            "username": account,
            "ip_address": request.axes_ip_address,
            "user_agent": request.axes_user_agent,
        }
        with transaction.atomic():
            attempt, fresh = AccessAttempt.objects.select_for_update().get_or_create(
                **browser, defaults={"failures_since_start": 1, "path_info": request.axes_path_info}
            )
            if not fresh:
                AccessAttempt.objects.filter(pk=attempt.pk).update(
                    failures_since_start=F("failures_since_start") + 1, attempt_time=timezone.now()
                )
