"""From names to agencies: whole names only."""

import pytest

from agencies.models import Agency, AgencyAlias
from agencies.resolving import candidates, is_the_same_but_for_its_front, resolve
from tests.database import filled_by
from tests.importers.files import load_register


@pytest.fixture
def register(db):
    filled_by(load_register)


def names(found: dict[str, Agency]) -> dict[str, str]:
    return {name: agency.name for name, agency in found.items()}


def test_names_and_aliases_are_resolved(register):
    assert names(resolve(["国家知识产权局", "知识产权局", "工信部", "银保监会", "科学技术部"])) == {
        "国家知识产权局": "国家知识产权局",
        "知识产权局": "国家知识产权局",
        "工信部": "工业和信息化部",
        "银保监会": "金融监管总局",
        "科学技术部": "科技部",
    }


@pytest.mark.parametrize("name", ["产权局", "农业部植物新品种复审委员会", "国家知识产权局办公室", "", "部"])
def test_part_of_a_name_is_no_name(register, name):
    assert resolve([name]) == {}


def test_name_of_an_agency_goes_before_an_alias_of_another(db):
    one, other = Agency.objects.create(name="甲部"), Agency.objects.create(name="乙部")
    AgencyAlias.objects.create(agency=other, name="甲部")

    assert resolve(["甲部"]) == {"甲部": one}


def test_resolving_costs_two_queries_for_any_number_of_names(register, django_assert_num_queries):
    for wanted in (["工信部"], ["工信部", "商务部", "发改委", "查无此部"] * 10):
        with django_assert_num_queries(2):
            resolve(wanted)


def test_candidates_are_near_in_writing_and_each_once(register):
    assert candidates("国家邮证局")[0].name == "国家邮政局"
    assert candidates("国家知识产权局局")[0].name == "国家知识产权局"
    near = candidates("最高法院")
    assert [agency.name for agency in near] == ["最高人民法院", "最高人民检察院"]


@pytest.mark.parametrize(
    "name",
    ["国家外汇局", "国家数据局", "国家疾控局", "中央社会工作部", "国家局", "全国人大", "完全无关的词语组合"],
)
def test_what_all_names_share_makes_no_candidate(register, name):
    """国家邮政局 was offered for 国家外汇局: three signs of five, and none that tells it from others."""
    assert candidates(name) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("中华人民共和国商务部", "商务部", True),
        ("科协", "中国科协", False),  # two signs may be anybody's
        ("统计局", "国家统计局", True),
        ("财政局", "财政部", False),
        ("市场监管局", "市场监管总局", False),
        ("商务部", "商务部", False),
        ("各省知识产权局", "知识产权局", False),
    ],
)
def test_only_a_front_that_says_nothing_leaves_no_doubt(one, other, same):
    assert is_the_same_but_for_its_front(one, other) is same
    assert is_the_same_but_for_its_front(other, one) is same
