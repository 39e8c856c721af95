import type { Chance } from './chance.ts';
import type { Person } from './people.ts';
import type { World } from './world.ts';

/** One sequence while it runs. */
export type Sequence = {
  world: World;
  chance: Chance;
  customers: Person[];
  contractors: Person[];
  admins: Person[];
  /** Faults were asked for and may still be waiting: the provider may fail to answer. */
  hasFaults: boolean;
  /** Somebody was suspended, and may have to sign in again. */
  hasSuspensions: boolean;
  /** Numbers whatever must be told apart: idempotency keys, titles. */
  count: number;
};

/** What an attempt came to; `status` is missing where no request was answered. */
export type Result = { code: string; status?: number; detail?: string };

/** One thing that somebody is about to do. */
export type Attempt = {
  /** For the trace: who does what with what. */
  says: string;
  /**
   * What it may come to if nothing else happens at the same time: 'ok' or problem codes. Everything else is a failure
   * of the server. Left out: whatever is no failure of the server.
   */
  expects?: readonly string[];
  run(): Promise<Result>;
};

/** Something that people, Stripe, time or the machines do. Looks at the world and says what it would do now, if anything. */
export type Action = {
  name: string;
  /** How often it is chosen, against the others. */
  weight: number;
  /** Worth doing twice, or beside another such action, at the same time: they may want the same thing. */
  isContended?: boolean;
  plan(sequence: Sequence): Promise<Attempt | undefined>;
};

/** For what is no request: nobody refuses it. */
export const doing = (says: string, act: () => Promise<unknown>): Attempt => ({
  says,
  run: async () => {
    const said = await act();
    return { code: typeof said === 'string' ? said : 'ok' };
  },
});

export const everybody = (sequence: Sequence): Person[] => [...sequence.customers, ...sequence.contractors];

export const personOf = (sequence: Sequence, id: string): Person =>
  everybody(sequence).find((person) => person.id === id)!;
