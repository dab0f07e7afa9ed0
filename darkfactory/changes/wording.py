"""How people write that tests pass, that files changed, that a command succeeded.

The patterns look for the claim only; :mod:`darkfactory.changes.statements` decides whether a
sentence means it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a statement is about."""

    TESTS_PASS = "tests_pass"  # noqa: S105 - a kind, not a password
    SOME_TESTS_PASS = "some_tests_pass"  # noqa: S105
    TESTS_ADDED = "tests_added"
    TESTS_KEPT = "tests_kept"
    FILE_CHANGED = "file_changed"
    FILE_CREATED = "file_created"
    FILE_DELETED = "file_deleted"
    FILE_KEPT = "file_kept"
    COMMAND_PASSED = "command_passed"


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim in the agent's own words; *subject* is the path or the command it is about."""

    kind: Kind
    text: str
    subject: str = ""


_PASS = re.compile(
    r"\b(?:tests?|test[ -]suites?|specs|suite)\b(?: cases?)?[^.`]{0,25}?"
    r"(?:\b(?:pass(?:es|ed|ing)?|succeed(?:s|ed)?|green)\b|✅)",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:all|100 ?%)(?: of)?(?: the| our| project)?(?: \d+)? (?:tests?|specs|test suites)\b"
    r"|\bevery (?:single )?test\b|\b(?:full|entire|whole|complete)\b[\w ]{0,20}\b(?:tests?|suite)\b"
    r"|^(?:the )?test[ -]suite\b"
    r"|^(?:the )?tests:? (?:all |are |is )?(?:pass(?:es|ed|ing)?|green)[ .!✅]*$",
    re.IGNORECASE,
)
_NARROWED = re.compile(
    r"\b(?:new|added|unit|integration|smoke|end-to-end|e2e|relevant|related|existing|targeted"
    r"|affected|these|those|this|my|its|own|specific|regression|focused|corresponding|following"
    r"|both|two|three|four|five|local|other|remaining|pre-?existing|front-?end|back-?end|some|most"
    r"|many|cases?)\b"
    r"|\b(?:in|for|of|from|under|with|on)\b|`|\w/\w|::|\w_\w",
    re.IGNORECASE,
)
_NARROWED_BEFORE = re.compile(
    r"\b(?:tests?|suite|specs) (?:for|in|of|under|covering)\b|`[^`]*test[^`]*\.\w+`", re.IGNORECASE
)
_NARROWED_BEHIND = re.compile(
    r"\b(?:in|for|of|from|under|with|on)\b|`|\w/\w|::|\w_\w", re.IGNORECASE
)
# What does not narrow a claim: how long it took, the change itself, a run of everything.
_NO_LIMIT = re.compile(
    r"\bin (?:about |under |~)?[\d.]+ ?(?:s|ms|sec\w*|min\w*)\b"
    r"|\b(?:with|after|on|for) (?:this|the|these|my|all) (?:change|fix|patch|refactor|update)\w*"
    r"|\(?(?:with |using |via )?`(?:[\w./-]+ )*(?:pytest|unittest|test|jest|vitest|tox|nox|check"
    r"|ctest|rspec|phpunit)(?: -[\w-]+)*`\)?",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\b(\d{1,6})\b")
_PASS_ELSEWHERE = re.compile(
    r"\balle (?:\d+ )?tests? (?:sind grün|bestehen|bestanden|erfolgreich|laufen(?: \w+)? durch)"
    r"|\btous les tests (?:passent|sont (?:verts|passés)|réussissent)"
    r"|\btod[oa]s l[oa]s (?:tests|pruebas) (?:pasan|pasaron|están en verde)"
    r"|\btodos os testes (?:passam|passaram|estão passando)"
    r"|\btutti i test (?:passano|sono passati|sono verdi)"
    r"|\bвсе тесты (?:проходят|прошли|зелёные|пройдены)"  # noqa: RUF001 - Cyrillic
    r"|(?:所有|全部)的?(?:单元)?测试(?:都|均|已|全部)*通过"
    r"|(?:すべて|全て|全)の?テスト[がは]?(?:すべて)?(?:成功|通過|パス|合格)"
    r"|모든 테스트[가는]? ?(?:통과|성공)",
    re.IGNORECASE,
)
_ADDED = re.compile(
    r"\b(?:added|adds|wrote|created|introduced)\b[^.`]{0,30}?\b(?:unit |regression |new )*"
    r"(?:tests|test cases?|specs|a (?:[\w-]+ )?test|test (?:for|covering|coverage))\b"
    r"(?! (?:data|fixtures?|dependenc\w+|helpers?|commands?|scripts?|ids?|runners?|config\w*"
    r"|targets?|jobs?|flags?|environment|workflows?|modes?|suites?|folders?|director\w+|hooks?))",
    re.IGNORECASE,
)


def about_tests(clause: str, sentence: str) -> Iterator[Statement]:
    """Yield what *clause* of *sentence* says of tests; the subject is their number, if told."""
    if _PASS_ELSEWHERE.search(clause):
        yield Statement(Kind.TESTS_PASS, sentence)
    elif passed := _PASS.search(clause):
        narrowed = _NARROWED_BEFORE.search(sentence) or _is_narrowed(clause, passed)
        everything = _ALL.search(clause) and not narrowed
        amount = _AMOUNT.search(clause)
        kind = Kind.TESTS_PASS if everything else Kind.SOME_TESTS_PASS
        yield Statement(kind, sentence, amount[1] if amount else "")
    if any(is_told(clause, match) for match in _ADDED.finditer(clause)):
        yield Statement(Kind.TESTS_ADDED, sentence)


_TELLING = re.compile(
    r"(?:^|[,:;)\u2013\u2014-]|\b(?:i|we|it|he|she|they|agent|have|has|had|been|was|were|and|also|then"
    r"|just|successfully|['\u2019]ve))[\s*_`]*$",
    re.IGNORECASE,
)


def is_told(text: str, match: re.Match[str]) -> bool:
    """Tell whether the verb at *match* says what was done: "we updated x", not "the updated x"."""
    return bool(_TELLING.search(text[: match.start()]))


def _is_narrowed(clause: str, passed: re.Match[str]) -> bool:
    """Tell whether the clause speaks of some tests only."""
    before, behind = clause[: passed.end()], _NO_LIMIT.sub("", clause[passed.end() :])
    return bool(_NARROWED.search(before) or _NARROWED_BEHIND.search(behind))


_EXTENSIONS = (
    "py|pyi|ipynb|js|jsx|mjs|cjs|ts|tsx|mts|go|rs|java|kt|kts|c|h|cc|cpp|hpp|cs|rb|php|swift|scala"
    "|sh|bash|md|rst|txt|toml|ya?ml|json|cfg|ini|html?|css|scss|sql|xml|vue|svelte|exs?|lua|dart"
    "|proto|gradle|tf|lock"
)
_PATH = (
    r"[`\"'(]?(?P<path>(?:\.{0,2}/)?(?:[\w@+.-]{1,80}/){0,20}[\w@+.-]{1,80}\.(?:"
    + _EXTENSIONS
    + r")|README|CHANGELOG)(?::\d+)?(?!\w|[/*.]\w|\()"
)
_LIBRARY = re.compile(
    r"(?:node|vue|next|nuxt|react|express|three|d3|ember|backbone|discord|chart|moment|angular|nest"
    r"|p5|socket|alpine|solid)\.js",
    re.IGNORECASE,
)
_VERBS = (
    r"\b(?P<verb>fixed|updated|changed|modified|edited|refactored|rewrote|implemented|added|created"
    r"|wrote|removed|deleted|renamed|extended|adjusted|patched|replaced|corrected|documented)\b"
)
_DIRECT = re.compile(
    _VERBS + r" (?:the |a |an |new |file |module ){0,3}" + _PATH + r"[`\"')]?"
    # "changed config.json loading" changes no config.json
    r"(?=\s*$|\s*[.,;:(\u2013\u2014-]"
    r"|\s(?:to|so|with|for|and|in|by|which|that|because|as|now)\b)",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    _VERBS + r"(?P<between>[^.;,:()]{1,80}?) (?P<where>in|to|into|inside|within) (?:the )?"
    r"(?:file )?" + _PATH,
    re.IGNORECASE,
)
# Something in a text or data file is as often about it as in it.
_NO_PROGRAM = re.compile(
    r".+\.(?:md|rst|txt|json|ya?ml|toml|ini|cfg|xml|html?|lock|sql|ipynb)", re.IGNORECASE
)
# Between verb and path these make the path a circumstance, not what was changed.
_CIRCUMSTANCE = re.compile(
    r"(?<![\w-])(?:when|where|which|that|so|using|via|because|since|while|as|like|with|by|than|match\w*"
    r"|for|based|according|follow\w*|similar\w*|consistent\w*|per|used|call\w*|import\w*|from|and|or"
    r"|relat\w+|in|into|point\w*|refer\w*|link\w*|equal|due|thanks|compared|respect|described"
    r"|defined|documented|specified|mentioned|listed|shown|found|reported|named|declared|requested"
    r"|suggested|outlined|explained|noted|stored|read|loaded|written|given)(?![\w-])",
    re.IGNORECASE,
)
_TEMPORARY = re.compile(
    r"\b(?:temporar\w*|temp|scratch|revert\w*|undid|undone|rolled back|then (?:removed|deleted)"
    r"|throw-?away|ignored|untracked|gitignore\w*|not commit\w*|afterwards|reproduc\w*)\b",
    re.IGNORECASE,
)


def about_files(sentence: str) -> Iterator[Statement]:
    """Yield the files that *sentence* says were changed."""
    if _TEMPORARY.search(sentence):
        return
    for match in (*_DIRECT.finditer(sentence), *_INSIDE.finditer(sentence)):
        if _LIBRARY.fullmatch(match["path"]) or _is_circumstance(match):
            continue
        if not is_told(sentence, match):
            continue
        verb = match["verb"].lower() if match.re is _DIRECT else ""
        yield Statement(_OF_WHOLE_FILE.get(verb, Kind.FILE_CHANGED), sentence, match["path"])


_OF_WHOLE_FILE = {
    "removed": Kind.FILE_DELETED,
    "deleted": Kind.FILE_DELETED,
    "created": Kind.FILE_CREATED,
    "added": Kind.FILE_CREATED,
    "wrote": Kind.FILE_CREATED,
}


def _is_circumstance(match: re.Match[str]) -> bool:
    """Tell whether the path only says something about what was changed elsewhere."""
    if match.re is _DIRECT:
        return False
    inside = match["where"].lower() not in ("to", "into")
    return bool(
        _CIRCUMSTANCE.search(match["between"]) or (inside and _NO_PROGRAM.fullmatch(match["path"]))
    )


_TESTS_KEPT = re.compile(
    r"\b(?:no|without (?:changing|modifying|touching)(?: any)?) (?:existing )?"
    r"(?:tests?|test files?)(?: (?:were|was|have been|has been))?"
    r" ?(?:changed|modified|touched|edited)?(?=\W|$)"
    r"|\bdid(?:n['’]t| not) (?:change|modify|touch|edit) (?:any |the )?(?:existing )?"  # noqa: RUF001
    r"(?:tests\b|test files?\b)"
    r"|\b(?:tests|test files) (?:are|were|remain|stay)(?: left)? un(?:changed|touched|modified)\b",
    re.IGNORECASE,
)
_FILE_KEPT = re.compile(
    r"\b(?:did(?:n['’]t| not) (?:change|touch|modify|edit)|no changes? (?:to|in)"  # noqa: RUF001
    r"|without (?:changing|touching|modifying)) (?:the )?" + _PATH,
    re.IGNORECASE,
)
_FILE_LEFT = re.compile(
    r"\b(?:left|kept) (?:the )?" + _PATH + r"[`\"')]? (?:unchanged|untouched|as[ -]is|alone)\b",
    re.IGNORECASE,
)
_TESTS_KEPT_VERB = re.compile(r"chang|modif|touch|edit", re.IGNORECASE)


def left_alone(sentence: str) -> Iterator[Statement]:
    """Yield what the sentence says was left alone; such a sentence is negative by nature."""
    tests = _TESTS_KEPT.search(sentence)
    if tests and _TESTS_KEPT_VERB.search(tests[0]):
        yield Statement(Kind.TESTS_KEPT, sentence)
    for match in (*_FILE_KEPT.finditer(sentence), *_FILE_LEFT.finditer(sentence)):
        yield Statement(Kind.FILE_KEPT, sentence, match["path"])


_COMMAND_PASSED = re.compile(
    r"`(?P<command>[a-z][\w./-]*(?: [^`\n]{1,120})?)`[^.`]{0,20}?"
    r"\b(?:pass(?:es|ed|ing)?|clean|succeed(?:s|ed)|green|reports? no (?:errors|issues)"
    r"|exit(?:s|ed)?(?: with)?(?: code| status)? 0)\b"
    r"(?=\s*(?:$|[.,;:!)✅]|cleanly|successfully|with|without|now\b|and\b))",
)
_PROGRAM = re.compile(
    r"(?:\S+ .+|ruff|mypy|pyright|pytest|tox|nox|make|just|npm|pnpm|yarn|cargo|go|eslint|tsc|jest"
    r"|vitest|black|flake8|pylint|pre-commit|gradle|mvn|rspec|rubocop|phpunit|phpstan|ctest|biome|prettier"
    r"|isort|bandit|golangci-lint|clippy|shellcheck)"
)


def about_commands(sentence: str) -> Iterator[Statement]:
    """Yield the commands that *sentence* says succeeded."""
    for match in _COMMAND_PASSED.finditer(sentence):
        if _PROGRAM.fullmatch(match["command"]):
            yield Statement(Kind.COMMAND_PASSED, sentence, match["command"].strip())
