"""What people type of their accounts, names, passwords, an address; and what the administrator enters."""

import hashlib
import threading
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
    UsernameField,
)
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from agencies.models import Agency, AgencyAlias, ResetRequest, User
from agencies.throttle import client_address, log

REFUSED = "账号或密码不正确，请检查后重试。连续 5 次错误将锁定账号 15 分钟。"


class SignInForm(AuthenticationForm):
    error_messages = {"invalid_login": REFUSED, "inactive": REFUSED}

    remember = forms.BooleanField(label="在本机记住账号", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "账号"
        self.fields["password"].label = "密码"
        for name in ("username", "password"):
            self.fields[name].widget.attrs["class"] = "form-control form-control-lg"
        if self.initial.get("username"):
            del self.fields["username"].widget.attrs["autofocus"]
            self.fields["password"].widget.attrs["autofocus"] = True


# --- a new password -----------------------------------------------------------------------------------


class _NewPassword:
    """The two fields for a new password, in our words."""

    error_messages = {"password_mismatch": "两次输入的新密码不一致，请重新输入。"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "新密码"
        self.fields["new_password2"].label = "再次输入新密码"
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-control form-control-lg"
            field.help_text = ""  # the page says the rules once, above the fields
            if name.startswith("new_"):
                field.widget.attrs["aria-describedby"] = "password-rules"


class OwnPasswordForm(_NewPassword, PasswordChangeForm):
    """One's own password; the present one is counted like a password at the door."""

    error_messages = _NewPassword.error_messages | {
        "password_incorrect": "当前密码不正确，请检查后重试。连续 5 次错误将锁定账号 15 分钟。"
    }

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any):
        self.request = request
        super().__init__(request.user, *args, **kwargs)
        self.fields["old_password"].label = "一次性密码" if request.user.one_time_until else "当前密码"

    def clean_old_password(self) -> str:
        typed = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.get_username(), password=typed) is None:
            raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return typed

    def clean_new_password1(self) -> str:
        typed = self.cleaned_data["new_password1"]
        if typed == self.cleaned_data.get("old_password"):
            raise forms.ValidationError("新密码须与当前密码不同。", code="password_unchanged")
        return typed


class ChosenPasswordForm(_NewPassword, SetPasswordForm):
    """Behind a link from a letter: who could open it needs no present password."""


# --- a link by e-mail ---------------------------------------------------------------------------------


class ResetLinkForm(PasswordResetForm):
    """Where to send a link. The same is done and said whether or not an account has this address."""

    def __init__(self, *args: Any, request: HttpRequest | None = None, **kwargs: Any):
        self.request = request
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "账号登记的邮箱"
        self.fields["email"].widget.attrs |= {"class": "form-control form-control-lg", "autofocus": True}

    def get_users(self, email: str) -> list[User]:
        """Whose link it is; a stand-in where there is nobody or were too many letters already."""
        allowed = self._count(email)
        accounts = [account for account in super().get_users(email) if allowed]
        return accounts or [User(username="-", password="!", email=email)]  # noqa: S106

    def _count(self, email: str) -> bool:
        """Put the request down; whether there were few enough within the hour."""
        now = timezone.now()
        ResetRequest.objects.filter(at__lt=now - ResetRequest.KEPT).delete()
        request = ResetRequest.objects.create(
            email_digest=hashlib.sha256(email.strip().casefold().encode()).hexdigest(),
            client_address=client_address(self.request),
        )
        recent = ResetRequest.objects.filter(at__gt=now - timedelta(hours=1))
        letters = recent.filter(email_digest=request.email_digest).count()
        asked = recent.filter(client_address=request.client_address).count()
        limits = settings.RESETS_AN_HOUR
        allowed = letters <= limits["email"] and asked <= limits["address"]
        log.log(
            20 if allowed else 30,
            "reset link asked for%s: address=%s",
            "" if allowed else " too often, none sent",
            request.client_address,
        )
        return allowed

    def send_mail(self, subject_template_name, email_template_name, context, from_email, to_email, **others):
        """Write the letter, and send it where there is an account; sending goes on beside the request."""
        letter = EmailMessage(
            "".join(render_to_string(subject_template_name, context).splitlines()),
            render_to_string(email_template_name, context),
            from_email,
            [to_email],
        )
        if context["user"].pk is not None:
            threading.Thread(target=_send, args=(letter, context["user"].pk), name="reset link").start()


def _send(letter: EmailMessage, account: int) -> None:
    try:
        letter.send()
    except OSError as failure:  # SMTPException is one
        log.error("reset link for account %s could not be sent: %s", account, failure)


# --- the administrator's ------------------------------------------------------------------------------


class AccountForm(forms.ModelForm):
    """An account without its password, which nobody but its owner ever types."""

    class Meta:
        model = User
        fields = ("username", "first_name", "role", "agency", "email", "is_active")
        field_classes = {"username": UsernameField}
        help_texts = {
            "username": "登录时输入，不区分大小写；可用字母、数字、汉字和 @ . + - _",
            "first_name": "页面和操作记录中的称呼；不填时成员单位显示单位名称，其他显示角色",
            "agency": "角色为成员单位时必填；单位组（如联席会议成员单位）没有账号",
            "email": "用于找回密码；不填则只能由管理员重置",
            "is_active": "停用后立即退出登录，不能再登录；操作记录保留",
        }


class AliasForm(forms.ModelForm):
    class Meta:
        model = AgencyAlias
        fields = ("name", "valid_from", "valid_until", "note")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # in a table the headings of its columns name no field
            field.widget.attrs["aria-label"] = field.label

    def clean_name(self) -> str:
        """A name means one agency: what is one's own name cannot be another's alias."""
        name = self.cleaned_data["name"]
        if Agency.objects.filter(name=name).exists():
            raise forms.ValidationError(f"“{name}”已是登记册中单位的名称，不能再作别名。")
        return name


class AgencyForm(forms.ModelForm):
    class Meta:
        help_texts = {"withdrawn": Agency._meta.get_field("is_withdrawn").help_text}

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        bearer = AgencyAlias.objects.filter(name=name).select_related("agency").first()
        if bearer:
            raise forms.ValidationError(f"“{name}”已是“{bearer.agency}”的别名，请先修改该别名。")
        return name
