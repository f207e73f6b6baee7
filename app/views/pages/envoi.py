"""The sending of the monthly table (M11): who has sent what and when, the steps, what has changed
since, the same bytes again."""

import io
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app import acces, departement, erreurs, indicateurs, menu
from app.acces import Perimetre
from app.echanges.formats.ecriture import MIME, Colonne, Feuille
from app.echanges.tableau import diffusion as tableau_diffusion
from app.echanges.tableau import disposition
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import fusions as tableau_fusions
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.indicateurs import anomalies
from app.menu import AuMenu
from app.models import Envoi, Mds
from app.regles import envois as regles
from app.regles.age import PARIS, aujourd_hui
from app.regles.obligations import MOIS
from app.views.pages.tableau import lire_demande
from app.views.socle.export import envoyer_classeur, lire_motif

_AU_CONTRAT = {d.code for d in indicateurs.DEFINITIONS.values() if d.au_contrat}
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
        return departement.courant().nom if self.mds is None else self.mds.nom

    @property
    def nom_du_mois(self) -> str:
        return tableau_mensuel.nom_du_mois(self.mois)

    @property
    def echeance(self) -> date:
        return regles.a_rendre_le(self.mois)

    @property
    def libelle(self) -> str:
        return regles.ETATS[self.etat]

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
    def rectificatifs(self) -> int:
        return (
            0
            if self.dernier is None
            else self.dernier.numero - (self.dernier.envoye_le is None and self.dernier.numero > 0)
        )

    @property
    def adresse(self) -> dict[str, str]:
        return {"mois": f"{self.mois:%Y-%m}", "mds": "" if self.mds is None else self.mds.code}


def attendus(perimetre: Perimetre, mois: list[date], le: date) -> list[Attendu]:
    """Two statements, whatever the number of months and MDS: what each territory that one reads
    owes, and has sent."""
    permises = perimetre.mds("envoi", "lire")
    territoires = [m for m in db.session.scalars(select(Mds).order_by(Mds.nom)) if m.id in permises]
    if permises is acces.TOUTES:
        territoires.insert(0, None)
    envois: dict[tuple, list[Envoi]] = {}
    for envoi in db.session.scalars(
        select(Envoi).where(Envoi.mois.in_(mois)).order_by(Envoi.numero)
    ):
        envois.setdefault((envoi.mois, envoi.mds_id), []).append(envoi)
    tous = []
    for un_mois in mois:
        for mds in territoires:
            siens = envois.get((un_mois, mds and mds.id), [])
            premier = next((e for e in siens if e.envoye_le is not None), None)
            quand = premier and premier.envoye_le.astimezone(PARIS).date()
            tous.append(
                Attendu(
                    un_mois,
                    mds,
                    premier,
                    siens[-1] if siens else None,
                    regles.etat(un_mois, quand, le, mds and mds.ouverte_le),
                )
            )
    return tous


def rappel(perimetre: Perimetre, le: date) -> dict | None:
    """What the home page says of the table that is due; nothing once all are sent, or before the
    first reminder."""
    mois = regles.mois_a_rendre(le)
    restent = regles.rappel(mois, le)
    if restent is None or not perimetre.peut("envoi", "lire") or mois < regles.CONVENTION:
        return None
    manquent = [a for a in attendus(perimetre, [mois], le) if a.est_attendu]
    if not manquent:
        return None
    return {
        "mois": tableau_mensuel.du_mois(mois),
        "echeance": regles.a_rendre_le(mois),
        "jours": (regles.a_rendre_le(mois) - le).days,
        "manquent": [a.territoire for a in manquent],
    }


class EnvoiView(BaseView):
    route_base = "/envois"
    class_permission_name = "envoi"
    au_menu = AuMenu(menu.COMPTES, 30, "Tableaux envoyés", "index")
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        annee, annees, tous = _annee()
        choisi = request.args.get("etat", "")
        if choisi and choisi not in regles.ETATS:
            abort(404)
        return render_template(
            "envois.html",
            annee=annee,
            annees=annees,
            etats=regles.ETATS,
            etat=choisi,
            lignes=[a for a in tous if a.etat == choisi or (not choisi and a.mois_fini)],
            grille=[] if choisi else _grille(tous),
            mois_courts=MOIS,
            en_retard=sum(a.etat == regles.EN_RETARD for a in tous),
            peut_exporter=acces.perimetre().peut("envoi", "exporter"),
            fil=[("Accueil", f"{request.script_root}/")],
        )

    @expose("/exporter", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def export(self):
        """The follow-up of the sendings of a year, as a workbook."""
        annee, _, tous = _annee()
        motif = lire_motif() or abort(400, description="Dites à quoi va servir la liste.")
        colonnes = (
            Colonne("Mois", "date", lambda a: a.mois),
            Colonne("Territoire", "texte", lambda a: a.territoire, 30),
            Colonne("État", "texte", lambda a: a.libelle, 24),
            Colonne("Échéance", "date", lambda a: a.echeance),
            Colonne(
                "Envoyé le", "date", lambda a: a.envoye_le and a.envoye_le.astimezone(PARIS).date()
            ),
            Colonne("Envoyé par", "texte", lambda a: a.premier and a.premier.envoye_par, 30),
            Colonne("Rectificatifs", "entier", lambda a: a.rectificatifs, 14),
            Colonne("Empreinte SHA-256", "texte", lambda a: a.premier and a.premier.empreinte, 70),
        )
        return envoyer_classeur(
            [Feuille(f"Envois {annee}", colonnes, tous)],
            f"envois-{annee}.xlsx",
            motif=motif,
            table="envoi",
            detail=lambda: {"annee": annee, "lignes": len(tous)},
        )

    @expose("/preparer", methods=["POST"])
    @has_access
    @permission_name("envoyer")
    def preparer(self):
        demande = lire_demande(request.form)
        try:
            envoi = tableau_envoi.preparer(demande.mois, demande.mds, _texte("motif"))
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

    @expose("/<cle>")
    @has_access
    @permission_name("lire")
    def show(self, cle: str):
        return self._page(_trouver(cle))

    def _page(self, envoi: Envoi, refus: str = "", motif: str = "") -> str:
        perimetre = acces.perimetre()
        chaine = tableau_envoi.de_ce_mois(envoi.mois, envoi.mds_id)
        reference = envoi if envoi.envoye_le else next((e for e in chaine if e.envoye_le), None)
        dernier = reference is not None and reference.numero == max(
            e.numero for e in chaine if e.envoye_le
        )
        changees = tableau_envoi.differences(reference) if dernier else []
        fige = tableau_envoi.lire(envoi) if envoi.envoye_le else {}
        return render_template(
            "envoi.html",
            envoi=envoi,
            chaine=chaine,
            reference=reference,
            dernier=dernier,
            refus=refus,
            motif=motif,
            territoire=departement.courant().territoire(envoi.mds and envoi.mds.nom),
            mois=tableau_mensuel.du_mois(envoi.mois),
            nom=tableau_mensuel.nom_de_l_envoi,
            echeance=regles.a_rendre_le(envoi.mois),
            differences=changees[:DIFFERENCES_A_L_ECRAN],
            nombre=len(changees),
            anomalies=[] if envoi.envoye_le else _anomalies(envoi),
            periodes=disposition.PERIODES,
            figes=_figes(fige),
            fusions=tableau_fusions.figees(fige) if fige else _fusions(envoi),
            en_preparation=chaine[0] if chaine[0].envoye_le is None else None,
            peut_envoyer=tableau_envoi.peut_envoyer(envoi.mds_id),
            peut_exporter=perimetre.peut("envoi", "exporter", envoi.mds_id),
            peut_verifier=perimetre.peut("envoi", "verifier", envoi.mds_id),
            adresse={
                "mois": f"{envoi.mois:%Y-%m}",
                "mds": "" if envoi.mds is None else envoi.mds.code,
            },
            fil=[("Accueil", f"{request.script_root}/"), ("Tableaux envoyés", url_for(".index"))],
        )

    @expose("/<cle>/verifier", methods=["POST"])
    @has_access
    @permission_name("verifier")
    def verifier(self, cle: str):
        envoi = _trouver(cle)
        if not acces.perimetre().peut("envoi", "verifier", envoi.mds_id):
            abort(403)
        tableau_envoi.verifier(envoi)
        return _conclure(cle, "Le tableau est marqué comme vérifié.")

    @expose("/<cle>/envoyer", methods=["POST"])
    @has_access
    @permission_name("envoyer")
    def envoyer(self, cle: str):
        numero, motif = _trouver(cle).id, _texte("motif_anomalies")
        try:
            tableau_envoi.envoyer(numero, motif)
            db.session.commit()
        except tableau_envoi.EnvoiRefuse as refus:
            db.session.rollback()
            return self._page(_trouver(cle), str(refus), motif), 422
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

    @expose("/<cle>/abandonner", methods=["POST"])
    @has_access
    @permission_name("envoyer")
    def abandonner(self, cle: str):
        envoi = _trouver(cle)
        if not tableau_envoi.peut_envoyer(envoi.mds_id):
            abort(403)
        db.session.delete(envoi)
        return _conclure(cle, "La préparation est abandonnée.", url_for(".index"))

    @expose("/<cle>/telecharger")
    @has_access
    @permission_name("exporter")
    def telecharger(self, cle: str):
        envoi = _trouver(cle)
        if envoi.envoye_le is None:
            abort(404)
        if not acces.perimetre().peut("envoi", "exporter", envoi.mds_id):
            abort(403)
        octets, nom = tableau_envoi.telecharger(envoi), tableau_envoi.nom_de_fichier(envoi)
        db.session.commit()
        return send_file(io.BytesIO(octets), MIME, as_attachment=True, download_name=nom, max_age=0)

    @expose("/<cle>/diffusion")
    @has_access
    @permission_name("exporter")
    def diffusion(self, cle: str):
        """The version for the COPIL and the partners: figures alone, small numbers hidden."""
        envoi = _trouver(cle)
        if envoi.envoye_le is None:
            abort(404)
        if not acces.perimetre().peut("envoi", "exporter", envoi.mds_id):
            abort(403)
        nom = tableau_envoi.nom_de_fichier(envoi).replace(".xlsx", "-diffusion.xlsx")
        with tempfile.TemporaryDirectory(prefix="tandem-diffusion-") as dossier:
            chemin = Path(dossier) / "tableau.xlsx"
            tableau_diffusion.ecrire(envoi, chemin)
            db.session.commit()
            fichier = chemin.open("rb")  # stays readable once its folder is gone
        return send_file(fichier, MIME, as_attachment=True, download_name=nom, max_age=0)


def _annee() -> tuple[int, list[int], list[Attendu]]:
    """The year asked for (by default that of the month that is due), those to choose from, and its
    tables, latest first."""
    le = aujourd_hui()
    annees = list(range(le.year, regles.CONVENTION.year - 1, -1)) or [le.year]
    demandee = request.values.get("annee", str(regles.mois_a_rendre(le).year))
    if demandee not in map(str, annees):
        abort(404)
    mois = regles.mois_attendus(int(demandee), le)[::-1]
    return int(demandee), annees, attendus(acces.perimetre(), mois, le)


def _trouver(cle: str) -> Envoi:
    if not (cle.isascii() and cle.isdigit() and len(cle) < 10):
        abort(404)
    return db.session.scalar(select(Envoi).where(Envoi.id == int(cle))) or abort(404)


def _texte(nom: str, taille: int = 500) -> str:
    return " ".join(request.form.get(nom, "").replace("\0", "").split())[:taille]


def _conclure(cle: str, phrase: str, vers: str | None = None):
    try:
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        flash(erreurs.expliquer(erreur)[0], "erreur")
        return redirect(url_for(".show", cle=cle))
    flash(phrase, "succes")
    return redirect(vers or url_for(".show", cle=cle))


def _anomalies(envoi: Envoi) -> list[tuple]:
    """The rules that find something: (rule, its severity, how many)."""
    with acces.compter():
        nombres = anomalies.compter(*tableau_mensuel.bornes(envoi.mois), envoi.mds_id)
    return [
        (r, anomalies.GRAVITES[r.gravite], nombres[r.code])
        for r in anomalies.REGLES
        if nombres[r.code]
    ]


def _grille(tous: list[Attendu]) -> list[list[Attendu]]:
    """One line a territory, its months in order; nothing where one reads a single territory."""
    lignes = defaultdict(list)
    for attendu in sorted((a for a in tous if a.etat != regles.A_VENIR), key=lambda a: a.mois):
        lignes[attendu.territoire].append(attendu)
    return list(lignes.values()) if len(lignes) > 1 else []


def _fusions(envoi: Envoi) -> list[tableau_fusions.Ligne]:
    with acces.compter():
        return tableau_fusions.lire(envoi.mois, envoi.mds).lignes


def _figes(fige: dict) -> list[tuple[str, str, list[str]]]:
    """The figures as they were sent: (code, title of then, the words of the three columns)."""
    return [
        (
            code if code in _AU_CONTRAT else "",
            titre,
            [fige["chiffres"][colonne][code]["texte"] for colonne in disposition.PERIODES],
        )
        for code, titre, _ in fige.get("definitions", {}).get("indicateurs", [])
    ]


VUES = (EnvoiView,)
