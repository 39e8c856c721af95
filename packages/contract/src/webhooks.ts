import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const webhooks = {
  stripe: endpoint({
    method: 'POST',
    path: '/api/webhooks/stripe',
    tag: 'Webhooks',
    summary: "Stripe's events",
    description:
      'Takes deliveries signed with one of STRIPE_WEBHOOK_SECRET. An event is stored before it is answered and applied afterwards; repeating it has no effect.',
    access: 'public',
    signedBody: {
      description: "Stripe's event exactly as it was sent: the signature covers its bytes",
      header: 'stripe-signature',
    },
    response: z.object({ received: z.literal(true) }),
    errors: ['invalid_signature'],
  }),
};
