"""About: what the project is made of, which snapshots it has published, and what Altyn is."""

from __future__ import annotations

from starlette.responses import Response

from altyn.serve.portal.desk import Page


def snapshots(page: Page) -> Response:
    """All snapshots, the newest first."""
    return page.render("snapshots.html", snapshots=list(reversed(page.desk.workspace.snapshots())))


def about(page: Page) -> Response:
    """Sources and licences, and what the marks mean."""
    loaded = [r for r in page.registers.values() if page.state(r)]
    return page.render("about.html", registers=[r for r in loaded if page.said(r.source, "licence")])


ROUTES = {
    "/snapshots": snapshots,
    "/about": about,
}
