"""A second reader of the verdict words, without TTP and without the templates.

Whether a switch counts as registered and authorized hangs on two lines of `show license status`.
They are read again here, in the plainest way, and `parse` refuses the text where the two readers
differ. So neither a fault of TTP or of a template, nor a crafted text, makes a verdict by itself.
Under Smart Licensing Using Policy it hangs on the dates of reports and trust codes.
"""

from __future__ import annotations


def verdict_words(lines: tuple[str, ...]) -> tuple[str, str]:
    """Give the text behind `Status:` in the registration and in the authorization section.

    A section begins with another line that ends with a colon, and reaches to the next such line.

    Raises:
        ValueError: a section or its status is missing, or there twice.
    """
    found: dict[str, list[str]] = {"Registration:": [], "License Authorization:": []}
    section = ""
    begun = []
    for line in lines:
        words = " ".join(line.split())
        if words.startswith("Status:"):  # the words may be missing, so that it ends with a colon
            if section in found:
                found[section].append(words.removeprefix("Status:").strip())
        elif words.endswith(":"):
            section = words
            begun.append(section)
    for title, values in found.items():
        if begun.count(title) != 1 or len(values) != 1:
            raise ValueError(f"`{title}` with one `Status:` is not there exactly once")
    return found["Registration:"][0], found["License Authorization:"][0]


_REPORTING = "usage reporting:"
_TRUST = "trust code installed:"
_DATES = ("last ack received:", "next ack deadline:", "last report push:")


def policy_words(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Give the last acknowledgement, its deadline, the last report and the trust codes, as words.

    A section begins with another line that ends with a colon, and reaches to the next such line.

    Raises:
        ValueError: one of the three dates, or the trust code, is missing or there twice.
    """
    dates: dict[str, list[str]] = {each: [] for each in _DATES}
    trust: list[str] = []
    section = ""
    begun = 0
    for line in lines:
        words = " ".join(line.split())
        plain = words.lower()
        if plain.startswith(_TRUST):
            section = _TRUST
            begun += 1
            trust.append(words[len(_TRUST) :].strip())
        elif section == _TRUST and plain.startswith("installed on "):
            trust.append(words[len("installed on ") :])
        elif plain.endswith(":"):
            section = plain
        elif section == _REPORTING:
            for key, values in dates.items():
                if plain.startswith(key):
                    values.append(words[len(key) :].strip())
    if begun != 1 or any(len(values) != 1 for values in dates.values()):
        raise ValueError("the dates of reports, or the trust code, are not there exactly once")
    return tuple(filter(None, [*(values[0] for values in dates.values()), *trust]))
