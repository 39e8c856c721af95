import * as http from 'node:http';
import * as https from 'node:https';

const timeoutMs = 10_000;

const agents = {
  http: new http.Agent({ keepAlive: true, maxSockets: 8 }),
  https: new https.Agent({ keepAlive: true, maxSockets: 8 }),
};

export type Posted = { status: number | null; error: string | null };

type Outcome = Posted & { stale: boolean };

function send(url: string, body: string, signature: string): Promise<Outcome> {
  const secure = url.startsWith('https:');
  return new Promise((answer) => {
    try {
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        agent: secure ? agents.https : agents.http,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'stripe-signature': signature,
          accept: '*/*; q=0.5, application/xml',
          'cache-control': 'no-cache',
        },
      });
      const fail = (error: NodeJS.ErrnoException): void => {
        const stale = request.reusedSocket && error.code === 'ECONNRESET';
        answer({ status: null, error: error.message, stale });
      };
      request.once('error', fail);
      request.once('response', (response) => {
        response.resume();
        response.once('end', () =>
          answer({ status: response.statusCode ?? null, error: null, stale: false }),
        );
        response.once('error', fail);
      });
      request.end(body);
    } catch (error) {
      answer({ status: null, error: String(error), stale: false });
    }
  });
}

/** One attempt at delivery. Never throws: what went wrong is the answer. */
export async function post(url: string, body: string, signature: string): Promise<Posted> {
  let outcome = await send(url, body, signature);
  // The receiver had closed the idle connection in the same moment: no attempt at all.
  for (let tries = 0; outcome.stale && tries < 3; tries += 1) outcome = await send(url, body, signature);
  return { status: outcome.status, error: outcome.error };
}
