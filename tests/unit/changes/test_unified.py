"""Lines of a unified diff."""

from darkfactory.changes.unified import Line, changed_lines

DIFF = """\
diff --git a/old.py b/new.py
similarity index 90%
rename from old.py
rename to new.py
index 111..222 100644
--- a/old.py
+++ b/new.py
@@ -3,3 +3,4 @@ def context():
 same
-was
+is
+--- a/fake.py
 same
@@ -20 +21 @@
-x
\\ No newline at end of file
+y
\\ No newline at end of file
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1,2 +0,0 @@
-one
---- two
diff --git "a/\\303\\274 \\"q\\".txt" "b/\\303\\274 \\"q\\".txt"
new file mode 100644
--- /dev/null
+++ "b/\\303\\274 \\"q\\".txt"
@@ -0,0 +1 @@
+++ b/etc
"""


def test_each_line_has_its_path_and_its_place() -> None:
    assert list(changed_lines(DIFF)) == [
        Line("old.py", 4, "was", added=False),
        Line("new.py", 4, "is", added=True),
        Line("new.py", 5, "--- a/fake.py", added=True),
        Line("old.py", 20, "x", added=False),
        Line("new.py", 21, "y", added=True),
        Line("gone", 1, "one", added=False),
        Line("gone", 2, "--- two", added=False),
        Line('ü "q".txt', 1, "++ b/etc", added=True),
    ]


def test_a_path_with_a_space_has_no_tab_behind_it() -> None:
    text = "--- a/a b\t\n+++ b/a b\t\n@@ -1 +1 @@\n-1\n+2\n"

    assert {line.path for line in changed_lines(text)} == {"a b"}


def test_text_that_is_no_diff_has_no_lines() -> None:
    assert list(changed_lines("hello\n+not in a hunk\n@@ -x +y @@\n+no\n")) == []
