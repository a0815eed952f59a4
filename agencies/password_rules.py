"""What a new password must be: Django's rules in our words, and one of ours."""

import re

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError


class LongEnough(password_validation.MinimumLengthValidator):
    def get_error_message(self):
        return f"新密码太短，至少 {self.min_length} 个字符。"


class NotCommon(password_validation.CommonPasswordValidator):
    def get_error_message(self):
        return "新密码太常见，容易被猜到。"


class NotNumeric(password_validation.NumericPasswordValidator):
    def get_error_message(self):
        return "新密码不能全是数字。"


class NotOnesOwnName:
    """No password around a name known of the account. Django's own rule lets office.office pass."""

    def validate(self, password, user=None):
        if user is None:
            return
        known = [user.username, user.first_name, user.email.partition("@")[0]]
        if user.agency:
            known += [user.agency.name, user.agency.code]
        if any(_telling(name) and name.casefold() in password.casefold() for name in known):
            raise ValidationError("新密码不能包含账号名、名称、单位或邮箱。", code="password_names_its_owner")

    def get_help_text(self):
        return "不能包含账号名、名称、单位或邮箱。"


def _telling(name: str) -> bool:
    """Two Chinese characters are a word, two letters are in every other one."""
    return len(name) >= (2 if re.search(r"[\u4e00-\u9fff]", name) else 4)
