"""Answers: every refusal has its status and its kind."""

from proxy.store import accounts, open_approvals
from tests.peers.device_world import SocketlessPhone
from tests.peers.phone import API, new_key, payload_of, sign


def test_approve(world, phone):
    """The answer is kept whole, and whoever waits is woken."""
    asked = world.ask()
    request = phone.approvals()[0]
    before = world.stirs
    assert 204 == phone.answer(request)
    assert before < world.stirs
    assert (
        "approved" == world.write(lambda s: open_approvals.for_answer(s, asked.approval_id)).state
    )
    assert [] == phone.approvals()


def test_a_request_is_answered_once(world, phone):
    """The same answer again is told so."""
    world.ask()
    request = phone.approvals()[0]
    jws = phone.answer_to(request, "deny")
    approval_id = payload_of(request)["id"]
    assert (204, None) == phone.send(approval_id, jws)
    assert (409, "answered") == phone.send(approval_id, jws)
    assert (409, "answered") == phone.send(approval_id, phone.answer_to(request, "approve"))


def test_an_expired_request(world, phone):
    """By the server's clock."""
    world.ask()
    request = phone.approvals()[0]
    world.clock.advance(120)
    assert (410, "gone") == phone.send(payload_of(request)["id"], phone.answer_to(request))


def test_the_number(world, phone):
    """Missing or wrong is told so; the third wrong one closes the request."""
    asked = world.ask(digits=6)
    request = phone.approvals()[0]
    right = asked.number
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    def send(number):
        return phone.send(asked.approval_id, phone.answer_to(request, number=number))

    assert (422, "number-missing") == send(None)
    assert (422, "number-wrong") == send(wrong)
    assert (422, "number-wrong") == send(wrong)
    assert (422, "number-wrong") == send(wrong)
    assert (410, "gone") == send(right)


def test_deny_and_report_need_no_number(world, phone):
    """A person who is attacked need not read one."""
    world.ask(digits=6)
    assert 204 == phone.answer(phone.approvals()[0], "report")


def test_answers_that_are_not_this_phones(world, phone):
    """Another key, one in its own header, none, HS256, another type, another request, another time."""
    asked = world.ask()
    request = phone.approvals()[0]
    mallory = new_key()
    bad = [
        phone.answer_to(request, key=mallory),
        phone.answer_to(request, key=mallory, header={"jwk": SocketlessPhone(world, mallory).jwk}),
        phone.answer_to(request, header={"alg": "none"}),
        phone.answer_to(request, header={"alg": "HS256"}),
        phone.answer_to(request, header={"typ": "dpop+jwt"}),
        phone.answer_to(request, header={"crit": ["exp"]}),
        phone.answer_to(request, request="A" * 43),
        phone.answer_to(request, nonce="other"),
        phone.answer_to(request, id="0" * 32),
        phone.answer_to(request, iat=int(world.now()) - 400),
        phone.answer_to(request, decision="maybe"),
        phone.answer_to(request) + "A",
        "nonsense",
    ]
    assert {400} == {phone.send(asked.approval_id, jws)[0] for jws in bad}
    assert "open" == world.write(lambda s: open_approvals.for_answer(s, asked.approval_id)).state


def test_another_phones_request_is_not_there(world, phone):
    """Nothing tells it from one that never was."""
    assert (404, "not-found") == phone.send(
        "0" * 32, phone.answer_to(sign({}, {"id": "0" * 32, "nonce": "n"}, phone.key))
    )


def test_an_answer_must_say_what_it_is(world, phone):
    """application/jose."""
    asked = world.ask()
    jws = phone.answer_to(phone.approvals()[0])
    status, _, _ = phone.proved("POST", f"{API}/approvals/{asked.approval_id}/answer", jws)
    assert 415 == status


def test_a_blocked_account_answers_nothing(world, phone):
    """Blocking made the request void."""
    world.ask()
    request = phone.approvals()[0]
    world.write(lambda s: accounts.block(s, world.account.id, world.now()))
    assert 410 == phone.answer(request)
