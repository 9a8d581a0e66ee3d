"""Altyn: a platform on which a state accumulates, checks, keeps and uses the data of its registers.

What `__all__` names is the public API; everything deeper may change without notice.
"""

from altyn.language import Label
from altyn.model.kinds import Kind
from altyn.model.worlds import Area, Band, Community, Country, Norms, Place, Rendering, home_of, names_of

__version__ = "0.1.0"

__all__ = [
    "Area",
    "Band",
    "Community",
    "Country",
    "Kind",
    "Label",
    "Norms",
    "Place",
    "Rendering",
    "__version__",
    "home_of",
    "names_of",
]
