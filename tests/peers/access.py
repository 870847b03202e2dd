"""Whether everybody can use a page: axe-core's rules (WCAG 2.1 A and AA), and room on a small screen."""

from importlib import resources

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
RUN = """() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] })"""
SERIOUS = {"serious", "critical"}
SMALLEST = {"width": 320, "height": 568}


def faults(page):
    """Give what axe-core finds serious on a page, as it is now, in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(f"() => {{ {AXE} }}")
        for one in page.evaluate(RUN)["violations"]:
            if one["impact"] in SERIOUS:
                found.append((scheme, one["id"], [node["html"] for node in one["nodes"]]))
    return found


def overflow(page):
    """Give the elements that reach over the side of the smallest screen."""
    before = page.viewport_size
    page.set_viewport_size(SMALLEST)
    found = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
             .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".hidden"))
             .map((one) => one.outerHTML.slice(0, 120))"""
    )
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.set_viewport_size(before)
    return found + (["the page scrolls sideways"] if wide else [])
