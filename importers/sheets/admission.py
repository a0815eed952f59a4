"""The first station of every workbook that comes back: whether the reader may see it at all. No Django here.

What is refused, and in which words: reliability.md, H01 to H04, H07 to H20. See `gate` for plans.
"""

from importers.archive import Harmful, check_workbook, is_document
from importers.gate import EICAR, INFECTED, OLE2, ZIP, Unreadable

MAX_BYTES = 20 * 1024 * 1024

AGAIN = "请用 WPS 或 Excel 打开后另存为新的 .xlsx 再上传"
_UNLOCK = "请先在 WPS 或 Excel 中取消打开密码，另存为 .xlsx 再上传"
# The names of the streams inside an old Office container, which is UTF-16 there.
_OLE2_KINDS = (
    ("EncryptedPackage", "工作簿加了打开密码", _UNLOCK),
    ("Workbook", "这是旧版 Excel 工作簿（.xls、.et）", AGAIN),
    ("Book", "这是旧版 Excel 工作簿（.xls、.et）", AGAIN),
)


def admit(data: bytes) -> None:
    """Raises Unreadable where the bytes are no workbook that a parser may see. One pass over what unpacks."""
    if not data:
        raise Unreadable("文件是空的，没有任何内容，请选择填写好的填报表。")
    if len(data) > MAX_BYTES:
        raise Unreadable(f"文件有 {len(data) / 1048576:.1f} MB，超过 {MAX_BYTES // 1048576} MB 的上限。")
    if EICAR in data:
        raise Unreadable(INFECTED)
    if data.startswith(OLE2):
        raise Unreadable(_old_office(data))
    if not data.startswith(ZIP):
        raise Unreadable(f"这不是 Excel 工作簿（.xlsx），请选择填写好的填报表；其他格式的，{AGAIN}。")
    try:
        check_workbook(data)
    except Harmful as harm:
        raise Unreadable(_told(harm)) from None


def is_bundle(data: bytes) -> bool:
    """Whether these bytes are a zip of files that somebody packed, not a document of one kind or another."""
    try:
        return data.startswith(ZIP) and not is_document(data)
    except Harmful:
        return False  # `admit` says what is wrong with it


def _old_office(data: bytes) -> str:
    for stream, fault, advice in _OLE2_KINDS:
        if stream.encode("utf-16-le") in data:
            return f"{fault}，{advice}。"
    return f"这是旧版 Office/WPS 文件或加密文件，{AGAIN}。"


def _told(harm: Harmful) -> str:
    """The fault with the advice for a workbook."""
    return f"{harm.fault}，{_UNLOCK if '密码' in harm.fault else AGAIN}。"
