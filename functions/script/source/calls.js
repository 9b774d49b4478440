// plantrack's calls.

import { arrive, page, visit } from "./automatic.js";
import { config, configure } from "./config.js";
import { endSession, grant, held, track } from "./events.js";
import { become, who } from "./identity.js";
import { keys, remove, writeCookie } from "./storage.js";

export const api = {
  __proto__: null, // so that no other name is a call
  load(url, given) {
    configure(given);
    if (config.endpoint) return;
    config.endpoint = url;
    visit();
  },
  init: configure,
  identify(externalId, traits) {
    const { email, name, companyId } = traits || {};
    if (who.externalId ? who.externalId != externalId : who.email && who.email != email) api.reset();
    become({
      anonymousId: who.anonymousId, externalId, email, name: name || email,
      companyExternalId: companyId,
    });
  },
  track(action, extra, label) {
    const { weight, ...info } = extra || {};
    track(action, { weight, info, label });
  },
  page,
  reset() {
    arrive();
    endSession(true);
    become();
  },
  consent(given) {
    config.consent = false;
    if (given) return grant();
    held.splice(0);
    keys("plantrack.").forEach(remove);
    become();
    writeCookie("_na");
    writeCookie("_plantrack_session");
    config.consent = true;
  },
};
