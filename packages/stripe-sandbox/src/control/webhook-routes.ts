import type { Control } from './control.ts';
import { choice, count, type Route, text } from './given.ts';
import type { Parts } from './parts.ts';
import { listDeliveries } from './webhooks.ts';

/** Control of how events reach their endpoints. */
export function webhookRoutes(parts: Parts, control: Control): Record<string, Route> {
  return {
    'GET /_sandbox/webhooks': async () => {
      const view = await parts.engine.view();
      return { held: parts.deliverer.held(), deliveries: listDeliveries(view, 500) };
    },
    'POST /_sandbox/webhooks/hold': async () => {
      await control.holdWebhooks();
      return { held: true };
    },
    'POST /_sandbox/webhooks/release': async (given) => {
      const order = choice(given, 'order', ['inOrder', 'reversed', 'shuffled'] as const, 'inOrder');
      await control.releaseWebhooks({ order, copies: count(given, 'copies') });
      return { held: false };
    },
    'POST /_sandbox/webhooks/duplicate': async (given) => ({
      sent: await control.duplicateWebhook(text(given, 'event')),
    }),
    'POST /_sandbox/webhooks/drop': async (given) => ({
      dropped: await control.dropWebhook(text(given, 'event')),
    }),
    'POST /_sandbox/webhooks/rules': async (given) => {
      await control.addWebhookRule({
        type: text(given, 'type'),
        action: choice(given, 'action', ['drop', 'duplicate'] as const),
        times: count(given, 'times'),
        copies: count(given, 'copies', 2),
      });
      return { accepted: true };
    },
  };
}
