"""Altyn: a platform on which a state accumulates, checks, keeps and uses the data of its registers.

What `__all__` names is the public API; everything deeper may change without notice.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
