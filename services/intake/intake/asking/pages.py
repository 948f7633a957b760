"""`/demande`: asking in a few minutes on a phone, one question a page, without an account and without JavaScript."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from typing import Any
from uuid import uuid5

import orjson
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chassis.actor import PUBLIC
from chassis.service import Parts
from chassis.web.idempotency import Answer, Idempotency, IdempotencyKey
from chassis.web.identity.cookie import SealedCookie
from chassis.web.identity.visit import Visit
from chassis.web.pages import render
from chassis.web.problems import not_found, too_large, too_many
from chassis.web.rates import Limiter, Rate, client_of
from chassis.web.translations import N_, translate
from contracts.programme import Programme
from contracts.programmes import Programmes
from intake.asking import alarms, wording
from intake.asking.keeping import SHORT, Keeping, NothingKept
from intake.asking.steps import STEPS, Draft, Fields, Step, after, asked_steps, before, named, open_step
from intake.communes import store as communes
from intake.communes.store import Found
from intake.eligibility.model import FALLBACK
from intake.requests.form import asked, corrections, filled
from intake.requests.model import NotOffered
from intake.requests.questions import answered
from intake.requests.reception import Reception, UnknownCommune
from intake.tracking import store as tracking

ASK, QUESTIONS, CHECK, SENT = "/demande", "/demande/questions", "/demande/verifier", "/demande/recue"
_ANY_COMMUNE = "00000"
"""Lets the other fields be checked while the commune is not known yet."""
LONGEST = 32 * 1024
"""Bytes of one page's answers."""
SHOWN_SECONDS = 900
"""How long the browser keeps the reference and the secret it shows after sending."""
_MISSING_COMMUNE = N_("Indiquez la commune, par son nom ou son code postal.")
_UNKNOWN_COMMUNE = N_("Aucune commune n'a ce nom ou ce code postal. Vérifiez, ou essayez une commune voisine.")
_SEVERAL_COMMUNES = N_("Plusieurs communes correspondent : choisissez la bonne.")
_NOT_OFFERED = N_("Choisissez un dispositif proposé.")
_CHANGED = N_("Vos réponses ont changé depuis que cette page a été ouverte. Relisez-les, puis envoyez.")
_BEGUN_ANEW = N_(
    "Ce que vous venez d'écrire est gardé. Vos autres réponses ne sont plus là : votre demande a déjà été envoyée, ou "
    "une heure a passé."
)
_NO_CODE = N_(
    "Aucune demande n'est gardée sous ce code. Vérifiez-le : il s'efface après sept jours, ou une fois envoyé."
)


def first_contact_first(offered: Sequence[Programme]) -> Sequence[Programme]:
    """What may be asked for, in the order shown: what is for everybody, then the others as they come."""
    return sorted(offered, key=lambda programme: programme.id != FALLBACK)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One page turned by one browser. `secret`: what it holds already; `known`: whether anything is kept under it."""

    request: Request
    draft: Draft
    secret: str | None
    known: bool
    checking: bool
    """Whether they came from the summary, to which the next page leads back."""


class Asking:
    """The pages of a request, from the first question to what is shown once it is sent."""

    def __init__(self, parts: Parts, reception: Reception, programmes: Programmes) -> None:
        settings = parts.settings
        self._parts = parts
        self._reception = reception
        self._programmes = programmes
        self._keeping = Keeping(parts)
        self._beginnings = Limiter(Rate(settings.anonymous_writes_burst, settings.anonymous_writes_per_second))
        self._empty = Draft(filled(FormData({"programme": FALLBACK}), self._offered))
        secure, key = settings.public_url.startswith("https://"), settings.cookie_key
        self._cookie = SealedCookie("questions", key, seconds=int(SHORT.total_seconds()), secure=secure)
        self._sent = SealedCookie("demande", key, seconds=SHOWN_SECONDS, secure=secure)
        self._followed, self._visit = SealedCookie("suivi", key, seconds=0, secure=secure), Visit(settings)

    @property
    def _offered(self) -> Sequence[Programme]:
        """In the words of whoever reads."""
        return first_contact_first(self._programmes.offered)

    # What the browser holds.

    def _secret(self, request: Request) -> str | None:
        content = self._cookie.open(request.cookies.get(self._cookie.name), self._parts.now().timestamp())
        return content["secret"] if content else None

    async def _turn(self, request: Request, *, checking: bool) -> _Turn:
        secret = self._secret(request)
        try:
            draft = self._whole(await self._keeping.read(secret)) if secret else None
        except NothingKept:
            draft = None
        return _Turn(request, draft or self._empty, secret, draft is not None, checking)

    def _whole(self, draft: Draft) -> Draft:
        """With every field this release knows."""
        return replace(draft, fields={**self._empty.fields, **draft.fields})

    def _steps(self, draft: Draft) -> list[Step]:
        return asked_steps(draft.fields, self._offered)

    def _leading(self, path: str, secret: str) -> Response:
        response = RedirectResponse(path, 303)
        self._cookie.set(response, {"secret": secret}, self._parts.now().timestamp())
        return response

    # Beginning, leaving, and continuing later.

    def start(self, request: Request) -> Response:
        """Who came back from the first question goes on with what they answered."""
        onward = f"{QUESTIONS}/{STEPS[0].slug}" if "retour" in request.query_params else None
        return render(request, "intake/asking/start.html", onward=onward)

    async def begin(self, request: Request) -> Response:
        """Anew: whoever used this browser before left nothing for the next one to read."""
        response = RedirectResponse(f"{QUESTIONS}/{STEPS[0].slug}", 303)
        await self._forget(request, response)
        return response

    async def leave(self, request: Request) -> Response:
        """Everything typed or shown here is gone, and the browser goes somewhere that tells nothing."""
        address = request.app.state.settings.quick_exit_url
        response = render(request, "maillage/left.html", headers={"Refresh": f"0; url={address}"}, address=address)
        for cookie in (self._sent, self._followed, request.app.state.form_cookie):
            cookie.clear(response)
        self._visit.end(response)
        await self._forget(request, response)
        return response

    async def _forget(self, request: Request, response: Response) -> None:
        if secret := self._secret(request):
            await self._keeping.drop(secret)
        self._cookie.clear(response)

    async def offer_later(self, request: Request) -> Response:
        turn = await self._turn(request, checking=False)
        return render(request, "intake/asking/later.html") if turn.known else RedirectResponse(ASK, 303)

    async def keep_for_later(self, request: Request) -> Response:
        """The code, shown this once, and forgotten by this browser."""
        secret = self._secret(request)
        try:
            await self._keeping.keep_for_later(secret or "")
        except NothingKept:
            return RedirectResponse(ASK, 303)
        response = render(request, "intake/asking/kept.html", code=wording.readable_code(secret or ""))
        self._cookie.clear(response)
        return response

    def resume_form(self, request: Request, errors: Mapping[str, str] | None = None) -> Response:
        return render(request, "intake/asking/resume.html", status=422 if errors else 200, errors=errors or {})

    async def resume(self, request: Request) -> Response:
        code = str((await request.form()).get("code", ""))[:60]
        try:
            draft = self._whole(await self._keeping.read(code))
        except NothingKept:
            return self.resume_form(request, {"code": translate(_NO_CODE)})
        following = open_step(self._steps(draft), draft.done)
        return self._leading(f"{QUESTIONS}/{following.slug}" if following else CHECK, code)

    # The questions.

    async def show(self, request: Request, slug: str) -> Response:
        turn = await self._turn(request, checking="verifier" in request.query_params)
        step = self._known(turn, slug)
        if step is None or (not turn.known and step is not STEPS[0]):
            return RedirectResponse(CHECK if turn.known else ASK, 303)
        notice = translate(_BEGUN_ANEW) if "garde" in request.query_params else None
        found = await self._found(turn.draft.fields["commune"]) if step.slug == "commune" else []
        return self._question(turn, step, found=found, notice=notice)

    def _known(self, turn: _Turn, slug: str) -> Step | None:
        """The page of that address; None where it is not asked of them. Raises a 404 problem where there is none."""
        steps = self._steps(turn.draft) if turn.known else list(STEPS)
        step = named(steps, slug)
        if step is None and named(STEPS, slug) is None and not slug.startswith("precision-"):
            raise not_found()
        return step

    async def take(self, request: Request, slug: str) -> Response:
        """What was typed on a page is kept, and the next one follows; what is wrong is said beside it."""
        form = await request.form()
        turn = await self._turn(request, checking="verifier" in form)
        step = self._known(turn, slug)
        if step is None:
            return RedirectResponse(CHECK if turn.known else ASK, 303)
        typed = {name: value for name, value in filled(form, self._offered).items() if name in step.names}
        if len(orjson.dumps(typed)) > LONGEST:
            raise too_large(LONGEST)
        draft = turn.draft.answered(step, typed)
        found, draft, errors = await self._checked(step, draft)
        later = "plus_tard" in form
        if errors and not later:
            return self._question(replace(turn, draft=draft), step, found=found, errors=errors)
        return await self._kept(turn, step, draft, later=later)

    async def _checked(self, step: Step, draft: Draft) -> tuple[list[Found], Draft, dict[str, str]]:
        """Communes that may be meant, the draft with the one that is, and what is wrong with this page."""
        errors = {name: said for name, said in self._wrong(draft.fields).items() if name in step.names}
        if step.slug != "commune":
            return [], draft, errors
        found, code, errors = await self._commune(draft.fields)
        return found, replace(draft, fields={**draft.fields, "commune_code": code or ""}), errors

    async def _kept(self, turn: _Turn, step: Step, draft: Draft, *, later: bool) -> Response:
        secret = turn.secret if turn.known and turn.secret else self._begun(turn.request)
        raised = [code for code in alarms.raised(draft.fields) if code not in draft.alarms]
        told = replace(draft, alarms=(*draft.alarms, *raised))

        def change(known: Draft) -> Draft:
            fields = {name: told.fields[name] for name in told.fields if name in step.names}
            return replace(self._whole(known).answered(step, fields), alarms=told.alarms)

        kept = await self._keeping.change(secret, change, otherwise=self._empty)
        if later:
            return self._leading(f"{ASK}/plus-tard", secret)
        query = "?verifier=oui" if turn.checking else ""
        if raised:
            return self._leading(f"{ASK}/numeros?apres={step.slug}{query.replace('?', '&')}", secret)
        if not turn.known and step is not STEPS[0]:
            return self._leading(f"{QUESTIONS}/{STEPS[0].slug}?garde=oui", secret)
        return self._leading(self._onward(kept, step, checking=turn.checking), secret)

    def _onward(self, draft: Draft, step: Step, *, checking: bool) -> str:
        """From the summary only what is newly asked comes in between; otherwise one page after the other."""
        steps = self._steps(draft)
        following = open_step(steps, draft.done) if checking else after(steps, step)
        return f"{QUESTIONS}/{following.slug}" + ("?verifier=oui" if checking else "") if following else CHECK

    def _begun(self, request: Request) -> str:
        """A new secret. Pages turn as often as they are read, but what begins anew is limited as any writing is."""
        wait = self._beginnings.take(client_of(request.scope))
        if wait:
            raise too_many(ceil(wait))
        return self._keeping.secret()

    async def numbers(self, request: Request) -> Response:
        """Whom to call at once, before going on."""
        query = request.query_params
        turn = await self._turn(request, checking="verifier" in query)
        step = named(self._steps(turn.draft), query.get("apres", ""))
        raised = alarms.raised(turn.draft.fields)
        if not turn.known or step is None or not raised:
            return RedirectResponse(ASK, 303)
        return render(
            request,
            "intake/asking/numbers.html",
            numbers=[(number, translate(alarms.NUMBERS[number])) for number in alarms.numbers(raised)],
            back=f"{QUESTIONS}/{step.slug}",
            onward=self._onward(turn.draft, step, checking=turn.checking),
        )

    def _question(
        self,
        turn: _Turn,
        step: Step,
        *,
        found: Sequence[Found] = (),
        errors: Mapping[str, str] | None = None,
        notice: str | None = None,
    ) -> Response:
        steps, fields = self._steps(turn.draft), turn.draft.fields
        previous = before(steps, step) if step in steps else None
        template = "precision" if step.question else step.slug
        return render(
            turn.request,
            f"intake/asking/{template}.html",
            status=422 if errors else 200,
            step=step,
            number=next((place for place, one in enumerate(steps, start=1) if one.slug == step.slug), 1),
            count=len(steps),
            back=CHECK if turn.checking else f"{QUESTIONS}/{previous.slug}" if previous else f"{ASK}?retour=oui",
            checking=turn.checking,
            fields=fields,
            errors=errors or {},
            notice=notice,
            communes=[(one.code, f"{one.name} ({one.department})") for one in found] if len(found) > 1 else [],
            programmes=[(one.id, one.title, one.summary) for one in self._offered],
            alarms=alarms,
            wording=wording,
        )

    # What is wrong, and what it makes.

    def _wrong(self, fields: Fields) -> dict[str, str]:
        """Field → sentence, whatever the commune."""
        answers, errors = self._answered(fields)
        if all(one.id != fields["programme"] for one in self._offered):
            errors["programme"] = translate(_NOT_OFFERED)
        try:
            asked(fields, _ANY_COMMUNE, answers)
        except ValidationError as error:
            return corrections(error, fields) | errors
        return errors

    def _answered(self, fields: Fields) -> tuple[dict[str, Any], dict[str, str]]:
        """Answers to the questions of what is asked for, and what is wrong with them; what is not offered has none."""
        chosen = next((one for one in self._offered if one.id == fields["programme"]), None)
        return answered(chosen, fields) if chosen else ({}, {})

    async def _found(self, text: str) -> list[Found]:
        if not text.strip():
            return []
        async with self._parts.app.transaction(PUBLIC) as tx:
            return await communes.search(tx, text)

    async def _commune(self, fields: Fields) -> tuple[list[Found], str | None, dict[str, str]]:
        """Communes that may be meant, and the code of the one that is; with an error where that is none."""
        if not fields["commune"].strip():
            return [], None, {"commune": translate(_MISSING_COMMUNE)}
        found = await self._found(fields["commune"])
        chosen = [one for one in found if one.code == fields["commune_code"]] or found
        if len(chosen) == 1:
            return found, chosen[0].code, {}
        return found, None, {"commune": translate(_SEVERAL_COMMUNES if found else _UNKNOWN_COMMUNE)}

    # Reading again, and sending.

    async def check(self, request: Request) -> Response:
        turn = await self._turn(request, checking=True)
        if not turn.known:
            return RedirectResponse(ASK, 303)
        missing = open_step(self._steps(turn.draft), turn.draft.done)
        return RedirectResponse(f"{QUESTIONS}/{missing.slug}", 303) if missing else self._summary(turn)

    def _summary(self, turn: _Turn, errors: Mapping[str, str] | None = None, notice: str | None = None) -> Response:
        steps, fields = self._steps(turn.draft), turn.draft.fields
        return render(
            turn.request,
            "intake/asking/check.html",
            status=422 if errors or notice else 200,
            rows=[(step, translate(step.title), wording.told(step, fields, self._offered)) for step in steps],
            key=self._key(turn),
            back=f"{QUESTIONS}/{steps[-1].slug}",
            errors=errors or {},
            notice=notice,
        )

    def _key(self, turn: _Turn) -> str:
        """Of these answers: sent twice they are one request, changed they are another."""
        told = orjson.dumps(turn.draft.fields, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.blake2b(told, digest_size=16, key=self._parts.settings.cookie_key).hexdigest()
        return str(uuid5(self._keeping.draft_id(turn.secret or ""), digest))

    async def send(self, request: Request, key: IdempotencyKey) -> Response:
        """The request is made, once however often it is sent, and what was typed is erased."""
        turn = await self._turn(request, checking=True)
        if not turn.known:
            before_that = await self._reception.given(PUBLIC, key)
            return self._received(before_that) if before_that else RedirectResponse(ASK, 303)
        if key.key != self._key(turn):
            return self._summary(turn, notice=translate(_CHANGED))
        if open_step(self._steps(turn.draft), turn.draft.done):
            return RedirectResponse(CHECK, 303)
        return await self._sending(turn, key)

    async def _sending(self, turn: _Turn, key: IdempotencyKey) -> Response:
        fields = turn.draft.fields
        _, commune, errors = await self._commune(fields)
        if errors := self._wrong(fields) | errors:
            return self._summary(turn, errors)
        try:
            answer = await self._reception.from_resident(asked(fields, commune or "", self._answered(fields)[0]), key)
        except UnknownCommune:
            return self._summary(turn, {"commune": translate(_UNKNOWN_COMMUNE)})
        except NotOffered:
            return self._summary(turn, {"programme": translate(_NOT_OFFERED)})
        response = self._received(answer)
        await self._forget(turn.request, response)
        return response

    def _received(self, answer: Answer) -> Response:
        response = RedirectResponse(SENT, 303)
        self._sent.set(response, answer.body, self._parts.now().timestamp())
        return response

    async def sent(self, request: Request) -> Response:
        """Reference, secret and promised day, for some minutes; then the tracking page takes over."""
        receipt = self._sent.open(request.cookies.get(self._sent.name), self._parts.now().timestamp())
        if receipt is None:
            return RedirectResponse("/suivi", 303)
        async with self._parts.app.transaction(PUBLIC) as tx:
            contacts = await tracking.contacts(tx, receipt["territory_id"])
        return render(
            request,
            "intake/sent.html",
            receipt=receipt,
            promised_on=date.fromisoformat(receipt["promised_on"]),
            contacts=contacts,
        )


def asking_routes(asking: Asking) -> APIRouter:
    """`/demande` and what follows."""
    router = APIRouter(include_in_schema=False)

    @router.get("/demande")
    async def start(request: Request) -> Response:
        return asking.start(request)

    @router.post("/demande")
    async def begin(request: Request) -> Response:
        return await asking.begin(request)

    @router.post("/demande/quitter")
    async def leave(request: Request) -> Response:
        return await asking.leave(request)

    @router.get("/demande/plus-tard")
    async def offer_later(request: Request) -> Response:
        return await asking.offer_later(request)

    @router.post("/demande/plus-tard")
    async def keep_for_later(request: Request) -> Response:
        return await asking.keep_for_later(request)

    @router.get("/demande/reprendre")
    async def resume_form(request: Request) -> Response:
        return asking.resume_form(request)

    @router.post("/demande/reprendre")
    async def resume(request: Request) -> Response:
        return await asking.resume(request)

    @router.get("/demande/numeros")
    async def numbers(request: Request) -> Response:
        return await asking.numbers(request)

    @router.get("/demande/verifier")
    async def check(request: Request) -> Response:
        return await asking.check(request)

    @router.get("/demande/recue")
    async def sent(request: Request) -> Response:
        return await asking.sent(request)

    @router.post("/demande/envoyer")
    async def send(request: Request, key: Idempotency) -> Response:
        return await asking.send(request, key)

    @router.get("/demande/questions/{slug}")
    async def show(request: Request, slug: str) -> Response:
        return await asking.show(request, slug)

    @router.post("/demande/questions/{slug}")
    async def take(request: Request, slug: str) -> Response:
        return await asking.take(request, slug)

    return router
