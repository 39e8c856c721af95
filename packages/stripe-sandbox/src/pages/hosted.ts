import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Control } from '../control/control.ts';
import { ControlError } from '../control/existing.ts';
import type { Parts } from '../control/parts.ts';
import { controlBody, controlRoutes, findControlRoute } from '../control/routes.ts';
import type { Handler } from '../http/server.ts';
import type { JsonObject } from '../json.ts';
import { submitAction } from './actions.ts';
import { showExpress } from './express.ts';
import { html, sendPage } from './html.ts';
import { showOnboarding, submitOnboarding } from './onboarding.ts';
import { isForeign, isOwnForm } from './origin.ts';
import { showOverview } from './overview.ts';
import { showAuthentication, submitAuthentication } from './three-d-secure.ts';

const buttons = '/_sandbox/page/';

function sendJson(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body, null, 2));
}

async function servePage(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  body: string,
): Promise<boolean> {
  const [, , page, id, button] = pathname.split('/');
  const shows = request.method === 'GET';
  if (pathname === '/' && shows) await showOverview(parts, response);
  else if (page === '3ds' && id && shows && button === undefined)
    await showAuthentication(parts, response, id);
  else if (page === '3ds' && id && !shows && (button === 'complete' || button === 'fail')) {
    await submitAuthentication(parts, response, id, button);
  } else if (page === 'onboarding' && id && shows) await showOnboarding(parts, response, id);
  else if (page === 'onboarding' && id)
    await submitOnboarding(parts, response, id, new URLSearchParams(body));
  else if (page === 'express' && id && shows) await showExpress(parts, response, id);
  else return false;
  return true;
}

/** Serves everything that is not Stripe's API: the pages people see and the control plane. */
export function createHosted(parts: Parts, control: Control, publicUrl: () => string): Handler {
  const routes = controlRoutes(parts, control);
  return async (request, response, url, body) => {
    const method = request.method ?? 'GET';
    if (method !== 'GET' && isForeign(request, publicUrl())) {
      return sendJson(response, 403, { error: 'This request comes from another site' });
    }
    const route = findControlRoute(routes, method, url.pathname);
    if (method === 'POST' && url.pathname.startsWith(buttons)) {
      if (!isOwnForm(request, publicUrl()))
        return sendJson(response, 403, { error: 'Buttons can be pressed on the page only' });
      const name = url.pathname.slice(buttons.length);
      return await submitAction(parts, control, response, name, new URLSearchParams(body));
    }
    if (route === undefined) {
      if (await servePage(parts, request, response, url.pathname, body)) return;
      return sendPage(response, 'Not found', html`<h1>Not found</h1>`, 404);
    }
    // JSON only: a plain form of another site cannot send that.
    if (
      method === 'POST' &&
      body !== '' &&
      !request.headers['content-type']?.startsWith('application/json')
    ) {
      return sendJson(response, 415, { error: 'The body must be application/json' });
    }
    try {
      sendJson(response, 200, await route(controlBody(body)));
    } catch (error) {
      const known = error instanceof ControlError || error instanceof RangeError;
      sendJson(response, known ? 400 : 409, {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  };
}
