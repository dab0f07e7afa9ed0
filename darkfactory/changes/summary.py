"""The agent's own words on its work, as they are shown."""

_LONGEST = 20_000
_CUT = "\n…"


def summary_of(last_message: str, summary_file: str | None) -> str:
    """Return the summary: the text of the summary file where there is any, else the last message.

    Bounded, without NUL bytes and lone surrogates; terminal escapes are for the renderer to strip.
    """
    for text in (summary_file or "", last_message):
        words = text.replace("\0", "").encode("utf-8", "replace").decode().strip()
        if words:
            return words if len(words) <= _LONGEST else words[:_LONGEST] + _CUT
    return ""
