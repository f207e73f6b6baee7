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
from app.views import depart as departs
from app.views import dossier
from app.views import lot as lots
from app.views.acte_du_jeune import PageDActe, Partie, Rangee, Rendu
from app.views.depart import PARTIES, Depart, Depasse, Effet, PartieDuDepart
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import en_texte
from app.views.socle.champs import Formulaire
from app.views.socle.page import adresse

RIEN = "Rien n’est coché ni rempli : il n’y a rien à enregistrer."


class SortieView(BaseView):
    route_base = "/sortie"
    class_permission_name = "jeune"
    default_view = "sortir"

    @expose("/<numero:numero>", methods=["GET", "POST"])
    @has_access
    @permission_name("lire")
    def sortir(self, numero: int) -> Rendu:
        depart = _lire(numero)
        if depart.jeune.deces_le:
            return redirect(actes.fiche_de(depart.jeune))
        parties = [partie for partie in PARTIES if partie.rangees(depart)]
        actes.exiger(bool(parties))
        if request.method == "GET":
            form = _formulaire(depart, parties)(data=_initiales(depart, parties))
            form.preparer(None)
            return actes.montrer(_page(depart, parties, form))
        return _faire(depart, parties)


def _lire(numero: int) -> Depart:
    jeune = actes.le_jeune(numero)
    perimetre = acces.perimetre()
    vu = dossier.ouvrir(jeune, aujourd_hui(), perimetre)
    demandes = {nom: saisie.numero_demande(nom) for nom in ("mesure", "accompagnement")}
    for table, demandee in demandes.items():
        if demandee is not None and demandee not in {x.id for x in vu.lignes[table]}:
            abort(404)
    return Depart(jeune, vu, perimetre, demandes["mesure"], demandes["accompagnement"])


def _formulaire(depart: Depart, parties: list[PartieDuDepart]) -> type[Formulaire]:
    champs: dict[str, Field] = {}
    for partie in parties:
        for rangee in partie.rangees(depart):
            champs |= rangee.champs
    return type("FormulaireDeSortie", (Formulaire,), champs)


def _initiales(depart: Depart, parties: list[PartieDuDepart]) -> dict:
    valeurs: dict = {}
    for partie in parties:
        valeurs |= partie.initiales(depart)
    return valeurs


def _page(depart: Depart, parties: list[PartieDuDepart], form: Formulaire) -> PageDActe:
    return PageDActe(
        depart.jeune,
        f"Sortie de {depart.jeune}",
        "Enregistrer la sortie",
        form,
        [_partie(partie, depart) for partie in parties],
        actes.empreinte(depart.touchees()),
        _annonces(depart),
    )


def _partie(partie: PartieDuDepart, depart: Depart) -> Partie:
    rangees = [Rangee(tuple(r.champs), r.repli) for r in partie.rangees(depart)]
    return Partie(partie.titre, rangees, partie.aide(depart))


def _annonces(depart: Depart) -> list[str]:
    dites = ["Chaque partie est facultative : ce qui manque reste attendu sur la fiche."]
    if depart.sortie_deja:
        dites.insert(0, f"Sortie de l’ASE le {en_texte(depart.sortie_deja)}.")
    elif len(depart.mesures_a_finir) > 1:
        dites.insert(0, "Plusieurs mesures courent : le jeune sort de l’ASE avec la dernière.")
    return dites


def _faire(depart: Depart, parties: list[PartieDuDepart]) -> Rendu:
    form = _formulaire(depart, parties)(request.form)
    form.preparer(None)
    page = _page(depart, parties, form)
    deja = formulaire.deja_envoye(formulaire.jeton_recu())
    if not deja and request.form.get("empreinte") != page.empreinte:
        formulaire.refuser(form, actes.RELIRE)
        return actes.montrer(page, 409)
    valide = form.validate()
    effet = departs.effet_de(form, depart)
    for partie in parties:
        partie.verifier(form, depart, effet)
    if not deja and not form.errors and not _dit_quelque_chose(form):
        formulaire.refuser(form, RIEN)
    if not deja and (not valide or form.errors):
        return actes.montrer(page, 422)
    try:
        _, rendu = actes.faire(
            page, lambda: _ecrire(depart, parties, form, effet), "Sortie enregistrée."
        )
    except Depasse:
        db.session.rollback()
        return _perime(depart, parties)
    if _enquete_demandee(form) and not form.errors and (suite := _lien(depart)):
        return redirect(suite)
    return rendu


def _perime(depart: Depart, parties: list[PartieDuDepart]) -> Rendu:
    """Somebody wrote between the reading and the writing: read again, what was typed stays."""
    relu = _lire(depart.jeune.id)
    form = _formulaire(relu, parties)(request.form)
    form.preparer(None)
    formulaire.refuser(form, actes.RELIRE)
    return actes.montrer(_page(relu, parties, form), 409)


def _dit_quelque_chose(form: Formulaire) -> bool:
    """Something is ticked, or chosen: a day alone says nothing."""
    noms = ("situation", "binome", "sejour", "entretien", "enquete")
    return any(
        champ.data for champ in form if champ.name in noms or champ.name.startswith("mesure_")
    )


def _ecrire(depart: Depart, parties: list[PartieDuDepart], form: Formulaire, effet: Effet) -> int:
    """All the parts, as one act; its number."""
    jour = effet.sortie or effet.fin or depart.le
    with lots.un_acte(SORTIE, f"Sortie, le {en_texte(jour)}", 1, depart.jeune.id) as lot:
        for partie in parties:
            partie.ecrire(form, depart, effet)
            db.session.flush()
    return lot.id


def _enquete_demandee(form: Formulaire) -> bool:
    return "enquete" in form and bool(form["enquete"].data)


def _lien(depart: Depart) -> str:
    """Where the link of the enquête asked today is prepared."""
    requete = select(Enquete.id).where(
        Enquete.jeune_id == depart.jeune.id, Enquete.demandee_le == depart.le
    )
    numero = db.session.scalar(requete)
    return adresse(f"/enquetes/{numero}/lien") if numero else ""


VUES = (SortieView,)
