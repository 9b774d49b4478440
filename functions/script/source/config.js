// The options, who has refused, and what `debug` says.

import { attempt, d, n } from "./tools.js";

// `endpoint` is where plantrack sends to.
export let config = { gpc: true, bot: true, sessionTimeout: 30 };
export const configure = (given) => { config = { ...config, ...given }; };

// Why an event is not counted, or not yet: for those who build the page.
export const say = (why, what) => config.debug && console.log("plantrack", why, what);

export const refusal = () => config.gpc && n.globalPrivacyControl && "gpc"
  || config.dnt && n.doNotTrack == 1 && "dnt" || attempt(() => localStorage.plantrack_optout) && "optout";
// The option is what is still to be given. A page that is rendered ahead may never be seen.
export const obstacle = () => d.prerendering && "ahead" || config.consent && "consent" || refusal();
export const permitted = () => !obstacle();
