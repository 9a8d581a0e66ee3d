"""How this country was made: what of a synthetic country comes from sources, what is assumed, and what is not modelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from altyn.language import Label, say
from altyn.serve.portal.desk import Page
from altyn.serve.use_cases.countries import Marginal

# What nothing was taken from: whoever counts it, counts what was assumed.
ASSUMED = (
    say("shares of communities by region, and how large each place is"),
    say("who marries whom, how many children there are, who dies when"),
    say("who moves where and when"),
    say("jobs, wages and benefits"),
    say("how names are spelled in each register, and how often a clerk mistypes"),
    say("firms, their owners and how many people work there"),
)
NOT_MODELLED = (
    say("illness, crime, faith, politics"),
    say("seasons and holidays"),
    say("prices, taxes, and anything a household buys"),
    say("how people differ by region in anything but age, sex and name"),
)


def country(page: Page) -> Response:
    """Regions and ages beside their sources, with the largest difference of each."""
    made = page.desk.country
    if made is None:
        return page.render("lost.html", status=404)
    names = area_names(page, [m.name for m in made.regions])
    age, sex, furthest = made.largest_by_age
    return page.render(
        "country.html",
        made=made,
        names=names,
        regions=page.desk.ordering.sorted(made.regions, lambda m: names[m.name]),
        last_age=made.ages[-1][0],
        largest_age=(age, sex, furthest),
        share=lambda m: _share(m, made.people),
        assumed=ASSUMED,
        not_modelled=NOT_MODELLED,
        registers={name: page.registers[name] for name in made.rows if name in page.registers},
    )


def area_names(page: Page, codes: Iterable[str]) -> Mapping[str, str]:
    """Names of areas by the first code list of any pack that names them all, else the codes themselves."""
    wanted = list(codes)
    lists = [codes.codes for pack in page.desk.workspace.packs for codes in pack.code_lists.values()]
    # A list of other spellings knows the codes too, and calls them by themselves.
    found: Mapping[str, Label] = next((k for k in lists if all(c in k and k[c].text("en", c) != c for c in wanted)), {})
    return {code: page.words.label(found.get(code), code) for code in wanted}


def _share(marginal: Marginal, people: int) -> float:
    """The difference as percent of everybody."""
    return 100 * abs(marginal.difference) / people if people else 0.0


ROUTES = {"/country": country}
