"""« Déclarer le décès »: what runs ends that day and nothing is asked any more, in one act.

The base does it (``acces.declarer_deces``): whoever may edit the youth may declare it, and take it
back, though a mesure or a stay is kept by others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, select

from app.extensions import db
from app.journal import ActeDuJournal, AnnulationRefusee
from app.models import Accompagnement, Jeune, Mesure
from app.models.modification import DECES
from app.regles.dates import AVANT_NAISSANCE
from app.regles.parcours import DECES as MOTIF
from app.travaux.imports import dire_depuis
from app.views import acte_du_jeune as actes
from app.views import lot as lots
from app.views.acte_du_jeune import LigneDeChamps, PageDActe, Rendu, RubriqueDActe
from app.views.socle import formulaire
from app.views.socle.affichage import en_texte
from app.views.socle.champs import ChampDate, Formulaire
from app.views.socle.periode import pas_demain

CE_QUI_SE_PASSE = (
    "Les mesures, l’accompagnement, le binôme et les alertes en cours prennent fin ce jour-là ; "
    "les rencontres prévues sont annulées, les tâches abandonnées, la demande de transfert et le "
    "lien d’enquête fermés. Plus aucun rappel n’est fait. Tant que rien n’a changé depuis, tout se "
    "reprend d’un bloc."
)


class FormulaireDeDeces(Formulaire):
    le = ChampDate("Jour du décès", requis=True)


@dataclass(frozen=True)
class PageDuDeces:
    """Before a declared death is taken back: how it can be."""

    jeune: Jeune
    acte: int | None
    """The act that declared it, when it was declared here and stands."""
    disent: Sequence[tuple[str, str]] = ()
    """The records that say the death: (words, address)."""
    refus: str = ""
    depuis: Sequence[str] = ()

    @property
    def fiche(self) -> str:
        return actes.fiche_de(self.jeune)


class DecesView(BaseView):
    route_base = "/deces"
    sous_le_menu = "JeuneView"
    class_permission_name = "jeune"
    default_view = "declarer"

    @expose("/<numero:cle>", methods=["GET", "POST"])
    @has_access
    @permission_name("modifier")
    def declarer(self, cle: int) -> Rendu:
        jeune = actes.le_jeune(cle)
        actes.exiger(actes.peut("jeune", "modifier", jeune))
        form = FormulaireDeDeces(request.form if request.method == "POST" else None)
        page = PageDActe(
            jeune,
            f"Déclarer le décès : {jeune}",
            "Déclarer le décès",
            form,
            [RubriqueDActe("", [LigneDeChamps(("le",))], CE_QUI_SE_PASSE)],
        )
        if request.method == "GET":
            return redirect(actes.fiche_de(jeune)) if jeune.deces_le else actes.montrer(page)
        valide = form.validate()
        pas_demain(form, "le")
        if form.le.data and form.le.data < jeune.date_naissance:
            formulaire.refuser(form, AVANT_NAISSANCE, "le")
        if not valide or form.errors:
            return actes.montrer(page, 422)
        _, rendu = actes.faire(
            page,
            lambda: _declarer(jeune, form),
            "Le décès est enregistré.",
            actes.fiche_de(jeune),
        )
        return rendu

    @expose("/<numero:cle>/revenir", methods=["GET", "POST"])
    @has_access
    @permission_name("modifier")
    def revenir(self, cle: int) -> Rendu:
        """Take it back as one; else say what to change by hand."""
        jeune = actes.le_jeune(cle)
        actes.exiger(actes.peut("jeune", "modifier", jeune))
        if jeune.deces_le is None:
            return redirect(actes.fiche_de(jeune))
        page = PageDuDeces(jeune, _acte(jeune), _qui_le_dit(jeune))
        if request.method == "GET":
            return _rendre(page)
        try:
            _reprendre(page)
            db.session.commit()
        except AnnulationRefusee as refus:
            db.session.rollback()
            depuis = dire_depuis(refus.lignes)
            return _rendre(PageDuDeces(jeune, None, _qui_le_dit(jeune), str(refus), depuis)), 422
        flash("Le décès n’est plus enregistré.", "succes")
        return redirect(actes.fiche_de(jeune))


def _declarer(jeune: Jeune, form: FormulaireDeDeces) -> int:
    le = form.le.data
    with lots.un_acte(DECES, f"Décès déclaré, le {en_texte(le)}", 1, jeune.id) as lot:
        db.session.execute(select(func.acces.declarer_deces(jeune.id, le)))
        db.session.expire(jeune)
    return lot.id


def _acte(jeune: Jeune) -> int | None:
    numero: int | None = db.session.scalar(select(func.acces.acte_du_deces(jeune.id)))
    return numero


def _reprendre(page: PageDuDeces) -> None:
    """Undo the act; when it cannot be, and no record says the death, the file alone does."""
    if page.acte is not None and request.form.get("seule") != "oui":
        marque = f"lot:{page.acte}"
        ligne = ("annulation_lot", "modification_groupee", page.acte)
        acte = ActeDuJournal(marque, lots.TABLES, "cet acte", ligne)
        acte.defaire(motif="Retour sur un décès", requete=f"annulation:{marque}")
    elif not page.disent:
        page.jeune.deces_le = None
        db.session.flush()
    db.session.expire(page.jeune)


def _qui_le_dit(jeune: Jeune) -> list[tuple[str, str]]:
    """The mesures and the stays that end by a death."""
    mesures = select(Mesure.id, Mesure.au).where(
        Mesure.jeune_id == jeune.id, Mesure.motif_fin_code == MOTIF
    )
    sejours = select(Accompagnement.id, Accompagnement.au).where(
        Accompagnement.jeune_id == jeune.id, Accompagnement.motif_sortie_code == MOTIF
    )
    dites = [(f"la mesure finie le {en_texte(au)}", f"/mesures/{n}") for n, au in _lire(mesures)]
    return dites + [
        (f"l’accompagnement fini le {en_texte(au)}", f"/accompagnements/{n}")
        for n, au in _lire(sejours)
    ]


def _lire(requete):
    return db.session.execute(requete).all()


def _rendre(page: PageDuDeces) -> str:
    return render_template("tandem/deces_revenir.html", page=page, fil=actes.fil_de(page.jeune))


VUES = (DecesView,)
