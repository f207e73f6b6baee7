/* What makes forms and files quicker. Each page also works without this file; it uses what tandem.js says. */
"use strict";

const creer = (nom, attributs = {}, ...enfants) => {
  const noeud = document.createElement(nom);
  for (const [cle, valeur] of Object.entries(attributs)) noeud.setAttribute(cle, valeur);
  noeud.append(...enfants);
  return noeud;
};

/* Choose by typing: the ARIA combobox with a list. The number goes in the hidden field, the words in this one. */
function combo(champ) {
  const cle = champ.name.replace(/-texte$/, "");
  const cache = champ.form.querySelector(`input[type=hidden][name="${cle}"]`);
  if (!cache) return;
  const liste = creer("ul", { role: "listbox", id: `${champ.id}-liste`, "aria-label": "Propositions", hidden: "" });
  const annonce = creer("p", { class: "hors-ecran", role: "status" });
  const boite = creer("div", { class: "combo" });
  const dejaTape = document.activeElement === champ;
  champ.replaceWith(boite);
  boite.append(champ, liste, annonce);
  Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": liste.id })
    .forEach(([nom, valeur]) => champ.setAttribute(nom, valeur));
  let options = [], active = -1, attente = 0, demande = 0;

  const fermer = () => {
    liste.hidden = true; active = -1;
    champ.setAttribute("aria-expanded", "false"); champ.removeAttribute("aria-activedescendant");
  };
  const activer = (rang) => {
    active = (rang + options.length) % options.length;
    options.forEach((o, i) => o.setAttribute("aria-selected", i === active));
    champ.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  };
  const choisir = (option) => {
    cache.value = option.dataset.id;
    champ.value = option.dataset.libelle;
    annonce.textContent = `${option.dataset.libelle} choisi.`;
    champ.setCustomValidity("");
    cache.dispatchEvent(new Event("change", { bubbles: true }));
    fermer();
    /* A field whose choice is put in a list: it goes there at once. */
    const suite = document.querySelector(`[data-des-le-choix="${champ.id}"]`);
    if (suite) champ.form.requestSubmit(suite);
  };
  const montrer = (reponse) => {
    options = reponse.choix.map((c, i) => {
      const o = creer("li", { role: "option", id: `${champ.id}-option-${i}`, "aria-selected": "false" }, c.libelle, creer("small", {}, c.precision));
      Object.assign(o.dataset, { id: c.id, libelle: c.libelle });
      o.addEventListener("mousedown", (e) => { e.preventDefault(); choisir(o); });
      return o;
    });
    const note = reponse.autres ? "D’autres fiches correspondent : précisez." : options.length ? "" : "Rien ne correspond.";
    liste.replaceChildren(...options, ...(note ? [creer("li", { class: "note", role: "presentation" }, note)] : []));
    annonce.textContent = note || `${options.length} proposition${options.length > 1 ? "s" : ""}.`;
    liste.hidden = false; active = -1;
    champ.setAttribute("aria-expanded", String(options.length > 0));
  };
  const chercher = async () => {
    const numero = ++demande, texte = champ.value.trim();
    if (texte.length < 2) return fermer();
    const corps = new URLSearchParams({ texte, csrf_token: csrf() });
    try {
      const reponse = await fetch(champ.dataset.choix, { method: "POST", body: corps, headers: { Accept: "application/json" } });
      if (numero !== demande) return;
      if (reponse.ok) montrer(await reponse.json());
      else annonce.textContent = "La recherche n’a pas répondu. Rechargez la page.";
    } catch { annonce.textContent = "La recherche n’a pas répondu. Vérifiez votre connexion."; }
  };
  champ.addEventListener("input", () => { cache.value = ""; clearTimeout(attente); attente = setTimeout(chercher, 180); });
  champ.addEventListener("blur", () => { clearTimeout(attente); demande++; fermer(); });
  champ.addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (liste.hidden || !options.length) chercher(); else activer(active + (e.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
    } else if (e.key === "Enter" && !liste.hidden && active >= 0) {
      e.preventDefault(); choisir(options[active]);
    } else if (e.key === "Escape" && !liste.hidden) {
      e.preventDefault(); fermer();
    } else if (e.key === "Tab" && active >= 0) choisir(options[active]);
  });
  if (dejaTape) { champ.focus(); if (!cache.value) chercher(); }
}

/* A list of choices becomes a field where any word of a choice is typed; what is none of them leaves the choice as it was. */
function frappe(select) {
  const choix = new Map([...select.options].map((o) => [o.label, o.value]));
  let dit = select.selectedOptions[0].label;
  const cache = creer("input", { type: "hidden", name: select.name, value: select.value });
  const champ = creer("input", { type: "text", id: select.id, list: select.dataset.frappe, autocomplete: "off" });
  champ.value = dit;
  champ.addEventListener("focus", () => { champ.placeholder = dit; champ.value = ""; });
  champ.addEventListener("input", () => {
    if (!choix.has(champ.value)) return;
    dit = champ.value;
    cache.value = choix.get(dit);
  });
  champ.addEventListener("blur", () => { champ.value = dit; });
  select.replaceWith(champ, cache);
}

/* Tabs: links to sections without a script; one section at a time with it. The address keeps the tab. */
function onglets(bloc) {
  const liens = [...bloc.querySelectorAll(".barre a")];
  const panneaux = liens.map((a) => parId(a.hash.slice(1)));
  if (!liens.length) return;
  bloc.querySelector(".barre").setAttribute("role", "tablist");
  liens.forEach((a, i) => {
    a.parentElement.setAttribute("role", "presentation");
    a.id = `onglet-${panneaux[i].id}`;
    a.setAttribute("role", "tab"); a.setAttribute("aria-controls", panneaux[i].id);
    panneaux[i].setAttribute("role", "tabpanel");
    a.addEventListener("click", (e) => { e.preventDefault(); ouvrir(i); history.replaceState(null, "", a.hash); });
    a.addEventListener("keydown", (e) => {
      const cible = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: liens.length - 1 }[e.key];
      if (cible === undefined) return;
      e.preventDefault();
      liens[(cible + liens.length) % liens.length].click();
      liens[(cible + liens.length) % liens.length].focus();
    });
  });
  const ouvrir = (rang) => liens.forEach((a, i) => {
    a.setAttribute("aria-selected", i === rang); a.tabIndex = i === rang ? 0 : -1;
    panneaux[i].hidden = i !== rang;
  });
  /* The address may name a rubric inside a tab: the tab opens, and the rubric is brought into view. */
  const voulu = () => {
    const cible = location.hash && parId(location.hash.slice(1));
    const rang = panneaux.findIndex((p) => cible && p.contains(cible));
    ouvrir(Math.max(0, rang));
    if (rang >= 0 && cible !== panneaux[rang]) cible.scrollIntoView();
  };
  addEventListener("hashchange", voulu);
  voulu();
}

/* A dialogue instead of the page that asks for confirmation. */
function confirmer(lien) {
  lien.addEventListener("click", (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const titre = creer("h2", { id: "confirmation" }, lien.textContent.trim());
    const envoi = creer("form", { method: "post", action: lien.href || lien.action, class: "actions" },
      creer("input", { type: "hidden", name: "csrf_token", value: csrf() }),
      creer("button", { type: "submit", class: "bouton danger" }, lien.textContent.trim()),
      creer("button", { type: "button", class: "bouton", autofocus: "" }, "Annuler"));
    const boite = creer("dialog", { "aria-labelledby": "confirmation" }, titre, creer("p", {}, lien.dataset.confirmer), envoi);
    envoi.lastChild.addEventListener("click", () => boite.close());
    boite.addEventListener("close", () => { boite.remove(); lien.focus(); });
    document.body.append(boite);
    boite.showModal();
  });
}

/* A form left with something typed in it asks first; sent twice by a double click, it goes once. */
function surveiller(formulaire) {
  let modifie = Boolean(document.querySelector("#erreurs, #rendu")), envoye = false;
  formulaire.addEventListener("input", () => { modifie = true; });
  formulaire.addEventListener("change", () => { modifie = true; });
  formulaire.addEventListener("submit", (e) => {
    if (envoye) { e.preventDefault(); return; }
    envoye = true; modifie = false;
    formulaire.querySelectorAll("button[type=submit]").forEach((b) => b.setAttribute("aria-disabled", "true"));
  });
  addEventListener("beforeunload", (e) => { if (modifie) e.preventDefault(); });
  addEventListener("pageshow", () => { envoye = false; });
}

/* A file that takes time: say that it is being made, since the page stays while the browser waits for it. */
function attendre(formulaire) {
  const dit = creer("p", { class: "attente", role: "status" });
  formulaire.append(dit);
  formulaire.addEventListener("submit", () => {
    dit.textContent = "Le fichier se prépare : le téléchargement commencera tout seul. Vous pouvez laisser cette page ouverte.";
  });
  addEventListener("pageshow", () => { dit.textContent = ""; });
}

/* A part that takes longer comes once the page is shown; until then, and without this file, its link leads to it. */
async function arriver(place) {
  place.setAttribute("aria-busy", "true");
  try {
    const reponse = await fetch(place.dataset.arrive, { headers: { Accept: "text/html" } });
    const venue = new DOMParser().parseFromString(await reponse.text(), "text/html").getElementById(place.id);
    if (reponse.ok && venue) { place.replaceWith(venue); return insecables(); }
  } catch { /* the link stays */ }
  place.removeAttribute("aria-busy");
}

document.addEventListener("DOMContentLoaded", () => {
  chacun("[data-choix]", combo);
  chacun("[data-frappe]", frappe);
  chacun("[data-onglets]", onglets);
  chacun("[data-confirmer]", confirmer);
  chacun("[data-surveiller]", surveiller);
  chacun("[data-attente]", attendre);
  chacun("[data-arrive]", arriver);
  if (location.hash && !parId("erreurs")) document.querySelector(`[data-surveiller] input#${CSS.escape(location.hash.slice(1))}`)?.focus();
});
