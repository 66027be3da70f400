"""The connector pages: from each folder's manifest, mappings and simulator."""

from collections.abc import Mapping

from connectors.catalogue import Connected
from connectors.faults import FaultKind
from connectors.manifest import Manifest, Operation
from connectors.quality import assess
from connectors.reach import ConnectorSettings
from console.markdown import code, page, table
from console.reference_settings import fields
from mappings.compiler import Mapping as Document

GRADES = (
    "`verified`: an official text or independent clients agree. `seen`: one public client does it so. "
    "`assumed`: nobody has published it; the questions below would settle it."
)


def connectors(catalogue: Mapping[str, Connected]) -> dict[str, str]:
    """The list of connectors, and one page for each: name → text."""
    rows = [
        (
            f"[{name}](connectors/{name}.md)",
            one.manifest.title.en,
            one.manifest.title.fa,
            one.manifest.transport,
            ", ".join(code(operation) for operation in one.manifest.operations),
        )
        for name, one in catalogue.items()
    ]
    listed = page(
        "Connectors",
        "One folder per outside system. Each operation is a service of its own, `<connector>.<operation>`.",
        table(("connector", "system", "سامانه", "transport", "operations"), rows),
        "## Settings of a connector",
        "In `hub.toml` under `[systems.<connector>]`, or as `HUB_SYSTEMS__<CONNECTOR>__<NAME>`. Without an `address` "
        "the connector talks to its simulator.",
        fields(ConnectorSettings),
        "## The fault menu",
        'What simulators can be told to do wrong, by `POST /<connector>/_sim/faults` with `{"kind": …}`; '
        'also `operation` (left out: any), `times` (1), `until`, and `options` such as `{"seconds": 3}`.',
        table(
            ("kind", "fault", "خطا"), [(code(kind.value), kind.titles["en"], kind.titles["fa"]) for kind in FaultKind]
        ),
    )
    return {"connectors.md": listed} | {f"connectors/{name}.md": _connector(one) for name, one in catalogue.items()}


def _connector(one: Connected) -> str:
    manifest = one.manifest
    return page(
        f"{manifest.title.en} · {manifest.title.fa}",
        f"Connector `{one.name}`, contract version `{manifest.contract_version}`. "
        f"Its folder's own page: [connectors/{one.name}](../../../connectors/{one.name}/README.md).",
        "## Operations",
        table(
            ("service", "title", "عنوان", "effect", "grade", "asks with", "answers with"),
            [_operation(one.name, name, operation) for name, operation in manifest.operations.items()],
        ),
        GRADES,
        *_doubts(manifest),
        *_inbound(manifest),
        "## Mappings",
        table(("document", "version", "fields graded otherwise than the whole"), [_document(two) for two in _all(one)]),
        "## Limits",
        _limits(manifest),
        "## Faults the simulator can show",
        table(
            ("operation", "faults"),
            [
                (code(name), ", ".join(code(kind.value) for kind in sorted(kinds)))
                for name, kinds in one.simulation.faults.items()
            ],
        ),
        *_quality(one),
        *_questions(manifest),
    )


def _operation(system: str, name: str, operation: Operation) -> tuple[str, ...]:
    return (
        code(f"{system}.{name}"),
        operation.title.en,
        operation.title.fa,
        operation.effect.value,
        operation.grade.value,
        _type(operation.request),
        _type(operation.answer),
    )


def _type(name: str) -> str:
    return f"[{name}](../types.md#{name.lower()})"


def _doubts(manifest: Manifest) -> list[str]:
    rows = [
        (code(name), code(operation.resolve_with))
        for name, operation in manifest.operations.items()
        if operation.resolve_with is not None
    ]
    return ["## In doubt", table(("when the outcome of … is unknown", "it is asked after by"), rows)] if rows else []


def _inbound(manifest: Manifest) -> list[str]:
    rows = [(code(kind), inbound.grade.value, code(inbound.mapping)) for kind, inbound in manifest.inbound.items()]
    return ["## What the system pushes", table(("kind", "grade", "mapping"), rows)] if rows else []


def _all(one: Connected) -> list[Document]:
    return [*one.mappings.values(), *([one.inbound] if one.inbound else []), *one.arrivals.values()]


def _document(mapping: Document) -> tuple[str, ...]:
    grades = mapping.document.grades
    return code(mapping.id), str(mapping.version), ", ".join(f"{code(name)} {grade}" for name, grade in grades.items())


def _limits(manifest: Manifest) -> str:
    hours = manifest.hours
    rows = [
        ("calls begun a second", f"{manifest.limits.rate_per_second:g}"),
        ("calls at once", str(manifest.limits.concurrency)),
        ("seconds to reach it", f"{manifest.timeouts.connect:g}"),
        ("seconds a call may take", f"{manifest.timeouts.total:g}"),
        ("faults in a row that open the breaker", str(manifest.breaker.failures)),
        ("seconds the breaker stays open", f"{manifest.breaker.open_seconds:g}"),
        ("open", f"{hours.open:%H:%M} to {hours.close:%H:%M}, {hours.timezone}" if hours else "always"),
        ("closed on", ", ".join(hours.closed_weekdays) if hours and hours.closed_weekdays else "no weekday"),
        ("proves who calls by", code(manifest.auth.profile.value)),
    ]
    return table(("limit", ""), rows)


def _quality(one: Connected) -> list[str]:
    rows = [
        (code(row.rule), row.en, row.fa, row.state, row.why or "; ".join(row.lacking) if row.state != "done" else "")
        for row in assess(one)
    ]
    return ["## Quality", table(("rule", "asks for", "چه می‌خواهد", "state", "lacking, or why not"), rows)]


def _questions(manifest: Manifest) -> list[str]:
    if not manifest.questions:
        return []
    asked = "\n".join(f"1. {question.en}<br>{question.fa}" for question in manifest.questions)
    return ["## Open questions to the owner", asked]
