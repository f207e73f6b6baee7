# Tandem. « make run » and « make test » need nothing but Python 3.11 or newer; paths may hold spaces and accents.
PYTHON ?= python3
PY := .venv/bin/python
MARQUE := .venv/.execution
MARQUE_DEV := .venv/.developpement
MARQUE_CHAINE := .venv/chaine/.complet
MARQUE_OIDC := .venv/canaille/.complet
MARQUE_PAIRS := .venv/pairs/.complet
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Each command that the tests start reads what the first one compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-rapide lint bench verrous composants help
.DEFAULT_GOAL := help

help: ## Cette aide
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 20

run: $(MARQUE) ## Tout installer, puis servir http://127.0.0.1:8080 (PORT=… pour changer)
	@exec $(PY) run.py

test: ## Tout installer, puis jouer tous les tests (ARGS=… pour en choisir)
	@$(MAKE) --no-print-directory --jobs=2 $(MARQUE_DEV) $(MARQUE_OIDC)
	@$(PY) -m compileall -q app config.py migrations run.py
	@$(PY) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --durations 25 --durations-min 1 $(ARGS)
	@$(PY) -m tools.avis

test-rapide: $(MARQUE_DEV) ## Jouer en quelques secondes les tests qui n’ont besoin ni de base ni de navigateur
	@$(PY) -m pytest -p no:xdist tests/rapides $(ARGS)

lint: $(MARQUE_DEV) ## Style, mise en forme, sens des imports
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports
	@$(PY) -m mypy
	@$(PY) -m tools.mesures

verrous: $(MARQUE_CHAINE) ## Refaire les verrous (versions exactes et hash) depuis requirements*.in
	@for nom in requirements requirements-dev requirements-oidc requirements-pairs requirements-chaine; do \
	  .venv/chaine/bin/uv pip compile --python-platform linux --python-version 3.11 --generate-hashes --no-annotate \
	    $$nom.in -o $$nom.txt --quiet $(ARGS) || exit 1; done

composants: $(MARQUE_CHAINE) $(MARQUE_DEV) ## Refaire la liste des composants (CycloneDX) et des licences
	@.venv/chaine/bin/cyclonedx-py requirements --output-reproducible --sv 1.6 --of JSON -o docs/composants/composants.cdx.json requirements.txt
	@$(PY) -m tools.licences

bench: $(MARQUE_DEV) $(MARQUE_PAIRS) ## Mesurer Tandem sur 20 000 et 100 000 jeunes, et à côté de ses pairs (ARGS=… pour d’autres tailles)
	@$(PY) -m tests.bench $(ARGS)

$(MARQUE): requirements.txt | .venv/bin/python
	@echo "Installation des bibliothèques…"
	@$(PY) -m pip install --quiet --requirement requirements.txt
	@touch $@

$(MARQUE_DEV): requirements-dev.txt $(MARQUE)
	@echo "Installation des outils de test…"
	@$(PY) -m pip install --quiet --requirement requirements-dev.txt
	@touch $@

# In an environment of its own: its pins are not ours. Made anew whenever they change.
$(MARQUE_OIDC): requirements-oidc.txt | .venv/bin/python
	@echo "Installation du fournisseur d’identité des tests…"
	@$(PY) -m venv --clear --without-pip .venv/canaille
	@$(PY) -m pip --python .venv/canaille install --quiet --requirement requirements-oidc.txt
	@touch $@

# What ours is measured beside (tests/pairs): no test needs it.
$(MARQUE_PAIRS): requirements-pairs.txt | .venv/bin/python
	@echo "Installation des applications de comparaison…"
	@$(PY) -m venv --clear --without-pip .venv/pairs
	@$(PY) -m pip --python .venv/pairs install --quiet --requirement requirements-pairs.txt
	@touch $@

# What makes the locks and the lists: no test needs it.
$(MARQUE_CHAINE): requirements-chaine.txt | .venv/bin/python
	@$(PY) -m venv --clear --without-pip .venv/chaine
	@$(PY) -m pip --python .venv/chaine install --quiet --requirement requirements-chaine.txt
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Il faut Python 3.11 ou plus récent : installez-le, ou nommez-le, par exemple « make run PYTHON=python3.12 »." >&2; \
	  echo "Python 3.11 or newer is needed (make run PYTHON=python3.12)." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Il manque le module venv de Python. Sous Debian : apt install python3-venv" >&2; \
	  echo "Python's venv module is missing. On Debian: apt install python3-venv" >&2; exit 1; }
	@echo "Création de l’environnement Python (.venv)…"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
