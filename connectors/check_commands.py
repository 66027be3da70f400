"""`hub connectors check`: mapping documents held against the contract files of their connectors."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from connectors.admin_commands import AsData, known


def check(ctx: typer.Context, name: Annotated[str | None, typer.Argument()] = None, as_data: AsData = False) -> None:
    """Hold mapping documents against the OpenAPI file or WSDL of their system. Exit 1 where they do not fit.

    Each finding has file, line and, where a name is nearly right, a suggestion.
    """
    from connectors.contract import ContractUnusable
    from connectors.held import check_connector, contracts_of

    chosen = {name: known(ctx.obj, name)} if name else ctx.obj.catalogue
    findings, held = [], 0
    for key, connected in sorted(chosen.items()):
        try:
            held += len(contracts_of(connected))
            findings += check_connector(connected)
        except (ContractUnusable, OSError) as unusable:
            typer.echo(f"{key}: {unusable}", err=True)
            raise typer.Exit(2) from unusable
    if as_data:
        rows = {"held": held, "findings": [asdict(one) for one in findings]}
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for one in findings:
            typer.echo(str(one))
        typer.echo(f"{held} documents held against their contracts, {len(findings)} findings")
    raise typer.Exit(1 if findings else 0)
