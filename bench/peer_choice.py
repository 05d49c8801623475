"""Which peers a comparison has, and where they are."""
import dataclasses
import os
import pathlib
import sys

import peer_ik
import peer_llama_cpp
import peer_openvino
from peer_programs import Environment, Failure

PEERS = {peer.NAME: peer for peer in (peer_llama_cpp, peer_ik, peer_openvino)}


@dataclasses.dataclass
class Peers:
    settings: list = dataclasses.field(default_factory=list)
    versions: list = dataclasses.field(default_factory=list)
    binaries: pathlib.Path | None = None  # of llama.cpp


def ready_environments(peer, folders):
    """{label: environment} of those that have the peer."""
    environments = {pathlib.Path(folder).name: Environment(folder) for folder in folders}
    found = {label: environment for label, environment in environments.items() if environment.has(peer.MODULE)}
    return found if len(found) > 1 else {"": environment for environment in found.values()}


def installed(peer, folder, isas):
    try:
        return peer.install(folder, isas)
    except (Failure, OSError) as error:
        print(f"going on without {peer.NAME}, which cannot be installed: {error}", file=sys.stderr)
        return {}


def find_peers(names, folder, isas):
    """The peers of these names for these instruction sets: those in the environments that HEARTH_PEERS names, by folders of the
    sets' names where it is not the processor's best, else installed in the folder."""
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        sys.exit(f"error: no such peer: {', '.join(unknown)}; there are {', '.join(PEERS)}")
    ready, found = os.environ.get("HEARTH_PEERS"), Peers()
    for name in names:
        peer = PEERS[name]
        wanted = [isa for isa in isas if isa in peer.ISAS]
        if not wanted:
            continue
        environments = ready_environments(peer, ready.split(":")) if ready else installed(peer, folder, wanted)
        for label, environment in environments.items():
            found.settings += peer.settings(label, environment, folder)
        found.versions += dict.fromkeys(peer.version(environment) for environment in environments.values())
        if ready and not environments:
            print(f"going on without {name}: no folder of HEARTH_PEERS has it", file=sys.stderr)
    if not found.settings:
        sys.exit("error: there is no peer to compare with")
    llama_cpp = [setting for setting in found.settings if setting.peer == peer_llama_cpp.NAME]
    found.binaries = llama_cpp[0].binaries if llama_cpp else None
    return found
