"""Every guessed rule of the Web API as a switch; defaults are those of the Web API sheet 10."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class WebApiSwitches:
    """How the simulated Web API behaves where the real one is not known for certain."""

    # Access (rules 2 and 3).
    admin_allowed: bool = False
    content_type_needed_on_reads: bool = False

    # Reads (rules 6 and 7).
    page_size: int = 100
    old_annotation_names: bool = False  # odata.count as a text, without the @ (sheet 2.6)
    order_by_honoured: bool = True
    metadata_tells_verbs: bool = True  # capability annotations in $metadata

    # Writes (rules 11, 15 and 16).
    failed_post_burns_number: bool = True
    open_duplicates: Literal["reject", "allow"] = "reject"
    many_invoices: Literal["atomic", "partial", "shell"] = "partial"
    success_status: int = 201
    auto_inserted: tuple[tuple[str, str], ...] = ()  # optional fields of every invoice, default

    # Posting (rules 19 and 21).
    batch_not_ready: Literal["error", "skip"] = "error"
    posting_takes_s: float = 0.0  # how long a batch reads as PostInProgress

    # Time (rule 22), in seconds; waits are data in the answer.
    start_delay_s: float = 0.0
    idle_after_s: float = 1_200.0
    read_delay_s: float = 0.0
    write_delay_s: float = 0.0
    line_delay_s: float = 0.0
    process_delay_s: float = 0.0
