"""What RabbitMQ tells: whether it lets us in, has the right queues, and lets us do our part."""

from collections.abc import Collection
from ipaddress import ip_address

from broker import permissions, topology
from broker.amqp_address import Address, AddressDamaged, read_address
from broker.amqp_errors import BrokerRefusesUs
from broker.port import BrokerError
from broker.roles import Role
from gateway.doctor.findings import Finding, found


async def queues(url: str, systems: Collection[str], roles: Collection[Role]) -> list[Finding]:
    """Look at a broker that is not in-process."""
    try:
        address = read_address(url)
    except AddressDamaged as fault:
        return [found("broker.address", why=fault)]
    findings = [] if address.tls or _here(address) else [found("broker.plain")]
    try:
        findings += [found("broker.topology", what=sentence) for sentence in await topology.check(url, systems)]
        lacking = await permissions.lacking(url, roles, systems)
        findings += [found("broker.permission", verb=need.verb, name=need.name) for need in lacking]
    except BrokerRefusesUs as fault:
        findings.append(found("broker.refuses", why=fault))
    except BrokerError as fault:
        findings.append(found("broker.away", why=fault))
    return findings


def _here(address: Address) -> bool:
    if address.host == "localhost":
        return True
    try:
        return ip_address(address.host).is_loopback
    except ValueError:
        return False
