"""The part of the gate for zip packages (docx, ofd): unpacked once, counting, before any parser.

`zipfile` believes the sums in the headers: it stops reading where they say, so a stream that goes on is not
noticed, and a parser that unpacks by other means meets the rest. Here the streams themselves are followed to
their end, and every byte of the file belongs to at most one entry.
"""

import contextlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from importers.gate import EICAR, INFECTED, Kind, Unreadable, safe_name

MAX_ENTRIES = 2_000
MAX_INFLATED = 200 * 1024 * 1024
MAX_RATIO = 100
_RATIO_FLOOR = 2 * 1024 * 1024  # below it a high ratio is an empty table, not a bomb
_PIECE = 256 * 1024

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_NESTED = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_XML_NAMES = (".xml", ".rels", ".vml")
_DECLARED = re.compile(rb"""encoding\s*=\s*["']([^"']*)["']""")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
# GB codes never use the bytes of `<!DOCTYPE` inside a character; some writers of OFD still declare them.
_ENCODINGS = ("utf-8", "utf8", "us-ascii", "ascii", "gb2312", "gbk", "gb18030")
_HEAD = 1024
_ANNOUNCEMENT = 1024 * 1024
_ENDING = "请用 WPS 或 Word 打开后另存为新的 .docx 再导入"
_RESEND = f"{_ENDING}，或请对方重新发送"
_DAMAGED = "文件已损坏或不完整"


class Harmful(Unreadable):
    """What keeps a package from its parser. The advice is for who imports a plan; others give their own."""

    def __init__(self, fault: str, advice: str = _ENDING) -> None:
        super().__init__(f"{fault}，{advice}。")
        self.fault = fault


def kind_of_package(data: bytes) -> Kind:
    """What the package is. Raises Unreadable where it is none we read, or where it is built to do harm."""
    entries = _entries(data)
    _check_entries(data, entries)
    kind = _kind(data, entries)
    _check_contents(data, entries)
    return kind


def check_workbook(data: bytes) -> None:
    """Raises Unreadable where the package is no workbook, or where it is built to do harm."""
    entries = _entries(data)
    _check_entries(data, entries)
    if b"spreadsheetml" not in _announced(data, entries):
        raise Harmful("这不是 Excel 工作簿（.xlsx）")
    _check_contents(data, entries)


def is_document(data: bytes) -> bool:
    """Whether the package is one document in parts, of whatever program, not files that somebody packed."""
    names = {entry.filename.lower() for entry in _entries(data)}
    return bool(names & {"[content_types].xml", "mimetype", "ofd.xml"})


def members(data: bytes, *, most: int, largest: int) -> Iterator[tuple[str, bytes]]:
    """The files in a zip that somebody packed, with the names as they were typed; folders are passed over.

    Each is unpacked when it is asked for. Raises Unreadable, also where there are more than `most` files or
    one is larger than `largest` bytes."""
    entries = _entries(data)
    _check_entries(data, entries)
    files = [entry for entry in entries if not _is_furniture(entry)]
    if len(files) > most:
        raise Harmful(f"压缩包里有 {len(files)} 个文件，超过 {most} 个的上限", "请分几次上传")
    for entry in files:
        pieces, length = [], 0
        for piece, _ in _inflated(data, entry):
            length += len(piece)
            if length > largest:
                fault = f"压缩包里的“{_typed_name(entry)}”超过 {largest // 1048576} MB 的上限"
                raise Harmful(fault, "请检查这个文件")
            pieces.append(piece)
        yield _typed_name(entry), b"".join(pieces)


def _is_furniture(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what systems put into a zip by themselves."""
    parts = entry.filename.split("/")
    return entry.is_dir() or parts[0] == "__MACOSX" or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")


def _typed_name(entry: zipfile.ZipInfo) -> str:
    """Without its folders. Windows packs names in GBK and does not say so: zipfile reads them as CP437."""
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return safe_name(name)


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or len(data) < end + 22:
        raise Harmful(_DAMAGED, _RESEND)
    told, comment = struct.unpack_from("<H", data, end + 10)[0], struct.unpack_from("<H", data, end + 20)[0]
    # Asked before zipfile builds an object for each entry.
    if told > MAX_ENTRIES:
        raise Harmful(f"文件里有 {told} 个部件，超过 {MAX_ENTRIES} 个的上限，不像正常文件")
    if data[end + 22 + comment :].strip(b"\x00") or comment > len(data) - end - 22:
        raise Harmful("文件后面还连着别的内容，来历可疑")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            begins = archive.start_dir
    except (zipfile.BadZipFile, ValueError, EOFError, OverflowError, NotImplementedError, struct.error):
        raise Harmful(_DAMAGED, _RESEND) from None
    if len(entries) > MAX_ENTRIES:
        raise Harmful(f"文件里的部件超过 {MAX_ENTRIES} 个的上限，不像正常文件")
    if not entries or begins > end:
        raise Harmful(_DAMAGED, _RESEND)
    return entries


def _check_entries(data: bytes, entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        mode = entry.external_attr >> 16
        if _is_unsafe(name) or stat.S_ISLNK(mode):
            raise Harmful("文件里有指向别处的部件，来历可疑")
        if name.lower() in seen:
            raise Harmful("文件里有重名的部件，来历可疑")
        seen.add(name.lower())
        if entry.flag_bits & _ENCRYPTED or _local(data, entry)[2] & _ENCRYPTED:
            raise Harmful("文件加了密码，无法读取", "请取消密码保护后另存为 .docx 再导入")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Harmful("文件用了少见的压缩方法，无法读取")
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        # Two entries over the same bytes, or bytes of another file in front: a bomb or two files in one.
        if entry.header_offset < end or (end == 0 and entry.header_offset != 0):
            raise Harmful("文件里的部件互相重叠或前面夹带别的内容，来历可疑")
        end = _begins(data, entry) + entry.compress_size
        if end > len(data):
            raise Harmful(_DAMAGED, _RESEND)


def _is_unsafe(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return (
        ".." in parts or name.startswith(("/", "\\")) or "\x00" in name or bool(re.match("[A-Za-z]:", name))
    )


def _local(data: bytes, entry: zipfile.ZipInfo) -> tuple[int, ...]:
    try:
        header = _LOCAL.unpack_from(data, entry.header_offset)
    except struct.error:
        raise Harmful(_DAMAGED, _RESEND) from None
    if header[0] != b"PK\x03\x04":
        raise Harmful(_DAMAGED, _RESEND)
    return header


def _begins(data: bytes, entry: zipfile.ZipInfo) -> int:
    header = _local(data, entry)
    return entry.header_offset + _LOCAL.size + header[9] + header[10]


def _kind(data: bytes, entries: list[zipfile.ZipInfo]) -> Kind:
    names = {entry.filename.lower() for entry in entries}
    if "ofd.xml" in names:
        return Kind.OFD
    if told := _announced(data, entries):
        if b"wordprocessingml" in told:
            return Kind.DOCX
        if b"spreadsheetml" in told:
            raise Unreadable(
                "这是 Excel 工作簿（.xlsx），不是推进计划的正文，请导入计划的文字版（.docx、.pdf 或 .txt）。"
            )
        if b"presentationml" in told:
            raise Unreadable("这是演示文稿（.pptx），不能直接导入，请导入推进计划的文字版（.docx 或 .txt）。")
    if entries[0].filename == "mimetype" and "content.xml" in names:
        raise Unreadable("这是 OpenDocument 文件（.odt、.ods），不能直接导入，请打开后另存为 .docx 再导入。")
    raise Unreadable("这是压缩包（zip），不能直接导入，请解压后导入其中的推进计划文件。")


def _announced(data: bytes, entries: list[zipfile.ZipInfo]) -> bytes:
    """What an Office package says of its parts; empty where it is none."""
    for entry in entries:
        if entry.filename.lower() == "[content_types].xml":
            told = _start_of(data, entry)
            if b"macroenabled" in told.lower():
                raise Harmful("这是启用宏的 Office 文件（如 .docm、.xlsm），不能导入")
            return told
    return b""


def _start_of(data: bytes, entry: zipfile.ZipInfo) -> bytes:
    told = b""
    for piece, _ in _inflated(data, entry):
        told += piece
        if len(told) >= _ANNOUNCEMENT:
            break
    return told[:_ANNOUNCEMENT]


# --- content ---------------------------------------------------------------------------------------------


def _check_contents(data: bytes, entries: list[zipfile.ZipInfo]) -> None:
    total = 0
    for entry in entries:
        total = _check_content(data, entry, total)
    if any(entry.filename.lower().endswith(("vbaproject.bin", "vbadata.xml")) for entry in entries):
        raise Harmful("文件里带有宏程序，不能导入", f"{_ENDING}（不要选“启用宏”的格式）")


def _check_content(data: bytes, entry: zipfile.ZipInfo, total: int) -> int:
    """Follow one entry to the end of its stream. The inflated bytes of the package so far."""
    screen: _XmlScreen | None = None
    first = True
    length = checksum = 0
    for piece, consumed in _inflated(data, entry):
        length += len(piece)
        checksum = zlib.crc32(piece, checksum)
        if total + length > MAX_INFLATED:
            raise Harmful(
                f"文件解压后超过 {MAX_INFLATED // 1048576} MB 的上限",
                "请删去图片和附件，只导入推进计划的正文",
            )
        if length > _RATIO_FLOOR and length > MAX_RATIO * consumed:
            raise Harmful(f"文件的压缩比异常（超过 {MAX_RATIO} 倍），不像正常文件")
        if first:
            first = False
            if piece.startswith(_NESTED):
                raise Harmful(
                    f"文件里嵌着另一个压缩包或 Office 文件（{_shown(entry)}）",
                    "请删去嵌入的对象后另存为新文件再导入",
                )
            if entry.filename.lower().endswith(_XML_NAMES) or _looks_like_xml(piece):
                screen = _XmlScreen(_shown(entry))
        if EICAR in piece:
            raise Unreadable(INFECTED)
        if screen is not None:
            screen.feed(piece)
    if screen is not None:
        screen.feed(b"", last=True)
    if length != entry.file_size or checksum != entry.CRC:
        raise Harmful(_DAMAGED, _RESEND)
    return total + length


def _inflated(data: bytes, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """The entry's bytes in pieces, each with the packed bytes read so far; whatever its header says."""
    begins = _begins(data, entry)
    packed = memoryview(data)[begins : begins + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        for start in range(0, len(packed), _PIECE):
            yield bytes(packed[start : start + _PIECE]), min(start + _PIECE, len(packed))
        return
    stream = zlib.decompressobj(-15)
    waiting: bytes = b""
    position = 0
    try:
        while not stream.eof:
            if not waiting:
                if position >= len(packed):
                    raise Harmful(_DAMAGED, _RESEND)
                waiting = bytes(packed[position : position + 16 * 1024])
                position += len(waiting)
            piece = stream.decompress(waiting, _PIECE)
            waiting = stream.unconsumed_tail
            if piece:
                yield piece, position - len(waiting)
    except zlib.error:
        raise Harmful(_DAMAGED, _RESEND) from None
    if stream.unused_data or position < len(packed):
        raise Harmful(_DAMAGED, _RESEND)


def _looks_like_xml(piece: bytes) -> bool:
    return piece[:64].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _shown(entry: zipfile.ZipInfo) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in entry.filename)[:60]


class _XmlScreen:
    """Refuses a part with a document type: none is needed, and entities, bombs and fetches begin there.

    Only the bytes are searched, so that a part which is no well-formed XML cannot slip by (the reader says
    that it is damaged). That is enough because the encodings allowed know but one spelling of `<!DOCTYPE`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.head = b""
        self.tail = b""
        self.wide = False

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        if len(self.head) < _HEAD:
            # A stream may hand out its first bytes one by one; the declaration is judged as a whole.
            self.head += piece
            if len(self.head) < _HEAD and not last:
                return
            piece = self.head
            self._check_encoding(piece.removeprefix(b"\xef\xbb\xbf"))
        window = self.tail + piece
        if _FORBIDDEN.search(window.replace(b"\x00", b"") if self.wide else window):
            raise Harmful(f"文件的部件（{self.name}）带有文档类型或实体声明，可能有害，不能导入")
        self.tail = window[-32:]

    def _check_encoding(self, head: bytes) -> None:
        self.wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
        if self.wide or not head.strip():
            return
        begins = head.lstrip()
        encoding = "utf-8"
        if begins.startswith(b"<?xml"):
            declaration, closed, _ = begins[:_HEAD].partition(b"?>")
            told = _DECLARED.search(declaration)
            encoding = (
                told[1].decode("ascii", "replace").lower() if told and closed else encoding if closed else ""
            )
        if encoding not in _ENCODINGS or not begins.startswith(b"<") or b"\x00" in begins[:_HEAD]:
            raise Harmful(f"文件的部件（{self.name}）用了不合规的字符编码，来历可疑")
