"""The agency register from its file: whole, once more, with additions by hand, and refused when bad."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from agencies.models import Agency, AgencyAlias
from tests.importers.files import dump


def load(*arguments) -> str:
    out = StringIO()
    call_command("load_agencies", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(*agencies: dict, content: object = None, **more):
        path = tmp_path / "单位.json"
        content = {"agencies": list(agencies), **more} if content is None else content
        path.write_bytes(
            content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        )
        return path

    return write


def aliases(name: str) -> list[str]:
    return sorted(AgencyAlias.objects.filter(agency__name=name).values_list("name", flat=True))


# --- the real register ------------------------------------------------------------------------------


def test_register_is_loaded_whole(db):
    assert load() == "单位登记册：新增 45 个单位，更新 0 个，不变 0 个；新增别名 168 个\n"

    names = list(Agency.objects.values_list("name", flat=True))
    assert (names[0], names[1], names[-1]) == ("国家知识产权局", "中央宣传部", "中央组织部")
    assert list(Agency.objects.values_list("position", flat=True)) == list(range(1, 46))
    codes = Agency.objects.in_bulk(field_name="name")
    assert {
        name: codes[name].code for name in ("国家知识产权局", "国家林草局", "中国人民银行", "国管局")
    } == {
        "国家知识产权局": "CNIPA",
        "国家林草局": "NFGA",
        "中国人民银行": "PBC",
        "国管局": "",
    }
    cnipa = codes["国家知识产权局"]
    assert (cnipa.official_name, cnipa.category) == ("国家知识产权局", "国务院直属机构")
    assert cnipa.note.startswith("2018年重新组建")
    assert codes["国家中医药局"].note == "国家卫生健康委管理"


def test_aliases_hold_full_names_and_the_forms_of_the_older_plan(db):
    load()

    assert aliases("国家知识产权局") == ["CNIPA", "SIPO", "中国国家知识产权局", "国知局", "知识产权局"]
    assert aliases("科技部") == ["MOST", "中华人民共和国科学技术部", "科学技术部"]
    assert "银保监会" in aliases("金融监管总局")
    assert "中国共产党中央军事委员会装备发展部" in aliases("中央军委装备发展部")


def test_office_is_an_agency_and_the_members_are_a_collective(db):
    load()

    office = Agency.objects.get(name="联席会议办公室")
    collective = Agency.objects.collectives().get()
    assert (office.is_collective, office.official_name, collective.name) == (False, "", "联席会议成员单位")
    assert aliases("联席会议办公室") == [
        "国务院知识产权战略实施工作部际联席会议办公室",
        "国家知识产权强国建设工作部际联席会议办公室",
    ]
    assert office.note.startswith("2023年计划：国务院知识产权战略实施工作部际联席会议办公室；2024年计划：")
    assert collective.members.count() == 29
    assert set(collective.members.values_list("is_collective", flat=True)) == {False}
    assert collective not in Agency.objects.that_include(office)


def test_second_run_writes_nothing(db):
    load()
    before = dump()

    assert load() == "单位登记册：新增 0 个单位，更新 0 个，不变 45 个；新增别名 0 个\n"

    assert dump() == before


def test_what_the_office_added_by_hand_stays(db):
    load()
    cnipa = Agency.objects.get(name="国家知识产权局")
    collective = Agency.objects.collectives().get()
    AgencyAlias.objects.create(agency=cnipa, name="国知产局")
    guest = Agency.objects.create(name="交通运输部", position=99)
    collective.members.add(guest)
    before = dump()

    load()

    assert dump() == before


def test_what_the_file_says_is_restored(db):
    load()
    cnipa = Agency.objects.get(name="国家知识产权局")
    pk = cnipa.pk
    cnipa.category, cnipa.code = "其他", "XYZ"
    cnipa.save()
    AgencyAlias.objects.get(name="国知局").delete()

    assert load() == "单位登记册：新增 0 个单位，更新 1 个，不变 44 个；新增别名 1 个\n"

    cnipa.refresh_from_db()
    assert (cnipa.pk, cnipa.category, cnipa.code) == (pk, "国务院直属机构", "CNIPA")


def test_codes_may_be_exchanged(db, file):
    load(file({"name": "甲部", "aliases": ["AAA"]}, {"name": "乙部", "aliases": ["BBB"]}))
    AgencyAlias.objects.all().delete()

    load(file({"name": "甲部", "aliases": ["BBB"]}, {"name": "乙部", "aliases": ["AAA"]}))

    assert dict(Agency.objects.values_list("name", "code")) == {"甲部": "BBB", "乙部": "AAA"}


def test_ambiguous_form_of_the_older_plan_is_no_alias(db, file):
    load(
        file(
            {"name": "国家甲局", "form_in_2021_2022_plan": "甲局"},
            {"name": "中央甲局", "form_in_2021_2022_plan": "甲局"},
            {"name": "国家乙局", "form_in_2021_2022_plan": "丙局"},
            {"name": "国家丙局", "aliases": ["丙局"]},
            {"name": "国家丁局", "form_in_2021_2022_plan": "丁局"},
        )
    )

    assert [aliases(f"国家{word}局") for word in "甲乙丙丁"] == [[], [], ["丙局"], ["丁局"]]


# --- bad files --------------------------------------------------------------------------------------

BAD_CONTENT = {
    "no JSON": (b"{\n\n nonsense}", "不是 UTF-8 编码的 JSON 文件（第 3 行）"),
    "binary": (b"\xff\xfe\x00", "不是 UTF-8 编码的 JSON 文件（编码或嵌套有误）"),
    "nested too deep": (b"[" * 200_000, "不是 UTF-8 编码的 JSON 文件（编码或嵌套有误）"),
    "empty": (b"", "不是 UTF-8 编码的 JSON 文件（第 1 行）"),
    "a list": ([], "缺少单位列表 agencies"),
    "no list": ({"agencies": {}}, "缺少单位列表 agencies"),
    "no agency": ({"agencies": ["甲部"]}, "agencies 第 1 项不是一个单位"),
    "no name": ({"agencies": [{"name": "甲部"}, {"name": " "}]}, "agencies 第 2 项没有名称 name"),
    "name is a number": ({"agencies": [{"name": 7}]}, "agencies 第 1 项的 name不是一行文字"),
    "NUL": ({"agencies": [{"name": "甲\x00部"}]}, "agencies 第 1 项的 name不是一行文字"),
    "long name": ({"agencies": [{"name": "部" * 101}]}, "agencies 第 1 项的 name超过 100 字"),
    "aliases no list": ({"agencies": [{"name": "甲部", "aliases": "乙"}]}, "“甲部”的 aliases 不是列表"),
    "alias no text": ({"agencies": [{"name": "甲部", "aliases": [[]]}]}, "“甲部”的别名不是一行文字"),
    "twice": ({"agencies": [{"name": "甲部"}], "extra_units": [{"name": "甲部"}]}, "单位“甲部”重复"),
    "alias of two": (
        {"agencies": [{"name": "甲部", "aliases": ["丙"]}, {"name": "乙部", "aliases": ["丙"]}]},
        "“丙”同时是“甲部”和“乙部”的名称",
    ),
    "alias is a name": (
        {"agencies": [{"name": "甲部", "aliases": ["乙部"]}, {"name": "乙部"}]},
        "“乙部”同时是“乙部”和“甲部”的名称",
    ),
    "unknown member": (
        {"agencies": [{"name": "联席会议成员单位"}], "conference_members_2024": ["甲部"]},
        "成员“甲部”不在单位列表中",
    ),
    "members of nothing": (
        {"agencies": [{"name": "甲部"}], "conference_members_2024": ["甲部"]},
        "有成员名单，却没有单位“联席会议成员单位”",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), BAD_CONTENT.values(), ids=BAD_CONTENT)
def test_bad_file_is_refused_in_one_line(db, file, content, sentence):
    with pytest.raises(CommandError) as refusal:
        load(file(content=content))

    assert (str(refusal.value), refusal.value.returncode) == (f"单位.json：{sentence}，登记册没有改动", 1)
    assert not Agency.objects.exists()


def test_missing_file_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match=r"^没有\.json：文件读不出来"):
        load(tmp_path / "没有.json")


@pytest.mark.parametrize(
    ("agency", "sentence"),
    [
        ({"name": "新部", "aliases": ["老部"]}, "“新部”的别名“老部”在登记册中已属于“老部”，请先合并或改名"),
        ({"name": "新部", "aliases": ["旧称"]}, "“新部”的别名“旧称”在登记册中已属于“老部”，请先合并或改名"),
        ({"name": "旧称"}, "“旧称”在登记册中已是“老部”的别名，请先删去该别名"),
        ({"name": "新部", "aliases": ["OLD"]}, "代码 OLD 在登记册中已属于“老部”"),
    ],
)
def test_name_that_another_agency_bears_is_refused_and_nothing_written(db, file, agency, sentence):
    old = Agency.objects.create(name="老部", code="old")
    AgencyAlias.objects.create(agency=old, name="旧称")
    before = dump()

    with pytest.raises(CommandError) as refusal:
        load(file({"name": "甲部"}, agency))

    assert str(refusal.value) == f"单位.json：{sentence}，登记册没有改动"
    assert dump() == before
