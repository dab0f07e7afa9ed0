"""Read the tests of a file in any language from its text: by form, not by grammar."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from darkfactory.changes.cases import Case, Check, Rank, Skip, shown
from darkfactory.changes.forms import rows_of, tolerance_of, unreached
from darkfactory.changes.helpers_text import Begun, functions, mentions

_ROWS_UNKNOWN = 8
_LONGEST = 600
_AROUND = 200
_COMMENT = re.compile(r"^[ \t]*(?://(?!go:build )|#(?!\[)|\*|--).*$", re.MULTILINE)
_DECLARED = re.compile(
    r"(?:^|(?<=[\s;{]))(?P<group>[xf]?describe|[xf]?context|suite)\b[.\w]*"
    r"[ (]+(?P<g>['\"`])(?P<gn>.{0,200}?)(?P=g)"
    r"|(?:^|(?<=[\s;{]))@?[xf]?(?:it|test|specify|scenario)\b(?P<how>[.\w]*)"
    r"(?:\([^()]*\)|\(\[.{0,2000}?\]\)|`[^`]*`)?[ (]+(?P<q>['\"`])(?P<qn>.{0,200}?)(?P=q)"
    r"|\bfunc (?:\([^)\n]{0,80}\) )?(?P<go>Test\w*)\(|\b(?:TEST|TEST_F|TEST_P)\((?P<c>[^)]*)\)"
    r"|\bdef (?P<py>test_?\w*)|\bfunction (?P<php>test\w+)\(|\bfunc (?P<swift>test\w*)\(\)"
    r"|(?:#\[\w*(?:::)?\w*test\b[^\n]{0,200}+|@(?:Test|ParameterizedTest|RepeatedTest)\b[^\n]{0,200}+"
    r"|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b[^\n]{0,200}+)(?:\s{0,99}+(?:@|#\[|\[)[^\n]{0,200}+){0,5}+"
    r"[^({;]{0,300}?\b(?P<mark>\w+)\s*(?:<[^>]*>)?\(",
    re.MULTILINE | re.DOTALL,
)
_LEAD = re.compile(r"(?:^[ \t]*(?:@|#\[|\[)[^\n]*\n)+[^\n]*\Z", re.MULTILINE)
_CHECK = re.compile(
    r"\bassert\w*(?:!|\.\w+)?\s*\(|\bassert\s|\bexpect\w*(?:\.\w+)?\s*[({]|\brequire\.\w+\("
    r"|\bt\.(?:Error|Fatal|Fail)\w*\(|\bXCTAssert\w*\(|\b(?:EXPECT|ASSERT)_\w+\("
    r"|\bAssert\.\w+\(|\$this->assert\w+\(|\bmust_\w+|\.should\b|#\[should_panic\b"
    r"|\bt\.(?:is|not|like|true|false|truthy|falsy|regex|deepEqual|notDeepEqual|throws|throwsAsync)\("
)
_SKIP = re.compile(
    r"\b(?:it|test|describe|context|suite)\.(?:skip|todo|fixme|fail(?:s|ing)|only)\w*\b"
    r"|\bretry:\s{0,9}\d|\.retries\(|@(?:RetryingTest|RepeatedIfExceptionsTest|Flaky)\b"
    r"|^//go:build |#\[cfg\((?:any\(\)|not\(test\))|\.each\(\s{0,99}\[\s{0,99}\]"
    r"|(?<![\w.])[xf](?:it|describe|test|context)\b(?=[ (])"
    r"|\b[tb]\.Skip\w*\(|#\[ignore\b|@Ignore\b|@Disabled\b|\b(?:Skip|Ignore)\s*=\s*\"|\[Ignore\b"
    r"|\bmarkTest(?:Skipped|Incomplete)|^[ \t]*skip\b(?=[ \t]*(?:['\"(]|$))"
    r"|\bpending\b(?=[ \t]*['\"(])"
    r"|\bGTEST_SKIP|\bDISABLED_\w+|\bXCTSkip|\bAssume\.|\bassumeTrue\("
    r"|\bpytest\.mark\.(?:skip|xfail)|\bunittest\.skip|\bpytest\.skip\(",
    re.MULTILINE,
)
_CONDITIONAL = re.compile(
    r"\btesting\.Short\(\)|runtime\.GOOS|process\.platform|\bplatform\b|skipIf|skipUnless|DisabledOn"
    r"|\bassumeTrue\(|\bAssume\.|target_os|XCTSkip(?:If|Unless)|EnabledOn"
    r"|\bretry:|\.retries\(|@(?:RetryingTest|RepeatedIf|Flaky)|go:build "
    r"|\? ?(?:test|it|describe)\.\w+ : ?(?:test|it|describe)\b|: ?(?:test|it|describe)\.\w+;?$"
)
_CERTAIN = re.compile(
    r"skipIf\((?:true|1)\b|skipUnless\((?:false|0)\b|runIf\((?:false|0)\b"
    r"|go:build (?:never|none|ignore|false)\b"
    r"|(?<![=!<>])= ?\(?(?:true|false|[01]|!0|!1|null|'[^']*'|\"[^\"]*\")\)? ?\?"
)
_CAUGHT = re.compile(r"\.catch\(\s*(?:\(\w*\)|\w+)\s*=>\s*(?:\{\s*\}|null|undefined)\s*\)")
_ANY_ERROR = re.compile(r"(toThrow\w*|raise_error|should_panic)(?:\((?:expected=)?_?\))?")
_BASH_CHECK = re.compile(r"^[ \t]*(?:\[ [^\n]* \]|\[\[ [^\n]* \]\])[ \t]*$", re.MULTILINE)
_NOTHING = re.compile(
    r"expect\(\s*(?:true|1)\s*\)\s*\.to(?:BeTruthy\(\)|\.be\.(?:true|ok)|(?:Be|Equal|StrictEqual)\((?:true|1)\))"
    r"|expect\(\s*(?:true|1)\s*\)\.to (?:eq|be)[ (](?:true|1)"
    r"|(?:assert!?|assert\.ok|assertTrue|Assert\.(?:True|IsTrue)|EXPECT_TRUE|ASSERT_TRUE|XCTAssertTrue|XCTAssert)"
    r"\(\s*(?:true|1)\s*[,)]|(?:assert|require)\.True\(t,\s*true\b"
    r"|assert_eq!\(\s*(\w+)\s*,\s*\1\s*[,)]|[aA]ssert\w*[Ee]quals?\(\s*(\w+)\s*,\s*\2\s*\)"
    r"|expect\((\w+)\)\.to(?:Be|Equal|StrictEqual)\(\3\)|\.Equal\(t,\s*(\w+),\s*\4\)"
)
_TRUTH = re.compile(
    r"toBeTruthy|toBeDefined|not\.toBe(?:Null|Undefined|Falsy)|toHaveBeenCalled\(\)|\.to\.(?:be\.ok|exist)"
    r"|\bt\.(?:Fatal|Error)\(err\)"
    r"|be_truthy|not_to be_nil|\bt\.truthy\(|assert(?:NotNull|NotNil|NotEmpty|True)\b"
    r"|\.(?:NotNil|NotEmpty|True|NotNull|IsTrue|NoError)\("
    r"|\.isNotNull\(|\.isNotEmpty\(|assert\.ok\(|\bassert!?\(|(?:EXPECT|ASSERT)_TRUE|XCTAssert(?:True|NotNil)?\("
)
_PART = re.compile(
    r"toContain|toMatch\b|toMatchObject|toBe(?:Greater|Less)|toBeInstanceOf"
    r"|expect\.any(?:thing)?\b|toBeCloseTo|\bassert_ne!|[nN]otEqual|Contains"
    r"|\.include|\.to include|EXPECT_(?:NE|GT|GE|LT|LE)"
    r"|instanceof|InstanceOf|\.to\.(?:match|contain)|be_a\b|be_kind_of"
)
_COMPARES = re.compile(r"[=!]==?|\.equals\(|\.is_eq\(")
_LITERAL = re.compile(
    r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\b\d[\d_.]*\b|\b(?:true|false|null|nil)\b"
    r"|\b[A-Z]\w*(?:Error|Exception|Throwable)\b(?:(?:\.|::)class)?|\b[A-Z]\w*(?:\.|::)class\b"
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_ALIAS = re.compile(
    r"\b(?:const|let|var) (\w{4,80}) = [^;\n]{1,300}\? ?(?:test|it)(?:\.\w+)? : ?(?:test|it)\b"
)
_MOST_ALIASES = 4
_INDENT = re.compile(r"[ \t]*+")
_NO_NAMES = re.compile(
    r"(?:assert|expect|require|Assert|EXPECT|ASSERT|XCTAssert|to[A-Z]|toBe)\w*|t|self|this|it|test|to|be"
    r"|eq|equal|Equal|not|true|false|null|nil|None|const|let|var|new|await|async|function|func|def|fn"
)
_CALL = re.compile(r"\b([A-Za-z_]\w*+)[!?]?\s{0,9}+[(`]")
_SWALLOWED = re.compile(
    r"\btry\s{0,9}\{(?P<body>.{0,2000}?)\}\s{0,99}catch\s{0,9}(?:\([^)]{0,99}\))?\s{0,9}\{\s{0,99}\}"
    r"|\bbegin\b(?P<ruby>.{0,2000}?)\brescue\b[^\n]{0,99}\n\s{0,99}(?:nil\s{0,99}\n\s{0,99})?end\b",
    re.DOTALL,
)
_TABLE = re.compile(
    r"\bt\.Run\(|ValueSource|CsvSource|MethodSource|InlineData|DataRow|rstest|\bforEach\("
)


_Dead = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    name: str
    is_test: bool
    many: bool


def text_cases(path: str, text: str, helpers: frozenset[str] = frozenset()) -> tuple[Case, ...]:
    """Return the tests of a file, the functions beside them, and what lies outside of both.

    Args:
        helpers: The names of functions that check something, of all files.
    """
    code, spans = _read(text, is_php=path.endswith(".php"))
    first = spans[0].start if spans else len(code)
    outside = _Span(0, first, "", is_test=False, many=False)
    return tuple(_case(path, code, span, helpers) for span in (outside, *spans))


def checking(path: str, text: str) -> frozenset[str]:
    """Return the functions of a file that check something and are no tests."""
    code, spans = _read(text, is_php=path.endswith(".php"))
    return frozenset(
        span.name
        for span in spans
        if not span.is_test
        and span.name.isidentifier()
        and not _CHECK.match(f"{span.name}(")
        and _CHECK.search(code, span.start, span.end)
    )


@lru_cache(maxsize=32)
def _read(text: str, *, is_php: bool) -> tuple[str, tuple[_Span, ...]]:
    code = _COMMENT.sub(lambda found: " " * len(found[0]), text)
    for other in islice(_ALIAS.finditer(code), _MOST_ALIASES):
        code = re.sub(rf"\b{other[1]}(?=\()", "test".ljust(len(other[1])), code)
    return code, tuple(_spans(code, is_php=is_php))


def _spans(code: str, *, is_php: bool) -> Iterator[_Span]:
    found = [one for one in _DECLARED.finditer(code) if is_php or not one["php"]]
    begun = [_begun(code, one) for one in found]
    starts: list[tuple[int, re.Match[str] | str]] = [
        *((_start(code, one.start()), one) for one in found),
        *functions(code, begun),
    ]
    starts.sort(key=lambda one: one[0])
    ends = [*(start for start, _ in starts), len(code)][1:]
    for (start, one), end in zip(starts, ends, strict=True):
        if isinstance(one, str):
            yield _Span(start, end, one, is_test=False, many=False)
            continue
        groups = one.groupdict()
        name = next((groups[key] for key in _NAMES if groups[key]), "")
        is_test = groups["group"] is None
        body = code[start:end]
        many = ".each" in (groups["how"] or "") or bool(_TABLE.search(body))
        yield _Span(start, end, name if is_test else f"{groups['group']} {name}", is_test, many)


def _begun(code: str, found: re.Match[str]) -> Begun:
    line = code.rfind("\n", 0, found.start()) + 1
    lead = _INDENT.match(code, line)
    indent = lead.end() - line if lead else 0
    return Begun(found.start(), found.end(), indent, is_group=found["group"] is not None)


_NAMES = ("qn", "gn", "go", "c", "py", "php", "swift", "mark")


def _start(code: str, at: int) -> int:
    """Return where the marks above the declaration at *at* begin."""
    window = max(0, at - 1000)
    lead = _LEAD.search(code, window, at)
    return lead.start() if lead else at


def _case(path: str, code: str, span: _Span, helpers: frozenset[str]) -> Case:
    body = code[span.start : span.end]
    is_bash = path.endswith((".bats", ".sh"))
    dead = [(one.start(), one.end(), "is swallowed") for one in _SWALLOWED.finditer(body)]
    dead += [(start, end, "is never reached") for start, end in unreached(body)]
    rows = rows_of(body)
    line = code.count("\n", 0, span.start) + 1
    ends = [at for at, letter in enumerate(body) if letter == "\n"]
    form = _BASH_CHECK if is_bash else _CHECK
    named = list(mentions(body, helpers - {span.name})) if span.name else []
    calls = {name for name in _CALL.findall(body) if not _NO_NAMES.fullmatch(name)}
    return Case(
        path=path,
        name=span.name,
        line=line,
        checks=(
            *_checks(body, line, ends, dead, form),
            *(_by_helper(name, at, line + bisect_left(ends, at), dead) for at, name in named),
        ),
        skips=tuple(_skips(body, line, ends)),
        rows=rows or (("",) * _ROWS_UNKNOWN if span.many else ()),
        calls=frozenset(calls.union(name for _, name in named)),
        is_test=span.is_test,
    )


def _skips(body: str, line: int, ends: list[int]) -> Iterator[Skip]:
    for one in _SKIP.finditer(body):
        before = body[max(0, one.start() - _AROUND) : one.start()].rsplit("\n", 2)
        words = before[-1] + body[one.start() : one.end() + _AROUND].partition("\n")[0]
        around = "\n".join([*before[-2:-1], words])
        number = line + bisect_left(ends, one.start())
        conditional = bool(_CONDITIONAL.search(around)) and not _CERTAIN.search(around)
        yield Skip(number, shown(words), conditional)


def _checks(
    body: str, line: int, ends: list[int], dead: list[_Dead], form: re.Pattern[str]
) -> Iterator[Check]:
    behind = 0
    for one in form.finditer(body):
        if one.start() < behind:  # within the one before: expect(…) inside of assert(…)
            continue
        text = _statement(body, one.start())
        behind = one.start() + len(text)
        names = {
            word for word in _WORD.findall(_LITERAL.sub("", text)) if not _NO_NAMES.fullmatch(word)
        }
        flaw = next((why for start, end, why in dead if start <= one.start() < end), "")
        nothing = bool(_NOTHING.search(text))
        yield Check(
            line=line + bisect_left(ends, one.start()),
            text=shown(text),
            rank=Rank.NOTHING if nothing else _rank(text),
            names=frozenset(names),
            about=_ANY_ERROR.sub(r"\1", re.sub(r"\s", "", _LITERAL.sub("_", text))),
            expected=", ".join(_LITERAL.findall(text)),
            flaw="cannot fail" if nothing else "is swallowed" if _CAUGHT.search(text) else flaw,
            tolerance=tolerance_of(text),
        )


def _by_helper(name: str, at: int, line: int, dead: list[_Dead]) -> Check:
    flaw = next((why for start, end, why in dead if start <= at < end), "")
    return Check(line, name, Rank.EXACT, frozenset({name}), flaw=flaw)


def _rank(text: str) -> Rank:
    if _TRUTH.search(text) and not _COMPARES.search(text):
        return Rank.TRUTH
    return Rank.PART if _PART.search(text) else Rank.EXACT


def _statement(body: str, start: int) -> str:
    """Return the statement that begins at *start*: to the end of its line, brackets closed."""
    depth = 0
    for at in range(start, min(len(body), start + _LONGEST)):
        letter = body[at]
        depth += (letter in "([{") - (letter in ")]}")
        chained = letter == "\n" and body[at : at + 200].lstrip()[:1] == "."
        if depth < 0 or (depth == 0 and letter in ";\n" and not chained):
            return body[start:at].rstrip()
    return body[start : start + _LONGEST].rstrip()
