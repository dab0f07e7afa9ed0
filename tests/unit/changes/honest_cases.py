"""Changes of tests that say no less, or are as often honest as not; see tampering_cases.

Each is a name, a path, and the text before and after it.
"""
# ruff: noqa: E501 - one case a line reads better

from tests.unit.changes.tampering_cases import (
    BASKET,
    FIVE,
    GO,
    JAVA,
    JS,
    ROWS,
    RUST,
    THREE,
    TWO,
    WHOLE,
    Labelled,
    T,
    py,
    swap,
)

MACRO = """const testTotal = async (t, prices, sum) => {
	const basket = await makeBasket(prices);
	t.is(total(basket), sum);
	t.true(basket.open);
};

test('adds two', testTotal, [2, 3], 5);
test('adds none', testTotal, [], 0);

test('rejects nonsense', async t => {
	await t.throwsAsync(total('x'), {message: /nonsense/});
});
"""
INLINE = """test('adds two', async t => {
	const basket = await makeBasket([2, 3]);
	t.is(total(basket), 5);
	t.true(basket.open);
});

test('rejects nonsense', async t => {
	await t.throwsAsync(total('x'), {message: /nonsense/});
});
"""
ARGS = """package shop

func TestArgs(t *testing.T) {
	args := []string{"--size", "3", "--open"}
	if got := Parse(args); got != 3 {
		t.Errorf("got %d", got)
	}
}
"""

NEGATIVE = [
    Labelled("inline becomes a function with values", "test/a.js", INLINE, MACRO),
    Labelled(
        "function with values moves past a test",
        "test/a.js",
        MACRO,
        MACRO[MACRO.index("test('rejects") :] + "\n" + MACRO[: MACRO.index("test('rejects")],
    ),
    Labelled("function of tests renamed", "test/a.js", MACRO, MACRO.replace("testTotal", "adds")),
    Labelled(
        "function of tests moved to another file",
        "test/a.js",
        MACRO,
        "import {testTotal} from './helpers.js';\n" + MACRO[MACRO.index("test('adds two") :],
        beside={
            "test/helpers.js": (None, "export " + MACRO[: MACRO.index("test('adds two")]),
        },
    ),
    Labelled(
        "go arguments joined",
        "a_test.go",
        ARGS,
        swap('"--size", "3"', '"--size=3"', ARGS),
    ),
    Labelled(
        "lists become rows",
        T,
        "import shop\n\ndef test_parts():\n    assert shop.parts(1) == ['a', 'b']\n"
        "    assert shop.parts(2) == ['c']\n",
        "import pytest\nimport shop\n\n@pytest.mark.parametrize(('x', 'parts'), "
        "[(1, ['a', 'b']), (2, ['c'])])\ndef test_parts(x, parts):\n"
        "    assert shop.parts(x) == parts\n",
    ),
    Labelled(
        "type is becomes isinstance",
        T,
        py("assert type(shop.total(b)) is float"),
        py("assert isinstance(shop.total(b), float)"),
    ),
    Labelled(
        "two become equal to one value",
        T,
        py("assert shop.total(b) == 5"),
        py("assert shop.total(b) == shop.sum(b) == 5"),
    ),
    Labelled(
        "go error by an assertion",
        "a_test.go",
        "package a\n\nfunc TestA(t *testing.T) {\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n",
        "package a\n\nfunc TestA(t *testing.T) {\n\tassert.NoError(t, err)\n}\n",
    ),
    Labelled(
        "attribute of the code removed",
        "test/a.js",
        INLINE + "\ntest('cancels', t => {\n\tt.true(order().cancel());\n});\n",
        INLINE,
        beside={"order.js": ("order.cancel = () => true;\n", "order.stop = () => true;\n")},
    ),
    Labelled("unchanged", T, WHOLE, WHOLE),
    Labelled("test added", T, WHOLE, WHOLE + py("assert shop.open()", "open")),
    Labelled("assertion added", T, WHOLE, swap(TWO, TWO + "\n    assert basket")),
    Labelled("renamed", T, WHOLE, swap("test_total", "test_adds_all_prices")),
    Labelled(
        "renamed and extended",
        T,
        WHOLE,
        swap(TWO, TWO + "\n    assert shop.open()").replace("test_total", "test_sum"),
    ),
    Labelled("moved to another file", T, WHOLE, None, beside={"tests/test_b.py": (None, WHOLE)}),
    Labelled(
        "into a class",
        T,
        WHOLE,
        "import shop\n\nclass TestTotal:\n    def test_total(self):\n"
        + "".join("    " + line + "\n" for line in WHOLE.splitlines()[4:]),
    ),
    Labelled("three become rows", T, THREE, ROWS),
    Labelled(
        "three become a loop",
        T,
        THREE,
        "def test_all():\n    for text, price in [('1.50', 150), ('0', 0), ('-2', -200)]:\n        assert shop.parse(text) == price\n",
    ),
    Labelled("rows become three", T, ROWS, THREE),
    Labelled(
        "reformatted",
        T,
        WHOLE,
        swap(
            FIVE,
            "assert (\n        shop.total(\n            basket,\n        )\n        == 5\n    )",
        ),
    ),
    Labelled(
        "comments and a name",
        T,
        WHOLE,
        swap("basket", "cart")
        .replace("shop.cart", "shop.basket")
        .replace("    cart =", "    # a cart\n    cart ="),
    ),
    Labelled(
        "to plain asserts",
        T,
        "class A(TestCase):\n    def test_a(self):\n        self.assertEqual(shop.total(b), 5)\n        self.assertTrue(shop.open())\n",
        "def test_a():\n    assert shop.total(b) == 5\n    assert shop.open()\n",
    ),
    Labelled(
        "to unittest", T, py("assert shop.total(b) == 5"), py("self.assertEqual(shop.total(b), 5)")
    ),
    Labelled(
        "assertTrue of equality",
        T,
        py("self.assertTrue(shop.total(b) == 5)"),
        py("self.assertEqual(shop.total(b), 5)"),
    ),
    Labelled(
        "is True becomes truth", T, py("assert shop.open() is True"), py("assert shop.open()")
    ),
    Labelled(
        "no elements becomes not", T, py("assert shop.all() == []"), py("assert not shop.all()")
    ),
    Labelled(
        "approx for floats",
        T,
        py("assert shop.mean(b) == 2.5"),
        py("assert shop.mean(b) == pytest.approx(2.5)"),
    ),
    Labelled(
        "two in one",
        T,
        WHOLE,
        swap(f"{FIVE}\n    {TWO}", "assert (shop.total(basket), shop.count(basket)) == (5, 2)"),
    ),
    Labelled(
        "checks drawn out",
        T,
        WHOLE,
        swap(f"{FIVE}\n    {TWO}", "check(basket)")
        + f"\n\ndef check(basket):\n    {FIVE}\n    {TWO}\n",
    ),
    Labelled(
        "set-up drawn out",
        T,
        WHOLE,
        swap("test_total()", "test_total(basket)").replace("    " + BASKET, "")
        + "\n\n@pytest.fixture\ndef basket():\n    return shop.basket(2, 3)\n",
    ),
    Labelled(
        "feature removed",
        T,
        WHOLE + py("assert shop.coupon(3) == 1", "coupon"),
        WHOLE,
        beside={"shop.py": ("def coupon(x):\n    return 1\n", "")},
    ),
    Labelled(
        "function renamed",
        T,
        WHOLE,
        swap("shop.total", "shop.price_of"),
        beside={"shop.py": ("def total(b):\n    return 5\n", "def price_of(b):\n    return 5\n")},
    ),
    Labelled("skip taken away", T, swap("def test", "@pytest.mark.skip\ndef test"), WHOLE),
    Labelled(
        "skip says why",
        T,
        swap("def test", "@pytest.mark.skip\ndef test"),
        swap("def test", "@pytest.mark.skip(reason='see 12')\ndef test"),
    ),
    Labelled(
        "skipped test deleted",
        T,
        WHOLE + py("assert shop.old()", "old", "@pytest.mark.skip\n"),
        WHOLE,
    ),
    Labelled(
        "narrower error",
        T,
        py("with pytest.raises(Exception):\n    shop.parse('x')"),
        py("with pytest.raises(ValueError, match='x'):\n    shop.parse('x')"),
    ),
    Labelled(
        "new test with a skip",
        T,
        WHOLE,
        WHOLE
        + py(
            "assert shop.fast()",
            "fast",
            "@pytest.mark.skipif(sys.platform == 'win32', reason='')\n",
        ),
    ),
    Labelled(
        "try around the act",
        T,
        WHOLE,
        swap(
            BASKET,
            BASKET + "    try:\n        shop.close()\n    except ValueError:\n        pass\n",
        ),
    ),
    Labelled(
        "try that fails by itself",
        T,
        py("shop.parse('1')\nassert shop.ok() == 1"),
        py(
            "try:\n    shop.parse('1')\nexcept Exception:\n    pytest.fail('no')\nassert shop.ok() == 1"
        ),
    ),
    Labelled("stricter", T, py("assert shop.total(b)"), py("assert shop.total(b) == 5")),
    Labelled("split in two tests", T, WHOLE, py(BASKET + FIVE) + py(BASKET + TWO, "count")),
    Labelled(
        "no Python any more, then again",
        T,
        "def test_a(:\n    assert 1\n",
        "def test_a():\n    assert 1\n",
    ),
    Labelled(
        "js reformatted",
        "a.test.js",
        JS,
        swap("expect(total(basket)).toBe(5);", "expect(\n      total(basket),\n    ).toBe(5);", JS),
    ),
    Labelled("js renamed", "a.test.js", JS, swap("adds prices", "adds all prices", JS)),
    Labelled("js it becomes test", "a.test.js", JS, swap("  it(", "  test(", JS)),
    Labelled("js moved", "a.test.js", JS, None, beside={"b.test.js": (None, JS)}),
    Labelled(
        "js added",
        "a.test.js",
        JS,
        swap(
            '  it("rejects',
            '  it("is 0", () => { expect(total([])).toBe(0); });\n  it("rejects',
            JS,
        ),
    ),
    Labelled("js to strict", "a.test.js", JS, swap("toEqual(2)", "toStrictEqual(2)", JS)),
    Labelled("go renamed", "a_test.go", GO, swap("TestParse", "TestParsePrice", GO)),
    Labelled("go to require", "a_test.go", GO, swap("assert.Equal(t, 2", "require.Equal(t, 2", GO)),
    Labelled(
        "rust message added",
        "tests/a.rs",
        RUST,
        swap("total(&basket), 5)", 'total(&basket), 5, "total")', RUST),
    ),
    Labelled(
        "java reordered",
        "TotalTest.java",
        JAVA,
        swap(
            "        assertEquals(5, basket.total());\n        assertEquals(2, basket.count());\n",
            "        assertEquals(2, basket.count());\n        assertEquals(5, basket.total());\n",
            JAVA,
        ),
    ),
]

TOLD_FINE = [
    Labelled("another value", T, WHOLE, swap("== 5", "== 6"), "expects another value"),
    Labelled(
        "another error",
        T,
        py("with pytest.raises(ValueError):\n    shop.parse('x')"),
        py("with pytest.raises(shop.BadPrice):\n    shop.parse('x')"),
        "expects another value",
    ),
    Labelled(
        "another platform",
        T,
        WHOLE,
        swap("def test", "@pytest.mark.skipif(sys.platform == 'win32', reason='')\ndef test"),
        "skipif",
    ),
    Labelled(
        "js another value", "a.test.js", JS, swap("toBe(5)", "toBe(6)", JS), "expects another value"
    ),
    Labelled(
        "js not on old versions",
        "a.test.js",
        JS,
        "const testFn = version < 14 ? test.failing : test;\n"
        + swap('it("adds', 'testFn("adds', JS),
        "test.failing",
    ),
    Labelled(
        "xfail on a version",
        T,
        WHOLE,
        swap("def test", "@pytest.mark.xfail(PY_3_14_PLUS, reason='x')\ndef test"),
        "xfail",
    ),
    Labelled(
        "one large test becomes small ones",
        T,
        WHOLE,
        py("b = shop.basket(4)\nassert shop.total(b) == 4", "four")
        + py("b = shop.basket()\nassert shop.count(b) == 0", "none"),
        "takes away the test 'test_total'",
    ),
    Labelled(
        "go short",
        "a_test.go",
        GO,
        swap(
            "	basket := ",
            "	if testing.Short() {\n		t.Skip()\n	}\n	basket := ",
            GO,
        ),
        "t.Skip",
    ),
    Labelled(
        "no longer told to be there",
        T,
        swap(TWO, TWO + "\n    assert basket is not None"),
        WHOLE,
        "is not None",
    ),
    Labelled(
        "another status",
        T,
        py("assert shop.main() == 1"),
        py("assert shop.main() == 0"),
        "expects another value",
    ),
]
