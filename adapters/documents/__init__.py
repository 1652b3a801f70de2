"""New protocols as people send them: Word, PDF, plain text and Markdown, read as lines."""

from adapters.documents.document import Document
from adapters.documents.reading import read

__all__ = ["Document", "read"]
