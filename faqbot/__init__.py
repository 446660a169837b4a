"""A curated FAQ chatbot for treatment-center websites."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["load"]


def __getattr__(name: str) -> Any:
    # `faqbot.load` is found on first use, so that parts such as the crisis detector import without numpy.
    if name == "load":
        from faqbot.bot import load

        return load
    raise AttributeError(f"module 'faqbot' has no attribute {name!r}")
