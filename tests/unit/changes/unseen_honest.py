# ruff: noqa: E501 - one case a line reads better
"""Honest changes that look like the ones that make tests say less."""

from tests.unit.changes.unseen import (
    BATS,
    CODE,
    EACH,
    GOTABLE,
    JUNIT,
    PACKAGE,
    PHP,
    PY,
    RSPEC,
    RUST,
    SNAP,
    VITEST,
    T,
    Unseen,
    one,
    swap,
)

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
