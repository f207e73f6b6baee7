"""The chain of the seals, compared line by line.

The hashes are computed here, from texts that PostgreSQL's own functions write: a function of the
base that was replaced lies to nobody.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, text

from app.acces import cles
from app.acces.alteration import RETROUVER_LA_CLE, Alteration
from app.regles.parametres import CONSERVATION_LECTURES_MOIS

Ligne = Row[Any]
"""A row that the base answered."""

OCTETS = 16
"""Of a hash of a line, in the contents of a seal."""
HEURE_TOLEREE = timedelta(minutes=5)
"""How far a clock may be put right without being told."""
PURGE_TOLEREE = timedelta(hours=1)
"""Between the beginning of a purge and the line that tells it, which it writes last."""

LU_DE_LA_LIGNE = (
    "pg_catalog.json_build_array(l.id, extract(epoch from l.le), l.transaction, l.acteur, l.login,"
    " l.canal, l.adresse, l.requete, l.operation, l.table_nom, l.cle, l.jeune_id, l.mds_id,"
    " l.avant, l.apres, l.motif, l.detail)::text"
)
"""What ``acces.empreinte_ligne`` hashes."""
_LIGNES = text(
    f"select l.id, l.empreinte, {LU_DE_LA_LIGNE} as texte"
    " from public.sceau s join public.journal l on l.id between :de and :a and l.id <@ s.lignes"
    " where s.id = :id order by l.id"
)
_SCEAUX = text("""
    select s.id, s.famille, s.empreinte, s.nombre, s.purge_le, s.dernier_le, s.scelle_le, s.cle,
      s.signature, lower(s.lignes) as de, upper(s.lignes) - 1 as a, s.jusqu_a,
      pg_catalog.first_value(s.empreinte) over (order by s.id) as premiere,
      pg_catalog.jsonb_build_array(s.id, s.famille, s.lignes::text, s.nombre,
        extract(epoch from s.dernier_le), extract(epoch from s.scelle_le),
        pg_catalog.encode(pg_catalog.sha256(s.contenu), 'hex'))::text as texte
    from public.sceau s order by s.id""")
_CONTENU = text("select lignes, contenu from public.sceau where id = :id")
_RESTE = text("""
    select pg_catalog.min(l.id)
    from public.sceau s join public.journal l on l.id between :de and :a and l.id <@ s.lignes
    where s.id = :id""")
_PURGES = text("""
    select (x.numero)::bigint as sceau, l.le
    from public.journal l cross join lateral
      pg_catalog.jsonb_array_elements_text(l.detail -> 'sceaux') x(numero)
    where l.operation = 'purge'""")
_AJOUTEE = text("""
    select pg_catalog.min(l.id) from public.journal l
    where l.id <= (select s.jusqu_a from public.sceau s order by s.id desc limit 1)
      and not l.id <@ (select coalesce(pg_catalog.range_agg(r), '{}')
                       from public.sceau s, pg_catalog.unnest(s.lignes) r)
      and not l.id <@ (select s.trous from public.sceau s order by s.id desc limit 1)""")
_EXPURGEE_A_TORT = text("""
    select pg_catalog.min(l.id)
    from public.journal l
    left join public.journal e on e.id = l.expurgee_par and e.operation = 'anonymisation'
    where (l.empreinte is not null or l.expurgee_par is not null)
      and (pg_catalog.num_nulls(l.empreinte, e.id) > 0 or l.id >= e.id or e.empreinte is not null
           or l.operation in ('lecture', 'lecture_liste', 'recherche')
           or not e.detail -> 'dossiers' @> pg_catalog.to_jsonb(l.jeune_id)
           or pg_catalog.num_nonnulls(l.avant, l.apres, l.motif, l.detail) > 0)""")
_EXPURGATIONS = text("""
    select e.id, e.detail ->> 'empreinte' as attendue, coalesce((
      select pg_catalog.json_agg(pg_catalog.json_build_array(
        l.id, extract(epoch from l.le), l.transaction, l.acteur, l.login, l.canal, l.adresse,
        l.requete, l.operation, l.table_nom, l.cle, l.jeune_id, l.mds_id,
        pg_catalog.encode(l.empreinte, 'hex')) order by l.id)::text
      from public.journal l where l.expurgee_par = e.id), '[]') as texte
    from public.journal e where e.operation = 'anonymisation' order by e.id""")


@dataclass
class Parcours:
    """What was read of the chain so far."""

    sceaux: int = 0
    lignes: int = 0
    purges: int = 0
    dernier: Ligne | None = None
    rang_de_cle: int | None = None
    cles_inconnues: set[str] = field(default_factory=set)

    def compter(self, sceau: Ligne) -> None:
        """One more seal that is whole."""
        self.sceaux += 1
        self.dernier = sceau
        if sceau.purge_le is None:
            self.lignes += sceau.nombre
        else:
            self.purges += sceau.nombre


def parcourir(
    connexion: Connection, parcours: Parcours, avancer: Callable[[int], None]
) -> Iterator[Alteration]:
    """Compare each line with its hash, each seal with the one before and with its signature.

    Stops at the first seal that is not as it was: those after it say nothing more.
    """
    avouees = {purge.sceau: purge.le for purge in connexion.execute(_PURGES)}
    avant: Ligne | None = None
    derniere = 0
    for rang, sceau in enumerate(connexion.execute(_SCEAUX).all(), 1):
        alteration = (
            _sceau_absent(sceau, rang)
            or _ligne_alteree(connexion, sceau)
            or _sceau_altere(sceau, avant, parcours)
            or _purge_fausse(sceau, avouees)
        )
        if alteration:
            yield Alteration(alteration)
            return
        parcours.compter(sceau)
        avancer(sceau.nombre)
        avant = sceau
        derniere = max(derniere, sceau.a)
    if avant is not None and avant.jusqu_a != derniere:
        yield Alteration(
            f"la fin du sceau n° {avant.id} a été déplacée à la ligne {avant.jusqu_a} : il s’arrête"
            f" à la ligne {derniere}"
        )
    for cle in sorted(parcours.cles_inconnues):
        yield Alteration(
            f"des sceaux sont signés avec une autre SECRET_KEY que celles données ici (clé {cle})",
            RETROUVER_LA_CLE,
        )


def _sceau_absent(sceau: Ligne, rang: int) -> str | None:
    """Seals are numbered without a gap: the rank that this one should bear is missing."""
    if sceau.id == rang:
        return None
    return f"le sceau n° {rang} a été supprimé"


def _ligne_alteree(connexion: Connection, sceau: Ligne) -> str | None:
    quoi = {"id": sceau.id, "de": sceau.de, "a": sceau.a}
    if sceau.purge_le is not None:
        reste = connexion.scalar(_RESTE, quoi)
        return f"la ligne {reste} devait être purgée" if reste else None
    garde = connexion.execute(_CONTENU, {"id": sceau.id}).one()
    lues = {ligne.id: _empreinte(ligne) for ligne in connexion.execute(_LIGNES, quoi)}
    rang = 0
    for plage in garde.lignes:
        for numero in range(plage.lower, plage.upper):
            attendue = garde.contenu[rang * OCTETS : (rang + 1) * OCTETS]
            if numero not in lues:
                return f"la ligne {numero} a été supprimée"
            if lues[numero] != attendue:
                return f"la ligne {numero} a été modifiée"
            rang += 1
    if rang != sceau.nombre or len(garde.contenu) != rang * OCTETS:
        return f"le contenu du sceau n° {sceau.id} (lignes {sceau.de} à {sceau.a}) a été refait"
    return None


def _empreinte(ligne: Ligne) -> bytes:
    """A line that an anonymisation emptied keeps the hash that it had."""
    if ligne.empreinte is not None:
        return bytes(ligne.empreinte)
    return sha256(ligne.texte.encode()).digest()[:OCTETS]


def _sceau_altere(sceau: Ligne, avant: Ligne | None, parcours: Parcours) -> str | None:
    qui = f"le sceau n° {sceau.id} (lignes {sceau.de} à {sceau.a})"
    precedente = b""
    if avant is not None:
        precedente = avant.empreinte
    if sceau.empreinte != sha256(precedente + sceau.texte.encode()).digest():
        return f"{qui} a été modifié"
    if sceau.signature is None:
        return f"{qui} n’est pas signé"
    rang = cles.rang(sceau.cle)
    if rang == cles.INCONNUE:
        parcours.cles_inconnues.add(sceau.cle)
    elif not cles.est_signe(sceau.cle, sceau.empreinte, sceau.signature):
        return f"{qui} a été refait : sa signature est fausse"
    elif parcours.rang_de_cle is not None and rang > parcours.rang_de_cle:
        return f"{qui} est signé avec une clé qui n’était plus en usage"
    else:
        parcours.rang_de_cle = rang
    if sceau.dernier_le > sceau.scelle_le + HEURE_TOLEREE:
        return f"{qui} contient une ligne datée d’après lui"
    return None


def _purge_fausse(sceau: Ligne, avouees: dict[int, datetime]) -> str | None:
    """Reads are purged after their term, and a line of the log says so, written then."""
    if sceau.purge_le is None:
        return None
    qui = f"le sceau n° {sceau.id} (lignes {sceau.de} à {sceau.a}) a été purgé"
    if _mois(sceau.dernier_le, sceau.purge_le) < CONSERVATION_LECTURES_MOIS.valeur:
        return f"{qui} avant l’heure"
    dite_le = avouees.get(sceau.id)
    if sceau.famille != "lecture" or dite_le is None:
        return f"{qui} sans que le journal le dise"
    if abs(dite_le - sceau.purge_le) > PURGE_TOLEREE:
        return f"{qui} à un autre moment que ne le dit le journal"
    return None


def _mois(debut: datetime, fin: datetime) -> int:
    """Whole months from one moment to another."""
    mois = (fin.year - debut.year) * 12 + fin.month - debut.month
    entame = (fin.day, fin.time()) < (debut.day, debut.time())
    return mois - entame


def ligne_ajoutee(connexion: Connection) -> Iterator[Alteration]:
    """A number below the last seal, which no seal holds and no transaction of then could write."""
    ajoutee = connexion.scalar(_AJOUTEE)
    if ajoutee:
        yield Alteration(f"la ligne {ajoutee} a été ajoutée après coup")


def expurgation_fausse(connexion: Connection) -> Iterator[Alteration]:
    """A line is emptied by an anonymisation of its youth only, and wholly.

    What is left of it is as it was then.
    """
    ligne = connexion.scalar(_EXPURGEE_A_TORT)
    if ligne:
        yield Alteration(f"la ligne {ligne} a été vidée sans anonymisation")
        return
    for e in connexion.execute(_EXPURGATIONS):
        if e.attendue != sha256(e.texte.encode()).hexdigest():
            yield Alteration(f"une ligne vidée par l’anonymisation n° {e.id} a été modifiée")
            return
