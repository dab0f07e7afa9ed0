"""What comes of a signal is inherited, through exec too; so begin with a clean slate."""

import signal

_OURS = frozenset({signal.SIGPIPE, signal.SIGXFSZ})  # Python ignores them and resets them for exec


def reset_signals() -> None:
    """Let no signal be ignored or blocked because whoever started us had it so.

    A shell ignores SIGINT and SIGQUIT for what it starts in the background.
    """
    for number in signal.valid_signals() - _OURS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
