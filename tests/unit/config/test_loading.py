import os
from pathlib import Path

import pytest

from darkfactory.config.loading import load_settings, parse_settings
from darkfactory.config.problems import LanesInvalid, LanesMissing
from darkfactory.domain.lane import Allow, Lane
from darkfactory.domain.settings import AgentKind, AgentSettings, HarnessSettings, Settings

HARNESS = "harness: {command: pytest -q}\n"


def refusal(text: str) -> LanesInvalid:
    with pytest.raises(LanesInvalid) as caught:
        parse_settings(text)
    return caught.value


def lane(body: str) -> Lane:
    return parse_settings(HARNESS + f"lanes: {{a: {{{body}}}}}\n").lanes[0]


def test_a_harness_alone_gives_the_defaults_of_the_domain() -> None:
    agents = {
        "codex": AgentSettings("codex", AgentKind.CODEX),
        "claude": AgentSettings("claude", AgentKind.CLAUDE_CODE),
    }

    settings = parse_settings(HARNESS)

    assert settings == Settings(HarnessSettings("pytest -q"), (), agents)
    assert list(settings.agents) == ["codex", "claude"]


def test_an_empty_lane_gives_the_defaults_of_the_domain() -> None:
    assert lane("") == Lane("a", agents=("codex",))


def test_keys_without_a_value_count_as_left_out() -> None:
    text = HARNESS + "base:\nbacklog: null\nallow:\nlimits: {lanes: , usd: ~}\nagents:\nlanes:\n"

    assert parse_settings(text) == parse_settings(HARNESS)


def test_a_lane_without_agents_uses_the_first_one_defined() -> None:
    text = (
        HARNESS + "agents: {zoe: {kind: mock}, ada: {kind: codex}}\nlanes: {a: {}, b: {agent: ada}}"
    )

    settings = parse_settings(text)

    assert [lane.agents for lane in settings.lanes] == [("zoe",), ("ada",)]


def test_lanes_keep_the_order_of_the_file() -> None:
    text = HARNESS + "lanes: {zeta: {}, alpha: {}, mid: {}}"

    assert [lane.name for lane in parse_settings(text).lanes] == ["zeta", "alpha", "mid"]


def test_one_text_counts_as_a_list_of_one() -> None:
    found = lane("agent: claude, skills: commit, owns: 'src/**', match: {labels: bug, paths: src}")

    assert found.agents == ("claude",)
    assert found.skills == ("commit",)
    assert found.match.labels == ("bug",)


def test_numbers_may_carry_k_or_m_and_minutes_a_fraction() -> None:
    budget = lane("budget: {tokens: 400k, usd: 1.5k, minutes: 0.05, turns: 60}").budget

    assert (budget.tokens, budget.usd, budget.minutes, budget.turns) == (400_000, 1500.0, 0.05, 60)


def test_durations_become_seconds() -> None:
    text = "harness: {command: x, timeout: 90s}\nlanes: {a: {silence: 2h}}"

    settings = parse_settings(text)

    assert settings.harness.timeout_seconds == 90
    assert settings.lanes[0].silence_seconds == 7200


def test_a_lane_opens_no_port_of_its_own_unless_it_says_so() -> None:
    assert lane("allow: {write: /data}").allow == Allow(("/data",), (), ())
    assert parse_settings(HARNESS + "allow: {read: [/opt]}").allow == Allow((), ("/opt",), (443,))


def test_an_unknown_key_names_line_path_and_the_nearest_known_key() -> None:
    error = refusal(HARNESS + "lanes:\n  bugs:\n    match: {labels: [bug]}\n    sesions: 2\n")

    assert (error.line, error.key) == (5, "lanes.bugs.sesions")
    assert error.problem.startswith("lanes.yaml line 5: lanes.bugs.sesions ")
    assert "did you mean sessions?" in error.problem
    assert "`sessions`" in error.fix


def test_a_missing_harness_says_how_to_write_one() -> None:
    error = refusal("# ours\nversion: 1\n")

    assert error.line == 2
    assert "harness is missing" in error.problem
    assert "harness: {command: python -m pytest -q}" in error.fix


def test_the_first_of_several_problems_is_told_with_the_number_of_the_others() -> None:
    error = refusal("bse: main\n" + HARNESS + "lanes: {a: {sessions: 0, attempts: 0}}\n")

    assert error.line == 1
    assert "did you mean base?" in error.problem
    assert "2 more" in error.problem


@pytest.mark.parametrize(
    ("text", "line", "key", "meant"),
    [
        ("version: 1\nharnes: {command: make}\n", 2, "harnes", "harness"),
        ("harness: {timeout: 5m, comand: make}\n", 1, "harness.comand", "command"),
        (HARNESS + "agents:\n  x:\n    model: a\n    knd: mock\n", 5, "agents.x.knd", "kind"),
    ],
)
def test_a_required_key_that_is_misspelt_is_one_mistake(
    text: str, line: int, key: str, meant: str
) -> None:
    error = refusal(text)

    assert (error.line, error.key) == (line, key)
    assert error.problem.endswith(f"is not a known key; did you mean {meant}?")


def test_a_missing_key_is_told_beside_an_unknown_one_that_means_another() -> None:
    error = refusal("bse: main\n")

    assert "bse is not a known key; did you mean base? (and 1 more to mend)" in error.problem


BAD = [
    ("version: 2", "version", "must be 1, not 2"),
    ("base: -x", "base", "name of a branch"),
    ("base: ''", "base", "name of a branch"),
    ("backlog: [a, a]", "backlog", "names 'a' twice"),
    ("backlog: {a: b}", "backlog", "must be a list"),
    ("allow: {connect: [0]}", "allow.connect[0]", "from 1 to 65535, not 0"),
    ("allow: {connect: '443'}", "allow.connect", "must be a list"),
    ("allow: {write: ['']}", "allow.write[0]", "must not be empty"),
    ("limits: 3", "limits", "must be a mapping, not 3"),
    ("limits: {lanes: 0}", "limits.lanes", "from 1 to 1024"),
    ("limits: {lanes: true}", "limits.lanes", "not true"),
    ("limits: {tokens: 5m}", "limits.tokens", "k or M"),
    ("limits: {tokens: 1.5}", "limits.tokens", "whole number"),
    ("limits: {usd: -1}", "limits.usd", "at least 0"),
    ("agents: {x: {}}", "agents.x.kind", "is missing"),
    ("agents: {x: {kind: gpt}}", "agents.x.kind", "'mock', 'claude-code', 'codex' or 'acp'"),
    ("agents: {x: {kind: acp}}", "agents.x", "no command"),
    ("agents: {x: {kind: acp, command: []}}", "agents.x.command", "must not be empty"),
    ("agents: {x: {kind: acp, command: gemini --acp}}", "agents.x.command", "must be a list"),
    ("agents: {x: {kind: codex, script: a.yaml}}", "agents.x.script", "is for the mock"),
    ("agents: {x: {kind: mock, env: {HOME: /}}}", "agents.x.env.HOME", "program's own"),
    ("agents: {x: {kind: mock, env: {CODEX_HOME: /}}}", "agents.x.env.CODEX_HOME", "own"),
    ("agents: {x: {kind: mock, env: {A-B: c}}}", "agents.x.env.A-B", "name of a variable"),
    ("agents: {x: {kind: mock, env: {A: 1}}}", "agents.x.env.A", "must be text, not 1"),
    ("agents: {x: {kind: mock, env: {A: }}}", "agents.x.env.A", "not nothing"),
    ("agents: {x: {kind: mock, pass_env: [HOME]}}", "agents.x.pass_env[0]", "own"),
    ("agents: {x: {kind: mock, pass_env: CLAUDE_CONFIG_DIR}}", "agents.x.pass_env", "own"),
    ("agents: {x/y: {kind: mock}}", "agents.x/y", "must be a name"),
    ("workspace: {kind: copy}", "workspace.kind", "'clone' or 'worktree', not 'copy'"),
    ("workspace: {keep: [/etc]}", "workspace.keep[0]", "inside the repository"),
    ("workspace: {keep: [a/../../b]}", "workspace.keep[0]", "inside the repository"),
    ("gate: {forge: gitlab}", "gate.forge", "'local' or 'github'"),
    ("gate: {runners: 0}", "gate.runners", "from 1 to 64"),
    ("lanes: [a]", "lanes", "must be a mapping, not a list"),
    ("lanes: {a: }", "lanes.a", "must be a mapping, not nothing"),
    ("lanes: {a b: {}}", "lanes.a b", "must be a name"),
    ("lanes: {../a: {}}", "lanes.../a", "must be a name"),
    ("lanes: {Bugs: {}, bugs: {}}", "lanes.bugs", "upper and lower case"),
    ("lanes: {a: {default: true}, b: {default: true}}", "lanes.b.default", "lane a is"),
    ("lanes: {a: {default: 1}}", "lanes.a.default", "true or false, not 1"),
    ("lanes: {a: {agent: [codx]}}", "lanes.a.agent[0]", "did you mean 'codex'?"),
    ("lanes: {a: {agent: codx}}", "lanes.a.agent", "did you mean 'codex'?"),
    ("lanes: {a: {autonomy: full}}", "lanes.a.autonomy", "'observe', 'suggest', 'propose'"),
    ("lanes: {a: {sessions: 0}}", "lanes.a.sessions", "from 1 to 1024, not 0"),
    ("lanes: {a: {attempts: 0}}", "lanes.a.attempts", "from 1 to 100, not 0"),
    ("lanes: {a: {skills: [a, b, c, d, e, f]}}", "lanes.a.skills", "has 6 entries and may have 5"),
    ("lanes: {a: {skills: [Commit]}}", "lanes.a.skills[0]", "small letters"),
    ("lanes: {a: {taste: [a, b, c, d, e, f, g, h]}}", "lanes.a.taste", "may have 7"),
    ("lanes: {a: {budget: {tokens: 0}}}", "lanes.a.budget.tokens", "more than 0"),
    ("lanes: {a: {budget: {minutes: 0}}}", "lanes.a.budget.minutes", "more than 0, not 0"),
    ("lanes: {a: {silence: 300}}", "lanes.a.silence", "with its unit"),
    ("lanes: {a: {silence: 200h}}", "lanes.a.silence", "at most 168h"),
    ("lanes: {a: {harness: ' '}}", "lanes.a.harness", "not blank"),
    ("lanes: {a: {prompt: [x]}}", "lanes.a.prompt", "must be text, not a list"),
    ("lanes: {a: {match: {priority: [P4]}}}", "lanes.a.match.priority[0]", "'P3', not 'P4'"),
    ("lanes: {a: {match: {title: '('}}}", "lanes.a.match.title", "regular expression"),
    ("lanes: {a: {match: {title: '[[a]'}}}", "lanes.a.match.title", "nested set"),
    (
        "lanes: {a: {match: {title: '(a+)+$'}}}",
        "lanes.a.match.title",
        "('(a+)+$') can be made slow",
    ),
    ("lanes: {a: {loop: {evry: 3}}}", "lanes.a.loop.evry", "did you mean every"),
    ("lanes: {a: {loop: {every: 0}}}", "lanes.a.loop.every", "from 1 to 1000"),
    ("lanes: {a: {loop: {patience: two}}}", "lanes.a.loop.patience", "from 1 to 1000"),
    ("lanes: {a: {loop: {command: x, better: less}}}", "lanes.a.loop.better", "'less'"),
    ("lanes: {a: {loop: {better: higher}}}", "lanes.a.loop.better", "counts failing tests"),
    ("lanes: {a: {autonomy: observe, loop: {every: 1}}}", "lanes.a.loop", "an observe lane"),
    ("lanes: {a: {holdout: 0.1}}", "lanes.a.holdout", "gives no skills"),
    ("lanes: {a: {skills: [b], holdout: 0.6}}", "lanes.a.holdout", "at most 0.5, not 0.6"),
    ("lanes: {a: {skills: [b], holdout: 10%}}", "lanes.a.holdout", "must be"),
    ("lanes: {a: {waffle: {off: [lop]}}}", "lanes.a.waffle.off[0]", "'loop'"),
    ("lanes: {a: {waffle: {warn: 1.5}}}", "lanes.a.waffle.warn", "at most 1, not 1.5"),
    ("lanes: {a: {waffle: {nuke: 0.6}}}", "lanes.a.waffle.nuke", "steer 0.7 by default"),
    ("lanes: {a: {waffle: {warn: 0.8}}}", "lanes.a.waffle.warn", "steer 0.7 by default"),
    ("lanes: {a: {waffle: {warn: 0.4, steer: 0.3}}}", "lanes.a.waffle.warn", "steer 0.3"),
]


@pytest.mark.parametrize(("text", "key", "says"), BAD, ids=[text for text, _, _ in BAD])
def test_a_wrong_value_is_refused_with_its_key(text: str, key: str, says: str) -> None:
    error = refusal(f"{HARNESS}{text}\n")

    assert (error.line, error.key) == (2, key)
    assert error.problem.startswith(f"lanes.yaml line 2: {key} ")
    assert says in error.problem
    assert (error.code, error.exit_status) == ("lanes.invalid", 2)


@pytest.mark.parametrize("text", ["", "a", "- a", "7", "null"])
def test_a_text_that_is_no_mapping_is_refused(text: str) -> None:
    assert "must be a mapping" in refusal(text).problem


def test_a_wrong_value_deep_in_a_block_is_found_on_its_own_line() -> None:
    text = """\
        # a comment
        harness:
          command: |
            make
            check

        lanes:
          bugs:
            # another
            taste:
              - one?

              - >
                two?
              - 3
        """

    error = refusal("\n".join(line[8:] for line in text.splitlines()))

    assert (error.line, error.key) == (15, "lanes.bugs.taste[2]")


def test_terminal_escapes_in_a_key_or_a_value_are_not_passed_on() -> None:
    key = refusal(HARNESS + '"\\e[31mred\\e[0m": 1\n')
    value = refusal(HARNESS + 'workspace: {kind: "\\e[31mred"}\n')

    assert "\x1b" not in key.problem + key.fix + value.problem + value.fix


def test_a_missing_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(LanesMissing) as caught:
        load_settings(tmp_path / "lanes.yaml")

    assert "df init" in caught.value.fix
    assert (caught.value.code, caught.value.exit_status) == ("lanes.missing", 2)


def test_a_file_with_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lanes.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HARNESS.replace("\n", "\r\n").encode() + b"base: main\r\n")

    assert load_settings(path).base == "main"


def test_a_file_that_is_not_utf_8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "lanes.yaml"
    path.write_bytes(HARNESS.encode() + b"base: caf\xe9\n")

    with pytest.raises(LanesInvalid, match="line 2: not UTF-8"):
        load_settings(path)


def test_a_folder_or_a_pipe_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)

    for path in (folder, pipe):
        with pytest.raises(LanesInvalid, match="is not a file"):
            load_settings(path)


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    path = tmp_path / "lanes.yaml"
    path.symlink_to(path)

    with pytest.raises(LanesInvalid, match="cannot be read: Too many levels"):
        load_settings(path)


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "lanes.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse

    with pytest.raises(LanesInvalid, match="larger than 256 KiB"):
        load_settings(path)


def test_importing_the_package_loads_neither_pydantic_nor_yaml() -> None:
    import subprocess
    import sys

    code = "import sys, darkfactory.config; print({'pydantic', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
