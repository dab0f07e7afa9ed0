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
