import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

function isOurs(origin: string, host: string | undefined, publicUrl: string): boolean {
  if (origin === new URL(publicUrl).origin) return true;
  if (!URL.canParse(origin)) return false;
  const { hostname, host: named, protocol } = new URL(origin);
  // A number or localhost: any other name could have been made to point here by another site.
  const fixed = hostname === 'localhost' || isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0;
  return protocol === 'http:' && named === host && fixed;
}

/** Another site's form must not press our buttons: a browser says where a form comes from. */
export function isForeign(request: IncomingMessage, publicUrl: string): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  if (origin === undefined) return false;
  if (origin === 'null') return site !== 'same-origin';
  return !isOurs(origin, host, publicUrl);
}

/** As far as the browser can tell, the form is from our own page. Whoever says nothing is no browser. */
export function isOwnForm(request: IncomingMessage, publicUrl: string): boolean {
  const { origin } = request.headers;
  const told = origin !== undefined || request.headers['sec-fetch-site'] === 'same-origin';
  return told && !isForeign(request, publicUrl);
}
