// 邻里 Linli: filling in a filing. An item is saved when one of its inputs is left; what cannot be sent, because the
// portal cannot be reached or the session is over, stays in the page and in this browser, and is sent when it can be.
"use strict";
(function () {
  var AGAIN = 5000;  // milliseconds between attempts while something waits
  var drafts = window.linliDrafts;
  var forms = Array.prototype.slice.call(document.querySelectorAll("form[data-item]:not([data-closed])"));
  if (!drafts || !forms.length) { return; }

  function Item(form) {
    var item = { form: form, address: form.getAttribute("action"), sending: false, again: false, waits: 0, over: false };
    item.state = form.querySelector("[data-state]");
    item.local = form.querySelector("[data-local]");
    item.conflict = form.querySelector("[data-conflict]");
    item.seen = form.elements.seen.length ? form.elements.seen[0] : form.elements.seen;
    form.querySelectorAll(".save").forEach(function (button) { button.hidden = true; });
    form.addEventListener("change", function (event) { if (event.target.name !== "seen") { send(item); } });
    form.addEventListener("input", function () { keep(item); });
    form.addEventListener("submit", function (event) {
      if (event.submitter && event.submitter.hasAttribute("formaction")) { drafts.store.drop(item.address); return; }
      event.preventDefault();
      send(item);
    });
    item.conflict.addEventListener("click", function (event) { choose(item, event); });
    return item;
  }

  function inputs(form) {
    return Array.prototype.filter.call(form.elements, function (input) {
      return input.name && input.type !== "hidden" && input.type !== "submit" && input.tagName !== "FIELDSET";
    });
  }

  function valuesOf(form) {
    var values = {};
    inputs(form).forEach(function (input) {
      if (input.type !== "radio") { values[input.name] = input.value; } else if (input.checked) { values[input.name] = input.value; }
    });
    return values;
  }

  function putInto(form, values) {
    inputs(form).forEach(function (input) {
      if (input.type === "radio") { input.checked = values[input.name] === input.value; } else { input.value = values[input.name] || ""; }
    });
  }

  function keep(item) {
    drafts.store.put(item.address, { milliseconds: Date.now(), seen: item.seen.value, values: valuesOf(item.form) });
  }

  function say(item, word, at) {
    item.local.textContent = word ? item.local.dataset[word].replace("{at}", drafts.clock(at)) : "";
    if (word === "over") {
      var link = document.createElement("a");
      link.href = item.local.dataset.signIn;
      link.textContent = item.local.dataset.signInText;
      item.local.append(" ", link);
    }
  }

  function waits(item, word) {
    if (!item.waits) { item.waits = Date.now(); }
    keep(item);
    say(item, word, item.waits);
  }

  function replace(id, html) {
    var part = document.getElementById(id);
    if (part) { part.innerHTML = html; }
  }

  function errors(item, told) {
    item.form.querySelectorAll("[data-input]").forEach(function (field) {
      var text = told[field.dataset.input] || "";
      var error = field.querySelector("[data-error]");
      error.textContent = text;
      error.hidden = !text;
      field.classList.toggle("has-error", !!text);
    });
  }

  function taken(item, status, told, sentValues) {
    item.waits = 0;
    say(item, "");
    errors(item, told.errors);
    replace("filing-sections", told.sections);
    replace("filing-foot", told.foot);
    item.state.innerHTML = told.state;
    item.conflict.innerHTML = told.conflict || "";
    if (status === 200) {
      item.seen.value = told.version;
      if (JSON.stringify(valuesOf(item.form)) === sentValues) { drafts.store.drop(item.address); } else { item.again = true; }
      var saved = document.querySelector("[data-saved]");
      if (saved) { saved.textContent = document.querySelector(".filing").dataset.savedText.replace("{at}", told.saved); }
    } else {
      keep(item);
      if (told.conflict) { item.theirs = told; }
      else if (told.errors[""]) { item.state.textContent = ""; line(item.state, told.errors[""]); }
    }
  }

  function line(place, text) {
    var told = document.createElement("p");
    told.className = "field-error";
    told.textContent = text;
    place.append(told);
  }

  function send(item) {
    if (item.sending) { item.again = true; return; }
    item.sending = true;
    item.again = false;
    var body = new FormData(item.form);
    body.set("seen", item.seen.value);
    var sentValues = JSON.stringify(valuesOf(item.form));
    fetch(item.address, { method: "POST", body: body, credentials: "same-origin", redirect: "manual", headers: { Accept: "application/json" } })
      .then(function (answer) {
        item.over = answer.type === "opaqueredirect" || answer.status === 401;
        if (item.over) { waits(item, "over"); return null; }
        if (answer.status >= 500) { waits(item, "here"); return null; }
        if ([200, 409, 422].indexOf(answer.status) < 0) { item.over = true; waits(item, "refused"); return null; }
        return answer.json().then(function (told) { taken(item, answer.status, told, sentValues); });
      })
      .catch(function () { waits(item, "here"); })
      .then(function () {
        item.sending = false;
        if (item.again) { send(item); }
      });
  }

  function choose(item, event) {
    if (!item.theirs) { return; }
    if (event.target.closest("[data-keep-mine]")) {
      event.preventDefault();
      item.seen.value = item.theirs.version;
      item.conflict.innerHTML = "";
      send(item);
    } else if (event.target.closest("[data-take-theirs]")) {
      event.preventDefault();
      item.seen.value = item.theirs.version;
      putInto(item.form, item.theirs.theirs);
      item.conflict.innerHTML = "";
      drafts.store.drop(item.address);
    }
  }

  var items = forms.map(Item);
  items.forEach(function (item) {
    var kept = drafts.store.get(item.address);
    if (!kept || !kept.values) { return; }
    if (JSON.stringify(kept.values) === JSON.stringify(valuesOf(item.form))) { drafts.store.drop(item.address); return; }
    putInto(item.form, kept.values);
    item.seen.value = kept.seen;
    say(item, "back", kept.milliseconds);
    send(item);
  });

  function sendWaiting() {
    items.forEach(function (item) { if (item.waits && !item.over) { send(item); } });
  }
  window.addEventListener("online", sendWaiting);
  setInterval(sendWaiting, AGAIN);
  window.addEventListener("pageshow", function (event) { if (event.persisted) { window.location.reload(); } });
})();
