"""What a rule forbids."""


class Refused(Exception):
    """A rule forbids it. `slug` never changes: programs rely on it; `sentence` says in French what to do."""

    def __init__(self, slug: str, sentence: str) -> None:
        super().__init__(slug)
        self.slug = slug
        self.sentence = sentence
