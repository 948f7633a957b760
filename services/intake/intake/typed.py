"""What people type into forms."""


def typed(text: str) -> str:
    """A text field as its length is measured: a browser counts one character for a new line and sends two."""
    return text.replace("\r\n", "\n")
