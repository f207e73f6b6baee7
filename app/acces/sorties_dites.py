"""What left is as the audit log tells it: the record of a file, and the youths inside.

The line « export » holds the hash of what ``acces.noter_sortie`` wrote beside it: whoever takes a
youth out of a file that left, changes its purpose or removes it must change a sealed line too.
"""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, text

from app.acces.alteration import Alteration
from app.regles.parametres import CONSERVATION_LECTURES_MOIS

_DITES = text("""
    select (l.detail ->> 'sortie')::bigint as numero, l.id as ligne, s.id is not null as est_la,
      l.detail ->> 'empreinte' as attendue,
      pg_catalog.json_build_array(s.id, extract(epoch from s.le), s.compte_id, s.login, s.canal,
        s.requete, s.objet, s.table_nom, s.cle, s.lignes, s.jeunes, s.finalite_code, s.motif,
        s.filtres, s.recherche, (
          select pg_catalog.json_agg(pg_catalog.json_build_array(p.mds_id, p.nombre, p.jeunes)
            order by p.mds_id)
          from public.part_de_sortie p where p.sortie_id = s.id))::text as texte
    from public.journal l
    left join public.sortie_de_donnees s on s.id = (l.detail ->> 'sortie')::bigint
    where l.operation = 'export' and pg_catalog.jsonb_exists(l.detail, 'sortie')
      and (s.id is not null or not exists (
        select from public.journal p
        where p.operation = 'purge' and p.table_nom = 'sortie_de_donnees'
          and l.le < p.le - pg_catalog.make_interval(months => :mois) + interval '1 hour'))
    order by l.id""")
"""What ``acces.empreinte_sortie`` hashes, none before it did; what was purged at its term is not
missed."""
_TUE = text("""
    select pg_catalog.min(s.id) from public.sortie_de_donnees s
    where not exists (
      select from public.journal l
      where l.operation = 'export' and l.detail ->> 'sortie' = s.id::text)
    and not exists (
      select from public.journal l
      where l.operation = 'export' and l.expurgee_par is not null
        and l.table_nom is not distinct from s.table_nom and l.cle is not distinct from s.cle)""")


def alterations(connexion: Connection) -> Iterator[Alteration]:
    """The files that left whose record is not the one that the log tells: one of each kind."""
    disparues = []
    modifiees = []
    for dite in connexion.execute(_DITES, {"mois": CONSERVATION_LECTURES_MOIS.valeur}):
        if not dite.est_la:
            disparues.append(
                f"la sortie de données n° {dite.numero}, que dit la ligne {dite.ligne}, a disparu"
            )
        elif dite.attendue not in (None, sha256(dite.texte.encode()).hexdigest()):
            modifiees.append(
                f"la sortie de données n° {dite.numero}, ou les jeunes qui sont dedans, a été"
                " modifiée"
            )
    yield from map(Alteration, [*disparues[:1], *modifiees[:1]])
    if numero := connexion.scalar(_TUE):
        yield Alteration(f"la sortie de données n° {numero} n’a aucune ligne dans le journal")
