"""Which results are kept, and that nothing else counts as one."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.harness.cache import CacheKey, HarnessCache

KEY = CacheKey("tree1", "harness1", "env1")
RED = HarnessResult(
    "tree1",
    HarnessVerdict.FAIL,
    passed=3,
    failed=1,
    failing=("a::b[ü]",),
    seconds=2.5,
    exit_code=1,
    output="tail",
    complete=False,
    note="stopped early",
)
GREEN = HarnessResult("tree1", HarnessVerdict.PASS, exit_code=0)


def test_a_stored_result_comes_back_whole(tmp_path: Path) -> None:
    cache = HarnessCache(tmp_path / "new")

    assert cache.put(KEY, RED)

    assert HarnessCache(tmp_path / "new").get(KEY) == RED


@pytest.mark.parametrize(
    "other",
    [
        CacheKey("tree2", "harness1", "env1"),
        CacheKey("tree1", "harness2", "env1"),
        CacheKey("tree1", "harness1", "env2"),
    ],
)
def test_each_part_of_the_key_counts(tmp_path: Path, other: CacheKey) -> None:
    cache = HarnessCache(tmp_path)

    cache.put(KEY, GREEN)

    assert cache.get(other) is None


@pytest.mark.parametrize(
    "result",
    [
        HarnessResult("tree1", HarnessVerdict.ERROR, exit_code=127),
        HarnessResult("tree1", HarnessVerdict.TIMEOUT),
        HarnessResult("tree1", HarnessVerdict.FAIL, exit_code=None),
    ],
)
def test_a_run_that_did_not_end_by_itself_is_not_kept(
    tmp_path: Path, result: HarnessResult
) -> None:
    cache = HarnessCache(tmp_path)

    assert not cache.put(KEY, result)

    assert cache.get(KEY) is None


@pytest.mark.parametrize(
    "change",
    [
        {"exit_code": None},
        {"exit_code": True},
        {"exit_code": 0},
        {"result": "error"},
        {"tree": "other"},
        {"shape": 0},
        {"failing": None},
        {"seconds": "soon"},
    ],
)
def test_a_file_that_is_no_result_of_ours_counts_as_not_run(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    cache = HarnessCache(tmp_path)
    cache.put(KEY, RED)
    file = tmp_path / f"{KEY.name}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    assert cache.get(KEY) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"shape": 1}'])
def test_a_cut_file_counts_as_not_run(tmp_path: Path, text: str) -> None:
    (tmp_path / f"{KEY.name}.json").write_text(text)

    assert HarnessCache(tmp_path).get(KEY) is None


def test_the_same_key_runs_once_and_the_others_wait_for_it(tmp_path: Path) -> None:
    started: list[str] = []

    def run(output_file: str) -> HarnessResult:
        started.append(output_file)
        Path(output_file).write_text("all of it")
        return GREEN

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: HarnessCache(tmp_path).once(KEY, run), range(40)))

    assert len(started) == 1
    assert [known for _, known in answers].count(False) == 1
    assert {result for result, _ in answers} == {GREEN}
    assert Path(HarnessCache(tmp_path).log(KEY)).read_text() == "all of it"
    assert not list(tmp_path.glob("*.lock"))


def test_an_error_is_run_again_by_whoever_asks_next(tmp_path: Path) -> None:
    cache = HarnessCache(tmp_path)
    results = iter([HarnessResult("tree1", HarnessVerdict.ERROR), GREEN])

    first = cache.once(KEY, lambda _: next(results))
    second = cache.once(KEY, lambda _: next(results))

    assert first[0].result is HarnessVerdict.ERROR
    assert second == (GREEN, False)


def test_a_run_that_raises_lets_the_next_one_in(tmp_path: Path) -> None:
    cache = HarnessCache(tmp_path)

    with pytest.raises(ZeroDivisionError):
        cache.once(KEY, lambda _: HarnessResult("t", HarnessVerdict.PASS, passed=1 // 0))

    assert cache.once(KEY, lambda _: GREEN) == (GREEN, False)


def test_the_oldest_results_are_forgotten_with_their_output(tmp_path: Path) -> None:
    cache = HarnessCache(tmp_path, keep=3)
    keys = [CacheKey(f"tree{number}", "h", "e") for number in range(6)]
    for age, key in enumerate(keys):
        Path(cache.log(key)).write_text("output")
        cache.put(key, HarnessResult(key.tree, HarnessVerdict.PASS, exit_code=0))
        for kind in ("json", "log"):
            os.utime(tmp_path / f"{key.name}.{kind}", (age, age))

    assert [cache.get(key) is not None for key in keys] == [False] * 3 + [True] * 3
    assert len(list(tmp_path.iterdir())) == 6
