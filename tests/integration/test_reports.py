"""Reports of runs, as snapshots keep them: codes and counts, which outlive an erasure and may; texts may not."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from altyn.store.formats import as_format_2
from tests.integration.conftest import Trial

FIXTURE = Path(__file__).parents[1] / "fixtures" / "projects" / "format-1.tar.gz"
PERSON = "4711-Сұлтанбек-Planted"


def test_a_lost_header_leaves_its_code_and_no_words(trial: Trial) -> None:
    """The first record stands where the header stood; the register with the fault is refused, another one is published."""
    trial.run()
    places = trial.folder / "data" / "places.csv"
    text = places.read_text(encoding="utf-8")
    places.write_text(f"{PERSON},1000,2020-01-01,\n", encoding="utf-8")
    trial.areas("1000,Алматы,77\n2000,Ақтөбе,10\n3000,Атырау,5\n")
    report = trial.run(days=1)

    assert report.errors
    assert report.snapshot is not None
    assert [line["error"] for line in report.snapshot.report if "error" in line] == [{"code": report.errors[0].code}]
    kept = [
        path for path in (trial.folder / ".altyn").rglob("*") if path.is_file() and PERSON.encode() in path.read_bytes()
    ]
    assert kept == []
    places.write_text(text, encoding="utf-8")


def test_an_upgrade_takes_the_texts_out_of_older_reports() -> None:
    with tarfile.open(FIXTURE) as archive:
        names = sorted(n for n in archive.getnames() if "/snapshots/0" in n)
        read = [archive.extractfile(n) for n in names]
        documents = [json.loads(f.read()) for f in read if f]
    assert len(documents) == len(names) > 0
    for document in documents:
        document["report"] = [
            *document["report"],
            {"register": "a.b", "error": {"code": "source.empty", "what": PERSON}},
        ]
        upgraded = as_format_2(document)
        assert PERSON not in json.dumps(upgraded, ensure_ascii=False)
        assert upgraded["report"][-1]["error"] == {"code": "source.empty"}
        assert as_format_2(upgraded) == upgraded
