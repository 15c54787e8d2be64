"""Loaders: PostgreSQL's text to Connect values."""

import datetime
import struct

import pytest

from cdc import masks
from connectors.postgresql import binary, numbers, structures, times, values


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "00"), (127, "7f"), (128, "0080"), (-128, "80"), (-129, "ff7f"), (12345, "3039"), (-1, "ff"), (255, "00ff")],
)
def test_numbers_are_the_shortest_twos_complement(number, expected):
    assert numbers.integer_bytes(number).hex() == expected


@pytest.mark.parametrize(
    ("scale", "text", "number"),
    [(2, b"1.50", 150), (2, b"-1.50", -150), (2, b"5", 500), (0, b"7", 7), (1, b"1.25", 13), (1, b"-1.25", -13)],
)
def test_decimals_are_unscaled(scale, text, number):
    assert numbers.Decimal(scale)(text) == numbers.integer_bytes(number)


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_is_no_number_has_no_decimal(text):
    with pytest.raises(ValueError, match=r".*"):
        numbers.Decimal(2)(text)
    with pytest.raises(ValueError, match=r".*"):
        numbers.variable_decimal(text)
    assert isinstance(float(text), float)
    assert numbers.decimal_text(text) in ("NAN", "POSITIVE_INFINITY", "NEGATIVE_INFINITY")


@pytest.mark.parametrize(
    ("text", "scale", "number"),
    [(b"123.4567", 4, 1234567), (b"100", 0, 100), (b"1.500", 1, 15), (b"0.000", 0, 0), (b"-0.10", 1, -1)],
)
def test_variable_decimals_lose_trailing_zeros(text, scale, number):
    assert numbers.variable_decimal(text) == [scale, numbers.integer_bytes(number)]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (b"$1,234.50", b"1234.50"),
        (b"-$1,234.50", b"-1234.50"),
        (b"($5.00)", b"-5.00"),
        (b"1.234,50 EUR", b"1234.50"),
        (b"\xc2\xa51,234", b"1234"),
        (b"$0.00", b"0.00"),
    ],
)
def test_money_of_any_locale(text, plain):
    assert numbers.money_text(text) == plain


@pytest.mark.parametrize(
    ("scale", "text", "expected"),
    [(2, b"1.50", "1.50"), (2, b"1.5", "1.50"), (2, b"-1", "-1.00"), (0, b"123.4567", "123.4567"), (2, b"NaN", "NAN")],
)
def test_decimal_texts_have_the_digits_of_their_scale(scale, text, expected):
    assert numbers.DecimalText(scale)(text) == expected


def test_bits_are_little_endian():
    assert binary.bits(b"1100000001") == b"\x01\x03"
    assert binary.bits(b"0000000001") == b"\x01"
    assert binary.bits(b"0000000000") == b""
    assert binary.bits(b"") == b""


def test_bytea_in_both_forms_and_all_modes():
    assert binary.binary(b"\\x01ff") == b"\x01\xff"
    assert binary.binary(b"a\\\\b\\001") == b"a\\b\x01"
    assert binary.binary_hex(b"\\x01ff") == "01ff"
    assert binary.binary_base64(b"\\xfbff") == "+/8="
    assert binary.binary_base64_url(b"\\xfbff") == "-_8="


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (b"1970-01-01", 0),
        (b"2018-06-20", 17702),
        (b"1969-12-31", -1),
        (b"0001-01-01", -719162),
        (b"0001-12-31 BC", -719163),
        (b"0044-03-15 BC", -735160),
        (b"294276-12-31", 106762939),
        (b"infinity", 2147483647),
    ],
)
def test_dates_are_days(text, day):
    assert times.date(text) == day


def test_days_of_five_centuries_agree_with_the_calendar():
    epoch = datetime.date(1970, 1, 1)
    for number in range(-90000, 90000, 37):
        day = epoch + datetime.timedelta(days=number)
        assert times.days(day.isoformat().encode()) == number
        assert times.date_text(number) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        (b"2018-06-20 15:13:16.945104", 1529507596945104),
        (b"2018-06-20 15:13:16.9", 1529507596900000),
        (b"2018-06-20 15:13:16", 1529507596000000),
        (b"2018-06-20 15:13:16.5+02", 1529507596500000 - 7200 * 10**6),
        (b"0044-03-15 12:00:00 BC", -63517780800000000),
        (b"9999-12-31 23:59:59.999999", 253402300799999999),
        (b"10000-01-01 00:00:00", 253402300800000000),
        (b"infinity", 9223372036825200000),
        (b"-infinity", -9223372036832400000),
    ],
)
def test_timestamps_are_microseconds(text, micros):
    assert times.timestamp_us(text) == micros
    assert times.timestamp_ms(text) == micros // 1000


def test_the_last_years_do_not_fit():
    with pytest.raises(ValueError, match="294247"):
        times.timestamp_us(b"294276-12-31 23:59:59.999999")
    assert times.timestamp_ms(b"294276-12-31 23:59:59.999999") == 9224318015999999


def test_nanoseconds_have_their_own_limits():
    assert times.timestamp_ns(b"2018-06-20 15:13:16.945104") == 1529507596945104000
    assert times.timestamp_ns(b"infinity") == 2**63 - 1
    with pytest.raises(ValueError, match="nanoseconds"):
        times.timestamp_ns(b"0044-03-15 12:00:00 BC")


@pytest.mark.parametrize("text", [b"2018/06/20 15:13:16", b"20.06.2018 15:13:16", b"x", b"", b"2018-06-20T15:13:16"])
def test_another_date_style_is_refused(text):
    with pytest.raises(ValueError, match="not a"):
        times.timestamp_us(text)


@pytest.mark.parametrize(
    ("digits", "text", "expected"),
    [
        (6, b"2018-06-20 13:13:16.945104+00", "2018-06-20T13:13:16.945104Z"),
        (6, b"2018-06-20 13:13:05+00", "2018-06-20T13:13:05.000000Z"),
        (6, b"2018-06-20 13:13:05.5+00", "2018-06-20T13:13:05.500000Z"),
        (3, b"2018-06-20 13:13:05.5+00", "2018-06-20T13:13:05.500Z"),
        (0, b"2018-06-20 13:13:05+00", "2018-06-20T13:13:05Z"),
        (6, b"2018-06-20 15:13:05.25+02", "2018-06-20T13:13:05.250000Z"),
        (6, b"2018-06-20 15:13:05+05:30", "2018-06-20T09:43:05.000000Z"),
        (6, b"0044-03-15 12:00:00+00 BC", "-0043-03-15T12:00:00.000000Z"),
        (6, b"10000-01-01 00:00:00+00", "+10000-01-01T00:00:00.000000Z"),
        (6, b"infinity", "infinity"),
        (6, b"-infinity", "-infinity"),
    ],
)
def test_zoned_timestamps_are_utc_with_fixed_digits(digits, text, expected):
    assert times.ZonedTimestamp(digits)(text) == expected


def test_iso_texts():
    assert times.iso_date(b"2018-06-20") == "2018-06-20Z"
    assert times.iso_date(b"0044-03-15 BC") == "-0043-03-15Z"
    assert times.iso_time(b"15:13:16.945104") == "15:13:16.945104Z"
    assert times.iso_time(b"15:13:16") == "15:13:16Z"
    assert times.iso_timestamp(b"2018-06-20 15:13:16.9") == "2018-06-20T15:13:16.9Z"


def test_times():
    assert times.time_us(b"15:13:16.945104") == 54796945104
    assert times.time_ms(b"15:13:16.945104") == 54796945
    assert times.time_us(b"24:00:00") == 86400000000
    assert times.zoned_time(b"15:13:16.945104+02") == "13:13:16.945104Z"
    assert times.zoned_time(b"01:00:00+02:30") == "22:30:00Z"


@pytest.mark.parametrize(
    ("text", "micros", "iso"),
    [
        (b"1 year 2 mons 3 days 04:05:06.789", 37091106789000, "P1Y2M3DT4H5M6.789S"),
        (b"1 day", 86400000000, "P0Y0M1DT0H0M0S"),
        (b"-1 days -02:00:00", -93600000000, "P0Y0M-1DT-2H0M0S"),
        (b"00:00:00", 0, "P0Y0M0DT0H0M0S"),
        (b"-00:00:00.5", -500000, "P0Y0M0DT0H0M-0.5S"),
        (b"-1 years -2 mons +3 days", -36558000000000 + 0, "P-1Y-2M3DT0H0M0S"),
    ],
)
def test_intervals(text, micros, iso):
    assert times.interval_us(text) == micros
    assert times.interval_iso(text) == iso


def test_hstore():
    text = '"a"=>"1", "b"=>NULL, "c\\"d"=>"e, \\\\f", "é"=>""'.encode()
    assert structures.hstore(text) == {"a": "1", "b": None, 'c"d': "e, \\f", "é": ""}
    assert structures.hstore_json(b'"a"=>"1", "b"=>NULL') == '{"a":"1","b":null}'
    assert structures.hstore_json(b"") == "{}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"{}", []),
        (b"{a,b}", ["a", "b"]),
        (b'{a,NULL,"NULL","b c"}', ["a", None, "NULL", "b c"]),
        (b'{"a\\"b","c\\\\d","{}",""}', ['a"b', "c\\d", "{}", ""]),
        (b"{{a,b},{c,NULL}}", ["a", "b", "c", None]),
        (b"[0:1]={a,b}", ["a", "b"]),
    ],
)
def test_arrays(text, expected):
    assert structures.Array(values.text, b",", True)(text) == expected


def test_an_array_whose_schema_allows_no_null_refuses_one():
    loader = structures.Array(values.text, b",", False)
    assert loader(b"{a}") == ["a"]
    with pytest.raises(ValueError, match="no null element"):
        loader(b"{a,NULL}")


@pytest.mark.parametrize("text", [b"a,b", b"{a", b'{"a}'])
def test_what_is_no_array_is_refused(text):
    with pytest.raises(ValueError, match="array"):
        structures.Array(values.text, b",", True)(text)


def test_geometries_keep_their_bytes_and_tell_their_srid():
    plain = struct.pack("<BIdd", 1, 1, 1.0, 2.0)
    extended = struct.pack("<BIidd", 1, 0x20000001, 4326, 1.0, 2.0)
    assert structures.geometry(plain.hex().upper().encode()) == [plain, None]
    assert structures.geometry(extended.hex().upper().encode()) == [extended, 4326]
    assert structures.point(b"(1,2)") == [1.0, 2.0, plain, None]


def test_vectors():
    assert structures.vector(b"[1,2.5,-3]") == [1.0, 2.5, -3.0]
    assert structures.sparse_vector(b"{1:0.5,3:2}/5") == [5, {1: 0.5, 3: 2.0}]
    assert structures.sparse_vector(b"{}/5") == [5, {}]
    assert structures.sparse_vector(b"{32767:1}/32767") == [32767, {32767: 1.0}]
    with pytest.raises(ValueError, match="int16"):
        structures.sparse_vector(b"{1:0.5}/32768")


def test_hashes_are_those_of_the_reference():
    one = masks.Hashed(values.text, "sha256", "abc", 1, 0)(b"hello")
    two = masks.Hashed(values.text, "sha256", "abc", 2, 0)(b"world")
    assert isinstance(one, str)
    assert isinstance(two, str)
    assert (one[:8], one[-4:]) == ("e943d8a4", "267d")
    assert (two[:8], two[-4:]) == ("8dbaa104", "03d8")
    assert masks.Hashed(values.text, "sha256", "abc", 2, 10)(b"world") == two[:10]


def test_truncation_counts_as_java_does():
    assert masks.Truncated(values.text, 3)(b"abcdef") == "abc"
    assert masks.Truncated(values.text, 2)("\U0001f600ab".encode()) == "\U0001f600"
