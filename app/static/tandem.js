/* What every page does: the menu, the search, the focus, the end of the session. Each page also works without this file. */
"use strict";
document.documentElement.classList.add("script");

const parId = (id) => document.getElementById(id);
const chacun = (choix, faire) => document.querySelectorAll(choix).forEach(faire);
const csrf = () => document.querySelector("meta[name=csrf]").content;

/* The menu of small screens is a popover: the browser opens and closes it, here it is told. */
function menu() {
  const bouton = document.querySelector("[popovertarget=menu]"), nav = parId("menu");
  if (!bouton || !nav) return;
  nav.addEventListener("toggle", (e) => {
    bouton.setAttribute("aria-expanded", e.newState === "open");
    if (e.newState === "open") nav.querySelector("a").focus();
  });
}

/* A menu taller than the window shows where one stands, scrolled no further than that needs. */
function montrerIci(ici) {
  const nav = parId("menu"), bas = ici.getBoundingClientRect().bottom - nav.getBoundingClientRect().bottom;
  if (bas > 0) nav.scrollTop += bas + 16;
}

/* « / » reaches the search of the banner, unless something is being typed. */
function raccourci(e) {
  const champ = parId("chercher");
  if (e.key !== "/" || !champ || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
  e.preventDefault();
  champ.focus(); champ.select();
}

/* What has just been done takes the focus, so that it is read and seen; or is only told where the address leads elsewhere. */
function annoncer() {
  const erreurs = parId("erreurs"), messages = parId("rendu") ?? parId("messages");
  if (erreurs) return erreurs.focus();
  if (!messages) return;
  const ailleurs = location.hash && parId(location.hash.slice(1));
  if (!ailleurs) return messages.focus();
  setTimeout(() => { parId("annonce").textContent = messages.textContent.trim(); }, 300);
}

/* French keeps its double punctuation, its « » and its units on the line of the word: never alone at the start of a line. */
function insecables() {
  const textes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (textes.nextNode()) {
    const texte = textes.currentNode;
    if (/ [:;?!»%€]|« /.test(texte.data) && !texte.parentElement.closest("textarea, option, script")) texte.data = texte.data.replace(/ (?=[:;?!»%€])/g, "\u00a0").replace(/« /g, "«\u00a0");
  }
}

/* The skip link gives the focus without changing the address: a form sent afterwards comes back to its errors. */
function evitement(lien) {
  lien.addEventListener("click", (e) => { e.preventDefault(); const la = parId(lien.hash.slice(1)); la.focus(); la.scrollIntoView(); });
}

/* The answer to a form comes from its page: what it held is saved, or is in this very page. Its draft (brouillon.js) goes. */
function repondu() {
  const [nom, page] = JSON.parse(sessionStorage.parti ?? "[]");
  delete sessionStorage.parti;
  if (page === document.referrer && parId("session-avis")) localStorage.removeItem(nom);
}

/* The drafts of brouillon.js live one day (864e5 ms), and no longer than the session. */
function oublier(prefixe, depuis) {
  for (const nom of Object.keys(localStorage)) if (nom.startsWith(prefixe) && !(JSON.parse(localStorage[nom]).le > depuis)) localStorage.removeItem(nom);
}

/* Warn before the session closes, and keep what is typed when it has. The base decides: this page only asks it. */
function session(avis) {
  const texte = avis.querySelector("[role=alert]"), prolonger = avis.querySelector("form"), revenir = avis.querySelector("a");
  const { etat, compte } = avis.dataset, avertir = Number(avis.dataset.avertir) * 1000;
  let fin = 0, finAbsolue = 0, ferme = false, coupe = false, dit = "", demandeA = 0;

  const noter = (reste, total) => { fin = Date.now() + reste * 1000; finAbsolue = Date.now() + total * 1000; };
  const dire = (phrase, { bouton = false, lien = false } = {}) => {
    prolonger.hidden = !bouton; revenir.hidden = !lien; avis.hidden = false;
    if (dit !== phrase) texte.textContent = dit = phrase;
  };
  const cacher = () => { avis.hidden = true; texte.textContent = dit = ""; };
  const jetonneuf = (jeton) => {
    document.querySelector("meta[name=csrf]").content = jeton;
    chacun("input[name=csrf_token]", (champ) => { champ.value = jeton; });
  };

  /* What the base says: another tab may have prolonged, or closed. One question at a time, so that answers keep their order. */
  let enCours = null;
  const demander = (adresse = etat, envoi = {}) => {
    enCours ??= interroger(adresse, envoi).finally(() => { enCours = null; });
    return enCours;
  };
  const interroger = async (adresse, envoi) => {
    demandeA = Date.now();
    const reponse = await fetch(adresse, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000), ...envoi });
    if (reponse.status === 401) { ferme = true; coupe = false; return false; }
    if (!reponse.ok) throw new Error();
    const lu = await reponse.json();
    coupe = false;
    if (String(lu.compte) !== compte) { ferme = "autre"; return false; }
    ferme = false;
    noter(lu.reste, lu.total);
    jetonneuf(lu.jeton);
    return true;
  };

  const montrer = () => {
    if (coupe) return dire("Tandem ne répond pas. Rien n’est parti, votre texte est encore là : enregistrez de nouveau au retour du réseau.");
    if (ferme === "autre") {
      return dire("Une autre personne s’est connectée dans ce navigateur. N’enregistrez rien d’ici : recopiez votre texte, puis rechargez la page.");
    }
    if (ferme) {
      return dire("Votre session est fermée. Ce que vous avez tapé est encore là : reconnectez-vous dans un autre onglet, revenez ici, puis enregistrez.", { lien: true });
    }
    const minutes = Math.max(1, Math.ceil((fin - Date.now()) / 60000));
    const duree = minutes > 1 ? `${minutes} minutes` : "une minute";
    if (finAbsolue <= fin + 1000) return dire(`Votre session se ferme dans ${duree} : elle est ouverte depuis douze heures. Enregistrez votre texte.`);
    dire(`Sans action de votre part, votre session se ferme dans ${duree}.`, { bouton: true });
  };

  const veiller = async () => {
    const reste = fin - Date.now();
    if (!ferme && !coupe && reste > avertir) { cacher(); return; }
    if (Date.now() - demandeA > 20000 || (!ferme && reste <= 0)) {
      const etait = ferme, muet = coupe;
      try { await demander(); } catch { return; }
      if ((etait || muet) && !ferme) return dire(`${muet ? "Tandem répond de nouveau" : "Vous êtes de nouveau connecté"} : vous pouvez enregistrer.`);
    }
    if (!ferme && !coupe && fin - Date.now() > avertir) cacher(); else montrer();
  };

  prolonger.addEventListener("submit", async (e) => {
    e.preventDefault(); e.stopPropagation();
    try {
      if (await demander()) await demander(prolonger.action, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": csrf() } });
    } catch { return; }
    if (ferme) montrer(); else { cacher(); parId("contenu").focus({ preventScroll: true }); }
  });

  /* Before each sending the base is asked, whatever the clock says: another tab may have closed the session. A form that
     would be lost stays on the screen; two clicks meanwhile make one sending. */
  const racine = document.documentElement;
  let demande = false, sur = false;
  document.addEventListener("submit", async (e) => {
    const formulaire = e.target, bouton = e.submitter;
    if (/(logout\/|sessions\/fermer)$/.test(formulaire.action)) return oublier(`brouillon:${compte}:`, Infinity);
    if (formulaire === prolonger || formulaire.method !== "post" || sur) return;
    e.preventDefault(); e.stopImmediatePropagation();
    if (demande) return;
    demande = true; racine.dataset.envoi = "oui";
    const ouverte = await demander().catch(() => { coupe = true; });
    demande = false;
    /* The next page has no such mark; a file that comes leaves this one as it is. */
    setTimeout(() => delete racine.dataset.envoi, ouverte ? 2000 : 0);
    if (ouverte) { sur = true; formulaire.requestSubmit(bouton); sur = false; return; }
    formulaire.closest("dialog")?.close();
    montrer();
    (revenir.hidden ? avis : revenir).focus();
  }, true);

  const reveiller = () => { demandeA = 0; veiller(); };
  addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") reveiller(); });
  addEventListener("online", () => { if (coupe) reveiller(); });
  addEventListener("focus", () => { if (ferme) reveiller(); });
  noter(Number(avis.dataset.reste), Number(avis.dataset.total));
  setInterval(veiller, Number(avis.dataset.pas || 5) * 1000);
}

/* A panel of choices closes with Escape, and with a click elsewhere. */
function volet(bloc) {
  const fermer = () => { bloc.open = false; };
  bloc.addEventListener("keydown", (e) => { if (e.key === "Escape" && bloc.open) { fermer(); bloc.firstElementChild.focus(); } });
  document.addEventListener("click", (e) => { if (!bloc.contains(e.target)) fermer(); });
}

/* A phone draws the rows of a list as blocks, and some browsers then forget that it is a table: each part says what it is. */
const PARTS = { table: "table", tr: "row", td: "cell", th: "columnheader" };
function nommer(part) {
  part.setAttribute("role", part.scope === "row" ? "rowheader" : PARTS[part.localName] ?? "rowgroup");
}

document.addEventListener("keydown", raccourci);
document.addEventListener("DOMContentLoaded", () => {
  insecables();
  chacun("table.liste, .liste :is(thead, tbody, tfoot, tr, th, td)", nommer);
  menu();
  chacun("#menu ul ul [aria-current]", montrerIci);
  chacun(".evitement", evitement);
  chacun("details.deroule", volet);
  chacun("#session-avis", session);
  annoncer();
  repondu();
  oublier("brouillon:", Date.now() - 864e5);
});
/* An address that ends with #something has taken the focus meanwhile. */
addEventListener("load", () => parId("erreurs")?.focus());
