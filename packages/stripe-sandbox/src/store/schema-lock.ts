import pg from 'pg';

const patienceMs = 3000;
const pauseMs = 50;

/** Thrown when another process uses the schema: two would not see each other's changes. */
export class SchemaInUse extends Error {
  constructor(schema: string) {
    super(
      `The schema ${schema} is in use by another Stripe sandbox. Stop that one, or give this one a schema of its own.`,
    );
  }
}

/**
 * The right to use a schema alone: an advisory lock, held by a connection of its own for as long as the
 * sandbox runs. PostgreSQL frees it by itself when the process dies.
 */
export class SchemaLock {
  readonly #connectionString: string;
  readonly #schema: string;
  readonly #log: (line: string) => void;
  #client: pg.Client | undefined;

  constructor(connectionString: string, schema: string, log: (line: string) => void) {
    this.#connectionString = connectionString;
    this.#schema = schema;
    this.#log = log;
  }

  /** Takes the lock if it is not held. Waits a little for a process that is just ending. */
  async acquire(): Promise<void> {
    if (this.#client !== undefined) return;
    const client = new pg.Client({ connectionString: this.#connectionString, keepAlive: true });
    client.on('error', (error) => this.#lose(client, error.message));
    client.on('end', () => this.#lose(client, 'the connection ended'));
    try {
      await client.connect();
      await this.#lock(client);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
  }

  /** Refuses to write when the lock has been lost: somebody else may have written meanwhile. */
  check(): void {
    if (this.#client === undefined) throw new Error('The lock on the schema was lost');
  }

  async release(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #lock(client: pg.Client): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += pauseMs) {
      const { rows } = await client.query<{ locked: boolean }>(
        "select pg_try_advisory_lock(hashtext('stripe sandbox'), hashtext($1)) as locked",
        [this.#schema],
      );
      if (rows[0]?.locked === true) return;
      if (waitedMs >= patienceMs) throw new SchemaInUse(this.#schema);
      await new Promise((resume) => setTimeout(resume, pauseMs));
    }
  }

  #lose(client: pg.Client, reason: string): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#log(`stripe sandbox: lost the lock on ${this.#schema}: ${reason}`);
  }
}
