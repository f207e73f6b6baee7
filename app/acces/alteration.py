"""What a verification of the audit log finds: one sentence, and what to do about it."""

from dataclasses import dataclass

PREVENIR = (
    "ne corrigez rien : mettez une copie de la base à l’abri (« flask tandem sauvegarder ») et"
    " prévenez le DPO et le responsable de la sécurité"
)
RETROUVER_LA_CLE = (
    "relancez la commande avec la SECRET_KEY d’origine, donnée dans TANDEM_ANCIENNES_CLES ou par"
    " --ancienne-cle ; si personne n’a changé de SECRET_KEY, prévenez le DPO"
)
DIRE_LA_RESTAURATION = (
    "si la base vient d’être ramenée en arrière ou changée de serveur par vos soins, relancez avec"
    " --apres-restauration « pourquoi » ; sinon prévenez le DPO et le responsable de la sécurité"
)
METTRE_A_L_HEURE = (
    "remettez le serveur PostgreSQL à l’heure et trouvez qui l’a changée ; si c’était une panne,"
    " relancez avec --apres-restauration « pourquoi »"
)
REINSTALLER = (
    "prévenez le DPO et le responsable de la sécurité, puis lancez « flask tandem init », qui remet"
    " les règles et le consigne"
)


@dataclass(frozen=True)
class Alteration:
    """« la ligne 5 a été modifiée », and what whoever reads it should do."""

    dit: str
    faire: str = PREVENIR

    def __str__(self) -> str:
        return self.dit
