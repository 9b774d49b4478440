// Drives moesif-nodejs: `moesif_node.cjs <scenario>`; what came back is the JSON line it prints.

const http = require('http');
const moesif = require('moesif-nodejs');

const NOW = new Date();
const USERS = { '/users/u1': 'u1', '/users/83738/reviews?page=2': 'u1', '/users/2': 'u2' };
const callbacks = [];

function middleware(options = {}) {
  return moesif({
    applicationId: process.env.APPLICATION_ID || process.env.WAYPOST_KEY,
    baseUri: process.env.WAYPOST_URL,
    batchMaxTime: 501,
    identifyUser: (req) => USERS[req.url.replace(/^http:..[^/]*/, '')],
    identifyCompany: () => 'acme',
    getSessionToken: () => 's-1',
    getMetadata: () => ({ region: 'eu', 'so.me.dots': 1 }),
    getTags: () => 'a,b',
    getApiVersion: () => '1.0',
    callback: (error, events) => callbacks.push({ error, events }),
    ...options,
  });
}

// A small server of the customer's own, with the middleware in front of its answers.
function serve(track) {
  const server = http.createServer((req, res) => {
    track(req, res);
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ secret: 1 }));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function visit(server, paths) {
  const base = `http://127.0.0.1:${server.address().port}`;
  const headers = { Authorization: 'secret', 'Content-Type': 'application/json' };
  for (const path of paths) {
    const answer = await fetch(base + path, { method: 'POST', headers, body: '{"secret":1}' });
    await answer.text();
  }
}

async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function outcome() {
  return {
    batches: callbacks.map((one) => (one.events || []).length),
    refused: callbacks.map((one) => (one.error ? one.error.errorMessage : null)),
  };
}

async function traffic(paths, options) {
  const server = await serve(middleware(options));
  await visit(server, paths);
  await until(() => callbacks.length > 0);
  server.close();
  return outcome();
}

const action = (actionName, extra) => ({
  actionName,
  userId: 'u1',
  companyId: 'acme',
  request: { time: NOW, uri: 'https://acme.com/pricing?utm_source=adwords' },
  ...extra,
});

const SCENARIOS = {
  traffic: () => traffic(Object.keys(USERS), { batchSize: 3, batchMaxTime: 30000 }),
  unbatched: () => traffic(['/users/u1'], { disableBatching: true }),
  one: () => traffic(['/users/u1']),
  nobody: () => traffic(['/health', '/users/u1'], { batchSize: 2, batchMaxTime: 30000 }),

  async outgoing() {
    const track = middleware();
    const server = await serve(() => {});
    track.startCaptureOutgoing();
    const { port } = server.address();
    await new Promise((resolve) =>
      http.get({ port, path: '/users/u1' }, (res) => res.resume().on('end', resolve)),
    );
    track._mo_patch();
    await until(() => callbacks.length > 0);
    server.close();
    return outcome();
  },

  async start_up() {
    const track = middleware();
    const server = await serve(track);
    await visit(server, ['/users/u1']);
    await until(() => callbacks.length > 0);
    server.close();
    const rules = track.getApplicableRulesForUserId('u1');
    return { ...outcome(), rules, weight: callbacks[0].events[0].weight };
  },

  async actions() {
    const track = middleware();
    await track.sendAction(action('Clicked', {
      transactionId: 'c71c0aa6-2cb4-4f29-ba79-16d4ddedc337',
      sessionToken: 's-1',
      metadata: { button_label: 'Get Started', 'so.me.dots': 1 },
      request: {
        time: NOW,
        uri: 'https://acme.com/pricing?utm_source=adwords',
        verb: 'GET',
        ipAddress: '203.0.113.7',
        userAgentString: 'Mozilla/5.0',
      },
    }));
    await track.sendActionsBatch([action('Opened'), action('Closed', { userId: 'u2' })]);
  },

  async resent() {
    const track = middleware();
    const one = action('One', { transactionId: 't-1' });
    await track.sendAction(one);
    await track.sendActionsBatch([action('Other', { transactionId: 't-2' }), one]);
    await track.sendActionsBatch([one]);
  },

  async users() {
    const track = middleware();
    await track.updateUser({
      userId: 'u1',
      companyId: 'acme',
      modifiedTime: NOW,
      ipAddress: '203.0.113.7',
      sessionToken: 's-1',
      userAgentString: 'Mozilla/5.0',
      metadata: { email: 'ann@acme.com', firstName: 'x', name: 'Ann Archer', seats: 3 },
      campaign: { utmSource: 'adwords', gclid: 'g-1' },
    });
    await track.updateUser({ userId: 'u1', metadata: null });
    await track.updateUsersBatch([
      { userId: 'u1', modifiedTime: null, metadata: { email: 'old@acme.com' } },
      { userId: 'u2', companyId: 'acme' },
    ]);
  },

  async companies() {
    const track = middleware();
    await track.updateCompany({
      companyId: 'acme',
      companyDomain: 'acme.com',
      modifiedTime: NOW,
      ipAddress: '203.0.113.7',
      sessionToken: 's-1',
      metadata: { name: 'Acme', plan: 'pro' },
      campaign: { utmSource: 'adwords' },
    });
    await track.updateCompaniesBatch([{ companyId: 'acme' }, { companyId: 'bolt' }]);
  },

  async subscriptions() {
    const track = middleware();
    await track.updateSubscription({
      subscriptionId: 's1',
      companyId: 'acme',
      currentPeriodStart: NOW,
      currentPeriodEnd: NOW,
      status: 'active',
      metadata: { tier: 'gold' },
    });
    await track.updateSubscriptionsBatch(
      ['s1', 's2'].map((subscriptionId) => ({ subscriptionId, companyId: 'acme' })),
    );
  },

  async refused() {
    const track = middleware();
    const failed = (error) => [error.errorMessage];
    return { refused: await track.sendAction(action('One')).then(() => [null], failed) };
  },

  async length() {
    const accepted = (applicationId) => {
      try {
        return Boolean(middleware({ applicationId }));
      } catch {
        return false;
      }
    };
    return { 49: accepted('x'.repeat(49)), 50: accepted('x'.repeat(50)) };
  },
};

SCENARIOS[process.argv[2]]().then(
  (found) => {
    console.log(JSON.stringify(found || {}));
    process.exit(0);
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
