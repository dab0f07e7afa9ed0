"""The page of docs/ about skills: what lint asks of them, from the rules themselves."""

from darkfactory.skills.lint.catalogue import RULES
from darkfactory.skills.lint.rule import PROFILES, Rule

_HEAD = """\
# Skills

A skill is a folder `skills/<name>/` in the [Agent Skills](https://agentskills.io) format:
`SKILL.md`, and what it points to in `references/`, `scripts/` and `assets/`. What the factory
alone needs to know is in `df.yaml` beside it: `version`, `lanes`, `non_negotiables` (`id`,
`text`, `why`, `check`, `enforce`), `docs` (`url`, `when`) and `deliver`. A lane gives skills to
its sessions by `skills:` in [lanes.yaml](lanes.md); what a session gets is a copy, pinned by its
hash in the log, without `evals/`, `df.yaml` and `HISTORY.jsonl`.

`df skills list` lists them. `df skills lint` holds them against the rules below and exits 1 when
one has an error; `df skills lint PATH…` does so for any folder, in a repository or not. Nothing
that is read is run, links out of a skill are not followed, and whatever is wrong with a file is a
finding.

- `--profile spec` asks what the standard asks; it agrees with its reference validator
  `skills-ref` 0.1.1 but for YAML in flow style, anchors, a `---` inside of a value, and letters
  beyond a to z in names. `--profile loads` asks what agents need to load the skill, `--profile
  factory` (the default) everything.
- Nothing of this needs a network, a model or a tokenizer: a token is taken for four characters,
  for every agent.
- `--strict` takes warnings for errors, `--also RULE` adds an optional rule.
- `--format` is `text`, `json` (one object; `line` counts from 1, or is null), `sarif` (2.1.0, for
  code hosts; paths are relative to the working folder) or `junit` (errors are failures).

## Suppressing a finding

```
<!-- df-lint: allow I003 reason="the skill is about such texts" until=2027-02 -->
```

It stands in a comment on the line of the finding or on the one above; a finding without a line is
suppressed from anywhere in its file or in `SKILL.md`. Without a reason or an end, and from the
month after its end on, it suppresses nothing and is a finding itself (`S015`). What is suppressed
is counted in the text and kept in SARIF.

## Mending

`df skills lint --fix` mends in `SKILL.md` what needs no judgement, and nothing else: a byte order
mark goes; a value of the front matter that breaks the YAML is quoted; the name becomes that of the
folder; keys that no agent reads move below `metadata:` where there is none yet; a link that differs
from a file in case alone gets the file's letters.

## What is not built

Nothing fetches links or knows mirrors of documentation (`L005`, `L006`), the history of evals
(`T006`), or the lanes and prices of a project (`Z005`, `Z006`). `df skills` has no `add` and no
`why` yet, and no lock file is written.

"""
_TABLE = """\
## Rules

| rule | asks that | because | `spec` | `loads` | `factory` |
| --- | --- | --- | --- | --- | --- |
"""


def skills_reference() -> str:
    return _HEAD + _TABLE + "".join(map(_row, RULES))


def _row(rule: Rule) -> str:
    severities = (rule.severity(profile) or "-" for profile in PROFILES)
    told = [*severities]
    if rule.optional:
        told[-1] += " (optional)"
    cells = (f"`{rule.id}`", rule.what, rule.why, *told)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
