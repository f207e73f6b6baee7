"""What one does about a step of the law: plan it, note what settles it, for whoever may."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from app.acces import Perimetre
from app.regles.echeances import FAITE, Echeance

ENTRETIEN = "ENTRETIEN_17"
PROJET = "PROJET_17"
Lien = tuple[str, str]
"""(words, address inside the application)"""


@dataclass(frozen=True)
class EtapeDuJeune:
    """A step of a youth, whose acts depend on the rights of the person in the MDS of the youth."""

    jeune_id: int
    mds_id: int
    etape: Echeance

    def prevoir(self, perimetre: Perimetre, le: date) -> Lien | None:
        """Plan a rencontre for the step, on its due day unless that day has passed."""
        if not self.etape.a_prevoir or not self._peut(perimetre, "rencontre", "creer"):
            return None
        cle = quote(self.etape.cle, safe="")
        adresse = (
            f"/rencontres/ajouter?jeune={self.jeune_id}&type={self.etape.type_rencontre}"
            f"&prevue=1&etape={cle}"
        )
        if self.etape.du >= le:
            adresse += f"&le={self.etape.du}"
        return "Prévoir", adresse

    def regler(self, perimetre: Perimetre) -> Lien | None:
        """What makes the step done: the record that the law asks for, else its date alone."""
        famille = self.etape.famille
        if famille == "CJM_18" and self.etape.demande:
            if self._peut(perimetre, "demande_cjm", "modifier"):
                return "Noter la décision", f"/demandes-cjm/{self.etape.demande}/modifier"
        elif famille == "CJM_18" and self._peut(perimetre, "demande_cjm", "creer"):
            return "Noter la demande", f"/demandes-cjm/ajouter?jeune={self.jeune_id}"
        if famille == "CEJ_18" and self._peut(perimetre, "proposition_cej", "creer"):
            return "Noter la proposition", f"/propositions-cej/ajouter?jeune={self.jeune_id}"
        if famille == PROJET and self._peut(perimetre, "besoin", "creer"):
            return "Écrire le projet", self._besoins()
        if self._peut(perimetre, "etape", "creer"):
            return "Noter faite", self._decider()
        return None

    def relire(self, perimetre: Perimetre) -> Lien | None:
        """The needs, once the interview was held or the projet signed."""
        if self.etape.famille not in (ENTRETIEN, PROJET) or self.etape.etat != FAITE:
            return None
        if self._peut(perimetre, "besoin", "creer"):
            return "Les six besoins", self._besoins()
        return None

    def ecarter(self, perimetre: Perimetre) -> Lien | None:
        """Say why the step is not applicable."""
        if self._peut(perimetre, "etape", "creer"):
            return "Sans objet", f"{self._decider()}&sans_objet=1"
        return None

    def confier(self, perimetre: Perimetre, le: date) -> Lien | None:
        """Give somebody what the step asks for, for its due day unless that day has passed."""
        if not self.etape.a_decider or not self._peut(perimetre, "tache", "creer"):
            return None
        cle = quote(self.etape.cle, safe="")
        adresse = f"/taches/ajouter?jeune={self.jeune_id}&etape={cle}"
        if self.etape.du >= le:
            adresse += f"&le={self.etape.du}"
        return "Confier une tâche", adresse

    def _besoins(self) -> str:
        return f"/entretiens-17/dernier?jeune={self.jeune_id}"

    def _decider(self) -> str:
        cle = quote(self.etape.cle, safe="")
        return f"/etapes/ajouter?jeune={self.jeune_id}&echeance={cle}"

    def _peut(self, perimetre: Perimetre, ressource: str, acte: str) -> bool:
        return perimetre.peut(ressource, acte, self.mds_id)
