"""How the office that pays writes the synthetic country: Kazakh or Russian by the clerk, an account for everyone it pays."""

from altyn import Rendering, home_of, names_of

PAYMENTS = Rendering(
    "social.payments",
    "payments",
    key="case_no",
    joins=names_of() + home_of(),
    late=0.05,
    corrected=(2, 4),
    columns={
        "case_no": "'S' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "iin": "CASE WHEN falls(d0, 0.2) THEN NULL WHEN falls(d0, 0.21) THEN iin_as_typed(rows.number, d0) ELSE twelve(rows.number) END",
        "surname": "CASE WHEN falls(d1, 0.4) THEN s.kazakh WHEN falls(d1, 0.5) THEN m.russian ELSE s.russian END",
        "given_name": "CASE WHEN falls(d1, 0.4) THEN g.kazakh WHEN falls(d2, 0.05) THEN typo(g.russian, d2) ELSE g.russian END",
        "patronymic": "CASE WHEN falls(d3, 0.08) THEN NULL WHEN falls(d1, 0.4) THEN f.kazakh ELSE f.russian END",
        "birth_date": "CASE WHEN falls(d4, 0.01) THEN date_as_typed(rows.born, d4) ELSE on_day(rows.born) END",
        "kind": "(['pension', 'disability', 'large-family', 'child-care', 'unemployment'])[1 + rows.kind]",
        "since": "on_day(rows.since)",
        "until": "CASE WHEN rows.until >= 0 THEN on_day(rows.until) END",
        "amount": "rows.amount",
        "iban": "'KZ' || lpad(CAST(rows.account_check AS VARCHAR), 2, '0') || '999' || lpad(CAST(rows.account AS VARCHAR), 13, '0')",
        "kato": "p.code",
        "phone": "CASE WHEN falls(d5, 0.3) THEN NULL WHEN falls(d5, 0.6) THEN mobile(rows.home_phone) ELSE mobile(rows.phone) END",
    },
)
