"""The committed catalogues: every text of the code is in them, and nothing else."""

import pytest
from babel.messages.pofile import read_po

from chassis.web import translations
from deploy.local.credentials import SERVICES
from deploy.local.layout import ROOT

PACKAGES = ("chassis", *(f"services/{service}/{service}" for service in SERVICES))


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("catalogue", ["messages.pot", "fr/LC_MESSAGES/messages.po"])
def test_the_committed_catalogue_holds_every_text(package: str, catalogue: str) -> None:
    with (ROOT / package / "locale" / catalogue).open("rb") as source:
        committed = {message.id for message in read_po(source) if message.id}
    texts = {text for _, text in translations.texts(ROOT / package)}
    assert committed == texts, f"run python -m chassis.web.translations {package}"
