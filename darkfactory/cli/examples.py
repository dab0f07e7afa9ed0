"""One to three command lines that show what each command is for; its help ends with them."""

from typing import Any

EXAMPLES: dict[str, tuple[str, ...]] = {
    "init": ("df init", "df init --preset team"),
    "demo": ("df demo", "df demo /tmp/a-demo"),
    "triage": ("df triage", "df triage --from backlog.md", "df triage --explain median"),
    "assign": ("df assign median bugs",),
    "run": ("df run", "df run --lanes 8 --watch", "df run --item median --agent codex"),
    "status": ("df status", "df status --json"),
    "brief": ("df brief", "df brief --json"),
    "sessions": ("df sessions", "df sessions follow s-median-1"),
    "sessions list": ("df sessions list", "df sessions list --json"),
    "sessions show": ("df sessions show s-median-1", "df sessions show s-median-1 --json"),
    "sessions follow": (
        "df sessions follow",
        "df sessions follow s-median-1 s-slug-1 --server http://127.0.0.1:41573",
        "df sessions follow s-median-1 --from 0000000000000000_0000000000000549",
    ),
    "sessions steer": ('df sessions steer s-median-1 "Leave the old function in place." --wait',),
    "sessions interrupt": ("df sessions interrupt s-median-1 --wait",),
    "sessions cancel": ('df sessions cancel s-median-1 --reason "not needed any more"',),
    "sessions approve": ("df sessions approve s-median-1 r-1",),
    "sessions deny": ('df sessions deny s-median-1 r-1 -m "Use the test runner instead."',),
    "attach": ("df attach s-median-1", "df attach s-median-1 --server http://127.0.0.1:41573"),
    "serve": (
        "df serve",
        "df serve --port 8787",
        "df serve --bind :: --name factory.example --tls-cert a.pem --tls-key b.pem",
    ),
    "serve link": ("df serve link", "df serve link --json"),
    "serve token": (
        "df serve token --scope read",
        "df serve token --scope append --session s-median-1",
    ),
    "skills": ("df skills list", "df skills lint", "df skills why commit"),
    "skills add": (
        "df skills add ../other/skills/commit",
        "df skills add github:owner/skills@v1.2.0 --skill commit",
    ),
    "skills lock": ("df skills lock commit --yes",),
    "skills restore": ("df skills restore commit",),
    "skills why": ("df skills why commit", "df skills why commit --json"),
    "skills list": ("df skills list", "df skills list --json"),
    "skills lint": (
        "df skills lint",
        "df skills lint skills/commit --strict",
        "df skills lint ~/.agents/skills --profile loads --format json",
    ),
    "evals": ("df evals plan", "df evals run --yes", "df evals report"),
    "evals plan": ("df evals plan", "df evals plan --skill commit --repeats 1"),
    "evals run": (
        "df evals run --yes",
        "df evals run --skill commit --agent codex --condition skill --yes",
    ),
    "evals from-history": (
        "df evals from-history --skill fix-bug",
        "df evals from-history c-median --skill fix-bug",
    ),
    "evals selftest": ("df evals selftest", "df evals selftest --skill commit --json"),
    "evals report": (
        "df evals report",
        "df evals report --html report.html --junit evals.xml",
        "df evals report .darkfactory/evals/commit-1f0a/results.jsonl --json",
    ),
    "evals gate": ("df evals gate", "df evals gate --skill commit --against main --yes"),
    "evals import": ("df evals import evals/evals.json --skill commit",),
    "retro": ("df retro", "df retro --since 4w --json"),
    "retro accept": (
        "df retro accept rp-9f2c4d1e8a7b6035",
        "df retro accept rp-9f2c4d1e8a7b6035 --prove",
    ),
    "retro reject": ('df retro reject rp-9f2c4d1e8a7b6035 --reason "one person\'s habit"',),
    "emit": (
        'df emit "3 of 12 files are done" --agent reviewer',
        """df emit --type progress --data '{"done": 3, "of": 12}'""",
    ),
    "gate": ("df gate", "df gate show c-median", "df gate approve c-median"),
    "gate list": ("df gate list", "df gate list --json"),
    "gate flaky": ("df gate flaky", "df gate flaky --json"),
    "gate batch": ("df gate batch docs", "df gate batch docs --yes"),
    "gate undo": ("df gate undo c-median",),
    "gate show": (
        "df gate show c-median",
        "df gate show median --json",
        "df gate show c-median --since-last",
    ),
    "gate approve": (
        "df gate approve c-median",
        'df gate approve c-median --taste 1=yes --taste 2=no -m "rename it later"',
        "df gate approve c-median c-slug c-clamp",
    ),
    "gate add": (
        "df gate add fix/median",
        "df gate add fix/median origin/docs",
        "df gate add wip --item median",
    ),
    "gate audit": (
        "df gate audit",
        'df gate audit c-median --wrong -m "It drops the empty list."',
        "df gate audit --trust chores",
    ),
    "gate drill": ("df gate drill", "df gate drill --count 3", "df gate drill --report"),
    "gate land": ("df gate land", "df gate land --watch"),
    "gate rework": (
        'df gate rework c-median -m "Name the two halves."',
        'df gate rework c-median -m "Why twice?" --at tools/median.py:3',
    ),
    "gate close": (
        "df gate close c-median --as duplicate",
        'df gate close c-median --as reimplement -m "Sort once, in the caller."',
    ),
    "gate defer": (
        "df gate defer c-median --until 2h",
        "df gate defer c-median --until 2026-11-21T09:00:00Z",
    ),
    "gate log": ("df gate log", "df gate log --json"),
    "waffle": ("df waffle score log.jsonl",),
    "waffle calibrate": (
        "df waffle calibrate",
        "df waffle calibrate --write",
        "df waffle calibrate --labels labels.csv --write",
    ),
    "waffle score": (
        "df waffle score .darkfactory/streams/s/s-median-1.jsonl",
        "df waffle score --json one.jsonl two.jsonl",
        "df waffle score -",
    ),
    "doctor": ("df doctor", "df doctor --json"),
    "gc": ("df gc", "df gc --apply --yes", "df gc --undo"),
}


def add_examples(command: Any, path: str) -> None:
    """Let the help of the parser's *command*, and of its verbs, end with examples."""
    lines = EXAMPLES.get(path, ())
    if lines:  # \b keeps the parser from filling the lines up to a paragraph
        command.epilog = "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
    for name, verb in getattr(command, "commands", {}).items():
        add_examples(verb, f"{path} {name}")
