"""Two years without a contact from the youth: proposed, then kept or anonymised by a person; the
figures do not move."""

import re
from contextlib import contextmanager
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from app import acces, journal
from app.acces import sceau
from app.echanges.tableau import comparaison as tableau_comparaison
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.indicateurs import Periode, calculer, calculer_ensemble, par_jeune
from app.indicateurs.doublons import possibles
from app.models import Conservation, Evenement, Jeune, Mds, catalogue
from app.regles.age import ajouter_mois, aujourd_hui
from app.regles.conservation import limite
from app.views.doublons import doublons
from app.views.pages import a_faire, attente
from app.views.socle import differe
from tests import factories as f
from tests.connexions import ouvrir_session, poster, sans_hasard
from tests.indicateurs.histoires import (
    PERIODES,
    Hasard,
    des_instances,
    des_postes,
    enregistrer,
    une_histoire,
)
from tests.travaux import vider_la_file

MARQUE = "Zebulon-le-Reconnaissable"
AGENTE = "Odile Reconnue"
NOMS_D_AGENTS = [
    (table, texte)
    for table, classe in catalogue.noms().items()
    for _, texte, fonction in catalogue.agents_nommes(classe.__table__)
    if fonction and catalogue.suit_un_jeune(table)
] + [
    (table, textes)
    for table, classe in catalogue.noms().items()
    for _, textes in catalogue.listes_d_agents(classe.__table__)
    if catalogue.suit_un_jeune(table)
]
"""Where the name of a professional makes an agent, whom the directory keeps."""
VIEUX = ajouter_mois(aujourd_hui(), -40)
TEXTES = "select nom, colonne from acces.textes_du_dossier() order by 1, 2"


@pytest.fixture
def base(app_sur_base_neuve):
    """A base of its own: an anonymised file stays anonymised."""
    with app_sur_base_neuve.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        yield app_sur_base_neuve
        db.session.rollback()
        sceau.oublier_le_repere()


@contextmanager
def un_proprietaire(app):
    """What the owner of the base does: each order in a transaction of its own."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"], isolation_level="AUTOCOMMIT")
    with moteur.connect() as connexion:
        yield lambda ordre, **valeurs: connexion.execute(text(ordre), valeurs)
    moteur.dispose()


@pytest.fixture
def proprietaire(base):
    with un_proprietaire(base) as ordonner:
        yield ordonner


def un_ancien(mds: str = "ART", **champs) -> Jeune:
    """Everything of theirs ended more than three years ago; every kind of record says something of
    them."""
    jeune = f.un_jeune(
        mds,
        **{
            "nom": "Ancien",
            "contact_le": VIEUX - timedelta(days=300),
            "date_naissance": date(2005, 3, 12),
            **champs,
        },
    )
    du, au = VIEUX - timedelta(days=280), VIEUX
    (
        f.un_accompagnement(jeune, du=du, au=au),
        f.une_mesure(jeune, du=du, au=au),
        f.un_binome(jeune, du=du, au=au),
    )
    f.un_rdv_tripartite(jeune, le=du + timedelta(days=3)), f.une_rencontre(jeune, le=VIEUX)
    (
        f.une_alerte(jeune, du=du, au=au),
        f.une_situation(
            jeune, observee_le=au - timedelta(days=5), logement_code="FJT", situation_pro_code="CDI"
        ),
    )
    (
        f.un_frein(jeune, du=du, leve_le=au),
        f.une_enquete(jeune, demandee_le=du, repondue_le=du),
        f.une_etape(jeune, faite_le=du),
    )
    f.une_mobilisation(jeune), f.une_decision(jeune), f.une_conservation(jeune)
    return jeune


def anonymiser(jeune_id: int, code: str, qui: int | str = acces.TOUS):
    with acces.acteur(qui, canal="essai"):
        fait = db.session.scalar(
            text("select acces.anonymiser(:id, :code, 2, 'Plus de 2 ans', 'Maryse Responsable')"),
            {"id": jeune_id, "code": code},
        )
        db.session.commit()
    return fait


def examiner(qui: int | str = acces.TOUS) -> dict[int, object]:
    with acces.acteur(qui):
        lus = db.session.execute(
            text("select * from acces.dossiers_a_examiner(:limite)"),
            {"limite": limite(aujourd_hui())},
        )
        return {x.jeune_id: x for x in lus}


JUSTE = limite(aujourd_hui())
HIER = JUSTE - timedelta(days=1)
QUI_EST_PROPOSE = {
    "une rencontre tenue il y a plus de deux ans": (lambda j: f.une_rencontre(j, le=HIER), HIER),
    "une rencontre tenue il y a deux ans juste": (lambda j: f.une_rencontre(j, le=JUSTE), None),
    "une présence non renseignée compte": (
        lambda j: (
            f.une_rencontre(j, le=HIER),
            f.une_rencontre(j, le=f.il_y_a(30), jeune_present=None),
        ),
        None,
    ),
    "une absence ne compte pas": (
        lambda j: (
            f.une_rencontre(j, le=HIER),
            f.une_rencontre(j, le=f.il_y_a(30), jeune_present=False),
        ),
        HIER,
    ),
    "une rencontre annulée ne compte pas": (
        lambda j: (
            f.une_rencontre(j, le=HIER),
            f.une_rencontre(j, le=f.il_y_a(30), statut_code="ANNULEE"),
        ),
        HIER,
    ),
    "une réponse récente": (
        lambda j: (
            f.une_rencontre(j, le=HIER),
            f.une_enquete(j, demandee_le=HIER, repondue_le=f.il_y_a(10)),
        ),
        None,
    ),
    "jamais venu, une mesure ancienne": (lambda j: f.une_mesure(j, du=HIER, au=HIER), HIER),
    "jamais venu, une situation récente": (
        lambda j: (f.une_mesure(j, du=HIER, au=HIER), f.une_situation(j, observee_le=f.il_y_a(40))),
        None,
    ),
    "rien d’écrit, créé aujourd’hui": (lambda j: None, None),
}


@pytest.mark.parametrize("faire, attendu", QUI_EST_PROPOSE.values(), ids=QUI_EST_PROPOSE)
def test_deux_ans_apres_le_dernier_contact_venant_du_jeune(session, faire, attendu):
    jeune = f.un_jeune(contact_le=None, repere_le=None)
    faire(jeune)
    db.session.flush()
    propose = examiner().get(jeune.id)
    assert (propose and propose.dernier_contact_le) == attendu


def test_la_liste_ne_dit_rien_d_une_autre_mds_et_au_dpo_aucun_nom(base):
    base.config["WTF_CSRF_ENABLED"] = False  # several people in one context
    ici, ailleurs = un_ancien(nom="Dici").id, un_ancien("ARR", nom="Dailleurs").id
    codes = {j: db.session.get(Jeune, j).code for j in (ici, ailleurs)}
    qui = {
        r: f.un_compte(r, mds=m).id
        for r, m in (
            ("RESPONSABLE", "ART"),
            ("DPO", None),
            ("COORDONNATEUR", "ART"),
            ("DPID", None),
        )
    }
    db.session.commit()
    for role in ("COORDONNATEUR", "DPID"):
        assert (
            ouvrir_session(base.test_client(), qui[role]).get("/conservation/").status_code == 403
        )
        assert examiner(qui[role]) == {}
    responsable, dpo = (ouvrir_session(base.test_client(), qui[r]) for r in ("RESPONSABLE", "DPO"))
    page = responsable.get("/conservation/?etat=gardes").text
    assert "Dici" in page and "Dailleurs" not in page and codes[ailleurs] not in page
    absent, etranger = (responsable.get(f"/conservation/{n}") for n in (999_999, ailleurs))
    assert absent.status_code == etranger.status_code == 404
    assert sans_hasard(absent.text) == sans_hasard(etranger.text)
    assert (
        poster(
            responsable,
            f"/conservation/{ailleurs}/anonymiser",
            {"code": codes[ailleurs]},
            page="/conservation/",
        ).status_code
        == 404
    )
    pages = dpo.get("/conservation/?etat=gardes").text + dpo.get(f"/conservation/{ici}").text
    assert (
        all(code in pages for code in codes.values())
        and "Dici" not in pages
        and "Dailleurs" not in pages
    )
    assert "Anonymiser ce dossier" not in pages and "Une procédure court" not in pages
    assert (
        poster(
            dpo, f"/conservation/{ici}/garder", {"motif": "x"}, page="/conservation/"
        ).status_code
        == 403
    )


def test_garder_un_dossier_jusqu_a_un_jour_puis_il_revient(base):
    jeune = f.un_jeune(nom="Longchamp")
    f.une_rencontre(jeune, le=VIEUX)
    numero, qui = jeune.id, f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    client, adresse = ouvrir_session(base.test_client(), qui), f"/conservation/{numero}"
    terme = f.dans(200)
    for saisie, phrase in (
        ({"motif": "", "garder_jusqu_au": terme.isoformat()}, "Dites pourquoi garder ce dossier."),
        ({"motif": "Il revient", "garder_jusqu_au": ""}, "Dites jusqu’à quel jour"),
        ({"motif": "Il revient", "garder_jusqu_au": f.il_y_a(1).isoformat()}, "une date à venir"),
        ({"motif": "Il revient", "garder_jusqu_au": f.dans(900).isoformat()}, "deux ans au plus"),
    ):
        reponse = poster(client, f"{adresse}/garder", saisie, page=adresse)
        assert (
            reponse.status_code == 422
            and phrase in reponse.text
            and (not saisie["motif"] or "Il revient" in reponse.text)
        ), saisie
    for _ in range(2):  # a double click
        assert (
            poster(
                client,
                f"{adresse}/garder",
                {"motif": "Il revient", "garder_jusqu_au": terme.isoformat()},
                page=adresse,
            ).status_code
            == 302
        )
    assert db.session.scalars(
        select(Conservation.motif).where(Conservation.jeune_id == numero)
    ).all() == ["Il revient"]
    assert (
        "Longchamp" not in client.get("/conservation/").text
        and "Longchamp" in client.get("/conservation/?etat=gardes").text
    )
    with acces.acteur(acces.TOUS, canal="essai"):
        f.une_conservation(numero, decidee_le=f.il_y_a(400), garder_jusqu_au=f.il_y_a(1))
        db.session.commit()
    assert "Longchamp" in client.get("/conservation/").text


@pytest.mark.parametrize(
    "faire, phrase",
    [
        (lambda j: f.une_mesure(j, du=f.il_y_a(900), au=None, type_code="AED"), "still followed"),
        (lambda j: f.un_accompagnement(j, du=f.il_y_a(900), au=None), "still followed"),
        (lambda j: f.un_binome(j, du=f.il_y_a(900), au=None), "still followed"),
        (lambda j: f.un_transfert(j), "still followed"),
        (lambda j: f.une_rencontre(j, le=f.il_y_a(20)), "too early"),
    ],
)
def test_on_n_anonymise_pas_un_dossier_qui_sert_encore(base, faire, phrase):
    jeune = un_ancien()
    faire(jeune)
    db.session.commit()
    with pytest.raises(DBAPIError, match=phrase):
        anonymiser(jeune.id, jeune.code)
    db.session.rollback()
    assert db.session.get(Jeune, jeune.id).nom == "Ancien"


def test_ni_sans_le_bon_code_ni_ailleurs_ni_sans_le_droit(base):
    jeune = un_ancien()
    numero, code = jeune.id, jeune.code
    autres = [
        f.un_compte(r, mds=m).id
        for r, m in (
            ("RESPONSABLE", "ARR"),
            ("COORDONNATEUR", "ART"),
            ("DPO", None),
            ("DPID", None),
        )
    ]
    responsable = f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    assert [anonymiser(numero, code, qui) for qui in autres] == [None] * 4
    assert (
        anonymiser(numero, "D99999", responsable) is anonymiser(999_999, code, responsable) is None
    )
    with acces.acteur(responsable), pytest.raises(DBAPIError):
        db.session.add(
            Conservation(jeune_id=numero, decision="ANONYMISE", motif="x", decidee_par="x")
        )
        db.session.flush()
    db.session.rollback()
    assert db.session.get(Jeune, numero).nom == "Ancien"
    client = ouvrir_session(base.test_client(), responsable)
    faux = poster(
        client, f"/conservation/{numero}/anonymiser", {"code": "D1"}, page=f"/conservation/{numero}"
    )
    assert (
        faux.status_code == 422
        and "Ce n’est pas le code de ce dossier" in faux.text
        and 'value="D1"' in faux.text
    )
    juste = poster(
        client,
        f"/conservation/{numero}/anonymiser",
        {"code": code.lower()},
        page=f"/conservation/{numero}",
    )
    assert (
        juste.status_code == 302 and code not in client.get("/conservation/?etat=anonymises").text
    )
    assert anonymiser(numero, f"ANONYME-{numero}", responsable) is None, "once"


def test_plus_rien_ne_dit_qui_c_etait_ni_dans_le_dossier_ni_dans_le_journal(base, proprietaire):
    jeune, autre = un_ancien(), un_ancien(nom="Voisin", date_naissance=date(2006, 7, 8))
    (
        f.une_fusion(
            jeune, absorbe={"nom": MARQUE, "mds_id": jeune.mds_id}, avant={"objectif": MARQUE}
        ),
        f.une_distinction(jeune, autre),
    )
    f.un_transfert(jeune), f.un_rattachement(jeune, du=date(2005, 3, 12), au=VIEUX)
    numero, voisin, absorbe = jeune.id, autre.id, 2_000_000_123
    f.une_fusion(jeune, absorbe_id=absorbe)
    db.session.commit()
    proprietaire("update transfert set accepte_le = current_date where jeune_id = :n", n=numero)
    proprietaire(
        "update fusion set annulee_le = now(), annulee_par = 'x' where jeune_id = :n and"
        " absorbe_id <> :a",
        n=numero,
        a=absorbe,
    )
    proprietaire(
        "update etape set faite_le = null, est_sans_objet = true, motif = 'x' where jeune_id = :n",
        n=numero,
    )
    colonnes = proprietaire(TEXTES).all()
    assert {t for t, _ in colonnes} >= {
        "jeune",
        "rencontre",
        "binome",
        "decision",
        "frein",
        "transfert",
        "fusion",
        "mobilisation",
    }
    for table, colonne in colonnes:  # each text of the file, through the audit log
        cle = "id" if table == "jeune" else "jeune_id"
        valeur = f"left('{MARQUE}', 12) || id" if colonne.startswith("code") else f"'{MARQUE}'"
        if colonne == "courriel":
            valeur = f"'{MARQUE}@exemple.fr'"
        if colonne == "telephone":
            valeur = "'06 39 98 00 01'"
        if (table, colonne) in NOMS_D_AGENTS:
            valeur = f"'{AGENTE}'"
        suite = "and annulee_le is not null" if colonne == "annulee_par" else ""
        proprietaire(f"update {table} set {colonne} = {valeur} where {cle} = :n {suite}", n=numero)
    with acces.acteur(acces.TOUS, canal="essai", motif=f"Signalé par la mère de {MARQUE}"):
        db.session.execute(
            text("update jeune set telephone = '06 39 98 00 01' where id = :n"), {"n": numero}
        )
        db.session.commit()
    proprietaire(
        "insert into journal (transaction, acteur, operation, table_nom, cle, jeune_id, avant)"
        " values (1, '', 'suppression', 'jeune', :c, :n, cast(:a as jsonb))",
        c=str(absorbe),
        n=absorbe,
        a=f'{{"nom": "{MARQUE}"}}',
    )
    sceau.sceller()
    code = proprietaire("select code from jeune where id = :n", n=numero).scalar()
    assert MARQUE[:12] in partout(proprietaire)
    avant = {
        t: n
        for t, n in nombres(proprietaire).items()
        if t not in ("journal", "sceau", "conservation", "distinction")
    }
    assert anonymiser(numero, code) is True
    reste = partout(proprietaire)
    assert MARQUE[:12] not in reste and "06 39 98 00 01" not in reste and "2005-03-12" not in reste
    for table, colonne in NOMS_D_AGENTS:  # a professional stays in the directory, not in the file
        nomme = f"select count(*) from {table} where jeune_id = :n and {colonne} = :a"
        assert proprietaire(nomme, n=numero, a=AGENTE).scalar() == 0, (table, colonne)
    assert {t: n for t, n in nombres(proprietaire).items() if t in avant} == avant, (
        "no record is lost"
    )
    assert (voisin, "Voisin") == tuple(
        proprietaire("select id, nom from jeune where id = :n", n=voisin).one()
    )
    evenements = proprietaire("select * from journal where operation = 'anonymisation'").one()
    assert (
        sorted(evenements.detail["dossiers"])[0] == numero
        and absorbe in evenements.detail["dossiers"]
    )
    assert (
        proprietaire(
            "select count(*) from journal where expurgee_par = :e", e=evenements.id
        ).scalar()
        == evenements.detail["lignes"]
        > 40
    )
    sceau.sceller()
    assert sceau.verifier().alteration is None


def partout(proprietaire) -> str:
    """Every row of every table, as text; the audit log included."""
    tables = (
        proprietaire("select tablename from pg_tables where schemaname = 'public' order by 1")
        .scalars()
        .all()
    )
    return "\n".join(
        x
        for t in tables
        for x in proprietaire(f"select to_jsonb(t)::text from {t} t").scalars().all()
    )


def nombres(proprietaire) -> dict[str, int]:
    tables = (
        proprietaire("select tablename from pg_tables where schemaname = 'public' order by 1")
        .scalars()
        .all()
    )
    return {t: proprietaire(f"select count(*) from {t}").scalar() for t in tables}


def test_rien_ne_change_ensuite_et_plus_rien_ne_se_retablit(base):
    jeune, autre = un_ancien(), un_ancien(nom="Autre", date_naissance=date(2005, 3, 31))
    numero, code, qui = jeune.id, jeune.code, f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    assert anonymiser(numero, code, qui)
    client = ouvrir_session(base.test_client(), qui)
    page = client.get(f"/jeunes/{numero}").text
    assert (
        "Ce dossier est anonymisé" in page
        and "Ajouter" not in page
        and "/modifier" not in page
        and "/supprimer" not in page
    )
    assert client.get(f"/jeunes/{numero}/modifier").status_code == 403
    assert "Anonymisé" not in client.get("/jeunes/?q=anonymise").text.split("<tbody")[-1]
    assert (
        poster(client, "/choix/jeune", {"texte": "anonymise"}, page="/jeunes/").json["choix"] == []
    )
    with acces.acteur(qui, canal="essai"):
        assert doublons("anonymisé", "Dossier", date(2005, 3, 31)) == []
        for faire in (
            lambda: f.une_alerte(numero),
            lambda: f.une_rencontre(numero),
            lambda: f.un_transfert(db.session.get(Jeune, numero)),
            lambda: db.session.execute(
                text("update jeune set nom = 'X' where id = :n"), {"n": numero}
            ),
            lambda: db.session.execute(
                text("delete from rencontre where jeune_id = :n"), {"n": numero}
            ),
            lambda: db.session.execute(
                text("update mesure set au = null where jeune_id = :n"), {"n": numero}
            ),
        ):
            with pytest.raises(DBAPIError, match="an anonymised file"):
                faire()
            db.session.rollback()
        fusion = db.session.scalar(
            text("select acces.fusionner(:a, :b, '{}', 'x', false)"), {"a": numero, "b": autre.id}
        )
        assert {r["contrainte"] for r in fusion["refus"]} == {
            "ck_conservation_anonyme"
        } and db.session.get(Jeune, autre.id) is not None
        db.session.rollback()
        lignes = db.session.scalars(
            select(Evenement).where(
                Evenement.jeune_id == numero, Evenement.expurgee_par.is_not(None)
            )
        ).all()
        assert lignes and not any(journal.restaurer(e.id) for e in lignes)
        db.session.rollback()
    recit = client.get(f"/journal/historique/jeune/{numero}").text
    assert (
        "Ce qui était écrit a été effacé" in recit
        and recit.count("<li>Rencontre : création le ") == 2
    )


def test_un_dossier_anonymise_d_ailleurs_repond_comme_un_dossier_qui_n_existe_pas(base):
    jeune = un_ancien("ARR")
    numero, code, qui = jeune.id, jeune.code, f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    assert anonymiser(numero, code)
    reponses = []
    for n in (numero, 999_999):
        with acces.acteur(qui), pytest.raises(DBAPIError) as refus:
            db.session.execute(
                text(
                    "insert into alerte (jeune_id, motif_code, du) values (:n, 'FUGUE',"
                    " '2026-01-01')"
                ),
                {"n": n},
            )
        db.session.rollback()
        reponses.append((refus.value.orig.sqlstate, str(refus.value.orig)))
    assert reponses[0] == reponses[1]
    with acces.acteur(qui), pytest.raises(DBAPIError, match="permission denied"):
        db.session.execute(text("select acces.est_anonyme(:n)"), {"n": numero})
    db.session.rollback()


def test_un_dossier_anonymise_n_attend_plus_rien_de_personne(base):
    anciens = [
        f.un_jeune(nom=f"Ancien {n}", contact_le=f.il_y_a(900), date_naissance=date(2006, 5, 31))
        for n in "ab"
    ]
    qui = [f.un_compte(role, "ART").id for role in ("COORDONNATEUR", "RESPONSABLE")]
    a_anonymiser = [(j.id, j.code) for j in anciens]
    db.session.commit()

    def attendus(compte: int) -> tuple:
        with acces.acteur(compte):
            le = aujourd_hui()
            a_fixer = attente.regarder([attente.RDV], le).combien_de_jeunes(attente.RDV)
            return a_fixer, len(a_faire.liste_des_rdv(le)), len(possibles(None))

    assert [attendus(c) for c in qui] == [(2, 2, 1)] * 2
    for numero, code in a_anonymiser:
        assert anonymiser(numero, code)
    assert [attendus(c) for c in qui] == [(0, 0, 0)] * 2


ALTERATIONS = {
    "qui a écrit une ligne vidée": (
        "update journal set acteur = '1', login = 'autre' where id = {videe}",
        "vidée par l’anonymisation",
    ),
    "quand": (
        "update journal set le = le - interval '1 second' where id = {videe}",
        "vidée par l’anonymisation",
    ),
    "une valeur remise": (
        'update journal set apres = \'{{"nom": "X"}}\' where id = {videe}',
        "vidée sans anonymisation",
    ),
    "l’empreinte oubliée": (
        "update journal set empreinte = null where id = {videe}",
        "a été modifiée",
    ),
    "une ligne vidée supprimée": ("delete from journal where id = {videe}", "a été supprimée"),
    "une autre ligne vidée à sa suite": (
        (
            "update journal l set empreinte = acces.empreinte_ligne(l), expurgee_par = {acte},"
            " avant = null, apres = null, motif = null, detail = null where id = {autre}"
        ),
        "vidée sans anonymisation",
    ),
    "une ligne vidée sans raison": (
        (
            "update journal l set empreinte = acces.empreinte_ligne(l), apres = null where id ="
            " {autre}"
        ),
        "vidée sans anonymisation",
    ),
    "une ligne du même jeune vidée après coup": (
        (
            "update journal l set empreinte = acces.empreinte_ligne(l), expurgee_par = {acte},"
            " detail = null where id = {apres}"
        ),
        "vidée sans anonymisation",
    ),
    "l’acte lui-même": (
        (
            "update journal set detail = detail || jsonb_build_object('empreinte',"
            " acces.empreinte_expurgee({acte})), login = 'x' where id = {acte}"
        ),
        "a été modifiée",
    ),
}


@pytest.fixture(scope="module")
def base_scellee(serveur_de_bases, nom_de_base, app):
    """A base whose audit log is sealed, with an anonymised youth and another one: its name, and
    their numbers."""
    serveur_de_bases.remettre(nom_de_base, serveur_de_bases.modele)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune, autre = un_ancien(), un_ancien(nom="Autre")
        numero, code, voisin = jeune.id, jeune.code, autre.id
        db.session.commit()
        sceau.sceller()
        assert anonymiser(numero, code)
        journal.consigner(
            "action", table="jeune", cle=numero, jeune_id=numero, detail={"motif": "Essai"}
        )
        db.session.commit()
        sceau.sceller()
        assert sceau.verifier().alteration is None
    serveur_de_bases.fermer_les_autres(app)
    nom = serveur_de_bases.creer(nom_de_base)
    yield nom, numero, voisin
    serveur_de_bases.supprimer(nom)


@pytest.fixture
def scellee(serveur_de_bases, nom_de_base, base_scellee, app):
    """The application on a copy of it, and the numbers of the youths."""
    modele, *numeros = base_scellee
    serveur_de_bases.remettre(nom_de_base, modele)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        yield app, *numeros
        db.session.rollback()
        sceau.oublier_le_repere()


@pytest.mark.parametrize("ordre, phrase", ALTERATIONS.values(), ids=ALTERATIONS)
def test_le_journal_vide_se_verifie_encore(scellee, ordre, phrase):
    app, numero, voisin = scellee
    with un_proprietaire(app) as proprietaire:
        alterer(proprietaire, ordre, numero, voisin)
    assert phrase in (sceau.verifier().alteration or "rien n’a été vu")


def alterer(proprietaire, ordre: str, numero: int, voisin: int) -> None:
    lire = "select {} from journal where jeune_id = :n and {}"
    lignes = {
        "videe": proprietaire(
            lire.format("max(id)", "expurgee_par is not null and table_nom = 'rencontre'"), n=numero
        ).scalar(),
        "acte": proprietaire(
            lire.format("max(id)", "operation = 'anonymisation'"), n=numero
        ).scalar(),
        "apres": proprietaire(lire.format("max(id)", "operation = 'action'"), n=numero).scalar(),
        "autre": proprietaire(lire.format("min(id)", "true"), n=voisin).scalar(),
    }
    proprietaire(ordre.format(**lignes))


def test_l_application_n_imite_pas_une_anonymisation(base):
    with pytest.raises(DBAPIError, match="only the base"):
        journal.consigner("anonymisation", table="jeune", cle=1, jeune_id=1)
    db.session.rollback()


@pytest.mark.parametrize("graine", range(2))
def test_le_jour_de_naissance_efface_ne_change_aucun_chiffre(base, proprietaire, graine):
    """Thousands of figures of random lives, person by person, before and after."""
    hasard = Hasard(graine, *PERIODES[graine])
    histoires = [une_histoire(hasard) for _ in range(400)]
    for n, histoire in enumerate(histoires):  # any day of birth, often that of something else
        le = hasard.r.choice(hasard.connus)
        if n % 2:
            le = date(2007, 1, 1) + timedelta(days=hasard.r.randrange(365))
        annee = hasard.r.choice((2006, 2007, 2008, 2009))
        histoire.naissance = le.replace(day=min(le.day, 28), year=annee)
    enregistrer(db.session, histoires, des_instances(hasard), des_postes(hasard))
    db.session.commit()
    premiers = [ajouter_mois(date(2024, 11, 1), n) for n in range(14)]
    mois = [(du, ajouter_mois(du, 1) - timedelta(days=1)) for du in premiers]
    periodes = [
        *mois,
        *((fin, fin) for _, fin in mois),
        (date(2025, 1, 1), date(2025, 12, 31)),
        (date(2024, 1, 1), date(2024, 12, 31)),
    ]

    demandes = [Periode(*p, mds) for p in periodes for mds in (None, "ART")]

    def tout():
        chiffres = [resultats.json() for resultats in calculer_ensemble(demandes)]
        return chiffres, {p: par_jeune(*p, None) for p in periodes}

    avant = tout()
    db.session.rollback()
    proprietaire("create temp table ne as select id, date_naissance as le from jeune")
    changees = proprietaire(
        "update jeune set date_naissance = acces.naissance_floue(id, date_naissance)"
    ).rowcount
    assert changees == 400
    assert tout() == avant
    autre_jour = "select count(*) from jeune join ne using (id) where date_naissance <> le"
    assert proprietaire(autre_jour).scalar() > 200, "the others were born on the day of a fact"


def test_les_chiffres_rendus_le_tableau_envoye_et_ses_ecarts_ne_bougent_pas(base):
    du = VIEUX - timedelta(days=200)
    mois, fin = du.replace(day=1), ajouter_mois(du.replace(day=1), 1) - timedelta(days=1)
    jeune = un_ancien()
    f.un_rattachement(jeune, du=date(2005, 3, 12), au=None)
    art = db.session.scalars(select(Mds).where(Mds.code == "ART")).one()
    numero, code = jeune.id, jeune.code
    db.session.commit()
    envoi = tableau_envoi.envoyer(tableau_envoi.ouvrir_un_envoi(mois, art).id, "Essai.")
    db.session.commit()
    octets, chiffres, gens = (
        bytes(envoi.contenu),
        calculer(mois, fin, "ART").json(),
        par_jeune(mois, fin, "ART"),
    )
    annee = calculer(date(VIEUX.year, 1, 1), date(VIEUX.year, 12, 31), None).json()
    assert gens[numero]["I4"] and tableau_comparaison.differences(envoi) == []
    db.session.commit()
    assert anonymiser(numero, code)
    db.session.refresh(envoi)
    assert (
        bytes(envoi.contenu),
        calculer(mois, fin, "ART").json(),
        par_jeune(mois, fin, "ART"),
    ) == (
        octets,
        chiffres,
        gens,
    )
    assert calculer(date(VIEUX.year, 1, 1), date(VIEUX.year, 12, 31), None).json() == annee
    assert tableau_comparaison.differences(envoi) == [], "what was erased is not a correction"
    lignes = list(tableau_mensuel.lignes_des_jeunes(tableau_mensuel.calculer_le_mois(mois, art)))
    assert [(li.code, li.coordonnateur) for li in lignes] == [(f"ANONYME-{numero}", "Anonymisé")]


def test_la_page_montre_ou_le_nom_est_ecrit_hors_du_dossier(base):
    jeune = un_ancien(nom="Delobel-Wambergue")
    (
        f.une_instance(compte_rendu="On parle de DELOBEL-WAMBERGUE."),
        f.une_instance(mds="ARR", compte_rendu="Delobel-Wambergue encore."),
    )
    (
        f.une_action_collective(description="Avec delobel-wambergue"),
        f.un_texte_bilan("ART", recit="Delobel-Wambergue a trouvé."),
    )
    f.un_texte_bilan("ART", recit="Personne.")
    qui = f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    page = ouvrir_session(base.test_client(), qui).get(f"/conservation/{jeune.id}").text
    liens = re.findall(r'href="(/(?:instances|actions-collectives|bilan-textes)/\d+)"', page)
    assert sorted(x.split("/")[1] for x in liens) == [
        "actions-collectives",
        "bilan-textes",
        "instances",
    ]
    assert "Ce nom est écrit ailleurs" in page


def test_la_liste_s_exporte_sans_nom_avec_son_motif(base, tmp_path):
    jeune = un_ancien(nom="Nomme")
    code, qui = jeune.code, f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    client = ouvrir_session(base.test_client(), qui)
    assert (
        poster(
            client, "/conservation/exporter", {"etat": "gardes"}, page="/conservation/?etat=gardes"
        ).status_code
        == 400
    )
    reponse = poster(
        client,
        "/conservation/exporter",
        {"etat": "gardes", "finalite": "SUIVI", "motif": "Revue annuelle"},
        page="/conservation/?etat=gardes",
        buffered=True,
    )
    (tmp_path / "x.xlsx").write_bytes(reponse.data)
    feuille = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]
    cellules = [c for ligne in feuille.iter_rows(values_only=True) for c in ligne]
    assert code in cellules and "Nomme" not in str(cellules)
    ligne = db.session.scalars(
        select(Evenement).where(Evenement.operation == "export").order_by(Evenement.id.desc())
    ).first()
    assert (ligne.motif, ligne.detail["lignes"], ligne.table_nom) == (
        "Revue annuelle",
        1,
        "conservation",
    )


def test_une_longue_liste_se_fait_dans_la_file(base, monkeypatch):
    monkeypatch.setattr(differe.differer, "__defaults__", (0,))
    un_ancien()
    qui = f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    client = ouvrir_session(base.test_client(), qui)
    champs = {"etat": "gardes", "finalite": "SUIVI", "motif": "Revue annuelle"}
    attente = poster(client, "/conservation/exporter", champs, page="/conservation/")
    assert attente.status_code == 303
    vider_la_file(base)
    recu = client.get(f"{attente.location}/fichier")
    assert (recu.status_code, recu.data[:2]) == (200, b"PK")


@pytest.mark.parametrize(
    "adresse",
    [
        "/conservation/?etat=x",
        "/conservation/?mds=abc",
        "/conservation/?page=0",
        "/conservation/x",
        "/conservation/1",
    ],
)
def test_une_adresse_fausse_est_introuvable(base, adresse):
    qui = f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    assert ouvrir_session(base.test_client(), qui).get(adresse).status_code == 404


def test_une_page_qui_s_est_videe_se_dit_vide(base):
    qui = f.un_compte("RESPONSABLE", "ART").id
    db.session.commit()
    reponse = ouvrir_session(base.test_client(), qui).get("/conservation/?page=9")
    assert reponse.status_code == 200
    assert 'class="rien"' in reponse.text
