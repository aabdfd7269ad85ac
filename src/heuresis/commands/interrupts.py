"""Ctrl-C that works although a library takes it away.

RDKit 2026.03 replaces the process's SIGINT handler at the first substructure search and never
puts it back (https://github.com/rdkit/rdkit/issues/9381), after which Ctrl-C does nothing. So
SIGINT is kept from all handlers here, and a thread of ours waits for it.
"""

import _thread
import os
import signal
import threading

from heuresis.commands.exit_codes import INTERRUPTED

LAST = 3  # so many times Ctrl-C end the process at once, whatever it computes
FAREWELL = b"ended at once: what was finished is recorded\n"


def guard_interrupts() -> None:
    """Turn every SIGINT from now on into a KeyboardInterrupt of the main thread.

    Call it before other threads start: they must inherit that SIGINT is not for them. Where SIGINT
    is ignored, as in a background job, it stays so.
    """
    if not hasattr(signal, "pthread_sigmask") or signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        return
    signal.signal(signal.SIGURG, lambda *_: None)  # by default ignored; here it ends a wait
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    main = threading.get_ident()
    threading.Thread(target=_watch, args=(main,), daemon=True, name="heuresis-interrupts").start()


def _watch(main: int) -> None:
    for n_times in range(1, LAST + 1):
        signal.sigwait({signal.SIGINT})
        if n_times == LAST:
            os.write(2, FAREWELL)
            os._exit(INTERRUPTED)
        _thread.interrupt_main(signal.SIGINT)
        signal.pthread_kill(main, signal.SIGURG)
