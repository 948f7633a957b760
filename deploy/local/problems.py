"""What goes wrong on somebody's machine, said in one sentence with the way out."""


class Problem(Exception):
    """A failure the person at the terminal can act on: what happened, then what to do (both in French)."""

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(f"{what} {way_out}")
        self.what = what
        self.way_out = way_out
