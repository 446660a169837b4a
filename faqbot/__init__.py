"""A curated FAQ chatbot for treatment-center websites."""

__version__ = "0.1.0"
