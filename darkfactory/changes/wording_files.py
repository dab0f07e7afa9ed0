"""How people write which files were changed, and which were not."""

import re
from collections.abc import Iterator

from darkfactory.changes.wording import Kind, Statement, is_told

TESTS = ":tests"
DOCUMENTS = ":documents"

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


_FILE_KEPT = re.compile(
    r"\b(?:did(?:n['’]t| not) (?:change|touch|modify|edit)|no changes? (?:to|in)"  # noqa: RUF001
    r"|without (?:changing|touching|modifying)) (?:the )?" + _PATH,
    re.IGNORECASE,
)
_FILE_LEFT = re.compile(
    r"\b(?:left|kept) (?:the )?" + _PATH + r"[`\"')]? (?:unchanged|untouched|as[ -]is|alone)\b",
    re.IGNORECASE,
)


def files_kept(told: str, sentence: str) -> Iterator[Statement]:
    """Yield the files that *sentence* says were left alone; it is negative by nature."""
    for match in (*_FILE_KEPT.finditer(told), *_FILE_LEFT.finditer(told)):
        yield Statement(Kind.FILE_KEPT, sentence, match["path"])


_FILE = _PATH.replace("?P<path>", "?:")
_FOLDER = r"[`\"']?(?:[\w@+.-]{1,80}/){1,20}\*{0,2}[`\"']?"
_ITEM = rf"(?:the )?(?:files? )?(?:{_FILE}[`\"')]?|{_FOLDER})"
_LIST = rf"(?P<names>{_ITEM}(?:(?:, (?:and )?| and ){_ITEM}){{0,20}})"
_CHANGED = r"(?:changed|touched|modified|edited|updated)"
_WERE = r"(?:was|were|has been|have been)"
_IS = r"(?:is|are|was|were)"
_KIND = r"(?P<kind>tests?(?: files?)?|docs|documentation)"
_SAID = r"(?:^|[,;:] |\b(?:I|we|have|has|and) |['\u2019]ve )"
_END = r"(?=\s*(?:$|[.,;:)]|(?:and nothing|to|so)\b))"
_ONLY = tuple(
    re.compile(pattern, re.IGNORECASE)
    for of in (_LIST, _KIND)
    for pattern in (
        rf"{_SAID}(?:only|solely) {_CHANGED} (?:the )?{of}{_END}",
        rf"{_SAID}{_CHANGED} only (?:the )?{of}{_END}",
        rf"^only (?:the )?{of} {_WERE} {_CHANGED}\b",
        rf"\bthe only (?:{_CHANGED} )?files?(?: (?:that {_WERE} )?{_CHANGED})? {_IS} {of}",
        rf"\b(?:changes?|edits?|diff|fix) {_IS} (?:limited|confined|restricted) to {of}",
    )
)
_NO_PRODUCT = re.compile(
    rf"\bno (?:production|source|non-test|application|library) (?:code|files?) {_WERE} {_CHANGED}",
    re.IGNORECASE,
)
_NO_OTHER = re.compile(
    rf"\b(?:no other (?:source )?files?|nothing else) (?:{_WERE} )?{_CHANGED}\b"
    r"|\b(?:without (?:touching|changing|modifying|editing)"
    r"|did(?:n['\u2019]t| not) (?:touch|change|modify|edit))"
    r" (?:any )?(?:other files?|anything else)\b",
    re.IGNORECASE,
)
# Where the sentence names a part or a condition first, it speaks of that part only.
_PART = re.compile(
    r"^(?:in|for|on|within|under|inside|at|of|besides)\b|\b(?:if|once|unless|should|would)\b",
    re.IGNORECASE,
)
_NAME = re.compile(rf"{_FILE}|{_FOLDER}", re.IGNORECASE)


def only_changed(told: str, sentence: str) -> Iterator[Statement]:
    """Yield the files that *sentence* says are all that was changed.

    The subject is :data:`TESTS` or :data:`DOCUMENTS` for files of that kind, and empty where the
    files are those that the rest of the summary names.
    """
    if _PART.search(told):
        return
    for match in filter(None, (pattern.search(told) for pattern in _ONLY)):
        yield Statement(Kind.ONLY_CHANGED, sentence, _subject(**match.groupdict()))
        return
    if _NO_PRODUCT.search(told):
        yield Statement(Kind.ONLY_CHANGED, sentence, TESTS)
    elif _NO_OTHER.search(told):
        yield Statement(Kind.ONLY_CHANGED, sentence)


def _subject(names: str = "", kind: str = "") -> str:
    if names:
        return " ".join(paths_in(names))
    return TESTS if kind.lower().startswith("test") else DOCUMENTS


def paths_in(text: str) -> tuple[str, ...]:
    """Return every path that *text* names, once each."""
    found = (match[0].strip("`\"'()") for match in _NAME.finditer(text))
    return tuple(dict.fromkeys(re.sub(r":\d+$|\*+$", "", path) for path in found))
