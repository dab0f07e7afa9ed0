"""Every command: where it lives and its line in the help. Loads nothing."""

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "Write lanes.yaml, starter skills and a first backlog"),
    "demo": ("demo", "Make a small repository and run the whole line on it"),
    "triage": ("triage", "Sort the backlog into lanes, with reasons"),
    "assign": ("assign", "Put an item into a lane, whatever triage says"),
    "run": ("run", "Work the plan until nothing is left to start"),
    "status": ("status", "Show lanes, sessions with evidence, gate and budgets"),
    "brief": ("brief", "Show one line a session, then where attention belongs"),
    "sessions": ("sessions", "List, show, follow and control sessions"),
    "attach": ("attach", "Follow one session on the whole terminal and steer it"),
    "gate": ("gate", "Review finished changes and land the good ones"),
    "serve": ("serve", "Serve sessions to browsers and other programs"),
    "emit": ("emit", "Write into a session from inside of it, or from any program"),
    "waffle": ("waffle", "Score event logs offline"),
    "skills": ("skills", "List, lint, add and account for skills"),
    "evals": ("evals", "Try skills on scenarios and tell what that proves"),
    "retro": ("retro", "Tell what the last days came to, and what they teach the skills"),
    "doctor": ("doctor", "Tell what is missing or stuck, and the fix"),
    "gc": ("gc", "Show what would be swept, with proof; sweep, or undo it"),
}
