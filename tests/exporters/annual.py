"""The annual report as tests ask for it, and a plan for it to tell of."""

from datetime import datetime

import pytest

from tests.exporters.reading import content, opened
from tests.exporters.worlds import fill
from tests.factories import (
    LONG_AGO,
    make_plan,
)

NOON = datetime(2024, 8, 1, 12, tzinfo=LONG_AGO.tzinfo)
URL = "/exports/annual-report.xlsx"
NAME = "国家知识产权强国建设推进计划"


def report(client, plan):
    return opened(content(client.get(URL, {"plan": plan.pk})))


@pytest.fixture
def full_plan(lead, participant):
    plan = make_plan(
        2024, title=f"2024年{NAME}", document_number="国知联办〔2024〕6号", issuer="联席会议办公室"
    )
    fill(plan, [lead.agency, participant.agency])
    return plan
