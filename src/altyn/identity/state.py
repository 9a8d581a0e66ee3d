"""State: a model with the rows it was applied to, on disk, so that a day's new rows touch only their neighbourhood.

Under one model a day's rows give what a full run over all rows gives: values keep their codes, frequencies and blocks left out
stay those the model was learned with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from altyn.engines.duckdb import Session
from altyn.identity.blocking import Hot, Rule
from altyn.identity.choosing import Choice
from altyn.identity.columns import EncodedColumn, EncodedForm, Tokens
from altyn.identity.deciding import Threshold
from altyn.identity.linking import Linked, Model, Pairs, SourceRows, finish, score_all, score_new
from altyn.identity.specification import parse_specification
from altyn.identity.weighing import Weights
from altyn.model.sql import identifier, literal

FORMAT = 1


def extended(linked: Linked, old: SourceRows, keep: NDArray[np.bool_], new: SourceRows) -> tuple[Linked, SourceRows]:
    """The result after rows went and rows came, under the same model.

    Args:
        linked: the result for `old`.
        old: the rows so far.
        keep: which of them stay; shape (old.total,).
        new: rows that come, encoded with the columns of `old` given.

    Returns:
        The result and its rows: those kept, in order, then the new ones.
    """
    kept = np.flatnonzero(keep)
    columns = tuple(
        replace(fresh, codes=np.concatenate([before.codes[kept], fresh.codes]))
        for before, fresh in zip(old.columns, new.columns, strict=True)
    )
    rows = SourceRows(columns, np.concatenate([old.sources[kept], new.sources]))
    place = np.full(old.total, -1, np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    pairs = linked.pairs
    stay = keep[pairs.left] & keep[pairs.right]
    before = Pairs(place[pairs.left[stay]], place[pairs.right[stay]], pairs.scores[stay], pairs.vectors[stay])
    is_new = np.arange(rows.total) >= len(kept)
    fresh_pairs = score_new(linked.model, rows, is_new)
    both = Pairs(
        *(
            np.concatenate([getattr(p, name) for p in (before, fresh_pairs)])
            for name in ("left", "right", "scores", "vectors")
        )
    )
    order = np.lexsort((both.right, both.left))
    ordered = Pairs(both.left[order], both.right[order], both.scores[order], both.vectors[order])
    return finish(linked.model, rows, ordered, len(fresh_pairs.left)), rows


def relinked(model: Model, rows: SourceRows) -> Linked:
    """A full run over all rows under a model that was learned before."""
    pairs, count = score_all(model, rows)
    return finish(model, rows, pairs, count)


@dataclass(frozen=True)
class LinkState:
    """A result with its rows, as it lies on disk. `keys` names each row in its source; shape (N,)."""

    linked: Linked
    rows: SourceRows
    keys: NDArray[np.object_]
    sources: tuple[str, ...]


def save(state: LinkState, folder: Path) -> None:
    """Write a state to an empty folder: model.json, rows.parquet, pairs.parquet and one file of values per field."""
    folder.mkdir(parents=True, exist_ok=True)
    linked, rows = state.linked, state.rows
    document = model_document(linked.model) | {
        "sources": list(state.sources),
        "settings": [dict(c.settings) for c in rows.columns],
    }
    document["forms"] = [{name: form.size for name, form in column.forms.items()} for column in rows.columns]
    with Session() as session:
        table = {"source": rows.sources.astype(np.int32), "cluster": linked.labels, "probability": linked.probability}
        table |= {f"f{place}": column.codes for place, column in enumerate(rows.columns)}
        _write(session, folder / "rows.parquet", table, {"key": state.keys})
        pairs = linked.pairs
        _write(
            session,
            folder / "pairs.parquet",
            {"left": pairs.left, "right": pairs.right, "score": pairs.scores, "vector": pairs.vectors},
        )
        for place, column in enumerate(rows.columns):
            numbers = {
                "count": column.counts,
                **{f"number_{k}": v.astype(np.float64) for k, v in column.numbers.items()},
            }
            numbers |= {f"form_{name}": form.codes for name, form in column.forms.items()}
            _write(session, folder / f"values_{place}.parquet", numbers, {"value": column.values})
            for name, form in column.forms.items():
                if form.texts is not None:
                    _write(session, folder / f"texts_{place}_{name}.parquet", {}, {"text": form.texts})
            if column.tokens is not None:
                owner = np.repeat(np.arange(len(column.values)), np.diff(column.tokens.starts))
                _write(session, folder / f"tokens_{place}.parquet", {"owner": owner, "word": column.tokens.ids})
                _write(
                    session,
                    folder / f"words_{place}.parquet",
                    {"count": column.tokens.counts},
                    {"word": column.tokens.words},
                )
    (folder / "model.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def load(folder: Path) -> LinkState:
    """Read a state."""
    document = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    model = model_of(document)
    with Session() as session:
        found = _read(session, folder / "rows.parquet")
        columns = tuple(
            _column(session, folder, place, found[f"f{place}"], document)
            for place in range(len(model.specification.fields))
        )
        pairs = _read(session, folder / "pairs.parquet")
    rows = SourceRows(columns, found["source"].astype(np.int16))
    kept = Pairs(
        pairs["left"].astype(np.int32),
        pairs["right"].astype(np.int32),
        pairs["score"].astype(np.float32),
        pairs["vector"].astype(np.int64),
    )
    linked = Linked(model, kept, found["cluster"].astype(np.int64), found["probability"].astype(np.float64))
    return LinkState(linked, rows, found["key"], tuple(document["sources"]))


def _column(
    session: Session, folder: Path, place: int, codes: NDArray[Any], document: Mapping[str, Any]
) -> EncodedColumn:
    values = _read(session, folder / f"values_{place}.parquet")
    kind = document["kinds"][place]
    forms: dict[str, EncodedForm] = {}
    for name, size in document["forms"][place].items():
        path = folder / f"texts_{place}_{name}.parquet"
        texts = _read(session, path)["text"] if path.exists() else None
        forms[name] = EncodedForm(values[f"form_{name}"].astype(np.int32), size, texts)
    numbers = {name[7:]: value for name, value in values.items() if name.startswith("number_")}
    if kind == "date":
        numbers = {name: value.astype(np.int16 if name == "year" else np.int8) for name, value in numbers.items()}
    tokens = None
    if (folder / f"tokens_{place}.parquet").exists():
        flat, words = (
            _read(session, folder / f"tokens_{place}.parquet"),
            _read(session, folder / f"words_{place}.parquet"),
        )
        starts = np.concatenate([[0], np.cumsum(np.bincount(flat["owner"], minlength=len(values["value"])))]).astype(
            np.int64
        )
        tokens = Tokens(starts, flat["word"].astype(np.int32), words["word"], words["count"].astype(np.int64))
    return EncodedColumn(
        codes.astype(np.int32),
        values["value"],
        values["count"].astype(np.int64),
        forms,
        numbers,
        tokens,
        document["settings"][place],
    )


def model_document(model: Model) -> dict[str, Any]:
    """A model as plain data."""
    decision = model.decision
    return {
        "format": FORMAT,
        "specification": model.specification.text(),
        "kinds": [f.kind for f in model.specification.fields],
        "max_pairs_per_row": model.specification.max_pairs_per_row,
        "rules": [[list(part) for part in rule.parts] for rule in model.rules],
        "pairs": list(model.choice.pairs),
        "gains": list(model.choice.gains),
        "hot": [hot.codes.tolist() for hot in model.hot],
        "m": [table.tolist() for table in model.weights.m],
        "others": [[table.tolist() for table in one] for one in model.weights.others],
        "shares": model.weights.shares.tolist(),
        "steps": model.weights.steps,
        "random": [table.tolist() for table in model.random],
        "threshold": decision.threshold,
        "precision": decision.precision,
        "recall": decision.recall,
        "blocking_recall": decision.blocking_recall,
        "matches": decision.matches,
        "within": model.within,
    }


def model_of(document: Mapping[str, Any]) -> Model:
    """The model in plain data."""
    specification = replace(
        parse_specification(document["specification"], "model.json"), max_pairs_per_row=document["max_pairs_per_row"]
    )
    rules = tuple(Rule(tuple((int(f), str(form)) for f, form in parts)) for parts in document["rules"])
    decision = Threshold(
        document["threshold"],
        _alone(document["precision"]),
        _alone(document["recall"]),
        document["blocking_recall"],
        document["matches"],
    )
    weights = Weights(
        _tables(document["m"]),
        tuple(_tables(one) for one in document["others"]),
        np.asarray(document["shares"]),
        document["steps"],
    )
    hot = tuple(
        Hot(np.asarray(codes, np.int32).reshape(-1, len(rule.parts)))
        for codes, rule in zip(document["hot"], rules, strict=True)
    )
    choice = Choice(rules, tuple(document["pairs"]), tuple(document["gains"]))
    return Model(specification, rules, choice, hot, weights, _tables(document["random"]), decision, document["within"])


def _alone(value: float | list[float]) -> float:
    """An expected share; older states had bounds beside it that nothing was derived from."""
    return float(value[0] if isinstance(value, list) else value)


def _tables(lists: Sequence[Sequence[float]]) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.asarray(one, np.float64) for one in lists)


def _write(
    session: Session,
    path: Path,
    numbers: Mapping[str, NDArray[Any]],
    texts: Mapping[str, NDArray[np.object_]] | None = None,
) -> None:
    import arro3.core as arrow

    columns: dict[str, Any] = {
        name: arrow.Array.from_numpy(np.ascontiguousarray(value)) for name, value in numbers.items()
    }
    columns |= {name: arrow.Array(value.tolist(), arrow.DataType.utf8()) for name, value in (texts or {}).items()}
    session.connection.register("_state", arrow.Table.from_pydict(columns))
    session.run(f"COPY _state TO {literal(str(path))} (FORMAT parquet)")
    session.connection.unregister("_state")


def _read(session: Session, path: Path) -> dict[str, NDArray[Any]]:
    names = [str(row[0]) for row in session.run(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})")]
    listed = ", ".join(identifier(name) for name in names)
    found = session.connection.execute(f"SELECT {listed} FROM read_parquet({literal(str(path))})").fetchnumpy()
    return {name: np.ma.getdata(found[name]) for name in names}
