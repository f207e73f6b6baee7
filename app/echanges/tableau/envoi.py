"""Sending the monthly table (M11): what is frozen, what has changed since, and the rectificatif
that says so.

What is frozen is one canonical JSON (figures, pseudonymised lines, meetings, definitions and their
version, who, when); its SHA-256 is printed in the workbook, whose bytes are kept as they are. The
base refuses any later change (``envoi.sql``).
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select, text
from werkzeug.exceptions import Forbidden

from app import acces, indicateurs, journal
from app.echanges.tableau import classeur as tableau_classeur
from app.echanges.tableau import disposition
from app.echanges.tableau import mensuel as tableau_mensuel
from app.echanges.tableau.mensuel import Cachet, Rapport
from app.extensions import db
from app.indicateurs import anomalies
from app.models import Envoi, Mds
from app.regles.age import PARIS, aujourd_hui
from app.regles.conservation import CODE_ANONYME

ENTREE, SORTIE, CORRECTION, CHIFFRE, DEFINITIONS = (
    "Entré",
    "Sorti",
    "Corrigé",
    "Chiffre",
    "Définitions",
)
EFFACES = ("Code dossier", "Référent ASE", "Coordonnateur")
"""What a line loses when the file is made nameless: the data are not corrected, they are gone."""
RAISONS_PAR_JEUNE = 3


class EnvoiRefuse(ValueError):
    """What was asked cannot be done now; the message is for the user."""


@dataclass(frozen=True)
class Difference:
    """One thing that the data say now, and did not when the table was sent."""

    nature: str
    objet: str
    """A figure, or a youth by the code of the file."""
    champ: str
    avant: str
    apres: str
    raison: str = ""
    jeune_id: int | None = None


def peut_envoyer(mds_id: int | None) -> bool:
    """The same as ``acces.peut_envoyer``, for the screens; the base decides."""
    if acces.contexte().acteur == acces.TOUS:
        return True
    perimetre = acces.perimetre()
    return (
        perimetre.peut("envoi", "envoyer", None)
        if mds_id is None
        else perimetre.peut("envoi", "creer", mds_id)
    )


def _exiger(mds_id: int | None) -> None:
    if not peut_envoyer(mds_id):
        raise Forbidden("Vous n’avez pas le droit d’envoyer le tableau mensuel de ce territoire.")


# --- The steps: prepared, checked, sent
# -----------------------------------------------------------------------------


def de_ce_mois(mois: date, mds_id: int | None) -> list[Envoi]:
    """The tables prepared or sent for a month, the latest first."""
    ici = Envoi.mds_id.is_(None) if mds_id is None else Envoi.mds_id == mds_id
    return list(
        db.session.scalars(
            select(Envoi).where(Envoi.mois == mois, ici).order_by(Envoi.numero.desc())
        )
    )


def preparer(mois: date, mds: Mds | None, motif: str = "") -> Envoi:
    """Open the sending of a month that is over; once it is sent, that of a rectificatif, which
    needs a reason."""
    mds_id = None if mds is None else mds.id
    _exiger(mds_id)
    if tableau_mensuel.bornes(mois)[1] >= aujourd_hui():
        raise EnvoiRefuse(
            f"Le mois {tableau_mensuel.du_mois(mois)} n’est pas fini : il s’envoie le mois suivant."
        )
    if mds is not None and not mds.est_ouverte(tableau_mensuel.bornes(mois)[1]):
        raise EnvoiRefuse(
            f"La MDS {mds.nom} n’était pas ouverte en {tableau_mensuel.nom_du_mois(mois)} : "
            "rien n’est à envoyer."
        )
    anciens = de_ce_mois(mois, mds_id)
    if anciens and anciens[0].envoye_le is None:
        return anciens[0]
    if anciens and not motif:
        raise EnvoiRefuse("Ce tableau est déjà envoyé : dites pourquoi il est à rectifier.")
    envoi = Envoi(
        mois=mois,
        mds_id=mds_id,
        numero=anciens[0].numero + 1 if anciens else 0,
        prepare_par=tableau_mensuel.qui(),
        motif_rectificatif=motif if anciens else None,
    )
    db.session.add(envoi)
    db.session.flush()
    return envoi


def verifier(envoi: Envoi) -> None:
    """Whoever receives the table says that it was read; nothing is frozen by it. The base refuses
    it once it is sent."""
    envoi.verifie_par, envoi.verifie_le = tableau_mensuel.qui(), datetime.now(PARIS)


def bloquantes(mois: date, mds_id: int | None) -> int:
    """How many lines of blocking anomalies are left."""
    regles = tuple(r for r in anomalies.REGLES if r.gravite == anomalies.BLOQUANTE)
    with acces.compter():
        return sum(anomalies.compter(*tableau_mensuel.bornes(mois), mds_id, regles).values())


def envoyer(numero: int, motif_anomalies: str = "") -> Envoi:
    """Freeze the table for good: figures, lines, definitions and workbook, all read of one and the
    same instant."""
    db.session.commit()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    envoi = db.session.scalar(select(Envoi).where(Envoi.id == numero).with_for_update())
    if envoi is None or envoi.envoye_le is not None:
        raise EnvoiRefuse("Ce tableau est déjà envoyé, ou n’existe plus.")
    _exiger(envoi.mds_id)
    return sceller(envoi, tableau_mensuel.preparer(envoi.mois, envoi.mds), motif_anomalies)


def sceller(envoi: Envoi, rapport: Rapport, motif_anomalies: str) -> Envoi:
    """What ``rapport`` says becomes what was sent, by who prepared it and when; in the caller's
    transaction."""
    restent = bloquantes(envoi.mois, envoi.mds_id)
    if restent and not motif_anomalies:
        raise EnvoiRefuse(
            "Des anomalies bloquantes restent : corrigez-les, ou écrivez pourquoi le tableau part ainsi."
        )
    jeunes = list(tableau_mensuel.lignes_des_jeunes(rapport))
    precedent = next(
        (e for e in de_ce_mois(envoi.mois, envoi.mds_id) if e.envoye_le is not None), None
    )
    changees = [] if precedent is None else comparer(precedent, rapport, jeunes)
    if precedent is not None and not changees:
        raise EnvoiRefuse("Rien n’a changé depuis le dernier envoi : il n’y a rien à rectifier.")
    verification = "non vérifié"
    if envoi.verifie_le is not None:
        verification = (
            f"par {envoi.verifie_par}, le {envoi.verifie_le.astimezone(PARIS):%d/%m/%Y à %H:%M}"
        )
    cachet = Cachet(
        envoi.numero,
        envoi.motif_rectificatif,
        verification,
        "",
        jeunes,
        changees,
        motif_anomalies if restent else None,
    )
    contenu = figer(rapport, cachet, precedent)
    empreinte = hashlib.sha256(contenu).hexdigest()
    with TemporaryDirectory(prefix="tandem-envoi-") as dossier:
        chemin = Path(dossier) / "tableau.xlsx"
        tableau_classeur.composer(
            replace(rapport, cachet=replace(cachet, empreinte=empreinte)), chemin
        )
        envoi.classeur = chemin.read_bytes()
    envoi.contenu, envoi.empreinte = contenu, empreinte
    envoi.bloquantes, envoi.motif_anomalies = restent, cachet.motif_anomalies
    envoi.definitions = tableau_mensuel.version_des_definitions()
    envoi.envoye_par, envoi.envoye_le = rapport.prepare_par, rapport.prepare_le
    db.session.flush()
    journal.consigner(
        "envoi",
        table="envoi",
        cle=envoi.id,
        detail={
            "mois": f"{envoi.mois:%Y-%m}",
            "mds": rapport.mds and rapport.mds.code,
            "numero": envoi.numero,
            "lignes": len(jeunes),
            "bloquantes": restent,
            "empreinte": empreinte,
        },
    )
    return envoi


def telecharger(envoi: Envoi) -> bytes:
    """The very bytes that were frozen, and a line in the trail."""
    journal.consigner(
        "export",
        table="envoi",
        cle=envoi.id,
        detail={
            "mois": f"{envoi.mois:%Y-%m}",
            "mds": envoi.mds and envoi.mds.code,
            "numero": envoi.numero,
        },
    )
    return envoi.classeur


def nom_de_fichier(envoi: Envoi) -> str:
    ou = "departement" if envoi.mds is None else envoi.mds.code
    return (
        f"tableau-{envoi.mois:%Y-%m}-{ou}"
        + (f"-rectificatif-{envoi.numero}" if envoi.numero else "")
        + ".xlsx"
    )


# --- What is frozen
# -------------------------------------------------------------------------------------------------


def figer(rapport: Rapport, cachet: Cachet, precedent: Envoi | None) -> bytes:
    """The canonical JSON: sorted keys, no space, UTF-8; the same contents always give the same
    SHA-256."""
    with acces.compter():
        nombres = anomalies.compter(rapport.du, rapport.au, rapport.mds_id)
    contenu = {
        "mois": f"{rapport.du:%Y-%m}",
        "mds": rapport.mds and rapport.mds.code,
        "numero": cachet.numero,
        "motif": cachet.motif,
        "precedent": precedent and precedent.empreinte,
        "envoye_par": rapport.prepare_par,
        "envoye_le": rapport.prepare_le.isoformat(timespec="seconds"),
        "verification": cachet.verification,
        "conventions": rapport.conventions,
        "chiffres": _chiffres(rapport),
        "graphiques": [
            [g.titre, [[x.nom, x.valeur, x.texte, x.complement] for x in g.points]]
            for g in rapport.dessins
        ],
        "jeunes": [_ligne(j) for j in cachet.jeunes],
        "instances": [
            {c.titre: _simple(c.valeur(i)) for c in disposition.INSTANCES}
            for i in rapport.instances
        ],
        "fusions": rapport.fusions.json(),
        "anomalies": {"nombres": nombres, "motif": cachet.motif_anomalies},
        "definitions": {
            "version": tableau_mensuel.version_des_definitions(),
            "indicateurs": [[d.code, d.titre, d.regle] for d in indicateurs.DEFINITIONS.values()],
            "regles_communes": [list(regle) for regle in indicateurs.REGLES_COMMUNES],
        },
        "differences": [
            [d.nature, d.objet, d.champ, d.avant, d.apres, d.raison] for d in cachet.differences
        ],
    }
    return json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def lire(envoi: Envoi) -> dict:
    """What was frozen, as it was."""
    return json.loads(envoi.contenu)


def _chiffres(rapport: Rapport) -> dict:
    """Each figure of each column: its values, and the words people read."""
    return {
        colonne: {
            c.code: {"valeurs": _simple(c.valeurs), "texte": c.texte, "completude": c.completude}
            for c in resultats
        }
        for colonne, resultats in rapport.colonnes.items()
    }


def _ligne(jeune) -> dict:
    """A line of the table, by the titles of its columns, and the number by which the youth is found
    again."""
    return {"numero": jeune.fait.id} | {
        c.titre: _simple(c.valeur(jeune)) for c in disposition.JEUNES
    }


def _simple(valeur):
    """What JSON can hold."""
    match valeur:
        case dict():
            return {str(cle): _simple(v) for cle, v in valeur.items()}
        case list() | tuple():
            return [_simple(v) for v in valeur]
        case date():
            return valeur.isoformat()
        case Decimal():
            return str(valeur)
    return valeur


# --- What has changed since
# -----------------------------------------------------------------------------------------


def differences(envoi: Envoi) -> list[Difference]:
    """What the data say now that the table sent did not."""
    rapport = tableau_mensuel.preparer(envoi.mois, envoi.mds)
    return comparer(envoi, rapport, list(tableau_mensuel.lignes_des_jeunes(rapport)))


def comparer(envoi: Envoi, rapport: Rapport, jeunes: list) -> list[Difference]:
    """Figures first, then those who entered, left, or whose line was corrected, with the reasons
    one may read."""
    fige = lire(envoi)
    avant = {j["numero"]: j for j in fige["jeunes"]}
    apres = {j["numero"]: j for j in map(_ligne, jeunes)}
    versions = fige.get("definitions", {}).get("version"), tableau_mensuel.version_des_definitions()
    trouvees = (
        [Difference(DEFINITIONS, "Version des définitions", "", *map(_mot, versions))]
        if versions[0] != versions[1]
        else []
    )
    trouvees += list(_comparer_les_chiffres(fige["chiffres"], _chiffres(rapport)))
    concernes = [n for n in {**avant, **apres} if avant.get(n) != apres.get(n)]
    raisons = _raisons(concernes, envoi.envoye_le) if concernes else {}
    for numero in sorted(concernes, key=lambda n: (apres.get(n) or avant[n])["Code dossier"]):
        ancienne, nouvelle = avant.get(numero), apres.get(numero)
        code, raison = (nouvelle or ancienne)["Code dossier"], raisons.get(numero, "")
        if ancienne is None or nouvelle is None:
            nature = ENTREE if ancienne is None else SORTIE
            trouvees.append(Difference(nature, code, "", "", "", raison, numero))
            continue
        effaces = EFFACES if code.startswith(CODE_ANONYME) else ()
        trouvees += [
            Difference(
                CORRECTION,
                code,
                titre,
                _mot(ancienne[titre]),
                _mot(nouvelle[titre]),
                raison,
                numero,
            )
            for titre in nouvelle
            if titre in ancienne and ancienne[titre] != nouvelle[titre] and titre not in effaces
        ]
    return trouvees


def _comparer_les_chiffres(avant: dict, apres: dict):
    lignes = (
        *disposition.SYNTHESE,
        *(disposition.Chiffre(code, "nombre") for code in disposition.A_COTE),
    )
    for c in lignes:
        if c.chemin == "taux":  # made of the lines below it
            continue
        titre = indicateurs.DEFINITIONS[c.code].titre
        for colonne, (nom, _) in disposition.PERIODES.items():
            ancien, nouveau = (suivre(x[colonne].get(c.code), c.chemin) for x in (avant, apres))
            if ancien != nouveau:
                objet = f"{titre}, {c.libelle}" if c.libelle else titre
                yield Difference(CHIFFRE, objet, nom, _mot(ancien), _mot(nouveau))
    for colonne, (nom, _) in disposition.PERIODES.items():
        ancien, nouveau = (
            suivre(x[colonne].get("I8"), "repartition") or {} for x in (avant, apres)
        )
        for code in sorted({*ancien, *nouveau}):
            if ancien.get(code, 0) != nouveau.get(code, 0):
                objet = f"{indicateurs.DEFINITIONS['I8'].titre}, {code}"
                yield Difference(
                    CHIFFRE, objet, nom, _mot(ancien.get(code, 0)), _mot(nouveau.get(code, 0))
                )


def suivre(chiffre: dict | None, chemin: str):
    """The value at a path; an indicator that did not exist yet has none."""
    valeur = chiffre and chiffre["valeurs"]
    for cle in chemin.split("."):
        valeur = valeur.get(cle) if isinstance(valeur, dict) else None
    return valeur


def _mot(valeur) -> str:
    match valeur:
        case None | "":
            return "non renseigné"
        case bool():
            return "Oui" if valeur else "Non"
        case list():
            return ", ".join(map(_mot, valeur)) or "aucune"
        case str() if len(valeur) == 10 and valeur[4::3] == "--":
            return f"{date.fromisoformat(valeur):%d/%m/%Y}"
    return str(valeur)


_RAISONS = text("""
select jeune_id, le, table_nom, motif from (
  select j.jeune_id, j.le, j.table_nom, coalesce(nullif(j.apres ->> 'motif', ''), nullif(j.motif, '')) as motif
  from journal j
  where j.jeune_id = any(:numeros) and j.le > :depuis and j.operation in ('creation', 'modification', 'suppression')
    and j.table_nom <> 'transfert'
  union all  -- asked perhaps before, accepted since
  select t.jeune_id, cast(t.accepte_le as timestamptz), 'transfert', t.motif
  from transfert t where t.jeune_id = any(:numeros) and t.accepte_le >= cast(:depuis as date)
) r where motif is not null order by le desc, table_nom""")


def _raisons(numeros: list[int], depuis: datetime) -> dict[int, str]:
    """The reasons that were written with the changes since, under the rights of who asks: one
    statement for all."""
    trouvees = defaultdict(list)
    for ligne in db.session.execute(_RAISONS, {"numeros": numeros, "depuis": depuis}):
        dite = f"{ligne.motif} ({ligne.table_nom}, {ligne.le.astimezone(PARIS):%d/%m/%Y})"
        if (
            dite not in trouvees[ligne.jeune_id]
            and len(trouvees[ligne.jeune_id]) < RAISONS_PAR_JEUNE
        ):
            trouvees[ligne.jeune_id].append(dite)
    return {numero: " ; ".join(dites) for numero, dites in trouvees.items()}
