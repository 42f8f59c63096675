"""wire: what goes in comes out, and what is not data never does."""

import contextlib
import copy
import math
import socket
import threading
import time
import tracemalloc
import warnings
from collections import Counter, OrderedDict, defaultdict, namedtuple
from datetime import date, datetime
from datetime import time as clock
from decimal import Decimal
from fractions import Fraction

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnlib.grading import wire

HEAD = 8  # bytes
TUPLE, SET, RANGE, SLICE, INT, ARRAY, SCALAR = 1, 2, 4, 5, 7, 8, 9
NAMED, WRITTEN, DICT, TYPE = 12, 13, 14, 15
A_THING = 20  # the code of a thing of kind 0
EQUAL_HASHES = 2**61 - 1  # ints that differ by it have the same
PLAIN = {bool, int, float, complex, str, bytes, list, tuple, dict, set}
PLAIN |= {frozenset, range, slice, type(None), type(Ellipsis)}
PLAIN |= {Fraction, Decimal, date, datetime, clock}
DICTS = {dict, Counter, OrderedDict, defaultdict}
Point = namedtuple("Point", "x y")
TWO_OF_ONE = ["fi", "\ufb01"]  # to Python, a ligature is its letters


def with_one_hash(count):
    """Return the texts of so many ints that have one hash."""
    return [
        msgpack.packb(
            msgpack.ExtType(INT, (n * EQUAL_HASHES).to_bytes(10, "little"))
        )
        for n in range(count)
    ]


class Sides:
    """Both ends of a wire; things are numbered in the order they come."""

    def __init__(self):
        self.things = []
        self.codec = wire.Codec(self.keep, self.find)

    def keep(self, thing):
        self.things.append(thing)
        return 0, len(self.things) - 1

    def find(self, kind, value):
        if kind != 0 or type(value) is not int:
            raise wire.Malformed("no thing")
        return "a thing"

    def decode(self, frame):
        size = int.from_bytes(frame[:4], "little")
        return self.codec.decode(
            frame[HEAD : HEAD + size], frame[HEAD + size :]
        )

    def sent(self, value):
        return self.decode(self.codec.encode(value))


@pytest.fixture(scope="module")
def sides():
    return Sides()


def packed(code, *parts):
    """Return the text of one extension value with a list in it."""
    return msgpack.packb(msgpack.ExtType(code, msgpack.packb(list(parts))))


def assert_same(came, sent):
    """Same types and same values, down to the sign of zero."""
    if isinstance(sent, np.ndarray | np.generic):
        assert isinstance(came, np.ndarray) == isinstance(sent, np.ndarray)
        assert came.dtype == sent.dtype
        assert came.shape == sent.shape
        assert came.tobytes() == sent.tobytes()
        return
    if hasattr(sent, "_fields"):
        assert (type(came).__name__, came._asdict()) == (
            type(sent).__name__,
            sent._asdict(),
        )
        return
    assert type(came) is type(sent)
    if type(sent) in (list, tuple):
        assert len(came) == len(sent)
        for a, b in zip(came, sent, strict=True):
            assert_same(a, b)
    elif type(sent) in DICTS:
        assert_same(list(came.items()), list(sent.items()))
    elif type(sent) in (float, complex, Decimal):
        assert repr(came) == repr(sent)
    else:
        assert came == sent


def is_plain(value):
    """Return whether a value and all in it are plain data."""
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in wire.KINDS
    is_named = isinstance(value, tuple) and hasattr(value, "_fields")
    if is_named or type(value) in (list, tuple, set, frozenset):
        return all(map(is_plain, value))
    if type(value) in DICTS:
        return all(map(is_plain, [*value, *value.values()]))
    if type(value) is slice:
        return all(map(is_plain, (value.start, value.stop, value.step)))
    return type(value) in PLAIN


# --- round trips -------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=[]))  # surrogates as well
INTS = st.integers() | st.integers(-(2**4000), 2**4000)
NUMBERS = st.one_of(INTS, st.floats(), st.complex_numbers())
EQUAL = st.one_of(  # to themselves: nan is not
    INTS, st.floats(allow_nan=False), st.complex_numbers(allow_nan=False)
)
DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
    hnp.complex_number_dtypes(endianness="?"),
    hnp.datetime64_dtypes(endianness="?"),
    hnp.timedelta64_dtypes(endianness="?"),
    hnp.byte_string_dtypes(endianness="?"),
    hnp.unicode_string_dtypes(endianness="?"),
)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0))
KEYS = st.one_of(st.none(), st.booleans(), EQUAL, TEXTS, st.binary())
KEYS = KEYS | st.tuples(KEYS, KEYS) | st.frozensets(KEYS, max_size=3)
LEAVES = st.one_of(
    KEYS,
    ARRAYS,
    ARRAYS.filter(lambda a: a.size).map(lambda a: a.flat[0]),
    st.sets(KEYS, max_size=3),
    st.just(...),
    st.fractions(),
    st.decimals(),
    st.dates() | st.datetimes() | st.times(),
    st.builds(Point, NUMBERS, TEXTS),
    st.dictionaries(TEXTS, st.integers(), max_size=3).map(Counter),
    st.dictionaries(KEYS, NUMBERS, max_size=3).map(OrderedDict),
    st.builds(range, *[st.integers(-(10**20), 10**20)] * 2),
    st.builds(slice, st.none() | st.integers(), TEXTS, st.none()),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_what_is_data_comes_back_as_it_was_with_the_same_types(value):
    assert_same(Sides().sent(value), value)


@settings(max_examples=60, deadline=None)
@given(ARRAYS.filter(lambda a: a.ndim > 0))
def test_any_layout_in_memory_comes_back_as_the_same_numbers(array):
    for seen in (array.T, array[::2], array[::-1], np.asfortranarray(array)):
        came = Sides().sent(seen)
        assert came.dtype == seen.dtype
        assert came.shape == seen.shape
        assert came.tobytes() == seen.tobytes()


@pytest.mark.parametrize("code", np.typecodes["AllInteger"] + "?efdgFDG")
def test_numpys_scalars_stay_numpys_scalars(sides, code):
    sent = np.dtype(code).type(1)
    came = sides.sent(sent)
    assert isinstance(came, np.generic)
    assert came.dtype == sent.dtype  # there may be two types of one dtype
    assert came == sent


@pytest.mark.parametrize("sent", [np.str_(""), np.bytes_(b"")])
def test_numpys_empty_texts_arrive(sides, sent):
    assert_same(sides.sent(np.array([sent, sent])[0]), sent)


@pytest.mark.parametrize(
    "kind",
    [int, list, object, np.ndarray, np.float32, KeyError, SystemExit],
)
def test_types_that_are_the_same_on_both_sides_arrive_as_themselves(
    sides, kind
):
    assert sides.sent(kind) is kind


@pytest.mark.parametrize("name", ["builtins.eval", "os.system", "", None, 5])
def test_only_names_of_such_types_are_types(sides, name):
    text = msgpack.packb(msgpack.ExtType(TYPE, msgpack.packb(name)))
    with pytest.raises(wire.Malformed):
        sides.codec.decode(text, b"")


def test_a_default_dict_arrives_without_what_it_would_call(sides):
    came = sides.sent(defaultdict(list, {1: [2]}))
    assert type(came) is defaultdict
    assert came == {1: [2]}
    assert came.default_factory is None


def test_an_array_that_came_can_be_written_to_and_is_nobodys_view(sides):
    came = sides.sent([np.zeros(3), np.ones(3)])
    came[0] += 5
    assert came[0].flags.owndata
    np.testing.assert_array_equal(came[1], 1)


def test_zero_keeps_its_sign_and_nan_stays_nan(sides):
    came = sides.sent([-0.0, math.nan, math.inf, -math.inf])
    assert math.copysign(1, came[0]) == -1
    assert math.isnan(came[1])
    assert came[2:] == [math.inf, -math.inf]


def test_a_set_is_written_in_the_same_order_whatever_its_hashes(sides):
    words = [f"word {n}" for n in range(50)]
    one, other = set(words), set()
    for word in reversed(words):
        other.add(word)
    assert sides.codec.encode(one) == sides.codec.encode(other)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM"])
def test_a_random_generator_goes_on_where_its_state_was_taken(sides, kind):
    rng = np.random.Generator(getattr(np.random, kind)(3))
    rng.normal(size=5)
    copied = wire.generator_in(sides.sent(wire.state_of(rng)))
    np.testing.assert_array_equal(copied.random(9), rng.random(9))


def test_a_generator_that_is_there_is_put_into_a_state(sides):
    rng, other = np.random.default_rng(1), np.random.default_rng(2)
    expected = copy.deepcopy(rng).random(4)
    assert wire.generator_in(wire.state_of(rng), other) is other
    np.testing.assert_array_equal(other.random(4), expected)


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        ["PCG64"],
        ["PCG64", None],
        ["PCG64", {}],
        ["PCG64", {"bit_generator": "PCG64"}],
        ["PCG64", wire.state_of(np.random.default_rng(1))],
        ["RandomState", {}],
        ["__class__", {}],
        [[], {}],
        ["MT19937", {"bit_generator": "MT19937", "state": {"key": "abc"}}],
        ["SFC64", {"bit_generator": "SFC64", "state": {"state": -1}}],
    ],
)
def test_a_state_that_is_none_makes_no_generator(state):
    with pytest.raises((wire.Malformed, ValueError)):
        wire.generator_in(state)


# --- what is not data --------------------------------------------------------


class MyFloat(float):
    pass


class MyInt(int):
    pass


class MyText(str):
    pass


class MyList(list):
    pass


class MyDict(dict):
    pass


class MyTuple(tuple):
    pass


class MyArray(np.ndarray):
    pass


@pytest.mark.parametrize(
    "thing",
    [
        MyFloat(2.5),
        MyInt(3),
        MyText("a"),
        MyList([1]),
        MyDict(a=1),
        MyTuple((1, 2)),
        object(),
        print,
        MyFloat,
        Sides,
        np.array([object()]),
        np.zeros(2, [("a", float), ("b", int)]),
        np.zeros(2, [("a", float)])[0],
        np.dtype(float),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_not_plain_data_crosses_as_a_number_alone(thing):
    sides = Sides()
    assert sides.sent([thing]) == ["a thing"]
    assert len(sides.things) == 1
    assert sides.things[0] is thing


@pytest.mark.parametrize("base", [np.ndarray, np.matrix, np.ma.MaskedArray])
def test_a_subclass_of_arrays_arrives_as_a_plain_array(sides, base):
    kind = type("Mine", (base,), {"tobytes": None, "__array__": None})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        sent = np.arange(4.0).reshape(2, 2).view(kind)
    came = sides.sent(sent)
    assert type(came) is np.ndarray
    np.testing.assert_array_equal(came, [[0, 1], [2, 3]])


def test_a_subclass_of_numpys_scalars_never_arrives_as_such(sides):
    kind = type("Mine", (np.float64,), {"__eq__": lambda *_: True})
    assert type(sides.sent(kind(2.0))) in (np.float64, str)


def test_a_thing_that_may_not_be_kept_is_an_error_of_who_sends_it():
    def keep(thing):
        raise TypeError("cannot be passed")

    codec = wire.Codec(keep, None)
    with pytest.raises(TypeError, match="cannot be passed"):
        codec.encode([object()])
    assert codec.encode((1, (2,))) == Sides().codec.encode((1, (2,)))


# --- bounds ------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "a" * (wire.LARGEST_TEXT + 1),
        b"a" * (wire.LARGEST_TEXT + 1),
        [0] * (wire.LARGEST_TEXT + 1),
        np.zeros(wire.LARGEST_DATA // 8 + 1),
        [np.zeros(wire.LARGEST_DATA // 16)] * 3,
        np.broadcast_to(np.zeros(1), (2**20, 2**20)),
        1 << (8 * wire.LONGEST_INT + 1),
        -(1 << (8 * wire.LONGEST_INT + 1)),
    ],
    ids=[
        "text",
        "bytes",
        "list",
        "array",
        "arrays",
        "broadcast",
        "int",
        "negative",
    ],
)
def test_what_the_other_side_would_not_take_is_not_sent(sides, value):
    with pytest.raises(wire.TooLarge):
        sides.codec.encode(value)


def test_the_longest_int_arrives(sides):
    sent = (1 << (8 * wire.LONGEST_INT - 2)) - 1
    assert sides.sent([sent, -sent]) == [sent, -sent]


def test_the_largest_array_arrives(sides):
    sent = np.zeros(wire.LARGEST_DATA, np.uint8)
    assert sides.sent(sent).nbytes == wire.LARGEST_DATA


HOSTILE = {
    "nothing": b"",
    "half a value": b"\xcd\x01",
    "two values": b"\x01\x02",
    "a list of four billion": b"\xdd\xff\xff\xff\xff",
    "a dict of four billion": b"\xdf\xff\xff\xff\xff",
    "a text of four billion": b"\xdb\xff\xff\xff\xff",
    "bytes of four billion": b"\xc6\xff\xff\xff\xff",
    "an extension of four billion": b"\xc9\xff\xff\xff\xff\x01",
    "a reserved byte": b"\xc1",
    "deep lists": b"\x91" * 100_000 + b"\xc0",
    "a list as a key": b"\x81\x90\xc0",
    "a dict as a key": b"\x81\x80\xc0",
    "a set of lists": packed(SET, []),
    "a tuple that is an int": msgpack.packb(msgpack.ExtType(TUPLE, b"\x01")),
    "a tuple of nothing": msgpack.packb(msgpack.ExtType(TUPLE, b"")),
    "an int of 8,193 bytes": msgpack.packb(
        msgpack.ExtType(INT, b"\x01" * (wire.LONGEST_INT + 1))
    ),
    "half a complex number": msgpack.packb(msgpack.ExtType(6, b"1234")),
    "a range of two": packed(RANGE, 0, 1),
    "a range by nothing": packed(RANGE, 0, 1, 0),
    "a range of floats": packed(RANGE, 0.5, 1, 1),
    "a slice of four": packed(SLICE, 0, 1, 2, 3),
    "an extension of no kind": packed(13),
    "a thing of no kind": packed(A_THING + 1),
    "a time that is none": b"\xc7\x03\xff\x00\x00\x00",
    "a dict of equal hashes": b"\xde\x01\x00"
    + b"".join(key + b"\xc0" for key in with_one_hash(256)),
    "a set of equal hashes": msgpack.packb(
        msgpack.ExtType(SET, b"\xdc\x01\x00" + b"".join(with_one_hash(256)))
    ),
    "a fraction by 0": packed(WRITTEN, 0, "1/0"),
    "a decimal that is none": packed(WRITTEN, 1, "one"),
    "a date that is a number": packed(WRITTEN, 2, 20_000_101),
    "a number that no kind has": packed(WRITTEN, 99, "1"),
    "a dict of no kind": packed(DICT, 99, {}),
    "a counter that is a list": packed(DICT, 0, []),
    "a tuple with a name too few": packed(NAMED, "P", ["x"], [1, 2]),
    "a tuple with code for a name": packed(NAMED, "P", ["x=print()"], [1]),
    "a tuple with a dunder": packed(NAMED, "P", ["__eq__"], [1]),
    "a tuple with one name twice": packed(
        NAMED, "P", ["fi", "\ufb01"], [1, 2]
    ),
    "a tuple with a list for a name": packed(NAMED, "P", [[]], [1]),
    "a tuple of very many names": packed(
        NAMED, "P", [f"x{n}" for n in range(5000)], [0] * 5000
    ),
    "an array of half a description": packed(ARRAY, "<f8"),
    "an array of more than one": packed(ARRAY, "<f8", [], 0),
    "an array that a text describes": msgpack.packb(
        msgpack.ExtType(ARRAY, msgpack.packb("<f8"))
    ),
    "a dtype of bytes": packed(ARRAY, b"<f8", [0]),
    "a dtype of objects": packed(ARRAY, "O", [0]),
    "a dtype of objects inside": packed(ARRAY, "f8,O", [0]),
    "a dtype with fields": packed(ARRAY, "f8,i4", [0]),
    "a dtype in a dtype": packed(ARRAY, "(2,3)f8", [0]),
    "a void": packed(ARRAY, "V8", [0]),
    "a dtype that numpy evaluates": packed(ARRAY, "(,,)f8", [0]),
    "a dtype that is none": packed(ARRAY, "{}", [0]),
    "a long dtype": packed(ARRAY, "<f8" + " " * 40, [0]),
    "a long description": packed(ARRAY, "<f8", [0] * 500),
    "text of two billion": packed(ARRAY, "<U2000000000", [0]),
    "33 dimensions": packed(ARRAY, "<f8", [0] * 33),
    "a negative shape": packed(ARRAY, "<f8", [-1]),
    "a shape of floats": packed(ARRAY, "<f8", [0.0]),
    "a shape of truths": packed(ARRAY, "<f8", [False]),
    "a shape that is no list": packed(ARRAY, "<f8", 0),
    "a huge shape": packed(ARRAY, "<f8", [2**40]),
    "a shape that overflows": packed(ARRAY, "<f8", [2**26] * 5),
    "a shape that overflows to nothing": packed(
        ARRAY, "<f8", [2**26, 2**26, 2**26, 0]
    ),
    "many of no size": packed(ARRAY, "<U0", [2**26]),
    "numbers that did not come": packed(ARRAY, "<f8", [2]),
    "a scalar that did not come": packed(SCALAR, "<f8", []),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_this_protocol_never_writes_is_refused(sides, text):
    with pytest.raises(wire.Malformed):
        sides.codec.decode(text, b"")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_refused_has_taken_no_memory(sides, text):
    tracemalloc.start()
    try:
        with contextlib.suppress(wire.Malformed):
            sides.codec.decode(text, b"")
        assert tracemalloc.get_traced_memory()[1] < 2**20 + 40 * len(text)
    finally:
        tracemalloc.stop()


def test_bytes_that_belong_to_no_array_are_refused(sides):
    with pytest.raises(wire.Malformed, match="belong to no array"):
        sides.codec.decode(packed(ARRAY, "<f8", [1]), b"\0" * 9)


def test_a_time_of_msgpacks_own_is_a_number_at_most(sides):
    assert is_plain(sides.codec.decode(b"\xd6\xff\x00\x00\x00\x01", b""))


def test_a_truth_that_is_neither_is_refused(sides):
    with pytest.raises(wire.Malformed):
        sides.codec.decode(packed(ARRAY, "|b1", [2]), b"\x01\x02")


@pytest.mark.parametrize("code", [ARRAY, SCALAR])
def test_code_points_that_are_none_are_refused(sides, code):
    text = packed(code, "<U1", [] if code == SCALAR else [1])
    with pytest.raises(wire.Malformed):
        sides.codec.decode(text, b"\xff\xff\xff\x7f")


@pytest.mark.parametrize("code", [TUPLE, SET])
def test_what_is_nested_without_end_is_refused_before_the_stack_is(
    sides, code
):
    """A level of tuples takes 40 KB of C stack: this once ended Python."""
    text = b"\x90"
    for _ in range(300):
        text = msgpack.packb(msgpack.ExtType(code, b"\x91" + text))
    with pytest.raises(wire.Malformed):
        sides.codec.decode(text, b"")


def test_deep_tuples_are_not_sent_either(sides):
    deep = ()
    for _ in range(300):
        deep = (deep,)
    with pytest.raises(wire.TooLarge):
        sides.codec.encode(deep)


def test_a_codec_works_on_after_it_has_refused_what_is_too_deep(sides):
    test_deep_tuples_are_not_sent_either(sides)
    test_what_is_nested_without_end_is_refused_before_the_stack_is(
        sides, TUPLE
    )
    assert sides.sent((1, (2, (3,)))) == (1, (2, (3,)))


@pytest.mark.parametrize("head", [b"\xdd", b"\xdf"], ids=["list", "dict"])
def test_many_equal_hashes_are_refused_in_a_moment(sides, head):
    """One set of them once took a second, and a frame has room for forty."""
    keys = b"\xc0".join(with_one_hash(10_000)) + b"\xc0"
    if head == b"\xdd":
        keys = b"".join(with_one_hash(10_000))
    text = head + (10_000).to_bytes(4, "big") + keys
    if head == b"\xdd":
        text = msgpack.packb(msgpack.ExtType(SET, text))
    start = time.process_time()
    with pytest.raises(wire.Malformed):
        sides.codec.decode(text, b"")
    assert time.process_time() - start < 1


def test_long_dicts_and_sets_of_honest_keys_arrive(sides):
    keys = [*range(-5000, 5000), *map(str, range(5000)), 0.5, None, (1, 2)]
    for sent in (dict.fromkeys(keys), set(keys), {-1: 0, -2: 1}):
        assert sides.sent(sent) == sent


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=20))
def test_any_bytes_are_plain_data_or_malformed(text, data):
    with contextlib.suppress(wire.Malformed):
        assert is_plain(Sides().codec.decode(text, data))


@settings(max_examples=400, deadline=None)
@given(VALUES, st.data())
def test_a_frame_that_was_changed_is_plain_data_or_malformed(value, data):
    frame = bytearray(Sides().codec.encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(HEAD, max(len(frame) - 1, HEAD)))
        frame[place : place + 1] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(wire.Malformed):
        assert is_plain(Sides().decode(bytes(frame)))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([ARRAY, SCALAR]),
    st.text("<>|=?bBhilqfdgFDSUMmVOaA0123456789,()[]{}nsYD/ :'T", max_size=12)
    | TEXTS,
    st.lists(st.integers(-1, 3), max_size=4),
    st.binary(max_size=64),
)
def test_any_description_of_an_array_is_plain_data_or_malformed(
    code, name, shape, data
):
    text = msgpack.packb(
        msgpack.ExtType(
            code,
            msgpack.packb([name, shape], unicode_errors="surrogatepass"),
        )
    )
    with contextlib.suppress(wire.Malformed):
        came = Sides().codec.decode(text, data)
        assert is_plain(came)
        assert came.nbytes == len(data)


# --- the channel -------------------------------------------------------------


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def fed(*parts):
    """Return a Reader to which these parts come, one by one, then the end."""
    coming = iter([*parts, b""])
    return wire.Reader(lambda size: next(coming))


def whole(reader, sides, until=math.inf):
    return sides.codec.decode(*reader.read(until))


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, max_size=4), st.data())
def test_frames_arrive_in_pieces_of_any_size(values, data):
    sides = Sides()
    stream = b"".join(sides.codec.encode(value) for value in values)
    parts = []
    while stream:
        size = data.draw(st.integers(1, 40))
        parts.append(stream[:size])
        stream = stream[size:]
    reader = fed(*parts)
    for value in values:
        assert_same(whole(reader, sides), value)
    with pytest.raises(wire.Closed):
        reader.read()


def test_several_frames_in_one_piece_are_read_one_by_one(sides):
    frames = [sides.codec.encode(n) for n in range(5)]
    reader = fed(b"".join(frames))
    assert [whole(reader, sides) for _ in frames] == list(range(5))


@pytest.mark.parametrize("size", [0, 3, HEAD, HEAD + 2])
def test_an_end_within_a_frame_is_an_end(sides, size):
    with pytest.raises(wire.Closed):
        fed(sides.codec.encode("abcdef")[:size]).read()


@pytest.mark.parametrize(
    ("text", "data"),
    [(wire.LARGEST_TEXT + 1, 0), (0, wire.LARGEST_DATA + 1), (2**32 - 1,) * 2],
)
def test_a_frame_that_says_that_it_is_too_long_is_not_waited_for(text, data):
    head = text.to_bytes(4, "little") + data.to_bytes(4, "little")

    def receive(size):
        coming.append(size)
        return head

    coming = []
    with pytest.raises(wire.Malformed):
        wire.Reader(receive).read()
    assert len(coming) == 1


def test_a_reader_asks_for_no_more_than_a_frame_needs(sides):
    """What is promised takes no memory before it is there."""
    head = wire.LARGEST_TEXT.to_bytes(4, "little")
    head += wire.LARGEST_DATA.to_bytes(4, "little")
    tracemalloc.start()
    try:
        with pytest.raises(wire.Closed):
            fed(head).read()
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_silence_is_waited_for_as_long_as_the_socket_is_told(pair):
    pair[0].settimeout(0.05)
    with pytest.raises(wire.TimedOut):
        wire.Reader(pair[0].recv).read()


def test_a_trickle_ends_when_time_does(pair):
    """Each byte comes in time, the frame never does."""
    ended = threading.Event()

    def trickle():
        pair[1].sendall((1000).to_bytes(8, "little"))
        while not ended.wait(0.01):
            pair[1].sendall(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    pair[0].settimeout(5)
    start = time.monotonic()
    try:
        with pytest.raises(wire.TimedOut):
            wire.Reader(pair[0].recv).read(start + 0.2)
        assert 0.2 <= time.monotonic() - start < 2
    finally:
        ended.set()
        thread.join()


def test_a_socket_that_broke_is_closed(pair):
    def receive(size):
        raise ConnectionResetError("gone")

    with pytest.raises(wire.Closed, match="gone"):
        wire.Reader(receive).read()


def test_a_large_frame_is_written_whole(pair, sides):
    sent = np.arange(1_000_000.0)
    frame = sides.codec.encode(sent)
    writer = threading.Thread(
        target=wire.write, args=(pair[1].fileno(), frame)
    )
    writer.start()
    try:
        assert_same(whole(wire.Reader(pair[0].recv), sides), sent)
    finally:
        writer.join()


def test_writing_to_nobody_is_closed(pair, sides):
    pair[0].close()
    with pytest.raises(wire.Closed):
        wire.write(pair[1].fileno(), sides.codec.encode(1))
