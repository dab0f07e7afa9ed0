"""How people write that tests pass, should pass, were added, were left alone, were not run."""

import re
from collections.abc import Iterator

from darkfactory.changes.wording import Kind, Statement, is_told

_TESTS = (
    r"\b(?:tests?|test[ -]suites?|specs|suite)\b"
    r"(?! (?:case )?(?:sets?|files?|data\w*|splits?|scores?|scripts?|code|output|results?|sessions?"
    r"|folders?|director\w+|fixtures?)\b)"
)
# What may stand between the tests and that they pass: names and file names, no further sentence.
_BETWEEN = r"(?:`[^`\n]*`|(?<=\w)\.(?=\w)|[^.`;\n]){0,70}?"
# Not what is passed on: "passed a list", "passed to the runner".
_PASSED = (
    r"(?:\bpass(?:es|ed|ing)?\b(?! (?:an?|the|it|to|as|by|directly)\b)"
    r"|\bsucceed(?:s|ed)?\b|\bgreen\b|✅"
    r"|\b(?:ran|runs?|running|execut(?:ed|es)|complet(?:ed|es)) (?:successfully|cleanly)\b"
    r"|\b(?:was|were) (?:also )?successful\b)"
)
_PASS = re.compile(
    rf"{_TESTS}{_BETWEEN}{_PASSED}|\bpass(?:es|ed) (?:all|every)\b[\w -]{{0,30}}?{_TESTS}",
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
    r"|many|cases?|only)\b"
    r"|\b(?:in|for|of|from|under|with|on)\b|`|\w/\w|::|\w_\w",
    re.IGNORECASE,
)
_NARROWED_BEFORE = re.compile(
    r"\b(?:tests?|suite|specs) (?:for|in|of|under|covering)\b|`[^`]*test[^`]*\.\w+`", re.IGNORECASE
)
_NARROWED_BEHIND = re.compile(
    r"\b(?:in|for|of|from|under|with|on)\b|`|[a-z]/\w|::|\w_\w", re.IGNORECASE
)
# What does not narrow a claim: how long it took, the change itself, a run of everything.
_NO_LIMIT = re.compile(
    r"\bin (?:about |under |~)?[\d.]+ ?(?:s|ms|sec\w*|min\w*)\b"
    r"|\b(?:with|after|on|for) (?:this|the|these|my|all) (?:change|fix|patch|refactor|update)\w*"
    r"|\(?(?:with |using |via )?`(?:[\w./-]+ )*(?:pytest|unittest|test|jest|vitest|tox|nox|check"
    r"|ctest|rspec|phpunit)(?: -[\w-]+)*`\)?",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\b(\d{1,6}) (?:[a-z-]+ ){0,2}(?:tests?|specs|test cases)\b"
    r"|\b(\d{1,6}) (?:\w+ )?pass(?:ed|ing|es)?\b|\b(\d{1,6})/\3\b",
    re.IGNORECASE,
)
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
_NO_TESTS = (
    r"(?! (?:data|fixtures?|dependenc\w+|helpers?|commands?|scripts?|ids?|runners?|config\w*"
    r"|targets?|jobs?|flags?|environment|workflows?|modes?|suites?|folders?|director\w+|hooks?"
    r"|cases? files?|output\w*|code))"
)
_ADDED = re.compile(
    r"\b(?:added|adds|wrote|created|introduced)\b[^.`]{0,30}?\b(?:unit |regression |new )*"
    r"(?:tests|test cases?|specs|a (?:[\w-]+ )?test|test (?:for|covering|coverage))\b" + _NO_TESTS,
    re.IGNORECASE,
)
_WERE_ADDED = re.compile(
    r"(?:^|\b(?:the|a|an|new|unit|regression|\d+|two|three) )(?:tests?|test cases?|specs)\b"
    + _NO_TESTS
    + r"(?:`[^`\n]*`|[^.`;:,\n]){0,60}? (?:has|have|was|were)(?: now| also)?(?: been)?"
    r"(?: successfully)? (?:added|written)\b",
    re.IGNORECASE,
)


def about_tests(clause: str, sentence: str) -> Iterator[Statement]:
    """Yield what *clause* of *sentence* says of tests; the subject is their number, if told."""
    if _PASS_ELSEWHERE.search(clause):
        yield Statement(Kind.TESTS_PASS, sentence)
    elif passed := _PASS.search(clause):
        narrowed = _NARROWED_BEFORE.search(sentence) or _is_narrowed(clause, passed)
        everything = _ALL.search(clause) and not narrowed
        kind = Kind.TESTS_PASS if everything else Kind.SOME_TESTS_PASS
        yield Statement(kind, sentence, _amount(sentence))
    added = any(is_told(clause, match) for match in _ADDED.finditer(clause))
    if added or _WERE_ADDED.search(clause):
        yield Statement(Kind.TESTS_ADDED, sentence, _amount(clause))


def _is_narrowed(clause: str, passed: re.Match[str]) -> bool:
    """Tell whether the clause speaks of some tests only."""
    before, behind = clause[: passed.end()], _NO_LIMIT.sub("", clause[passed.end() :])
    return bool(_NARROWED.search(before) or _NARROWED_BEHIND.search(behind))


def _amount(text: str) -> str:
    """Return the one number of tests that *text* tells; several are parts of something."""
    found = {first or second or third for first, second, third in _AMOUNT.findall(text)}
    return found.pop() if len(found) == 1 else ""


# How things are in general, or would be, is neither seen nor expected by anyone.
_GENERAL = re.compile(
    r"\b(?:you|users?|if|unless|until|when|whenever|once|before|ensur\w+|make sure|to verify)\b|\?",
    re.IGNORECASE,
)
_MODAL = (
    r"(?:should|would|will|ought to|(?:are|is) (?:expected|likely) to)"
    r"(?: now| all| still| then| also| continue to| be| stay)*"
)
_EXPECTED = re.compile(
    rf"{_TESTS}(?:`[^`\n]*`|[^.`;:,\n]){{0,30}}? {_MODAL} (?:{_PASSED}|passing|work\b)"
    r"|\b(?:expect|assum\w+|presum\w+|believe|confident|hope|trust|as if)\b"
    rf"{_BETWEEN}{_TESTS}{_BETWEEN}{_PASSED}",
    re.IGNORECASE,
)
_NOT = (
    r"(?:(?:did|have|has|could|can|do|does|was|were|are|is)(?:n['\u2019]t| not)|cannot"
    r"|can['\u2019]t|unable to|without)"
)
_NOT_RUN = re.compile(
    rf"\b{_NOT}\b(?: (?:the ability to|directly|actually|even|yet|also|been|being|able to|support"
    r"|allow|permit)){0,4}(?: [\w ]{1,30} (?:and|or))? (?:directly )?(?:re-?)?"
    r"(?:run|running|execut(?:e|ed|ing))\b(?: (?!to\b)[\w'\u2019/-]+){0,5}?"
    r" (?:tests|(?:the|a|any|this|that) (?:\w+ )?test|test[ -](?:suites?|cases?)|suite|pytest)\b"
    r"|\b(?:tests?|test[ -]suite)(?: cases?)? (?:were|was|have been|has been|are|is|have|has)"
    r"(?:n['\u2019]t| not)(?: yet)?(?: been)? (?:run|executed)\b"
    r"|\b(?:untested|not (?:been )?tested)\b",
    re.IGNORECASE,
)
_OF_A_KIND = re.compile(
    r"\b(?:full|entire|whole|complete|all|integration|unit|end-to-end|e2e|browser|slow|other|new"
    r"|remaining|relevant|specific|these|those|existing|new|not? \w+ tested)\b",
    re.IGNORECASE,
)


def tests_expected(told: str, sentence: str) -> Iterator[Statement]:
    """Yield that *sentence* only expects tests to pass."""
    found = _EXPECTED.search(told)
    if found and not _GENERAL.search(told[: found.end()]):
        yield Statement(Kind.TESTS_EXPECTED, sentence)


def tests_not_run(told: str, sentence: str) -> Iterator[Statement]:
    """Yield that *sentence* admits not to have run tests; the subject says which, if not all."""
    found = _NOT_RUN.search(told)
    if found and not _is_general(told, found):
        some = _OF_A_KIND.search(found[0])
        yield Statement(Kind.TESTS_NOT_RUN, sentence, some[0] if some else "")


def _is_general(told: str, found: re.Match[str]) -> bool:
    """Tell whether what was found holds for anyone, or under a condition that stands beside it."""
    before, behind = told[: found.end()], told[found.end() :]
    return bool(_GENERAL.search(before) or _GENERAL.match(behind.lstrip()))


_TESTS_KEPT = re.compile(
    r"\b(?:no|without (?:changing|modifying|touching)(?: any)?) (?:existing )?"
    r"(?:tests?|test files?)(?: (?:were|was|have been|has been))?"
    r" ?(?:changed|modified|touched|edited)?(?=\W|$)"
    r"|\bdid(?:n['’]t| not) (?:change|modify|touch|edit) (?:any |the )?(?:existing )?"  # noqa: RUF001
    r"(?:tests\b|test files?\b)"
    r"|\b(?:tests|test files) (?:are|were|remain|stay)(?: left)? un(?:changed|touched|modified)\b",
    re.IGNORECASE,
)
_TESTS_KEPT_VERB = re.compile(r"chang|modif|touch|edit", re.IGNORECASE)


def tests_kept(told: str, sentence: str) -> Iterator[Statement]:
    """Yield that *sentence* says that tests were left alone; it is negative by nature."""
    found = _TESTS_KEPT.search(told)
    if found and _TESTS_KEPT_VERB.search(found[0]):
        yield Statement(Kind.TESTS_KEPT, sentence)
