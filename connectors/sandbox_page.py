"""The sandbox's index: every simulated system, its operations, the faults it can show, and its control routes."""

from collections.abc import Mapping
from html import escape

from connectors.catalogue import Connected
from connectors.faults import FaultKind
from connectors.manifest import Operation

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:#0b7285}
@media(prefers-color-scheme:dark){:root{--accent:#66d9e8}}
body{font-family:Vazirmatn,"Noto Sans Arabic",system-ui,sans-serif;line-height:1.7}
body{max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{margin:0}h2{margin:0;font-size:1.2rem}.en{direction:ltr;unicode-bidi:isolate;text-align:right;opacity:.75;font-size:.92rem}
section{border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.2rem;margin:1.2rem 0}
label{display:inline-flex;flex-direction:column;gap:.2rem;margin-inline-end:1rem;max-width:100%}select{max-width:100%}
article{border-top:1px solid var(--line);padding:.6rem 0;margin-top:.6rem}
code,.tag{direction:ltr;unicode-bidi:isolate;font-family:ui-monospace,monospace;font-size:.82rem;background:var(--soft);
border:1px solid var(--line);border-radius:.4rem;padding:.05rem .45rem}
.tags{display:flex;flex-wrap:wrap;gap:.35rem;margin:.4rem 0}summary{cursor:pointer;color:var(--accent)}
a{color:var(--accent)}
table{border-collapse:collapse;width:100%}td,th{border-top:1px solid var(--line);padding:.3rem .5rem;text-align:start}
select{max-width:100%}button{padding:.3rem .9rem}
nav{display:flex;flex-wrap:wrap;gap:1rem;margin-top:.8rem;padding-top:.6rem;border-top:1px solid var(--line)}
"""
_EFFECTS = {"read": "خواندنی", "idempotent": "تکرارپذیر", "once": "فقط یک بار"}
_CONTROLS = {
    "faults": "خطاها · faults",
    "ledger": "دفتر اثرها · ledger",
    "state": "وضعیت · state",
    "calendar": "تقویم · calendar",
}


def index_page(catalogue: Mapping[str, Connected]) -> str:
    """Write the page: Persian first, English beneath, nothing loaded from anywhere."""
    sections = "".join(_section(name, one) for name, one in catalogue.items())
    return document(
        "سامانه‌های شبیه‌سازی‌شده",
        "<h1>سامانه‌های شبیه‌سازی‌شده</h1>"
        '<div class="en">Simulated national systems, with their real quirks. '
        "Programs switch a fault on by POST to /&lt;system&gt;/_sim/faults.</div>"
        '<p><a href="/_root.pem">گواهی ریشه برای HTTPS · root certificate for HTTPS</a></p>'
        f"{sections}",
    )


def document(title: str, body: str) -> str:
    """A page of the sandbox around `body`, which is HTML."""
    return (
        '<!DOCTYPE html><html lang="fa" dir="rtl"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _section(name: str, one: Connected) -> str:
    title = one.manifest.title
    operations = "".join(
        _operation(key, operation, one.simulation.faults.get(key, frozenset()))
        for key, operation in one.manifest.operations.items()
    )
    controls = f'<a href="/_admin/{escape(name)}">روشن کردن خطا و دفتر اثرها · switch faults on, ledger</a>'
    controls += f'<a href="/_contract/{escape(name)}/">قرارداد و نمونه‌ها · contract, examples</a>'
    controls += "".join(f'<a href="{escape(name)}/_sim/{path}">{text}</a>' for path, text in _CONTROLS.items())
    return (
        f'<section><h2>{escape(title.fa)}</h2><div class="en">{escape(title.en)} <code>/{escape(name)}</code></div>'
        f"{operations}<nav>{controls}</nav></section>"
    )


def _operation(key: str, operation: Operation, faults: frozenset[FaultKind]) -> str:
    listed = "".join(
        f'<span class="tag" title="{escape(kind.titles["fa"])}">{escape(kind.value)}</span>' for kind in sorted(faults)
    )
    return (
        f"<article><strong>{escape(operation.title.fa)}</strong>"
        f'<div class="en">{escape(operation.title.en)}</div>'
        f'<div class="tags"><code>{escape(key)}</code><span class="tag">{operation.effect.value}</span>'
        f'<span class="tag">{_EFFECTS[operation.effect.value]}</span>'
        f'<span class="tag">{operation.grade.value}</span></div>'
        f"<details><summary>{len(faults)} خطای قابل نمایش · faults it can show</summary>"
        f'<div class="tags">{listed}</div></details></article>'
    )
