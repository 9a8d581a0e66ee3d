"""IIN and BIN: identification numbers of persons and organisations, twelve digits with a check digit of two rounds.

The check digit is weak evidence: one random string of twelve digits in ten passes it, and nine substitutions in a hundred go
unnoticed. Digits 1 to 6 of an IIN need not be the date of birth (Government Resolution 853 of 26.08.2013), so they are not compared with it.
"""

from altyn import Kind, Label

_FIRST = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_LENGTH, _MODULUS, _AGAIN = 12, 11, 10


def check_digit(number: str) -> int | None:
    """The twelfth digit that the first eleven ask for; None where both rounds give 10: such a number is not issued.

    >>> check_digit("92102935085")
    1
    """
    for weights in (_FIRST, _SECOND):
        rest = sum(w * int(digit) for w, digit in zip(weights, number, strict=False)) % _MODULUS
        if rest != _AGAIN:
            return rest
    return None


def _passes(number: str) -> bool:
    return (
        len(number) == _LENGTH
        and number.isascii()
        and number.isdigit()
        and len(set(number)) > 1
        and check_digit(number) == int(number[-1])
    )


def is_iin(number: str) -> bool:
    """Whether a text can be an IIN: check digit, and a seventh digit that tells a century (0 to 6), or 7 and 8, which are not issued.

    >>> is_iin("921029350851"), is_iin("92102935085O")
    (True, False)
    """
    return _passes(number) and number[6] <= "8"


def is_bin(number: str) -> bool:
    """Whether a text can be a BIN: check digit, a month, a kind of entity (4 to 6) and of unit (0 to 3), or 7 to 9, which are none."""
    return _passes(number) and "01" <= number[2:4] <= "12" and number[4] in "456" and number[5] in "0123789"


# In SQL the twelve digits are read as if they were hexadecimal: each then fills four bits and comes out by a shift, a tenth of
# the cost of cutting the text. The second round's weights are the first's plus two, modulo 11, so it is the first sum plus
# twice the sum of the eleven digits. What is not twelve digits gives NULL or fails the pattern, and both mean false.
_BITS = "TRY_CAST('0x' || {value} AS BIGINT)"
_SAME_DIGIT = 0x111111111111


def _digit(place: int) -> str:
    return f"(({_BITS} >> {4 * (_LENGTH - place)}) & 15)"


_WEIGHED = "(" + " + ".join(f"{place} * {_digit(place)}" for place in _FIRST) + ")"
_PLAIN = "(" + " + ".join(_digit(place) for place in _FIRST) + ")"
_ROUNDS = f"({_WEIGHED} + 2 * {_PLAIN} * CAST({_WEIGHED} % {_MODULUS} = {_AGAIN} AS INTEGER)) % {_MODULUS}"


def _sql(extra: str) -> str:
    # The pattern stands last: in front of the arithmetic it would keep DuckDB from sharing the digits between its parts.
    return (
        f"coalesce({_ROUNDS} = {_digit(_LENGTH)} AND {_BITS} % {_SAME_DIGIT} <> 0{extra} "
        "AND regexp_full_match({value}, '[0-9]{12}'), false)"
    )


IIN = Kind(
    name="iin",
    python=is_iin,
    sql=_sql(" AND substr({value}, 7, 1) <= '8'"),
    label=Label({"kk": "ЖСН", "ru": "ИИН", "en": "IIN"}),
    reserved_sql="substr({value}, 7, 1) IN ('7', '8')",
)
BIN = Kind(
    name="bin",
    python=is_bin,
    sql=_sql(
        " AND substr({value}, 3, 2) BETWEEN '01' AND '12' AND substr({value}, 5, 1) IN ('4', '5', '6')"
        " AND substr({value}, 6, 1) IN ('0', '1', '2', '3', '7', '8', '9')"
    ),
    label=Label({"kk": "БСН", "ru": "БИН", "en": "BIN"}),
    reserved_sql="substr({value}, 6, 1) IN ('7', '8', '9')",
)
