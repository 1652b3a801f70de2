"""Structured logs: JSON in production, readable in a terminal; never a text, a name or an address of a person."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(chosen: str) -> None:
    """Set up logging for this process; `chosen` is "json", "console", or "auto" (JSON unless a person watches)."""
    as_json = chosen == "json" or (chosen == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # locals of a traceback hold what people typed: never shown
    traces = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    ending: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(traces), structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_drop_record, *ending])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # it would log a malformed request with its first line and the client's address
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)


def _drop_record(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, name, event)
