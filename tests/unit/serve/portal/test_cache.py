"""The cache of pages: bounded, of one mark, and not to be flooded."""

from __future__ import annotations

import pytest

from altyn.serve.portal.cache import CachedPage, Pages

PAGE = CachedPage("/{language}/", 'W/"t"', "text/html", b"x" * 6000, b"y" * 2000, ())


def address(number: int) -> tuple[str, bytes]:
    return f"/kk/{number}", b""


def test_a_page_is_found_under_its_mark_and_address_only() -> None:
    pages = Pages()
    assert pages.find("one", address(1)) is None
    pages.keep("one", address(1), PAGE)

    assert pages.find("one", address(1)) is PAGE
    assert pages.find("one", ("/kk/1", b"year=2020")) is None
    assert (pages.found, pages.missed, len(pages)) == (1, 2, 1)


def test_another_mark_drives_every_page_out() -> None:
    pages = Pages()
    pages.find("one", address(1))
    pages.keep("one", address(1), PAGE)
    pages.keep("one", address(2), PAGE)
    pages.find("one", address(2))

    assert pages.find("two", address(1)) is None
    assert (len(pages), pages.bytes) == (0, 0)
    # Back under the old mark there is nothing either: the page was of a moment that has gone.
    assert pages.find("one", address(1)) is None


def test_a_page_made_under_an_older_mark_is_not_taken() -> None:
    pages = Pages()
    pages.find("one", address(1))
    pages.find("two", address(1))
    pages.keep("one", address(1), PAGE)

    assert pages.find("two", address(1)) is None
    assert len(pages) == 0


@pytest.mark.parametrize(("most_bytes", "most_pages"), [(50 * PAGE.size, 4096), (1 << 30, 50)])
def test_a_flood_of_addresses_stays_in_its_part_and_drives_out_nobody_else(most_bytes: int, most_pages: int) -> None:
    pages = Pages(most_bytes, most_pages)
    for number in range(5):
        pages.find("one", address(number))
        pages.keep("one", address(number), PAGE)
        pages.find("one", address(number))
    for number in range(1000, 3000):
        pages.find("one", address(number))
        pages.keep("one", address(number), PAGE)

    assert all(pages.find("one", address(number)) for number in range(5))
    assert len(pages) <= 5 + 50 // 4
    assert pages.bytes == len(pages) * PAGE.size


def test_the_longest_unasked_page_goes_first() -> None:
    pages = Pages(40 * PAGE.size)
    for number in range(40):
        pages.find("one", address(number))
        pages.keep("one", address(number), PAGE)
        pages.find("one", address(number))
        pages.find("one", address(0))

    assert pages.bytes <= 40 * PAGE.size
    assert pages.find("one", address(0))
    assert not pages.find("one", address(1))
    assert pages.find("one", address(39))


def test_a_page_too_large_is_not_kept_and_one_kept_twice_counts_once() -> None:
    pages = Pages(16 * PAGE.size)
    large = CachedPage("/", 'W/"t"', "text/html", b"x" * 2 * PAGE.size, b"", ())
    pages.find("one", address(1))
    pages.keep("one", address(1), large)
    assert len(pages) == 0
    pages.keep("one", address(1), PAGE)
    pages.keep("one", address(1), PAGE)

    assert pages.bytes == PAGE.size
    pages.drop(address(1))
    assert (len(pages), pages.bytes) == (0, 0)
