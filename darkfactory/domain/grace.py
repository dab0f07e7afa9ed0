"""How long a session that has had enough may take to come to an end of its own."""

ASK_BEFORE_SECONDS = 20.0
"""How long before its deadline a session is asked to finish."""

ASK_BEFORE_SHARE = 0.1
"""The most of its whole time that this may be."""

FORCE_AFTER_SECONDS = 30.0
"""How long a session over its budget may go on after it was asked to finish."""

FORCE_AFTER_REQUESTS = 3
"""How many model requests it may make in that time."""
