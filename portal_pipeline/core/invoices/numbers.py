"""The document number of a CFDI in Sage, and when two numbers are the same.

Source: rules 5 "Document number" and "Links".
"""

from __future__ import annotations

UUID_TAIL_CHARS = 12


def document_number(serie: str, folio: str, uuid: str, length_max: int) -> str:
    """Serie and folio joined, blanks out, upper case; else the last 12 characters of the UUID.

    Args:
        serie: of the CFDI; may be empty.
        folio: of the CFDI; may be empty.
        uuid: stands in where there is no number, or one longer than ``length_max`` (22 in Sage).
        length_max: characters that Sage's field takes.
    """
    joined = "".join(f"{serie}{folio}".split()).upper()
    if not joined or len(joined) > length_max:
        return uuid[-UUID_TAIL_CHARS:].upper()
    return joined


def normalised(number: str) -> str:
    """A number as people compare it: letters and digits alone, upper case.

    A clerk types ``A-1042`` or ``a 1042`` for ``A1042``. Leading zeros count: they are part of it.
    """
    return "".join(character for character in number if character.isalnum()).upper()


def number_forms(serie: str, folio: str) -> frozenset[str]:
    """The normalised numbers under which a clerk may have captured the CFDI."""
    return frozenset({normalised(f"{serie}{folio}"), normalised(folio)} - {""})
