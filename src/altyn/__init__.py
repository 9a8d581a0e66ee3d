"""Altyn: a platform on which a state accumulates, checks, keeps and uses the data of its registers.

What `__all__` names is the public API; everything deeper may change without notice.
"""

from altyn.language import Label
from altyn.model.kinds import Kind

__version__ = "0.1.0"

__all__ = ["Kind", "Label", "__version__"]
