"""DPoP proofs that were used."""

from proxy.store.used_proofs import forget_expired, use_proof


def test_a_proof_serves_once(session):
    """The second use of the same proof is told."""
    assert use_proof(session, b"one", 100)
    assert not use_proof(session, b"one", 100)
    assert use_proof(session, b"two", 100)


def test_old_proofs_are_forgotten(session):
    """A proof is kept only for as long as its age does not refuse it."""
    use_proof(session, b"one", 100)
    use_proof(session, b"two", 200)
    assert forget_expired(session, 150) == 1
    assert not use_proof(session, b"two", 200)
