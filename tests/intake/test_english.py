"""What residents read is complete in English: page after page, no French is left but what a programme's file says."""

import re

import httpx
import pytest

from tests.intake.asking import fill, hidden
from tests.intake.conftest import Intake

ENGLISH = {"accept-language": "en"}
ANSWERS = {
    "role": "relative",
    "themes": "housing",
    "commune": "Saint-Brieuc",
    "minor": "no",
    "agreed": "yes",
    "programme": "first-contact",
    "email": "camille@example.fr",
    "safe": "on",
}
FRENCH = re.compile(r"\b(vous|votre|vos|les|des|est|une|pour|avec|dans|qui|pas|demande|Oui|Non)\b", re.IGNORECASE)
OWN = re.compile(
    r'<(div|a|span)[^>]* lang="fr".*?</\1>|<option.*?</option>|<p class="site-footer__note">.*?</p>|<head>.*?</head>',
    re.DOTALL,
)
PROGRAMMES = re.compile(r'<label for="programme.*?</label>', re.DOTALL)


def french(page: str) -> list[str]:
    """What is left in French of the texts of a page."""
    said = re.sub(r"<[^>]+>", "\n", PROGRAMMES.sub("", OWN.sub("", page)))
    return [line.strip() for line in said.splitlines() if FRENCH.search(line)]


@pytest.fixture
def english(intake: Intake) -> httpx.AsyncClient:
    return intake.client(None, accept="text/html", **{"sec-fetch-site": "same-origin"}, **ENGLISH)


async def test_asking_and_following_are_in_english_from_the_first_page_to_the_last(
    english: httpx.AsyncClient,
) -> None:
    read = {}
    async with english as client:
        page = await client.get("/demande")
        for _ in range(30):
            assert '<html lang="en">' in page.text, page.text
            read[page.url.path] = french(page.text)
            if page.url.path == "/demande/recue":
                break
            page = await fill(client, page, ANSWERS)
            if page.status_code == 303:
                page = await client.get(page.headers["location"])
            assert page.status_code == 200, page.text
        reference, secret = re.findall(r'class="reference">([^<]+)<', page.text)
        form = await client.get("/suivi")
        given = {"reference": reference, "secret": secret, "csrf_token": hidden(form.text, "csrf_token")}
        wrong = await client.post("/suivi", data=given | {"secret": "BBBB-BBBB-BBBB"})
        assert "No request has this reference" in wrong.text
        await client.post("/suivi", data=given)
        standing = await client.get("/suivi")
        assert "Your request" in standing.text
        for path in ("/demande/plus-tard", "/demande/reprendre", "/demande/numeros"):
            read[path] = french((await client.get(path)).text)
        read |= {"/suivi": french(form.text), "followed": french(standing.text)}
    assert {path: left for path, left in read.items() if left} == {}
    assert len(read) > 12
