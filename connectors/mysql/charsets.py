"""Character sets: collation ids to names, and the bytes of each character set to text. Compiles (mypyc).

Knows no table and no connection. The names are MySQL's. Where Python's codec of the same name gives another character
than the server does, the server's is taken (`_SINGLE`, `_changes`); what is no character becomes U+FFFD. A few bytes
that the servers call unassigned have a character all the same, as in Java: `¤` of dec8, `€` of greek.

Source: information_schema.COLLATIONS of MySQL 9.7 and MariaDB 11.8, and the servers' own CONVERT.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Final

Text = Callable[[bytes], str]

BINARY: Final = "binary"
UTF8: Final = ("utf8mb4", "utf8mb3", "utf8", "ascii")  # whose bytes are valid UTF-8 or no text

# Ids of the collations of each character set; holes inside a range are ids that nobody uses.
_COLLATIONS: Final = {
    "armscii8": "32 64 1056 1088",
    "ascii": "11 65 1035 1089",
    "big5": "1 84 1025 1108",
    "binary": "63",
    "cp1250": "26 34 44 66 99 1050 1090",
    "cp1251": "14 23 50-52 1074-1075",
    "cp1256": "57 67 1081 1091",
    "cp1257": "29 58-59 1082-1083",
    "cp850": "4 80 1028 1104",
    "cp852": "40 81 1064 1105",
    "cp866": "36 68 1060 1092",
    "cp932": "95-96 1119-1120",
    "dec8": "3 69 1027 1093",
    "eucjpms": "97-98 1121-1122",
    "euckr": "19 85 1043 1109",
    "gb18030": "248-250",
    "gb2312": "24 86 1048 1110",
    "gbk": "28 87 1052 1111",
    "geostd8": "92-93 1116-1117",
    "greek": "25 70 1049 1094",
    "hebrew": "16 71 1040 1095",
    "hp8": "6 72 1030 1096",
    "keybcs2": "37 73 1061 1097",
    "koi8r": "7 74 1031 1098",
    "koi8u": "22 75 1046 1099",
    "latin1": "5 8 15 31 47-49 94 1032 1071",
    "latin2": "2 9 21 27 77 1033 1101",
    "latin5": "30 78 1054 1102",
    "latin7": "20 41-42 79 1065 1103",
    "macce": "38 43 1062 1067",
    "macroman": "39 53 1063 1077",
    "sjis": "13 88 1037 1112",
    "swe7": "10 82 1034 1106",
    "tis620": "18 89 1042 1113",
    "ucs2": "35 90 128-159 640-642 1059 1114 1152-1174 2560-2759",
    "ujis": "12 91 1036 1115",
    "utf16": "54-55 101-124 672-674 1078-1079 1125-1147 2816-3015",
    "utf16le": "56 62 1080 1086",
    "utf32": "60-61 160-183 736-738 1084-1085 1184-1206 3072-3271",
    "utf8mb3": "33 76 83 192-223 576-579 1057 1107 1216-1238 2048-2247",
    "utf8mb4": "45-46 224-247 255-323 608-611 1069-1070 1248-1270 2304-2503",
}

_CODECS: Final = {
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "utf8": "utf-8",
    "big5": "big5",
    "cp850": "cp850",
    "hp8": "hp_roman8",
    "koi8r": "koi8_r",
    "latin2": "iso8859_2",
    "ascii": "ascii",
    "ujis": "euc_jp",
    "sjis": "shift_jis",
    "tis620": "tis_620",
    "euckr": "cp949",
    "gb2312": "gb2312",
    "cp1250": "cp1250",
    "gbk": "gbk",
    "latin5": "iso8859_9",
    "ucs2": "utf-16-be",
    "macce": "mac_latin2",
    "macroman": "mac_roman",
    "cp852": "cp852",
    "latin7": "iso8859_13",
    "cp1251": "cp1251",
    "utf16": "utf-16-be",
    "utf16le": "utf-16-le",
    "cp1256": "cp1256",
    "cp1257": "cp1257",
    "utf32": "utf-32-be",
    "cp932": "cp932",
    "eucjpms": "euc_jp",
    "gb18030": "gb18030",
}

_UNDEFINED: Final = "\ufffd"
_GEORGIAN: Final = (
    "\u10d0\u10d1\u10d2\u10d3\u10d4\u10d5\u10d6\u10f1\u10d7\u10d8\u10d9\u10da\u10db\u10dc\u10f2\u10dd\u10de\u10df\u10e0"
    "\u10e1\u10e2\u10f3\u10e3\u10e4\u10e5\u10e6\u10e7\u10e8\u10e9\u10ea\u10eb\u10ec\u10ed\u10ee\u10f4\u10ef\u10f0\u10f5"
)
_KAMENICKY: Final = (
    "\u010c\xfc\xe9\u010f\xe4\u010e\u0164\u010d\u011b\u011a\u0139\xcd\u013e\u013a\xc4\xc1\xc9\u017e\u017d\xf4\xf6\xd3\u016f\xda"
    "\xfd\xd6\xdc\u0160\u013d\xdd\u0158\u0165\xe1\xed\xf3\xfa\u0148\u0147\u016e\xd4\u0161\u0159\u0155\u0154\xbc\xa1\xab\xbb"
)


def _table(codec: str, changes: dict[int, str]) -> str:
    """All 256 characters of a single-byte character set: those of a codec, but for `changes`."""
    return "".join(changes.get(byte) or bytes((byte,)).decode(codec, "replace") for byte in range(256))


def _run(first: int, characters: str) -> dict[int, str]:
    return {first + index: character for index, character in enumerate(characters)}


def _armenian() -> dict[int, str]:
    letters = "".join(chr(0x531 + index) + chr(0x561 + index) for index in range(38))
    marks = "\u2741\xa7\u0589)(\xbb\xab\u2014.\u055d,-\u055f\u2026\u055c\u055b\u055e"
    return _run(0xA1, marks) | _run(0xB2, letters[:76]) | {0xFE: "\u2019", 0xFF: "'"}


_SINGLE: Final = {
    "latin1": _table("cp1252", {byte: chr(byte) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}),
    "dec8": _table("latin1", {0xA8: "\xa4", 0xD7: "\u0152", 0xDD: "\u0178", 0xF7: "\u0153", 0xFD: "\xff"}),
    "hebrew": _table("iso8859_8", {0xAF: "\u203e"}),
    "greek": _table("iso8859_7", {0xA1: "\u02bd", 0xA2: "\u02bc"}),
    "koi8u": _table("koi8_u", {0x95: "\u2022"}),
    "cp866": _table("cp866", {0xFC: "\u207f", 0xFD: "\xb2"}),
    "armscii8": _table("latin1", _armenian()),
    "keybcs2": _table("cp437", _run(0x80, _KAMENICKY)),
    "geostd8": _table(
        "cp1252",
        _run(0xA0, "".join(map(chr, range(0xA0, 0xC0))) + _GEORGIAN) | _run(0xE6, _UNDEFINED * 26) | {0xFD: "\u2116"},
    ),
    "swe7": _table(
        "ascii", _run(0x5B, "\xc4\xd6\xc5\xdc") | _run(0x7B, "\xe4\xf6\xe5\xfc") | {0x40: "\xc9", 0x60: "\xe9"}
    ),
}


def _by_id() -> dict[int, str]:
    found: dict[int, str] = {}
    for charset, ranges in _COLLATIONS.items():
        for text in ranges.split():
            first, _, last = text.partition("-")
            for number in range(int(first), int(last or first) + 1):
                found[number] = charset
    return found


_BY_ID: Final = _by_id()


def charset_of(collation: int) -> str:
    """The name of a collation's character set, "" when the id is not known."""
    return _BY_ID.get(collation, "")


def known(charset: str) -> bool:
    """Whether texts of this character set can be decoded."""
    return charset in _CODECS or charset in _SINGLE


class _Codec:
    """A codec of Python's."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, data: bytes) -> str:
        return data.decode(self._name, "replace")


class _Single:
    """A character set of one byte each."""

    def __init__(self, table: str) -> None:
        self._table = table

    def __call__(self, data: bytes) -> str:
        return codecs.charmap_decode(data, "replace", self._table)[0]


_TWO: Final = r"[\x81-\xfe][\x30-\xff]"
_SHAPES: Final = {  # a character of more than one byte
    "big5": _TWO,
    "sjis": r"[\x81-\x9f\xe0-\xfc][\x40-\xfc]",
    "ujis": r"\x8f[\xa1-\xfe]{2}|[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]",
    "eucjpms": r"\x8f[\xa1-\xfe]{2}|[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]",
    "gb18030": r"[\x81-\xfe][0-9][\x81-\xfe][0-9]|" + _TWO,
}
_ROW: Final = range(0xA1, 0xFF)  # bytes of EUC
_PRIVATE: Final = 0xE000


def _changes(charset: str) -> dict[bytes, str]:
    """Characters that the servers have and Python's codec has not, or others, of a set in `_SHAPES`."""
    if charset == "big5":
        lacking = dict.fromkeys(("a15a", "a1c3", "a1c5", "a1fe", "a240", "a2cc", "a2ce"), _UNDEFINED)
        eten = {f"f9{0xD6 + index:x}": character for index, character in enumerate("碁銹裏墻恒粧嫺")}
        return {bytes.fromhex(sequence): character for sequence, character in (lacking | eten).items()}
    if charset == "sjis":
        return {b"\x81\x5f": "\\"}
    if charset == "gb18030":
        return {b"\xa8\xbc": "\u1e3f", b"\x81\x35\xf4\x37": "\ue7c7"}
    found: dict[bytes, str] = {}
    for prefix in (b"", b"\x8f"):  # characters of users
        for row in range(0xF5, 0xFF):
            for cell in _ROW:
                found[prefix + bytes((row, cell))] = chr(_PRIVATE + len(found))
    if charset == "ujis":
        return found | {b"\xa1\xc0": "\\"}
    found |= _of_cp932()
    return found | {b"\x8f\xa2\xb7": "\uff5e", b"\x8f\xa2\xc3": "\uffe4"}


def _of_cp932() -> dict[bytes, str]:
    """What eucjpms has of cp932: its JIS X 0208 with NEC's row, and IBM's characters that no other row has."""
    found: dict[bytes, str] = {}
    for row in range(0xA1, 0xF5):
        lead, odd = divmod(row - 0xA1, 2)
        for cell in _ROW:
            trail = cell - 2 if odd else cell - 0x60 if cell >= 0xE0 else cell - 0x61
            shifted = bytes((lead + (0x81 if lead < 31 else 0xC1), trail))
            character = shifted.decode("cp932", "replace")
            found[bytes((row, cell))] = character if len(character) == 1 else _UNDEFINED
    ibm: list[str] = []
    for lead in (0xFA, 0xFB, 0xFC):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFD)):
            character = bytes((lead, trail)).decode("cp932", "replace")
            elsewhere = character != "\u2116" and character.encode("euc_jp", "ignore") != b""
            if len(character) == 1 and character not in "\ufffd\uffe2\uffe4" and not elsewhere:
                ibm.append(character)
    first = (0xF3 - 0xA1) * len(_ROW) + 0xF3 - 0xA1
    for index, character in enumerate(ibm, first):
        row, cell = divmod(index, len(_ROW))
        found[bytes((0x8F, 0xA1 + row, 0xA1 + cell))] = character
    return found


class _Changed:
    """A codec of Python's, and characters that are others on the servers."""

    def __init__(self, codec: str, parts: bytes, changes: dict[bytes, str]) -> None:
        self._codec = codec
        self._changes = changes
        self._leads = frozenset(sequence[0] for sequence in changes)
        self._parts = re.compile(parts, re.DOTALL)

    def escaping(self) -> _Changed:
        """The same for statements: a backslash that the server does not read as an escape (that of two bytes) is
        escaped itself, so that a literal means what it means there."""
        changes = {part: text.replace("\\", "\\\\") for part, text in self._changes.items()}
        return _Changed(self._codec, self._parts.pattern, changes)

    def __call__(self, data: bytes) -> str:
        if self._leads.isdisjoint(data):
            return data.decode(self._codec, "replace")
        parts: list[str] = []
        pending = bytearray()
        for part in self._parts.findall(data):
            changed = self._changes.get(part)
            if changed is None:
                pending += part
                continue
            if pending:
                parts.append(pending.decode(self._codec, "replace"))
                pending.clear()
            parts.append(changed)
        parts.append(pending.decode(self._codec, "replace"))
        return "".join(parts)


_made: dict[str, Text] = {}


def text_of(charset: str) -> Text:
    """The function from bytes of a character set to text. One that is not known is read as UTF-8, as Debezium does."""
    found = _made.get(charset)
    if found is None:
        table = _SINGLE.get(charset)
        codec = _CODECS.get(charset, "utf-8")
        shape = _SHAPES.get(charset)
        if table is not None:
            found = _Single(table)
        elif shape is not None:
            found = _Changed(codec, rf"(?:{shape})|.".encode(), _changes(charset))
        else:
            found = _Codec(codec)
        _made[charset] = found
    return found


_utf8: Final[Text] = _Codec("utf-8")
_statement: dict[int, Text] = {}


def statement_text(sql: bytes, collation: int) -> str:
    """A statement as text; it is written in the client's character set, whose collation id this is, -1 unknown."""
    found = _statement.get(collation)
    if found is None:
        charset = charset_of(collation)
        found = text_of(charset) if known(charset) else _utf8
        if isinstance(found, _Changed):
            found = found.escaping()
        _statement[collation] = found
    return found(sql)
