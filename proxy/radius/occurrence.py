"""
How often an attribute may stand in an Access-Accept, by the tables of the RFCs.

A vendor's attributes may come as often as they like: no table says otherwise.
"""

from typing import Final

from proxy.radius.definitions import Definition

_ONCE: Final = frozenset(
    {
        # RFC 2865 section 5.44
        *(1, 6, 7, 8, 9, 10, 12, 15, 16, 19, 20, 23, 27, 28, 29, 34, 35, 36, 37, 39, 62, 63),
        *(57, 59),  # RFC 4675 section 3
        *(71, 72, 84, 85, 88),  # RFC 2869 section 5.19
        89,  # RFC 4372 section 3
        *(96, 100),  # RFC 3162 section 3
        *(133, 134, 135, 136),  # RFC 5607 section 7
    }
)


def comes_once(definition: Definition) -> bool:
    """
    Say whether an Access-Accept has at most one of an attribute, or one with each tag.

    The attributes of one tunnel have one tag, and describe it once (RFC 2868 section 3.1).
    """
    return definition.vendor is None and (definition.tagged or definition.kind in _ONCE)
