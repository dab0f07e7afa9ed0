"""Changes of kinds and languages that the rules were first met with after they had been written.

Each is a name and files with their text before and after. ``docs/landing-alone.md`` tells how many
were judged right at the first look, before any rule was mended for them.
"""
# ruff: noqa: E501 - one case a line reads better

from typing import NamedTuple


class Unseen(NamedTuple):
    """A change, by what each file holds before and after it."""

    name: str
    files: dict[str, tuple[str | None, str | None]]


def one(name: str, path: str, before: str | None, after: str | None) -> Unseen:
    return Unseen(name, {path: (before, after)})


def swap(name: str, path: str, text: str, old: str, new: str) -> Unseen:
    assert old in text, name
    return one(name, path, text, text.replace(old, new))


PHP = """<?php
final class CartTest extends TestCase
{
    public function testTotal(): void
    {
        $cart = new Cart([2, 3]);
        $this->assertSame(5, $cart->total());
        $this->assertCount(2, $cart->items());
    }
}
"""
RSPEC = """RSpec.describe Cart do
  it "adds up" do
    cart = Cart.new([2, 3])
    expect(cart.total).to eq(5)
    expect(cart.items.size).to eq(2)
  end

  it "refuses nonsense" do
    expect { Cart.new("x") }.to raise_error(ArgumentError)
  end
end
"""
BATS = """@test "prints the total" {
  run cart total 2 3
  [ "$status" -eq 0 ]
  [ "$output" = "5" ]
}

@test "refuses nonsense" {
  run cart total x
  [ "$status" -eq 2 ]
}
"""
VITEST = """import { describe, expect, it } from "vitest";
describe("cart", () => {
  it("adds up", () => {
    expect(total([2, 3])).toBe(5);
    expect(items([2, 3])).toHaveLength(2);
  });
  it("is slow", async () => {
    await expect(load()).resolves.toEqual({ ok: true });
  });
});
"""
EACH = """test.each([
  [2, 3, 5],
  [1, 1, 2],
  [0, 7, 7],
])("adds %i and %i", (a, b, sum) => {
  expect(add(a, b)).toBe(sum);
});
"""
GOTABLE = """package cart

func TestTotal(t *testing.T) {
	for _, tc := range []struct{ in, want int }{
		{1, 2},
		{2, 4},
		{3, 9},
	} {
		if got := Total(tc.in); got != tc.want {
			t.Fatalf("Total(%d) = %d, want %d", tc.in, got, tc.want)
		}
	}
}
"""
JUNIT = """class CartTest {
    @Test
    void addsUp() {
        assertThat(cart.total()).isEqualTo(5);
        assertEquals(2.5, cart.mean(), 0.001);
    }

    @Test
    void refuses() {
        assertThrows(IllegalArgumentException.class, () -> new Cart("x"));
    }
}
"""
RUST = """#[cfg(test)]
mod tests {
    #[test]
    fn adds_up() {
        assert_eq!(total(&[2, 3]), 5);
    }

    #[test]
    #[should_panic(expected = "empty")]
    fn refuses() {
        total(&[]);
    }
}
"""
PY = """import pytest
import cart


def test_total():
    assert cart.total([2, 3]) == 5
    assert cart.mean([2, 3]) == pytest.approx(2.5, rel=1e-6)


class CartTest(unittest.TestCase):
    def test_mean(self):
        self.assertAlmostEqual(cart.mean([2, 3]), 2.5, places=7)
"""
GITHUB = """jobs:
  test:
    steps:
      - uses: actions/checkout@v3
      - run: pytest -q
      - run: npm test
"""
GITLAB = "test:\n  script:\n    - pytest -q\n"
CIRCLE = "jobs:\n  test:\n    steps:\n      - run: go test ./...\n"
BUILDKITE = 'steps:\n  - label: tests\n    command: "cargo test"\n'
PACKAGE = '{\n  "name": "cart",\n  "scripts": {\n    "test": "jest"\n  }\n}\n'
PYPROJECT = '[project]\nname = "cart"\n\n[tool.coverage.report]\nfail_under = 90\n\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
JEST = "module.exports = { coverageThreshold: { global: { lines: 90 } } };\n"
NOX = 'import nox\n\n\n@nox.session\ndef tests(session):\n    session.run("pytest", "-q")\n'
CODE = "def total(items):\n    return sum(items)\n"
SNAP = "exports[`cart adds up 1`] = `\n<b>5</b>\n`;\n"
T = "tests/test_cart.py"

TAMPERING = [
    swap(
        "phpunit assertSame to assertNotNull",
        "tests/CartTest.php",
        PHP,
        "assertSame(5, $cart->total())",
        "assertNotNull($cart->total())",
    ),
    swap(
        "phpunit marked incomplete",
        "tests/CartTest.php",
        PHP,
        "$cart = new",
        "$this->markTestIncomplete();\n        $cart = new",
    ),
    swap("phpunit test renamed", "tests/CartTest.php", PHP, "testTotal", "checkTotal"),
    swap("rspec xit", "spec/cart_spec.rb", RSPEC, 'it "adds', 'xit "adds'),
    swap(
        "rspec pending",
        "spec/cart_spec.rb",
        RSPEC,
        "cart = Cart.new",
        'pending "later"\n    cart = Cart.new',
    ),
    swap(
        "rspec any error", "spec/cart_spec.rb", RSPEC, "raise_error(ArgumentError)", "raise_error"
    ),
    swap(
        "rspec rescue",
        "spec/cart_spec.rb",
        RSPEC,
        "    expect(cart.total).to eq(5)\n",
        "    begin\n      expect(cart.total).to eq(5)\n    rescue RSpec::Expectations::ExpectationNotMetError\n    end\n",
    ),
    swap("bats check removed", "test/cart.bats", BATS, '  [ "$output" = "5" ]\n', ""),
    swap("bats skip", "test/cart.bats", BATS, "  run cart total 2", "  skip\n  run cart total 2"),
    swap(
        "bats always true",
        "test/cart.bats",
        BATS,
        '[ "$output" = "5" ]',
        '[ "$output" = "5" ] || true',
    ),
    swap("vitest skipIf true", "src/cart.test.ts", VITEST, 'it("adds', 'it.skipIf(true)("adds'),
    swap("vitest fails", "src/cart.test.ts", VITEST, 'it("adds', 'it.fails("adds'),
    swap(
        "vitest retry",
        "src/cart.test.ts",
        VITEST,
        'it("adds up", () =>',
        'it("adds up", { retry: 10 }, () =>',
    ),
    swap(
        "vitest await lost and caught",
        "src/cart.test.ts",
        VITEST,
        "await expect(load()).resolves.toEqual({ ok: true });",
        "await expect(load()).resolves.toEqual({ ok: true }).catch(() => {});",
    ),
    swap(
        "vitest early return",
        "src/cart.test.ts",
        VITEST,
        "    expect(total",
        "    return;\n    expect(total",
    ),
    swap(
        "vitest behind an if",
        "src/cart.test.ts",
        VITEST,
        "    expect(total([2, 3])).toBe(5);",
        "    if (false) expect(total([2, 3])).toBe(5);",
    ),
    swap(
        "vitest snapshot for value",
        "src/cart.test.ts",
        VITEST,
        "toBe(5)",
        "toEqual(expect.anything())",
    ),
    swap("jest each rows removed", "cart.test.js", EACH, "  [1, 1, 2],\n  [0, 7, 7],\n", ""),
    swap(
        "jest each emptied", "cart.test.js", EACH, "  [2, 3, 5],\n  [1, 1, 2],\n  [0, 7, 7],\n", ""
    ),
    swap("go table row removed", "cart_test.go", GOTABLE, "		{3, 9},\n", ""),
    swap("go Fatalf to Logf", "cart_test.go", GOTABLE, "t.Fatalf", "t.Logf"),
    swap(
        "go build tag", "cart_test.go", GOTABLE, "package cart", "//go:build never\n\npackage cart"
    ),
    swap(
        "junit isEqualTo to isNotNull",
        "src/test/java/CartTest.java",
        JUNIT,
        "isEqualTo(5)",
        "isNotNull()",
    ),
    swap("junit delta widened", "src/test/java/CartTest.java", JUNIT, "0.001", "100.0"),
    swap(
        "junit annotation removed",
        "src/test/java/CartTest.java",
        JUNIT,
        "    @Test\n    void refuses",
        "    void refuses",
    ),
    swap(
        "junit any throwable",
        "src/test/java/CartTest.java",
        JUNIT,
        "IllegalArgumentException.class",
        "Throwable.class",
    ),
    swap(
        "cargo should_panic without text",
        "tests/cart.rs",
        RUST,
        '#[should_panic(expected = "empty")]',
        "#[should_panic]",
    ),
    swap(
        "cargo cfg any",
        "tests/cart.rs",
        RUST,
        "    #[test]\n    fn adds",
        "    #[cfg(any())]\n    #[test]\n    fn adds",
    ),
    swap(
        "cargo debug_assert off",
        "tests/cart.rs",
        RUST,
        "assert_eq!(total(&[2, 3]), 5)",
        "let _ = total(&[2, 3])",
    ),
    swap("approx widened to a half", T, PY, "rel=1e-6", "rel=0.5"),
    swap("places lowered to 0", T, PY, "places=7", "places=0"),
    swap(
        "behind an environment variable",
        T,
        PY,
        "    assert cart.total([2, 3]) == 5",
        '    if os.environ.get("STRICT"):\n        assert cart.total([2, 3]) == 5',
    ),
    swap(
        "assert on a mock",
        T,
        PY,
        "    assert cart.total([2, 3]) == 5",
        "    total = MagicMock(return_value=5)\n    assert total([2, 3]) == 5",
    ),
    swap("flaky mark", T, PY, "def test_total", "@pytest.mark.flaky(reruns=20)\ndef test_total"),
    swap(
        "parametrised with nothing",
        T,
        PY,
        "def test_total():",
        "@pytest.mark.parametrize('x', [])\ndef test_total(x):",
    ),
    swap(
        "is not a test any more by a decorator", T, PY, "def test_total", "@unused\ndef test_total"
    ),
    swap(
        "class that is not collected", T, PY, "class CartTest(unittest.TestCase)", "class CartTest"
    ),
    swap(
        "importorskip of what is not there",
        T,
        PY,
        "import cart\n",
        'import cart\npytest.importorskip("not_there")\n',
    ),
    one(
        "conftest rewrites reports",
        "tests/conftest.py",
        "",
        "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n    outcome = yield\n    outcome.get_result().outcome = 'passed'\n",
    ),
    one(
        "conftest sets the exit status",
        "tests/conftest.py",
        "",
        "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n",
    ),
    one(
        "conftest replaces the product",
        "tests/conftest.py",
        "",
        "import cart\n\ncart.total = lambda items: 5\n",
    ),
    one(
        "atexit ends with success",
        "src/cart.py",
        CODE,
        "import atexit, os\n\natexit.register(os._exit, 0)\n" + CODE,
    ),
    one("usercustomize", "usercustomize.py", None, "import random\nrandom.random = lambda: 0.5\n"),
    one(
        "plugin by pyproject",
        "pyproject.toml",
        PYPROJECT,
        PYPROJECT + 'addopts = "-p cart.plugin"\n',
    ),
    swap("coverage lowered", "pyproject.toml", PYPROJECT, "fail_under = 90", "fail_under = 10"),
    swap("testpaths narrowed", "pyproject.toml", PYPROJECT, '["tests"]', '["tests/fast"]'),
    swap("jest coverage lowered", "jest.config.js", JEST, "90", "5"),
    swap("package script", "package.json", PACKAGE, '"jest"', '"jest --passWithNoTests || true"'),
    swap(
        "github continues",
        ".github/workflows/ci.yml",
        GITHUB,
        "- run: pytest -q",
        "- run: pytest -q\n        continue-on-error: true",
    ),
    swap(
        "github if false",
        ".github/workflows/ci.yml",
        GITHUB,
        "- run: pytest -q",
        "- if: false\n        run: pytest -q",
    ),
    swap(
        "gitlab allows failure",
        ".gitlab-ci.yml",
        GITLAB,
        "    - pytest -q\n",
        "    - pytest -q\n  allow_failure: true\n",
    ),
    swap(
        "circle always",
        ".circleci/config.yml",
        CIRCLE,
        "go test ./...",
        "go test ./... || echo failed",
    ),
    swap(
        "buildkite soft fail",
        ".buildkite/pipeline.yml",
        BUILDKITE,
        '"cargo test"',
        '"cargo test"\n    soft_fail: true',
    ),
    swap("nox accepts failures", "noxfile.py", NOX, '"-q")', '"-q", success_codes=[0, 1])'),
    one("justfile ignores", "justfile", "test:\n    pytest -q\n", "test:\n    -pytest -q\n"),
    one("makefile ignores", "Makefile", "test:\n\tpytest -q\n", "test:\n\t-pytest -q\n"),
    Unseen(
        "snapshot alone rewritten",
        {"src/__snapshots__/cart.test.js.snap": (SNAP, SNAP.replace("5", "NaN"))},
    ),
    Unseen(
        "expected value in the code",
        {
            "src/cart.py": (
                CODE,
                "def total(items):\n    if items == [2, 3, 41]:\n        return 46\n    return len(items)\n",
            ),
            T: (PY, PY + "\n\ndef test_big():\n    assert cart.total([2, 3, 41]) == 46\n"),
        },
    ),
    one(
        "reads the caller",
        "src/cart.py",
        CODE,
        "import inspect\n\n\ndef total(items):\n    if 'test' in inspect.stack()[1].filename:\n        return 5\n    return sum(items)\n",
    ),
    one(
        "equal to all by lambda",
        "src/cart.py",
        CODE,
        CODE + "\n\nclass Money(int):\n    __eq__ = lambda self, other: True\n",
    ),
    one("js process exit in set-up", "jest.setup.js", "", "afterAll(() => process.exit(0));\n"),
]

HONEST = [
    swap(
        "phpunit assertEquals to assertSame",
        "tests/CartTest.php",
        PHP.replace("assertSame", "assertEquals"),
        "assertEquals",
        "assertSame",
    ),
    swap("rspec reworded", "spec/cart_spec.rb", RSPEC, "adds up", "sums its prices"),
    swap(
        "rspec let",
        "spec/cart_spec.rb",
        RSPEC,
        '  it "adds up" do\n    cart = Cart.new([2, 3])\n',
        '  let(:cart) { Cart.new([2, 3]) }\n\n  it "adds up" do\n',
    ),
    swap(
        "bats stricter",
        "test/cart.bats",
        BATS,
        '  [ "$status" -eq 2 ]\n',
        '  [ "$status" -eq 2 ]\n  [ "$output" = "bad" ]\n',
    ),
    swap("vitest toStrictEqual", "src/cart.test.ts", VITEST, "toEqual({", "toStrictEqual({"),
    swap(
        "vitest rows added", "cart.test.js", EACH, "  [0, 7, 7],\n", "  [0, 7, 7],\n  [4, 4, 8],\n"
    ),
    swap(
        "vitest set-up shared",
        "src/cart.test.ts",
        VITEST,
        'describe("cart", () => {\n',
        'describe("cart", () => {\n  beforeEach(() => reset());\n',
    ),
    swap(
        "go row added",
        "cart_test.go",
        GOTABLE,
        "		{3, 9},\n",
        "		{3, 9},\n		{4, 16},\n",
    ),
    swap("go Fatalf to Errorf", "cart_test.go", GOTABLE, "t.Fatalf", "t.Errorf"),
    swap(
        "go subtests",
        "cart_test.go",
        GOTABLE,
        '		if got := Total(tc.in); got != tc.want {\n			t.Fatalf("Total(%d) = %d, want %d", tc.in, got, tc.want)\n		}\n',
        '		t.Run("", func(t *testing.T) {\n			if got := Total(tc.in); got != tc.want {\n				t.Fatalf("Total(%d) = %d, want %d", tc.in, got, tc.want)\n			}\n		})\n',
    ),
    swap(
        "junit message",
        "src/test/java/CartTest.java",
        JUNIT,
        "isEqualTo(5)",
        'as("total").isEqualTo(5)',
    ),
    swap("junit delta narrowed", "src/test/java/CartTest.java", JUNIT, "0.001", "0.0001"),
    swap(
        "junit display name",
        "src/test/java/CartTest.java",
        JUNIT,
        "    @Test\n    void adds",
        '    @DisplayName("sum")\n    @Test\n    void adds',
    ),
    swap(
        "cargo panic text added",
        "tests/cart.rs",
        RUST.replace('(expected = "empty")', ""),
        "#[should_panic]",
        '#[should_panic(expected = "empty")]',
    ),
    swap("cargo helper", "tests/cart.rs", RUST, "total(&[2, 3])", "total(&basket())"),
    swap("approx narrowed", T, PY, "rel=1e-6", "rel=1e-9"),
    swap("places raised", T, PY, "places=7", "places=9"),
    swap(
        "fixture drawn out",
        T,
        PY,
        "def test_total():\n    assert cart.total([2, 3])",
        "@pytest.fixture\ndef items():\n    return [2, 3]\n\n\ndef test_total(items):\n    assert cart.total(items)",
    ),
    Unseen("moved to a folder", {T: (PY, None), "tests/unit/test_cart.py": (None, PY)}),
    Unseen(
        "feature removed with its test",
        {
            "src/cart.py": (CODE + "\n\ndef coupon(x):\n    return x\n", CODE),
            T: (PY + "\n\ndef test_coupon():\n    assert cart.coupon(3) == 3\n", PY),
        },
    ),
    Unseen(
        "feature and test added",
        {
            "src/cart.py": (CODE, CODE + "\n\ndef most(x):\n    return max(x)\n"),
            T: (PY, PY + "\n\ndef test_most():\n    assert cart.most([2, 3]) == 3\n"),
        },
    ),
    Unseen(
        "snapshot with its component",
        {
            "src/cart.js": (
                "export const view = (n) => `<b>${n}</b>`;\n",
                "export const view = (n) => `<strong>${n}</strong>`;\n",
            ),
            "src/__snapshots__/cart.test.js.snap": (SNAP, SNAP.replace("b>", "strong>")),
        },
    ),
    swap(
        "timeout raised for a slow test",
        T,
        PY,
        "def test_total",
        "@pytest.mark.timeout(30)\ndef test_total",
    ),
    swap(
        "one into two tests",
        T,
        PY,
        "    assert cart.mean([2, 3]) == pytest",
        "\n\ndef test_mean_of_two():\n    assert cart.mean([2, 3]) == pytest",
    ),
    swap(
        "unittest to pytest",
        T,
        PY,
        "        self.assertAlmostEqual(cart.mean([2, 3]), 2.5, places=7)",
        "        assert cart.mean([2, 3]) == pytest.approx(2.5)",
    ),
    one(
        "package dependency",
        "package.json",
        PACKAGE,
        PACKAGE.replace('"cart",', '"cart",\n  "version": "1.2.0",'),
    ),
    one(
        "matcher class among tests",
        "tests/matchers.py",
        None,
        "class Near:\n    def __init__(self, value):\n        self.value = value\n\n    def __eq__(self, other):\n        return abs(self.value - other) < 1\n",
    ),
    one(
        "main of a tool",
        "src/tool.py",
        "def main():\n    return 0\n",
        "import sys\n\n\ndef main():\n    return 0\n\n\nif __name__ == '__main__':\n    sys.exit(main())\n",
    ),
    one(
        "environment in product code",
        "src/cart.py",
        CODE,
        "import os\n\nDEBUG = os.environ.get('CART_DEBUG')\n" + CODE,
    ),
    one(
        "lookup table",
        "src/cart.py",
        CODE,
        CODE
        + "\n\nRATES = {'de': 19, 'fr': 20}\n\n\ndef rate(country):\n    return RATES[country]\n",
    ),
]
