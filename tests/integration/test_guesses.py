"""What `altyn add` guesses of the files that strangers brought: each passes its own guess, or the rows that cannot are known.

All of them are added to one project and run once: a guess that only looks right would be refused there.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.packs.project import load_project
from altyn.serve.use_cases import adding, projects
from altyn.serve.use_cases.running import RunReport, run_project
from altyn.serve.workspace import Workspace
from tests.integration.strange import FILES

# Folder and file -> rows, rows no contract can take, key.
GUESSES: dict[str, tuple[int, int, str]] = {
    "01-header-line-break-hang/x_hdrnl.xlsx": (5, 0, "kod"),
    "03-row-id-silent-retraction/rid40_day1.csv": (40, 0, "code"),
    "03-row-id-silent-retraction/rid40_day2.csv": (40, 0, "code"),
    "04-names-that-crash-a-run/column_name.csv": (2, 0, "id"),
    "04-names-that-crash-a-run/rowid1.csv": (2, 0, "id"),
    "04-names-that-crash-a-run/rule.csv": (2, 0, "id"),
    "06-truncated-extract/m1.csv": (1000, 0, "code"),
    "06-truncated-extract/m2.csv": (1, 0, "code"),
    "07-xlsx-error-cells/x_err.xlsx": (40, 2, "code"),
    "09-xlsx-16-digits/x_id16.xlsx": (3, 0, "account"),
    "09-xlsx-16-digits/x_id16b.xlsx": (3, 0, "id"),
    "10-text-codes-of-typed-files/j_textcode.json": (3, 0, "code"),
    "10-text-codes-of-typed-files/j_textcode2.json": (4, 0, "code"),
    "10-text-codes-of-typed-files/x_textcode.xlsx": (4, 0, "code"),
    "10-text-codes-of-typed-files/x_textcode2.xlsx": (5, 0, "code"),
    "11-leading-zeros-after-1000-rows/late_zero.csv": (1102, 0, "code"),
    "12-guess-refuses-its-own-file/j_bigint.json": (3, 0, "id"),
    "12-guess-refuses-its-own-file/j_mixed.json": (3, 0, "code"),
    "12-guess-refuses-its-own-file/openmrs.csv": (2, 0, "encounter_id"),
    "12-guess-refuses-its-own-file/p_dec.parquet": (3, 0, "id"),
    "12-guess-refuses-its-own-file/p_float.parquet": (3, 0, "id"),
    "12-guess-refuses-its-own-file/socrata.csv": (2, 0, "permit"),
    "12-guess-refuses-its-own-file/ts_local.csv": (3, 0, "id"),
    "12-guess-refuses-its-own-file/x_float.xlsx": (6, 0, "id"),
    "12-guess-refuses-its-own-file/x_mixed.xlsx": (5, 0, "oked"),
    "13-moments-without-zone-and-times/p_dur.parquet": (3, 0, "id"),
    "13-moments-without-zone-and-times/p_int96.parquet": (3, 0, "id"),
    "13-moments-without-zone-and-times/p_ns_naive.parquet": (3, 0, "id"),
    "13-moments-without-zone-and-times/p_ns_sec.parquet": (2, 0, "id"),
    "13-moments-without-zone-and-times/x_dt.xlsx": (5, 0, "id"),
    "14-offset-of-hours-only/ts_net.csv": (2, 0, "id"),
    "14-offset-of-hours-only/ts_pg.csv": (2, 0, "id"),
    "15-odcs-format-and-timezone-ignored/ddmm.csv": (3, 0, "id"),
    "15-odcs-format-and-timezone-ignored/ts_local.csv": (3, 0, "id"),
    "16-bom-in-the-middle/bommid.csv": (3, 1, "code"),
    "16-bom-in-the-middle/bommid2.csv": (3, 0, "code"),
    "17-headers-that-look-the-same/u_hdr_zw.csv": (2, 0, "code"),
    "17-headers-that-look-the-same/u_hdr_zw2.csv": (2, 0, "code"),
    "17-headers-that-look-the-same/u_nfc.csv": (2, 0, "kod"),
    "17-headers-that-look-the-same/u_nfd.csv": (2, 0, "kod"),
    "18-keys-that-look-the-same/u_both.csv": (5, 0, "n"),
    "18-keys-that-look-the-same/u_key1.csv": (3, 0, "n"),
    "18-keys-that-look-the-same/u_key2.csv": (3, 0, "n"),
    "19-add-takes-no-options/e_zip2.zip": (59, 0, "kod"),
    "19-add-takes-no-options/e_zip_mac.zip": (59, 0, "kod"),
    "19-add-takes-no-options/j_ndjson.json": (2, 0, "id"),
    "19-add-takes-no-options/j_wrap.json": (2, 0, "id"),
    "19-add-takes-no-options/q_comment.csv": (2, 0, "id"),
    "19-add-takes-no-options/x_title.xlsx": (10, 0, "kod"),
    "20-xlsx-hidden-first-sheet/x_hidden.xlsx": (2, 0, "code"),
    "21-title-rows-and-merged-header/x_title.xlsx": (10, 0, "kod"),
    "24-parquet-called-broken/p_badutf.parquet": (3, 2, "id"),
    "24-parquet-called-broken/p_misc.parquet": (3, 1, "id"),
    "25-guessed-keys/dhis1.csv": (72, 0, "dataelement period orgunit categoryoptioncombo attributeoptioncombo"),
    "25-guessed-keys/dhis2.csv": (72, 0, "dataelement period orgunit categoryoptioncombo attributeoptioncombo"),
    "25-guessed-keys/l_ctrlz.csv": (2, 0, "id"),
    "25-guessed-keys/q_inner.csv": (89, 1, "id"),
    "26-no-header/q_noheader.csv": (3, 0, "c_1"),
    "28-geojson-two-ids/g_id.geojson": (2, 0, "feature_id"),
    "29-json-messages/j_ndjson.json": (2, 0, "id"),
    "22-sep-line/q_sep.csv": (2, 0, "id"),
    "30-lone-cr/l_mixed.csv": (3, 1, "id"),
}
# Files that cannot be read as they are, and why.
REFUSED = {
    "19-add-takes-no-options/e_koi8.csv": "source.encoding",
    "27-geojson-crs/g_crs.geojson": "source.format",
    "29-json-messages/g_nan.geojson": "source.format",
}


@dataclass(frozen=True)
class Added:
    """The project, the guess of each file, and the run that loaded them."""

    folder: Path
    found: dict[str, adding.Proposal]
    report: RunReport


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Added:
    folder = tmp_path_factory.mktemp("guesses") / "project"
    projects.make_project(folder, projects.state_named("kazakhstan"))
    found: dict[str, adding.Proposal] = {}
    for number, name in enumerate(GUESSES):
        path = folder / "data" / f"{number:02}{Path(name).name}"
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(FILES / name, path)
        proposal = adding.propose(load_project(folder), path, f"g{number:02}")
        adding.keep(load_project(folder), proposal)
        found[name] = proposal
    return Added(folder, found, run_project(Workspace.open(folder)))


@pytest.mark.parametrize("name", GUESSES)
def test_a_guess_passes_its_own_file(added: Added, name: str) -> None:
    rows, odd, key = GUESSES[name]
    proposal = added.found[name]
    outcome = proposal.found.outcome

    assert (outcome.rows, outcome.rows - outcome.passed) == (rows, odd)
    assert " ".join(proposal.found.key.columns) == key
    # The run agrees with the trial.
    line = next(line for line in added.report.lines if line["register"] == proposal.register)
    assert (line["read"], line["refused"]) == (rows, odd)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_said_and_nothing_is_written(added: Added, name: str) -> None:
    path = shutil.copy(FILES / name, added.folder)
    before = sorted(added.folder.rglob("*.yaml"))

    with pytest.raises(AltynError) as caught:
        adding.propose(load_project(added.folder), Path(path))

    assert caught.value.code == REFUSED[name]
    assert sorted(added.folder.rglob("*.yaml")) == before


def test_every_file_that_strangers_brought_is_tried() -> None:
    data = {str(p.relative_to(FILES)) for p in FILES.rglob("*") if p.is_file() and p.suffix not in {"", ".md", ".sql"}}

    assert data == set(GUESSES) | set(REFUSED)
