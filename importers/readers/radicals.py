"""Radicals that a PDF writes for characters: ⼯ (U+2F2F) looks like 工 and is found by no search.

A font often has one glyph for both, and the writer noted the wrong one. Only these two blocks are changed,
each sign to its one equivalent; NFKC over the whole text would also turn （） into () and ½ into 1⁄2.
"""

import unicodedata

# U+2E80–2EFF have, but for two, no decomposition in Unicode's character data: their pairs stand in its file
# EquivalentUnifiedIdeograph.txt (Unicode 14). Only those the size of a whole character can stand for one.
_SUPPLEMENT = (
    "⺁厂⺂乛⺃乚⺄乙⺅亻⺆冂⺇𠘨⺈刀⺉刂⺊卜⺋㔾⺌小⺍小⺎兀⺏尣⺐尢⺑𡯂⺒巳⺓幺⺔彑⺕彐⺖忄⺗心⺘扌⺙攵⺛旡⺜日⺝月⺞歺"
    "⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王⺪𤴔⺫目⺬示⺭礻⺮𥫗⺯糹⺰纟⺱罓⺲罒⺳㓁⺴冗⺵𦉫⺶羊⺷𦍌⺸𦍋⺹耂⺺肀⺻聿⺼肉⺽𦥑"
    "⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇𧢲⻈讠⻉贝⻊𧾷⻋车⻌辶⻍辶⻎辶⻏邑⻐钅⻑長⻒镸⻓长⻔门⻕𨸏⻖阝⻗雨⻘青⻙韦⻚页⻛风"
    "⻜飞⻝食⻞𩙿⻟飠⻠饣⻡𩠐⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
_KANGXI = range(0x2F00, 0x2FD6)

CHARACTERS = {
    **{
        ord(radical): character
        for radical, character in zip(_SUPPLEMENT[::2], _SUPPLEMENT[1::2], strict=True)
    },
    **{code: chr(int(unicodedata.decomposition(chr(code)).split()[1], 16)) for code in _KANGXI},
}


def without_radicals(text: str) -> tuple[str, int]:
    """The text with characters for radicals, and how many there were."""
    count = sum(map(CHARACTERS.__contains__, map(ord, text)))
    return (text.translate(CHARACTERS), count) if count else (text, 0)
