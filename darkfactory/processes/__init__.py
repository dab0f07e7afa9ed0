"""Processes of the operating system: who one is, waiting for it, ending it, fencing it in.

Linux has pid files in /proc, pidfds, subreapers, bubblewrap and Landlock; everywhere else the
portable side (psutil, process groups, environment marker) answers the same questions.
"""
