/* A draft of the form is kept in this browser as one types, encrypted with a key that only the open session gives. It is
   offered when the form is opened again. */
"use strict";

const armoire = (() => { try { return localStorage; } catch { return null; } })();
const ETATS = ["jeton", "version", "versions", "empreinte", "montre"];
const enOctets = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const enBase64 = (tampon) => btoa(Array.from(new Uint8Array(tampon), (o) => String.fromCharCode(o)).join(""));

/* The same form opened from elsewhere, or filled by Tandem, is the same form. */
async function nomDuBrouillon(formulaire, compte) {
  const adresse = new URL(formulaire.getAttribute("action"), location);
  for (const nom of ["retour", "texte_garde"]) adresse.searchParams.delete(nom);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(adresse.pathname + adresse.search));
  return `brouillon:${compte}:${enBase64(hash)}`;
}

async function cleDuJour(etat, compte, jour) {
  const reponse = await fetch(etat, { headers: { Accept: "application/json" } });
  const lu = reponse.ok ? await reponse.json() : {};
  const donnee = String(lu.compte) === compte && lu.cles.find((c) => !jour || c.jour === jour);
  if (!donnee) return null;
  const cle = await crypto.subtle.importKey("raw", enOctets(donnee.cle), "AES-GCM", false, ["encrypt", "decrypt"]);
  return { jour: donnee.jour, cle };
}

const tapes = (formulaire) => [...new FormData(formulaire)].filter(([nom, valeur]) => nom !== "csrf_token" && nom !== "texte_garde" && typeof valeur === "string");
const saisis = (champs) => JSON.stringify(champs.filter(([nom]) => !ETATS.includes(nom)));

/* Each value in its control, in order. A box that was not sent was not ticked. */
function remettre(formulaire, champs) {
  const restes = [...champs];
  const prendre = (nom) => {
    const rang = restes.findIndex(([n]) => n === nom);
    return rang < 0 ? undefined : restes.splice(rang, 1)[0][1];
  };
  for (const c of formulaire.elements) {
    if (!c.name || /^(file|password|submit|button|fieldset)$/.test(c.type) || c.name === "csrf_token" || c.name === "texte_garde") continue;
    if (c.type === "checkbox" || c.type === "radio") c.checked = champs.some(([nom, valeur]) => nom === c.name && valeur === c.value);
    else {
      const valeur = prendre(c.name);
      const aSuivre = c.type !== "hidden" || ETATS.includes(c.name) || formulaire.elements.namedItem(`${c.name}-texte`);
      if (valeur !== undefined && aSuivre) c.value = valeur;
    }
  }
  formulaire.dispatchEvent(new Event("change"));
}

/* A line that Tandem draws for a youth who was chosen is asked again with what it held. */
function redessiner(formulaire, champs) {
  const bouton = formulaire.querySelector("[data-redessine]"), controles = [...formulaire.elements];
  const present = ([nom, valeur]) => controles.some((c) => c.name === nom && (c.type !== "checkbox" || c.value === valeur));
  const absents = champs.filter((champ) => !ETATS.includes(champ[0]) && champ[0] !== "retour" && !present(champ));
  if (!bouton || !absents.length) return;
  absents.forEach(([name, value]) => formulaire.append(creer("input", { type: "hidden", name, value })));
  formulaire.requestSubmit(bouton);
}

async function brouillon(formulaire) {
  const avis = document.getElementById("session-avis");
  if (!avis || !armoire || !window.crypto?.subtle) return;
  const { etat, compte } = avis.dataset, nom = await nomDuBrouillon(formulaire, compte);
  let donnee = null, attente = 0, parti = false, tour = 0;

  const garder = async () => {
    const mien = ++tour;
    try {
      donnee ??= await cleDuJour(etat, compte);
      if (!donnee || parti || mien !== tour) return;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const clair = new TextEncoder().encode(JSON.stringify(tapes(formulaire)));
      const texte = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, donnee.cle, clair);
      if (!parti && mien === tour) armoire.setItem(nom, JSON.stringify({ le: Date.now(), jour: donnee.jour, iv: enBase64(iv), texte: enBase64(texte) }));
    } catch { /* without network, or without room, there is no draft: typing goes on */ }
  };
  const retrouver = async () => {
    const garde = JSON.parse(armoire.getItem(nom) ?? "null");
    const lue = garde && await cleDuJour(etat, compte, garde.jour);
    if (!lue) return null;
    const clair = await crypto.subtle.decrypt({ name: "AES-GCM", iv: enOctets(garde.iv) }, lue.cle, enOctets(garde.texte));
    return { le: garde.le, champs: JSON.parse(new TextDecoder().decode(clair)) };
  };

  const plusTard = () => { clearTimeout(attente); attente = setTimeout(garder, 500); };
  formulaire.addEventListener("input", plusTard);
  formulaire.addEventListener("change", plusTard);
  formulaire.addEventListener("submit", (e) => {
    if (e.defaultPrevented) return;
    clearTimeout(attente); parti = true;
    sessionStorage.setItem("parti", JSON.stringify([nom, location.href.split("#")[0]]));
  });
  addEventListener("pageshow", (e) => { if (e.persisted) { parti = false; sessionStorage.removeItem("parti"); } });

  formulaire.addEventListener("enregistre", () => { clearTimeout(attente); tour += 1; armoire.removeItem(nom); });
  if ("tape" in formulaire.dataset || document.querySelector("#erreurs, #rendu")) return garder();
  const ancien = await retrouver().catch(() => null);
  if (ancien && saisis(ancien.champs) !== saisis(tapes(formulaire))) proposer(formulaire, nom, ancien);
}

function proposer(formulaire, nom, { le, champs }) {
  const quand = new Intl.DateTimeFormat("fr-FR", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" }).format(le);
  const reprendre = creer("button", { type: "button", class: "bouton principal" }, "Reprendre");
  const effacer = creer("button", { type: "button", class: "bouton" }, "Effacer");
  const phrase = creer("p", { role: "status" });
  const boite = creer("section", { class: "message attention", "aria-label": "Brouillon de ce navigateur" }, phrase, creer("p", { class: "actions" }, reprendre, effacer));
  const fermer = () => { boite.remove(); document.getElementById("contenu").focus({ preventScroll: true }); };
  formulaire.before(boite);
  phrase.textContent = `Reprendre ce que vous aviez tapé ici le ${quand}\u00a0? Rien n’en a été enregistré.`;
  reprendre.addEventListener("click", () => { remettre(formulaire, champs); fermer(); redessiner(formulaire, champs); });
  effacer.addEventListener("click", () => { armoire.removeItem(nom); fermer(); });
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-surveiller], [data-seance], [data-brouillon]").forEach(brouillon));
