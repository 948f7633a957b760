"""What the command starts in the terminal ends by itself: its own servers are to be stopped first."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from deploy.local.layout import ROOT

SLOW_TO_STOP = """
import sys, time
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)  # its servers stop
    print("stopped", flush=True)
    sys.exit(7)
"""


def test_ctrl_c_leaves_time_to_stop_what_was_started(tmp_path: Path) -> None:
    (tmp_path / "slow_to_stop.py").write_text(SLOW_TO_STOP)
    # A shell that starts this test in the background has told it to take no notice of Ctrl-C.
    heeding = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"
    script = f"{heeding}; from deploy.local import suite; sys.exit(suite.run_to_its_end('slow_to_stop'))"
    terminal = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert terminal.stdout is not None
    with terminal, terminal.stdout as said:
        assert said.readline() == "ready\n"
        os.killpg(terminal.pid, signal.SIGINT)

        assert said.read() == "stopped\n"
        assert terminal.wait(20) == 7
