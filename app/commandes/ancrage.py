"""Hand the last seal of the audit log over, once a day: by e-mail, to a time-stamping authority."""

from collections.abc import Callable

from flask import current_app

from app import acces
from app.acces import ancres
from app.acces.ancres import AncreRefusee
from app.acces.reperes import RepereDuSceau
from app.extensions import db
from app.horloge import maintenant
from app.rappels import courriel
from app.rappels.courriel import RappelEnAttente, RappelRefuse

CORPS = """\
Le journal de Tandem a été vérifié : il est intact.

Base : {base} (PostgreSQL {systeme})
Dernier sceau : n° {numero}
Empreinte : {empreinte}

Gardez ce message hors de portée de qui administre la base. Pour comparer un jour :

  flask tandem verifier-journal --sceau {numero}:{empreinte}
"""


def deposer(repere: RepereDuSceau) -> list[str]:
    """Where the seal was handed today, in words; raises AncreRefusee when one way is closed."""
    faits = []
    if a := current_app.config["ANCRE_COURRIEL"]:
        _une_fois_par_jour(ancres.COURRIEL, repere, lambda: _ecrire(a, repere))
        faits.append(f"par courriel à {a}")
    if adresse := current_app.config["ANCRE_HORODATAGE"]:
        from app.acces import horodatage

        autorite = current_app.config["ANCRE_AUTORITE"]
        _une_fois_par_jour(
            ancres.HORODATAGE, repere, lambda: horodatage.horodater(adresse, autorite, repere)
        )
        faits.append(f"à l’autorité d’horodatage {adresse}")
    return faits


def _une_fois_par_jour(
    moyen: str, repere: RepereDuSceau, remettre: Callable[[], bytes | None]
) -> None:
    with acces.acteur(acces.TOUS, canal="commande"):
        connexion = db.session.connection()
        if not ancres.est_du_jour(connexion, moyen):
            ancres.noter(connexion, moyen, repere, remettre())
        db.session.commit()


def _ecrire(a: str, repere: RepereDuSceau) -> None:
    message = courriel.ecrire(
        current_app.config["SMTP"],
        a,
        f"Tandem : sceau n° {repere.numero} du journal",
        CORPS.format(**vars(repere)),
        f"sceau-{repere.numero}-{repere.empreinte[:16]}",
        maintenant(),
    )
    try:
        with courriel.ouvrir(current_app.config["SMTP"]) as serveur:
            courriel.remettre(serveur, message)
    except (RappelEnAttente, RappelRefuse) as erreur:
        raise AncreRefusee(f"le courriel n’est pas parti ({erreur})") from erreur
