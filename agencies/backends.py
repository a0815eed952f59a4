"""Who is let in: the lock first, then the password, then whether the account is in use."""

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from agencies.models import User


class Lock(AxesStandaloneBackend):
    """Refuses an account that is locked, and takes as long over it as over a wrong password."""

    def authenticate(self, request, username=None, password=None, **others):
        try:
            return super().authenticate(request, username=username, password=password, **others)
        except AxesBackendPermissionDenied:
            make_password(password)
            raise


class Accounts(ModelBackend):
    """Django's own, but for passwords that last for some hours only. An account's role is all it may do."""

    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and not user.one_time_password_ended(timezone.now())

    def get_user_permissions(self, user_obj, obj=None):
        return set()

    def get_group_permissions(self, user_obj, obj=None):
        return set()

    def get_user(self, user_id):
        """With the agency, which every page names."""
        try:
            user = User.objects.select_related("agency").get(pk=user_id)
        except User.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None
