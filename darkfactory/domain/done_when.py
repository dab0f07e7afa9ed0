"""Whether an item's ``done_when`` is a command that can be run, or a sentence for people.

A sentence must not be run: it would fail for ever and prove nothing. So a text is a command only
where its form shows it, and ``df triage`` says how each was read. Where the form leaves a doubt it
is a sentence; backticks around a command, or ``$`` before it, leave none.
"""

import re
import shlex

# What a line may start with before the program that it runs.
_LEAD = re.compile(r"!|command|exec|nice|nohup|time|timeout|\d+[smh]?|[A-Za-z_]\w*=.*", re.DOTALL)
_PROGRAMS = re.compile(
    r"actionlint|ansible-lint|ant|bats|bazel|bazelisk|biome|black|buck2|buf|bun"
    r"|bundle|cabal|cargo|clang-tidy|cmake|composer|cppcheck|ctest|cypress|dart|deno"
    r"|docker|docker-compose|dotnet|earthly|elm-test|env|eslint|false|flake8|flutter"
    r"|go|golangci-lint|gradle|gradlew|hadolint|hatch|helm|invoke|isort|jest|just"
    r"|karma|kubectl|lein|lerna|lint-imports|make|markdownlint|meson|mix|mocha|mvn"
    r"|mvnw|mypy|nextest|ninja|nix|nox|npm|npx|nx|pants|pdm|phpstan|phpunit|pip"
    r"|pip-audit|pipenv|pixi|playwright|pnpm|podman|poetry|pre-commit|prek|prettier"
    r"|psalm|py\.test|pylint|pyright|pytest|rake|rspec|rubocop|ruff|rustc|sbt|scons"
    r"|shellcheck|stylelint|sudo|swift|tap|task|terraform|tofu|tox|trial|true|tsc"
    r"|tsx|turbo|uv|uvx|vitest|xcodebuild|xvfb-run|yamllint|yarn|zig|zizmor"
)
# Words of English too, or of little meaning alone: they need an option or a file behind them.
_WITH_ARGUMENTS = re.compile(
    r"awk|bash|cat|clang|cmp|curl|dash|diff|elixir|find|gcc|git|grep|java|jq"
    r"|julia|ksh|ls|lua|node|perl|php|psql|python|python3|R|rg|Rscript|ruby|sed"
    r"|sh|sqlite3|stat|test|ts-node|wget|zsh"
)
_PLACES = re.compile(r"\.venv|bin|build|ci|dev|hack|node_modules|script|scripts|tools|vendor|venv")
_PROSE = re.compile(
    r"a|about|after|an|and|are|as|be|been|before|builds|by|can|cannot|does|each"
    r"|every|exists|fails|for|from|handles|has|have|if|in|instead|is|it|its|loads"
    r"|longer|may|more|must|needs|never|no|not|nothing|of|on|only|or|our|passes"
    r"|prints|raises|reads|renders|reports|responds|returns|runs|shall|should|shows"
    r"|so|still|succeeds|than|that|the|their|them|then|there|they|this|through|to"
    r"|until|via|was|we|were|when|where|which|while|who|will|with|without|work"
    r"|works|would|you|your"
)
_SAID_TO_PASS = re.compile(
    r"(?<!\s)\s+(?:(?:still |now )?(?:pass(?:es)?|succeeds?"
    r"|(?:is|are|stays?|goes|turns?|runs?) (?:green|clean(?:ly)?))"
    r"|(?:exits?|returns?)(?: with)?(?: exit)?(?: status| code)? (?:0|zero))(?: again| now)?[.!]?$",
    re.IGNORECASE,
)
_TOLD_TO_RUN = re.compile(r"^(?:run(?:ning)?|(?:the )?command):?\s+", re.IGNORECASE)
_LONGEST = 2000
_MARKED = re.compile(r"`([^`\n]+)`")
_OPERATOR = re.compile(r"(?<=\s)(?:&&|\|\|?|[12&]?>{1,2})(?=\s|[&/.\w])|\$\(")
_SYNTAX = re.compile(r"(?:for|if|until|while) .+;\s*(?:do|then)\b.*|\[{1,2} .+ \]{1,2}")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*[,.:!?]*")
_ARGUMENT = re.compile(r"-.*|.*[/*\"'].*|\.|[\w.-]*\.[A-Za-z]\w{0,4}", re.DOTALL)
_SCRIPTS = (".sh", ".bash")
_NAME = re.compile(r"[a-z0-9][\w.+-]*")


def command_in(done_when: str | None) -> str | None:
    """Return the command that *done_when* is, or says to pass; None if it is a sentence.

    ``make test`` and "`make test` passes" are the command ``make test``. "The login page loads"
    is none, nor is anything whose form leaves a doubt. Of several lines each must be one; then
    all of them have to pass.
    """
    text = (done_when or "").strip()
    if len(text) > _LONGEST:
        return None
    if text.startswith("$ "):
        return text[2:].strip() or None
    marked = _MARKED.findall(text)
    if marked:
        around = _without_frame(_MARKED.sub("_", text))
        return str(marked[0]).strip() if around.rstrip(".!") == "_" else None
    text = _without_frame(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " && ".join(lines) if lines and all(map(_is_command, lines)) else None


def _without_frame(text: str) -> str:
    """Return *text* without the words that only say that it is to be run, or to pass."""
    return _SAID_TO_PASS.sub("", _TOLD_TO_RUN.sub("", text))


def _is_command(line: str) -> bool:
    try:
        words = shlex.split(line, posix=False)
    except ValueError:  # a quote that nothing closes is an apostrophe
        return False
    while words and _LEAD.fullmatch(words[0]):
        del words[0]
    if not words or _SYNTAX.fullmatch(line):
        return bool(words)
    if any(map(_is_prose, words)):
        return False
    joined = _NAME.fullmatch(words[0]) and _OPERATOR.search(line)
    return bool(joined) or _is_program(words[0], words[1:])


def _is_program(name: str, arguments: list[str]) -> bool:
    """Tell whether *name* is what a command with *arguments* starts with."""
    folder, slash, file = name.rpartition("/")
    if slash:
        told = folder.startswith((".", "/", "~")) or _PLACES.fullmatch(folder.partition("/")[0])
        return bool(told) or file.endswith(_SCRIPTS)
    if _WITH_ARGUMENTS.fullmatch(name):
        return any(map(_ARGUMENT.fullmatch, arguments))
    return bool(_PROGRAMS.fullmatch(name)) or file.endswith(_SCRIPTS)


def _is_prose(word: str) -> bool:
    """Tell whether *word* is one that people write and commands hardly ever hold."""
    if not _WORD.fullmatch(word):
        return False
    return bool(_PROSE.fullmatch(word)) or not word.isascii() or not word[-1].isalpha()
