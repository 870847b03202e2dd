"""The token that proves that a form came from a page of ours."""

from proxy.frontends.web.portal.forms import form_token, is_token

KEY, COOKIE = b"k" * 32, "c" * 43


def test_a_token_is_one_browsers_and_one_servers():
    """Another id, another key, another text: another token."""
    token = form_token(KEY, COOKIE)
    assert is_token(KEY, COOKIE, token)
    assert not is_token(KEY, "d" * 43, token)
    assert not is_token(b"l" * 32, COOKIE, token)
    for text in ("", token[:-1], token + "=", token.swapcase(), "\ud800", "é"):
        assert not is_token(KEY, COOKIE, text)


def test_a_token_does_not_show_the_id():
    """It stands in the page, where a screenshot shows it."""
    assert COOKIE not in form_token(KEY, COOKIE)
    assert 43 == len(form_token(KEY, COOKIE))
