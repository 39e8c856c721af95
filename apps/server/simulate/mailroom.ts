import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StripeSandbox } from '@holdfast/stripe-sandbox';
import type { Life } from './life.ts';

/** An event that is on its way; nothing is delivered before somebody says so. */
export type Letter = { event: string; type: string };

/** Where Stripe's webhooks lie until the simulation has them delivered, in its order, as often as it likes, or never. */
export type Mailroom = {
  /** What Stripe is told as the address of its endpoints. */
  url: string;
  waiting(): Promise<Letter[]>;
  /** Hands it to the living server once; it stays waiting unless it was taken. */
  deliver(letter: Letter): Promise<number | undefined>;
  /** Every event that the server has said 200 to. */
  taken: Set<string>;
  lose(letter: Letter): Promise<void>;
  close(): Promise<void>;
};

type Delivery = { event: string; type: string; state: string };

export async function openMailroom(sandbox: StripeSandbox, life: () => Life): Promise<Mailroom> {
  let answered: number | undefined;
  const taken = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const answer = await life().request({
        method: 'POST',
        url: '/api/webhooks/stripe',
        headers: {
          'content-type': 'application/json',
          'stripe-signature': String(request.headers['stripe-signature']),
        },
        payload: Buffer.concat(chunks),
      });
      answered = life().points.isDead ? 599 : answer.statusCode;
      response.writeHead(answered).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    taken,
    waiting: async () => {
      const answer = await fetch(`${sandbox.url}/_sandbox/webhooks`);
      const { deliveries } = (await answer.json()) as { deliveries: Delivery[] };
      return deliveries.filter((one) => one.state === 'pending').reverse();
    },
    deliver: async (letter) => {
      answered = undefined;
      await sandbox.control.duplicateWebhook(letter.event);
      if (answered === 200) taken.add(letter.event);
      return answered;
    },
    lose: async (letter) => {
      await sandbox.control.dropWebhook(letter.event);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
