"""CSAF 2.0 security advisories and VEX (docs.oasis-open.org/csaf), as Red Hat writes them."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, unquote

import msgspec

from compliance.advisories.releases import release_of_codename, release_of_cpe
from compliance.advisories.said import BadDocument, Said, moment, severity_word
from compliance.advisories.scores import worst
from compliance.model.advisory import Advisory, Range, State


class _Helper(msgspec.Struct, gc=False):
    cpe: str = ""
    purl: str = ""


class _Product(msgspec.Struct, gc=False):
    product_id: str
    product_identification_helper: _Helper = msgspec.field(default_factory=_Helper)


class _Branch(msgspec.Struct):
    branches: list["_Branch"] = []
    product: _Product | None = None


class _Relation(msgspec.Struct, gc=False):
    product_reference: str
    relates_to_product_reference: str
    full_product_name: _Product


class _Tree(msgspec.Struct):
    branches: list[_Branch] = []
    relationships: list[_Relation] = []
    full_product_names: list[_Product] = []


class _Remediation(msgspec.Struct, gc=False):
    category: str
    product_ids: list[str] = []


class _Cvss(msgspec.Struct, gc=False, rename={"vector": "vectorString"}):
    vector: str = ""


class _Score(msgspec.Struct, gc=False):
    cvss_v3: _Cvss = msgspec.field(default_factory=_Cvss)
    cvss_v4: _Cvss = msgspec.field(default_factory=_Cvss)


class _Flaw(msgspec.Struct, gc=False):
    cve: str = ""
    product_status: dict[str, list[str]] = {}
    remediations: list[_Remediation] = []
    scores: list[_Score] = []


class _Tracking(msgspec.Struct, gc=False):
    id: str
    current_release_date: str
    initial_release_date: str = ""


class _Publisher(msgspec.Struct, gc=False):
    name: str


class _Aggregate(msgspec.Struct, gc=False):
    text: str = ""


class _Document(msgspec.Struct, gc=False):
    category: str
    csaf_version: str
    publisher: _Publisher
    tracking: _Tracking
    aggregate_severity: _Aggregate = msgspec.field(default_factory=_Aggregate)


class _Csaf(msgspec.Struct):
    document: _Document
    product_tree: _Tree = msgspec.field(default_factory=_Tree)
    vulnerabilities: list[_Flaw] = []


_DECODER = msgspec.json.Decoder(_Csaf)
_NEVRA = re.compile(r"(?P<name>.+)-(?P<evr>[^-]+-[^-]+)\.(?P<arch>[a-z0-9_]+)(?:\.rpm)?(?:[:-].*)?")
_STATES: Mapping[str, State] = {
    "fixed": State.FIXED,
    "known_affected": State.NO_FIX,
    "known_not_affected": State.NOT_AFFECTED,
    "under_investigation": State.UNDER_INVESTIGATION,
}
_DEEPEST = 20


def read(data: bytes) -> Iterator[Said]:
    """What the document says of each flaw, by package and release; products without one are passed over."""
    try:
        document = _DECODER.decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadDocument(f"no CSAF document: {error}") from error
    head = document.document
    if head.csaf_version != "2.0":
        raise BadDocument(f"CSAF {ascii(head.csaf_version)[:20]} is not read, only 2.0")
    kind = "vex" if head.category == "csaf_vex" else "advisories"
    places = _places(document.product_tree)
    yield Said(
        source=f"csaf {head.publisher.name[:60]} {kind}",
        dated=moment(head.tracking.current_release_date),
        entries=_advisories(document, places),
    )


def _advisories(document: _Csaf, places: Mapping[str, tuple[str, str]]) -> Iterator[Advisory]:
    head = document.document
    for flaw in document.vulnerabilities:
        ranges = tuple(dict.fromkeys(_ranges(flaw, places)))
        score, vector = worst(one.vector for each in flaw.scores for one in (each.cvss_v3, each.cvss_v4))
        if ranges:
            yield Advisory(
                name=head.tracking.id,
                cves=(flaw.cve,) if flaw.cve else (),
                ranges=ranges,
                severity=severity_word(head.aggregate_severity.text),
                score=score,
                vector=vector,
                published=head.tracking.initial_release_date[:10],
            )


def _ranges(flaw: _Flaw, places: Mapping[str, tuple[str, str]]) -> Iterator[Range]:
    left = {
        product
        for remedy in flaw.remediations
        if remedy.category == "no_fix_planned"
        for product in remedy.product_ids
    }
    for word, products in flaw.product_status.items():
        state = _STATES.get(word)
        if state is None:
            continue
        for product in products:
            release, component = places.get(product, ("", ""))
            package = _component(component) if release else None
            if package is None:
                continue
            name, version, is_source = package
            chosen = State.WILL_NOT_FIX if state is State.NO_FIX and product in left else state
            fixed = version if state is State.FIXED else ""
            if state is not State.FIXED or fixed:
                yield Range(release, name, is_source, fixed=fixed, state=chosen)


def _places(tree: _Tree) -> dict[str, tuple[str, str]]:
    """For each product that is a component of a release: the release, and the component's purl or name."""
    helpers = {one.product_id: one.product_identification_helper for one in tree.full_product_names}
    pending = [(branch, 0) for branch in tree.branches]
    while pending:
        branch, depth = pending.pop()
        if depth > _DEEPEST:
            raise BadDocument("its product tree is too deep")
        if branch.product is not None:
            helpers[branch.product.product_id] = branch.product.product_identification_helper
        pending += [(inner, depth + 1) for inner in branch.branches]
    found = {}
    for relation in tree.relationships:
        whole = helpers.get(relation.relates_to_product_reference)
        part = helpers.get(relation.product_reference)
        release = release_of_cpe(whole.cpe) if whole else ""
        found[relation.full_product_name.product_id] = (
            release,
            part.purl if part and part.purl else relation.product_reference,
        )
    return found


def _component(text: str) -> tuple[str, str, bool] | None:
    """Name, version and whether it is a source, of a purl or of `name-[epoch:]version-release.arch`."""
    if text.startswith("pkg:"):
        return purl_parts(text)[:3]
    if named := _NEVRA.fullmatch(text):
        return named["name"], named["evr"], named["arch"] == "src"
    bare = text.removesuffix(".src")
    return bare, "", bare != text


def purl_parts(purl: str) -> tuple[str, str, bool, str]:
    """Name, version with epoch, whether it is a source, and the release, of a package URL (purl-spec)."""
    path, _, query = purl.partition("?")
    asked = parse_qs(query)
    name, _, version = path.rpartition("/")[2].partition("@")
    epoch = asked.get("epoch", ["0"])[0]
    full = unquote(version) if epoch == "0" else f"{epoch}:{unquote(version)}"
    arch, distro = asked.get("arch", [""])[0], asked.get("distro", [""])[0]
    return unquote(name), full, arch in ("src", "source"), release_of_codename(distro)
