// What pages do beside what they do without any script. Each part looks for its own
// attribute, so that templates say where it works:
//
//   <time datetime>          shown in the reader's own zone
//   <button data-copy hidden>  copies the text of the element that it names, or its value
//   <button data-confirm>    asks before it sends
//   <input data-pick>        suggests from an address that answers ?q=
//   <input data-all>         ticks all boxes of a name
//   <textarea data-complete>  completes the names of a table, each in a data-name
//   <… data-key>             is reached by a key; ? lists the keys
//   <… id data-live>         is read again when something has happened
//   <… id data-refresh>      is read again every so many seconds
"use strict";
(() => {
  const base = document.body.dataset.base || "";
  const language = document.documentElement.lang;

  const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);

  function localTimes(root) {
    each(root, "time[datetime]", (t) => {
      const at = new Date(t.dateTime);
      if (isNaN(at) || t.title) return;
      t.title = t.textContent;
      t.textContent = at.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
    });
  }

  function copying(root) {
    if (!navigator.clipboard) return;
    each(root, "button[data-copy]", (b) => {
      b.hidden = false;
      b.addEventListener("click", async () => {
        const from = document.getElementById(b.dataset.copy);
        await navigator.clipboard.writeText("value" in from ? from.value : from.textContent);
        const text = b.textContent;
        b.textContent = b.dataset.done || "✓";
        setTimeout(() => { b.textContent = text; }, 1500);
      });
    });
  }

  function confirming(root) {
    each(root, "button[data-confirm]", (b) => b.addEventListener("click", (e) => {
      if (b.dataset.sure) return;
      e.preventDefault();
      const dialog = document.createElement("dialog");
      const text = document.createElement("p");
      text.textContent = b.dataset.confirm;
      const yes = document.createElement("button"), no = document.createElement("button"), row = document.createElement("div");
      yes.type = no.type = "button";
      yes.textContent = b.textContent;
      yes.className = b.className;
      no.textContent = b.dataset.cancel || "Cancel";
      no.className = "plain";
      row.className = "buttons";
      row.append(yes, no);
      dialog.append(text, row);
      document.body.append(dialog);
      no.addEventListener("click", () => dialog.close());
      yes.addEventListener("click", () => { b.dataset.sure = "1"; dialog.close(); b.click(); });
      dialog.addEventListener("close", () => { dialog.remove(); b.focus(); });
      dialog.showModal();
    }));
  }

  let lists = 0;
  function picking(root) {
    each(root, "input[data-pick]", (input) => {
      const list = document.createElement("datalist");
      list.id = "picked-" + ++lists;
      input.after(list);
      input.setAttribute("list", list.id);
      input.autocomplete = "off";
      let asked = 0;
      input.addEventListener("input", async () => {
        const turn = ++asked, text = input.value.trim();
        if (text.length < 2) return;
        await new Promise((go) => setTimeout(go, 150));
        if (turn !== asked) return;
        const answer = await fetch(input.dataset.pick + (input.dataset.pick.includes("?") ? "&" : "?") + "q=" + encodeURIComponent(text), { headers: { Accept: "application/json" } });
        if (!answer.ok || turn !== asked) return;
        list.replaceChildren(...(await answer.json()).map((found) => {
          const o = document.createElement("option");
          o.value = found.value;
          o.label = found.text;
          return o;
        }));
      });
    });
  }

  function completing(root) {
    each(root, "textarea[data-complete]", (area) => {
      const list = document.createElement("ul");
      list.className = "complete";
      list.hidden = true;
      area.after(list);
      const begun = () => /[\w.]*$/.exec(area.value.slice(0, area.selectionStart))[0];
      area.addEventListener("input", () => {
        const word = begun();
        const names = word.length < 2 ? [] : [...document.querySelectorAll("#" + area.dataset.complete + " [data-name]")].map((e) => e.dataset.name);
        const found = names.filter((name) => name !== word && name.startsWith(word)).slice(0, 8);
        list.hidden = found.length === 0;
        list.replaceChildren(...found.map((name) => {
          const item = document.createElement("li"), b = document.createElement("button");
          b.type = "button";
          b.className = "plain";
          b.textContent = name;
          b.addEventListener("click", () => {
            const end = area.selectionStart;
            area.setRangeText(name, end - begun().length, end, "end");
            list.hidden = true;
            area.focus();
          });
          item.append(b);
          return item;
        }));
      });
      area.addEventListener("keydown", (e) => { if (e.key === "Escape") list.hidden = true; });
    });
  }

  function ticking(root) {
    each(root, "input[data-all]", (all) => {
      all.closest("[hidden]")?.removeAttribute("hidden");
      const boxes = () => document.querySelectorAll('input[type=checkbox][name="' + all.dataset.all + '"]');
      all.addEventListener("change", () => boxes().forEach((b) => { b.checked = all.checked; }));
    });
  }

  // Typing in a field is no key, nor is one with Ctrl, Alt or Meta (WCAG 2.1.4).
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog")) return;
    if (e.key === "?") {
      document.getElementById("keys")?.showModal();
      return;
    }
    const found = document.querySelector('[data-key="' + CSS.escape(e.key) + '"]');
    if (!found) return;
    e.preventDefault();
    found.matches("a[href]") ? found.click() : found.focus();
    if (found.matches("input[type=radio]")) found.checked = true;
  });

  async function readAgain() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    each(document, "[data-live][id], [data-refresh][id]", (old) => {
      const now = page.getElementById(old.id);
      if (!now || old.contains(document.activeElement) || old.querySelector("input:checked, details[open]")) return;
      if (now.innerHTML === old.dataset.was) return;
      const was = now.innerHTML;
      old.replaceWith(now);
      now.dataset.was = was;
      enhance(now);
    });
    refresh();
  }

  let timer;
  function refresh() {
    clearTimeout(timer);
    const waiting = document.querySelector("[data-refresh][id]");
    if (waiting) timer = setTimeout(readAgain, 1000 * (Number(waiting.dataset.refresh) || 3));
  }

  function live() {
    if (!document.querySelector("[data-live][id]")) return;
    const stream = new EventSource(base + "/live");
    let soon;
    stream.addEventListener("changed", () => {
      clearTimeout(soon);
      soon = setTimeout(readAgain, 300);
    });
    addEventListener("pagehide", () => stream.close());
  }

  function enhance(root) {
    localTimes(root);
    copying(root);
    confirming(root);
    picking(root);
    completing(root);
    ticking(root);
  }

  // One open menu at a time, also where browsers do not know <details name>; Escape closes it.
  document.addEventListener("click", (e) => each(document, "details.menu[open]", (m) => { if (!m.contains(e.target)) m.open = false; }));
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") each(document, "details.menu[open]", (m) => { m.open = false; m.querySelector("summary").focus(); }); });

  enhance(document);
  refresh();
  live();
})();
