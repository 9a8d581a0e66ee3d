"""Repeated: a page that was made once is given again, without an engine and without a template, but never without the gate.

Before a kept page leaves, the gate decides again on every look it was made of, and a record of each is on the disk: with the
same registers, columns and rows as the first time, and the first one's id. Records asked for while others are being written
go together in the next write, so that many readers share one fsync.

What a page shows can change with a snapshot published or written anew, and with the clock (what was fresh an hour ago may be
late now): these are the mark. Contracts and the program change only with the process, and a cache does not outlive one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Hashable, Sequence
from urllib.parse import parse_qsl, urlencode

from anyio import to_thread
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from altyn.errors import AltynError
from altyn.policy.log import AccessLog, AccessRecord
from altyn.policy.repeats import RememberedLooks
from altyn.serve.portal.cache import Address, CachedPage, Pages
from altyn.serve.portal.desk import Desk, Page
from altyn.serve.portal.observed import ROUTE
from altyn.serve.portal.packed import packed, takes_gzip

# Under this name the mark that a page is made under waits in the request's scope.
MARK = "altyn.mark"
_LONGEST_ADDRESS = 1000
# Whoever asks for a page that is being made waits for it this long: pages take less, and what is never kept need not be waited for.
_PATIENCE_S = 0.5
_OK = 200


def mark_of(desk: Desk) -> Hashable | None:
    """Changes whenever a page may; None while nobody can tell."""
    stamp = desk.workspace.store.snapshots.stamp()
    hour = desk.workspace.clock().replace(minute=0, second=0, microsecond=0)
    return None if stamp is None else (stamp, hour, desk.contracts_mark, desk.purpose)


class Together:
    """Records of many readers, written in turns: those asked for during one write are the next one."""

    def __init__(self, log: AccessLog) -> None:
        self._log = log
        self._waiting: list[AccessRecord] = []
        self._now: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def write(self, records: Sequence[AccessRecord]) -> None:
        """Return once the records are on the disk.

        Raises:
            AltynError: `gate.log`; nothing may be answered then.
        """
        if not records:
            return
        self._waiting.extend(records)
        if self._next is None or self._next.done():
            self._next = asyncio.create_task(self._turn(self._now))
        # A reader who goes away takes nobody else's record along.
        await asyncio.shield(self._next)

    async def _turn(self, before: asyncio.Task[None] | None) -> None:
        """Write all that has come to wait when the turn before is over."""
        if before is not None and not before.done():
            await asyncio.wait({before})
        records, self._waiting = self._waiting, []
        self._now, self._next = self._next, None
        await to_thread.run_sync(self._log.write_all, records)


class Repeated:
    """Answers what is kept; passes on what is not, with the mark under which it may be kept."""

    def __init__(self, app: ASGIApp, desk: Desk, pages: Pages) -> None:
        self._app, self._desk, self._pages = app, desk, pages
        self._making: dict[Address, asyncio.Event] = {}
        self._together = Together(desk.workspace.gate.log)
        # Where snapshots lie in a bucket the look at them may wait for a network.
        self._is_far = desk.workspace.store.folders.place is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give a page again, or let it be made."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        address = address_of(scope)
        await self._made_by_another(address)
        mark = await to_thread.run_sync(mark_of, self._desk) if self._is_far else mark_of(self._desk)
        if mark is not None:
            scope[MARK] = mark
            kept = self._pages.find(mark, address)
            if kept is not None and await self._is_given(address, kept):
                scope[ROUTE] = kept.route
                await _answer(kept, scope)(scope, receive, send)
                return
        made = self._making.setdefault(address, asyncio.Event())
        try:
            await self._app(scope, receive, send)
        finally:
            made.set()
            if self._making.get(address) is made:
                del self._making[address]

    async def _made_by_another(self, address: Address) -> None:
        """Wait while somebody else has this page made: of fifty who come at once for a new page one makes it."""
        made = self._making.get(address)
        if made is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(made.wait(), _PATIENCE_S)

    async def _is_given(self, address: Address, kept: CachedPage) -> bool:
        """Whether a kept page may leave: decided again, and recorded."""
        try:
            records = [self._desk.workspace.gate.again(given) for given in kept.given]
            if all(records):
                await self._together.write([r for r in records if r is not None])
                return True
        except AltynError:
            # Refused now, or the log cannot be written: the page is made anew, and what is in its way is said there.
            pass
        self._pages.drop(address)
        return False


def address_of(scope: Scope) -> Address:
    """What a page is kept under: path, with the language in it, and query."""
    return scope["path"], scope["query_string"]


def keep(pages: Pages, page: Page, response: Response, looks: RememberedLooks) -> Response:
    """Hold a page for the next reader, where it may be; the answer for this one, with its tag.

    Only whole pages of text: a download says the number of its own record.
    """
    if not isinstance(response, HTMLResponse) or response.status_code != _OK:
        return response
    plain, scope = bytes(response.body), page.request.scope
    kept = CachedPage(
        str(scope[ROUTE]),
        f'W/"{hashlib.sha256(plain).hexdigest()[:24]}"',
        response.headers["content-type"],
        plain,
        packed(plain),
        tuple(looks.given),
    )
    mark = scope.get(MARK)
    # The mark was taken before the page was begun: where a snapshot came meanwhile, no later reader has this mark.
    if looks.is_whole and _is_valid(page) and mark is not None:
        pages.keep(mark, address_of(scope), kept)
    return _answer(kept, scope)


def _is_valid(page: Page) -> bool:
    """Whether an address says nothing but what its page reads, in the one way a browser writes it."""
    query = page.request.url.query
    parts = parse_qsl(query, keep_blank_values=True)
    return (
        len(page.request.url.path) + len(query) <= _LONGEST_ADDRESS
        and {name for name, _ in parts} <= page.names_read
        and len({name for name, _ in parts}) == len(parts)
        and urlencode(parts) == query
    )


def _answer(kept: CachedPage, scope: Scope) -> Response:
    asked = {bytes(k): bytes(v).decode("latin-1") for k, v in scope["headers"]}
    headers = {"ETag": kept.tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if _has(asked.get(b"if-none-match", ""), kept.tag):
        return Response(status_code=304, headers=headers)
    if takes_gzip(asked.get(b"accept-encoding", "")):
        return Response(kept.packed, headers=headers | {"Content-Encoding": "gzip", "Content-Type": kept.content_type})
    return Response(kept.plain, headers=headers | {"Content-Type": kept.content_type})


def _has(if_none_match: str, tag: str) -> bool:
    """Whether a reader has the page of a tag already; weak tags are compared by their text."""
    known = {t.strip().removeprefix("W/") for t in if_none_match.split(",")}
    return tag.removeprefix("W/") in known or "*" in known
