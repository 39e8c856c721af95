import type { ClientFrame, ServerFrame } from '@holdfast/contract';
import { ChatError, ConnectionLost } from './errors.ts';

type WithoutId<F> = F extends ClientFrame ? Omit<F, 'id'> : never;
/** A frame as it is before it has its id. */
export type Question = WithoutId<ClientFrame>;
export type Ask = (question: Question) => Promise<ServerFrame>;

type Open = {
  id: string;
  question: Question;
  age: number;
  resolve: (answer: ServerFrame) => void;
  reject: (error: Error) => void;
};

// The server cuts who has more than 200 frames unanswered.
const mostOpen = 100;
const oldestAge = 2;

export type Requests = {
  /** Rejects with ChatError for an error frame, with ConnectionLost if the connection goes first. */
  ask: Ask;
  /** Whether it was the answer to something. */
  answer(frame: ServerFrame): boolean;
  /** To be called regularly. Says whether something has waited since the call before the last one. */
  grow(): boolean;
  drop(): void;
};

/** Frames and their answers; what is too many at once waits, in order. */
export function createRequests(write: (text: string) => void): Requests {
  let count = 0;
  const open = new Map<string, Open>();
  let waiting: Open[] = [];
  const begin = (one: Open) => {
    open.set(one.id, one);
    write(JSON.stringify({ ...one.question, id: one.id }));
  };
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        count += 1;
        const one = { id: `f${count}`, question, age: 0, resolve, reject };
        if (open.size < mostOpen) begin(one);
        else waiting.push(one);
      }),
    answer: (frame) => {
      const id = 'id' in frame ? frame.id : null;
      const one = id === null ? undefined : open.get(id);
      if (one === undefined) return false;
      open.delete(one.id);
      if (frame.type === 'error') one.reject(new ChatError(frame.code, frame.detail));
      else one.resolve(frame);
      const next = waiting.shift();
      if (next !== undefined) begin(next);
      return true;
    },
    grow: () => {
      for (const one of open.values()) one.age += 1;
      return [...open.values()].some(({ age }) => age > oldestAge);
    },
    drop: () => {
      const all = [...open.values(), ...waiting];
      open.clear();
      waiting = [];
      for (const { reject } of all) reject(new ConnectionLost());
    },
  };
}
