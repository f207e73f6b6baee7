"""Two files of one youth: found, compared field by field, made one, taken apart again
(``acces/fusion.sql`` does it)."""

from datetime import date

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import acces, erreurs, journal, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Fusion, Jeune
from app.models.base import PHRASES
from app.views import distinction
from app.views.socle import choix
from app.views.socle.affichage import en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import retour_local

from .doublons import doublons
from .jeune import JeuneView
from .journal import TABLES

PAS_CHOISIS = {"code", "mds_id"}
"""The kept file keeps the code by which it is known, and its MDS."""


class FusionView(VueTandem):
    datamodel = SQLAInterface(Fusion)
    route_base = "/fusions"
    ressource = "fusion"
    nom = "une fusion"
    pluriel = "Fusions"
    aide_liste = (
        "Deux dossiers d’un même jeune n’en font plus qu’un, qui garde toute l’histoire. Une "
        "fusion s’annule."
    )
    list_columns = [
        "code_garde",
        "code_absorbe",
        "jeune_id",
        "fusionnee_le",
        "fusionnee_par",
        "annulee_le",
        "mds_id",
    ]
    show_columns = [
        "code_garde",
        "code_absorbe",
        "fusionnee_le",
        "fusionnee_par",
        "annulee_le",
        "annulee_par",
    ]
    add_columns = edit_columns = ["code_garde"]
    search_columns = ["mds_id", "jeune_id"]
    filtres_propres = {
        "etat": (
            "État",
            {
                "faite": ("En vigueur", lambda: Fusion.annulee_le.is_(None)),
                "annulee": ("Annulée", lambda: Fusion.annulee_le.is_not(None)),
            },
        )
    }
    exclude_route_methods = {*VueTandem.exclude_route_methods, "add", "edit", "delete", "export"}
    show_template = "tandem/fusion.html"
    au_menu = AuMenu(menu.SUIVI, 130)

    def titre(self, fiche) -> str:
        return f"Fusion du dossier {fiche.code_absorbe} dans le dossier {fiche.code_garde}"

    def peut_annuler(self, fiche) -> bool:
        return (
            fiche.annulee_le is None
            and self.peut_sur("modifier", fiche)
            and acces.perimetre().peut("fusion", "modifier", fiche.absorbe["mds_id"])
        )

    @expose("/choisir")
    @has_access
    @permission_name("creer")
    def choisir(self):
        """The file that would be the same youth's: those that look alike first, or by some words.
        Before: the file to keep."""
        jeune, mots = (
            choix.demande("jeune", "jeune") if "jeune" in request.args else None,
            request.args.get("q", ""),
        )
        proches = doublons(jeune.nom, jeune.prenom, jeune.date_naissance, jeune.id) if jeune else []
        dites = distinction.de(jeune) if jeune else []
        distincts = {numero for d in dites for numero in (d.jeune_id, d.autre_id)}
        trouves = [j for j in choix.chercher("jeune", mots) if jeune is None or j.id != jeune.id]
        page = render_template(
            "tandem/fusion_choisir.html",
            vue=self,
            jeune=jeune,
            proches=[j for j in proches if j.id not in distincts],
            dites=[(d, d.code_autre if d.jeune_id == jeune.id else d.jeune.code) for d in dites],
            trouves=trouves,
            mots=mots,
            precision=choix.CHERCHABLES["jeune"].precision,
            fil=self.fil(jeune=jeune),
        )
        if mots:
            choix.consigner("jeune", len(trouves))
        return page

    @expose("/comparer", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def comparer(self):
        """Both files side by side; POST puts ``autre`` into ``jeune``, each field as chosen."""
        if "jeune" not in request.values:
            return self.choisir()
        garde, autre = choix.demande("jeune", "jeune"), choix.demande("jeune", "autre")
        if garde.id == autre.id or not all(
            acces.perimetre().peut("fusion", "creer", j.mds_id) for j in (garde, autre)
        ):
            abort(404)
        if request.method == "GET":
            return self._comparaison(garde, autre)
        if request.form.get("versions") != _versions(garde, autre):
            return self._comparaison(
                garde, autre, "L’un des deux dossiers vient de changer : vérifiez vos choix."
            ), 409
        champs = [p.nom for p in self._champs() if request.form.get(f"champ-{p.nom}") == "autre"]
        numero = garde.id
        rendu = self._fusionner(garde, autre, champs, essai=False)
        if rendu is None:
            abort(404)
        if rendu["refus"]:
            db.session.rollback()
            return self._relue(), 409
        try:
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            refus = erreurs.expliquer(erreur)[0]
            return self._relue(refus), 409
        flash(
            "Les deux dossiers n’en font plus qu’un. La fusion s’annule depuis la liste des fusions.",
            "succes",
        )
        return redirect(retour_local(f"{request.script_root}/jeunes/{numero}"))

    @expose("/<cle>/annuler", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def annuler(self, cle: str):
        """Take the fusion back: both files as they were, what was added since stays in the kept
        one."""
        fiche = self.obtenir(cle)
        ici = f"{request.script_root}{self.route_base}/{cle}"
        try:
            rendu = db.session.scalar(
                text("select acces.annuler_fusion(:id, :par)"),
                {"id": fiche.id, "par": str(current_user)},
            )
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            flash(f"Rien n’est annulé. {erreurs.expliquer(erreur)[0]}", "erreur")
            return redirect(ici)
        if rendu is None:
            flash(
                "Cette fusion est déjà annulée, ou ce n’est pas à vous de l’annuler.", "attention"
            )
        elif rendu["refus"]:
            flash(f"Rien n’est annulé. {_phrases(rendu['refus'])[0]}", "erreur")
        else:
            flash("Fusion annulée : les deux dossiers sont de nouveau séparés.", "succes")
        return redirect(ici)

    def _champs(self) -> list:
        vue = next(v for v in self.appbuilder.baseviews if isinstance(v, JeuneView))
        noms = [
            c
            for _, section in vue.show_fieldsets
            for c in section["fields"]
            if c not in PAS_CHOISIS
        ]
        return [vue.propriete(c) for c in noms]

    def _fusionner(
        self, garde: Jeune, autre: Jeune, champs: list[str], *, essai: bool
    ) -> dict | None:
        return db.session.scalar(
            text("select acces.fusionner(:garde, :autre, :champs, :par, :essai)"),
            {
                "garde": garde.id,
                "autre": autre.id,
                "champs": champs,
                "par": str(current_user),
                "essai": essai,
            },
        )

    def _relue(self, refus: str = "") -> str:
        """The page again, once what was begun is undone."""
        return self._comparaison(
            choix.demande("jeune", "jeune"), choix.demande("jeune", "autre"), refus
        )

    def _comparaison(self, garde: Jeune, autre: Jeune, refus: str = "") -> str:
        essai = self._fusionner(garde, autre, [], essai=True)
        if essai is None:
            abort(404)
        lignes = []
        for p in self._champs():
            ici, la = p.texte(garde), p.texte(autre)
            choisi = request.form.get(f"champ-{p.nom}") or ("autre" if la and not ici else "garde")
            lignes.append((p.nom, p.libelle, ici, la, choisi))
        for j in (garde, autre):
            journal.consigner("lecture", table="jeune", cle=j.id, jeune_id=j.id)
        page = render_template(
            "tandem/fusion_comparer.html",
            vue=self,
            garde=garde,
            autre=autre,
            versions=_versions(garde, autre),
            refus=refus,
            dite=distinction.des_deux(garde, autre),
            retour=retour_local(""),
            differences=[x for x in lignes if x[2] != x[3]],
            communs=[x for x in lignes if x[2] == x[3] and x[2]],
            empechements=_phrases(essai["refus"]),
            deplacees=[
                (TABLES.get(t, t), len(n)) for t, n in (essai.get("deplacees") or {}).items()
            ],
            precision=choix.CHERCHABLES["jeune"].precision,
            fil=self.fil(jeune=garde),
        )
        db.session.commit()
        return page


def _versions(garde: Jeune, autre: Jeune) -> str:
    return f"{garde.version}.{autre.version}"


def _phrases(refus: list[dict]) -> list[str]:
    """What to solve first: the kind of record, the rule that it breaks, and where the base says
    when."""
    phrases = []
    for r in refus:
        regle = PHRASES.get(
            r.get("contrainte") or "", ("Des fiches ne sont pas compatibles entre elles.", None)
        )[0]
        quand = _quand(r.get("quand") or [])
        objet = TABLES.get(r.get("table") or "")
        phrases.append(f"{f'{objet} : ' if objet else ''}{regle}{f' ({quand})' if quand else ''}")
    return phrases


def _quand(periodes: list[list[str | None]]) -> str:
    """« du 01/02/2025 au 28/02/2025, du 10/02/2025 »; « le 01/02/2025 » for a single day."""
    mots = []
    for du, au in periodes:
        jours = [en_texte(date.fromisoformat(j)) for j in (du, au) if j]
        mots.append(f"le {jours[0]}" if du == au else f"du {' au '.join(jours)}")
    return ", ".join(mots)


VUES = (FusionView,)
