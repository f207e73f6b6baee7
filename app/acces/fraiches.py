"""The lines that no seal holds yet: what can be said of them before they are sealed.

Who owns the base can write a line as the application does; not one of another time, of another
transaction, or that says what the base does not hold.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from app.acces.alteration import METTRE_A_L_HEURE, Alteration
from app.acces.reperes import RepereDuSceau

_FRAICHES = """
    from public.journal l
    where (l.id > coalesce((select pg_catalog.max(s.jusqu_a) from public.sceau s), 0)
      or l.id <@ (select s.trous from public.sceau s order by s.id desc limit 1))"""
"""Above the last seal, or a number that it still waits for."""
_D_UN_AUTRE_TEMPS = text(f"""
    select pg_catalog.min(l.id) {_FRAICHES}
      and (l.le > pg_catalog.clock_timestamp() + interval '5 minutes'
        or (l.transaction >= :limite and l.le < (
          select s.scelle_le - interval '5 minutes' from public.sceau s where s.id = :numero)))""")
_D_UNE_AUTRE_TRANSACTION = text(f"""
    select pg_catalog.min(l.id) {_FRAICHES}
      and (l.transaction < :plancher or l.transaction >= pg_catalog.pg_snapshot_xmax(
        pg_catalog.pg_current_snapshot())::text::bigint)""")
_D_UN_AUTRE = text(f"""
    select pg_catalog.min(l.id) {_FRAICHES}
      and l.operation <> 'connexion'
      and (l.acteur not in ('', 'tous', 'connexion') or l.login is not null)
      and not exists (select from public.ab_user c
                      where c.id::text = l.acteur and c.username = l.login)
      and not exists (select from public.journal n
                      where n.table_nom = 'ab_user'
                        and n.operation in ('modification', 'suppression')
                        and n.cle = l.acteur and n.avant ->> 'username' = l.login)""")
_SANS_SESSION = text(f"""
    select pg_catalog.min(l.id) {_FRAICHES}
      and l.canal = 'ecran' and l.acteur ~ '^[0-9]+$' and l.operation <> 'connexion'
      and not exists (select from public.session_ouverte s
        where s.compte_id::text = l.acteur and s.ouverte_le < l.le + interval '1 minute'
          and coalesce(s.finie_le, 'infinity') > l.le - interval '1 minute')""")
_CONNEXION_FAUSSE = text(f"""
    select pg_catalog.min(l.id) {_FRAICHES}
      and l.operation in ('connexion', 'deconnexion')
      and not exists (select from public.session_ouverte s
        where s.id::text = l.detail ->> 'session' and s.compte_id::text = l.cle
          and (l.operation = 'connexion' or s.finie_le is not null))""")
_CONNEXION_TUE = text("""
    select pg_catalog.min(s.id) from public.session_ouverte s
    where not exists (select from public.journal l
      where l.operation = 'connexion' and l.detail ->> 'session' = s.id::text)""")
_HORLOGE = text("""
    select pg_catalog.min(x.id) from (
      select s.id, s.scelle_le < pg_catalog.lag(s.scelle_le) over (order by s.id)
        - interval '1 hour' as recule
      from public.sceau s where s.id >= :depuis) x where x.recule""")
_NUMEROS = text("""
    select q.last_value as donne, (select pg_catalog.max(l.id) from public.journal l) as ecrit
    from public.journal_id_seq q""")


def alterations(connexion: Connection, repere: RepereDuSceau | None) -> Iterator[Alteration]:
    """``repere``: the mark of the base, when it is as it was signed."""
    if repere is not None:
        depuis = {"numero": repere.numero, "limite": repere.limite}
        if ligne := connexion.scalar(_D_UN_AUTRE_TEMPS, depuis):
            yield Alteration(f"la ligne {ligne} est datée d’un autre moment que celui de son ajout")
        if sceau := connexion.scalar(_HORLOGE, {"depuis": repere.depuis}):
            yield Alteration(
                f"l’horloge de la base a reculé de plus d’une heure avant le sceau n° {sceau}",
                METTRE_A_L_HEURE,
            )
        if ligne := connexion.scalar(_D_UNE_AUTRE_TRANSACTION, {"plancher": repere.plancher}):
            yield Alteration(f"la ligne {ligne} a été glissée dans le journal")
    if ligne := connexion.scalar(_D_UN_AUTRE):
        yield Alteration(f"la ligne {ligne} dit un autre auteur que le compte qu’elle nomme")
    if ligne := connexion.scalar(_SANS_SESSION):
        yield Alteration(f"la ligne {ligne} dit un acte à l’écran de qui n’avait pas de session")
    if ligne := connexion.scalar(_CONNEXION_FAUSSE):
        yield Alteration(f"la ligne {ligne} dit une connexion qui n’a pas eu lieu")
    if session := connexion.scalar(_CONNEXION_TUE):
        yield Alteration(f"la connexion de la session {session} n’a plus sa ligne")
    numeros = connexion.execute(_NUMEROS).one()
    if numeros.ecrit is not None and numeros.donne < numeros.ecrit:
        yield Alteration(
            f"le compteur des lignes a été reculé à {numeros.donne} : la dernière est la"
            f" {numeros.ecrit}"
        )
