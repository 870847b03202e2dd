"""The approval requests that leave, signed as the app of each phone reads them."""

from proxy.factors import pipush
from proxy.factors.approval import ApprovalRequest, sign_request
from proxy.factors.jwk import SigningKey
from proxy.sealing import MasterKey
from proxy.store import privacyidea, server_keys
from proxy.store.asking import NewApproval
from proxy.store.session import Session


class Signer:
    """Signs new approval requests, each by the key that signs when it is made."""

    def __init__(self, url: str, master: MasterKey) -> None:
        self._url = url
        self._signing = server_keys.Signing(master)
        self._server_key = privacyidea.ServerKey(master)

    def key(self, session: Session, now: float) -> SigningKey:
        """Give the key that signs now; make the first one."""
        return self._signing.key(session, now)

    def sign(self, session: Session, new: NewApproval) -> str:
        """Give the signed request of a new approval, as the app of its phone reads it."""
        if new.serial is not None:
            asked = pipush.Asked(
                new.nonce, new.serial, new.account_name, new.client, new.origin, new.number
            )
            return pipush.sign_challenge(asked, self._url, self._server_key.key(session))
        request = ApprovalRequest(
            id=new.id,
            issuer=self._url,
            account=new.account_name,
            device_id=new.device_id,
            issued_at=new.created_at,
            expires_at=new.expires_at,
            nonce=new.nonce,
            client=new.client,
            origin=new.origin,
            number_digits=len(new.number or ""),
            verify_user=new.verify_user,
            first_time=new.first_time,
            country=new.country,
        )
        return sign_request(request, self.key(session, new.created_at))
