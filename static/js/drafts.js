// 邻里 Linli: what is typed and not sent is kept. On the server while it can be reached and the session holds, else in
// this browser under the account's number; there it is removed at sign-out and when somebody else signs in.
"use strict";
(function () {
  var PREFIX = "linli-draft:";
  var PAUSE = 1500;  // milliseconds without a key before the text is sent to be kept
  var holder = document.querySelector("meta[name=account]");
  var account = holder ? holder.content : "";

  // This browser's own keeping; a browser that forbids it keeps nothing, and nothing else changes.
  var store = {
    key: function (address) { return PREFIX + account + ":" + address; },
    get: function (address) {
      try { return JSON.parse(localStorage.getItem(store.key(address))); } catch (error) { return null; }
    },
    put: function (address, draft) {
      try { localStorage.setItem(store.key(address), JSON.stringify(draft)); return true; } catch (error) { return false; }
    },
    drop: function (address) { try { localStorage.removeItem(store.key(address)); } catch (error) { /* nothing kept */ } },
    clear: function (but) {
      try {
        Object.keys(localStorage).forEach(function (key) {
          if (key.indexOf(PREFIX) === 0 && !(but && key.indexOf(PREFIX + but + ":") === 0)) { localStorage.removeItem(key); }
        });
      } catch (error) { /* nothing kept */ }
    }
  };

  window.linliDrafts = { store: store, clock: clock };  // pages that save by themselves keep by the same rules

  if (account) { store.clear(account); }
  document.addEventListener("submit", function (event) {
    if (event.target.hasAttribute("data-sign-out")) { store.clear(); }
  });

  // A form that was taken says so once, so that this browser's own copy goes, too.
  var sent = document.cookie.match(/(?:^|; )draft_sent=([^;]*)/);
  if (sent && account) {
    store.drop(decodeURIComponent(sent[1]));
    document.cookie = "draft_sent=; Max-Age=0; Path=/; SameSite=Lax";
  }

  function isKept(input) {
    var kinds = ["password", "file", "hidden", "submit", "button", "reset", "image"];
    return input.name && !input.disabled && input.type && kinds.indexOf(input.type) < 0 &&
      input.name.indexOf("csrf") !== 0 && !(input.closest && input.closest("[data-private]"));
  }

  function inputsOf(form) {
    return Array.prototype.filter.call(form.elements, isKept);
  }

  function fieldsOf(form) {
    var fields = [];
    inputsOf(form).forEach(function (input) {
      if (input.type === "checkbox" || input.type === "radio") {
        if (input.checked) { fields.push([input.name, input.value]); }
      } else if (input.tagName === "SELECT") {
        Array.prototype.forEach.call(input.selectedOptions, function (option) {
          fields.push([input.name, option.value, option.textContent.trim()]);
        });
      } else {
        fields.push([input.name, input.value]);
      }
    });
    return fields;
  }

  // The portal tells the numbers of people from others; here whatever could be one stays out: eleven digits in a row,
  // also full-width or written in groups.
  function holdsNoNumber(field) {
    return field.slice(1).every(function (part) {
      var digits = part.replace(/[\uff10-\uff19]/g, function (digit) { return String.fromCharCode(digit.charCodeAt(0) - 0xfee0); });
      return !/[0-9]{11}/.test(digits.replace(/[\s\-\u2010-\u2015\u200b\ufeff]+/g, ""));
    });
  }

  function putBack(form, fields) {
    var values = {};
    var missing = 0;
    fields.forEach(function (field) { (values[field[0]] = values[field[0]] || []).push(field); });
    var inputs = inputsOf(form);
    Object.keys(values).forEach(function (name) {
      var hidden = form.elements[name];  // what a form sends by itself was never typed
      if (hidden && hidden.type === "hidden") { return; }
      if (!inputs.some(function (input) { return input.name === name; })) { missing += 1; }
    });
    var taken = {};
    inputs.forEach(function (input) {
      var own = values[input.name];
      if (input.type === "checkbox" || input.type === "radio") {
        input.checked = !!own && own.some(function (field) { return field[1] === input.value; });
      } else if (input.tagName === "SELECT") {
        choose(input, own || []);
      } else if (own) {
        var next = taken[input.name] || 0;
        taken[input.name] = next + 1;
        if (own[next]) { input.value = own[next][1]; }
      }
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return missing;
  }

  function choose(select, own) {
    own.forEach(function (field) {  // a searched choice knows only the rows it has shown
      var known = Array.prototype.some.call(select.options, function (option) { return option.value === field[1]; });
      if (!known) { select.add(new Option(field[2] || field[1], field[1])); }
    });
    Array.prototype.forEach.call(select.options, function (option) {
      option.selected = own.some(function (field) { return field[1] === option.value; });
    });
  }

  function clock(milliseconds) {
    var at = new Date(milliseconds);
    var two = function (number) { return (number < 10 ? "0" : "") + number; };
    var time = two(at.getHours()) + ":" + two(at.getMinutes());
    if (at.toDateString() === new Date().toDateString()) { return time; }
    return at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate()) + " " + time;
  }

  function keep(part) {
    var form = part.closest("form");
    var address = part.dataset.draft;
    var url = part.dataset.draftsUrl;
    var state = part.querySelector("[data-draft-state]");
    var offer = part.querySelector("[data-draft-offer]");
    var timer = null;
    var typed = false;   // since it was last kept anywhere
    var sending = false;

    function say(word, values) {
      var text = state.dataset[word];
      Object.keys(values || {}).forEach(function (name) { text = text.replace("{" + name + "}", values[name]); });
      state.textContent = text;
    }

    function ask(body) {
      body.append("address", address);
      body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      return fetch(url, { method: "POST", body: body, credentials: "same-origin", headers: { Accept: "application/json" } });
    }

    function keepHere(word) {
      var now = Date.now();
      if (store.put(address, { milliseconds: now, fields: fieldsOf(form).filter(holdsNoNumber) })) {
        typed = false;
        say(word, { at: clock(now) });
      }
    }

    function save() {
      var body = new FormData();
      body.append("fields", JSON.stringify(fieldsOf(form)));
      typed = false;
      ask(body).then(function (answer) {
        if (answer.ok) {
          return answer.json().then(function (told) {
            store.drop(address);
            say("saved", { at: clock(told.milliseconds) });
          });
        }
        if (answer.status === 400) { typed = true; say("full"); return null; }
        keepHere(answer.status >= 500 ? "here" : "over");
        return null;
      }).catch(function () { keepHere("here"); });
    }

    function discard() {
      var body = new FormData();
      body.append("discard", "yes");
      store.drop(address);
      offer.hidden = true;
      ask(body).catch(function () { /* it is offered again next time */ });
    }

    form.addEventListener("input", function () { later(); });
    form.addEventListener("change", function (event) { if (event.isTrusted) { later(); } });
    function later() {
      typed = true;
      clearTimeout(timer);
      timer = setTimeout(save, PAUSE);
    }
    form.addEventListener("submit", function () { sending = true; typed = false; clearTimeout(timer); });
    window.addEventListener("pageshow", function () { sending = false; });
    window.addEventListener("beforeunload", function (event) {
      if (typed && !sending) { event.preventDefault(); event.returnValue = ""; }
    });

    function show(draft) {
      if (!draft || !draft.fields || JSON.stringify(bare(draft.fields)) === JSON.stringify(bare(fieldsOf(form)))) { return; }
      var told = offer.querySelector("[data-told]");
      told.textContent = told.dataset.told.replace("{at}", clock(draft.milliseconds));
      offer.hidden = false;
      offer.querySelector("[data-draft-take]").addEventListener("click", function () {
        var missing = putBack(form, draft.fields);
        offer.hidden = true;
        if (missing) { say("missing", { count: missing }); }
        later();
      });
      offer.querySelector("[data-draft-drop]").addEventListener("click", discard);
    }

    var here = store.get(address);
    fetch(url + "?address=" + encodeURIComponent(address), { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.ok ? answer.json() : {}; })
      .catch(function () { return {}; })
      .then(function (there) { show(here && here.milliseconds > (there.milliseconds || 0) ? here : there); });
  }

  function bare(fields) {  // without the words a choice was shown with, and what was left empty
    return fields.filter(function (field) { return field[1] !== ""; }).map(function (field) { return [field[0], field[1]]; });
  }

  document.querySelectorAll("form [data-draft]").forEach(keep);
})();
