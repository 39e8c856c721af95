import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

const imports = {
  '@holdfast/client': '/packages/client/src/index.ts',
  '@holdfast/contract': '/packages/contract/src/index.ts',
  zod: '/node_modules/zod/index.js',
};

const page = `<!doctype html><meta charset="utf-8"><title>Talk</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="/apps/server/test/browser/page.ts"></script>`;

/**
 * A web page somewhere else than the API, with the client as it is in this repository: its types are taken off on the way,
 * and nothing is bundled or filled in that a browser does not have.
 */
export async function startPageServer(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    serve(new URL(request.url ?? '/', 'http://page').pathname, response).catch(() =>
      response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serve(path: string, response: ServerResponse): Promise<void> {
  if (path === '/') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    return;
  }
  const text = await readFile(join(root, path), 'utf8');
  response
    .writeHead(200, { 'content-type': 'text/javascript' })
    .end(path.endsWith('.ts') ? stripTypeScriptTypes(text) : text);
}
