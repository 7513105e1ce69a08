"""Generated clips and collections, in the shape AutoClip's pipeline gives its records.

Everything follows from the project id (and the attempt, for a retry): the same id gives the same
records on every machine. The texts are composed from small vocabularies; none is taken from a real
video. They hold what real titles hold: Chinese and full-width punctuation, Korean, emoji, quotes,
slashes, ampersands and angle brackets.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
"""One clip or collection record: a JSON object."""


@dataclass(frozen=True, slots=True)
class ProjectContent:
    """What a pipeline run makes of one video.

    `name`: a title such a video could have. `category`: AutoClip's `video_category`, lower case.
    `scored`: step 3's candidates, those that were dropped included, without titles. `clips`: the
    survivors, in time order; their ids are those of step 3, so they may have gaps. `collections`:
    at most what the clips allow.
    """

    name: str
    category: str
    scored: tuple[Record, ...]
    clips: tuple[Record, ...]
    collections: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class _Topic:
    key: str
    category: str
    names: tuple[str, ...]
    people: tuple[str, ...]
    subjects: tuple[str, ...]
    points: tuple[str, ...]
    titles: tuple[str, ...]
    collections: tuple[tuple[str, str], ...]


def generate_content(
    project_id: str,
    *,
    clips: int | None = None,
    collections: int | None = None,
    topic: str | None = None,
    attempt: int = 0,
) -> ProjectContent:
    """Content for one project; what is left out is drawn (13 clips, 3 collections on average).

    `topic`: one of `TOPICS`.
    `attempt`: which run of the pipeline over the same video this is. A later attempt cuts the
    same video anew: other times and titles under the same source ids.
    """
    rng = random.Random(f"clipsync-demo/{project_id}")  # noqa: S311 -- not for secrets
    drawn = rng.choice(_TOPICS)
    chosen = drawn if topic is None else _BY_KEY[topic]
    name = rng.choice(chosen.names).format(
        s=rng.choice(chosen.subjects), p=rng.choice(chosen.people), n=rng.randint(2, 180)
    )
    if clips is None:
        clips = rng.randint(5, 21)
    if collections is None:
        collections = rng.randint(1, 5)
    if attempt:
        rng = random.Random(f"clipsync-demo/{project_id}/{attempt}")  # noqa: S311
    scored, kept = _clip_records(rng, chosen, clips)
    return ProjectContent(
        name=name,
        category=chosen.category,
        scored=scored,
        clips=kept,
        collections=_collection_records(rng, chosen, kept, collections),
    )


def with_reversed_times(clips: Sequence[Record], source_id: str) -> tuple[Record, ...]:
    """The same clips, the one named ending before it starts: real pipelines write such records."""
    return tuple(
        {**clip, "start_time": clip["end_time"], "end_time": clip["start_time"]}
        if clip["id"] == source_id
        else clip
        for clip in clips
    )


def timestamp(milliseconds: int) -> str:
    """`HH:MM:SS,mmm`, as subtitles have it."""
    seconds, millis = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d},{millis:03d}"


def _clip_records(
    rng: random.Random, topic: _Topic, count: int
) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    total = count + (rng.choice((0, 0, 1, 2, 3)) if count else rng.randint(1, 4))
    survivors = set(rng.sample(range(total), count))
    titles: set[str] = set()
    scored, kept = [], []
    clock = rng.randint(0, 240_000)
    for position in range(total):
        start = max(0, clock - (rng.randint(500, 9_000) if rng.random() < 0.05 else 0))
        clock = start + rng.randint(18_000, 330_000)
        survives = position in survivors
        subject, person = rng.choice(topic.subjects), rng.choice(topic.people)
        score = rng.randint(78, 97) if survives else rng.randint(41, 69)
        record: Record = {
            "id": str(position + 1),
            "start_time": timestamp(start),
            "end_time": timestamp(clock),
            "outline": _outline(rng, subject, person),
            "content": _points(rng, topic, subject, person, rng.randint(2, 4)),
            "chunk_index": position // 6,
            "final_score": score / 100,
            "recommend_reason": rng.choice(_REASONS).format(
                a=rng.choice(_QUALITIES), b=rng.choice(_EFFECTS), s=subject
            ),
        }
        scored.append(record)
        if survives:
            kept.append({**record, "generated_title": _title(rng, topic, subject, person, titles)})
        clock += rng.choice((0, 0, rng.randint(200, 45_000)))
    return tuple(scored), tuple(kept)


def _collection_records(
    rng: random.Random, topic: _Topic, clips: Sequence[Mapping[str, Any]], count: int
) -> tuple[Record, ...]:
    if not clips:
        return ()
    ids = [clip["id"] for clip in clips]
    themes = [*topic.collections, *_COMMON_COLLECTIONS]
    rng.shuffle(themes)
    numbers = sorted(rng.sample(range(1, count + 3), count)) if rng.random() < 0.3 else None
    records: list[Record] = []
    for index in range(count):
        title, summary = themes[index % len(themes)]
        if index >= len(themes):
            title = f"{title}（{index // len(themes) + 1}）"
        records.append(
            {
                "id": str(numbers[index] if numbers else index + 1),
                "collection_title": title,
                "collection_summary": summary,
                "clip_ids": rng.sample(ids, min(len(ids), rng.randint(2, 5))),
            }
        )
    return tuple(records)


def _outline(rng: random.Random, subject: str, person: str) -> str | Record:
    text = rng.choice(_OUTLINES).format(s=subject, p=person)
    if rng.random() < 0.08:
        return {
            "title": text,
            "subtopics": [f"{subject}{part}" for part in rng.sample(_SUBTOPICS, 3)],
        }
    return text


def _points(rng: random.Random, topic: _Topic, subject: str, person: str, count: int) -> list[str]:
    pool = topic.points + _COMMON_POINTS
    return [point.format(s=subject, p=person) for point in rng.sample(pool, count)]


def _title(rng: random.Random, topic: _Topic, subject: str, person: str, taken: set[str]) -> str:
    """A title no other clip of the project has: AutoClip's own sync tells clips apart by it."""
    for _ in range(8):
        template = rng.choice(topic.titles if rng.random() < 0.4 else _COMMON_TITLES)
        title = template.format(s=subject, p=person, n=rng.randint(2, 30), y=rng.randint(3, 20))
        if title not in taken:
            break
    else:
        title = f"{title}（{len(taken) + 1}）"
    taken.add(title)
    return title


_OUTLINES = (
    "{s}从哪里说起",
    "{p}谈{s}",
    "关于{s}的一次追问",
    "{s}背后的来龙去脉",
    "围绕{s}的三个例子",
    "{s}：误解与真相",
    "现场问答：{s}",
    "{s}给普通人的启发",
)
_SUBTOPICS = ("的由来", "的常见误区", "的实际做法", "的代价", "的下一步")
_COMMON_POINTS = (
    "先抛出问题：{s}到底重要在哪里",
    "用亲身经历说明{s}并不遥远",
    "{p}回忆第一次接触{s}的场景",
    "对比十年前与现在的{s}",
    "回应弹幕里关于{s}的质疑",
    "小结：把{s}放回日常生活里看",
)
_COMMON_TITLES = (
    "{s}，为什么没人早点告诉我？",
    "{p}坦言：{s}没有你想的那么难",
    "看懂{s}，只需要这{n}分钟",
    "“{s}”到底是谁的问题",
    "{s}/另一面：{p}第一次公开说",
    "全网都在聊的{s}，我们漏掉了什么🤔",
    "{y}年后再看{s}，答案变了",
    "一句话讲透{s}！",
    "{p}的{s}清单（附踩坑记录）",
    "从零开始聊{s}：别急着下结论",
    "《{s}》幕后：{p}差点放弃的那一天",
    "【实录】{p} × {s}：笑着笑着就哭了😭",
    "{s}？{p}只回了四个字",
    "你以为的{s} vs. 真实的{s}",
    "Q&A：关于{s}的{n}个问题",
)
_REASONS = (
    "{a}，{b}。",
    "围绕{s}展开，{a}，{b}。",
    "{a}；结尾一问{b}。",
    "难得把{s}讲得{a}，{b}。",
)
_QUALITIES = (
    "叙述真诚",
    "逻辑清楚",
    "例子鲜活",
    "节奏明快",
    "观点犀利",
    "细节丰富",
    "幽默而不失分寸",
)
_EFFECTS = (
    "容易引发共鸣",
    "适合单独传播",
    "有很强的讨论价值",
    "让人忍不住看完",
    "对新观众也很友好",
    "留下思考的余地",
)
_COMMON_COLLECTIONS = (
    ("高光时刻合辑", "把最值得反复看的几段放在一起，节奏紧凑。"),
    ("新手从这里看起", "不需要背景知识，按顺序看完就能跟上。"),
    ("观众提问集锦", "问得直接，答得也直接。"),
    ("金句与转折", "短，但是每一段都有一个转折。"),
)
_TOPICS = (
    _Topic(
        key="philosophy",
        category="knowledge",
        names=("{s}：一次讲清楚", "和{p}聊{s}（第{n}期）", "深夜书房 | {s}"),
        people=("林教授", "主讲人", "阿澈", "沈老师"),
        subjects=(
            "因果",
            "无常",
            "自由意志",
            "梦境",
            "静坐",
            "苦与乐",
            "记忆",
            "偶然与必然",
            "空性",
            "死亡教育",
            "语言的边界",
            "庄子的蝴蝶",
        ),
        points=(
            "引一段古书，再用白话讲{s}",
            "区分“相信{s}”与“理解{s}”",
            "{p}用茶杯打了个比方",
            "把{s}和现代心理学放在一起看",
        ),
        titles=(
            "{s}是安慰还是真相？",
            "如果{s}成立，努力还有意义吗",
            "读了{y}年书，{p}怎么看{s}",
            "别再误会“{s}”了：它不是宿命",
        ),
        collections=(
            ("人生大哉问", "几个绕不过去的问题，慢慢想。"),
            ("古书今读", "旧文字里的新问题。"),
            ("心念与日常", "把道理放进一日三餐。"),
        ),
    ),
    _Topic(
        key="vlog",
        category="experience",
        names=("VLOG{n}｜{s}", "{p}的{s}日记", "一个人去看{s} Day {n}"),
        people=("小野", "Nina", "阿橘", "旅伴"),
        subjects=(
            "左岸的清晨",
            "夜航班",
            "旧书店",
            "琴房",
            "第一次独居",
            "迷路的下午",
            "跳蚤市场",
            "二十岁生日",
            "雨中的塞纳河",
            "行李箱",
            "早餐店",
            "地铁上的演奏",
        ),
        points=(
            "边走边拍，镜头里出现{s}",
            "{p}尝试用外语点单",
            "翻开手账，记录{s}的花费",
            "和路人聊起{s}",
        ),
        titles=(
            "今天的主角是{s}🥐",
            "在{s}遇见了最温柔的陌生人",
            "{s}攻略/避雷都在这里",
            "{p}：原来{s}可以这么慢",
        ),
        collections=(
            ("城市漫游", "走到哪儿算哪儿。"),
            ("一个人的饭桌", "认真吃饭的时刻。"),
            ("旅途里的陌生人", "短暂相遇，记了很久。"),
            ("练琴碎碎念", "枯燥里的小高兴。"),
            ("行李与清单", "带什么、丢什么，都是选择。"),
        ),
    ),
    _Topic(
        key="stage",
        category="entertainment",
        names=("【舞台】{p}《{s}》预告", "{p} 컴백 비하인드 EP.{n}", "《{s}》MV 拆解 ft. {p}"),
        people=("队长", "主舞", "制作人", "경호", "수아"),
        subjects=(
            "副歌编舞",
            "转场运镜",
            "第一口录音",
            "컴백 무대",
            "应援口号",
            "造型灵感",
            "走位失误",
            "高音部分",
            "안무 연습",
            "片尾彩蛋",
            "打歌服",
            "练习室版本",
        ),
        points=("慢放三遍，看清{s}", "{p}解释{s}的含义", "对照预告里的{s}", "粉丝剪辑带火了{s}"),
        titles=(
            "{s} 한 번 더! 直拍里没注意到的细节",
            "{p}一秒进入状态：{s}名场面🔥",
            "《{s}》到底藏了几个彩蛋？",
            "<{s}> & {p}：谁才是C位",
        ),
        collections=(
            ("练习室纪实", "汗水比灯光先到。"),
            ("무대 뒤 이야기", "关灯以后的事。"),
            ("造型与美术", "一帧一帧地看。"),
        ),
    ),
    _Topic(
        key="money",
        category="business",
        names=("{s}怎么看？直播回放{n}", "{p}财经夜话：{s}", "小白也能懂的{s}"),
        people=("老周", "嘉宾", "分析师", "主持人"),
        subjects=(
            "现金流",
            "指数定投",
            "利率",
            "汇率波动",
            "公司年报",
            "房贷提前还款",
            "应急储蓄",
            "行业周期",
            "股息",
            "通胀",
            "保险条款",
            "副业收入",
        ),
        points=(
            "拿一张真实的表格拆解{s}",
            "{p}提醒{s}的三个陷阱",
            "算一笔账：{s}值不值",
            "历史上{s}的两次反转",
        ),
        titles=(
            "{s}涨了，你的钱去哪儿了？",
            "存款{n}万该怎么看{s}",
            "“稳赚”的{s}，{p}为什么不碰",
            "三张图看懂{s}📉",
        ),
        collections=(
            ("看懂一张报表", "数字会说话，也会说谎。"),
            ("家庭账本", "先安全，再增长。"),
            ("周期与耐心", "等待也是一种动作。"),
        ),
    ),
    _Topic(
        key="standup",
        category="speech",
        names=("{p}脱口秀专场：{s}", "开放麦 No.{n}", "{s}｜现场完整版"),
        people=("阿杰", "Momo", "大鹏鸟", "现场观众"),
        subjects=(
            "相亲",
            "年会",
            "合租",
            "健身卡",
            "我妈的朋友圈",
            "面试",
            "老家的狗",
            "加班",
            "体检报告",
            "二手家具",
            "小区广场",
            "外卖备注",
        ),
        points=("铺垫：从{s}讲起", "和第一排观众互动", "call back 前面的{s}", "{p}模仿当事人"),
        titles=(
            "{s}的尽头是{n}个群聊",
            "没人能笑着走出{s}😂",
            "{p}：我和{s}只能活一个",
            "笑点太密：{s}这段剪不动",
        ),
        collections=(
            ("打工人精选", "笑完还得上班。"),
            ("家人们谁懂", "亲情是最大的素材库。"),
            ("现挂名场面", "剧本里没有的才最好笑。"),
        ),
    ),
    _Topic(
        key="opinion",
        category="opinion",
        names=("{p}说事：{s}", "圆桌{n}：我们需要{s}吗", "{s}之争"),
        people=("主笔", "何律师", "社会学老师", "记者小唐"),
        subjects=(
            "外卖骑手",
            "未成年人直播",
            "景区涨价",
            "AI配音",
            "二胎焦虑",
            "彩礼",
            "城中村",
            "学历歧视",
            "退休延后",
            "公共座椅",
            "算法推荐",
            "宠物友好",
        ),
        points=(
            "列出正反两方对{s}的看法",
            "{p}引用一份调查",
            "追问：{s}是谁在付代价",
            "提一个可操作的建议",
        ),
        titles=(
            "{s}：骂完之后呢？",
            "站在对面想一想{s}",
            "{p}反问：你真的支持{s}吗",
            "谁在为{s}买单",
        ),
        collections=(
            ("正方反方", "先听完，再站队。"),
            ("数据里的人", "百分比背后都是人。"),
            ("政策慢读", "逐字看条文。"),
        ),
    ),
    _Topic(
        key="film",
        category="content_review",
        names=("{n}分钟看完《{s}》", "拉片笔记｜{s}", "{p}解说：{s}"),
        people=("旁白", "影评人", "老K", "导演"),
        subjects=(
            "长镜头",
            "开场十分钟",
            "雨夜追车",
            "反派独白",
            "最后一枪",
            "双时间线",
            "红色雨伞",
            "沉默的配角",
            "导演剪辑版",
            "原著结局",
            "空镜头",
            "片尾字幕",
        ),
        points=("定格在{s}，看构图", "{p}比较剧本与成片", "{s}里的声音设计", "埋在第一幕的伏笔"),
        titles=(
            "{s}才是全片的钥匙🔑",
            "十刷才发现的{s}",
            "“{s}”为什么让人后背发凉",
            "《{s}》结局解读：三种可能",
        ),
        collections=(
            ("镜头语言课", "看得见的与看不见的。"),
            ("反派也有名字", "恶不是凭空来的。"),
            ("结局争论", "开放式，但不敷衍。"),
        ),
    ),
    _Topic(
        key="kitchen",
        category="default",
        names=("{s}做法大全", "{p}的厨房：{s}", "周末{n}号菜单"),
        people=("外婆", "主厨阿明", "试吃员", "邻居"),
        subjects=(
            "红烧肉",
            "김치찌개",
            "手擀面",
            "溏心蛋",
            "酸菜鱼",
            "焦糖布丁",
            "白切鸡",
            "老面馒头",
            "冷泡茶",
            "砂锅粥",
            "葱油饼",
            "腌萝卜",
        ),
        points=(
            "火候：{s}最容易失败的一步",
            "{p}的独门比例",
            "没有烤箱怎么做{s}",
            "剩下的{s}第二天这样吃",
        ),
        titles=(
            "{s}别再焯水了！",
            "零失败{s}：{n}块钱搞定",
            "{p}教我的{s}，一次就成🍲",
            "{s}/素食版也很香",
        ),
        collections=(
            ("下饭菜", "米饭要多煮一碗。"),
            ("一锅出", "洗碗最少的晚餐。"),
            ("外婆的比例", "不用秤也能准。"),
        ),
    ),
    _Topic(
        key="tech",
        category="knowledge",
        names=("{s}入门到放弃", "工程师夜谈 #{n}：{s}", "{p}拆机：{s}"),
        people=("老张", "硬件组", "Lena", "实习生"),
        subjects=(
            "开源协议",
            "电池寿命",
            "编译器",
            "断网的一天",
            "旧手机改造",
            "密码管理",
            "缓存失效",
            "机械键盘",
            "时区",
            "字符编码",
            "备份",
            "路由器",
        ),
        points=("现场复现{s}的问题", "{p}画了一张示意图", "一行命令解决{s}", "为什么文档里没写{s}"),
        titles=(
            "{s}坑了我{n}个小时",
            "别删！{s}还能救💾",
            "{p}：{s}的默认设置是错的",
            "“重启一下”之外的{s}办法",
        ),
        collections=(
            ("线上事故复盘", "别人的坑，自己的路。"),
            ("工具箱", "顺手就是生产力。"),
            ("读一点源码", "答案在第三层调用里。"),
        ),
    ),
    _Topic(
        key="training",
        category="experience",
        names=("{p}的{s}训练营", "第{n}天：{s}", "陪你练{s}"),
        people=("教练", "阿洛", "跑友", "康复师"),
        subjects=(
            "晨跑",
            "核心力量",
            "膝盖",
            "睡眠",
            "拉伸",
            "马拉松最后五公里",
            "体脂率",
            "深蹲",
            "心率",
            "休息日",
            "游泳换气",
            "减脂平台期",
        ),
        points=(
            "{p}示范{s}的错误动作",
            "记录一周的{s}数据",
            "什么时候必须停下{s}",
            "给久坐人群的替代方案",
        ),
        titles=(
            "{s}做错{n}年，终于改过来了",
            "{p}：{s}不靠意志力",
            "下班后的{s}，二十分钟够了💪",
            "{s}疼？先看这段",
        ),
        collections=(
            ("动作纠正", "慢一点，准一点。"),
            ("恢复日", "不练也是练。"),
            ("从零到十公里", "每周加一点点。"),
        ),
    ),
)
_BY_KEY = {topic.key: topic for topic in _TOPICS}
TOPICS = tuple(_BY_KEY)
"""What the generated videos are about."""
