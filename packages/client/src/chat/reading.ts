import type { MessagePage, ServerFrame } from '@holdfast/contract';
import { ChatError, ConnectionLost, isPassing } from './errors.ts';
import type { Timers } from './options.ts';
import type { Ask } from './requests.ts';
import type { Turnstile } from './turnstile.ts';

export type Stretch = { afterSeq?: number; beforeSeq?: number; limit?: number };

const pauseMs = 1_000;
const mostPerPage = 200;

/** Reading of messages, which waits for a connection and is repeated if it goes. */
export function createReading(ask: Ask, turnstile: Turnstile, timers: Timers) {
  const sync = async (roomId: string, stretch: Stretch): Promise<MessagePage> => {
    for (;;) {
      await turnstile.pass();
      try {
        return pageOf(await ask({ type: 'sync', roomId, ...stretch }));
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
      }
    }
  };
  return {
    sync,
    /** What is missing in a room: also tried again when the server has trouble that passes. */
    fill: async (roomId: string, afterSeq: number): Promise<MessagePage> => {
      for (;;) {
        try {
          return await sync(roomId, { afterSeq, limit: mostPerPage });
        } catch (error) {
          if (!(error instanceof ChatError) || !isPassing(error.code)) throw error;
          await new Promise<void>((resolve) => timers.setTimeout(resolve, pauseMs));
        }
      }
    },
  };
}

function pageOf(answer: ServerFrame): MessagePage {
  if (answer.type !== 'page') throw new ChatError('internal', `The answer to sync was ${answer.type}.`);
  const { type: _type, id: _id, ...page } = answer;
  return page;
}
