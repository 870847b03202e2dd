"""
Web Push: an approval request wakes its phone through the push service of the phone's browser.

What is sent says only that there is something (`{"v":1}`, encrypted to the browser); the phone
fetches the request over TLS and checks its signature. So a push service learns that somebody's
phone was woken, and when, and nothing else. RFC 8030, 8291, 8292.

No login waits for any of this: `opened` returns at once, and whatever fails here costs the phone's
notice and nothing else. A message is sent whether or not the phone has a poll or an event stream
open: a browser in a pocket keeps its connection for minutes after it has stopped reading from it,
so an open stream is no sign that anybody is reached. An app that is being looked at need not show
the notice.

A message that was not taken is tried again until its request ends, however it does, or until the
phone's subscription does. What was under way when the daemon ends is not taken up again: the
request is in the store, and the phone sees it as soon as its app is opened.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Final, Protocol

from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from proxy.errors import Unavailable
from proxy.factors.jwk import SigningKey
from proxy.factors.subscription import Endpoint, WakeUp
from proxy.push.connecting import NotCalled
from proxy.push.encryption import encrypt
from proxy.push.retrying import pause, retry_after, verdict_of
from proxy.push.sending import Answer, NotSent
from proxy.push.vapid import Tokens

MESSAGE: Final = b'{"v":1}'
AT_ONCE: Final = 64
"""Messages on their way to all services together; each has a connection."""
AT_ONCE_TO_ONE: Final = 16
"""Messages on their way to one service, so that one that hangs does not hold up the others."""
RETRIED_FOR: Final = 600.0
"""Seconds; no request lives longer."""

_AT_RANDOM: Final = SystemRandom().random

Target = tuple[str, WakeUp]
"""A phone's id and what is to reach it."""


class Pushes(Protocol):
    """What is needed of the store."""

    def key(self) -> SigningKey | None:
        """Give the key that push services know this server by; None: no phone has it."""

    def wake_up(self, approval_id: str) -> Target | None:
        """Give what an open request is to wake; None: it is not open, or there is no phone."""

    def untold(self) -> list[str]:
        """Give phones that were retired and not told."""

    def take_last(self, device_id: str) -> Awaitable[WakeUp | None]:
        """Take, once, the message to a phone that was retired."""

    def forget(self, device_id: str, endpoint: str) -> Awaitable[bool]:
        """Drop a subscription that its service does not know any more."""


class Posts(Protocol):
    """What is needed of HTTP."""

    def send(self, endpoint: Endpoint, headers: dict[str, str], body: bytes) -> Awaitable[Answer]:
        """Post a message. Fails as NotCalled or NotSent."""


@dataclass(frozen=True, slots=True)
class _Again:
    """A message was not taken, and may be later."""

    wait: float
    why: str


class WebPush:
    """
    Wakes phones.

    Args:
        contact: `mailto:` or `https:` URL of whoever runs this server, for push services.
        count: called with a word for each message that was sent, or was not.
        jitter: gives 0 to 1 at random.
    """

    _log = Logger()

    def __init__(
        self,
        pushes: Pushes,
        posts: Posts,
        contact: str,
        reactor: Any,  # noqa: ANN401 - a reactor
        count: Callable[[str], object],
        jitter: Callable[[], float] = _AT_RANDOM,
    ) -> None:
        self._pushes = pushes
        self._posts = posts
        self._contact = contact
        self._reactor = reactor
        self._count = count
        self._jitter = jitter
        self._tokens: Tokens | None = None
        self._places = DeferredSemaphore(AT_ONCE)
        self._lanes: dict[str, DeferredSemaphore] = {}
        self._under_way: set[Deferred[None]] = set()
        self._stopped = False

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def contact(self) -> str:
        """Whoever runs this server; may be changed at any time."""
        return self._contact

    @contact.setter
    def contact(self, contact: str) -> None:
        if contact != self._contact:
            self._contact, self._tokens = contact, None

    def start(self) -> None:
        """Tell phones that were retired while nobody could tell them."""
        for device_id in self._pushes.untold():
            self.retired(device_id)

    def opened(self, approval_id: str) -> None:
        """Wake the phone of a request that was just made, in a later turn of the loop."""
        self._reactor.callLater(0, self._begin, lambda: self._wake(approval_id))

    def retired(self, device_id: str) -> None:
        """Tell a phone that was retired, once."""
        self._begin(lambda: self._tell_last(device_id))

    def stop(self) -> None:
        """Send nothing any more."""
        self._stopped = True
        for one in list(self._under_way):
            one.cancel()

    # --- one message ---

    def _begin(self, work: Callable[[], Any]) -> None:
        if self._stopped:
            return
        going = Deferred.fromCoroutine(work())
        self._under_way.add(going)
        going.addBoth(self._ended, going)

    def _ended(self, outcome: object, going: Deferred[None]) -> None:
        self._under_way.discard(going)
        if not isinstance(outcome, Failure) or outcome.check(CancelledError):
            return
        if outcome.check(Unavailable):
            self._log.error("a phone is not woken: {error}", error=outcome.value)
        else:
            self._log.failure("a phone is not woken", outcome)

    async def _wake(self, approval_id: str) -> None:
        await self._deliver(lambda: self._pushes.wake_up(approval_id))

    async def _tell_last(self, device_id: str) -> None:
        wake_up = await self._pushes.take_last(device_id)
        if wake_up is not None:
            await self._deliver(lambda: (device_id, wake_up))

    async def _deliver(self, look: Callable[[], Target | None]) -> None:
        """Send a message as long as *look* still gives one, until it is taken."""
        begun = self._reactor.seconds()
        tries = 0
        while (target := look()) is not None:
            tries += 1
            again = await self._one_try(target, look, tries)
            if again is None or self._stopped:
                return
            now = self._reactor.seconds()
            if now + again.wait >= min(target[1].expires_at, begun + RETRIED_FOR):
                self._tell("push-given-up", target, f"tried {tries} times; {again.why}")
                return
            await deferLater(self._reactor, again.wait)

    async def _one_try(
        self, target: Target, look: Callable[[], Target | None], tries: int
    ) -> "_Again | None":
        """Try once, when it is this message's turn; None: there is no other try."""
        lane = self._lane(target[1].subscription.endpoint.origin)
        await lane.acquire()
        try:
            await self._places.acquire()
            try:
                fresh = look()  # the request may have ended while others had their turn
                return None if fresh is None else await self._post(fresh, tries)
            finally:
                self._places.release()
        finally:
            lane.release()
            self._sweep()

    async def _post(self, target: Target, tries: int) -> "_Again | None":
        device_id, wake_up = target
        endpoint = wake_up.subscription.endpoint
        now = self._reactor.seconds()
        try:
            answer = await self._posts.send(endpoint, *self._message(wake_up, now))
        except NotCalled as error:
            self._tell("push-refused", target, str(error))
            return None
        except NotSent as error:
            self._count("push-failed")
            return _Again(pause(tries, None, self._jitter()), str(error))
        match verdict_of(answer.status):
            case "sent":
                self._count("push-sent")
                return None
            case "gone":
                self._tell("push-gone", target, f"status {answer.status}")
                await self._pushes.forget(device_id, endpoint.url)
                return None
            case "refused":
                self._tell("push-refused", target, f"status {answer.status}")
                return None
            case "later":
                self._count("push-failed")
                asked = retry_after(answer.retry_after, self._reactor.seconds())
                return _Again(pause(tries, asked, self._jitter()), f"status {answer.status}")

    def _message(self, wake_up: WakeUp, now: float) -> tuple[dict[str, str], bytes]:
        """Give headers and body. RFC 8030 section 5, RFC 8188 section 3, RFC 8292 section 3."""
        to = wake_up.subscription
        headers = {
            "TTL": str(max(1, int(wake_up.expires_at - now))),
            "Urgency": "high",
            "Topic": wake_up.topic,
            "Authorization": self._authorization(to.endpoint.origin, now),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
        }
        return headers, encrypt(MESSAGE, to.p256dh, to.auth)

    def _authorization(self, origin: str, now: float) -> str:
        if self._tokens is None:
            key = self._pushes.key()
            if key is None:
                raise Unavailable("the store has a subscription and no key for it")
            self._tokens = Tokens(key, self._contact)
        return self._tokens.authorization(origin, now)

    # --- whose turn it is, and what is told ---

    def _lane(self, origin: str) -> DeferredSemaphore:
        return self._lanes.setdefault(origin, DeferredSemaphore(AT_ONCE_TO_ONE))

    def _sweep(self) -> None:
        """Forget services that nothing is on its way to."""
        idle = [origin for origin, lane in self._lanes.items() if lane.tokens == AT_ONCE_TO_ONE]
        for origin in idle:
            del self._lanes[origin]

    def _tell(self, word: str, target: Target, why: str) -> None:
        """Count and log; of an endpoint only its host, because the rest is a capability."""
        self._count(word)
        host = target[1].subscription.endpoint.host
        self._log.warn("{word}: {host}: {why}", word=word, host=host, why=why)
