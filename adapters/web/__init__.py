"""The web page: conversation and document, in HTML."""
