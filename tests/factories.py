"""Fictitious records for the tests, one line each: what is not said takes a plausible value.

A record is added to the current session and flushed, with the rights of whoever acts there (the
fixture ``session``: everyone); commit when another connection must see it. A youth, a partner… not
given is made. ``None`` empties a field.
"""

import functools
import hashlib
import itertools
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app import acces
from app.extensions import db
from app.models import (
    LISTES,
    Accompagnement,
    ActeADeux,
    ActionCollective,
    ActionPartenariat,
    Agent,
    Alerte,
    Binome,
    Compte,
    CompteRenduComite,
    Conservation,
    Contact,
    Convention,
    Decision,
    DemandePersonne,
    Distinction,
    Enquete,
    Envoi,
    Etape,
    Frein,
    Fusion,
    Habilitation,
    Instance,
    Invitation,
    Jeune,
    LeveeDePlafond,
    Mds,
    Mesure,
    Mobilisation,
    Objectif,
    Orientation,
    Partenaire,
    Participant,
    Poste,
    Rattachement,
    ReglageMds,
    Rencontre,
    Situation,
    TexteBilan,
    Transfert,
    Versement,
    catalogue,
)
from app.models.declaration import Forme
from app.regles.age import aujourd_hui
from app.regles.coordonnees import FORMES

MOT_DE_PASSE = "quatre-chevaux-de-bois"
HACHAGE_RAPIDE = "scrypt:128:8:1"
"""The tests sign in hundreds of times: the real cost of a hash (0.1 s) is tested once."""
_HACHE = generate_password_hash(MOT_DE_PASSE, HACHAGE_RAPIDE)
_numeros = itertools.count(1)


def il_y_a(jours: int) -> date:
    return aujourd_hui() - timedelta(days=jours)


def dans(jours: int) -> date:
    return il_y_a(-jours)


def numero_mds(code: str | None) -> int | None:
    """The number of an MDS by its code; None = the whole Département."""
    return (
        None if code is None else db.session.scalars(select(Mds.id).where(Mds.code == code)).one()
    )


def _ajouter(objet):
    db.session.add(objet)
    db.session.flush()
    return objet


def un_jeune(mds: str = "ART", **champs) -> Jeune:
    n = next(_numeros)
    return _ajouter(
        Jeune(
            **{
                "nom": f"Delattre{n}",
                "prenom": "Camille",
                "date_naissance": il_y_a(17 * 366),
                "mds_id": numero_mds(mds),
                **champs,
            }
        )
    )


def _du_jeune(classe: type, jeune: Jeune | int | None, **champs):
    """A record of ``jeune`` (an object, its number, or None: a new one)."""
    if jeune is None:
        jeune = un_jeune()
    return _ajouter(classe(jeune_id=jeune if isinstance(jeune, int) else jeune.id, **champs))


def un_rattachement(jeune=None, mds: str = "ART", **champs) -> Rattachement:
    return _du_jeune(
        Rattachement, jeune, **{"mds_rattachement_id": numero_mds(mds), "du": il_y_a(700), **champs}
    )


def un_accompagnement(jeune=None, **champs) -> Accompagnement:
    return _du_jeune(Accompagnement, jeune, **{"du": il_y_a(300), **champs})


def une_mesure(jeune=None, **champs) -> Mesure:
    return _du_jeune(Mesure, jeune, **{"type_code": "PLACEMENT", "du": il_y_a(600), **champs})


def un_binome(jeune=None, **champs) -> Binome:
    return _du_jeune(
        Binome,
        jeune,
        **{
            "referent_ase": "Maryse Référente",
            "coordonnateur": "Yanis Coordonnateur",
            "du": il_y_a(300),
            **champs,
        },
    )


def un_agent(mds: str | tuple[str, ...] = "ART", **champs) -> Agent:
    """In one MDS, several, or none (``()`` = the whole Département)."""
    codes = (mds,) if isinstance(mds, str) else mds
    return _ajouter(
        Agent(
            **{
                "nom": f"Agent {_en_lettres(next(_numeros))}",
                "fonction_code": "COORDONNATEUR",
                "mds_ids": [numero_mds(c) for c in codes],
                **champs,
            }
        )
    )


def _en_lettres(n: int) -> str:
    """A name without digits: aa, ab…"""
    return "".join(chr(ord("a") + int(chiffre)) for chiffre in f"{n:03}")


def une_alerte(jeune=None, **champs) -> Alerte:
    return _du_jeune(Alerte, jeune, **{"motif_code": "FUGUE", "du": il_y_a(30), **champs})


def une_orientation(jeune=None, **champs) -> Orientation:
    return _du_jeune(
        Orientation,
        jeune,
        **{"contact_le": il_y_a(30), "oriente_par": "Maryse Référente", **champs},
    )


def une_action_collective(mds: str = "ART", **champs) -> ActionCollective:
    return _ajouter(
        ActionCollective(
            **{"intitule": "Atelier budget", "le": il_y_a(20), "mds_id": numero_mds(mds), **champs}
        )
    )


def une_rencontre(jeune=None, **champs) -> Rencontre:
    return _du_jeune(
        Rencontre,
        jeune,
        **{
            "type_code": "ENTRETIEN",
            "le": il_y_a(10),
            "statut_code": "TENUE",
            "jeune_present": True,
            **champs,
        },
    )


def un_rdv_tripartite(jeune=None, **champs) -> Rencontre:
    """Held, everyone present."""
    presents = {
        "coordonnateur_present": True,
        "service_ase_present": True,
        "lieu_accueil_present": True,
    }
    return une_rencontre(jeune, **{"type_code": "TRIPARTITE", **presents, **champs})


def une_etape(jeune=None, **champs) -> Etape:
    return _du_jeune(Etape, jeune, **{"echeance": "PROJET_17", "faite_le": il_y_a(5), **champs})


def une_situation(jeune=None, **champs) -> Situation:
    return _du_jeune(
        Situation, jeune, **{"observee_le": il_y_a(40), "situation_pro_code": "LYCEE_PRO", **champs}
    )


def un_frein(jeune=None, **champs) -> Frein:
    return _du_jeune(Frein, jeune, **{"theme_code": "MOBILITE", "du": il_y_a(100), **champs})


def une_enquete(jeune=None, **champs) -> Enquete:
    return _du_jeune(Enquete, jeune, **{"demandee_le": il_y_a(50), **champs})


def une_invitation(enquete: Enquete | None = None, **champs) -> Invitation:
    enquete = enquete or une_enquete()
    return _ajouter(
        Invitation(
            **{
                "enquete_id": enquete.id,
                "empreinte": f"{next(_numeros):064d}",
                "creee_par": "Yanis Coordonnateur",
                "expire_le": datetime.now(UTC) + timedelta(days=60),
                **champs,
            }
        )
    )


def un_partenaire(mds: str | tuple[str, ...] = "ART", **champs) -> Partenaire:
    """In one MDS, several, or none (``()`` = the whole Département)."""
    codes = (mds,) if isinstance(mds, str) else mds
    return _ajouter(
        Partenaire(
            **{
                "nom": f"Partenaire {next(_numeros)}",
                "type_code": "ASSOCIATION",
                "mds_ids": [numero_mds(c) for c in codes],
                **champs,
            }
        )
    )


def une_action_partenariat(mds: str | None = "ART", **champs) -> ActionPartenariat:
    """The mission promoted among professionals, unless a partner is given."""
    return _ajouter(
        ActionPartenariat(
            **{
                "mds_id": numero_mds(mds),
                "genre_code": "INFORMATION",
                "le": il_y_a(20),
                "recit": "Présentation de la mission.",
                "suite": "Rappeler",
                **champs,
            }
        )
    )


def un_contact(partenaire: Partenaire | None = None, **champs) -> Contact:
    partenaire = partenaire or un_partenaire()
    return _ajouter(Contact(**{"partenaire_id": partenaire.id, "nom": "Agathe Contact", **champs}))


def une_mobilisation(jeune=None, partenaire: Partenaire | None = None, **champs) -> Mobilisation:
    partenaire = partenaire or un_partenaire()
    return _du_jeune(
        Mobilisation,
        jeune,
        **{"partenaire_id": partenaire.id, "du": il_y_a(60), "dispositif": "CEJ", **champs},
    )


def une_instance(type_code: str = "COMITE_SUIVI", mds: str | None = "ART", **champs) -> Instance:
    return _ajouter(
        Instance(
            **{
                "type_code": type_code,
                "le": il_y_a(15),
                "statut_code": "TENUE",
                "mds_id": numero_mds(mds),
                **champs,
            }
        )
    )


def un_participant(instance: Instance | None = None, **champs) -> Participant:
    instance = instance or une_instance()
    return _ajouter(
        Participant(
            **{"instance_id": instance.id, "nom": f"Participant {next(_numeros)}", **champs}
        )
    )


def un_compte_rendu(instance: Instance | None = None, **champs) -> CompteRenduComite:
    """The minutes of a comité, validated."""
    instance = instance or une_instance()
    document = f"Document {next(_numeros)}".encode()
    return _ajouter(
        CompteRenduComite(
            **{
                "instance": instance,
                "mds_id": instance.mds_id,
                "valide_par": "Nour Delestrez",
                "document": document,
                "empreinte": hashlib.sha256(document).hexdigest(),
                **champs,
            }
        )
    )


def une_decision(jeune=None, instance: Instance | None = None, **champs) -> Decision:
    instance = instance or une_instance()
    return _du_jeune(
        Decision,
        jeune,
        **{"instance_id": instance.id, "decision": "Préparer le logement.", **champs},
    )


def un_transfert(jeune: Jeune | None = None, vers: str = "ARR", **champs) -> Transfert:
    jeune = jeune or un_jeune()
    return _du_jeune(
        Transfert,
        jeune,
        **{
            "de_mds_id": jeune.mds_id,
            "vers_mds_id": numero_mds(vers),
            "code_dossier": jeune.code,
            "effet_le": il_y_a(0),
            "motif": "Déménagement.",
            "demande_par": "Maryse Référente",
            **champs,
        },
    )


def un_envoi(
    mds: str | None = "ART", *, envoye: bool = False, jeunes: Iterable[Jeune] = (), **champs
) -> Envoi:
    """A month of its own by default, prepared; ``envoye``: sent, with a workbook that is no
    workbook, and these youths inside."""
    n = next(_numeros) % 1200
    envoi = _ajouter(
        Envoi(
            **{
                "mois": date(1915 + n // 12, 1 + n % 12, 1),
                "mds_id": numero_mds(mds),
                "numero": 0,
                "prepare_par": "Yanis Coordonnateur",
                **champs,
            }
        )
    )
    if envoye:
        figes = [{"numero": jeune.id} for jeune in jeunes]
        chiffres: dict = {"cumul": {}, "en_cours": {}, "mois": {}}
        envoi.contenu = json.dumps({"chiffres": chiffres, "jeunes": figes}).encode()
        envoi.empreinte, envoi.classeur = hashlib.sha256(envoi.contenu).hexdigest(), b"PK"
        envoi.envoye_par, envoi.envoye_le = "Yanis Coordonnateur", datetime.now(UTC)
        envoi.bloquantes, envoi.definitions = 0, "essai"
        db.session.flush()
    return envoi


def une_fusion(jeune: Jeune | None = None, **champs) -> Fusion:
    """The record alone; ``acces.fusionner`` is what makes one of two files."""
    jeune = jeune or un_jeune()
    return _du_jeune(
        Fusion,
        jeune,
        **{
            "absorbe_id": 2_000_000_000 + next(_numeros),
            "code_garde": jeune.code,
            "code_absorbe": "D99999",
            "absorbe": {"mds_id": jeune.mds_id},
            "avant": {},
            "deplacees": {},
            "fusionnee_par": "Maryse Référente",
            **champs,
        },
    )


def une_distinction(
    jeune: Jeune | None = None, autre: Jeune | None = None, **champs
) -> Distinction:
    """Two files said to be those of two youths."""
    jeune = jeune or un_jeune()
    autre = autre or un_jeune(db.session.get(Mds, jeune.mds_id).code)
    return _du_jeune(
        Distinction,
        jeune,
        **{
            "autre_id": autre.id,
            "code_autre": autre.code,
            "dite_par": "Maryse Référente",
            **champs,
        },
    )


def une_conservation(jeune: Jeune | None = None, **champs) -> Conservation:
    """A file kept for a year; anonymising one is what ``acces.anonymiser`` does."""
    return _du_jeune(
        Conservation,
        jeune,
        **{
            "decision": "GARDE",
            "motif": "Une procédure court",
            "garder_jusqu_au": dans(365),
            "decidee_par": "Maryse Responsable",
            **champs,
        },
    )


def une_demande(mds: str | None = "ART", **champs) -> DemandePersonne:
    return _ajouter(
        DemandePersonne(
            **{
                "recue_le": il_y_a(10),
                "nature": "ACCES",
                "demandeur": "JEUNE",
                "mds_id": numero_mds(mds),
                **champs,
            }
        )
    )


def un_poste(**champs) -> Poste:
    return _ajouter(
        Poste(
            **{
                "coordonnateur": f"Coordonnateur {next(_numeros)}",
                "etp": Decimal(1),
                "du": il_y_a(400),
                **champs,
            }
        )
    )


def une_convention(**champs) -> Convention:
    return _ajouter(
        Convention(
            **{
                "numero": f"2025-{next(_numeros)}",
                "operateur": "Missions Locales",
                "du": il_y_a(200),
                "au": dans(164),
                "etp": Decimal(9),
                "montant_etp": Decimal(52000),
                "avance_pourcent": 80,
                **champs,
            }
        )
    )


def un_versement(convention: Convention | None = None, **champs) -> Versement:
    convention = convention or une_convention()
    return _ajouter(
        Versement(
            **{
                "convention_id": convention.id,
                "type": "AVANCE",
                "montant": Decimal(374400),
                "le": il_y_a(180),
                **champs,
            }
        )
    )


def un_objectif(convention: Convention | None = None, **champs) -> Objectif:
    convention = convention or une_convention()
    return _ajouter(
        Objectif(
            **{
                "convention_id": convention.id,
                "indicateur": "I5",
                "sens": "AU_MOINS",
                "cible": Decimal(70),
                **champs,
            }
        )
    )


def un_texte_bilan(mds: str | None = "ART", **champs) -> TexteBilan:
    return _ajouter(
        TexteBilan(
            **{
                "rubrique": "OBSTACLE",
                "le": il_y_a(20),
                "mds_id": numero_mds(mds),
                "theme_code": "MOBILITE",
                "recit": "Les bus ne passent pas le soir.",
                **champs,
            }
        )
    )


def un_compte(
    role: str | None = None,
    mds: str | None = None,
    *,
    du: date | None = None,
    au: date | None = None,
    **champs,
) -> Compte:
    """An open account (password ``MOT_DE_PASSE``), with a role in one MDS (None: all) when a role
    is given."""
    login = champs.get("username", f"agent{next(_numeros)}")
    compte = _ajouter(
        Compte(
            **{
                "username": login,
                "first_name": "Agent",
                "last_name": login.capitalize(),
                "email": f"{login}@example.org",
                "active": True,
                "password": _HACHE,
                **champs,
            }
        )
    )
    if role is not None:
        une_habilitation(compte, role, mds, du=du or il_y_a(365), au=au)
    return compte


def un_reglage(mds: str = "ART") -> ReglageMds:
    """The choices of an MDS, which has them once."""
    deja = db.session.scalar(select(ReglageMds).filter_by(mds_id=numero_mds(mds)))
    return deja or _ajouter(ReglageMds(mds_id=numero_mds(mds)))


def une_levee(mds: str = "ART", **champs) -> LeveeDePlafond:
    """The ceiling lifted today for somebody of this MDS."""
    defaut = {"mds_id": numero_mds(mds), "motif": "Reprise du classeur"}
    if "compte_id" not in champs:
        defaut["compte_id"] = un_compte("COORDONNATEUR", mds).id
    return _ajouter(LeveeDePlafond(**{**defaut, **champs}))


def un_acte_a_deux(**champs) -> ActeADeux:
    """Asked for somebody who reads files, and not answered yet."""
    compte = un_compte("COORDONNATEUR", "ART")
    defaut = {"genre": "SECOND_FACTEUR", "compte_id": compte.id, "demande_par_id": un_compte().id}
    return _ajouter(ActeADeux(**{**defaut, **champs}))


def des_comptes(app, roles: dict[str, tuple[str, str]]) -> dict[str, int]:
    """Who → (role, MDS), made and committed: who → number of the account."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {qui: un_compte(role, mds).id for qui, (role, mds) in roles.items()}
        db.session.commit()
    return numeros


def une_habilitation(
    compte: Compte | None = None, role: str = "COORDONNATEUR", mds: str | None = "ART", **champs
) -> Habilitation:
    compte = compte or un_compte()
    return _ajouter(
        Habilitation(
            **{
                "compte_id": compte.id,
                "role_code": role,
                "mds_id": numero_mds(mds),
                "du": il_y_a(365),
                **champs,
            }
        )
    )


PARTICULIERES = {
    "jeune": un_jeune,
    "rattachement": lambda m: un_rattachement(un_jeune(m), m),
    "rencontre": lambda m: une_rencontre(un_jeune(m), action_id=une_action_collective(m).id),
    "etape": lambda m: une_etape(un_jeune(m)),
    "enquete": lambda m: une_enquete(un_jeune(m)),
    "invitation": lambda m: une_invitation(une_enquete(un_jeune(m))),
    "transfert": lambda m: un_transfert(un_jeune(m), "TER"),
    "envoi": un_envoi,
    "instance": lambda m: une_instance(mds=m),
    "partenaire": un_partenaire,
    "action_partenariat": une_action_partenariat,
    "agent": un_agent,
    "compte_rendu_comite": lambda m: un_compte_rendu(une_instance(mds=m)),
    "tache": lambda m: une_fiche("tache", m, instance_id=une_instance(mds=m).id),
    "texte_bilan": un_texte_bilan,
    "demande_personne": une_demande,
    "habilitation": lambda m: une_habilitation(un_compte(), "COORDONNATEUR", m),
    "reglage_mds": lambda m: un_reglage(m),
    "levee_de_plafond": lambda m: une_levee(m),
}
"""Nouns whose rules ask for more than what their columns require."""


def une_fiche(table: str, mds: str = "ART", jeune: Jeune | None = None, **champs):
    """A record of any noun that is declared: what its columns require, and nothing else.

    What it points to is made in the same MDS.
    """
    classe = catalogue.classe_de(table)
    valeurs = {}
    for colonne in classe.__table__.c:
        if colonne.name == "jeune_id":
            valeurs["jeune_id"] = (jeune or un_jeune(mds)).id
        elif colonne.name not in champs and _est_requise(colonne):
            valeurs[colonne.name] = _valeur(colonne, mds)
    return _ajouter(classe(**{**valeurs, **champs}))


def _est_requise(colonne) -> bool:
    donnee = colonne.primary_key or colonne.server_default is not None or colonne.computed
    return not (colonne.nullable or donnee)


def _valeur(colonne, mds: str):
    """A value that the base accepts in this column."""
    for cle in colonne.foreign_keys:
        parent = cle.column.table.name
        if parent == "mds":
            return numero_mds(mds)
        if parent in LISTES:
            return db.session.scalar(select(LISTES[parent].code).order_by(LISTES[parent].ordre))
        return fabriquer(parent, mds).id
    match colonne.type.python_type.__name__:
        case "date":
            return il_y_a(30)
        case "datetime":
            return datetime.now(UTC)
        case "bool":
            return True
        case "int":
            return 1
        case "Decimal":
            return Decimal(1)
    return f"{colonne.info['libelle']} {next(_numeros)}"[: getattr(colonne.type, "length", None)]


def fabriquer(table: str, mds: str = "ART"):
    """A record of a noun, made in this MDS."""
    faire = PARTICULIERES.get(table)
    return faire(mds) if faire else une_fiche(table, mds)


def formulaire(table: str, c: dict) -> dict:
    """A valid form of a noun of a youth: what its columns require; ``c["neuf"]``: the youth."""
    saisi = {"jeune_id": c["neuf"]}
    for colonne in catalogue.remplies(catalogue.classe_de(table).__table__):
        if colonne.name == "jeune_id" or not _est_requise(colonne):
            continue
        parent = c.get(colonne.name.removesuffix("_id"))
        valeur = parent if colonne.foreign_keys and parent else _valeur(colonne, "ART")
        if isinstance(valeur, date):
            valeur = valeur.isoformat()
        elif isinstance(valeur, str) and not colonne.foreign_keys:
            valeur = "Fictif"
        saisi[colonne.name] = valeur
    return saisi


def champ_et_valeur(table: str) -> tuple[str, str]:
    """A column of a noun that may change freely, and another value for it."""
    nom = champ_a_changer(table)
    genre = catalogue.classe_de(table).__table__.c[nom].type.python_type.__name__
    return nom, "2026-02-01" if genre == "date" else "Un autre texte"


def champ_a_changer(table: str) -> str:
    """A column of a noun that takes any text, or any day: the last that may be empty."""
    colonnes = catalogue.remplies(catalogue.classe_de(table).__table__)
    libres = [c.name for c in colonnes if c.nullable and not c.foreign_keys and _est_libre(c)]
    libres = [nom for nom in libres if not colonnes[0].table.c[nom].info.get("hors_ecran")]
    return libres[-1]


def _est_libre(colonne) -> bool:
    """Any text will do, or any day: neither a phone nor an e-mail."""
    return colonne.type.python_type.__name__ in ("str", "date") and colonne.name not in FORMES


ECRITES_UNE_FOIS = {"compte_rendu_comite", "acte_a_deux", "levee_de_plafond"}
"""What nobody may change nor delete (``test_comite.py``, ``test_a_deux.py``)."""
D_UNE_MDS = (
    *catalogue.de_forme(
        Forme.PAR_JEUNE, Forme.PAR_MDS, Forme.MDS_OU_DEPARTEMENT, Forme.AVEC_SON_PARENT
    ),
    *PARTICULIERES,
)
FABRIQUES = {table: functools.partial(fabriquer, table) for table in dict.fromkeys(D_UNE_MDS)}
"""A record of each table that belongs to an MDS, made in that MDS."""
