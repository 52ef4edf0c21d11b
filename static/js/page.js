// 邻里 Linli: what a page does beyond plain HTML. Everything here is a convenience; nothing needs it.
"use strict";
(function () {
  // Menus in the topbar are <details>: one open at a time, closed by Escape and by a click elsewhere.
  var menus = function () { return Array.prototype.slice.call(document.querySelectorAll("details.frame-menu[open]")); };

  document.addEventListener("click", function (event) {
    menus().forEach(function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || event.isComposing) { return; }
    menus().forEach(function (menu) { menu.open = false; menu.querySelector("summary").focus(); });
  });

  // A form that came back with errors is read from its summary.
  var summary = document.querySelector("[data-focus]");
  if (summary) { summary.focus(); }

  // What is searched stands in the address, which is kept in many places: no identity or mobile number leaves in one.
  function holdsNumber(value) {
    var plain = value.normalize("NFKC").replace(/[\s\-.·•_\/\u2010-\u2015\u200b\u2060\u2212\ufeff]+/g, "");
    return /(^|[^0-9])([0-9]{6}(19|20)[0-9]{9}[0-9Xx]|(86)?1[3-9][0-9]{9})(?![0-9])/.test(plain);
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method.toLowerCase() !== "get") { return; }
    Array.prototype.forEach.call(form.elements, function (input) {
      if (input.type !== "text" && input.type !== "search") { return; }
      var told = document.body.dataset.noNumber;
      var refused = told && holdsNumber(input.value);
      input.setCustomValidity(refused ? told : "");
      if (!refused) { return; }
      event.preventDefault();
      input.reportValidity();
      input.addEventListener("input", function () { input.setCustomValidity(""); }, { once: true });
    });
  });

  // A form is sent once; a second click while the first is under way does nothing.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method.toLowerCase() !== "post") { return; }
    form.dataset.sent = "yes";
    setTimeout(function () { delete form.dataset.sent; }, 3000);  // a download leaves the page standing
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  // Leaving with text that was not saved asks first, where the form wants it.
  var unsaved = false;
  document.addEventListener("input", function (event) {
    if (event.target.closest && event.target.closest("form[data-ask-before-leaving]")) { unsaved = true; }
  });
  document.addEventListener("submit", function () { unsaved = false; });
  window.addEventListener("beforeunload", function (event) {
    if (unsaved) { event.preventDefault(); event.returnValue = ""; }
  });

  // A file may be dropped on the chooser.
  document.querySelectorAll("[data-drop]").forEach(function (zone) {
    var input = zone.querySelector("input[type=file]");
    ["dragenter", "dragover"].forEach(function (name) {
      zone.addEventListener(name, function (event) { event.preventDefault(); zone.classList.add("over"); });
    });
    ["dragleave", "drop"].forEach(function (name) {
      zone.addEventListener(name, function (event) { event.preventDefault(); zone.classList.remove("over"); });
    });
    zone.addEventListener("drop", function (event) {
      if (input && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; }
    });
  });
})();
