import type { Endpoint, RequestOf, ResponseOf } from '@holdfast/contract';
import type { Person } from './people.ts';
import type { World } from './world.ts';

/** What became of a request: 'ok' or the problem's code; 'killed' if the server died on it and nobody answered. */
export type Outcome<T = unknown> = { code: string; status: number; body: T | undefined; detail: string };

type Parts = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  idempotencyKey?: string;
};

/** One request through the whole HTTP application, without a socket. */
export async function call<E extends Endpoint>(
  world: World,
  person: Person,
  endpoint: E,
  request?: RequestOf<E>,
): Promise<Outcome<ResponseOf<E>>> {
  const parts = (request ?? {}) as Parts;
  const life = world.life;
  const path = endpoint.path.replace(/:(\w+)/g, (_match, name: string) => parts.params![name]!);
  const response = await life.request({
    method: endpoint.method,
    url: path,
    ...(parts.query === undefined ? {} : { query: parts.query }),
    headers: {
      authorization: `Bearer ${person.token}`,
      ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(parts.idempotencyKey === undefined ? {} : { 'idempotency-key': parts.idempotencyKey }),
    },
    ...(parts.body === undefined ? {} : { payload: JSON.stringify(parts.body) }),
  });
  if (life.points.isDead) return { code: 'killed', status: 0, body: undefined, detail: '' };
  const { statusCode: status } = response;
  if (status < 300) return { code: 'ok', status, body: response.json(), detail: '' };
  const problem = response.json<{ code: string; detail: string }>();
  return { code: problem.code, status, body: undefined, detail: problem.detail };
}
