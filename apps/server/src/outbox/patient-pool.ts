import type pg from 'pg';

/*
 * graphile-worker writes the end of a task without waiting for it. When the connection breaks at that moment, because
 * PostgreSQL is restarted say, nobody catches the error and the process dies of it. It does try again by itself, but only
 * after errors that it knows; so broken connections are told to it as one of those. Writing the end twice is as once.
 */

/** "The database system is starting up": tried again after three seconds, then less and less often. */
const triedAgain = '57P03';

// admin_shutdown, crash_shutdown, and what a socket says.
const brokenCodes = new Set(['57P01', '57P02', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE']);

function isBroken(error: Error & { code?: string }): boolean {
  // pg's own words for it have no code.
  return error.code === undefined
    ? error.message.startsWith('Connection terminated')
    : brokenCodes.has(error.code);
}

function patient(error: unknown): never {
  if (error instanceof Error && isBroken(error)) Object.assign(error, { code: triedAgain });
  throw error;
}

/** The pool as it is, except that what fails for want of a connection says so in a way that graphile-worker understands. */
export function patientPool(pool: pg.Pool): pg.Pool {
  const connect = async () => withPatience(await pool.connect().catch(patient));
  return new Proxy(pool, {
    get: (target, name) => {
      // With a callback it is for listening, which has its own way of coming back.
      if (name === 'connect')
        return (...given: [never?]) => (given.length === 0 ? connect() : pool.connect(...(given as [never])));
      return bound(target, name);
    },
  });
}

const withPatience = (client: pg.PoolClient): pg.PoolClient =>
  new Proxy(client, {
    get: (target, name) => {
      if (name !== 'query') return bound(target, name);
      return (...given: [never]) => {
        const asked = target.query(...given) as unknown;
        return asked instanceof Promise ? asked.catch(patient) : asked;
      };
    },
  });

function bound(target: object, name: string | symbol): unknown {
  const value = Reflect.get(target, name, target) as unknown;
  return typeof value === 'function' ? value.bind(target) : value;
}
