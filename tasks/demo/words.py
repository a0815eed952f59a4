"""What is said in the demo's year: sentences that fit a task's kind, each marked as made up."""

import random
import re
from dataclasses import dataclass

from tasks.models import NO_PROBLEMS, PeriodKind, Task

MARK = "演示数据："

# By the office, on a task.
STARTS = (
    "已制定工作方案，明确责任分工和进度安排",
    "已列入年度工作要点，启动前期调研",
    "已召开启动会，部署任务分工",
)
GOES_ON = (
    "完成专题调研，形成初稿",
    "已征求有关单位和地方意见",
    "根据反馈意见修改完善",
    "完成专家论证",
    "组织开展阶段性检查",
    "在部分地区开展试点",
)
COMPLETED = ("成果材料已核验，予以办结", "文件已印发并报备案，予以办结", "总结报告和成果清单齐备，予以办结")
CONTINUING = ("年度工作已落实，转入常态化推进", "机制已建立，今后长期坚持")
DELAYED = (
    "跨部门意见尚未一致，送审时间推迟",
    "对外磋商议程调整，会期顺延",
    "系统建设采购周期较长，上线时间推迟",
)
ADJUSTED = ("因上位法修改尚未完成，调整为下一年度继续推进", "与相关任务合并推进，目标相应调整")

# By the office, on a report.
ACCEPTED = ("进展清楚，节点明确", "请按计划节点继续推进", "成效可核实，同意", "请加强与参与单位衔接")
RETURNED = (
    "请补充可核实的成效，如文件名称、文号或活动时间",
    "“存在问题”请写明具体事项和需要协调的单位",
    "请说明与年度目标相比的差距和赶上进度的措施",
    "下一步计划请写明时间节点",
)
MENDED = (
    "已按审核意见补充成果名称和时间节点",
    "已按审核意见写明差距和后续措施",
    "已按审核意见细化下一步安排",
)
URGED = "请于本周内完成报送；已在系统中保存草稿的，请提交审核"

# On who is responsible.
DISPUTES = (
    "按现行“三定”规定，该项工作的相关职责不在我单位，建议核定责任单位",
    "该项任务主要涉及牵头单位业务，我单位没有对应的工作安排，建议不列为参与单位",
    "相关处室职责已调整，请明确我单位在该项任务中的具体分工",
)
KEPT = (
    "经研究，维持计划原定分工；请在本单位职责范围内配合牵头单位，并按期报送",
    "责任单位以印发的计划为准，维持不变；具体分工由牵头单位会同明确",
)
REASSIGNED = ("经与有关单位会商，该项任务的参与单位改由业务主管单位承担，以会商意见为依据",)

# On more time.
EXTENSIONS = (
    "相关制度需与上位法修改衔接，审议程序预计跨年完成，申请延期",
    "对外磋商会期顺延至下一年度，申请相应延长完成时间",
    "系统联调和安全测评尚需时间，申请延期上线",
)
GRANTED = ("同意延期，请按新的节点倒排工期，并在进展报送中说明", "情况属实，同意延期")
REFUSED = ("该项任务须于年内完成，请集中力量推进，暂不同意延期", "理由不充分，请先明确分阶段目标后再议")


@dataclass(frozen=True)
class _Stage:
    """Alternatives for each field; one of each is taken."""

    measures: tuple[str, ...]
    results: tuple[str, ...]
    next_steps: tuple[str, ...]


@dataclass(frozen=True)
class _Kind:
    half: _Stage
    year: _Stage
    problems: tuple[str, ...]
    deliverables: tuple[str, ...]


_LAW = _Kind(
    half=_Stage(
        measures=(
            "成立起草工作组，就{topic}开展专题调研，梳理需要修改和衔接的条款，形成初稿",
            "召开专家论证会和地方座谈会，围绕{topic}听取意见，逐条研究吸收",
            "完成{topic}的立项论证，收集国内外相关规定，形成起草思路",
        ),
        results=(
            "形成征求意见稿，已向有关单位书面征求意见",
            "起草工作已完成阶段性任务，主要制度框架基本确定",
            "论证报告已形成，主要问题清单和修改方向已经明确",
        ),
        next_steps=(
            "三季度完成意见汇总和修改，四季度按程序送审",
            "继续与有关单位沟通一致，年底前形成送审稿",
        ),
    ),
    year=_Stage(
        measures=(
            "根据各方意见对{topic}作进一步修改，完成合法性审查和公平竞争审查",
            "就{topic}的重点条款与有关单位反复沟通，组织召开协调会",
        ),
        results=(
            "送审稿已按程序报请审议",
            "主要分歧已协调一致，文本基本成熟",
        ),
        next_steps=("配合做好审议和解读工作", "抓紧履行后续程序，做好宣传解读准备"),
    ),
    problems=(
        "个别条款与相关法律修改进度有关，需要有关单位共同研究衔接，建议适时协调",
        "部分单位反馈意见差异较大，统一口径仍需时间，拟再次召开会议沟通",
    ),
    deliverables=("正式文本及起草说明", "印发文件及解读材料"),
)
_ACTION = _Kind(
    half=_Stage(
        measures=(
            "印发年度工作安排，围绕{topic}部署各地开展排查和专项检查",
            "组织开展{topic}相关专项工作，建立线索移送和案件通报机制",
        ),
        results=(
            "各地已完成第一轮排查，重点线索已分类处置",
            "查办一批典型案件，跨区域协作机制运行顺畅",
        ),
        next_steps=(
            "下半年开展督导检查，发布典型案例",
            "针对薄弱环节开展第二轮行动，年底前形成总结",
        ),
    ),
    year=_Stage(
        measures=(
            "对{topic}落实情况开展督导，发布典型案例，组织业务培训",
            "会同有关单位就{topic}开展联合检查，督促整改发现的问题",
        ),
        results=(
            "年度行动方案各项任务基本完成，重点领域秩序明显改善",
            "发现的问题已完成整改，长效机制逐步建立",
        ),
        next_steps=("总结经验做法，研究建立常态化工作机制", "做好案件后续办理，完善日常监管措施"),
    ),
    problems=(
        "部分地区基层力量不足，线索核查周期较长，建议加强业务指导和人员培训",
        "线上侵权取证难度大，平台数据调取程序有待进一步明确，需要有关单位支持",
    ),
    deliverables=("专项行动总结报告、典型案例", "工作总结及制度文件"),
)
_COURT = _Kind(
    half=_Stage(
        measures=(
            "围绕{topic}开展审判执行情况调研，梳理法律适用疑难问题",
            "就{topic}制定工作方案，组织开展业务培训和案件评查",
        ),
        results=(
            "形成调研报告和问题清单，统一裁判和办案尺度的意见正在起草",
            "一批典型案件依法办结，业务指导进一步加强",
        ),
        next_steps=("下半年发布典型案例，完善配套规定", "完成规范性文件起草并征求意见"),
    ),
    year=_Stage(
        measures=(
            "就{topic}完善配套规定，发布典型案例，加强对下指导",
            "推进{topic}落地，组织专题研讨和案例评选",
        ),
        results=(
            "相关规范性文件已形成送审稿，适用标准进一步统一",
            "专业化建设取得进展，案件质量和效率稳中有升",
        ),
        next_steps=("按程序印发文件并开展培训", "持续跟踪适用情况，适时总结"),
    ),
    problems=(
        "技术类案件数量增长较快，专业人员配备仍显不足，建议进一步充实力量",
        "行政与司法标准衔接的个别问题仍需会商，拟通过联席机制研究解决",
    ),
    deliverables=("司法文件、典型案例", "规范性文件及适用解读"),
)
_PLATFORM = _Kind(
    half=_Stage(
        measures=(
            "围绕{topic}完成需求调研和建设方案论证，启动采购和开发准备",
            "推进{topic}，梳理数据资源目录，研究制定数据标准和接口规范",
        ),
        results=("建设方案通过专家评审，数据标准初稿已形成", "核心模块完成设计，试点单位已确定"),
        next_steps=("下半年完成主要功能开发并上线试运行", "完成数据治理和联调测试，组织用户培训"),
    ),
    year=_Stage(
        measures=("围绕{topic}完成系统联调、安全测评和用户培训", "推进{topic}，扩大试点范围，完善服务功能"),
        results=("主要功能上线试运行，用户反馈良好", "数据共享范围进一步扩大，服务效率明显提高"),
        next_steps=("根据试运行情况优化功能，做好验收准备", "持续更新数据，扩大应用范围"),
    ),
    problems=(
        "部分历史数据格式不统一，清洗整理工作量较大，影响上线进度，需有关单位配合",
        "跨部门数据共享的授权和更新机制有待明确，建议由办公室协调",
    ),
    deliverables=("上线系统、用户手册和验收材料", "数据标准及服务目录"),
)
_ABROAD = _Kind(
    half=_Stage(
        measures=(
            "围绕{topic}制定年度工作方案，与有关国家和国际组织开展工作磋商",
            "就{topic}跟踪国际规则动态，组织研究提出中方方案",
        ),
        results=("完成首轮磋商，明确下一步合作议题", "研究报告已形成，参会预案已经商定"),
        next_steps=("下半年继续推进磋商，落实已达成的共识", "做好下一阶段会议准备，加强部门间协调"),
    ),
    year=_Stage(
        measures=("围绕{topic}组织参加相关会议和谈判，举办交流活动", "推进{topic}，向企业提供信息和指导服务"),
        results=("合作机制进一步健全，若干议题取得共识", "相关活动如期举办，合作成果清单已形成"),
        next_steps=("跟踪落实合作成果，做好下一年度安排", "继续参与规则磋商，完善应对预案"),
    ),
    problems=(
        "个别议题各方立场差异较大，谈判进程存在不确定性，需要继续加强研究和协调",
        "对外活动受会期安排影响，部分工作需视对方日程推进，进度存在变数",
    ),
    deliverables=("合作文件、会议成果清单", "研究报告及工作总结"),
)
_PEOPLE = _Kind(
    half=_Stage(
        measures=(
            "围绕{topic}制定年度工作计划，组织编写课程和宣传材料",
            "就{topic}开展需求调研，组织首批培训和主题活动",
        ),
        results=("上半年活动如期举办，参与面进一步扩大", "课程和教材初稿已完成，师资队伍基本落实"),
        next_steps=("下半年组织第二批活动，开展效果评估", "完善课程体系，扩大覆盖范围"),
    ),
    year=_Stage(
        measures=("围绕{topic}组织系列活动，开展效果评估", "推进{topic}，举办培训班和经验交流"),
        results=("年度计划的活动全部完成，社会反响良好", "形成一批可推广的做法，人才支撑作用增强"),
        next_steps=("总结经验，研究下一年度安排", "完善长效机制，持续扩大影响"),
    ),
    problems=(
        "基层师资和经费保障仍不均衡，部分地区活动开展不充分，建议加强统筹支持",
        "线上线下活动的评价指标尚不统一，效果评估有待规范，拟会同有关单位研究",
    ),
    deliverables=("活动总结、课程和教材", "评估报告及典型经验材料"),
)
_INDUSTRY = _Kind(
    half=_Stage(
        measures=(
            "围绕{topic}制定工作方案，分解任务，组织有关单位和地方推进落实",
            "就{topic}开展实地调研，了解市场主体需求，研究支持措施",
        ),
        results=("工作方案已印发，首批工作已启动实施", "调研报告已形成，政策措施建议正在完善"),
        next_steps=("下半年抓好方案落实，开展中期评估", "总结试点经验，研究完善配套政策"),
    ),
    year=_Stage(
        measures=("围绕{topic}开展中期评估，协调解决实施中的问题", "推进{topic}，组织经验交流，推广典型做法"),
        results=("年度目标基本实现，形成一批可复制推广的经验", "配套措施逐步完善，市场主体获得感增强"),
        next_steps=("巩固已有成果，研究下一阶段工作", "持续跟踪问效，完善工作机制"),
    ),
    problems=(
        "地区之间工作进展不够均衡，部分地方配套措施落实较慢，需要加强跟踪指导",
        "统计口径尚不统一，年度数据难以横向比较，建议牵头单位明确指标说明",
    ),
    deliverables=("工作总结和评估报告", "政策文件及典型案例汇编"),
)
_KINDS = (
    (re.compile("国际|谈判|磋商|海外|世贸|协定|外国|“一带一路”"), _ABROAD),
    (re.compile("审判|司法|检察|诉讼"), _COURT),
    (re.compile("条例|办法|修改|修订|制定|起草|出台|立法|标准|指南"), _LAW),
    (re.compile("专项|打击|执法|整治|监管|查处|保护行动"), _ACTION),
    (re.compile("平台|系统|数据|信息化|检索"), _PLATFORM),
    (re.compile("人才|培训|教育|宣传|文化|学科"), _PEOPLE),
)

# A participant speaks of its part.
_PART_MEASURES = (
    "按照任务分工配合{lead}开展工作，提供本领域情况和意见建议",
    "参加{lead}组织的专题会议，研究提出本单位负责部分的落实措施",
    "结合本单位职责细化工作安排，指定专人与{lead}对接",
)
_PART_RESULTS = {
    PeriodKind.HALF_YEAR: (
        "已按要求反馈书面意见，本单位负责的部分进展顺利",
        "本单位承担的工作已启动，首批措施已落实",
    ),
    PeriodKind.WHOLE_YEAR: ("本单位承担的年度工作已按要求完成", "已落实分工任务，有关材料已送牵头单位汇总"),
}
_PART_NEXT = ("继续配合牵头单位做好后续工作", "按照牵头单位统一安排推进，及时反馈进展")
_TROUBLE_FREE = 0.45  # share of the reports that have nothing to complain of


# What comes with a report: title and ending.
FILES = (
    ("工作总结", "docx"),
    ("成果清单", "xlsx"),
    ("印发文件", "pdf"),
    ("进展示意图", "png"),
)


def marked(text: str) -> str:
    return MARK + text


def of_lead(task: Task, kind: PeriodKind, dice: random.Random, *, final: bool) -> dict[str, str]:
    """The texts of a lead's report."""
    words = _words_for(task)
    stage = words.half if kind == PeriodKind.HALF_YEAR and not final else words.year
    written = {
        "measures": marked(dice.choice(stage.measures).format(topic=_topic(task))),
        "results": marked(dice.choice(stage.results)),
        "problems": _problems(words, dice, final=final),
        "next_steps": marked(dice.choice(stage.next_steps)),
    }
    if final:
        written["results"] = marked("年度目标全部实现，成果材料已整理齐备，申请办结")
        written["deliverables"] = marked(dice.choice(words.deliverables))
    return written


def of_participant(task: Task, lead: str, kind: PeriodKind, dice: random.Random) -> dict[str, str]:
    return {
        "measures": marked(dice.choice(_PART_MEASURES).format(lead=lead)),
        "results": marked(dice.choice(_PART_RESULTS[kind])),
        "problems": _problems(_words_for(task), dice, final=dice.random() < 0.5),
        "next_steps": marked(dice.choice(_PART_NEXT)),
    }


def _words_for(task: Task) -> _Kind:
    return next((kind for pattern, kind in _KINDS if pattern.search(task.text)), _INDUSTRY)


def _topic(task: Task) -> str:
    """What a task is about, to be named in the middle of a sentence: 《…》, or how its text begins."""
    instruments = re.findall("《[^》]{2,40}》", task.text)
    if instruments:
        return instruments[0] + ("等" if len(set(instruments)) > 1 else "")
    return f"“{re.split('[，。；：]', task.text)[0][:40]}”"


def _problems(words: _Kind, dice: random.Random, *, final: bool) -> str:
    return NO_PROBLEMS if final or dice.random() < _TROUBLE_FREE else marked(dice.choice(words.problems))
