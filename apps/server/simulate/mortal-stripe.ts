import type { StripeClient } from '../src/vendors/stripe.ts';
import type { FaultPoints } from './fault-points.ts';
import { inTurn } from './interleaving.ts';
import { repeatAtOnce } from './repeat-at-once.ts';

type MakeRequest = (
  host: string,
  port: string,
  path: string,
  method: string,
  ...rest: never[]
) => Promise<unknown>;
type HttpClient = { makeRequest: MakeRequest; getClientName(): string };
/** The SDK lets its HTTP client be given at construction only; here the production client is kept and wrapped. */
type Open = {
  getApiField(name: 'httpClient'): HttpClient;
  _setApiField(name: 'httpClient', client: HttpClient): void;
};

/** Makes every HTTP request of this client a pair of fault points, and its repetitions immediate. */
export function mortalStripe(stripe: StripeClient, points: FaultPoints): StripeClient {
  const open = stripe as unknown as Open;
  const inner = open.getApiField('httpClient');
  const makeRequest: MakeRequest = async (host, port, path, method, ...rest) => {
    const what = `${method} ${path.replace(/\?.*/, '').replaceAll(/\/\w{2,8}_\w+/g, '/*')}`;
    points.pass(`before ${what}`);
    const answer = await inTurn(undefined, () => inner.makeRequest(host, port, path, method, ...rest));
    points.pass(`after ${what}`);
    return answer;
  };
  const wrapped: HttpClient = Object.create(inner, { makeRequest: { value: makeRequest } });
  open._setApiField('httpClient', wrapped);
  repeatAtOnce(stripe);
  return stripe;
}
