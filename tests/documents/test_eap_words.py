"""Every reason for which a conversation by EAP fails is explained."""

import re
from pathlib import Path

from proxy.eap.packet import MalformedEap

PAGE = Path("docs/wifi.md")
EAP, DOOR = Path("proxy/eap"), Path("proxy/frontends/radius")


def reasons():
    """Give the words that the log may say, as the code has them."""
    eap = "".join(file.read_text() for file in EAP.glob("*.py"))
    door = "".join(file.read_text() for file in DOOR.glob("*.py"))
    found = re.findall(r'(?:\breason = |_end\()"([a-z-]+)"', eap)
    named = set(re.findall(r'"(eap-(?!request)[a-z-]+)"', door))
    dropped = {"eap-ignored", "eap-busy", "eap-evicted", "eap-upstream-silent"}
    assert dropped <= named
    refused = {f"eap-{word}" for word in found if word != MalformedEap.reason} | (named - dropped)
    return dropped | {MalformedEap.reason} | {f"refused-{word}" for word in refused}


def test_each_is_on_the_page():
    """In the table of what the log says."""
    text = PAGE.read_text()
    assert len(reasons()) > 20
    assert not sorted(word for word in reasons() if f"`{word}`" not in text)
