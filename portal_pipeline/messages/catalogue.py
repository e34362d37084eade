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
    text, action = (
        (message.es, message.action_es) if language == "es" else (message.en, message.action_en)
    )
    values = _Visible(finding.params)
    return text.format_map(values), action.format_map(values)


class _Visible(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
