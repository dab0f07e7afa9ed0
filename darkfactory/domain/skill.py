"""Skills: versioned instructions that a lane gives to its sessions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SkillRef:
    """Which skill a session got: *sha256* is over the injected files, names and bytes."""

    name: str
    version: str
    sha256: str
