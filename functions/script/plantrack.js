/*!
 * Waypost's browser script. What it sends, to your own Waypost alone: the ids, e-mail address, name
 * and company given to identify() or login(); what track() and its siblings are called with; page
 * addresses without query and hash, page titles, and when a session begins and ends. Nothing is
 * sent, and nothing stored, under Global Privacy Control, an opt-out, or without a consent that the
 * page asks for. Fields of a form leave it only where they are tagged one by one.
 */
(() => {
  "use strict";

  // ---- State -----------------------------------------------------------------------------------

  const held = [], // events that wait for a consent, a name, or eyes on the page; never stored
    memory = {}, jar = {}, // what storage and cookies hold, where they cannot
    parts = [], // each [somebody is there, a new address, the page goes]
    d = document, n = navigator, l = location,
    plantrack = window.plantrack = window.plantrack || [];
  let asked, // for the site's lists
    timer, due, // when the queue is looked at next
    endpoint, who = {}, // where plantrack sends to, and who is identified
    shown, arrival, // the address, and a visit that waits for its title
    over, since, stirred = 0, // a hovered element; the last sign of a person
    config = { gpc: true, bot: true, sessionTimeout: 30 };

  if (plantrack.push != [].push) return; // loaded twice: the first one serves

  // ---- Configuration ---------------------------------------------------------------------------

  const base = d.currentScript && d.currentScript.src.split("/analytics/")[0];
  const configure = (given) => { config = { ...config, ...given }; };

  // ---- Small tools -----------------------------------------------------------------------------

  // Nothing that goes wrong in here may reach the page.
  const attempt = (action, ...given) => {
    try {
      return action(...given);
    } catch (error) { /* a number less, never a page broken */ }
  };
  const safe = (action) => (...given) => attempt(action, ...given);
  const guard = (from, to) => {
    for (const name in from) to[name] = safe(from[name]);
    return to;
  };
  const on = (target, types, action) =>
    types.split(" ").forEach((type) => target.addEventListener(type, safe(action), true));
  const later = (action, ms) => setTimeout(safe(action), ms);
  const all = (moment) => parts.forEach((part) => part[moment]());
  const now = () => +new Date();
  const date = () => d.prerendering ? null : new Date(); // else that of its receipt
  const id = () => now() + "" + Math.random(); // sorts by time
  const address = () => l.origin + l.pathname + (config.query ? l.search + l.hash : "");

  // ---- Consent ---------------------------------------------------------------------------------

  const refused = () => (config.gpc && n.globalPrivacyControl) || (config.dnt && n.doNotTrack == 1)
    || attempt(() => localStorage.plantrack_optout);
  // The option is what is still to be given. A page that is rendered ahead may never be seen.
  const permitted = () => !d.prerendering && !config.consent && !refused();

  // ---- Storage: shared by the tabs of a site; memory where it is blocked, or not yet permitted ---

  const store = () => (permitted() && attempt(() => localStorage)) || memory;
  const load = (key) => attempt(JSON.parse, store()[key] || memory[key]);
  const keys = (start) =>
    Object.keys({ ...memory, ...store() }).filter((key) => key.startsWith(start)).sort();

  function save(key, value) {
    const text = JSON.stringify(value);
    if (!attempt(() => store()[key] = text)) { // full
      remove(key);
      memory[key] = text;
    }
  }

  function remove(key) {
    delete store()[key];
    delete memory[key];
  }

  const readCookie = (name) => ({ ...attempt(() =>
    JSON.parse(decodeURIComponent(d.cookie.match(`\\b${name}=([^;]*)`)[1]))) });

  function writeCookie(name, value, seconds = 34560000) { // 400 days, as long as a browser keeps it
    jar[name] = value;
    if (value && !permitted()) return;
    attempt(() => {
      d.cookie = `${name}=${encodeURIComponent(JSON.stringify(value))};Path=/;SameSite=Lax;Max-Age=${
        value ? seconds : 0}${l.protocol == "https:" ? ";Secure" : ""}`;
    });
  }

  // ---- The queue: per event {u: url, e: event, s: bytes, sent}, until it is acknowledged --------

  const drop = (event) =>
    save("plantrack.dropped", (load("plantrack.dropped") || 0) + 1 + (event.dropped || 0));

  function add(u, event, w) {
    if (!u || refused()) return;
    event.bot = config.bot && (n.webdriver || /bot|crawl|spider/i.test(n.userAgent));
    const e = JSON.stringify(event), s = e.length;
    if (s > 19e3) drop(event);
    // A copy of the event: the page may change what it passed.
    else enter({ k: "plantrack.q" + event.messageId, u, e: JSON.parse(e), s, w });
  }

  function enter(one) {
    const { u, e: event } = one, own = u == endpoint;
    if (own && !event.externalId && !event.email) Object.assign(event, who);
    if (permitted() && !event.session) event.session = session(event.date);
    if (!permitted() || (own && !event.externalId && !event.email)) {
      return held.push(one) > 500 && drop(held.shift());
    }
    event.dropped = load("plantrack.dropped");
    remove("plantrack.dropped");
    save(one.k, one);
    keys("plantrack.q").slice(0, -500).forEach((key) => drop((load(key) || one).e, remove(key)));
    wake(one.w);
    if (own) asked = asked || fetch(u.replace(/[^/]+\/?$/, "sites/$&"), { credentials: "omit" })
      .then((answer) => answer.json())
      .then((found) => save("plantrack.unwanted", found.unwanted))
      .catch(() => {}); // the server applies them as well
  }

  const release = () => held.splice(0).forEach(enter);
  const grant = () => {
    for (const name in jar) writeCookie(name, jar[name]);
    release();
  };

  // ---- Delivery ----------------------------------------------------------------------------------

  function wake(ms) {
    if (timer && due <= now() + ms) return;
    clearTimeout(timer);
    due = now() + ms;
    timer = later(flush, ms);
  }

  // One request at a time from all tabs: "turn" is [not before, failures], and while a request is
  // under way a lease. As the page leaves, a beacon takes what was never sent; it stays queued until
  // a server acknowledges it, so the next page sends it once more and it counts once.
  function flush(leaving) {
    const [until, failures = 0] = [].concat(load("plantrack.turn"));
    timer = leaving && timer;
    const unwanted = attempt(() => new RegExp(load("plantrack.unwanted").match(/^\^.+/)[0])) || /.^/;
    const list = keys("plantrack.q").map(load).filter((one) =>
      one && one.s && (one.u == endpoint && unwanted.test(one.e.action || "") ? remove(one.k)
        : !leaving || !one.sent));
    let size = 0;
    const part = list.filter((one) => one.u == list[0].u && (size += one.s) < 2e4);
    if (!part[0] || !permitted() || !n.onLine) return;
    if (until > now() && (failures || !leaving)) return leaving || wake(Math.min(until - now(), 6e5));
    part.forEach((one) => save(one.k, { ...one, sent: 1 }));
    const url = part[0].u, body = JSON.stringify(part.map((one) => ({ ...one.e, sentAt: new Date() })));
    if (leaving && attempt(() => n.sendBeacon(url, body))) {
      clearTimeout(timer);
      timer = save("plantrack.turn", 0);
      return flush(leaving);
    }
    save("plantrack.turn", [now() + 15e3, 0]);
    fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" })
      // Until an answer is read, its request takes part of the 64 KiB for all that may be under way.
      .then((answer) => answer.text().then(() => [answer.status, +answer.headers.get("Retry-After")]))
      .catch(() => [0])
      .then(safe(([status, after]) => {
        const again = /^(0|408|429|5..)$/.test(status);
        if (!again) part.forEach((one) => remove(one.k, status > 299 && drop(one.e)));
        const pause = Math.max(Math.min(300, 2 ** failures) * (1 + Math.random()), after || 0);
        save("plantrack.turn", again && [now() + pause * 1e3, failures + 1]);
        wake(0);
      }));
  }

  // ---- plantrack: who, session, events -----------------------------------------------------------

  // An event as it happened: its time and its id stay the same however often it is sent.
  const track = (action, more) => add(endpoint, {
    ...who, messageId: id(), date: date(), action, page: address(), ...more,
  }, 1e3);

  function endSession(early) {
    if (early) arrive();
    const [found, last] = [].concat(load("plantrack.session"));
    if (!found || (!early && now() - last < config.sessionTimeout * 6e4)) return found;
    save("plantrack.session", 0);
    track("session.end", {
      label: "Session end", session: found, date: new Date(last), messageId: found + "e",
    });
  }

  // The session's id; a new one after 30 minutes without an event, a click, a key or a movement.
  function session(date = new Date()) {
    const known = endSession(), found = known || id();
    save("plantrack.session", [found, now()]);
    writeCookie("_plantrack_session", found, config.sessionTimeout * 60);
    if (!known) {
      track("session.start", { label: "Started session", session: found, date, messageId: found + "s" });
    }
    return found;
  }

  const api = {
    __proto__: null, // so that no other name is a call
    load(url, given) {
      configure(given);
      if (endpoint) return;
      endpoint = url;
      visit();
    },
    init: configure,
    identify(externalId, traits) {
      const { email, name, companyId } = traits || {};
      if (who.externalId && who.externalId != externalId) endSession(true);
      who = { externalId, email, name: name || email, companyExternalId: companyId };
      writeCookie("_plantrack", who);
      release();
    },
    track(action, extra) {
      const { weight, ...info } = extra || {};
      track(action, { weight, info });
    },
    page: (title, more) => track("page.visit", { label: "Visited page " + (title || d.title), ...more }),
    reset() {
      endSession(true);
      who = {};
      writeCookie("_plantrack");
    },
    consent(given) {
      config.consent = false;
      if (given) {
        grant();
      } else {
        held.length = 0;
        keys("plantrack.").forEach(remove);
        writeCookie("_plantrack");
        writeCookie("_na");
        writeCookie("_plantrack_session");
        config.consent = true;
      }
    },
  };

  // ---- Pages ---------------------------------------------------------------------------------------

  // Titles change a moment after addresses do.
  function visit() {
    arrive();
    arrival = { date: date(), page: address() };
    later(arrive, 50);
  }

  function arrive() {
    arrival = arrival && api.page(0, arrival);
  }

  function route() {
    if (shown != address()) all(1);
    shown = address();
  }

  // ---- Tagged elements -----------------------------------------------------------------------------

  const tagged = (node, name) => node && node.closest("[data-plantrack-" + name + "]");

  // data-plantrack-event="Viewed prices" data-plantrack-weight="2" data-plantrack-plan="pro"
  function tag(element, duration) {
    const found = { duration };
    for (const { name, value } of element.attributes) {
      if (name.startsWith("data-plantrack-")) found[name.slice(15)] = value;
    }
    element.querySelectorAll("[data-plantrack-field]:not([type=password])").forEach((field) => {
      found[field.name] = new FormData(element).get(field.name);
    });
    const { event, hover, weight, ...info } = found;
    track(duration ? hover : event, { weight, info });
  }

  function hover(element) {
    if (element == over) return;
    if (over && now() - since > 99) tag(over, now() - since);
    over = element;
    since = now();
  }

  // ---- na --------------------------------------------------------------------------------------------

  function na(apiKey, authKey, o) {
    o = { batchTimeout: 15, sessionSyncInterval: 15, idleTimeout: 60, trackUnload: true, ...o };
    const url = o.debugUrl || `${(o.euEndpoint && o.euHost) || o.host || base}/v1/${authKey}/${apiKey}`;
    const { debug = o.disableEventSend } = o;
    let state = readCookie("_na");
    let module, idle, told = {}, total = 0, from = now(); // 0 while idle

    configure(o);

    // Active time, of which each kind tells what passed since it told last.
    const take = (kind) => {
      const clock = total + (from && now() - from), ms = clock - (told[kind] || 0);
      told[kind] = clock;
      return ms;
    };
    const emit = (action, more) => {
      if (!state.account_id || !(state.user_id || action == "identifyAccount")) return;
      const event = {
        messageId: id(), created_at: now(), action, module, page: o.pageName || l.pathname,
        ...state, ...more,
      };
      if (debug) console.log("na", event);
      if (!o.disableEventSend) add(url, event, o.batchTimeout * 1e3);
    };
    const set = (changes) => {
      state = { ...state, ...changes };
      writeCookie("_na", state);
    };
    const endModule = () => {
      const time_spent = take("module");
      if (module && from) emit("moduleEnd", { time_spent });
    };
    const endPage = () => {
      const time_spent = take("page");
      if (time_spent) emit("pageViewEnd", { time_spent, active_duration: take("active") });
    };
    const pause = () => {
      total += from && now() - from;
      from = 0;
    };
    const stir = () => {
      from = from || now();
      clearTimeout(idle);
      idle = later(() => {
        endModule();
        emit("sessionIdle", { active_duration: take("active") });
        pause();
      }, o.idleTimeout * 1e3);
    };

    const calls = {
      login(user_id, account_id, details, product = state.product) {
        told = {};
        total = 0;
        from = now();
        set({ user_id, account_id, product });
        emit("login", { details });
      },
      logout() {
        emit("logout");
        endSession(true);
        state = {};
        module = 0;
        writeCookie("_na");
      },
      identifyUser: (details) => emit("identifyUser", { details }),
      identifyAccount: (details) => emit("identifyAccount", { details }),
      setModuleId(next) {
        if (next != module) endModule();
        module = next;
      },
      setProductId: (product) => set({ product }),
      setAccountId: (account_id) => set({ account_id }),
      setUserId: (user_id) => set({ user_id }),
      sendFeatureEvent(feature, next = module, product = state.product) {
        calls.setModuleId(next);
        set({ product });
        emit("feature", { feature, total: 1 });
      },
      syncEvents: () => wake(0),
    };
    set({ account_id: o.accountId || state.account_id, user_id: o.userId || state.user_id });
    emit("pageView");
    stir();
    setInterval(safe(() => {
      const active_duration = take("active");
      if (active_duration) emit("sessionSync", { active_duration });
    }), o.sessionSyncInterval * 1e3);
    parts.push([stir, () => {
      endPage();
      emit("pageView");
      stir();
    }, () => {
      if (o.trackUnload) endModule(endPage());
      pause();
    }]);
    return guard(calls, {});
  }

  // ---- Start -----------------------------------------------------------------------------------------

  attempt(() => {
    const call = safe(([name, ...given]) => api[name](...given));
    const waiting = plantrack.splice(0);
    who = readCookie("_plantrack");
    guard(api, plantrack);
    plantrack.push = call; // a stub made later still gets through
    window.na = function (...given) { return attempt(na, ...given); };

    const push = history.pushState;
    history.pushState = (...given) => {
      push.apply(history, given);
      attempt(route);
    };
    on(d, "click mousemove keydown", () =>
      permitted() && now() - stirred > 999 && all(0, stirred = now()));
    on(d, "click submit", (event) => {
      const element = tagged(event.target, "event");
      if (element && (element.tagName == "FORM") == (event.type == "submit")) {
        tag(element);
      }
    });
    on(d, "mouseover mouseout", (event) =>
      hover(tagged(event.type == "mouseout" ? event.relatedTarget : event.target, "hover")));
    on(window, "popstate", route);
    on(window, "pageshow", (event) => event.persisted && all(1));
    on(window, "pagehide", () => {
      all(2);
      flush(true);
    });
    on(d, "visibilitychange", () => {
      arrive();
      if (d.hidden) flush(true);
    });
    on(window, "online", () => wake(0));
    on(d, "prerenderingchange", grant);

    endpoint = plantrack._endpoint;
    waiting.forEach(call);
    parts.unshift([() => endpoint && session(), visit, () => hover()]);
    setInterval(safe(endSession), 1e4);
    route();
    wake(0);
  });
})();
