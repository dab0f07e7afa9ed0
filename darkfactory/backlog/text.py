"""Text of strangers made safe to show, and ids made safe for branch and file names."""

import hashlib
import re
import unicodedata

MAX_TITLE = 300
MAX_BODY = 100_000
MAX_ID = 64

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours and cursor moves
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # window titles and links
    r"|\x1b[@-Z\\-_]?"
)
# Controls, soft hyphen, direction overrides, zero-width and tag characters, lone surrogates: what
# changes how a line looks without being seen. Joiners stay, scripts and emoji need them.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_HIDDEN = re.compile(f"[{_UNSEEN}]")
_ID_LETTERS = re.compile(r"[A-Za-z0-9._-]+")
_WORD = re.compile(r"[a-z0-9]+")
_SILENT = re.compile(r"['\u2018\u2019`*]")
_ORDINARY = re.compile(r"[a-z0-9\s\-_.,:;!?()\[\]{}/\"\u201c\u201d\u2026\u2013\u2014]*")
_SLUG_ROOM = 48


def clean_text(text: str) -> str:
    """Return *text* without escapes and unseen characters; lines stay, long text is cut."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub("[\u2028\u2029\x0b\x0c\x85]", "\n", text)
    text = _HIDDEN.sub("", _ESCAPES.sub("", text)).strip()
    if len(text) > MAX_BODY:
        return f"{text[:MAX_BODY]}\n[cut: {len(text) - MAX_BODY} characters more]"
    return text


def clean_line(text: str) -> str:
    """Return *text* as one line without escapes and unseen characters."""
    return " ".join(clean_text(text[: 2 * MAX_BODY]).split())


def short_title(title: str) -> str:
    """Return the clean line *title*, cut where it would not fit a screen any more."""
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1] + "…"


def is_safe_id(text: str) -> bool:
    """Tell whether *text* can be an item's id, a part of a branch name and a file name."""
    return not id_fault(text)


def id_fault(text: str) -> str:
    """Return why *text* cannot be an item's id; empty where it can."""
    if len(text) > MAX_ID:
        return f"it has {len(text)} characters, and an id at most {MAX_ID}"
    if not _ID_LETTERS.fullmatch(text):
        return "it holds more than letters, digits, '.', '_' and '-'"
    if not text[0].isalnum():
        return f"it begins with {text[0]!r}"
    if ".." in text:
        return "it holds '..', which no git branch may"
    ending = next((end for end in (".", ".lock") if text.endswith(end)), "")
    return f"it ends with {ending!r}, as no git branch may" if ending else ""


def id_of_title(title: str) -> str:
    """Return the id of an item called *title*; it depends on nothing else, so it stays.

    Readable words where they say all of the title, else with a short hash behind them.
    """
    folded = unicodedata.normalize("NFKD", " ".join(title.split()).casefold())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    plain = _SILENT.sub("", plain)
    slug = "-".join(_WORD.findall(plain))
    if slug and len(slug) <= _SLUG_ROOM and _ORDINARY.fullmatch(plain):
        return slug
    mark = hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    room = slug[:_SLUG_ROOM] if len(slug) <= _SLUG_ROOM else slug[:_SLUG_ROOM].rpartition("-")[0]
    return f"{room or slug[:_SLUG_ROOM] or 'item'}-{mark}"
