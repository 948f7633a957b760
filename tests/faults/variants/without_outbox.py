"""A service that writes its state and forgets its events, as one that publishes after commit does when it dies."""

import runpy
import sys

from intake.act import Act

Act.tell = lambda *_, **__: None  # type: ignore[method-assign]

service = sys.argv.pop(1)
runpy.run_module(service, run_name="__main__")
