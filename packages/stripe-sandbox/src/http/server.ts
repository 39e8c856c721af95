import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const maximumBodyBytes = 2 * 1024 * 1024;
const maximumUploadBytes = 8 * 1024 * 1024;

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: string,
) => Promise<void>;

class BodyTooLarge extends Error {}

/** The body as text; that of an upload one character per byte, since it need not be text. */
async function readBody(request: IncomingMessage): Promise<string> {
  const isUpload = request.headers['content-type']?.startsWith('multipart/') === true;
  const limit = isUpload ? maximumUploadBytes : maximumBodyBytes;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString(isUpload ? 'latin1' : 'utf8');
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ error: { type: 'invalid_request_error', message } }));
}

/** An HTTP server that reads each body whole and hands it to the handler. */
export function createHttpServer(
  handle: Handler,
  log: (line: string) => void,
): Server & { active: () => number } {
  let active = 0;
  const server = createServer((request, response) => {
    active += 1;
    let done = false;
    const finish = (): void => {
      if (!done) active -= 1;
      done = true;
    };
    response.once('close', finish);
    const answer = async (): Promise<void> => {
      const body = await readBody(request);
      const base = 'http://sandbox.invalid';
      const target = request.url ?? '/';
      if (!target.startsWith('/') || !URL.canParse(base + target))
        return refuse(response, 400, 'Invalid request URL');
      await handle(request, response, new URL(base + target), body);
      // A request that an injected timeout leaves hanging is not work any more.
      if (!response.writableEnded) finish();
    };
    answer().catch((error: unknown) => {
      finish();
      if (error instanceof BodyTooLarge) return refuse(response, 413, 'Request body too large');
      if (!request.readableAborted) log(`stripe sandbox: a request failed: ${String(error)}`);
      refuse(response, 500, 'The sandbox failed');
    });
  });
  // Longer than clients keep a connection idle, so that it is they who close it.
  server.keepAliveTimeout = 120_000;
  return Object.assign(server, { active: () => active });
}

export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((started, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      started((server.address() as AddressInfo).port);
    });
  });
}

/** Stops listening and cuts every connection, also those an injected timeout left hanging. */
export function stop(server: Server): Promise<void> {
  return new Promise((stopped) => {
    server.close(() => stopped());
    server.closeAllConnections();
  });
}
