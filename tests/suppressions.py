"""Take one protection away at a time, and see which test goes red: ``python -m tests.suppressions
[words of a title]``.

Each removal is made on a copy of the sources; the tests named beside it are played there, and must
fail. Slow (25 minutes on two busy cores), hence by hand; the outcome is in ``docs/preuves.md``.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config import RACINE

COPIES = ("app", "migrations", "tests", "docs", "config.py", "run.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "Makefile",
          "README.md")  # fmt: skip


@dataclass(frozen=True)
class Suppression:
    """What is taken away: in a file, a text replaced by another; and the tests that must see it."""

    titre: str
    fichier: str
    avant: str
    apres: str
    tests: str


SUPPRESSIONS = (
    Suppression("politique : lire un jeune dans sa MDS", "app/acces/politiques.sql",
                "call acces.proteger('reponse_confiee'",
                "drop policy lire on jeune; create policy lire on jeune for select using ((select acces.connu())); call acces.proteger('reponse_confiee'",
                "tests/test_acces.py"),
    Suppression("politique : modifier une alerte dans sa MDS", "app/acces/outils.sql",
                "acces.ici(p_table, 'modifier'), acces.ici(p_table, 'supprimer'));\nend $$;\n\ncreate or replace procedure acces.mds_ou",
                "'true', acces.ici(p_table, 'supprimer'));\nend $$;\n\ncreate or replace procedure acces.mds_ou", "tests/test_acces.py"),
    Suppression("politique : le journal de sa MDS", "app/acces/politique_du_journal.sql",
                "or (mds_id = any((select acces.mds('journal', 'lire'))::int[])\n        and", "or ((select acces.a_le_droit('journal', 'lire')) and",
                "tests/test_acces.py"),
    Suppression("politique : un partenaire d’ailleurs ne se choisit pas", "app/acces/installation.py",
                "    yield from _des_parents(table)\n", "", "tests/test_acces.py"),
    Suppression("politique : personne ne se donne un rôle", "app/acces/politiques.sql",
                "creer     => $$compte_id is distinct from (select acces.compte_id()) and acces.peut_donner(role_code, mds_id)$$",
                "creer     => $$acces.peut_donner(role_code, mds_id)$$", "tests/test_acces.py tests/test_habilitations.py"),
    Suppression("politique : compter n’écrit pas", "app/acces/fonctions.sql", "if acces.chiffres() and p_acte <> 'lire' then return null; end if;", "",
                "tests/test_acces.py"),
    Suppression("politique : lire les demandes de sa MDS", "app/acces/politiques.sql",
                "lire      => acces.ici_ou_departement('demande_personne', 'lire'),",
                "lire      => $$(select acces.a_le_droit('demande_personne', 'lire'))$$,", "tests/test_demandes.py tests/test_acces.py"),
    Suppression("copie du dossier : le droit dans la MDS du jeune", "app/views/jeune.py",
                'if not self.peut_sur("copier", fiche):\n            abort(403)\n        motif', "motif", "tests/test_copie.py"),
    Suppression("copie du dossier : les noms des autres jeunes", "app/views/copie.py", "return complets - siens", "return set()", "tests/test_copie.py"),
    Suppression("écran : le droit sur la fiche avant « modifier »", "app/views/socle/edition.py",
                'if not self.peut_sur("modifier", fiche):\n            abort(403)\n        if request.method', "if request.method", "tests/test_matrice_ecritures.py"),
    Suppression("écran : le droit avant « supprimer »", "app/views/socle/edition.py", '@has_access\n    @permission_name("supprimer")', '@permission_name("supprimer")',
                "tests/test_matrice.py"),
    Suppression("rôle : le SLAI crée des jeunes", "app/roles.py", 'Regle("Lit les jeunes de sa MDS et leur suivi.", (*DOSSIER, *ASE, *SUIVI), LIRE)',
                'Regle("Lit les jeunes de sa MDS et leur suivi.", (*DOSSIER, *ASE, *SUIVI), ECRIRE)', "tests/test_matrice.py"),
    Suppression("journal : le déclencheur d’une table", "app/acces/installation.py",
                'if est_auditee(table):\n        yield from _de', 'if est_auditee(table) and table != "frein":\n        yield from _de', "tests/test_matrice_ecritures.py"),
    Suppression("journal : la lecture d’un dossier", "app/views/socle/base.py", 'journal.consigner(\n                "lecture",', 'dict(\n                operation="lecture",', "tests/test_ecrans_base.py -k trace"),
    Suppression("journal : l’export d’une liste", "app/views/socle/export.py", 'journal.consigner(\n            "export",', 'dict(\n            operation="export",', "tests/test_ecrans_base.py"),
    Suppression("journal : l’accès refusé", "app/securite.py", 'journal.consigner(\n            "refus",', 'dict(\n            operation="refus",', "tests/test_matrice_ecritures.py"),
    Suppression("journal : la signature du sceau", "app/acces/sceau.py", "elif not hmac.compare_digest(sceau.signature, signature(tenue, sceau.empreinte)):",
                "elif False:", "tests/test_sceau.py"),
    Suppression("journal : ce qu’une anonymisation a laissé", "app/acces/sceau.py", "or _expurgation_fausse(connexion) ", "", "tests/test_conservation.py -k verifie"),
    Suppression("conservation : effacer aussi le journal", "app/acces/conservation.sql", "where l.jeune_id = any(dossiers)", "where false and l.jeune_id = any(dossiers)", "tests/test_conservation.py -k dit_qui"),
    Suppression("conservation : un dossier anonymisé ne change plus", "app/acces/conservation.sql", "if exists (select 1 from conservation where jeune_id = numero", "if false and exists (select 1 from conservation where jeune_id = numero", "tests/test_conservation.py -k rien_ne_change"),
    Suppression("journal : les colonnes en mots", "app/views/socle/recit.py", "    if cible:\n        return _fiche(cible, brut)\n", "", "tests/test_historique.py"),
    Suppression("saisie : deux versions d’une fiche", "app/views/socle/edition.py", "conflit = None if version is None else formulaire.conflit(form, fiche, int(lue))",
                "conflit = None", "tests/test_ecrans_base.py"),
    Suppression("surface : le jeton des formulaires", "app/__init__.py", "    csrf.init_app(app)\n",
                "    csrf.init_app(app)\n    csrf.exempt('JournalView')\n    app.config['WTF_CSRF_METHODS'] = ['PUT']\n", "tests/test_surface.py"),
    Suppression("surface : les hôtes connus", "config.py", '"TRUSTED_HOSTS": _hotes(environ, production),', '"TRUSTED_HOSTS": None,', "tests/test_surface.py -k hote"),
    Suppression("surface : no-store", "app/securite.py", 'reponse.headers["Cache-Control"] = "no-store"', "pass", "tests/test_surface.py -k entetes"),
    Suppression("surface : revenir chez soi seulement", "app/views/socle/fiche.py", 'not retour.startswith("/")\n        or retour.startswith(("//", "/\\\\"))\n        or', "",
                "tests/test_ecrans_base.py -k revient"),
    Suppression("compte : un mot de passe changé finit les sessions", "app/acces/connexion.sql",
                "when (old.password is distinct from new.password or new.active is not true)", "when (new.active is not true)", "tests/test_connexion.py -k pourquoi"),
    Suppression("compte : le second facteur des rôles larges", "app/acces/connexion.sql",
                "select coalesce(bool_or(h.mds_id is null) or count(distinct h.mds_id) > 1, false)", "select false", "tests/test_connexion.py -k exige"),
    Suppression("compte : l’attente après cinq échecs", "app/connexion/verrouillage.py", "if not ligne.permise:", "if False:", "tests/test_connexion.py -k echecs"),
)  # fmt: skip


def essayer(suppression: Suppression) -> str:
    """The first test that sees it, or « NOT SEEN »."""
    with tempfile.TemporaryDirectory(prefix="tandem-suppression-") as dossier:
        for nom in COPIES:
            source = RACINE / nom
            copier = shutil.copytree if source.is_dir() else shutil.copy
            copier(source, Path(dossier) / nom)
        fichier = Path(dossier) / suppression.fichier
        texte = fichier.read_text(encoding="utf-8")
        if texte.count(suppression.avant) < 1:
            return "NOT DONE: the text to take away is not in the file any more"
        fichier.write_text(texte.replace(suppression.avant, suppression.apres), encoding="utf-8")
        commande = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            *suppression.tests.split(),
        ]
        rendu = subprocess.run(
            commande, cwd=dossier, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    rouge = re.search(r"^(?:FAILED|ERROR) tests/(\S+)", rendu.stdout, re.M)
    return rouge[1] if rendu.returncode == 1 and rouge else f"NOT SEEN (pytest: {rendu.returncode})"


def main(mots: list[str]) -> int:
    vues = 0
    choisies = [s for s in SUPPRESSIONS if not mots or any(mot in s.titre for mot in mots)]
    for suppression in choisies:
        test = essayer(suppression)
        vues += not test.startswith("NOT")
        print(f"| {suppression.titre} | {test} |", flush=True)
    print(f"{vues} removals seen out of {len(choisies)}")
    return vues != len(choisies)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
