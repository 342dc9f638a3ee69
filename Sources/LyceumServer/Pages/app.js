// What a script adds to pages that work without one: completions while typing, and results at once when a facet changes.
(() => {
  "use strict";
  const form = document.getElementById("search");
  if (!form) return;

  // Where there is room, what narrow windows fold away is open; older browsers show it no other way.
  if (matchMedia("(min-width: 52.01rem)").matches) document.querySelector(".facets").open = true;

  // Completions.

  const input = document.getElementById("q");
  const list = document.getElementById("suggestions");
  let waiting;
  let asking;
  input.addEventListener("input", (event) => {
    clearTimeout(waiting);
    asking?.abort();
    // A completion that was taken, not typed.
    if (event.inputType === "insertReplacementText" || !(event instanceof InputEvent)) return;
    if (input.value.trim().length < 2) { list.replaceChildren(); return; }
    waiting = setTimeout(complete, 200);
  });

  async function complete() {
    asking = new AbortController();
    const query = new URLSearchParams({ in: form.dataset.collection, q: input.value });
    try {
      const answer = await fetch(`/suggestions?${query}`, { signal: asking.signal, redirect: "error", headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const { suggestions } = await answer.json();
      list.replaceChildren(...suggestions.map(({ text }) => {
        const option = document.createElement("option");
        option.value = text;
        return option;
      }));
    } catch { /* Typing goes on without completions. */ }
  }

  // Facets, ranges and order: the same page as the form would lead to, put in place of the results, with the focus where it was.

  let fetching;
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.form !== form || field === input || field.id === "filter") return;
    refresh();
  });

  async function refresh() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== "") query.append(name, value);
    const address = `/?${query}`;
    fetching?.abort();
    fetching = new AbortController();
    const results = document.getElementById("results");
    results.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: fetching.signal, redirect: "error", headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("results");
      const facets = page.querySelector(".facets-body");
      if (!fresh || !facets) throw new Error("another page");
      history.replaceState(null, "", address);
      const back = document.querySelector(".purpose [name=to]");
      if (back) back.value = address;
      replace(facets);
      // The line with the count stays, so that what is put into it is read out.
      const summary = document.getElementById("summary");
      summary.replaceChildren(...fresh.querySelector("#summary").childNodes);
      for (const element of [...results.children]) if (element !== summary) element.remove();
      let isBefore = true;
      for (const element of [...fresh.children]) {
        if (element.id === "summary") { isBefore = false; continue; }
        if (isBefore) summary.before(element); else results.append(element);
      }
      document.querySelector(".facets > summary").replaceChildren(...page.querySelector(".facets > summary").childNodes);
      results.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name !== "AbortError") location.assign(address);
    }
  }

  function replace(facets) {
    const focused = document.activeElement;
    const key = focused?.form === form && focused.name ? [focused.name, focused.type === "checkbox" ? focused.value : ""] : undefined;
    const open = [...document.querySelectorAll(".facets-body details[open]")].map((details) => details.closest("fieldset").querySelector("legend").textContent);
    document.querySelector(".facets-body").replaceWith(facets);
    for (const fieldset of facets.querySelectorAll("fieldset")) {
      const details = fieldset.querySelector("details");
      if (details && open.includes(fieldset.querySelector("legend").textContent)) details.open = true;
    }
    if (!key) return;
    [...form.elements].find((field) => field.name === key[0] && (key[1] === "" || field.value === key[1]))?.focus({ preventScroll: true });
  }
})();
