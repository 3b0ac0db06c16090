"""What a web server writes of each request, from the form that its access log has."""

from collections.abc import Iterable, Mapping

from scanners.config.servers.facts import LogField

_NGINX: Mapping[str, LogField] = {
    "$remote_addr": "address",
    "$http_x_forwarded_for": "address",
    "$remote_user": "user",
    "$time_local": "time",
    "$time_iso8601": "time",
    "$msec": "time",
    "$request": "request",
    "$request_uri": "request",
    "$uri": "request",
    "$status": "status",
}
_APACHE: Mapping[str, LogField] = {
    "%h": "address",
    "%a": "address",
    "%u": "user",
    "%t": "time",
    "%r": "request",
    "%U": "request",
    "%s": "status",
    "%>s": "status",
}
_ALL: tuple[LogField, ...] = ("address", "request", "status", "time", "user")
_BUILT_IN = {"combined", "common", "vhost_combined"}
"""Forms that nginx is built with, or that Apache's packages define; both hold every field."""

Words = Iterable[tuple[str, ...]]


def nginx_fields(logs: Words, forms: Words) -> tuple[LogField, ...]:
    """Fields of the form of `access_log PATH FORM`; of several logs the one that holds most."""
    known = {words[0]: " ".join(words[1:]).split() for words in forms if words}
    names = [next((word for word in words[1:] if word and "=" not in word), "combined") for words in logs]
    return _fullest([(name, known.get(name)) for name in names or ["combined"]], _NGINX)


def apache_fields(logs: Words, forms: Words) -> tuple[LogField, ...]:
    """Fields of the form of `CustomLog PATH FORM`, a nickname or the form itself; without one, the common."""
    known = {words[0]: list(words[1:]) for words in forms if words}
    found: list[tuple[str, list[str] | None]] = []
    for words in logs:
        form = [word for word in words[1:] if word]
        is_named = bool(form) and not form[0].startswith("%")
        found.append((form[0], known.get(form[0])) if is_named else ("" if form else "common", form or None))
    return _fullest(found, _APACHE)


def _fullest(
    forms: Iterable[tuple[str, list[str] | None]], meaning: Mapping[str, LogField]
) -> tuple[LogField, ...]:
    """The fields of the form that holds most; one that is nowhere defined is built in, or nothing."""
    each: list[tuple[LogField, ...]] = []
    for name, form in forms:
        if form is None:
            each.append(_ALL if name in _BUILT_IN else ())
        else:
            each.append(tuple(sorted({meaning[word] for word in form if word in meaning})))
    return max(each, key=len, default=())
