"""Permanences, comités, COPIL, comités techniques, formations (M10): who came, what was decided for
each youth."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import and_, select

from app import acces
from app.acces import Perimetre
from app.extensions import db
from app.models import Decision, Instance, Jeune, Participant
from app.regles.age import aujourd_hui
from app.regles.parametres import COMITE_TECHNIQUE_SEMAINES
from app.views.socle import formulaire, recit
from app.views.socle.affichage import PARTOUT, Propriete, en_cellule, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.champs_choix import ChampMds
from app.views.socle.fiche import Onglet, ajouter_a, vue_de

COMPTE_RENDU = {"compte_rendu"}
"""What may name a youth."""


def peut_tenir(perimetre: Perimetre, acte: str, mds_id: int | None) -> bool:
    """The same as the policy of ``instance``: an MDS's meetings are kept by who follows youths
    there."""
    return perimetre.peut("instance", acte, mds_id) and (
        mds_id is None or perimetre.peut("jeune", "lire", mds_id)
    )


class ChampMdsDesJeunes(ChampMds):
    """The MDS where the person follows youths; none = the whole Département, for who acts
    everywhere."""

    def preparer(self, actuelle) -> None:
        super().preparer(actuelle)
        suivies = acces.perimetre().mds("jeune", "lire")
        self.choix = [
            (code, nom) for code, nom in self.choix if int(code) in suivies or int(code) == actuelle
        ]


class InstanceView(VueTandem):
    datamodel = SQLAInterface(Instance)
    route_base, ressource = "/instances", "instance"
    nom, pluriel = "une instance", "Permanences et comités"
    add_title = "Ajouter une permanence ou un comité"
    aide_liste = (
        "Permanence au SEF chaque mois, comité de suivi chaque trimestre, comité de pilotage chaque"
        f" année, comité technique toutes les {COMITE_TECHNIQUE_SEMAINES.en_lettres}, formations."
    )
    list_columns = [
        "type_code",
        "le",
        "statut_code",
        "mds_id",
        "coordonnateur_present",
        "jeunes_recus",
    ]
    add_fieldsets = [
        ("", {"fields": ["type_code", "mds_id", "le", "statut_code"]}),
        ("Déroulement", {"fields": ["coordonnateur_present", "jeunes_recus", "compte_rendu"]}),
        ("Autres précisions", {"fields": ["code"]}),
    ]
    search_columns = ["type_code", "statut_code", "mds_id", "coordonnateur_present", "le"]
    filtres_propres = {
        "a_jour": (
            "Suivi",
            {
                "non": (
                    "Passées, à mettre à jour",
                    lambda: and_(Instance.statut_code == "PREVUE", Instance.le < aujourd_hui()),
                ),
                "prevues": (
                    "À venir",
                    lambda: and_(Instance.statut_code == "PREVUE", Instance.le >= aujourd_hui()),
                ),
            },
        )
    }
    formatters_columns = {"mds_id": lambda v: v or PARTOUT}
    base_order = ("le", "desc")
    champs_propres = {
        "mds_id": ChampMdsDesJeunes(
            "MDS",
            ressource="instance",
            acte="creer",
            requis=False,
            aide="Vide : tout le Département.",
        )
    }

    def peut_sur(self, acte: str, fiche) -> bool:
        perimetre = acces.perimetre()
        return (
            perimetre.peut("instance", acte, fiche.mds_id)
            if acte == "lire"
            else peut_tenir(perimetre, acte, fiche.mds_id)
        )

    def cachees(self, fiche) -> set[str]:
        """Minutes of an MDS are for who may read its youths."""
        return set() if recit.lit_le_compte_rendu(fiche.mds_id) else COMPTE_RENDU

    def _exportees(self) -> list[Propriete]:
        """The minutes leave only with who may read the youths wherever the meetings are."""
        perimetre = acces.perimetre()
        ou, suivies = (perimetre.mds(ressource, "lire") for ressource in ("instance", "jeune"))
        if suivies is acces.TOUTES or (ou is not acces.TOUTES and ou <= suivies):
            return super()._exportees()
        return [p for p in super()._exportees() if p.nom not in COMPTE_RENDU]

    def initiales(self) -> dict:
        """Held today, or planned when the address says so (``?type=PERMANENCE&mds=2&prevue=1``)."""
        prevue, mds = request.args.get("prevue") == "1", request.args.get("mds", "")
        presence = True if "COORDONNATEUR" in acces.perimetre().roles and not prevue else None
        return {
            "le": None if prevue else aujourd_hui(),
            "statut_code": "PREVUE" if prevue else "TENUE",
            "coordonnateur_present": presence,
            "type_code": request.args.get("type"),
            "mds_id": int(mds) if mds.isascii() and mds.isdigit() and len(mds) <= 9 else None,
        }

    def valider(self, form, fiche) -> None:
        if form.le.data and form.le.data > aujourd_hui() and form.statut_code.data == "TENUE":
            formulaire.refuser(
                form, "Cette date est à venir : le statut est « Prévue ».", "statut_code"
            )

    def onglets(self, fiche) -> list[Onglet]:
        perimetre, racine = acces.perimetre(), request.script_root
        ecrit = self.peut_sur("modifier", fiche)
        presents = db.session.scalars(
            select(Participant).where(Participant.instance_id == fiche.id).order_by(Participant.nom)
        ).all()
        onglets = [
            Onglet(
                "participants",
                "Participants",
                ["Nom", "Fonction", "Présent"],
                [
                    (
                        f"{racine}/participants/{p.id}",
                        [p.nom, en_cellule(p.fonction or ""), en_cellule(en_texte(p.est_present))],
                    )
                    for p in presents
                ],
                compte=str(len(presents)),
                vide="Aucun participant n’est inscrit.",
                ajouter=(
                    "Ajouter un participant",
                    ajouter_a("/participants", "instance", fiche.id, "participants"),
                )
                if ecrit
                else None,
            )
        ]
        if perimetre.peut("decision", "lire"):
            lignes = db.session.execute(
                select(
                    Decision.id, Jeune.prenom, Jeune.nom, Decision.decision, Decision.echeance_le
                )
                .join(Jeune, Jeune.id == Decision.jeune_id)
                .where(Decision.instance_id == fiche.id)
                .order_by(Jeune.nom_tri)
                .limit(200)
            ).all()
            onglets.append(
                Onglet(
                    "decisions",
                    "Décisions",
                    ["Jeune", "Décision", "À faire pour le"],
                    [
                        (
                            f"{racine}/decisions/{d.id}",
                            [
                                f"{d.prenom} {d.nom}",
                                d.decision,
                                en_cellule(en_texte(d.echeance_le)),
                            ],
                        )
                        for d in lignes
                    ],
                    compte=str(len(lignes)),
                    vide="Aucune décision n’est enregistrée.",
                    ajouter=(
                        "Ajouter une décision",
                        ajouter_a("/decisions", "instance", fiche.id, "decisions"),
                    )
                    if fiche.type_code == "COMITE_SUIVI" and perimetre.peut("decision", "creer")
                    else None,
                )
            )
        return onglets


class ParticipantView(VueTandem):
    datamodel = SQLAInterface(Participant)
    route_base, ressource = "/participants", "participant"
    nom, pluriel = "un participant", "Participants"
    list_columns = ["nom", "fonction", "instance_id", "est_present"]
    add_columns = ["instance_id", "nom", "fonction", "est_present"]
    edit_columns = ["nom", "fonction", "est_present"]
    search_columns = ["est_present", "instance_id"]
    base_order = ("nom", "asc")

    def peut_sur(self, acte: str, fiche) -> bool:
        """Where one keeps the meeting."""
        return super().peut_sur(acte, fiche) and vue_de("instance").peut_sur(
            "modifier", fiche.instance
        )

    def titre(self, fiche) -> str:
        return fiche.nom


class DecisionView(VueTandem):
    datamodel = SQLAInterface(Decision)
    route_base, ressource = "/decisions", "decision"
    nom, pluriel = "une décision", "Décisions"
    aide_liste = "Ce que le comité de suivi a décidé pour un jeune."
    list_columns = ["jeune_id", "instance_id", "decision", "echeance_le", "mds_id"]
    add_columns = ["instance_id", "jeune_id", "decision", "echeance_le"]
    edit_columns = ["decision", "echeance_le"]
    search_columns = ["mds_id", "echeance_le", "jeune_id", "instance_id"]

    def valider(self, form, fiche) -> None:
        comite = (
            form.instance_id.fiche() if "instance_id" in form and form.instance_id.data else None
        )
        if comite is not None and comite.type_code != "COMITE_SUIVI":
            formulaire.refuser(form, "Une décision se prend en comité de suivi.", "instance_id")


VUES = (InstanceView, ParticipantView, DecisionView)
