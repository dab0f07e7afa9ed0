"""Which ``done_when`` is a command that proves something, and which is a sentence for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.done_when import command_in

COMMANDS = """
make
make test
make all
./check.sh
check.sh
scripts/verify --strict
bin/rails test test/models
npm test
npm run test:unit -- --watch=false
pnpm --filter web test
python -m pytest tests/test_x.py
python3 -m unittest -q tests.test_median
pytest -q tests/test_x.py::test_reads
pytest tests -k "not slow and parser"
cargo test parser
go test ./...
go vet .
bazel test //core/...
docker compose run web pytest
uv run ruff check src
true
CI=1 npm test
sudo make install
timeout 60 make test
env -u HOME make test
! grep -rn TODO src
grep -q done NEWS.md
test -f out.txt
[ -s report.csv ]
cd web && npm test
mytool verify && mytool lint
make lint; make test
for f in checks/*.sh; do sh "$f" || exit 1; done
cat out.txt | sort | diff - expected.txt
curl -fsS http://127.0.0.1:8000/health
""".strip().splitlines()

SENTENCES = """
the login page loads
All tests green
all tests green
the harness passes
All tests pass.
Make test pass
make the page load faster
test the login page
find returns all matches
python 3.12 is supported
node upgrade
git history is clean again
npm audit reports nothing
pytest -q shows no warnings
mypy finds nothing, and neither does ruff
df triage --json prints duplicates
support --json
add --verbose to the command line
it doesn't crash on "quoted" input
src/app.py handles empty input
tests/test_x.py passes
client/server split
no warnings
0 failures
just works
go back to the list
a list of names
mytool verify
0.4 is released!
die Tests laufen durch
pytest -q läuft durch
登录页面可以打开
`make lint` and `make test` pass
the page says `hello`
Run the tests
""".strip().splitlines()


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_told_by_its_form(text: str) -> None:
    assert command_in(text) == text


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_is_never_run(text: str) -> None:
    assert command_in(text) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("pytest -q passes", "pytest -q"),
        ("mypy --strict is clean", "mypy --strict"),
        ("./check.sh exits with status 0.", "./check.sh"),
        ("make test still passes", "make test"),
        ("run make test", "make test"),
        ("`make test` passes", "make test"),
        ("Run `uv run check` again.", None),
        ("Run `mytool verify`.", "mytool verify"),
        ("`mytool verify`", "mytool verify"),
        ("$ mytool verify", "mytool verify"),
        ("make lint\n\nmake test\n", "make lint && make test"),
        ("make lint\nthe page loads", None),
    ],
)
def test_words_around_a_command_are_no_part_of_it(text: str, command: str | None) -> None:
    assert command_in(text) == command


@pytest.mark.parametrize("text", [None, "", "  \n", "$ ", "``", "make " + "x" * 3000])
def test_what_holds_no_command_is_none(text: str | None) -> None:
    assert command_in(text) is None


@given(st.text(max_size=300))
def test_any_text_is_read_without_fail_and_a_command_stays_one(text: str) -> None:
    found = command_in(text)

    assert found is None or command_in(f"`{found}`") in (found, None)
