"""
Approval requests, put together: who signs and keeps them, who waits for their answers, who wakes.

    runner ── approvals ── kept in the store, signed
                  │
              web push ── sender ── push services
    phones ── inbox (a long poll hears that there is something new)
"""

from collections.abc import Callable
from typing import Any

from proxy.in_force import InForce
from proxy.push.approvals import Approvals
from proxy.push.inbox import Inbox
from proxy.push.names import Names
from proxy.push.sending import Sender
from proxy.push.webpush import WebPush
from proxy.sealing import MasterKey
from proxy.settings.schema import Settings
from proxy.signing import Signer
from proxy.store import approvals
from proxy.store.database import Database
from proxy.store.engine import Store
from proxy.store.kept_approvals import StoredApprovals
from proxy.store.notices import NoticeBoard
from proxy.store.stored_pushes import StoredPushes


class Pushing:
    """
    All that a push needs.

    Args:
        in_force: gives what is configured now.
        country_of: names the country of a caller; None: it is not known.
        count: called with the word of each push that could not be sent.
    """

    def __init__(
        self,
        store: Store,
        master: MasterKey,
        notices: NoticeBoard,
        in_force: Callable[[], InForce],
        country_of: Callable[[str | None], str | None],
        reactor: Any,  # noqa: ANN401 - a reactor
        count: Callable[[str], object],
    ) -> None:
        settings = in_force().settings
        self._reactor = reactor
        self._signer = Signer(settings.web.url, master)
        self._kept = StoredApprovals(
            store,
            reactor,
            self._signer.sign,
            lifetime=settings.push.lifetime,
            late=settings.push.late_approval,
            synced_passkeys=settings.passkey.synced,
            defence=lambda: in_force().defence,
            country_of=country_of,
        )
        self.inbox = Inbox()
        self.sender = Sender(in_force().push_services, Names(reactor), reactor)
        self._web_push = WebPush(
            StoredPushes(store, master, reactor), self.sender, _contact(settings), reactor, count
        )
        self.approvals = Approvals(
            self._kept, reactor, settings.push.pending_limit, self._web_push.opened
        )
        notices.on("approval-ended", self.approvals.ended)
        notices.on("inbox-changed", self.inbox.changed)
        notices.on("device-retired", self.inbox.changed)
        notices.on("device-retired", self._web_push.retired)

    def prepare(self, database: Database) -> None:
        """Make the key of requests; what was open when the process before ended counts nothing."""
        database.now(lambda session: self._signer.key(session, self._reactor.seconds()))
        database.now(approvals.count_none)

    def configure(self, new: InForce) -> None:
        """Go by what was read again."""
        settings = new.settings
        self.approvals.pending_limit = settings.push.pending_limit
        self._kept.lifetime = settings.push.lifetime
        self._kept.late = settings.push.late_approval
        self._kept.synced_passkeys = settings.passkey.synced
        self.sender.configure(new.push_services)
        self._web_push.contact = _contact(settings)

    def start(self) -> None:
        """Begin to wake phones."""
        self._web_push.start()

    async def stop(self) -> None:
        """Wake nobody more; what is on its way ends."""
        self._web_push.stop()
        await self.sender.stop()


def _contact(settings: Settings) -> str:
    return settings.push.contact or settings.web.url
