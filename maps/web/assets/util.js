"use strict";
/* Small helpers. Everything that people wrote (names, notes) reaches the page as text nodes only. */
const klyngekort = {};

(function (kk) {
  kk.json = (id) => JSON.parse(document.getElementById(id).textContent);

  /* Put shared parts back where `maps.packing` took them out; nobody changes them, so they stay shared. */
  kk.unpack = function ({ data, shared }) {
    const parts = [];
    const whole = function (value) {
      if (value === null || typeof value !== "object") return value;
      if ("$" in value) return parts[value.$];
      for (const name of Object.keys(value)) value[name] = whole(value[name]);
      return value;
    };
    for (const part of shared) parts.push(whole(part));
    return whole(data);
  };

  /* Fill named fields of a sentence: "{n} of {all} rows". */
  kk.say = function (key, values) {
    const text = kk.data.strings[key];
    return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
  };

  const writers = [];
  kk.number = function (value, decimals = 0) {
    writers[decimals] = writers[decimals] || new Intl.NumberFormat(kk.data.locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    return writers[decimals].format(value);
  };

  /* A value as people read it; missing values say so. */
  kk.value = function (field) {
    if (field.value === null || field.value === undefined) return kk.say("not_stated");
    if (typeof field.value !== "number") return String(field.value);
    const text = kk.number(field.value, field.decimals);
    return field.unit ? text + "\u00a0" + field.unit : text;
  };

  /* Build an element: el("p", {class: "x"}, "text", node). Attributes never hold code. */
  kk.el = function (tag, attributes, ...children) {
    const node = document.createElement(tag);
    fill(node, attributes, children);
    return node;
  };

  kk.svg = function (tag, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    fill(node, attributes, children);
    return node;
  };

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
    }
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined) node.append(child);
    }
  }

  /* Danish letters as people type them without them: both "aero" and "aeroe" find Ærø, "abenra" Aabenraa. */
  const LONG = { æ: "ae", ø: "oe", å: "aa", ö: "oe", ä: "ae", ü: "u", ß: "ss", é: "e" };
  const SHORT = { æ: "a", ø: "o", å: "a" };

  function strip(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  }

  function lower(text) {
    return text.normalize("NFC").toLocaleLowerCase("da");
  }

  kk.folds = function (text) {
    const low = lower(text);
    const long = strip(low.replace(/[æøåöäüßé]/g, (c) => LONG[c]));
    const short = strip(low.replace(/[æøå]/g, (c) => SHORT[c]));
    const collapsed = long.replace(/aa/g, "a").replace(/ae/g, "a").replace(/oe/g, "o");
    return [...new Set([low, long, short, collapsed])];
  };

  /* 0 no match, 1 somewhere inside, 2 at a word's beginning, 3 at the beginning. */
  let lastQuery = "";
  let lastAsked = [];
  kk.match = function (query, folds) {
    let best = 0;
    if (query !== lastQuery) {
      lastQuery = query;
      lastAsked = kk.folds(query.trim()).filter(Boolean);
    }
    for (const asked of lastAsked) {
      for (const known of folds) {
        const at = known.indexOf(asked);
        if (at < 0) continue;
        if (at === 0) best = 3;
        else if (/[\s\-/(,.]/.test(known[at - 1])) best = Math.max(best, 2);
        else best = Math.max(best, 1);
      }
    }
    return best;
  };

  kk.collate = function (a, b) {
    kk.collator = kk.collator || new Intl.Collator("da", { numeric: true });
    return kk.collator.compare(a, b);
  };

  kk.calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  kk.announce = function (text) {
    document.getElementById("live").textContent = text;
  };

  kk.scrollTo = function (node) {
    const box = node.getBoundingClientRect();
    const seen = box.top >= 0 && box.top < window.innerHeight * 0.5;
    if (!seen) node.scrollIntoView({ behavior: kk.calm() ? "auto" : "smooth", block: "start" });
  };

  const listeners = {};
  kk.on = (event, call) => (listeners[event] = listeners[event] || []).push(call);
  kk.tell = (event, detail) => (listeners[event] || []).forEach((call) => call(detail));
})(klyngekort);
