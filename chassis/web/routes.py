"""Which routes there are, and which of them anybody may use without signing in."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope

_PARAMETER = re.compile(r"\{[^}]*?(:path)?\}")


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """One operation: `GET /cases/{case_id}`."""

    method: str
    template: str

    @classmethod
    def parse(cls, text: str) -> "Route":
        method, _, template = text.partition(" ")
        if not template.startswith("/"):
            raise ValueError(f"an anonymous route is written 'METHOD /template', not {text!r}")
        return cls(method.upper(), template)

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def example(self) -> str:
        """A path of this template."""
        return _PARAMETER.sub("x", self.template)

    @property
    def pattern(self) -> str:
        """A regular expression for the template's paths."""
        parts, last = [], 0
        for match in _PARAMETER.finditer(self.template):
            parts += [re.escape(self.template[last : match.start()]), ".+" if match[1] else "[^/]+"]
            last = match.end()
        return "".join([*parts, re.escape(self.template[last:])])


def routes_of(app: FastAPI) -> Iterator[Route]:
    """Every operation the application answers."""
    for context in iter_route_contexts(app.routes):
        for method in sorted(context.methods or {"GET"}):
            if method != "HEAD" and context.path is not None:
                yield Route(method, context.path)


class AnonymousRoutes:
    """The operations open to everybody. All others are closed."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = frozenset(routes)
        alternatives = "|".join(f"{route.method} {route.pattern}" for route in sorted(self.routes))
        self._any = re.compile(f"(?:{alternatives})" if alternatives else r"(?!)")

    def allows(self, method: str, path: str) -> bool:
        """Whether this request needs nobody signed in."""
        return self._any.fullmatch(f"{'GET' if method == 'HEAD' else method} {path}") is not None

    def check(self, app: FastAPI) -> None:
        """Raises ValueError when a listed route does not exist, or opens one that is not listed."""
        existing = set(routes_of(app))
        unknown = sorted(map(str, self.routes - existing))
        opened = [str(route) for route in existing - self.routes if self.allows(route.method, route.example)]
        if unknown or opened:
            raise ValueError(f"anonymous routes that do not exist: {unknown}; routes opened by another's: {opened}")


def template_of(scope: Scope) -> str:
    """The template of the route that answered, for logs and metrics; `-` when there was none."""
    context: Any = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(context, "path_format", None) or "-"


def exists(app: FastAPI, scope: Scope) -> bool:
    """Whether some route answers this path, whatever the method."""
    return any(route.matches(dict(scope))[0] is not Match.NONE for route in app.router.routes)
