"""DPoP proofs that were used."""

from proxy.store.used_proofs import use_proof


def test_a_proof_serves_once(session):
    """The second use of the same proof is told."""
    assert use_proof(session, b"one", 100)
    assert not use_proof(session, b"one", 100)
    assert use_proof(session, b"two", 100)
