"""`python -m notifications.plain_language`: reads every message, as `./maillage lint` does; says what is not plain."""

import sys

from notifications.plain_language.reading import findings, shipped, untranslated, vocabulary

if __name__ == "__main__":
    book, wording = shipped()
    found = findings(book, wording, vocabulary())
    for one in found:
        print(one)  # noqa: T201 - a command's answer
    for language, left in untranslated(book, wording).items():
        if left:
            print(f"À traduire ({language}), en français en attendant : {', '.join(left)}")  # noqa: T201
    sys.exit(bool(found))
