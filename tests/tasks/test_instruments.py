"""What a text says is to become of the instruments it names, by the words of the two plans."""

import pytest

from importers.parsed import parse_plan
from importers.readers import read
from tasks.instruments import identity, instruments_in, provisions_in, rank_of
from tests.importers.files import PLAN_2023, PLAN_2024


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("推进《甲法》《甲法实施条例》修改。", {"《甲法》": "修改", "《甲法实施条例》": "修改"}),
        ("推进修改《甲法》中的知识产权条款。", {"《甲法》": "修改"}),
        ("加快推进《甲条例》立法进程。", {"《甲条例》": "立法"}),
        ("推进《甲法》及相关配套规章的制定和修改。", {"《甲法》": "制定和修改"}),
        ("开展《甲条例》修改论证。", {"《甲条例》": "修改论证"}),
        ("制定出台《甲意见》。推动落实《乙意见》。", {"《甲意见》": "制定出台"}),
        ("开展《甲指南》国际标准实施试点,发布实施《乙要求》国家标准。", {"《乙要求》": "发布实施"}),
        ("做好《甲条约》《乙条约》的落地实施，修订《丙办法》。", {"《丙办法》": "修订"}),
        ("印发《关于贯彻〈甲法〉的意见》。", {"《关于贯彻〈甲法〉的意见》": "印发"}),
        ("制定《关于《甲法》的解释》。", {"《关于《甲法》的解释》": "制定"}),
        ("修改《集体商标、证明商标注册和管理办法》。", {"《集体商标、证明商标注册和管理办法》": "修改"}),
        ("完善工作机制，落实《纲要》。", {}),
        ("没有书名号，修改制度。", {}),
        ("《未完", {}),
    ],
)
def test_verb_is_the_one_of_the_same_clause(text, expected):
    assert {one.name: one.verb for one in provisions_in(text)} == expected


def test_every_instrument_of_the_first_sections_has_its_verb():
    """完善知识产权法律法规规章: the section of each plan that is about nothing else."""
    for path in (PLAN_2023, PLAN_2024):
        plan = parse_plan(read(path.read_bytes(), name=path.name))
        section = plan.chapters[0].sections[0]
        for task in section.tasks:
            named = {one.name for one in provisions_in(task.text)}
            assert named == set(instruments_in(task.text)), task.number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("《中华人民共和国商标法》", "《商标法》"),
        ("《甲办法（草案）》", "《甲办法》"),
        ("《甲规划（2023—2030年）》", "《甲规划(2023—2030年)》"),
        ("《关于甲的意見》", "《关于甲的意见》"),
    ],
)
def test_plans_write_one_instrument_in_several_ways(one, other):
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("《中华人民共和国商标法》", "法律"),
        ("《中华人民共和国商标法实施条例》", "法规"),
        ("《中华人民共和国专利法实施细则》", "法规"),
        ("《中华人民共和国植物新品种保护条例实施细则（农业部分）》", "规章"),
        ("《农作物种质资源共享利用办法（试行）》", "规章"),
        ("《国家知识产权局行政复议规程》", "规章"),
        ("《推动版权产业高质量发展指导意见》", "其他文件"),
    ],
)
def test_rank_follows_from_the_name(name, rank):
    assert rank_of(name) == rank
