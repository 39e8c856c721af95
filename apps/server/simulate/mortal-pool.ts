import type pg from 'pg';
import type { FaultPoints } from './fault-points.ts';
import { inTurn } from './interleaving.ts';

/** As much of pg's pool and client as Kysely needs. */
type Query = { text: string; values?: unknown[] };
type MortalClient = {
  readonly processID: number | undefined;
  query(text: string | Query, values?: readonly unknown[]): Promise<pg.QueryResult>;
  release(): void;
};
export type MortalPool = {
  connect(): Promise<MortalClient>;
  end(): Promise<void>;
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  /** How many connections this life holds. */
  readonly held: number;
};

const writes = /^\s*(insert|update|delete|with|select\s+graphile_worker\.)/i;

/**
 * One life's view of the database. Commits, also those of statements outside of a transaction, are fault points. With
 * the life its transactions end: whatever it asks for then fails, save the rollback that PostgreSQL would do by itself.
 * The connections stay open and serve the next life.
 */
export function mortalPool(pool: pg.Pool, points: FaultPoints): MortalPool {
  let held = 0;
  const connect = async (): Promise<MortalClient> => {
    points.requireLife();
    const client = await pool.connect();
    held += 1;
    const processId = (client as unknown as { processID: number }).processID;
    let isOpen = false;
    const send = (query: Query) => inTurn(processId, () => client.query(query));
    const commit = async (query: Query, what: string) => {
      points.pass(`before ${what}`);
      const result = await send(query);
      points.pass(`after ${what}`);
      return result;
    };
    return {
      processID: processId,
      query: async (text, values) => {
        const query: Query = typeof text === 'string' ? { text, values: [...(values ?? [])] } : text;
        const word = query.text.trim().slice(0, 8).toLowerCase();
        if (word === 'rollback') {
          isOpen = false;
          return client.query(query);
        }
        points.requireLife();
        if (word === 'commit') {
          const result = await commit(query, 'a commit');
          isOpen = false;
          return result;
        }
        if (/^(begin|start tr)/.test(word)) isOpen = true;
        else if (!isOpen && writes.test(query.text)) return commit(query, `${nameOf(query.text)}`);
        const result = await send(query);
        points.requireLife();
        return result;
      },
      release: () => {
        held -= 1;
        client.release();
      },
    };
  };
  return {
    connect,
    end: async () => undefined,
    query: async (text, values) => {
      const client = await connect();
      return client.query(text, values).finally(() => client.release());
    },
    get held() {
      return held;
    },
  };
}

/** The statement in a few words, for the trace: 'update payments'. */
const nameOf = (text: string) =>
  text
    .replaceAll(/["\n]/g, ' ')
    .trim()
    .split(/\s+/)
    .filter((word) => !/^(into|from)$/i.test(word))
    .slice(0, 2)
    .join(' ')
    .replace(/\(.*/, '');
