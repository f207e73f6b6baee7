"""How often each code is drawn: plausible, measured nowhere; enough to fill each screen and give
each figure something to say."""

from itertools import accumulate
from random import Random


class Tirage:
    """A weighted draw: ``Tirage(PLACEMENT=55, OPP=8)``; the word ``RIEN`` gives None."""

    def __init__(self, **poids: int):
        self.choix = [None if code == "RIEN" else code for code in poids]
        self.cumul = list(accumulate(poids.values()))

    def __call__(self, r: Random) -> str | None:
        return r.choices(self.choix, cum_weights=self.cumul)[0]


MESURE = Tirage(PLACEMENT=52, OPP=8, ACCUEIL_PROVISOIRE=12, TUTELLE=9, PUPILLE=4, AEMO=8, AED=7)
CONTRAT = Tirage(CJM_HEBERGE=60, CJM=40)
FIN_18 = Tirage(
    MAJORITE=45, REFUS_JEUNE=20, RETOUR_FAMILLE=15, DEPART=8, REFUS_DEPARTEMENT=7, AUTRE=5
)
FIN_CJM = Tirage(FIN_CJM=70, RUPTURE_CJM=30)
FIN_DISPOSITIF = Tirage(
    AUTONOMIE=35, RELAIS=20, PERDU_DE_VUE=18, DEMANDE_JEUNE=12, DEMENAGEMENT=10, AUTRE=5
)
ACCUEIL = Tirage(
    ASSISTANT_FAMILIAL=38,
    MECS=24,
    FOYER=8,
    LIEU_DE_VIE=7,
    SEMI_AUTONOMIE=8,
    TIERS=6,
    DOMICILE=4,
    VILLAGE=2,
    MEDSOC=2,
    RIEN=5,
)
ALERTE = Tirage(
    SCOLAIRE=25,
    FUGUE=15,
    LIEU_ACCUEIL=18,
    FIN_PRISE_EN_CHARGE=12,
    ADHESION=10,
    FORMATION=8,
    REFUS_CJM=5,
    ISOLEMENT=4,
    PARENTALITE=3,
)
FREIN = Tirage(
    MOBILITE=25,
    LOGEMENT=18,
    ADMINISTRATIF=14,
    ESTIME_DE_SOI=12,
    FINANCES=10,
    SANTE=8,
    GARDE_ENFANT=4,
    NUMERIQUE=4,
    LIEN_SOCIAL=5,
)
RENCONTRE = Tirage(ENTRETIEN=45, TELEPHONE=20, DEMARCHE=12, VISITE=8, BINOME=8, SORTIE=7)
STATUT = Tirage(TENUE=87, ABSENCE=6, EXCUSE=4, ANNULEE=2, PREVUE=1)
STATUT_RDV = Tirage(TENUE=89, ABSENCE=4, EXCUSE=4, ANNULEE=2, PREVUE=1)
LIEU = Tirage(
    MISSION_LOCALE=35,
    MDS=15,
    LIEU_ACCUEIL=18,
    CAFE_SOLIDAIRE=6,
    MEDIATHEQUE=5,
    ENTREPRISE=6,
    EXTERIEUR=5,
    DISTANCE=4,
    RIEN=6,
)
PRO_MINEUR = Tirage(
    COLLEGE_LYCEE=26,
    LYCEE_PRO=26,
    APPRENTISSAGE=12,
    PREPA_APPRENTISSAGE=6,
    MLDS=5,
    SANS_SOLUTION=9,
    DEMANDEUR_EMPLOI=4,
    E2C=4,
    NR=4,
    RIEN=4,
)
PRO_MAJEUR = Tirage(
    CEJ=15,
    LYCEE_PRO=10,
    SUPERIEUR=6,
    APPRENTISSAGE=14,
    FORMATION=10,
    CDD_COURT=7,
    CDD_LONG=5,
    CDI=6,
    INTERIM=5,
    SERVICE_CIVIQUE=3,
    E2C=3,
    DEMANDEUR_EMPLOI=6,
    SANS_SOLUTION=4,
    NR=3,
    RIEN=3,
)
LOGEMENT = Tirage(
    FJT=18,
    LOC_SOC=12,
    LOC_PRIV=14,
    CROUS=5,
    RES_SOC=5,
    IML=4,
    BAIL_GLISSANT=4,
    ALT=4,
    CONJOINT=6,
    PARENTS=8,
    FAMILLE=4,
    EX_AF=6,
    TIERS=5,
    CHRS=2,
    HOTEL=1,
    URGENCE=1,
    RUE=1,
    NR=3,
    RIEN=3,
)
RESSOURCE_MINEUR = Tirage(AUCUNE=50, BOURSE=15, APPRENTI=12, AIDE_FAMILLE=8, PECULE=5, RIEN=10)
RESSOURCE_MAJEUR = Tirage(
    ALLOC_CJM=20,
    SALAIRE=18,
    APPRENTI=14,
    ALLOC_CEJ=15,
    FORMATION_REM=8,
    BOURSE=6,
    INDEMNITE_SC=2,
    ALLOC_PACEA=3,
    FAJ=4,
    AUCUNE=5,
    NR=3,
    RIEN=4,
)
PRO_SANS_RIEN, LOGEMENT_SANS_RIEN, RESSOURCE_SANS_RIEN = (
    Tirage(SANS_SOLUTION=7, DEMANDEUR_EMPLOI=3),
    Tirage(RUE=4, FORTUNE=6),
    Tirage(AUCUNE=7, FAJ=3),
)
BASE = Tirage(REGIME_GENERAL=70, MSA=5, AYANT_DROIT=12, EN_COURS=6, AUCUNE=2, NR=3, RIEN=3)
COMPLEMENTAIRE = Tirage(
    C2S=58, MUTUELLE_EMPLOYEUR=9, MUTUELLE=8, AYANT_DROIT=8, EN_COURS=8, AUCUNE=5, NR=3, RIEN=4
)
REPONSE = Tirage(
    TRES_SATISFAIT=45, PLUTOT_SATISFAIT=38, PLUTOT_PAS_SATISFAIT=12, PAS_DU_TOUT_SATISFAIT=5
)
