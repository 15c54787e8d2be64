"""What Groovy 4.0.28 says to conditions over a Kafka Connect Struct: every case was run there first."""

from __future__ import annotations

import pytest

from cdc.errors import CdcError
from cdc.model import BOOLEAN, BYTES, FLOAT32, FLOAT64, INT16, INT32, INT64, STRING, Record, Shape, Type, struct
from schemas import types
from transforms.filter import create


def optional(type: Type, default: object = None) -> Type:
    return type.replace(optional=True, default=default)


VALUE = struct(
    "nm",
    [
        ("i", optional(Type(INT32))),
        ("l", optional(Type(INT64))),
        ("sh", optional(Type(INT16))),
        ("f", optional(Type(FLOAT32))),
        ("d", optional(Type(FLOAT64))),
        ("s", optional(Type(STRING))),
        ("b", optional(Type(BOOLEAN))),
        ("dec", optional(types.decimal(2, None))),
        ("n", optional(Type(STRING))),
        ("df", optional(Type(STRING), "dd")),
        ("arr", optional(types.array(optional(Type(STRING))))),
        ("e", optional(Type(STRING))),
        ("by", optional(Type(BYTES))),
        ("nan", optional(Type(FLOAT64))),
        ("arri", optional(types.array(optional(Type(INT32))))),
        ("one", optional(Type(STRING))),
        ("c49", optional(Type(INT32))),
        ("z", optional(Type(INT32))),
        ("m", optional(types.map_of(Type(STRING), optional(Type(STRING))))),
        ("vsd", optional(types.variable_scale_decimal())),
        ("date", optional(types.CONNECT_DATE)),
    ],
)
ROW: list[object] = [
    *(7, 7, 7, 1.1, 1.5, "abc", True, (1050).to_bytes(2, "big"), None, None, ["x", "y"], "", b"\1\2", float("nan")),
    *([1, 2], "1", 49, 0, {"k": "v"}, [3, (12345).to_bytes(2, "big")], 1),
]


def outcome(condition: str) -> bool | str:
    """What a filter does with a record of this table: True (kept), False (dropped), or the code of its error."""
    shape = Shape("srv.inv.t", None, VALUE)
    try:
        step = create({"language": "jsr223.groovy", "condition": condition}).bind(shape)
        return step is None or step(Record(shape, None, ROW.copy(), [])) is not None
    except CdcError as error:
        return error.code


TRUE = r"""
value.i == 7
value.l == 7
value.i == 7.0
value.i == 7d
value.i == 7G
value.i == 0x7
value.i == 07
value.i in [7, 8]
value.l in [7L]
value.dec in [10.50]
value.dec == 10.5
value.dec > 10
value.dec.toString() == '10.50'
value.f == 1.1f
value.f > 1.1
value.f < value.dec
value.d == 1.5
value.d == 1.5d
value.n == null
value.n != 'x'
value.n < 10
value.n <= null
null <= 5
value.n < 'a'
'a' > value.n
value.c49 == '1'
'1' == 49
value.c49 < '2'
value.one > 40
value.s < 'b'
value.s == "abc"
value.s == /abc/
value.s == '''abc'''
value.s == 'a\u0062c'
value.df == 'dd'
value.arr.contains('x')
'x' in value.arr
1 in value.arri
value.arr[0] == 'x'
value.arr[5] == null
value.arr[-1] == 'y'
value.arr == ['x','y']
value.arri == [1L,2L]
value.arr != ['x']
value.arr.size() == 2
value.n in [null]
value.s !in ['a']
value.s ==~ /a.c/
value.s ==~ "a\\w+"
value.i ==~ /7/
value.s.trim() ==~ '[a-c]+'
value.s && value.i
!value.nan
value.nan == value.nan
value.nan > 1
(value.n ?: 'q') == 'q'
value.b ? value.s == 'abc' : value.i == 0
value."s" == 'abc'
value['s'] == 'abc'
value.get('s') == 'abc'
value.getString('s') == 'abc'
value.by == [1,2]
value.by.size() == 2
value.schema().name() == 'nm'
valueSchema.name == 'nm'
valueSchema.field('s') != null
valueSchema.field('zz') == null
keySchema?.name == null
topic.endsWith('.t')
headers.zz == null
headers['zz']?.value == null
!headers.containsKey('h')
key?.id == null
value.i == 7 == true
value.i == 7;
return value.i == 7
value.i == 7 // comment
value.i == 7 /* c */ && value.b
value.m.k == 'v'
value.m['k'] == 'v'
value.m.zz == null
value.m.containsKey('k')
value.s.equals('abc')
value.s.equalsIgnoreCase('ABC')
value.s.toUpperCase() == 'ABC'
value.s.indexOf('b') >= 0
value.s.size() == 3.0
value.s.matches('a.*')
value.s[0] == 'a'
!null
true || value.zz
value.i < 8 && value.i > 6
value.s == 'abc' && value.i == 7 || value.zz
value.e == ''
value.b
value?.i == 7
"""
FALSE = r"""
value.f == 1.1
value.n > 10
null >= 5
value.n?.size() > 3
value.s == 5
value.one == 1
value.b == 'true'
value.b == 1
value.b < true
value.n in ['a']
value.s ==~ 'a'
value.n ==~ /x/
value.s ==~ null
value.e || value.z
!value.arr
value.nan == 1.0d
value.i > '5'
value.i < value.d
value.i == -7
value.i > 1_000
value.i == 1e1
value.i == 7.5f
!value.i == 7
!(value.i == 7)
null == false
value == null
value.dec == '10.50'
value.d > value.dec
value.b == value.s
value.i == value.s
value.arr == null
value.arr.isEmpty()
[1,2].contains(value.i)
value.b != true
value.schema().field('s') == null
"""
FAILING = r"""
value.n.size()
value.zz
value.n.foo
value.s.foo
value.s < 5
value.b < 5
value.arr[-5] == null
value.getInt32('s') == 1
value.s.contains(null)
headers.zz.value == 1
key.id == 1
value.i > '50'
value.n.size() > 3 || true
value.n?.s.size() == 1
value.n?.toLowerCase().contains('x')
value.s.contains(5)
value.s.startsWith(null)
value.i.startsWith('a')
value.s.length
value.s
value.i
value.arr
'r'
null
value.s ?: 'x'
"""


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("condition", lines(TRUE))
def test_conditions_that_are_true(condition) -> None:
    assert outcome(condition) is True


@pytest.mark.parametrize("condition", lines(FALSE))
def test_conditions_that_are_false(condition) -> None:
    assert outcome(condition) is False


@pytest.mark.parametrize("condition", lines(FAILING))
def test_conditions_that_end_groovy_with_an_exception_end_in_a_coded_error(condition) -> None:
    assert outcome(condition) in ("HW-SMT-004", "HW-SMT-005")


@pytest.mark.parametrize(
    "condition",
    [
        "value.l in [7, 8]",
        "value.sh in [7, 8]",
        "value.dec in [10.5]",
        "1L in value.arri",
        "value.l.equals(7)",
        "value.vsd == 12.345",
        "value.vsd > 12",
        "value.date > 0",
        "value.date == 1",
    ],
)
def test_deviations_where_groovy_compares_java_classes(condition) -> None:
    """Groovy says false, or dies, because the numbers are of different Java classes or no numbers in Java."""
    assert outcome(condition) is True
