"""Pages of a real browser, for the tests: French, and nothing may leave the machine."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.connexions import cookie

CHROMIUMS = ("chromium-headless-shell", "chromium")
"""The same browser; the first has no windows to draw and opens a page six times faster."""
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
DECLARATION = Path(__file__).parent.parent / "app" / "accessibilite.json"
EXAMINEES: list[int] = []
"""The width of each page in which axe found nothing, in this run."""
PEINTES: set[str] = set()
"""How what axe has looked at in this run is painted: the same colours have the same contrast."""
LARGEURS = {1280: 800, 390: 844}
"""On a desk and on a phone: width and height in pixels."""
HAUTEURS = {**LARGEURS, 320: 640}
ETROITES = (320, 640)
"""A phone held by the poorest sight (1280 at 400 %), and 1280 at 200 %."""
CONDITIONS = [(largeur, lumiere) for largeur in HAUTEURS for lumiere in ("light", "dark")]
LIRE = """(lu) => lu.violations.flatMap((v) => v.nodes.map(
  (n) => `${v.id} : ${n.html.slice(0, 160)} (${n.failureSummary.slice(0, 200)})`))"""
MARQUER = "neuves.forEach((dit) => { window.peintures[dit].dataset.aVoir = 'oui'; });"
EXAMINER = f"""(neuves) => {{
  if (typeof axe === 'undefined') return null;
  if (neuves) {MARQUER}
  const selector = neuves ? '[data-a-voir]' : '*';
  axe.configure({{rules: [{{id: 'color-contrast', selector}}]}});
  return axe.run({{
    resultTypes: ['violations'], preload: false, rules: {{'target-size': {{enabled: true}}}},
  }}).then({LIRE});
}}"""
CONTRASTES = f"""(neuves) => {{
  if (typeof axe === 'undefined') return null;
  {MARQUER}
  return axe.run([...document.querySelectorAll('[data-a-voir]')], {{
    runOnly: ['color-contrast'], resultTypes: ['violations'], preload: false,
  }}).then({LIRE});
}}"""
PEINTURES = """(vues) => {
  const fonds = new Map([[null, '']]);
  const fond = (e) => {
    if (!fonds.has(e)) {
      const s = getComputedStyle(e);
      const peint = s.backgroundColor !== 'rgba(0, 0, 0, 0)' || s.backgroundImage !== 'none';
      fonds.set(e, (peint ? s.backgroundColor + s.backgroundImage : '')
        + (s.opacity === '1' ? '' : s.opacity) + '<' + fond(e.parentElement));
    }
    return fonds.get(e);
  };
  const ecrit = (e) => e.matches('input, select, textarea')
    || [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
  const peintures = {};
  for (const e of document.body.querySelectorAll('*')) {
    delete e.dataset.aVoir;
    if (!ecrit(e) || !e.checkVisibility()) continue;
    const s = getComputedStyle(e), dans = e.parentElement;
    peintures[[e.tagName, e.className, dans.tagName, dans.className, s.color, s.fontSize,
      s.fontWeight, s.textShadow, !!e.closest(':disabled, [aria-disabled=true]'), fond(e)]] = e;
  }
  window.peintures = peintures;
  return Object.keys(peintures);
}"""
"""How what shows words is painted: all that makes its contrast, and an element that is so."""
TROP_LARGES = """(largeur) => document.documentElement.scrollWidth <= largeur ? []
  : [...document.querySelectorAll('body *')].filter(
    (e) => e.getBoundingClientRect().right > innerWidth + 1
      && !e.closest('.defile, .barre, .vues, .hors-ecran, [hidden]')
  ).slice(0, 3).map((e) => e.outerHTML.slice(0, 120))"""
LOCALES = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:")
PATIENCE_MS = 120_000
"""What a page shows is waited for: a busy machine is slow, and a test must not read the page that
is going away. A test that passes goes on as soon as it sees it."""

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def lancer() -> Iterator[Browser]:
    """One Chromium, which all the tests of a worker share."""
    programme = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if programme is None:
        pytest.fail("Chromium is missing: apt install chromium (.ci/run does it)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=programme,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
            timeout=PATIENCE_MS,
        )
        yield chromium
        chromium.close()


@contextmanager
def page_neuve(navigateur: Browser, largeur: int, hauteur: int, **options) -> Iterator[Page]:
    """A page without any cookie; a request that leaves the machine, an error of a script or
    anything that the security policy of the page refuses fails the test."""
    contexte = navigateur.new_context(
        viewport={"width": largeur, "height": hauteur},
        locale="fr-FR",
        timezone_id="Europe/Paris",
        accept_downloads=True,
        **options,
    )
    contexte.set_default_timeout(PATIENCE_MS)
    fautes: list[str] = []
    page = contexte.new_page()

    def noter_une_sortie(requete) -> None:
        if not requete.url.startswith(LOCALES):
            fautes.append(requete.url)

    def noter_un_refus(message) -> None:
        if "Content Security Policy" in message.text:
            fautes.append(message.text)

    page.on("request", noter_une_sortie)
    page.on("pageerror", lambda erreur: fautes.append(str(erreur)))
    page.on("console", noter_un_refus)
    yield page
    contexte.close()
    assert not fautes, f"outside requests, script errors or refusals of the policy: {fautes}"


def ouvrir(
    navigateur: Browser, app, serveur: str, base: dict, largeur: int, qui="compte", **options
) -> Iterator[Page]:
    """The body of a fixture: a page of someone signed in. ``base`` gives the number of the account
    ``qui``, and those that stand between braces in the addresses of ``page.aller``."""
    with page_neuve(navigateur, largeur, LARGEURS[largeur], base_url=serveur, **options) as page:
        page.context.add_cookies([{**cookie(app, base[qui]), "url": serveur}])

        def aller(adresse: str):
            attendre_l_envoi(page)
            return page.goto(adresse.format(**base))

        page.aller = aller
        yield page


def attendre_l_envoi(page: Page) -> None:
    """A form is sent once the page knows that the session is open, after the click: the page that
    answers has no mark of it."""
    expect(page.locator("html[data-envoi]")).to_have_count(0)


def se_mettre(page: Page, largeur: int, lumiere: str) -> None:
    """At this width, in this light, without asking for the page again."""
    page.set_viewport_size({"width": largeur, "height": HAUTEURS.get(largeur, 640)})
    page.emulate_media(color_scheme=lumiere, reduced_motion="reduce")


def fautes_d_axe(page: Page, neuves: list[str] | None = None) -> list[str]:
    """What axe finds: everything that it knows of WCAG A and AA and of good practice, in the page
    as it stands; of the contrasts, those of the paintings ``neuves``, or all of them."""
    violations = _demander_a_axe(page, EXAMINER, neuves)
    EXAMINEES.append(page.viewport_size["width"])
    return situees(page, violations)


def peintures_neuves(page: Page) -> list[str]:
    """The paintings of the page as it stands that this run has not looked at yet."""
    neuves = [p for p in page.evaluate(PEINTURES) if p not in PEINTES]
    PEINTES.update(neuves)
    return neuves


def fautes_de_contraste(page: Page) -> list[str]:
    """What axe finds in the contrasts that are new to this run, in the page as it stands."""
    neuves = peintures_neuves(page)
    if not neuves:
        return []
    return situees(page, _demander_a_axe(page, CONTRASTES, neuves))


def _demander_a_axe(page: Page, question: str, neuves: list[str] | None) -> list[str]:
    """What axe answers; it is brought to a page that does not have it yet."""
    violations = page.evaluate(question, neuves)
    if violations is None:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        violations = page.evaluate(question, neuves)
    return violations


def situees(page: Page, violations: list[str]) -> list[str]:
    if not violations:
        return []
    ou = largeur_et_lumiere(page)
    return [f"{ou} {violation}" for violation in violations]


def largeur_et_lumiere(page: Page) -> str:
    sombre = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    return f"{page.viewport_size['width']} {'sombre' if sombre else 'clair'} :"


def deborde(page: Page) -> list[str]:
    """What is wider than the page, at the width where it stands."""
    largeur = page.viewport_size["width"]
    return [f"{largeur} : {element}" for element in page.evaluate(TROP_LARGES, largeur)]


def examiner(page: Page) -> None:
    """axe finds nothing in the page as it stands, nor in the other light; nothing is wider than
    the page, down to 320 pixels. Leaves the page as it was. Waits for all of it: a click is over
    as soon as the next page begins to come."""
    attendre_l_envoi(page)
    page.wait_for_load_state()
    avant = page.viewport_size
    sombre = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    fautes = fautes_d_axe(page, peintures_neuves(page)) + deborde(page)
    page.emulate_media(color_scheme="light" if sombre else "dark", reduced_motion="reduce")
    fautes += fautes_de_contraste(page)
    page.emulate_media(color_scheme="dark" if sombre else "light")
    for largeur in ETROITES:
        page.set_viewport_size({"width": largeur, "height": 640})
        fautes += deborde(page)
    page.set_viewport_size(avant)
    assert not fautes, "\n".join(fautes)


def noter_l_accessibilite() -> None:
    """Write what the accessibility statement says: the run that has just passed. A page that was
    examined at several widths is one."""
    lu = json.loads(DECLARATION.read_text(encoding="utf-8"))
    fois = Counter(EXAMINEES)
    lu |= {
        "le": date.today().isoformat(),  # noqa: DTZ011 (the day of whoever runs the tests)
        "pages": max(fois.values()),
        "violations": 0,
        "largeurs": sorted(fois, reverse=True),
    }
    DECLARATION.write_text(json.dumps(lu, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
