"""The files that stayed two years without a contact from the youth.

They are proposed; a person decides to keep or to anonymise each of them.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import Row, select, text
from sqlalchemy.exc import DBAPIError

from app import acces, erreurs, menu
from app.connexion.preuve import demander_une_preuve
from app.echanges.formats.ecriture import Feuille
from app.extensions import db
from app.menu import AuMenu
from app.models import Conservation, Jeune
from app.regles import conservation as regles
from app.regles.age import ajouter_mois, aujourd_hui
from app.regles.parametres import CONSERVATION_DOSSIER_ANS, GARDE_AU_PLUS_ANS
from app.regles.texte import minuscule
from app.sorties_de_donnees import FichierSorti
from app.views.pages import territoire
from app.views.pages.dossiers_a_examiner import (
    ANONYMISES,
    COLONNES,
    ETATS,
    TAILLE,
    Choix,
    choix_demande,
    lire_dossiers,
    mds_ouvertes,
    mentions,
    noms,
    trouver,
)
from app.views.socle import differe, saisie
from app.views.socle.affichage import nom_mds
from app.views.socle.export import envoyer_classeur
from app.views.socle.lecture import noter_la_lecture
from app.views.socle.page import adresse, fil_d_ariane


@dataclass(frozen=True)
class PageConservation:
    """The list; ``dossiers`` holds one more than a page when another follows."""

    choix: Choix
    nombres: dict[str, int]
    """state → how many files"""
    lus: list[Row]
    noms: dict[int, str]
    """youth → name, of those that the person may read"""
    liste_mds: list[tuple[int, str]]
    peut_exporter: bool

    etats = ETATS
    ans = CONSERVATION_DOSSIER_ANS.valeur
    proposable_le = staticmethod(regles.proposable_le)

    @property
    def dossiers(self) -> list[Row]:
        return self.lus[:TAILLE]

    @property
    def combien_de_pages(self) -> int:
        return math.ceil(self.nombres[self.choix.etat] / TAILLE)

    @property
    def precedente(self) -> str:
        """The query string of the page before.

        The last one that has files when this one has none any more.
        """
        avant = min(self.choix.page - 1, self.combien_de_pages)
        if avant < 1:
            return ""
        return self.choix.adresse(avant)

    @property
    def suivante(self) -> str:
        if len(self.lus) <= TAILLE:
            return ""
        return self.choix.adresse(self.choix.page + 1)


@dataclass(frozen=True)
class PageDossier:
    """One file; ``jeune`` is None for whoever may not read it, and once it is no longer there."""

    dossier: Row
    jeune: Jeune | None
    peut_decider: bool
    mentions: list[tuple[str, str]]
    fautes: list[tuple[str, str]]
    """(field, sentence): what a decision lacks"""
    le: date

    @property
    def mds(self) -> str:
        return nom_mds(self.dossier.mds_id)

    @property
    def proposable_le(self) -> date | None:
        dernier = self.dossier.dernier_contact_le
        return dernier and regles.proposable_le(dernier)

    @property
    def erreurs(self) -> dict[str, str]:
        return dict(self.fautes)

    @property
    def tot(self) -> date:
        """The first day until which the file may be kept."""
        return self.le + timedelta(days=1)

    @property
    def tard(self) -> date:
        """The last one."""
        return ajouter_mois(self.le, 12 * GARDE_AU_PLUS_ANS.valeur)


class ConservationView(BaseView):
    route_base = "/conservation"
    class_permission_name = "conservation"
    default_view = "index"
    au_menu = AuMenu(menu.ADMINISTRATION, 60, "Conservation des dossiers", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        choix = choix_demande()
        depuis = (choix.page - 1) * TAILLE
        nombres, dossiers = lire_dossiers(choix, f"limit {TAILLE + 1} offset {depuis}")
        peut_exporter = acces.perimetre().peut("conservation", "exporter")
        connus = noms([dossier.jeune_id for dossier in dossiers[:TAILLE]])
        page = PageConservation(choix, nombres, dossiers, connus, mds_ouvertes(), peut_exporter)
        return render_template("tandem/conservation.html", page=page, fil=fil_d_ariane())

    @expose("/exporter", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def export(self):
        choix = choix_demande()
        motif = territoire.motif_exige("cette liste")
        _, dossiers = lire_dossiers(choix)
        titre = f"Conservation, {minuscule(ETATS[choix.etat])}"
        if attente := differe.differer(titre, len(dossiers)):
            return attente
        return envoyer_classeur(
            [Feuille(titre, COLONNES, dossiers)],
            f"conservation-{choix.etat}-{aujourd_hui():%Y-%m-%d}.xlsx",
            motif=motif,
            fichier=lambda: FichierSorti(
                titre,
                "conservation",
                len(dossiers),
                [dossier.jeune_id for dossier in dossiers],
                detail={"etat": choix.etat, "mds": choix.mds},
            ),
        )

    @expose("/<numero:cle>")
    @has_access
    @permission_name("lire")
    def show(self, cle: int):
        """The file, what is known of it, and what may be decided."""
        dossier, jeune = trouver(cle)
        if jeune is not None:
            noter_la_lecture("jeune", jeune.id, jeune.id)
        page = self._montrer(dossier, jeune)
        db.session.commit()
        return page

    @expose("/<numero:cle>/garder", methods=["POST"])
    @has_access
    @permission_name("creer")
    def garder(self, cle: int):
        """Keep the file until a day; the same decision sent twice is taken once."""
        dossier, jeune = self._a_decider(cle)
        motif = saisie.ligne_saisie("motif", 300)
        terme = _jour(request.form.get("garder_jusqu_au", ""))
        if terme is None or not motif:
            fautes = []
            if not motif:
                fautes.append(("motif-garder", "Dites pourquoi garder ce dossier."))
            if terme is None:
                fautes.append(("garder_jusqu_au", "Dites jusqu’à quel jour garder ce dossier."))
            return self._montrer(dossier, jeune, fautes), 422
        decision = Conservation(
            jeune_id=jeune.id,
            mds_id=jeune.mds_id,
            decision="GARDE",
            motif=motif,
            garder_jusqu_au=terme,
            dernier_contact_le=dossier.dernier_contact_le,
            decidee_par=str(current_user),
        )
        try:
            _garder_une_fois(decision)
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            phrase, champ = erreurs.expliquer(erreur)
            return self._montrer(*trouver(cle), [(champ or "garder_jusqu_au", phrase)]), 422
        flash(
            f"Le dossier est gardé jusqu’au {terme:%d/%m/%Y} ; il sera alors proposé à nouveau.",
            "succes",
        )
        return redirect(adresse(f"{self.route_base}/"))

    @expose("/<numero:cle>/anonymiser", methods=["POST"])
    @has_access
    @permission_name("creer")
    def anonymiser(self, cle: int):
        """Anonymise the file, for good; its code, typed again, is the confirmation."""
        dossier, jeune = self._a_decider(cle)
        if preuve := demander_une_preuve("anonymiser ce dossier"):
            return preuve
        code = saisie.ligne_saisie("code", 40)
        try:
            fait = db.session.scalar(
                text("select acces.anonymiser(:id, :code, :ans, :motif, :par)"),
                {
                    "id": jeune.id,
                    "code": code,
                    "ans": CONSERVATION_DOSSIER_ANS.valeur,
                    "motif": regles.RAISON,
                    "par": str(current_user),
                },
            )
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            return self._montrer(*trouver(cle), [("code", erreurs.expliquer(erreur)[0])]), 409
        if not fait:
            phrase = (
                "Ce n’est pas le code de ce dossier : recopiez-le tel qu’il est écrit ci-dessus."
            )
            return self._montrer(*trouver(cle), [("code", phrase)]), 422
        flash(
            "Le dossier est anonymisé : plus rien n’y dit qui était la personne."
            " Les chiffres n’ont pas changé.",
            "succes",
        )
        return redirect(adresse(f"{self.route_base}/?etat={ANONYMISES}"))

    def _a_decider(self, cle: int) -> tuple[Row, Jeune]:
        dossier, jeune = trouver(cle)
        if jeune is None or not acces.perimetre().peut("conservation", "creer", dossier.mds_id):
            abort(404)
        return dossier, jeune

    def _montrer(
        self, dossier: Row, jeune: Jeune | None, fautes: list[tuple[str, str]] | None = None
    ) -> str:
        peut_decider = False
        ailleurs: list[tuple[str, str]] = []
        if jeune is not None and not jeune.est_anonyme:
            peut_decider = acces.perimetre().peut("conservation", "creer", dossier.mds_id)
            if peut_decider and not dossier.en_cours:
                ailleurs = mentions(jeune)
        page = PageDossier(dossier, jeune, peut_decider, ailleurs, fautes or [], aujourd_hui())
        fil = fil_d_ariane(("Conservation des dossiers", f"{self.route_base}/"))
        return render_template("tandem/conservation_dossier.html", page=page, fil=fil)


def _jour(texte: str) -> date | None:
    try:
        return date.fromisoformat(texte.strip())
    except ValueError:
        return None


def _garder_une_fois(decision: Conservation) -> None:
    """Add the decision, unless it is the last one of this file; one at a time."""
    verrou = text("select pg_advisory_xact_lock(hashtext('conservation'), :id)")
    db.session.execute(verrou, {"id": decision.jeune_id})
    derniere = db.session.scalar(
        select(Conservation)
        .where(Conservation.jeune_id == decision.jeune_id)
        .order_by(Conservation.id.desc())
        .limit(1)
    )
    prise = derniere and (derniere.garder_jusqu_au, derniere.motif)
    if prise != (decision.garder_jusqu_au, decision.motif):
        db.session.add(decision)


VUES = (ConservationView,)
