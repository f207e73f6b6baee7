"""The sending of the monthly table (M11).

Who has sent what and when, the steps, what has changed since, the same bytes again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, select
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as Reponse

from app import acces, erreurs, indicateurs, menu
from app.acces import Perimetre
from app.echanges.formats.ecriture import MIME, Colonne, Feuille
from app.echanges.tableau import comparaison, diffusion, disposition, fige, fusions
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import mensuel as tableau_mensuel
from app.echanges.tableau.lignes import LigneDeFusion, Rectification
from app.extensions import db
from app.indicateurs.anomalies import BLOQUANTE
from app.menu import AuMenu
from app.models import Envoi, Mds
from app.regles import envois as regles
from app.regles.age import PARIS, aujourd_hui
from app.regles.obligations import MOIS
from app.regles.parametres import CONVENTION
from app.regles.texte import majuscule
from app.sorties_de_donnees import FichierSorti
from app.travaux import envois
from app.views.pages import territoire
from app.views.pages.tableau import AnomalieComptee, anomalies_du_mois, mois_choisi
from app.views.socle import differe, saisie
from app.views.socle.export import envoyer_classeur, pied
from app.views.socle.fichiers import envoyer_ecrit, envoyer_fichier
from app.views.socle.motif import lire_motif

TAILLE_D_UNE_RAISON = 500
A_VERIFIER_AU_PLUS = 4
"""Tables to check shown on the home page; the page of the tables has them all."""
DIFFERENCES_A_L_ECRAN = 500
"""Beyond, the rectificatif has them all."""


@dataclass(frozen=True)
class Attendu:
    """The table of a month and of a territory: expected, and what was sent."""

    mois: date
    mds: Mds | None
    premier: Envoi | None
    dernier: Envoi | None
    """The latest, sent or being prepared."""
    etat: str

    @property
    def territoire(self) -> str:
        return territoire.nom(self.mds)

    @property
    def nom_du_mois(self) -> str:
        return tableau_mensuel.nom_du_mois(self.mois)

    @property
    def titre(self) -> str:
        """« Octobre 2026 »."""
        return majuscule(self.nom_du_mois)

    @property
    def mois_court(self) -> str:
        return MOIS[self.mois.month - 1]

    @property
    def du_mois(self) -> str:
        return tableau_mensuel.du_mois(self.mois)

    @property
    def echeance(self) -> date:
        return regles.a_rendre_le(self.mois)

    @property
    def jours_de_retard(self) -> int:
        """How late it was sent."""
        quand = self.jour_d_envoi
        return 0 if quand is None else max(0, (quand - self.echeance).days)

    @property
    def libelle(self) -> str:
        return regles.ETATS[self.etat]

    @property
    def etat_dit(self) -> str:
        """The state, and how far the table that is being prepared is."""
        return " ".join(filter(None, (self.libelle, self.preparation)))

    @property
    def preparation(self) -> str:
        """Of the table being prepared: « préparé et vérifié »; "" when none is."""
        if self.dernier is None or self.dernier.envoye_le is not None:
            return ""
        mots = "rectificatif préparé" if self.premier else "préparé"
        if self.dernier.verifie_le:
            mots += " et vérifié"
        return mots

    @property
    def est_attendu(self) -> bool:
        return self.premier is None and self.etat != regles.PAS_OUVERTE

    @property
    def mois_fini(self) -> bool:
        return self.etat not in (regles.A_VENIR, regles.PAS_OUVERTE)

    @property
    def abrege(self) -> str:
        return regles.ABREGES[self.etat]

    @property
    def envoye_le(self) -> datetime | None:
        return self.premier and self.premier.envoye_le

    @property
    def jour_d_envoi(self) -> date | None:
        return self.envoye_le and self.envoye_le.astimezone(PARIS).date()

    @property
    def rectificatifs(self) -> int:
        """Those that were sent: one being prepared does not count."""
        if self.dernier is None:
            return 0
        en_preparation = self.dernier.envoye_le is None and self.dernier.numero > 0
        return self.dernier.numero - en_preparation

    @property
    def adresse(self) -> dict[str, Any]:
        """What ``url_for`` takes."""
        return {"mois": f"{self.mois:%Y-%m}", "mds": territoire.code(self.mds)}


def attendus(perimetre: Perimetre, mois: list[date], le: date) -> list[Attendu]:
    """What each territory that one reads owes, and has sent.

    Two statements, whatever the number of months and MDS.
    """
    envois: dict[tuple[date, int | None], list[Envoi]] = defaultdict(list)
    tous = select(Envoi).where(Envoi.mois.in_(mois)).order_by(Envoi.numero)
    for envoi in db.session.scalars(tous):
        envois[envoi.mois, envoi.mds_id].append(envoi)
    territoires = territoire.permis("envoi", perimetre).par_code.values()
    return [
        _attendu(un_mois, mds, envois[un_mois, mds and mds.id], le)
        for un_mois in mois
        for mds in territoires
    ]


def _attendu(mois: date, mds: Mds | None, envois: list[Envoi], le: date) -> Attendu:
    premier = next((e for e in envois if e.envoye_le is not None), None)
    quand = None
    if premier is not None and premier.envoye_le is not None:
        quand = premier.envoye_le.astimezone(PARIS).date()
    dernier = envois[-1] if envois else None
    return Attendu(
        mois, mds, premier, dernier, regles.etat(mois, quand, le, mds and mds.ouverte_le)
    )


def attendus_du_mois(perimetre: Perimetre, le: date) -> list[Attendu]:
    """The tables of the month that is over; none for whoever reads no table."""
    mois = regles.mois_a_rendre(le)
    if not perimetre.peut("envoi", "lire") or mois < CONVENTION:
        return []
    return attendus(perimetre, [mois], le)


def rappel(perimetre: Perimetre, le: date) -> dict[str, object] | None:
    """What is said of the table that is due; nothing before the first reminder."""
    if regles.rappel(regles.mois_a_rendre(le), le) is None:
        return None
    return rappel_de(attendus_du_mois(perimetre, le), le)


def rappel_de(tableaux: Sequence[Attendu], le: date) -> dict[str, object] | None:
    """The same, of the tables of the month.

    Nothing once all are sent, or before the first reminder.
    """
    mois = regles.mois_a_rendre(le)
    manquent = [a for a in tableaux if a.est_attendu]
    if not manquent or regles.rappel(mois, le) is None:
        return None
    return {
        "mois": tableau_mensuel.du_mois(mois),
        "echeance": regles.a_rendre_le(mois),
        "jours": (regles.a_rendre_le(mois) - le).days,
        "manquent": [a.territoire for a in manquent],
    }


@dataclass(frozen=True)
class EnvoiDuMois:
    """The table of the month, as the home page tells it to whoever prepares it."""

    du_mois: str
    echeance: date
    est_attendu: bool
    jour_d_envoi: date | None
    adresse: dict[str, Any]
    """What ``url_for`` takes."""


def a_preparer(perimetre: Perimetre, tableaux: Sequence[Attendu]) -> EnvoiDuMois | None:
    """Of the tables of the month, that of the MDS where a coordonnateur prepares it."""
    if "COORDONNATEUR" not in perimetre.roles:
        return None
    ou = perimetre.mds("envoi", "envoyer")
    for a in tableaux:
        if a.mds and a.mds.id in ou:
            return EnvoiDuMois(a.du_mois, a.echeance, a.est_attendu, a.jour_d_envoi, a.adresse)
    return None


def a_verifier(perimetre: Perimetre) -> list[Row]:
    """The tables that are prepared and not checked, for whoever checks them; the oldest first.

    One more than is shown, if there is.
    """
    ou = perimetre.mds("envoi", "verifier")
    if not ou:
        return []
    requete = (
        select(Envoi.id, Envoi.mois, Mds.nom.label("mds"))
        .outerjoin(Mds, Mds.id == Envoi.mds_id)
        .where(Envoi.envoye_le.is_(None), Envoi.verifie_le.is_(None))
    )
    if not isinstance(ou, acces.Toutes):
        requete = requete.where(Envoi.mds_id.in_(sorted(ou)))
    lus = requete.order_by(Envoi.mois, Envoi.mds_id).limit(A_VERIFIER_AU_PLUS + 1)
    return list(db.session.execute(lus))


COLONNES_DU_SUIVI = (
    Colonne("Mois", "texte", lambda a: a.titre, 18),
    Colonne("Territoire", "texte", lambda a: a.territoire, 30),
    Colonne("État", "texte", lambda a: a.etat_dit, 40),
    Colonne("Pour le", "date", lambda a: a.echeance),
    Colonne("Envoyé le", "date", lambda a: a.jour_d_envoi),
    Colonne("Par", "texte", lambda a: a.premier and a.premier.envoye_par, 30),
    Colonne("Rectificatifs", "entier", lambda a: a.rectificatifs, 14),
)
"""Those of the screen."""


@dataclass(frozen=True)
class PageDesEnvois:
    """The follow-up of the sendings of a year."""

    annee: int
    annees: list[int]
    tous: list[Attendu]
    """All the tables of the year, latest first."""
    etat: str
    """The state that one asked for; "" = all the months that are over."""
    peut_exporter: bool
    etats: Mapping[str, str] = field(default_factory=lambda: regles.ETATS)
    mois_courts: tuple[str, ...] = MOIS

    @property
    def finis(self) -> list[Attendu]:
        return [a for a in self.tous if a.mois_fini]

    @property
    def lignes(self) -> list[Attendu]:
        if self.etat:
            return [a for a in self.tous if a.etat == self.etat]
        return self.finis

    @property
    def grille(self) -> list[list[Attendu]]:
        """One line a territory, its months in order; nothing where one reads a single territory."""
        lignes: dict[str, list[Attendu]] = defaultdict(list)
        commences = [a for a in self.tous if a.etat != regles.A_VENIR]
        if not self.etat:
            for attendu in sorted(commences, key=lambda a: a.mois):
                lignes[attendu.territoire].append(attendu)
        if len(lignes) < 2:
            return []
        return list(lignes.values())

    @property
    def etat_choisi(self) -> str:
        return self.etats.get(self.etat, "Tous les mois finis")

    @property
    def en_retard(self) -> int:
        return sum(a.etat == regles.EN_RETARD for a in self.tous)


@dataclass(frozen=True)
class PageDEnvoi:
    """A table that is being prepared, or that is sent."""

    envoi: Envoi
    chaine: list[Envoi]
    """The tables of the month, the latest first."""
    reference: Envoi | None
    """What the data of today are set against: this table, or else the last one sent."""
    differences: list[Rectification]
    anomalies: list[AnomalieComptee]
    fusions: list[LigneDeFusion]
    figes: list[tuple[str, str, list[str]]]
    """(code, title of then, the words of the three periods)."""
    peut_envoyer: bool
    peut_exporter: bool
    peut_verifier: bool
    refus: str = ""
    motif: str = ""
    """What was typed, when it is refused."""
    periodes: Mapping[str, tuple[str, str]] = field(default_factory=lambda: disposition.PERIODES)

    @property
    def est_compare(self) -> bool:
        """What has changed is told beside the last table sent, and the one being prepared."""
        return est_le_dernier(self.reference, self.chaine)

    @property
    def montrees(self) -> list[Rectification]:
        return self.differences[:DIFFERENCES_A_L_ECRAN]

    @property
    def bloquantes(self) -> bool:
        return any(regle.gravite == BLOQUANTE for regle, _, _ in self.anomalies)

    @property
    def en_preparation(self) -> bool:
        return self.chaine[0].envoye_le is None

    @property
    def territoire(self) -> str:
        return tableau_mensuel.nom_du_territoire(self.envoi.mds)

    @property
    def mois(self) -> str:
        return tableau_mensuel.du_mois(self.envoi.mois)

    @property
    def echeance(self) -> date:
        return regles.a_rendre_le(self.envoi.mois)

    @property
    def adresse(self) -> dict[str, Any]:
        """What ``url_for`` takes."""
        return {"mois": f"{self.envoi.mois:%Y-%m}", "mds": territoire.code(self.envoi.mds)}

    @staticmethod
    def nom(numero: int) -> str:
        return tableau_mensuel.nom_de_l_envoi(numero)


@dataclass(frozen=True)
class PageDeTelechargement:
    """What is asked before a table sent leaves: what for."""

    envoi: Envoi
    titre: str
    contenu: str
    """What the file holds."""
    manque: bool
    """The form was sent without the purpose."""

    @property
    def territoire(self) -> str:
        return tableau_mensuel.nom_du_territoire(self.envoi.mds)

    @property
    def nom(self) -> str:
        mois = tableau_mensuel.nom_du_mois(self.envoi.mois)
        return f"{mois}, {tableau_mensuel.nom_de_l_envoi(self.envoi.numero)}"


class EnvoiView(BaseView):
    route_base = "/envois"
    class_permission_name = "envoi"
    au_menu = AuMenu(menu.COMPTES, 30, "Tableaux envoyés", "index")
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self) -> str:
        return render_template("envois.html", page=_suivi(), fil=territoire.fil())

    @expose("/exporter", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def export(self) -> Response | Reponse:
        """The lines that the screen shows, as a workbook."""
        page = _suivi()
        motif = territoire.motif_exige("la liste")
        titre = f"Envois {page.annee}"
        if attente := differe.differer(titre, len(page.lignes)):
            return attente
        return envoyer_classeur(
            [Feuille(titre, COLONNES_DU_SUIVI, page.lignes)],
            f"envois-{page.annee}.xlsx",
            motif=motif,
            filtres=f"Année : {page.annee} ; État : {page.etat_choisi}",
            fichier=lambda: FichierSorti(
                titre,
                "envoi",
                len(page.lignes),
                detail={"annee": page.annee, "etat": page.etat},
            ),
        )

    @expose("/preparer", methods=["POST"])
    @has_access
    @permission_name("envoyer")
    def preparer(self) -> Reponse:
        demande = mois_choisi(request.form)
        motif = saisie.ligne_saisie("motif", TAILLE_D_UNE_RAISON)
        try:
            envoi = tableau_envoi.ouvrir_un_envoi(demande.mois, demande.mds, motif)
            db.session.commit()
        except tableau_envoi.EnvoiRefuse as refus:
            db.session.rollback()
            flash(str(refus), "attention")
            return redirect(url_for("TableauView.index", **demande.adresse))
        except DBAPIError as erreur:  # prepared meanwhile by somebody else
            db.session.rollback()
            flash(erreurs.expliquer(erreur)[0], "attention")
            return redirect(url_for(".index"))
        return redirect(url_for(".show", cle=envoi.id))

    @expose("/<numero:cle>")
    @has_access
    @permission_name("lire")
    def show(self, cle: int) -> str:
        return _rendre(_page(_trouver(cle)))

    @expose("/<numero:cle>/verifier", methods=["POST"])
    @has_access
    @permission_name("verifier")
    def verifier(self, cle: int) -> Reponse:
        envoi = _trouver(cle)
        _exiger("verifier", envoi)
        tableau_envoi.verifier(envoi)
        return _conclure(cle, "Le tableau est marqué comme vérifié.")

    @expose("/<numero:cle>/envoyer", methods=["POST"])
    @has_access
    @permission_name("envoyer")
    def envoyer(self, cle: int) -> Reponse | tuple[str, int]:
        """At once, or by the queue when many youths are behind the figures."""
        envoi = _trouver(cle)
        motif = saisie.ligne_saisie("motif_anomalies", TAILLE_D_UNE_RAISON)
        try:
            if envoi.envoye_le is None and differe.sont_nombreux(envoi.mds_id):
                travail = envois.demander(envoi, motif)
                db.session.commit()
                flash("Ce tableau est long à figer : il s’envoie, et vous le suivez ici.", "succes")
                return redirect(url_for("TravauxView.voir", numero=travail.id), 303)
            tableau_envoi.envoyer(envoi.id, motif)
            db.session.commit()
        except tableau_envoi.EnvoiRefuse as refus:
            db.session.rollback()
            return _rendre(_page(_trouver(cle), str(refus), motif)), 422
        except DBAPIError as erreur:
            db.session.rollback()
            if getattr(erreur.orig, "sqlstate", "") != "40001":
                raise
            flash(
                "Ce tableau a été modifié au même instant par une autre personne : relisez-le.",
                "attention",
            )
            return redirect(url_for(".show", cle=cle))
        flash("Le tableau est envoyé : il ne changera plus.", "succes")
        return redirect(url_for(".show", cle=cle))

    @expose("/<numero:cle>/abandonner", methods=["POST"])
    @has_access
    @permission_name("envoyer")
    def abandonner(self, cle: int) -> Reponse:
        envoi = _trouver(cle)
        if not tableau_envoi.peut_envoyer(envoi.mds_id):
            abort(403)
        db.session.delete(envoi)
        return _conclure(cle, "La préparation est abandonnée.", url_for(".index"))

    @expose("/<numero:cle>/telecharger", methods=["GET", "POST"])
    @has_access
    @permission_name("exporter")
    def telecharger(self, cle: int) -> Response | Reponse | tuple[str, int]:
        """The very bytes that were sent, once the person has said what for."""
        envoi = _trouver_envoye(cle)
        motif = lire_motif()
        if not motif:
            return _demander_pourquoi(
                envoi,
                "Télécharger le tableau envoyé",
                "Une ligne par jeune suivi dans le mois, sans nom : le fichier même qui a été"
                " envoyé.",
            )
        if preuve := differe.prouver_si_massif(len(fige.contenu_fige(envoi)["jeunes"])):
            return preuve
        octets = tableau_envoi.telecharger(envoi, motif)
        nom = tableau_envoi.nom_de_fichier(envoi)
        db.session.commit()
        return envoyer_fichier(octets, nom, MIME)

    @expose("/<numero:cle>/diffusion", methods=["GET", "POST"])
    @has_access
    @permission_name("exporter")
    def diffusion(self, cle: int) -> Response | Reponse | tuple[str, int]:
        """The version for the COPIL and the partners: figures alone, youths told by tens.

        It reads all the tables sent in the year: at once, or by the queue.
        """
        envoi = _trouver_envoye(cle)
        motif = lire_motif()
        if not motif:
            return _demander_pourquoi(
                envoi,
                "Version pour le COPIL et les partenaires",
                "Les chiffres seuls, sans aucune ligne de jeune ; les nombres de jeunes sont donnés"
                " par dizaine ; un rectificatif garde ceux qui n’ont pas bougé de 10, et un cumul"
                " ne baisse pas de moins de 10.",
            )
        nom = tableau_envoi.nom_de_fichier(envoi).replace(".xlsx", "-diffusion.xlsx")
        if attente := differe.differer_les_chiffres(nom.removesuffix(".xlsx"), envoi.mds_id):
            return attente

        def ecrire(chemin: Path) -> None:
            diffusion.ecrire(envoi, chemin, pied(motif))
            db.session.commit()

        return envoyer_ecrit(ecrire, nom, MIME)


def _suivi() -> PageDesEnvois:
    """The year and the state asked for; 404 for a state that does not exist."""
    annee, annees, tous = _annee()
    choisi = request.values.get("etat", "")
    if choisi and choisi not in regles.ETATS:
        abort(404)
    peut_exporter = acces.perimetre().peut("envoi", "exporter")
    return PageDesEnvois(annee, annees, tous, choisi, peut_exporter)


def _annee() -> tuple[int, list[int], list[Attendu]]:
    """The year asked for, those to choose from, and its tables, latest first.

    By default the year of the month that is due.
    """
    le = aujourd_hui()
    annees = list(range(le.year, CONVENTION.year - 1, -1)) or [le.year]
    demandee = request.values.get("annee", str(regles.mois_a_rendre(le).year))
    if demandee not in map(str, annees):
        abort(404)
    mois = regles.mois_attendus(int(demandee), le)[::-1]
    return int(demandee), annees, attendus(acces.perimetre(), mois, le)


def _trouver(cle: int) -> Envoi:
    return db.session.scalar(select(Envoi).where(Envoi.id == cle)) or abort(404)


def _trouver_envoye(cle: int) -> Envoi:
    """One that is sent, and that the person may take away."""
    envoi = _trouver(cle)
    if envoi.envoye_le is None:
        abort(404)
    _exiger("exporter", envoi)
    return envoi


def _exiger(acte: str, envoi: Envoi) -> None:
    if not acces.perimetre().peut("envoi", acte, envoi.mds_id):
        abort(403)


def _demander_pourquoi(envoi: Envoi, titre: str, contenu: str) -> tuple[str, int]:
    manque = request.method == "POST"
    page = PageDeTelechargement(envoi, titre, contenu, manque)
    rendue = render_template("envoi_telecharger.html", page=page, fil=_fil())
    return rendue, 422 if manque else 200


def _fil() -> list[tuple[str, str]]:
    return territoire.fil(("Tableaux envoyés", url_for("EnvoiView.index")))


def _rendre(page: PageDEnvoi) -> str:
    return render_template("envoi.html", page=page, fil=_fil())


def est_le_dernier(envoi: Envoi | None, chaine: list[Envoi]) -> bool:
    """The last table of the month that was sent."""
    return envoi is not None and envoi is next((e for e in chaine if e.envoye_le), None)


def _page(envoi: Envoi, refus: str = "", motif: str = "") -> PageDEnvoi:
    perimetre = acces.perimetre()
    chaine = tableau_envoi.de_ce_mois(envoi.mois, envoi.mds_id)
    reference: Envoi | None = envoi
    if envoi.envoye_le is None:
        reference = next((e for e in chaine if e.envoye_le), None)
    changees: list[Rectification] = []
    if reference is not None and est_le_dernier(reference, chaine):
        changees = comparaison.differences(reference)
    contenu = fige.contenu_fige(envoi)
    return PageDEnvoi(
        envoi=envoi,
        chaine=chaine,
        reference=reference,
        differences=changees,
        anomalies=[] if contenu else anomalies_du_mois(envoi.mois, envoi.mds_id),
        fusions=fusions.fusions_figees(contenu) if contenu else _fusions(envoi),
        figes=_figes(contenu),
        peut_envoyer=tableau_envoi.peut_envoyer(envoi.mds_id),
        peut_exporter=perimetre.peut("envoi", "exporter", envoi.mds_id),
        peut_verifier=perimetre.peut("envoi", "verifier", envoi.mds_id),
        refus=refus,
        motif=motif,
    )


def _fusions(envoi: Envoi) -> list[LigneDeFusion]:
    with acces.compter():
        return fusions.fusions_a_dire(envoi.mois, envoi.mds).lignes


def _figes(contenu: fige.LigneFigee) -> list[tuple[str, str, list[str]]]:
    """The figures as they were sent: (code, title of then, the words of the three periods)."""
    au_contrat = {d.code for d in indicateurs.DEFINITIONS.values() if d.au_contrat}
    lignes = []
    for code, titre, _ in contenu.get("definitions", {}).get("indicateurs", []):
        mots = [contenu["chiffres"][periode][code]["texte"] for periode in disposition.PERIODES]
        lignes.append((code if code in au_contrat else "", titre, mots))
    return lignes


def _conclure(cle: int, phrase: str, vers: str | None = None) -> Reponse:
    try:
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        flash(erreurs.expliquer(erreur)[0], "erreur")
        return redirect(url_for(".show", cle=cle))
    flash(phrase, "succes")
    return redirect(vers or url_for(".show", cle=cle))


VUES = (EnvoiView,)
