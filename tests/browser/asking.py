"""A resident who asks, page after page, in Chromium."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from tests.browser.reader import Reader

Answers = Mapping[str, str | tuple[str, ...]]
"""Name of a field → what is typed, chosen or ticked there."""
USUAL: Answers = {"role": "self", "themes": ("housing",), "commune": "Saint-Brieuc"}
QUESTIONS, CHECK = "/demande/questions", "/demande/verifier"
OWN_FORM = "main form:not([data-leave])"


async def answer(reader: Reader, answers: Answers) -> None:
    """Fills what the page at hand shows of those."""
    for name, values in answers.items():
        for value in [values] if isinstance(values, str) else values:
            field = reader.page.locator(f"{OWN_FORM} [name='{name}']")
            if not await field.count():
                continue
            if await field.first.get_attribute("type") in ("radio", "checkbox"):
                await reader.page.locator(f"{OWN_FORM} [name='{name}'][value='{value}']").check()
            else:
                await field.fill(value)


async def turn(reader: Reader, answers: Answers) -> None:
    """Answers the page at hand, and goes on."""
    await answer(reader, answers)
    onward = reader.page.locator(f"{OWN_FORM} [type=submit], main .actions a.button")
    async with reader.page.expect_navigation():
        await onward.first.click()


async def until(reader: Reader, path: str, answers: Answers = USUAL) -> None:
    """From the first page to that one."""
    await reader.open("/demande")
    for _ in range(40):
        if urlsplit(reader.page.url).path == path:
            return
        await turn(reader, answers)
        assert reader.status == 200, reader.path
    raise AssertionError(f"{path} is not on the way")
