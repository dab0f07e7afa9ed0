from darkfactory.domain.edit_text import edit_text


def test_lines_that_are_shared_at_both_ends_are_left_out() -> None:
    assert edit_text([("a\nb\nc", "a\nx\ny\nc")]) == "-b\n+x\n+y"


def test_a_new_text_is_all_put_in_and_several_follow_each_other() -> None:
    assert edit_text([("", "one\ntwo"), ("three", "")]) == "+one\n+two\n-three"


def test_what_is_too_much_for_an_event_is_left_out() -> None:
    text = edit_text([("", "word\n" * 5_000), ("x" * 50_000, "y")])

    assert len(text) <= 4 * 1024
    assert text.startswith("+word\n+word")
