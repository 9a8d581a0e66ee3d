"""Command line: each verb reads its arguments, calls one use case and shows what came of it."""
