"""The demo world: accounts with a published password, and a year of made-up work for every plan.

Plainly marked: every text begins with 演示数据, every account has the address of the demo. Everybody acts
through the workflow, under their own account.
"""

from tasks.demo.accounts import ADDRESS, OFFICE_AGENCY, PASSWORD, foreign_accounts, make_accounts
from tasks.demo.telling import history, plans_without_history, tell_history
from tasks.demo.words import MARK
from tasks.demo.workdays import BEIJING

__all__ = [
    "ADDRESS",
    "BEIJING",
    "MARK",
    "OFFICE_AGENCY",
    "PASSWORD",
    "foreign_accounts",
    "history",
    "make_accounts",
    "plans_without_history",
    "tell_history",
]
