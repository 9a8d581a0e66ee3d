"""The portal as an application: routes, headers, and what it refuses.

It answers to this machine only: a page elsewhere that points a name of its own at 127.0.0.1 must not reach it, so the Host
header is checked, and the Origin of anything that is not a plain look.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from altyn.errors import POLICY, AltynError
from altyn.language import LANGUAGES
from altyn.serve import exports
from altyn.serve.operation.events import Tell, say_nothing
from altyn.serve.portal.cache import Pages
from altyn.serve.portal.desk import FOLDER, Desk, Page
from altyn.serve.portal.draw.words import language_asked
from altyn.serve.portal.observed import ROUTE, Observed, Traffic
from altyn.serve.portal.packed import pack
from altyn.serve.portal.pages import (
    about,
    claims,
    country,
    family,
    home,
    indicators,
    monitoring,
    registers,
    rows,
    search,
)
from altyn.serve.portal.repeated import Repeated, keep
from altyn.serve.workspace import Workspace

_PORT_DIGITS = 5
_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# The kinds of pages, each a file that says at which addresses it answers (`ROUTES`): a new kind joins here.
PAGES = (
    home,
    claims,
    registers,
    rows,
    family,
    indicators,
    search,
    country,
    about,
)
Handler = Callable[[Page], Response]


class Loopback:
    """Checks Host and Origin, and adds the headers every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what does not come from this machine's own pages; pass the rest on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {bytes(k).decode("latin-1").lower(): bytes(v).decode("latin-1") for k, v in scope["headers"]}
        host = headers.get("host", "")
        name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "0")
        origin = headers.get("origin")
        if (
            name.lower() not in _HOSTS
            or not (port.isascii() and port.isdigit() and len(port) <= _PORT_DIGITS)
            or (origin is not None and scope["method"] not in {"GET", "HEAD"} and origin != f"http://{host}")
        ):
            refused = JSONResponse(
                {"type": "gate.host", "title": "This portal answers to this machine only."}, status_code=421
            )
            await refused(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {bytes(k).lower() for k, _ in message["headers"]}
                extra = [*_HEADERS, (b"content-security-policy", _POLICY.encode())]
                message["headers"] = [*message["headers"], *((k, v) for k, v in extra if k not in present)]
            await send(message)

        await self._app(scope, receive, with_headers)


def create_app(workspace: Workspace, tell: Tell = say_nothing) -> Starlette:
    """The portal of a workspace; `tell` hears of every request."""
    desk, traffic, kept = Desk(workspace), Traffic(), Pages()
    # More looks at once than this only take turns on the same cores, and each thread keeps a session of its own.
    looks = CapacityLimiter(2 * (os.cpu_count() or 1))

    def at(path: str, handler: Handler) -> Route:
        template = "/{language}" + path.replace(":path}", "}")

        async def endpoint(request: Request) -> Response:
            request.scope[ROUTE] = template
            # DuckDB and fsync block, so each look has a thread of its own.
            return await to_thread.run_sync(_answered, desk, kept, request, handler, limiter=looks)

        return Route("/{language:language}" + path, endpoint, methods=["GET"])

    def watched(path: str, answer: Callable[[], Response]) -> Route:
        async def endpoint(request: Request) -> Response:
            request.scope[ROUTE] = path
            return await run_in_threadpool(answer)

        return Route(path, endpoint, methods=["GET"])

    static = GZipMiddleware(StaticFiles(directory=FOLDER / "static"))
    programs = [
        watched("/health", lambda: monitoring.health(workspace)),
        watched("/metrics", lambda: monitoring.metrics(workspace, traffic, kept)),
    ]
    pages = [at(path, handler) for of_a_kind in PAGES for path, handler in of_a_kind.ROUTES.items()]
    return Starlette(
        routes=[Route("/", _first), *programs, Mount("/static", static), *pages, at("/{rest:path}", _nothing)],
        middleware=[
            Middleware(Observed, traffic=traffic, tell=tell),
            Middleware(Loopback),
            Middleware(Repeated, desk=desk, pages=kept),
        ],
        exception_handlers={HTTPException: _lost(desk), Exception: _lost(desk)},
    )


async def _first(request: Request) -> Response:
    request.scope[ROUTE] = "/"
    language = language_asked(request.headers.get("accept-language", ""))
    return RedirectResponse(f"/{language}/", headers={"Vary": "Accept-Language"})


def _answered(desk: Desk, kept: Pages, request: Request, handler: Handler) -> Response:
    """The handler's answer, or the page of its refusal; as gzip where the reader takes it."""
    return pack(_made(desk, kept, request, handler), request.headers.get("accept-encoding", ""))


def _made(desk: Desk, kept: Pages, request: Request, handler: Handler) -> Response:
    page: Page | None = None
    try:
        page = Page(desk, request)
        with desk.workspace.gate.remembered() as looks:
            answer = handler(page)
        return keep(kept, page, answer, looks)
    except AltynError as error:
        status = (
            403 if error.exit_status == POLICY else 404 if error.code.endswith((".missing", ".key", ".none")) else 400
        )
        if request.url.path.rsplit(".", 1)[-1] in exports.MEDIA_TYPES:
            problem: dict[str, Any] = error.parts(str(request.path_params.get("language", "en")))
            return JSONResponse(
                {"type": problem["code"], "title": problem["what"], "detail": problem["mend"], "status": status},
                status,
                media_type="application/problem+json",
            )
        if page is None:
            # The time asked for could not be read: say so on a page that asks for none.
            page = Page(desk, Request({**request.scope, "query_string": b""}))
        return page.render("refusal.html", status=status, error=error, is_policy=error.exit_status == POLICY)


def _lost(desk: Desk) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def lost(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        begun = request.url.path.split("/")[1]
        language = begun if begun in LANGUAGES else language_asked(request.headers.get("accept-language", ""))
        plain = Request({**request.scope, "query_string": b"", "path_params": {"language": language}})
        answer = await run_in_threadpool(Page(desk, plain).render, "lost.html", status, is_ours=status >= 500)  # noqa: PLR2004
        # A fault of ours is answered from outside Loopback, so its page needs the headers here.
        answer.headers["content-security-policy"] = _POLICY
        answer.raw_headers.extend(_HEADERS)
        return answer

    return lost


def _nothing(page: Page) -> Response:
    return page.render("lost.html", status=404)


def _register_languages() -> None:
    from starlette.convertors import Convertor, register_url_convertor

    class Language(Convertor[str]):
        regex = "|".join(LANGUAGES)

        def convert(self, value: str) -> str:
            return value

        def to_string(self, value: str) -> str:
            return value

    register_url_convertor("language", Language())


_register_languages()
