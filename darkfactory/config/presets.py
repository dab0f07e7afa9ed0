"""The ways of working that there is a starter lanes.yaml for."""

from enum import StrEnum


class Preset(StrEnum):
    """Who works how: one person, issues of strangers, or a team with budgets and owned folders."""

    SOLO = "solo"
    MAINTAINER = "maintainer"
    TEAM = "team"
