"""The page of docs/ about skills: what lint asks of them, from the rules themselves."""

from darkfactory.skills.lint.catalogue import RULES
from darkfactory.skills.lint.rule import PROFILES, Rule

_HEAD = """\
# Skills

A skill is a folder `skills/<name>/` in the [Agent Skills](https://agentskills.io) format:
`SKILL.md`, and what it points to in `references/`, `scripts/` and `assets/`. What the factory
alone needs to know is in `df.yaml` beside it: `version`, `lanes`, `non_negotiables` (`id`,
`text`, `why`, `check`, `enforce`), `docs` (`url`, `when`), `deliver`, `kind` (`workflow`,
`product`, `knowledge` or `guard`) and `requires` (names of skills). A lane gives skills to
its sessions by `skills:` in [lanes.yaml](lanes.md); what a session gets is a copy, pinned by its
hash in the log, without `evals/`, `df.yaml` and `HISTORY.jsonl`.

`df skills list` lists them. `df skills lint` holds them against the rules below and exits 1 when
one has an error; `df skills lint PATH…` does so for any folder, in a repository or not. Nothing
that is read is run, links out of a skill are not followed, and whatever is wrong with a file is a
finding.

- `--profile spec` asks what the standard asks; it agrees with its reference validator
  `skills-ref` 0.1.1 but for what it refuses and YAML allows (flow style, anchors, a tab before a
  value, a `---` inside of a value), a description of `~`, and letters beyond a to z in names.
  `--profile loads` asks what agents need to load the skill, `--profile factory` (the default)
  everything.
- Nothing of this needs a network, a model or a tokenizer: a token is taken for four characters,
  for every agent.
- `kind` in df.yaml says what is asked: of `knowledge` no steps, no verification and no end (`W001`,
  `W003`, `W004`); of a `product` that it names live documentation, else a warning (`L001`, `L003`).
- `--strict` takes warnings for errors, `--also RULE` adds an optional rule; a rule that there is
  not is exit status 2.
- `--format` is `text`, `json` (one object; `line` counts from 1, or is null), `sarif` (2.1.0, for
  code hosts; paths are relative to the working folder) or `junit` (errors are failures).

## The skills to begin with

`df init` copies the eight skills of `skills/` at the root of this repository, without their
scenarios; from then on they are yours to change. Each holds at most 900 tokens: non-negotiables
with their reasons, an ordered workflow, how to verify, when to stop. None asks anybody anything, as
nobody answers in a lane. That yours have no scenarios is a warning (`E001`) until you write some.

| skill | for | a machine judges that an agent |
| --- | --- | --- |
| `commit` | commits that say why | keeps hooks, stages by path, reads first, rewrites nothing |
| `run-tests` | running checks, telling of them | ran one, kept its status, skipped no test |
| `fix-ci` | a red pipeline | did not check less, ran the failing command before it edited |
| `fix-bug` | a reported defect | ran tests twice or more, swallowed no exception, skipped no test |
| `write-docs` | pages of documentation | ran something, changed documentation alone |
| `session-summary` | the last message of a session | said what was checked and what is open |
| `triage-issue` | sorting one issue | ran nothing from the network, changed one file at most |
| `review-change` | judging a diff | changed one file at most |

Five of their rules have no check. That nothing beside the first error is changed (`CI-3`), that a
fact is stated once (`DOCS-3`) and that claims are held against the code (`REVIEW-3`) is for whoever
reads the change: no pattern tells a clean-up from a part of the fix. That each finding names its
place (`REVIEW-2`) and each judgement its evidence (`TRIAGE-3`) could be seen in a report, but each
prompt says anew where the report is written and in which form. The scenarios of the skills, which
know that, judge all five.

## Suppressing a finding

```
<!-- df-lint: allow I003 reason="the skill is about such texts" until=2027-02 -->
```

It stands in a comment on the line of the finding or on the one above; a finding without a line
is suppressed from anywhere in its file or in `SKILL.md`. Its end is a month, or a day. Without
a reason or an end, and after its end, it suppresses nothing and is a finding itself (`S015`),
which says what is missing; so is one of a rule that there is not, and one where there is
nothing to suppress (of a rule that looks at the skill alone). What is suppressed is counted in
the text and kept in SARIF.

## Mending

`df skills lint --fix` mends in `SKILL.md` what needs no judgement, and nothing else: a byte order
mark goes; a text of the front matter that is no YAML is quoted; the name becomes that of the
folder; keys that no agent reads move below `metadata:`, unless that is written in braces; a link
that differs from a file in case alone gets the file's letters.

## What a session gets

When a session begins, its skills are copied once and pinned: an edit of the library reaches new
sessions only, and a conversation that is taken up again has the copies that it began with. They
lie where its agent looks: Claude Code gets a plugin in its private home and `.claude/skills/`,
Codex `.agents/skills/`, the mock both folders, an agent of ACP both in its private home. What
lies in the workspace is hidden from git and gets into no change, whatever the agent does with
it.

The prompt names the skills, says how to read them, and holds their non-negotiables; so does
every message of ours that follows: a steer, a turn of a loop, the prompt of a conversation that
goes on. `deliver` in `df.yaml` changes that for all agents, or by kind (`{codex: mention,
default: inline-nn}`): `catalog` says nothing, `mention` names the skill, `inline-nn` (the
default) gives the rules too, `inline-all` the whole of SKILL.md in the first prompt.

`df run` and `df doctor` look before anything starts. A skill of the repository that has the
name of one of the lane's and another content, in a folder where the agent looks too, is
refused: the agent could take it for ours. More names and descriptions than the agent's
catalogue holds are a warning. No session begins then, so only the command tells; what came into
such a folder since is told by the log of the session (`skill.shadowed`).

The log of a session tells which skills it got (`skill.injected`, with the hash of the copy), how
full the agent's catalogue is (`skill.catalog`; how much it shows is known of Codex, Claude Code
and ACP), which message named them, for which turn (`skill.mention`), and what its tool calls
opened: `skill.loaded`, `skill.reference_read`, `skill.script_run`. A non-negotiable whose `check`
is a [check](checks.md) is judged: what a call breaks for good is told at once, all else on the
tree that the session leaves (`nn.violated`, `nn.kept`).

## What a skill came to

`df skills why NAME` adds up the logs, each time anew; nothing of it is stored.

- **Sessions** that had it: whether they loaded it, which rules they kept or broke, and how many
  tokens were sent of it.
- **Rules**: in how many sessions its case came (`exercised`), it was kept or broken, and when its
  case came last. `kept_without_skill` of `judged_without_skill` are the sessions that a
  [holdout](#holdouts) withheld the skill from: they are judged by its rules all the same, and told
  nothing of them. A rule that is kept as often without the skill can go.
- **Weeks** (ISO, UTC, by when a session began): tokens sent of the skill, their share of the tokens
  of all sessions of that week, the sessions with the skill whose change has landed by now, and
  tokens for each of these.

What was sent is an estimate: name and description with every request, SKILL.md with each from its
loading to the end, a reference with each from its reading on, four characters for a token. An
agent's cache pays a part of it at a lower price, a compaction drops texts, and neither is known
here. What an agent did because the skill asked for it is not in it: for that look at the tokens of
holdouts and evals.

## Holdouts

With `holdout: 0.1` in [lanes.yaml](lanes.md) a lane withholds each of its skills from a tenth of
its items, each skill drawn by itself. The draw is a hash of item, skill and version: all sessions
of an item are in one arm, nothing that is killed changes it, a new version is drawn anew. The
session is not told. Its log is: `skill.withheld` (name, version, hash, share), and the `share`
that a skill which was given had in `skill.injected`. `df retro` [tells](retro.md#holdouts) what
came of it.

Withheld from nobody are a skill with `kind: guard` in df.yaml; one of whose rules somebody
enforces (`enforce`); one that a skill which is given requires (`requires: [NAME]`; a lane that
gives the one without the other is refused); one that the repository holds where the agent looks by
itself; and one that is *proven*: the last run of its evals on this machine that tried this very
content, with it against the same without it, said `better` ([evals.md](evals.md#figures)). Another
content, a run that was deleted, and results of an earlier release that do not tell what they tried
prove nothing. Sessions of evals know no holdout.

`skills/` of the repository itself lies in each workspace: an agent that goes and reads a withheld
skill there counts as without it, which makes the difference look smaller than it is.

## Rules that the gate enforces

`enforce: gate` beside a non-negotiable with a [check](checks.md) has the gate hold each change of
a session that had the skill to it. Which rules bound a session stands in its log
(`skill.injected`, `enforced`), as they were pinned: no edit of the library or of the copies takes
one back. What the session did is judged on its log, what files are to be like on the tree that
would land, each time it is tested on another base.

- **Kept**, or its case never came: nothing follows.
- **Broken, and the agent can mend it** (a file, a command that was not run, its last words): it
  is told, twice at most, and the change comes back.
- **Broken, and it cannot** (a command that was run), or it did not: the change waits. A yes to it
  has to say why, by `-m TEXT` or to the question on the screen and the page.
- **Unknown**, because the log has lost it or its check is for evals alone: the change does not
  land alone, and wants a yes of its own.

`df gate show`, the review screen and the page name each with its text, its reason, what was found
and the offset in the log (`df sessions follow ID --from OFFSET`); `rules` in the JSON has the kept
ones, too. A fresh session that goes on with a change does not wash off what the one before did.
`gate` is the only value: the lint says of any other, and of one without a check, that it has no
effect.

Of the skills to begin with those rules are enforced that honest work hardly ever breaks: no hook
switched off (`COMMIT-1`), no test skipped (`BUG-3`, `TESTS-3`), no check made to check less
(`CI-1`), nothing from the network for an issue (`TRIAGE-1`), no second file beside a report
(`TRIAGE-2`, `REVIEW-1`), documentation alone (`DOCS-2`).

## How a skill stands

`df skills list` says of each skill how it stands, why, and what to do next (`status`, `reason` and
`next` in its JSON). It is reckoned anew each time from the evals on record here, the holdouts, and
lanes.yaml.

- `unknown`: no eval on record tried this very content, with it against the same without it.
  Nothing is assumed of it. Next: `df evals run --skill NAME`, or scenarios for it.
- `active`: one did in the last 90 days, with the agents of its lanes as they are, and found no
  reason to doubt it.
- `stale`: it is 90 days old or older; or an agent of a lane that gives the skill was not tried with
  it, has another `model` in lanes.yaml, or had another version in its last session. Next:
  `df evals run --skill NAME --fresh`, which runs the baseline anew, too: a new model may not need
  the skill any more.
- `probation`: the whole interval of the evals, or of the holdout of this version, lies within 2
  points of nothing; or one of them says `worse`; or the evals say `no difference` and the skill's
  cells used 1.25 times the tokens of the others. Next: `df retro`, which proposes to
  [retire it](#retirement).
- `retired`: it lies in `skills/retired/`. Next: `df skills restore NAME`.

A guard and a skill with an enforced rule are never on probation: what they prevent is too rare for
an average to show. Evals that are out of date put nothing on probation, a holdout may: its sessions
are those of now. The age of a run is that of its last result.

## Retirement

`df retro` proposes to retire a skill that is on probation in your checkout as it has landed, unless
another one requires it. Accepted, that is a change like any other, which waits at the gate: the
whole folder moves to `skills/retired/NAME`, with a line in its HISTORY.jsonl, and the lock keeps a
tombstone (version, hash, reason, who and when). From then on lint, evals and sessions do not see
it, and `df init` does not lay it anew.

A lane that still names it goes on working: its sessions go without it, and `df run` and `df doctor`
say so before anything starts. A skill that *requires* it is refused.

`df skills restore NAME` brings it back into the working tree: folder, entry of the lock, and a line
of its history. Commit it as you would any other change.

## Skills of others

`df skills add SOURCE[@REV]` takes a skill over from a folder or from git (`https://…`,
`ssh://…`, `github:OWNER/REPO`, a path); `--skill NAME` chooses among several, or the
folder of one where names are shared. It is fetched
into a temporary folder: there is no checkout, so no hook, filter, submodule or configuration of
theirs takes part, and no link is made. It is linted as somebody else's: it has to say its
licence, and its own suppressions do not count. You are shown licence, findings and the whole
difference, and asked; errors keep it out. What a terminal would obey is shown as an escape
(`\\x1b`, `\\r`) and what has no width is named, so that you see what you take. A file whose lines
all end in CRLF is an honest file of Windows: no finding, and shown without the carriage returns.
Any other carriage return, each control character but tab, newline and a page break at the
beginning of a line, and a file name with such a character is a finding (`I001`).

A folder is taken as it lies there, with what nobody has committed; for one in a work tree of git
the command says how to take a commit instead, which pins it (`DIR@HEAD`). `REV` is a branch, a tag
or a whole commit id; of a repository on this machine anything that git can name (`HEAD~1`), and
`DIR` may be a folder of it. Where the same skill is
there and locked, with the same source and commit, nothing is asked.

Then `skills/skills.lock.json` says what you agreed to: version, the hash of what sessions get,
the hash of `df.yaml`, source, commit, licence, who and when. A skill with an entry goes into a
session only with that very content; after an edit of yours, `df skills lock NAME` agrees to it
anew. A skill without an entry is the project's own.

Commands that change `skills/` wait for each other. One that is killed leaves the old skill or the
new one, never a part and never one without its entry: it is made ready in `.darkfactory/`, and
what was agreed to is finished by the next `df skills` or `df run`, unless the folder was edited
since.

## What lies around a library

For `skills/` beside a `lanes.yaml` the lint knows the lanes: whether the skills of each fit
into half of the smallest catalogue (`Z005`), what a session pays for a skill (`Z006`; with
`--price USD`, the price of a million tokens, in money), and when the evals ran last here, and
with which models (`T006`). `--mirror DIR` names documentation that no body should repeat
(`L005`). `--net` asks each link whether it answers (`L006`), and is the only thing of the lint
that uses the network.

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
