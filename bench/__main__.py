"""`make bench [ARGS="demo load"]`: run the rows and print one table. Each row runs in processes of its own."""

from __future__ import annotations

import sys

from bench import adding, country, demo, filtered, load, portal, size, spark, years
from bench.rivals import dlt, linkage

ROWS = {
    "size": size.rows,
    "demo": demo.rows,
    "country": country.rows,
    "add": adding.rows,
    "load": load.rows,
    "portal": portal.rows,
    "rows": filtered.rows,
    "years": years.rows,
    "spark": spark.rows,
    "dlt": dlt.rows,
    "splink": linkage.rows,
}


def main() -> None:
    """Print the asked rows, all without arguments."""
    asked = sys.argv[1:] or list(ROWS)
    print(f"{'row':<58} {'measured':>14} {'goal':>12}  verdict")
    for name in asked:
        for row in ROWS[name]():
            verdict = "" if row.goal is None else ("met" if row.met else "MISSED")
            print(f"{row.what:<58} {row.shown:>14} {row.goal_shown:>12}  {verdict}", flush=True)


if __name__ == "__main__":
    main()
