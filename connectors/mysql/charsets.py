"""Character sets: collation ids to names, and the bytes of each character set to text. Compiles (mypyc).

Knows no table and no connection. The names are MySQL's. Where Python's codec of the same name gives another character
than the server does, the server's is taken (the single-byte tables at the end); what is no character becomes U+FFFD.

Source: information_schema.COLLATIONS of MySQL 9.7 and MariaDB 11.8, and the servers' own CONVERT.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Final

Text = Callable[[bytes], str]

BINARY: Final = "binary"

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


def text_of(charset: str) -> Text:
    """The function from bytes of a character set to text. One that is not known is read as UTF-8, as Debezium does."""
    table = _SINGLE.get(charset)
    return _Codec(_CODECS.get(charset, "utf-8")) if table is None else _Single(table)


_utf8: Final[Text] = _Codec("utf-8")
_statement: dict[int, Text] = {}


def statement_text(sql: bytes, collation: int) -> str:
    """A statement as text; it is written in the client's character set, whose collation id this is, -1 unknown."""
    found = _statement.get(collation)
    if found is None:
        charset = charset_of(collation)
        found = text_of(charset) if known(charset) else _utf8
        _statement[collation] = found
    return found(sql)
