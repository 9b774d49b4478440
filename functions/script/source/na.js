// na: what its constructor and its calls do. Fetched by na_stub.js, which kept what was called until
// now, with the time of each call.

import { id, l, now as present, safe } from "./tools.js";

const [
  waiting, add, api, become, load, parts, readCookie, say, somebody, wake, writeCookie,
] = window.plantrack._na;
const BASE = document.currentScript.src.split("/analytics/")[0];
const DEFAULTS = {
  batchTimeout: 15, sessionSyncInterval: 15, idleTimeout: 60, trackUnload: true, sessionTimeout: 30,
};
let past; // when what is done now was called
const now = () => past || present();

function at(time, action) {
  past = time;
  const made = safe(action)();
  past = 0;
  return made;
}

// Active time, of which each kind tells what passed since it told last.
function stopwatch() {
  let told = {}, total = 0, from = now(); // 0 while idle
  const active = () => total + (from && now() - from);
  return {
    take(kind) {
      const ms = active() - (told[kind] || 0);
      told[kind] = active();
      return ms;
    },
    pause() {
      total = active();
      from = 0;
    },
    resume: () => { from = from || now(); },
    runs: () => from,
    restart() {
      told = {};
      total = 0;
      from = now();
    },
  };
}

function destination(o, apiKey, authKey) {
  const usual = o.host || BASE;
  if (o.euEndpoint && !o.euHost) {
    console.warn(`na: euEndpoint needs the option euHost; without it, events go to ${usual}`);
  }
  return o.debugUrl || `${(o.euEndpoint && o.euHost) || usual}/v1/${authKey}/${apiKey}`;
}

// Of somebody whom nobody has named, the browser's own id tells which one it is.
function whose(action, user_id) {
  if (action == "identifyAccount") return {};
  const { anonymousId, externalId } = somebody(user_id);
  return { anonymousId, user_id: user_id || externalId };
}

// Who is logged in, kept in the cookie `_na`, and events as this person's.
function sender(o, url) {
  const { debug = o.disableEventSend } = o;
  const sends = {
    state: readCookie("_na"),
    set(changes) {
      sends.state = { ...sends.state, ...changes };
      sends.keep();
    },
    keep() {
      const [session] = [].concat(load("plantrack.session"));
      if (session) writeCookie("_plantrack_session", session, o.sessionTimeout * 60);
      writeCookie("_na", sends.state);
    },
    emit(action, more) {
      const { account_id, user_id } = sends.state;
      if (!account_id) return say("nobody is logged in", action);
      if (!user_id && /login|identifyUser/.test(action)) return say("no user", action);
      const event = {
        messageId: id(), created_at: now(), action, module: sends.module,
        page: o.pageName || l.pathname, ...sends.state, ...whose(action, user_id), ...more,
      };
      if (debug) console.log("na", event);
      if (!o.disableEventSend) add(url, event, o.batchTimeout * 1e3);
    },
  };
  return sends;
}

// What is told without a call: time in use, and that nobody is there.
function reports(o, sends) {
  const watch = stopwatch();
  let idle;
  const told = {
    watch,
    endModule() {
      const time_spent = watch.take("module");
      if (sends.module && watch.runs()) sends.emit("moduleEnd", { time_spent });
    },
    endPage() {
      const time_spent = watch.take("page");
      if (time_spent) sends.emit("pageViewEnd", { time_spent, active_duration: watch.take("active") });
    },
    sync() {
      const active_duration = watch.take("active");
      if (active_duration) sends.emit("sessionSync", { active_duration });
    },
    rest() {
      told.endModule();
      sends.emit("sessionIdle", { active_duration: watch.take("active") });
      watch.pause();
    },
    stir() {
      watch.resume();
      sends.keep();
      clearTimeout(idle);
      idle = setTimeout(safe(told.rest), o.idleTimeout * 1e3);
    },
  };
  return told;
}

// Whoever comes next is somebody else, and so is who they were until they were named.
function renew() {
  const { anonymousId, ...named } = somebody(true);
  if (anonymousId) become(named);
}

function callsOf(sends, told) {
  const { emit, set } = sends;
  const calls = {
    login(user_id, account_id, details, product = sends.state.product) {
      const { user_id: before } = sends.state;
      if (before && before != user_id) renew();
      told.watch.restart();
      set({ user_id, account_id, product });
      emit("login", { details });
    },
    logout() {
      emit("logout");
      api.reset();
      sends.state = {};
      sends.module = undefined;
      writeCookie("_na");
    },
    identifyUser: (details) => emit("identifyUser", { details }),
    identifyAccount: (details) => emit("identifyAccount", { details }),
    setModuleId(next) {
      if (next != sends.module) told.endModule();
      sends.module = next;
    },
    setProductId: (product) => set({ product }),
    setAccountId: (account_id) => set({ account_id }),
    setUserId: (user_id) => set({ user_id }),
    sendFeatureEvent(feature, next = sends.module, product = sends.state.product) {
      calls.setModuleId(next);
      set({ product });
      emit("feature", { feature, total: 1 });
    },
    syncEvents: () => wake(0),
  };
  return calls;
}

function construct(apiKey, authKey, given) {
  const o = { ...DEFAULTS, ...given };
  const sends = sender(o, destination(o, apiKey, authKey)), told = reports(o, sends);
  const { state } = sends, open = () => sends.emit("pageView");
  sends.set({ account_id: o.accountId || state.account_id, user_id: o.userId || state.user_id });
  open();
  told.stir();
  setInterval(safe(told.sync), o.sessionSyncInterval * 1e3);
  parts.push([told.stir, () => {
    told.endPage();
    open();
    told.stir();
  }, () => {
    if (o.trackUnload) told.endModule(told.endPage());
    told.watch.pause();
    sends.keep();
  }]);
  return callsOf(sends, told);
}

function begin([made, given, called]) {
  const calls = at(made, () => construct(...given)) || {};
  const call = ([time, name, values]) => { at(time, () => calls[name](...values)); };
  called.splice(0).forEach(call);
  called.push = call; // from now on each is made at once
}

waiting.splice(0).forEach(begin);
waiting.push = begin;
