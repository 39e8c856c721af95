import { type Endpoint, errorTable, type Problem, type RequestOf, type ResponseOf } from '@holdfast/contract';

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

export type ClientOptions = {
  /** After so long without an answer a call rejects with a TimeoutError; 60 s if left out. */
  timeoutMs?: number;
};

/** Without an answer (no network, timeout) a call rejects with fetch's own error. */
export function createClient(baseUrl: string, accessToken?: string, options: ClientOptions = {}): Client {
  const base = baseUrl.replace(/\/+$/, '');
  return {
    call: async <E extends Endpoint>(endpoint: E, request?: RequestOf<E>): Promise<ResponseOf<E>> => {
      const parts = (request ?? {}) as Parts;
      const url = `${base}${pathOf(endpoint.path, parts.params)}${queryOf(parts.query)}`;
      const response = await fetch(url, {
        method: endpoint.method,
        headers: headersOf(parts, accessToken, endpoint.produces),
        signal: AbortSignal.timeout(options.timeoutMs ?? 60_000),
        ...bodyOf(parts),
      });
      // Bytes of a file, not a text.
      if (response.ok && endpoint.produces === '*/*') return (await response.blob()) as ResponseOf<E>;
      const text = await response.text();
      if (response.ok && endpoint.produces !== undefined) {
        if (!response.headers.get('content-type')?.startsWith(endpoint.produces))
          throw new ApiError(foreignProblem(response));
        return text as ResponseOf<E>;
      }
      const answer = parse(text);
      if (!response.ok) throw new ApiError(isProblem(answer) ? answer : foreignProblem(response));
      // Whatever answers 200 with a page of its own, it is not our server.
      if (answer === undefined && text !== '') throw new ApiError(foreignProblem(response));
      return answer as ResponseOf<E>;
    },
    as: (token) => createClient(baseUrl, token, options),
  };
}

type Parts = {
  params?: Record<string, string>;
  query?: Record<string, string | undefined>;
  body?: unknown;
  form?: FormData;
  idempotencyKey?: string;
};

const bodyOf = ({ body, form }: Parts): { body?: string | FormData } => {
  if (form !== undefined) return { body: form };
  return body === undefined ? {} : { body: JSON.stringify(body) };
};

function headersOf(
  parts: Parts,
  accessToken: string | undefined,
  accepted = 'application/json',
): Record<string, string> {
  return {
    accept: `${accepted}, application/problem+json`,
    ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    ...(parts.idempotencyKey === undefined ? {} : { 'idempotency-key': parts.idempotencyKey }),
  };
}

/** The path with its parameters. One that is missing, empty or all dots would make it the path of something else. */
const pathOf = (path: string, params: Record<string, string> = {}) =>
  path.replace(/:(\w+)/g, (_match, name: string) => {
    const value = params[name];
    if (value === undefined || /^\.{0,2}$/.test(value))
      throw new TypeError(`The parameter ${name} of ${path} is missing.`);
    return encodeURIComponent(value);
  });

function queryOf(query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(answer: unknown): answer is Problem {
  const { code, status } = (answer ?? {}) as Partial<Problem>;
  return typeof status === 'number' && typeof code === 'string' && Object.hasOwn(errorTable, code);
}

/** For what somebody between us and the server answered, a proxy for example. */
function foreignProblem(response: Response): Problem {
  return {
    type: 'urn:holdfast:problem:unavailable',
    title: errorTable.unavailable.title,
    status: response.status,
    code: 'unavailable',
    detail: `The answer (${response.status}) did not come from the API.`,
    requestId: response.headers.get('x-request-id') ?? '',
  };
}
