import pytest

from darkfactory.triage.words import words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Crashes when crashing, crashed", "crash crash crash"),
        ("Can't sign in", "cannot log in"),
        ("login doesn't work", "login is broken"),
        ("A big file freezes the app", "large files hang applications"),
        ("Add dark mode", "introduce a dark mode"),
        ("the drop-down times out", "dropdown timeout"),
        ("user's settings", "user configuration"),
        ("retried requests", "retry the request"),
    ],
)
def test_rewordings_have_the_same_words(one: str, other: str) -> None:
    assert sorted(words(one)) == sorted(words(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("crash", "hang"),
        ("add", "remove"),
        ("utf-8", "utf-16"),
        ("python 3.12", "python 3.13"),
        ("os.path", "os"),
        ("src/a.py", "src/b.py"),
        ("C", "C++"),
        ("set", "settings"),
        ("登录崩溃", "登录失败"),
    ],
)
def test_different_things_have_different_words(one: str, other: str) -> None:
    assert words(one) != words(other)


@pytest.mark.parametrize("text", ["", "   ", "the of and", "!!!", "_", "---"])
def test_text_without_telling_words_has_none(text: str) -> None:
    assert words(text) == []
