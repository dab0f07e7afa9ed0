"""Changes of tests that make them say less, labelled by what must be named.

Each is a name, a path, and the text before and after it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

Files = Mapping[str, tuple[str | None, str | None]]


class Labelled(NamedTuple):
    """A change of one test file, and *beside* it of others; *says* is what must be named."""

    name: str
    path: str
    before: str
    after: str | None
    says: str = ""
    beside: Files = MappingProxyType({})


def py(body: str, name: str = "total", mark: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return f"import shop\n\n\n{mark}def test_{name}():\n{lines}\n"


BASKET = "basket = shop.basket(2, 3)\n"
WHOLE = py(BASKET + "assert shop.total(basket) == 5\nassert shop.count(basket) == 2")
ROWS = (
    "import pytest\nimport shop\n\n\n@pytest.mark.parametrize(('text', 'price'), "
    "[('1.50', 150), ('0', 0), ('-2', -200)])\ndef test_parse(text, price):\n"
    "    assert shop.parse(text) == price\n"
)
THREE = "".join(
    f"def test_{name}():\n    assert shop.parse({text!r}) == {price}\n\n\n"
    for name, text, price in (("plain", "1.50", 150), ("nothing", "0", 0), ("minus", "-2", -200))
)
JS = """describe("total", () => {
  it("adds prices", () => {
    const basket = makeBasket(2, 3);
    expect(total(basket)).toBe(5);
    expect(count(basket)).toEqual(2);
  });
  it("rejects nonsense", () => {
    expect(() => total("x")).toThrow(TypeError);
  });
});
"""
GO = """package shop

func TestTotal(t *testing.T) {
	basket := NewBasket(2, 3)
	if got := Total(basket); got != 5 {
		t.Errorf("got %d", got)
	}
	assert.Equal(t, 2, Count(basket))
}

func TestParse(t *testing.T) {
	assert.Equal(t, 150, Parse("1.50"))
}
"""
RUST = """#[test]
fn adds_prices() {
    let basket = basket(2, 3);
    assert_eq!(total(&basket), 5);
    assert_eq!(count(&basket), 2);
}

#[test]
fn parses() {
    assert_eq!(parse("1.50"), Ok(150));
}
"""
JAVA = """class TotalTest {
    @Test
    void addsPrices() {
        Basket basket = new Basket(2, 3);
        assertEquals(5, basket.total());
        assertEquals(2, basket.count());
    }

    @Test
    void parses() {
        assertEquals(150, Prices.parse("1.50"));
    }
}
"""
T = "tests/test_shop.py"
FIVE, TWO = "assert shop.total(basket) == 5", "assert shop.count(basket) == 2"


def swap(old: str, new: str, text: str = WHOLE) -> str:
    assert old in text, old
    return text.replace(old, new)


MACRO = """const testTotal = async (t, prices, sum) => {
	t.is(total(await makeBasket(prices)), sum);
	t.true(isOpen());
};

test('adds two', testTotal, [2, 3], 5);
test('adds none', testTotal, [], 0);
"""

POSITIVE = [
    Labelled(
        "values of a function taken away",
        "test/a.js",
        MACRO,
        MACRO.replace("test('adds none', testTotal, [], 0);\n", ""),
        "takes away the test 'adds none'",
    ),
    Labelled(
        "function of tests emptied",
        "test/a.js",
        MACRO,
        swap("	t.is(total(await makeBasket(prices)), sum);\n", "", MACRO),
        "total(await makeBasket(prices))",
    ),
    Labelled(
        "function of tests no longer called",
        "test/a.js",
        MACRO,
        swap("test('adds none', testTotal, [], 0)", "test('adds none', t => {})", MACRO),
        "checks no longer: 'testTotal'",
    ),
    Labelled(
        "skipped on a condition that holds",
        "a.test.js",
        JS,
        "const testFn = true ? test.skip : test;\n" + swap('it("adds', 'testFn("adds', JS),
        "test.skip",
    ),
    Labelled("file deleted", T, WHOLE, None, "takes away the test 'test_total'"),
    Labelled("test deleted", T, WHOLE + py("assert shop.open()", "open"), WHOLE, "test_open"),
    Labelled(
        "test commented out", T, WHOLE, "import shop\n# " + WHOLE.replace("\n", "\n# "), "total"
    ),
    Labelled("test no longer named so", T, WHOLE, swap("def test_", "def later_"), "test_total"),
    Labelled("one for another", T, WHOLE, py("assert shop.name() == 'x'", "name"), "takes away"),
    Labelled("skip mark", T, WHOLE, swap("def test", "@pytest.mark.skip\ndef test"), "mark.skip"),
    Labelled(
        "skipif true",
        T,
        WHOLE,
        swap("def test", "@pytest.mark.skipif(True, reason='')\ndef test"),
        "skipif",
    ),
    Labelled(
        "xfail", T, WHOLE, swap("def test", "@pytest.mark.xfail(strict=False)\ndef test"), "xfail"
    ),
    Labelled(
        "unittest skip", T, WHOLE, swap("def test", "@unittest.skip('flaky')\ndef test"), "skip"
    ),
    Labelled(
        "skip inside", T, WHOLE, swap(BASKET, BASKET + "    pytest.skip('later')\n"), "pytest.skip"
    ),
    Labelled(
        "skip of the module", T, WHOLE, "pytestmark = pytest.mark.skip\n" + WHOLE, "mark.skip"
    ),
    Labelled(
        "module left at import",
        T,
        WHOLE,
        "pytest.skip('x', allow_module_level=True)\n" + WHOLE,
        "pytest.skip",
    ),
    Labelled("assertion removed", T, WHOLE, swap("    " + TWO + "\n", ""), TWO),
    Labelled("emptied", T, WHOLE, py("pass"), FIVE),
    Labelled("assert True", T, WHOLE, swap(FIVE, "assert True"), "'assert True' in place of"),
    Labelled("or True", T, WHOLE, swap(FIVE, FIVE + " or True"), "cannot fail"),
    Labelled("held against itself", T, WHOLE, swap("== 5", "== shop.total(basket)"), "cannot fail"),
    Labelled(
        "truth for equality", T, WHOLE, swap(FIVE, "assert shop.total(basket)"), "less strictly"
    ),
    Labelled("not None for equality", T, WHOLE, swap("== 5", "is not None"), "less strictly"),
    Labelled("in for equality", T, WHOLE, swap("== 5", "in (4, 5, 6)"), "less strictly"),
    Labelled("at least for equality", T, WHOLE, swap("== 5", ">= 0"), "less strictly"),
    Labelled(
        "isinstance for equality",
        T,
        WHOLE,
        swap(FIVE, "assert isinstance(shop.total(basket), int)"),
        "less strictly",
    ),
    Labelled("wide approx", T, WHOLE, swap("== 5", "== pytest.approx(5, abs=10)"), "less exactly"),
    Labelled(
        "swallowed",
        T,
        WHOLE,
        swap(FIVE, f"try:\n        {FIVE}\n    except AssertionError:\n        pass"),
        "swallowed",
    ),
    Labelled(
        "suppressed",
        T,
        WHOLE,
        swap(FIVE, f"with suppress(Exception):\n        {FIVE}"),
        "swallowed",
    ),
    Labelled("returned before", T, WHOLE, swap(BASKET, BASKET + "    return\n"), "never reached"),
    Labelled("if False", T, WHOLE, swap(FIVE, f"if False:\n        {FIVE}"), "never reached"),
    Labelled("row removed", T, ROWS, swap(", ('-2', -200)", "", ROWS), "('-2', -200)"),
    Labelled(
        "broader error",
        T,
        py("with pytest.raises(ValueError):\n    shop.parse('x')"),
        py("with pytest.raises(Exception):\n    shop.parse('x')"),
        "less strictly",
    ),
    Labelled("second of the name", T, WHOLE, WHOLE + py("pass"), "hides another test"),
    Labelled(
        "mock called anyhow",
        T,
        py("m.assert_called_once_with(3)"),
        py("m.assert_called()"),
        "less strictly",
    ),
    Labelled(
        "helper emptied",
        T,
        "def check(b):\n    assert shop.total(b) == 5\n\ndef test_a():\n    check(1)\n",
        "def check(b):\n    pass\n\ndef test_a():\n    check(1)\n",
        "shop.total(b) == 5",
    ),
    Labelled("js skip", "a.test.js", JS, swap('it("adds', 'it.skip("adds', JS), "it.skip"),
    Labelled("js xit", "a.test.ts", JS, swap('it("adds', 'xit("adds', JS), "xit"),
    Labelled("js only", "a.test.ts", JS, swap('it("adds', 'it.only("adds', JS), "it.only"),
    Labelled(
        "js describe.skip",
        "a.test.ts",
        JS,
        swap("describe(", "describe.skip(", JS),
        "describe.skip",
    ),
    Labelled("js truthy", "a.test.js", JS, swap("toBe(5)", "toBeTruthy()", JS), "less strictly"),
    Labelled(
        "js true is true",
        "a.test.js",
        JS,
        swap("expect(total(basket)).toBe(5)", "expect(true).toBe(true)", JS),
        "cannot fail",
    ),
    Labelled(
        "js removed",
        "a.test.js",
        JS,
        swap("    expect(count(basket)).toEqual(2);\n", "", JS),
        "count(basket)",
    ),
    Labelled(
        "js swallowed",
        "a.test.js",
        JS,
        swap(
            "expect(total(basket)).toBe(5);",
            "try { expect(total(basket)).toBe(5); } catch (e) {}",
            JS,
        ),
        "swallowed",
    ),
    Labelled(
        "js test deleted",
        "a.test.js",
        JS,
        JS[: JS.index('  it("rejects')] + "});\n",
        "rejects nonsense",
    ),
    Labelled(
        "go skip",
        "a_test.go",
        GO,
        swap("	basket := ", "	t.Skip()\n	basket := ", GO),
        "t.Skip",
    ),
    Labelled("go deleted", "a_test.go", GO, GO[: GO.index("func TestParse")], "TestParse"),
    Labelled(
        "go emptied", "a_test.go", GO, swap('		t.Errorf("got %d", got)\n', "", GO), "t.Errorf"
    ),
    Labelled(
        "rust ignored",
        "tests/a.rs",
        RUST,
        swap("#[test]\nfn adds", "#[test]\n#[ignore]\nfn adds", RUST),
        "#[ignore]",
    ),
    Labelled(
        "rust always",
        "tests/a.rs",
        RUST,
        swap("assert_eq!(total(&basket), 5)", "assert!(true)", RUST),
        "cannot fail",
    ),
    Labelled(
        "rust is_ok",
        "tests/a.rs",
        RUST,
        swap('assert_eq!(parse("1.50"), Ok(150))', 'assert!(parse("1.50").is_ok())', RUST),
        "less strictly",
    ),
    Labelled(
        "java disabled",
        "TotalTest.java",
        JAVA,
        swap("@Test\n    void adds", "@Disabled\n    @Test\n    void adds", JAVA),
        "@Disabled",
    ),
    Labelled(
        "java not null",
        "TotalTest.java",
        JAVA,
        swap("assertEquals(5, basket.total())", "assertNotNull(basket.total())", JAVA),
        "less strictly",
    ),
]
