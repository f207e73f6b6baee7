"""« Sortie de X »: the end of a mesure or of a stay, and all that goes with it, in one screen.

Led here by « Terminer », by an edit that sets the end, by « Préparer la sortie » and by the
situation of exit that is awaited.
"""

from flask import abort, redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select
from wtforms import Field

from app import acces
from app.extensions import db
from app.models import Enquete
from app.models.modification import SORTIE
from app.regles.age import aujourd_hui
from app.views import acte_du_jeune as actes
from app.views import dossier
from app.views import lot as lots
from app.views import sortie as sorties
from app.views.acte_du_jeune import LigneDeChamps, PageDActe, Rendu, RubriqueDActe
from app.views.rubriques_de_sortie import RUBRIQUES
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import en_texte
from app.views.socle.champs import Formulaire
from app.views.socle.page import adresse
from app.views.sortie import (
    ConflitDeFiche,
    RubriqueDeSortie,
    SortieDuJeune,
    SortieVoulue,
)

RIEN = "Rien n’est coché ni rempli : il n’y a rien à enregistrer."


class SortieView(BaseView):
    route_base = "/sortie"
    sous_le_menu = "JeuneView"
    class_permission_name = "jeune"
    default_view = "sortir"

    @expose("/<numero:cle>", methods=["GET", "POST"])
    @has_access
    @permission_name("modifier")
    def sortir(self, cle: int) -> Rendu:
        sortant = _lire(cle)
        if sortant.jeune.deces_le:
            return redirect(actes.fiche_de(sortant.jeune))
        rubriques = [rubrique for rubrique in RUBRIQUES if rubrique.lignes_de_champs(sortant)]
        actes.exiger(bool(rubriques))
        if request.method == "GET":
            form = _formulaire(sortant, rubriques)(data=_initiales(sortant, rubriques))
            form.preparer(None)
            return actes.montrer(_page(sortant, rubriques, form))
        return _faire(sortant, rubriques)


def _lire(numero: int) -> SortieDuJeune:
    jeune = actes.le_jeune(numero)
    perimetre = acces.perimetre()
    vu = dossier.ouvrir(jeune, aujourd_hui(), perimetre)
    demandes = {nom: saisie.numero_demande(nom) for nom in ("mesure", "accompagnement")}
    for table, demandee in demandes.items():
        if demandee is not None and demandee not in {x.id for x in vu.lignes[table]}:
            abort(404)
    return SortieDuJeune(jeune, vu, perimetre, demandes["mesure"], demandes["accompagnement"])


def _formulaire(sortant: SortieDuJeune, rubriques: list[RubriqueDeSortie]) -> type[Formulaire]:
    champs: dict[str, Field] = {}
    for rubrique in rubriques:
        for ligne in rubrique.lignes_de_champs(sortant):
            champs |= ligne.champs
    return type("FormulaireDeSortie", (Formulaire,), champs)


def _initiales(sortant: SortieDuJeune, rubriques: list[RubriqueDeSortie]) -> dict:
    valeurs: dict = {}
    for rubrique in rubriques:
        valeurs |= rubrique.initiales(sortant)
    return valeurs


def _page(sortant: SortieDuJeune, rubriques: list[RubriqueDeSortie], form: Formulaire) -> PageDActe:
    return PageDActe(
        sortant.jeune,
        f"Sortie : {sortant.jeune}",
        "Enregistrer la sortie",
        form,
        [_partie(rubrique, sortant) for rubrique in rubriques],
        actes.empreinte(sortant.touchees()),
        _annonces(sortant),
    )


def _partie(rubrique: RubriqueDeSortie, sortant: SortieDuJeune) -> RubriqueDActe:
    lignes_de_champs = [
        LigneDeChamps(tuple(r.champs), r.repli) for r in rubrique.lignes_de_champs(sortant)
    ]
    return RubriqueDActe(rubrique.titre, lignes_de_champs, rubrique.aide(sortant))


def _annonces(sortant: SortieDuJeune) -> list[str]:
    dites = ["Chaque rubrique est facultative : ce qui manque reste attendu sur la fiche."]
    if sortant.sortie_deja:
        dites.insert(0, f"Sortie de l’ASE le {en_texte(sortant.sortie_deja)}.")
    elif len(sortant.mesures_a_finir) > 1:
        dites.insert(0, "Plusieurs mesures courent : le jeune sort de l’ASE avec la dernière.")
    return dites


def _faire(sortant: SortieDuJeune, rubriques: list[RubriqueDeSortie]) -> Rendu:
    form = _formulaire(sortant, rubriques)(request.form)
    form.preparer(None)
    page = _page(sortant, rubriques, form)
    deja = formulaire.deja_envoye(formulaire.jeton_recu())
    if not deja and request.form.get("empreinte") != page.empreinte:
        formulaire.refuser(form, actes.RELIRE)
        return actes.montrer(page, 409)
    valide = form.validate()
    voulue = sorties.sortie_voulue(form, sortant)
    for rubrique in rubriques:
        rubrique.verifier(form, sortant, voulue)
    if not deja and not form.errors and not _dit_quelque_chose(form):
        formulaire.refuser(form, RIEN)
    if not deja and (not valide or form.errors):
        return actes.montrer(page, 422)
    try:
        _, rendu = actes.faire(
            page, lambda: _ecrire(sortant, rubriques, form, voulue), "Sortie enregistrée."
        )
    except ConflitDeFiche:
        db.session.rollback()
        return _perime(sortant, rubriques)
    if _enquete_demandee(form) and not form.errors and (suite := _lien(sortant)):
        return redirect(suite)
    return rendu


def _perime(sortant: SortieDuJeune, rubriques: list[RubriqueDeSortie]) -> Rendu:
    """Somebody wrote between the reading and the writing: read again, what was typed stays."""
    relu = _lire(sortant.jeune.id)
    form = _formulaire(relu, rubriques)(request.form)
    form.preparer(None)
    formulaire.refuser(form, actes.RELIRE)
    return actes.montrer(_page(relu, rubriques, form), 409)


def _dit_quelque_chose(form: Formulaire) -> bool:
    """Something is ticked, or chosen: a day alone says nothing."""
    noms = ("motif_manquant", "situation", "binome", "sejour", "entretien", "enquete")
    return any(
        champ.data for champ in form if champ.name in noms or champ.name.startswith("mesure_")
    )


def _ecrire(
    sortant: SortieDuJeune,
    rubriques: list[RubriqueDeSortie],
    form: Formulaire,
    voulue: SortieVoulue,
) -> int:
    """All the parts, as one act; its number."""
    jour = voulue.sortie or voulue.fin or sortant.le
    with lots.un_acte(SORTIE, f"Sortie, le {en_texte(jour)}", 1, sortant.jeune.id) as lot:
        for rubrique in rubriques:
            rubrique.ecrire(form, sortant, voulue)
            db.session.flush()
    return lot.id


def _enquete_demandee(form: Formulaire) -> bool:
    return "enquete" in form and bool(form["enquete"].data)


def _lien(sortant: SortieDuJeune) -> str:
    """Where the link of the enquête asked today is prepared."""
    requete = select(Enquete.id).where(
        Enquete.jeune_id == sortant.jeune.id, Enquete.demandee_le == sortant.le
    )
    numero = db.session.scalar(requete)
    return adresse(f"/enquetes/{numero}/lien") if numero else ""


VUES = (SortieView,)
