import type { Endpoint, Problem, RequestOf, ResponseOf } from '@holdfast/contract';

/** Thrown for every answer that is not a success; carries the problem as the server sent it. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

export type Client = {
  /** Calls one endpoint of the contract. Resolves with its answer, rejects with ApiError. */
  call<E extends Endpoint>(endpoint: E, request?: RequestOf<E>): Promise<ResponseOf<E>>;
  /** A client of the same server that sends another access token. */
  as(accessToken: string): Client;
};

export function createClient(baseUrl: string, accessToken?: string): Client {
  return {
    call: async (endpoint, request) => {
      const parts = (request ?? {}) as Parts;
      const response = await fetch(
        `${baseUrl}${pathOf(endpoint.path, parts.params)}${queryOf(parts.query)}`,
        {
          method: endpoint.method,
          headers: headersOf(parts, accessToken),
          ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
        },
      );
      const text = await response.text();
      const answer = text === '' ? undefined : JSON.parse(text);
      if (!response.ok) throw new ApiError(answer as Problem);
      return answer;
    },
    as: (token) => createClient(baseUrl, token),
  };
}

type Parts = {
  params?: Record<string, string>;
  query?: Record<string, string | undefined>;
  body?: unknown;
  idempotencyKey?: string;
};

function headersOf(parts: Parts, accessToken: string | undefined): Record<string, string> {
  return {
    ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    ...(parts.idempotencyKey === undefined ? {} : { 'idempotency-key': parts.idempotencyKey }),
  };
}

const pathOf = (path: string, params: Record<string, string> = {}) =>
  path.replace(/:(\w+)/g, (_match, name: string) => encodeURIComponent(params[name] ?? ''));

function queryOf(query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
