import { bookings, files } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { confirmBooking, declineBooking } from './answer.ts';
import { cancelBooking } from './cancel.ts';
import { completeJob } from './complete.ts';
import { createBooking } from './create.ts';
import { deliverBooking } from './deliver.ts';
import { getBooking, listOwnBookings } from './list.ts';
import { listProof } from './proof.ts';

export function serveBookings(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, bookings.create, ({ actor, body, idempotencyKey }) =>
    createBooking(ctx, actor, body, idempotencyKey),
  );
  route(app, ctx, bookings.get, ({ actor, params }) => getBooking(ctx, actor, params.id));
  route(app, ctx, bookings.listOwn, ({ actor, query }) => listOwnBookings(ctx, actor, query));
  route(app, ctx, bookings.confirm, ({ actor, params }) => confirmBooking(ctx, actor, params.id));
  route(app, ctx, bookings.decline, ({ actor, params }) => declineBooking(ctx, actor, params.id));
  route(app, ctx, bookings.cancel, ({ actor, params, body }) => cancelBooking(ctx, actor, params.id, body));
  route(app, ctx, bookings.deliver, ({ actor, params, body }) =>
    deliverBooking(ctx, actor, params.id, body.note),
  );
  route(app, ctx, files.ofBooking, ({ actor, params }) => listProof(ctx, actor, params.id));
  route(app, ctx, bookings.complete, ({ actor, params }) => completeJob(ctx, actor, params.id));
}
