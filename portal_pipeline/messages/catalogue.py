"""All texts, and the text of one finding."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from portal_pipeline.core.findings import Finding
from portal_pipeline.messages.base import Message


@cache
def catalogue() -> Mapping[str, Message]:
    """The text of every finding code."""
    from portal_pipeline.messages import (  # noqa: PLC0415 - loaded when first asked for
        cfdi,
        complements,
        general,
        importer_files,
        invoices,
        payments,
        providers,
        purchase_orders,
    )

    areas = (
        *(general, purchase_orders, payments, invoices, cfdi, providers, complements),
        importer_files,
    )
    return {code: message for area in areas for code, message in area.MESSAGES.items()}


def text_of(finding: Finding, language: str = "es") -> tuple[str, str]:
    """(what happened, what to do), in Spanish (``es``) or English (``en``).

    Parameters that a stored finding of an older release lacks stay visible as ``{name}``.
    """
    message = catalogue().get(finding.code)
    if message is None:
        return finding.code, ""
    if language != "es":
        values = _Visible(finding.params)
        return message.en.format_map(values), message.action_en.format_map(values)
    words = message.words_es
    values = _Visible({name: words.get(value, value) for name, value in finding.params.items()})
    return message.es.format_map(values), message.action_es.format_map(values)


class _Visible(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
