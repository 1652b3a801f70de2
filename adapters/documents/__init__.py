"""New protocols as people send them: Word, PDF, plain text and Markdown, read as lines."""

from adapters.documents.reading import Document, read

__all__ = ["Document", "read"]
