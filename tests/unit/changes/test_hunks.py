"""A diff as files, hunks and rows."""

from darkfactory.changes.hunks import Row, patches

DIFF = """\
diff --git a/one.py b/one.py
index 1..2 100644
--- a/one.py
+++ b/one.py
@@ -1,3 +1,3 @@ def first():
 a
-b
+B
 c
@@ -10 +10,2 @@
 j
+diff --git a/fake b/fake
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
diff --git a/gone.py b/gone.py
deleted file mode 100644
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x
\\ No newline at end of file
"""


def test_rows_know_their_numbers_on_both_sides() -> None:
    one = next(patches(DIFF))

    assert one.hunks[0].heading == "def first():"
    assert one.hunks[0].rows == (
        Row(" ", "a", 1, 1),
        Row("-", "b", 2, 0),
        Row("+", "B", 0, 2),
        Row(" ", "c", 3, 3),
    )
    assert [hunk.first for hunk in one.hunks] == [1, 10]


def test_a_line_of_content_that_looks_like_a_header_begins_no_file() -> None:
    names = [file.path for file in patches(DIFF)]

    assert names == ["one.py", "new name.txt", "gone.py"]
    assert next(patches(DIFF)).hunks[1].rows[1].text == "diff --git a/fake b/fake"


def test_names_are_known_of_what_was_renamed_or_is_gone() -> None:
    _, renamed, gone = patches(DIFF)

    assert (renamed.old_path, renamed.path, renamed.hunks) == ("old name.txt", "new name.txt", ())
    assert (gone.path, gone.notes) == ("gone.py", ("deleted file mode 100644",))
    assert [row.text for row in gone.hunks[0].rows] == ["x"]


def test_a_name_with_odd_letters_is_read_as_it_is() -> None:
    diff = 'diff --git "a/t\\303\\244\\"b.py" "b/t\\303\\244\\"b.py"\nnew file mode 100644\n'

    assert next(patches(diff)).path == 'tä"b.py'


def test_what_is_left_of_a_diff_that_was_cut_is_read() -> None:
    cut = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n a\n+b\n... the diff goes on\n"

    found = list(patches(cut))

    assert [row.text for row in found[0].hunks[0].rows] == ["a", "b"]
    assert list(patches("")) == []
