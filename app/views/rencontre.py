"""Rencontres, planned or held, and the decisions about the steps of the law."""

from datetime import date

from flask import flash, request, url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Row, and_, inspect, select
from sqlalchemy.orm import joinedload

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Agent, Etape, Jeune, Rencontre
from app.regles.age import aujourd_hui
from app.regles.echeances import TITRES
from app.regles.presences import A_VENIR, ABSENT_ET_PRESENT, ENCORE_PREVUE, FAITS, contradictions
from app.regles.texte import majuscule, serrer
from app.views import dossier, en_attente, portefeuille
from app.views.champ_agent import ChampAgents, noms_de
from app.views.socle import choix, formulaire, saisie
from app.views.socle.affichage import en_mots, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.champs_choix import ChampListe
from app.views.socle.fiche import Calculee, OngletDuJeune

TAILLE_DE_LA_CLE = 40
"""Characters of the key of a step, in the base."""
MAX_CONFLITS = 3
"""Rendez-vous at the same hour that are told; one is enough to look again."""
PRESENCES = (
    "jeune_present",
    "coordonnateur_present",
    "service_ase_present",
    "lieu_accueil_present",
)


SANS_PRESENCE = ("PREVUE", "ANNULEE")
SE_TIENT_A_PART = (
    "Un rendez-vous tripartite se tient depuis la fiche du jeune : on y dit qui est venu."
)
QUI_EST_VENU = "Dites aussi si le jeune était présent."
PRESENTS = dict(
    zip(PRESENCES, ("jeune", "coordonnateur", "service ASE", "lieu d’accueil"), strict=True)
)


def _lieu(ligne: Row) -> str:
    """The place, its address, and the collective action if it was one."""
    return " – ".join(mot for mot in (ligne.lieu, ligne.adresse, ligne.action) if mot)


def _presents(ligne: Row) -> str:
    """Who was there and, once somebody was named, of whom nothing is known.

    What is missing is not an absence.
    """
    presents = [mot for colonne, mot in PRESENTS.items() if getattr(ligne, colonne)]
    absents = [mot for colonne, mot in PRESENTS.items() if getattr(ligne, colonne) is False]
    inconnus = [mot for colonne, mot in PRESENTS.items() if getattr(ligne, colonne) is None]
    if len(inconnus) == len(PRESENTS):
        return ""
    if presents:
        phrase = ", ".join(presents)
        phrase = majuscule(phrase)
    elif inconnus:
        phrase = f"Absent : {', '.join(absents)}"
    else:
        phrase = "Personne"
    return f"{phrase} (non renseigné : {', '.join(inconnus)})" if inconnus else phrase


class RencontreView(VueTandem):
    datamodel = SQLAInterface(Rencontre)
    route_base = "/rencontres"
    ressource = "rencontre"
    nom = "une rencontre"
    pluriel = "Rencontres"
    aide_liste = (
        "Rendez-vous et échanges avec les jeunes, prévus ou tenus, les plus récents d’abord."
    )
    list_columns = [
        "jeune_id",
        "le",
        "heure",
        "type_code",
        "statut_code",
        "lieu_code",
        "agents",
        "jeune_present",
        "mds_id",
    ]
    add_fieldsets = [
        (
            "",
            {
                "fields": [
                    "jeune_id",
                    "type_code",
                    "le",
                    "heure",
                    "duree",
                    "statut_code",
                    "lieu_code",
                    "adresse",
                    "agents",
                ]
            },
        ),
        ("Présents", {"fields": list(PRESENCES)}),
        ("Compte rendu", {"fields": ["compte_rendu"]}),
        ("Autres précisions", {"fields": ["fixee_le", "action_id", "code"]}),
    ]
    search_columns = [
        "type_code",
        "statut_code",
        "lieu_code",
        "mds_id",
        "le",
        "jeune_id",
        "action_id",
    ]
    champs_propres = {
        "agents": ChampAgents("Agents", aide="Qui y sera, ou qui y était ; « ; » entre les noms.")
    }
    filtres_propres = {
        "qui": portefeuille.filtre_qui(Rencontre.jeune_id),
        "a_jour": (
            "Suivi",
            {
                "non": (
                    "Passées, à mettre à jour",
                    lambda: and_(*en_attente.rencontres_a_mettre_a_jour(aujourd_hui())),
                ),
                "completer": (
                    "Tenues depuis peu, sans compte rendu",
                    lambda: and_(*en_attente.rencontres_a_completer(aujourd_hui())),
                ),
                "prevues": (
                    "À venir",
                    lambda: and_(
                        Rencontre.statut_code == "PREVUE",
                        Rencontre.le >= aujourd_hui(),
                        en_attente.vivant(Rencontre.jeune_id),
                    ),
                ),
            },
        ),
    }
    base_order = ("le", "desc")
    en_lot = ["statut_code", "jeune_present", "le", "heure", "lieu_code", "adresse", "agents"]
    au_menu = AuMenu(menu.RENDEZ_VOUS, 10)
    onglet = OngletDuJeune(
        ("le", "heure", "type", "statut", "lieu", "agents", "presents", "compte_rendu"),
        "Ajouter une rencontre",
        10,
        tri=("-le", "-id"),
        calculees={"lieu": Calculee("Lieu", _lieu), "presents": Calculee("Présents", _presents)},
        gabarit="tandem/rencontres_du_jeune.html",
    )

    def initiales(self) -> dict:
        """Held today by whoever types it.

        In the address, ``?prevue=1`` starts a planned one; ``?type=``, ``?le=``: its type, its day.
        """
        type_code = request.args.get("type")
        if request.args.get("prevue") == "1":
            return {
                "statut_code": "PREVUE",
                "type_code": type_code,
                "le": saisie.jour_demande(),
                "fixee_le": aujourd_hui(),
                "agents": portefeuille.mon_nom(),
            }
        valeurs = {
            "agents": portefeuille.mon_nom(),
            "statut_code": "TENUE",
            "type_code": type_code or "ENTRETIEN",
            "le": aujourd_hui(),
            "jeune_present": True,
        }
        roles = acces.perimetre().roles
        if "COORDONNATEUR" in roles:
            valeurs["coordonnateur_present"] = True
        if "REFERENT_SEF" in roles:
            valeurs["service_ase_present"] = True
        return valeurs

    def valider(self, form, fiche) -> None:
        verifier_statut(form)
        numero = form.jeune_id.data if "jeune_id" in form else fiche.jeune_id
        present = "jeune_present" in form and form.jeune_present.data
        if present or form.statut_code.data == "PREVUE":
            verifier_le_deces(form, numero)
        dits = (form.statut_code.data, form.le.data)
        if dits != (fiche.statut_code, fiche.le) and est_encore_prevue(*dits):
            formulaire.refuser(form, ENCORE_PREVUE, "statut_code")

    def refus_en_lot(self, fiche, lire, neuves) -> str:
        """The rules of the form; a rencontre is not held without saying who was there."""
        refus = refus_du_statut(lire("statut_code"), lire("le"), lire("jeune_present"))
        if {"statut_code", "le"} & set(neuves) and est_encore_prevue(
            lire("statut_code"), lire("le")
        ):
            return ENCORE_PREVUE
        if refus or lire("statut_code") != "TENUE" or "statut_code" not in neuves:
            return refus[1] if refus else ""
        if fiche.type_code == "TRIPARTITE":
            return SE_TIENT_A_PART
        return "" if lire("jeune_present") is not None else QUI_EST_VENU

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        """Nobody has come to what is planned, or was cancelled: the form was opened as held."""
        if fiche.statut_code in SANS_PRESENCE and inspect(fiche).attrs.statut_code.history.added:
            for colonne in PRESENCES:
                setattr(fiche, colonne, None)
        if creation and fiche.statut_code == "PREVUE" and fiche.fixee_le is None:
            fiche.fixee_le = aujourd_hui()
        if creation and fiche.statut_code == "PREVUE":
            fiche.etape = _etape_demandee()
        for autre in meme_heure(fiche):
            flash(
                f"À {en_mots(autre.heure)} le {en_texte(autre.le)}, un rendez-vous est déjà prévu"
                f" avec {autre.jeune} pour {autre.agents} : vérifiez l’heure.",
                "attention",
            )

    def boutons(self, fiche):
        if fiche.statut_code != "PREVUE":
            return []
        return [("Ajouter à mon agenda", url_for("AgendaDeRencontre.un", rencontre_id=fiche.id))]

    def actes_de_la_ligne(self, ligne, d, adresse: str):
        mot = "Mettre à jour" if ligne in d.rencontres_a_mettre_a_jour else "Modifier"
        liens = [(mot, f"{adresse}/modifier")]
        if ligne.type_code == "ENTRETIEN_17" and ligne.statut_code == "TENUE":
            liens.append(("Les six besoins", f"{request.script_root}/entretiens-17/{ligne.id}"))
        est_prevue = ligne.statut_code == "PREVUE" and ligne.le <= d.le
        if est_prevue and ligne.type_code == "TRIPARTITE":
            tenir = f"{request.script_root}/tenir-le-rendez-vous-tripartite/{ligne.jeune_id}"
            liens.insert(0, ("Tenir", tenir))
        if ligne.statut_code == "PREVUE" and ligne.le >= d.le:
            liens.append(("Ajouter à mon agenda", f"{adresse}/tandem.ics"))
        return liens, []


def _etape_demandee() -> str | None:
    """The step of the law that « Prévoir » was about."""
    cle = request.args.get("etape", "")
    famille = cle.partition(":")[0]
    return cle if famille in TITRES and len(cle) <= TAILLE_DE_LA_CLE else None


def meme_heure(fiche: Rencontre) -> list[Rencontre]:
    """Other planned rencontres of the same agents at the same hour, which the person sees."""
    cles = [serrer(nom) for nom in noms_de(fiche.agents)]
    if not cles or fiche.heure is None or fiche.statut_code != "PREVUE":
        return []
    with db.session.no_autoflush:
        siens = db.session.scalars(select(Agent.id).where(Agent.cle.in_(cles))).all()
        autres = (
            select(Rencontre)
            .options(joinedload(Rencontre.jeune))
            .where(
                Rencontre.le == fiche.le,
                Rencontre.heure == fiche.heure,
                Rencontre.statut_code == en_attente.PREVUE,
                Rencontre.agents_ids.overlap(siens),
                Rencontre.jeune_id != fiche.jeune_id,
            )
            .limit(MAX_CONFLITS)
        )
        return list(db.session.scalars(autres))


def verifier_statut(form) -> None:
    """What the status says must agree with the day and with who was there."""
    present = form.jeune_present.data if "jeune_present" in form else None
    if refus := refus_du_statut(form.statut_code.data, form.le.data, present):
        champ, phrase = refus
        formulaire.refuser(form, phrase, champ)


def verifier_le_deces(form, numero: int | None) -> None:
    """After a death the youth does not come, and nothing is planned that a reminder would tell."""
    jeune = db.session.get(Jeune, numero) if numero else None
    le = form.le.data
    if jeune is None or jeune.deces_le is None or not isinstance(le, date):
        return
    if le > jeune.deces_le:
        phrase = f"Le décès de ce jeune est déclaré, le {en_texte(jeune.deces_le)}."
        formulaire.refuser(form, phrase, "le")


def refus_du_statut(
    statut: str | None, le: date | None, est_present: bool | None
) -> tuple[str, str] | None:
    """(column, sentence) of what does not agree; None when all does."""
    if le and le > aujourd_hui() and statut in FAITS:
        return "statut_code", A_VENIR
    dites = contradictions(statut, le, est_present, aujourd_hui())
    return next((dite for dite in dites if dite[1] == ABSENT_ET_PRESENT), None)


def est_encore_prevue(statut: str | None, le: date | None) -> bool:
    """Planned for a day that has passed: refused to whoever types it anew."""
    return any(dit == ENCORE_PREVUE for _, dit in contradictions(statut, le, None, aujourd_hui()))


class ChampEcheance(ChampListe):
    """A step of the youth named by the address, among those that someone may still decide."""

    def preparer(self, actuelle) -> None:
        self.choix = []
        numero = saisie.numero(request.args.get("jeune") or request.form.get("jeune_id"))
        jeune = numero and choix.trouver("jeune", numero)
        if jeune:
            vu = dossier.ouvrir(jeune, aujourd_hui(), acces.perimetre())
            self.choix = [
                (echeance.cle, f"{echeance.titre} – {en_texte(echeance.du)}")
                for echeance in vu.echeances
                if echeance.a_decider
            ]

    def texte(self, valeur) -> str:
        return nom_etape(valeur)


def nom_etape(cle: str | None) -> str:
    """« Entretien des 17 ans »; a reminder before the end of a mesure says how many days."""
    if not cle:
        return ""
    famille, *reste = cle.split(":")
    titre = TITRES.get(famille, (famille,))[0]
    if famille == "FIN" and len(reste) == 3:
        return f"{titre} (J−{reste[2]})"
    return titre


class EtapeView(VueTandem):
    datamodel = SQLAInterface(Etape)
    route_base = "/etapes"
    sous_le_menu = "JeuneView"
    ressource = "etape"
    nom = "une étape légale"
    pluriel = "Étapes légales"
    aide_liste = (
        "Ce qu’une personne a décidé d’une étape de la loi. Les dates dues se calculent ; elles "
        "sont sur la fiche du jeune."
    )
    list_columns = ["jeune_id", "echeance", "faite_le", "est_sans_objet", "motif", "mds_id"]
    add_columns = ["jeune_id", "echeance", "faite_le", "est_sans_objet", "motif"]
    edit_columns = ["faite_le", "est_sans_objet", "motif"]
    champs_propres = {
        "echeance": ChampEcheance(
            "Étape", requis=True, aide="Les étapes proposées sont celles du jeune choisi."
        )
    }
    formatters_columns = {"echeance": nom_etape}
    search_columns = ["est_sans_objet", "mds_id", "faite_le", "jeune_id"]

    def initiales(self) -> dict:
        echeance = request.args.get("echeance")
        if request.args.get("sans_objet") == "1":
            return {"echeance": echeance, "est_sans_objet": True}
        return {"echeance": echeance, "faite_le": aujourd_hui(), "est_sans_objet": False}

    def valider(self, form, fiche) -> None:
        if not form.faite_le.data and not form.est_sans_objet.data:
            formulaire.refuser(
                form, "Donnez le jour où l’étape a été faite, ou cochez « Sans objet ».", "faite_le"
            )
        if form.faite_le.data and form.faite_le.data > aujourd_hui():
            formulaire.refuser(form, "Cette date est dans le futur.", "faite_le")

    def titre(self, fiche) -> str:
        return f"{nom_etape(fiche.echeance)} – {fiche.jeune}"


VUES = (RencontreView, EtapeView)
