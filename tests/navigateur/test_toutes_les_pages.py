"""axe finds nothing on any page that a role can open: with data, without any, refused.

Every GET route is read as every role. The browser shows the pages whose shapes are new, each at a
width and in a light that rotate, with its contrasts in the other light, and how wide it is there,
at 320 pixels and at 200 %. ``--toutes-les-pages`` shows every page of every role at every width
and in both lights.
"""

from dataclasses import dataclass, field
from datetime import date

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from app import acces
from app.echanges.tableau import envoi as tableau_envoi
from app.extensions import db
from app.models import Mds, ModificationGroupee
from app.regles.age import ajouter_mois, aujourd_hui
from app.roles import ROLES
from app.views.socle import differe
from tests import factories as f
from tests import test_matrice
from tests.classeurs import DONNEES, JEUNE, ecrire
from tests.connexions import ouvrir_session
from tests.navigateurs import (
    CONDITIONS,
    HAUTEURS,
    deborde,
    fautes_d_axe,
    fautes_de_contraste,
    page_neuve,
    peintures_neuves,
    se_mettre,
)
from tests.test_classeur import envoyer
from tests.test_travaux import vider_la_file
from tests.test_vitesse import remplir
from tests.toutes_les_pages import (
    PageLue,
    arbre,
    est_une_liste,
    formes,
    lire,
    montrer,
    refuser,
)

DEPLIER = """() => {
  document.querySelectorAll("[role=tabpanel]").forEach((panneau) => { panneau.hidden = false; });
  document.querySelectorAll("details:not(.deroule)").forEach((bloc) => { bloc.open = true; });
}"""
"""What a click shows is looked at too: every tab, every « Comment est-ce calculé ? »."""
LISENT_LES_LISTES = {"COORDONNATEUR", "ADMINISTRATEUR"}
"""The lists of codes are one screen, twenty times: seen by a reader and by whoever keeps them."""
PARTOUT = {"DPID", "DPO", "ADMINISTRATEUR"}
"""The roles that are given for the whole Département; the others, here, for Artois."""
REFLUX = {320, 640}
"""Where a page may not scroll sideways, besides the width at which it is looked at; 640 is 1280 at
200 %."""
LARGEURS_D_ECRAN = (1440, 1280, 1000, 768, 640, 390, 320)
"""Where no page scrolls sideways; axe looks at three of them."""
A_SOI = {"ClasseurView", "ColonnesDuClasseurView", "TravauxView", "MonCompte", "PassationView"}
"""Screens whose records are those of one person."""
SANS_FICHE_ICI = {
    "DPID": {
        "InstanceView",
        "ParticipantView",
        "TacheInstanceView",
    },  # it keeps those of the Département only
    "SLAI": {"AgendaDeRencontre"},  # offered on a planned rencontre; the walk opens one, held
}


@dataclass
class Examen:
    """What has been seen so far, from one role to the next."""

    navigateur: Browser
    tout: bool
    vues: set[str] = field(default_factory=set)
    arbres: set[str] = field(default_factory=set)
    """The whole trees that axe has looked at in all conditions."""
    ouvertes: dict[str, set[str]] = field(default_factory=dict)
    """Role → the routes that it has opened."""
    refus: set[tuple[str, str]] = field(default_factory=set)
    """The forms that have been sent with nothing in them."""
    rang: int = 0

    def examiner(self, client: FlaskClient, pages: list[PageLue]) -> list[str]:
        """The faults of these pages, shown as the account of ``client``."""
        choisies = pages if self.tout else self._choisir(pages)
        if not choisies:
            return []
        fautes = []
        with (
            page_neuve(self.navigateur, max(REFLUX), 640) as page,
            montrer(page, client) as montrer_une,
        ):
            for lue in choisies:
                montrer_une(lue)
                page.evaluate(DEPLIER)
                trouvees = self._tout(page, lue) if self.tout else self._nouveau(page)
                fautes += [f"{lue.adresse} {faute}" for faute in trouvees]
        return fautes

    def refuser(self, client: FlaskClient, pages: list[PageLue]) -> list[PageLue]:
        """What answers when their forms are sent with nothing in them."""
        if self.tout:
            self.refus.clear()
        refusees = [refuser(client, page, self.refus) for page in pages]
        return [page for page in refusees if page]

    def _choisir(self, pages: list[PageLue]) -> list[PageLue]:
        """Those that show something new, the richest first: the fewest pages that show it all."""
        lues = [(formes(page.texte), page) for page in pages]
        choisies = []
        while lues:
            trouvees, page = max(lues, key=lambda lue: len(lue[0] - self.vues))
            if trouvees <= self.vues:
                break
            self.vues |= trouvees
            choisies.append(page)
        return choisies

    def _tout(self, page: Page, lue: PageLue) -> list[str]:
        """At every width, in both lights; what axe has seen whole, to the last attribute, is only
        measured again: other words may be wider."""
        fautes = []
        vu = arbre(lue.texte)
        est_connue = vu in self.arbres
        self.arbres.add(vu)
        for largeur in LARGEURS_D_ECRAN:
            page.set_viewport_size({"width": largeur, "height": HAUTEURS.get(largeur, 640)})
            fautes += deborde(page)
            if largeur in HAUTEURS and not est_connue:
                for lumiere in ("light", "dark"):
                    fautes += self._dans_une_lumiere(page, lumiere)
        return fautes

    def _dans_une_lumiere(self, page: Page, lumiere: str) -> list[str]:
        """All that axe knows in the light; in the dark, which draws the same boxes, the contrasts.
        Of the contrasts, those of what is painted anew."""
        page.emulate_media(color_scheme=lumiere, reduced_motion="reduce")
        if lumiere == "dark":
            return fautes_de_contraste(page)
        return fautes_d_axe(page, peintures_neuves(page))

    def _nouveau(self, page: Page) -> list[str]:
        """At a width and in a light that rotate, then in the other light the new colours. How wide
        it is, there, where the last page was left, and where this one is left: both of ``REFLUX``.
        """
        ici = page.viewport_size["width"]
        fautes = deborde(page)
        largeur, lumiere = CONDITIONS[self.rang % len(CONDITIONS)]
        self.rang += 1
        se_mettre(page, largeur, lumiere)
        fautes += fautes_d_axe(page, peintures_neuves(page)) + deborde(page)
        page.emulate_media(color_scheme="light" if lumiere == "dark" else "dark")
        fautes += fautes_de_contraste(page)
        [suite] = REFLUX - {ici}
        page.set_viewport_size({"width": suite, "height": 640})
        return fautes + deborde(page)


@pytest.fixture(scope="module")
def examen(navigateur, request):
    return Examen(navigateur, request.config.getoption("--toutes-les-pages"))


@pytest.fixture(scope="module")
def envoi_libre(app):
    """Pages are sent back as they were read."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


def creer_les_comptes() -> dict[str, int]:
    return {code: f.un_compte(code, None if code in PARTOUT else "ART").id for code in ROLES}


@pytest.fixture(scope="module")
def base(app, envoi_libre, tmp_path_factory):
    """A few records of each kind; an account of each role, and the number of a youth."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeunes = [remplir(n) for n in range(3)]
        f.un_jeune(nom="Naguère", contact_le=f.il_y_a(900))
        f.un_accompagnement(au=f.il_y_a(9), motif_sortie_code="AUTRE")
        f.un_jeune(nom="Gouyincourt", deces_le=f.il_y_a(3))
        f.une_rencontre(jeunes[0], statut_code="PREVUE", le=f.dans(2), jeune_present=None)
        f.une_distinction()
        f.une_action_partenariat(), f.un_reglage(), f.une_levee(), f.un_acte_a_deux()
        for table in ("convention_partenaire", "dispositif_propose"):
            f.une_fiche(table)
        f.un_texte_bilan()
        valide = f.une_instance(le=f.dans(0))
        f.une_fiche("point_de_comite", instance_id=valide.id)
        f.un_compte_rendu(valide)
        comptes = creer_les_comptes()
        db.session.add(un_acte_groupe(comptes["COORDONNATEUR"]))
        db.session.commit()
        _envoyer_des_tableaux(ajouter_mois(aujourd_hui().replace(day=1), -2))
    _deposer_des_classeurs(app, comptes["REFERENT_SEF"], tmp_path_factory.mktemp("classeurs"))
    _demander_un_fichier(app, comptes["RESPONSABLE"])
    return comptes, jeunes[0]


def un_acte_groupe(compte_id: int) -> ModificationGroupee:
    """A portfolio that the account handed over."""
    return ModificationGroupee(
        compte_id=compte_id,
        genre="PASSATION",
        titre="De Nour Delestrez à Karim Benali",
        jeunes=3,
        rencontres=1,
        taches=0,
    )


def _envoyer_des_tableaux(mois: date) -> None:
    """One that is sent, the next one prepared."""
    artois = db.session.query(Mds).filter_by(code="ART").one()
    envoye = tableau_envoi.ouvrir_un_envoi(mois, artois)
    db.session.commit()
    tableau_envoi.envoyer(envoye.id, "Permanence reportée.")
    db.session.commit()
    tableau_envoi.ouvrir_un_envoi(ajouter_mois(mois, 1), artois)
    db.session.commit()


def _deposer_des_classeurs(app, compte_id: int, dossier) -> None:
    """One that is applied, one that is refused at a cell, a table whose columns are to be said."""
    referent = ouvrir_session(app.test_client(), compte_id)
    ligne = {**JEUNE, "Code dossier": "E2"}
    applique = envoyer(referent, ecrire(dossier / "applique.xlsx", {"Jeunes": [ligne]}))
    vider_la_file(app)
    referent.post(f"{applique}/appliquer")
    ligne = {**JEUNE, "Code dossier": "E3", "MDS": "Dunkerque"}
    envoyer(referent, ecrire(dossier / "refuse.xlsx", {"Jeunes": [ligne]}))
    vider_la_file(app)
    envoyer(referent, DONNEES / "terrain" / "tableau-une-ligne-par-jeune.xlsx")


def _demander_un_fichier(app, compte_id: int) -> None:
    """A list that is prepared apart, and waits."""
    client = ouvrir_session(app.test_client(), compte_id)
    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(differe.differer, "__defaults__", (0,))
        client.post("/jeunes/exporter", data={"finalite": "SUIVI", "motif": "Relire la saisie"})
    vider_la_file(app)


@pytest.mark.parametrize("role", ROLES)
def test_axe_ne_trouve_rien_aux_pages_d_un_role(app, base, examen, role):
    comptes, jeune = base
    client = ouvrir_session(app.test_client(), comptes[role])
    ouvertes: set[str] = set()
    pages = list(
        lire(app, comptes[role], jeune, ouvertes, listes=role in LISENT_LES_LISTES or examen.tout)
    )
    examen.ouvertes[role] = ouvertes
    assert _titres_repetes(pages) == []
    fautes = examen.examiner(client, pages + examen.refuser(client, pages))
    assert not fautes, "\n".join(fautes)


def _titres_repetes(pages: list[PageLue]) -> list[str]:
    """Each form that exports has a title of its own, and no list of codes is « Élément »."""
    par_route = {p.endpoint: p.titre for p in pages if p.endpoint.endswith((".export", ".add"))}
    titres = list(par_route.values())
    return sorted({t for t in titres if titres.count(t) > 1 or t.startswith("Élément")})


def attendues(app, role: str) -> set[str]:
    """The routes that the matrix of rights gives to a role, and that show something."""
    agent = next(nom for nom, code in test_matrice.ROLES.items() if code == role)
    trouvees = set()
    for route in app.url_map.iter_rules():
        vue = route.endpoint.partition(".")[0]
        qui = test_matrice.regle(app, route.endpoint)
        if "GET" not in route.methods or qui == test_matrice.PUBLIC:
            continue
        if vue in SANS_FICHE_ICI.get(role, ()) and route.arguments:
            continue
        if qui == test_matrice.CONNECTE or agent in qui:
            trouvees.add(route.endpoint)
    return trouvees


def test_chaque_role_a_ouvert_toutes_les_routes_que_la_matrice_lui_donne(app, examen):
    """Files of one's own (imports, long work) are met by whoever made them."""
    toutes = set().union(*examen.ouvertes.values())
    oubliees = []
    for role, ouvertes in examen.ouvertes.items():
        manquent = attendues(app, role) - ouvertes
        if role not in LISENT_LES_LISTES:
            manquent = {e for e in manquent if not est_une_liste(app, e)}
        oubliees += [f"{role} {e}" for e in manquent if e.partition(".")[0] not in A_SOI]
        assert manquent <= toutes, role
    assert not oubliees, "\n".join(sorted(oubliees))


def test_axe_ne_trouve_rien_quand_la_base_est_vide(app_sur_base_neuve, examen):
    """The first day: accounts, and nothing else; the lists of codes are those of every day."""
    app = app_sur_base_neuve
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        comptes = creer_les_comptes()
        db.session.commit()
    fautes = []
    for role in ("RESPONSABLE", "DPID", "DPO", "ADMINISTRATEUR"):
        client = ouvrir_session(app.test_client(), comptes[role])
        pages = list(lire(app, comptes[role], 0, set(), listes=examen.tout))
        fautes += examen.examiner(client, pages)
    assert not fautes, "\n".join(fautes)
