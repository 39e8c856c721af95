import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Form } from './samples.ts';

/** One at a time on each connection, and connections are kept. */
export type Connections = { count: number; agent: Agent };

export function openConnections(count: number): Connections {
  return { count, agent: new Agent({ keepAlive: true, maxSockets: count, maxFreeSockets: count }) };
}

/** Runs so many operations, at most one per connection at a time. Resolves to the seconds it took. */
export async function runAll(
  { count }: Connections,
  operations: number,
  operation: (connection: number) => Promise<unknown>,
): Promise<number> {
  let left = operations;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, connection) => {
      while (left > 0) {
        left -= 1;
        await operation(connection);
      }
    }),
  );
  return (performance.now() - startedAt) / 1000;
}

/** Posts the form and resolves to the answer. Throws unless it is 201. */
export async function send(
  { agent }: Connections,
  server: string,
  form: Form,
  token: string,
): Promise<unknown> {
  const outgoing = request(`${server}/api/upload`, {
    agent,
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': form.type,
      'content-length': form.bytes.length,
    },
  });
  const answer = await answerOf(outgoing.end(form.bytes));
  const text = (await buffer(answer)).toString();
  if (answer.statusCode !== 201) throw new Error(`POST ${server}: ${answer.statusCode} ${text}`);
  return JSON.parse(text);
}

/** Reads what is there and throws it away; resolves to how many bytes it was. Throws unless it is 200. */
export async function read({ agent }: Connections, url: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await answerOf(request(url, { agent, headers }).end());
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  if (answer.statusCode !== 200) throw new Error(`GET ${url}: ${answer.statusCode}`);
  return bytes;
}

async function answerOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}
