"""How a script that measures begins and ends, whatever it measures."""

import signal
import sys
import tempfile

from ember_setup.report import SetupError


def run(name, work, failures=SetupError):
    """The exit status of `work`; problems that its user can fix, and an interruption, are printed instead of raised."""
    # A polite end unwinds like Ctrl-C, so that every server is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return work()
    except failures as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{name}: interrupted; nothing is left running", file=sys.stderr)
        return 130


def folder(name):
    """A temporary folder for servers, which is gone at the end of the block."""
    # Short: the path of a Unix socket may have about a hundred bytes.
    return tempfile.TemporaryDirectory(prefix=f"ember-{name}-", dir="/tmp")
