"""Splink in its own environment: link files and print, as JSON, F1 at the best threshold, CPU seconds and peak memory.

Arguments: a Parquet file of persons; or two FEBRL files and `number` or `no number`. Settings follow Splink's own guide for each.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import duckdb
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

START = time.process_time()
PERSONS = {
    "rules": [
        ("first_name", "surname"),
        ("surname", "dob"),
        ("first_name", "dob"),
        ("phone",),
        ("dob", "locality"),
        ("patronymic", "dob"),
    ],
    "comparisons": [
        cl.JaroWinklerAtThresholds("first_name", [0.92, 0.85]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("surname", [0.92, 0.85]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("patronymic", [0.92, 0.85]).configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("locality").configure(term_frequency_adjustments=True),
        cl.ExactMatch("phone"),
    ],
    "sure": [("first_name", "surname", "dob"), ("phone", "dob")],
    "train": [("dob",), ("first_name", "surname")],
}
FEBRL = {
    "rules": [
        ("given_name", "surname"),
        ("date_of_birth",),
        ("postcode", "surname"),
        ("postcode", "given_name"),
        ("address_1",),
        ("suburb", "street_number"),
    ],
    "comparisons": [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.ExactMatch("street_number"),
        cl.LevenshteinAtThresholds("address_1", [2, 5]),
        cl.LevenshteinAtThresholds("suburb", [2]),
        cl.LevenshteinAtThresholds("postcode", [1]),
        cl.ExactMatch("state"),
        cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
    ],
    "sure": [("given_name", "surname", "date_of_birth")],
    "train": [("date_of_birth",), ("given_name", "surname")],
}


def main() -> None:
    """Load, train, predict, judge."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET enable_progress_bar = false; SET threads = 2")
    api = DuckDBAPI(connection=connection)
    two = sys.argv[2:] != []
    way = FEBRL if two else PERSONS
    if two:
        if sys.argv[3] == "number":
            way["comparisons"].append(cl.LevenshteinAtThresholds("soc_sec_id", [1, 2]))
            way["rules"].append(("soc_sec_id",))
        for name, path in zip(("a", "b"), sys.argv[1:3], strict=True):
            connection.execute(
                f"CREATE TABLE {name} AS SELECT rec_id AS unique_id, regexp_extract(rec_id, 'rec-([0-9]+)', 1) AS entity, * EXCLUDE (rec_id) "
                f"FROM read_csv('{path}', all_varchar = true)"
            )
        tables = [api.register("a"), api.register("b")]
        truth = "SELECT count(*) FROM a JOIN b USING (entity)"
    else:
        connection.execute(f"CREATE TABLE a AS SELECT * EXCLUDE (sex) FROM '{sys.argv[1]}'")
        tables = api.register("a")
        truth = "SELECT sum(c * (c - 1) // 2) FROM (SELECT count(*) AS c FROM a GROUP BY entity)"
    settings = SettingsCreator(
        link_type="link_only" if two else "dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in way["rules"]],
        comparisons=way["comparisons"],
    )
    linker = Linker(tables, settings, log_level=40)
    linker.training.estimate_probability_two_random_records_match([block_on(*rule) for rule in way["sure"]], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in way["train"]:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule), max_pairs=2e6)
    found = linker.inference.predict(threshold_match_probability=0.01).physical_name
    spent, peak = time.process_time() - START, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    right = "b" if two else "a"
    pairs = connection.execute(
        f"SELECT match_weight AS w, count(*) AS n, count(*) FILTER (l.entity = r.entity) AS t FROM {found} p "
        f"JOIN a l ON l.unique_id = p.unique_id_l JOIN {right} r ON r.unique_id = p.unique_id_r GROUP BY ALL ORDER BY w DESC"
    ).fetchall()
    true = connection.execute(truth).fetchall()[0][0]
    best, n, hits = 0.0, 0, 0
    for _, count, good in pairs:
        n, hits = n + count, hits + good
        best = max(best, 2 * hits / (n + true))
    print(json.dumps({"f1": best, "cpu_s": spent, "peak_mb": peak}))


main()
