"""From a question to an answer: language, text, retrieval, routing."""
