"""The sending of a monthly table, when it is too long for a request: the queue freezes it.

It is sent with the rights that whoever asked has then, and what forbids it is their answer.
"""

from pathlib import Path

from werkzeug.exceptions import Forbidden

from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import mensuel
from app.models import Envoi, Travail
from app.secret import chiffrer, dechiffrer
from app.travaux import file
from app.travaux.taches import Avancer, TravailRefuse, tache


def demander(envoi: Envoi, motif_anomalies: str) -> Travail:
    """Put the sending in the queue; the caller commits. Raises EnvoiRefuse, Forbidden.

    What forbids it already is said at once.
    """
    tableau_envoi.exiger_le_droit(envoi.mds_id)
    tableau_envoi.exiger_une_raison(envoi, motif_anomalies)
    titre = f"Envoi du tableau {mensuel.du_mois(envoi.mois)}"
    titre += f", {mensuel.nom_du_territoire(envoi.mds)}"
    demande = {"envoi": envoi.id, "motif_anomalies": chiffrer(motif_anomalies)}
    return file.demander("envoi_tableau", titre, demande)


@tache("envoi_tableau", "Envoi d’un tableau mensuel")
def envoyer(travail: Travail, avancer: Avancer, dossier: Path) -> None:
    numero = travail.demande["envoi"]
    motif = dechiffrer(travail.demande["motif_anomalies"])
    try:
        tableau_envoi.envoyer(numero, motif)
    except tableau_envoi.EnvoiRefuse as refus:
        raise TravailRefuse(str(refus)) from refus
    except Forbidden as refus:
        raise TravailRefuse(file.DROITS_PERDUS) from refus
